/* Any bytes as the fragment of an ICE restart: what is taken is within its bounds and can stand in a line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sdp/sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void demand(int holds)
{
	if (!holds)
		abort();
}

static void demand_plain(const char *text, size_t least, size_t most)
{
	demand(strlen(text) >= least && strlen(text) <= most);
	for (; *text; text++)
		demand(*text > ' ' && *text < 0x7f && *text != ':');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct media_sdp_fragment fragment;
	char why[200];
	int status = media_sdp_fragment_parse((const char *)data, len, &fragment, why, sizeof why);
	demand((status != 0) == (why[0] != '\0'));
	if (status == 0) {
		demand_plain(fragment.ufrag, 4, 256);
		demand_plain(fragment.pwd, 22, 256);
	}
	return 0;
}
