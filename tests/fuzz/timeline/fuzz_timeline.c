/* Timestamps and reports as a hostile host would send them. Each input is a list of (what, 16-bit time that passes
 * [1/8 ms], 8 bytes). Checks that times rise, per track, whatever comes, and stay within what a host's clock can say.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/timeline.h"
#include "rtp/rtcp.h"
#include "rtp/rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ENTRY = 11, REPORT = 1, MAP = 2, TRACK = 4, SSRC = 24 };

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void report(struct timeline *t, uint32_t ssrc, const uint8_t bytes[8], int64_t now)
{
	uint8_t packet[64];
	struct media_rtcp_writer w = {.data = packet, .size = sizeof packet};
	struct media_rtcp_sr sr = {.ssrc = ssrc,
	                           /* seconds nearly at will, the fraction coarse: what matters are large jumps */
	                           .ntp = (uint64_t)media_get32(bytes) << 32 | (uint64_t)bytes[3] << 24,
	                           .rtp_time = media_get32(bytes + 4)};
	media_rtcp_write_sr(&w, &sr, NULL, 0);
	require(!w.failed && timeline_rtcp(t, packet, w.len, now) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct timeline t;
	int64_t now = INT64_C(5000000000), last[TIMELINE_TRACKS] = {0, 0};
	timeline_begin(&t, now, INT64_C(1790000000000000));
	timeline_track(&t, 0, 90000);
	timeline_track(&t, 1, 48000);
	for (; len >= ENTRY; data += ENTRY, len -= ENTRY) {
		int track = data[0] & TRACK ? 1 : 0;
		uint32_t ssrc = (uint32_t)(data[0] & SSRC) + (uint32_t)track, timestamp = media_get32(data + 7);
		now += media_get16(data + 1) * 125;
		if (data[0] & REPORT) {
			report(&t, ssrc, data + 3, now);
			continue;
		}
		timeline_note(&t, track, ssrc, timestamp, now);
		(void)timeline_settled(&t, now);
		if (!(data[0] & MAP))
			continue;
		bool stepped;
		int64_t us = timeline_map(&t, track, timestamp, &stepped);
		require(us > last[track]);
		last[track] = us;
	}
	return 0;
}
