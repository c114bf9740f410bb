#include "rtp/receive.h"

#include <stdlib.h>

#include "rtp/ntp.h"

static void note_jitter(struct media_receive *r, uint32_t timestamp, int64_t now_us)
{
	/* split, so that the product stays in range however long the machine is up */
	uint64_t us = (uint64_t)now_us;
	uint32_t arrival = (uint32_t)((us / 1000000) * r->clock + (us % 1000000) * r->clock / 1000000);
	uint32_t transit = arrival - timestamp;
	if (r->has_transit) {
		int32_t step = (int32_t)(transit - r->transit);
		uint32_t d = step < 0 ? 0u - (uint32_t)step : (uint32_t)step;
		/* a timestamp that jumps by more than 10 s is a new time line, not jitter */
		if (d < 10 * r->clock)
			r->jitter16 += d - ((r->jitter16 + 8) >> 4);
	}
	r->transit = transit;
	r->has_transit = true;
}

int64_t media_receive_note(struct media_receive *r, uint16_t seq, uint32_t timestamp, int64_t now_us)
{
	bool first = !r->sequence.started;
	int64_t ext = media_sequence_take(&r->sequence, seq);
	if (first)
		r->base = ext;
	r->received++;
	note_jitter(r, timestamp, now_us);
	return ext;
}

void media_receive_repaired(struct media_receive *r)
{
	r->received++;
}

void media_receive_sender_report(struct media_receive *r, const struct media_rtcp_sr *sr, int64_t now_us)
{
	r->lsr = media_ntp_middle(sr->ntp);
	r->sr_us = now_us;
}

static int32_t clamp24(int64_t lost)
{
	return lost > 0x7FFFFF ? 0x7FFFFF : lost < -0x800000 ? -0x800000 : (int32_t)lost;
}

void media_receive_block(struct media_receive *r, uint32_t ssrc, int64_t now_us, struct media_rtcp_block *out)
{
	int64_t expected = r->sequence.started ? r->sequence.highest - r->base + 1 : 0;
	int64_t interval = expected - r->expected_prior;
	int64_t lost_interval = interval - (int64_t)(r->received - r->received_prior);
	*out = (struct media_rtcp_block){
	        .ssrc = ssrc,
	        .fraction_lost = 0,
	        .lost = clamp24(expected - (int64_t)r->received),
	        /* extended numbers begin at 65536 here, the report's cycles at 0 */
	        .highest = (uint32_t)(r->sequence.started ? r->sequence.highest - 65536 : 0),
	        .jitter = r->jitter16 >> 4,
	        .lsr = r->lsr,
	};
	if (interval > 0 && lost_interval > 0) {
		int64_t fraction = (lost_interval << 8) / interval;
		out->fraction_lost = (uint8_t)(fraction > 255 ? 255 : fraction);
	}
	if (r->lsr)
		out->dlsr = (uint32_t)((now_us - r->sr_us) * 65536 / 1000000);
	r->expected_prior = expected;
	r->received_prior = r->received;
}
