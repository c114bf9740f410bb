/* A receiver that says whatever it likes, in between packets being sent: the estimate stays within its bounds. The
 * bytes are steps: 0..127 send as many packets, 128..191 wait, 192 and up a feedback of the length that follows. */
#include <stdint.h>
#include <stdlib.h>

#include "rtp/bandwidth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check(const struct media_bandwidth *b)
{
	int64_t bps = media_bandwidth_bps(b);
	require(bps == 0 || (bps >= MEDIA_AIMD_LEAST_BPS && bps <= MEDIA_AIMD_MOST_BPS));
	require(b->sent.count <= MEDIA_SENT_PACKETS);
	require(b->loss.share >= 0 && b->loss.share <= 1);
}

static void probe(struct media_bandwidth *b, int64_t now_us)
{
	size_t lacks;
	media_bandwidth_probe(b, now_us);
	if (media_bandwidth_probing(b, now_us, &lacks))
		for (size_t i = 0; i < 8 && lacks > 0; i++, lacks -= lacks < 255 ? lacks : 255)
			media_bandwidth_sent(b, 255, now_us);
	require(lacks < 1 << 20);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct media_bandwidth b = {.told_us = 0};
	int64_t now_us = 1000000;
	media_bandwidth_want(&b, 5000000);
	for (size_t at = 0; at < len;) {
		uint8_t step = data[at++];
		if (step < 128) {
			for (int i = 0; i < step; i++)
				media_bandwidth_sent(&b, 100 + 16 * step, now_us);
		} else if (step < 192) {
			now_us += (int64_t)(step - 127) * (step - 127) * 1000;
			media_bandwidth_silence(&b, now_us);
			probe(&b, now_us);
		} else {
			size_t n = at < len ? data[at++] : 0;
			n = n < len - at ? n : len - at;
			struct media_rtcp p = {
			        .type = MEDIA_RTCP_RTPFB, .count = MEDIA_RTPFB_TWCC, .body = data + at, .len = n};
			(void)!media_bandwidth_feedback(&b, &p, now_us);
			at += n;
		}
		check(&b);
	}
	return 0;
}
