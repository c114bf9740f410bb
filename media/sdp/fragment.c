/* The one thing of a trickle-ice-sdpfrag (RFC 8840) that matters to a lite agent: new credentials. */
#include <errno.h>
#include <stdio.h>

#include "sdp/reader.h"

static int refuse(char *why, size_t why_len, int status, const char *text)
{
	snprintf(why, why_len, "%s", text);
	return status;
}

/** Take the value of a line that starts with `name`, if it is the first such line. */
static void take(struct media_span line, const char *name, char *out, size_t size)
{
	size_t len = strlen(name);
	if (out[0] || line.len <= len || memcmp(line.at, name, len) != 0)
		return;
	media_span_copy((struct media_span){line.at + len, line.len - len}, out, size);
}

int media_sdp_fragment_parse(const char *text, size_t len, struct media_sdp_fragment *out, char *why, size_t why_len)
{
	struct media_span rest = {text, len};
	memset(out, 0, sizeof *out);
	if (why_len)
		why[0] = '\0';
	if (len > MEDIA_SDP_MAX)
		return refuse(why, why_len, -EMSGSIZE, "The fragment is too long.");
	while (rest.len) {
		struct media_span line = media_span_cut(&rest, '\n');
		if (line.len && line.at[line.len - 1] == '\r')
			line.len--;
		take(line, "a=ice-ufrag:", out->ufrag, sizeof out->ufrag);
		take(line, "a=ice-pwd:", out->pwd, sizeof out->pwd);
		take(line, "a=mid:", out->mid, sizeof out->mid);
	}
	if (!media_sdp_ice_text((struct media_span){out->ufrag, strlen(out->ufrag)}, 4, 256))
		return refuse(why, why_len, -EPROTO, "The fragment has no a=ice-ufrag of 4 to 256 letters and digits.");
	if (!media_sdp_ice_text((struct media_span){out->pwd, strlen(out->pwd)}, 22, 256))
		return refuse(why, why_len, -EPROTO, "The fragment has no a=ice-pwd of 22 to 256 letters and digits.");
	return 0;
}
