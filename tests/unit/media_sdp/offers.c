#include "offers.h"

#include <stdio.h>
#include <string.h>

const char *const offer_names[OFFER_COUNT] = {
        "chromium-publish",  "chromium-publish-simulcast",
        "chromium-view",     "chromium-view-data-trickle",
        "firefox-publish",   "firefox-publish-simulcast",
        "firefox-view",      "firefox-view-data-trickle",
        "gstreamer-publish", "gstreamer-view",
        "obs-publish",       "safari-publish",
        "safari-view",       "werift-publish",
        "werift-view",
};

char *offer_load(const char *name)
{
	char path[1024];
	snprintf(path, sizeof path, OFFERS "/%s.sdp", name);
	FILE *file = fopen(path, "rb");
	if (!file)
		fail_msg("%s cannot be opened", path);
	char *text = calloc(1, MEDIA_SDP_MAX + 1);
	assert_non_null(text);
	assert_true(fread(text, 1, MEDIA_SDP_MAX, file) > 0);
	fclose(file);
	return text;
}

char *offer_without(const char *text, const char *prefix)
{
	char *out = calloc(1, strlen(text) + 1), *to = out;
	size_t removed = 0;
	assert_non_null(out);
	for (const char *line = text; *line;) {
		const char *end = strchr(line, '\n');
		size_t len = end ? (size_t)(end - line) + 1 : strlen(line);
		if (strncmp(line, prefix, strlen(prefix)) == 0) {
			removed++;
		} else {
			memcpy(to, line, len);
			to += len;
		}
		line += len;
	}
	assert_true(removed > 0);
	return out;
}

char *offer_replace(const char *text, const char *from, const char *to)
{
	size_t count = 0;
	for (const char *at = text; (at = strstr(at, from)); at += strlen(from))
		count++;
	assert_true(count > 0);
	char *out = calloc(1, strlen(text) + count * strlen(to) + 1), *put = out;
	assert_non_null(out);
	for (const char *at; (at = strstr(text, from)); text = at + strlen(from)) {
		memcpy(put, text, (size_t)(at - text));
		put += at - text;
		memcpy(put, to, strlen(to));
		put += strlen(to);
	}
	memcpy(put, text, strlen(text));
	return out;
}

enum media_role offer_role(const char *name)
{
	return strstr(name, "-view") ? MEDIA_VIEW : MEDIA_PUBLISH;
}

int offer_parse(const char *text, size_t len, struct media_sdp_offer *out, char why[256])
{
	char *copy = malloc(len + (len == 0));
	assert_non_null(copy);
	memcpy(copy, text, len);
	int error = media_sdp_parse(copy, len, out, why, 256);
	free(copy);
	return error;
}

struct media_sdp_offer *offer_parsed(const char *text)
{
	static struct media_sdp_offer offer;
	char why[256];
	int error = offer_parse(text, strlen(text), &offer, why);
	if (error)
		fail_msg("refused with %d: %s", error, why);
	return &offer;
}

struct media_sdp_local offer_local(enum media_role role)
{
	static const char *const addresses[] = {"192.0.2.10", "2001:db8::10"};
	return (struct media_sdp_local){
	        .role = role,
	        .ufrag = "w0ourufrag",
	        .pwd = "ourpasswordourpassword22",
	        .fingerprint = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:"
	                       "DD:EE:FF",
	        .addresses = addresses,
	        .address_count = 2,
	        .port = 7882,
	        .session_id = 42,
	        .cname = "ourcname",
	        .stream_id = "ourstream",
	        .audio_ssrc = 1001,
	        .video_ssrc = 2001,
	        .start_bitrate_bps = 1500000,
	        .max_bitrate_bps = 4000000,
	};
}
