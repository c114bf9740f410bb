#include "rtp/probe.h"

#include <string.h>

#include "rtp/sent.h"

enum {
	SENT_US = 25000,     /**< short of this a probe says little, as times are told in 250 µs */
	SENT_PACKETS = 5,    /**< likewise */
	BURST_US = 1000,     /**< packets that leave so close are one burst */
	AHEAD_US = 10000,    /**< what a burst carries of the time to come: a tick of the sender's clock */
	LATE_US = 500000,    /**< beyond the round trip; then the probe has failed */
	ARRIVED_PC = 80,     /**< of packets and bytes, at least */
	IMPLAUSIBLE = 2,     /**< arriving this many times as fast as sent: held up and let go */
	UNSATURATED_PC = 90, /**< of the sent rate */
	UTILISATION_PC = 95, /**< of a line that is known to be full */
};

void media_probe_begin(struct media_probe *p, int64_t rate_bps, int64_t most_us, int64_t now_us)
{
	uint8_t cluster = (uint8_t)(p->cluster % MEDIA_SENT_CLUSTERS + 1);
	*p = (struct media_probe){.state = MEDIA_PROBE_SENDING,
	                          .cluster = cluster,
	                          .rate_bps = rate_bps,
	                          .most_us = most_us,
	                          .begun_us = now_us};
}

uint8_t media_probe_sent(struct media_probe *p, uint16_t number, size_t size)
{
	if (p->state != MEDIA_PROBE_SENDING)
		return 0;
	p->newest = number;
	p->sent_bytes += (uint32_t)size;
	p->sent_count++;
	return p->cluster;
}

size_t media_probe_lacks(const struct media_probe *p, int64_t now_us)
{
	if (p->state != MEDIA_PROBE_SENDING || p->rate_bps == 0)
		return 0;
	int64_t due = p->rate_bps * (now_us - p->begun_us + AHEAD_US) / 8000000;
	return due > p->sent_bytes ? (size_t)(due - p->sent_bytes) : 0;
}

bool media_probe_sending(struct media_probe *p, int64_t now_us)
{
	if (p->state != MEDIA_PROBE_SENDING)
		return false;
	int64_t us = now_us - p->begun_us;
	bool enough = p->rate_bps && us >= SENT_US && p->sent_count >= SENT_PACKETS;
	if (!enough && us < p->most_us)
		return true;
	p->state = MEDIA_PROBE_WAITING;
	p->ended_us = now_us;
	return false;
}

static void grow(struct media_probe_burst *b, size_t size, int64_t arrival_us)
{
	b->bytes += (uint32_t)size;
	b->begin_us = arrival_us < b->begin_us ? arrival_us : b->begin_us;
	b->end_us = arrival_us > b->end_us ? arrival_us : b->end_us;
}

void media_probe_arrived(struct media_probe *p, uint8_t cluster, size_t size, int64_t sent_us, int64_t arrival_us)
{
	struct media_probe_burst begins = {sent_us, arrival_us, arrival_us, 0};
	if (p->state == MEDIA_PROBE_IDLE || cluster == 0 || cluster != p->cluster)
		return;
	if (p->count == 0)
		p->first = p->last = begins;
	if (sent_us - p->last.sent_us > BURST_US)
		p->last = begins;
	if (sent_us - p->first.sent_us <= BURST_US)
		grow(&p->first, size, arrival_us);
	grow(&p->last, size, arrival_us);
	p->bytes += (uint32_t)size;
	p->count++;
}

/** What went through in some time of sending and of arriving. */
static struct media_probe_result measure(int64_t bytes, int64_t sent_us, int64_t arrival_us)
{
	struct media_probe_result r = {.bps = 0};
	if (sent_us <= 0 || arrival_us <= 0)
		return r;
	int64_t sent_bps = bytes * 8000000 / sent_us, arrived_bps = bytes * 8000000 / arrival_us;
	if (arrived_bps > IMPLAUSIBLE * sent_bps)
		return r;
	r.saturated = arrived_bps * 100 < sent_bps * UNSATURATED_PC;
	r.bps = r.saturated ? arrived_bps * UTILISATION_PC / 100 : arrived_bps < sent_bps ? arrived_bps : sent_bps;
	return r;
}

/** Between the beginnings of the first and the last burst all but the last went through, between their ends all but the
 * first: bursts differ, and the larger one may be at either end. */
static struct media_probe_result evaluate(const struct media_probe *p)
{
	struct media_probe_result failed = {.bps = 0};
	int64_t sent_us = p->last.sent_us - p->first.sent_us;
	if (p->count < SENT_PACKETS || p->count * 100 < p->sent_count * ARRIVED_PC ||
	    (uint64_t)p->bytes * 100 < (uint64_t)p->sent_bytes * ARRIVED_PC)
		return failed;
	struct media_probe_result begins =
	        measure((int64_t)(p->bytes - p->last.bytes), sent_us, p->last.begin_us - p->first.begin_us);
	struct media_probe_result ends =
	        measure((int64_t)(p->bytes - p->first.bytes), sent_us, p->last.end_us - p->first.end_us);
	struct media_probe_result r = begins.bps > ends.bps ? begins : ends;
	r.saturated = begins.saturated && ends.saturated;
	r.lossless = p->count * 20 >= p->sent_count * 19;
	return r;
}

bool media_probe_told(struct media_probe *p, uint16_t number, int64_t rtt_us, int64_t now_us,
                      struct media_probe_result *out)
{
	if (p->state != MEDIA_PROBE_WAITING)
		return false;
	bool all = p->sent_count == 0 || (int16_t)(number - p->newest) >= 0;
	if (!all && now_us - p->ended_us < rtt_us + LATE_US)
		return false;
	p->state = MEDIA_PROBE_IDLE;
	*out = evaluate(p);
	return true;
}
