/* Any bytes as an offer, in both roles: parse, agree, answer, and check what must hold of every answer. */
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

static size_t sections_of(const char *answer)
{
	size_t count = 0;
	for (const char *at = answer; (at = strstr(at, "\nm=")); at++)
		count++;
	return count;
}

static void answer_offer(const struct media_sdp_offer *offer, enum media_role role)
{
	static const char *const addresses[] = {"192.0.2.1", "2001:db8::1"};
	static char text[MEDIA_SDP_MAX];
	const struct media_sdp_local local = {.role = role,
	                                      .ufrag = "ufrag",
	                                      .pwd = "password",
	                                      .fingerprint = "00:11",
	                                      .addresses = addresses,
	                                      .address_count = 2,
	                                      .port = 7882,
	                                      .session_id = 1,
	                                      .cname = "cname",
	                                      .stream_id = "stream",
	                                      .audio_ssrc = 1,
	                                      .video_ssrc = 2,
	                                      .start_bitrate_bps = 1000000,
	                                      .max_bitrate_bps = 2000000};
	struct media_sdp_agreed agreed;
	char why[256];
	int error = media_sdp_agree(offer, &local, &agreed, why, sizeof why);
	demand((error != 0) == (why[0] != '\0'));
	if (error)
		return;
	int len = media_sdp_answer(offer, &local, &agreed, text, sizeof text);
	demand(len > 0 && (size_t)len == strlen(text));
	/* nothing offered can add a line of its own */
	demand(sections_of(text) == offer->section_count);
	demand(strstr(text, "\r\n\r\n") == NULL && strcmp(text + len - 2, "\r\n") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct media_sdp_offer offer;
	char why[256];
	int error = media_sdp_parse((const char *)data, len, &offer, why, sizeof why);
	demand((error != 0) == (why[0] != '\0'));
	if (error)
		return 0;
	answer_offer(&offer, MEDIA_PUBLISH);
	answer_offer(&offer, MEDIA_VIEW);
	return 0;
}
