#include "rtp/bandwidth.h"

#include "rtp/twcc.h"

enum {
	JUMP_US = 3000000,        /**< more than delay can change between two packets: the receiver's clock was set */
	PAUSE_US = 2000000,       /**< after it, old delays are not compared with new ones */
	SILENCE_US = 1000000,     /**< unanswered for so long beyond the round trip: the path may be gone */
	PROBE_START_BPS = 300000, /**< where nothing is known */
	PROBE_STEP_PC = 250,      /**< of the estimate, at most: more would fill the queue */
	PROBE_ABOVE_PC = 120,     /**< of what is wanted: a probe shows less than was sent */
	PROBE_PROGRESS_PC = 120,
	PROBE_MOST_US = 100000,
	PROBE_PAUSE_US = 5000000,
	PROBE_PAUSE_MOST_US = 40000000,
};

uint16_t media_bandwidth_sent(struct media_bandwidth *b, size_t size, int64_t now_us)
{
	if (b->unanswered_us == 0)
		b->unanswered_us = now_us;
	uint8_t cluster = media_probe_sent(&b->probe, b->sent.next, size);
	return media_sent_add(&b->sent, size, cluster, now_us);
}

int64_t media_bandwidth_bps(const struct media_bandwidth *b)
{
	int64_t bps = b->aimd.bps;
	if (bps && b->loss.bps && b->loss.bps < bps)
		bps = b->loss.bps < MEDIA_AIMD_LEAST_BPS ? MEDIA_AIMD_LEAST_BPS : b->loss.bps;
	return b->most_bps && (bps == 0 || b->most_bps < bps) ? b->most_bps : bps;
}

void media_bandwidth_limit(struct media_bandwidth *b, int64_t bps)
{
	b->most_bps = bps;
}

void media_bandwidth_want(struct media_bandwidth *b, int64_t bps)
{
	b->want_bps = bps;
}

static void forget_delays(struct media_bandwidth *b)
{
	b->interarrival = (struct media_interarrival){.bursts = 0};
	b->trendline = (struct media_trendline){.count = 0};
	b->overuse = (struct media_overuse){.threshold = 0};
}

/** Lay the feedback's reference time beside our clock. */
static void align(struct media_bandwidth *b, uint32_t reference, int64_t now_us)
{
	struct media_bandwidth_clock *c = &b->clock;
	c->base_us = c->known ? c->base_us + media_twcc_reference_step(c->reference, reference) : now_us;
	c->reference = reference;
}

/** @return false: the clock was set, and what came before cannot be compared. */
static bool keeps_time(struct media_bandwidth *b, int64_t sent_us, int64_t *arrival_us, int64_t now_us)
{
	struct media_bandwidth_clock *c = &b->clock;
	int64_t offset = *arrival_us - sent_us, jump = offset - c->offset_us;
	if (c->known && jump < JUMP_US && jump > -JUMP_US) {
		c->offset_us = offset;
		return true;
	}
	/* from here on it is now where this packet arrived */
	c->known = true;
	c->base_us += now_us - *arrival_us;
	*arrival_us = now_us;
	c->offset_us = now_us - sent_us;
	forget_delays(b);
	b->acked = (struct media_acked){.first_us = 0};
	return false;
}

/** @param size in bytes, with what passed untold before it */
static void on_arrival(struct media_bandwidth *b, const struct media_sent_packet *p, uint32_t size, int64_t arrival_us)
{
	struct media_interarrival_step step;
	media_acked_add(&b->acked, arrival_us, size);
	media_probe_arrived(&b->probe, p->cluster, p->size, p->sent_us, arrival_us);
	if (!media_interarrival_add(&b->interarrival, p->sent_us, arrival_us, &step))
		return;
	double slope = media_trendline_add(&b->trendline, step.sent_us, step.arrival_us, arrival_us);
	media_overuse_judge(&b->overuse, slope, b->trendline.count, step.queue_us, step.sent_us, arrival_us);
}

/** The first failure costs a short pause, those that follow longer ones. */
static void pause_probes(struct media_bandwidth *b, bool failed, int64_t now_us)
{
	int64_t pause_us = b->probe_pause_us ? 2 * b->probe_pause_us : PROBE_PAUSE_US;
	pause_us = pause_us < PROBE_PAUSE_MOST_US ? pause_us : PROBE_PAUSE_MOST_US;
	b->probe_pause_us = failed ? pause_us : 0;
	b->probe_us = now_us + b->probe_pause_us;
}

/** What one feedback brought. */
struct told {
	int lost, count; /**< packets heard of for the first time; lost: those, less the ones that came after all */
	int64_t sent_us; /**< of the newest that arrived; 0: none */
};

static void on_status(struct media_bandwidth *b, const struct media_twcc_status *s, int64_t now_us, struct told *told)
{
	struct media_sent_packet p;
	if (!media_sent_get(&b->sent, s->seq, now_us, &p) || p.fate == MEDIA_SENT_RECEIVED)
		return;
	bool news = p.fate == MEDIA_SENT_FLYING || p.fate == MEDIA_SENT_PASSED;
	/* what was lost while nothing got through says nothing about the rate */
	news = news && (s->received || b->cut_us == 0);
	told->count += news;
	if (!s->received) {
		told->lost += news;
		media_sent_settle(&b->sent, s->seq, MEDIA_SENT_LOST);
		return;
	}
	told->lost -= p.fate == MEDIA_SENT_LOST;
	if (b->cut_us) /* the path is back */
		pause_probes(b, false, now_us);
	b->unanswered_us = b->cut_us = 0;
	media_sent_settle(&b->sent, s->seq, MEDIA_SENT_RECEIVED);
	int64_t arrival_us = b->clock.base_us + s->arrival_us;
	keeps_time(b, p.sent_us, &arrival_us, now_us);
	uint32_t size = p.fate == MEDIA_SENT_PASSED ? 0 : p.size;
	on_arrival(b, &p, size + media_sent_pass(&b->sent, s->seq), arrival_us);
	told->sent_us = p.sent_us > told->sent_us ? p.sent_us : told->sent_us;
}

/** The rate of what arrives. Where a queue stands, the newest part of it is what the line carries now. */
static int64_t acked_bps(const struct media_bandwidth *b, bool newest)
{
	int64_t bps = newest ? media_acked_bps(&b->acked, MEDIA_ACKED_SHORT_US) : 0;
	return bps ? bps : media_acked_bps(&b->acked, MEDIA_ACKED_LONG_US);
}

static void note_rtt(struct media_bandwidth *b, int64_t sample_us)
{
	b->aimd.rtt_us = b->aimd.rtt_us ? (7 * b->aimd.rtt_us + sample_us) / 8 : sample_us;
}

static void on_probe(struct media_bandwidth *b, const struct media_probe_result *r, int64_t now_us)
{
	int64_t flows_bps = acked_bps(b, false), bps = r->bps;
	/* one that the media's own pace kept short of what is wanted must not be repeated at once either */
	pause_probes(b, bps == 0 || r->saturated || bps < b->aimd.bps / 100 * PROBE_PROGRESS_PC, now_us);
	if (bps == 0 || b->overuse.usage == MEDIA_USAGE_OVER)
		return;
	/* a stall in the air looks like a narrow line: what flows well is not put in doubt by it */
	bps = bps < flows_bps ? flows_bps : bps;
	if (bps > b->aimd.bps || r->saturated)
		media_aimd_set(&b->aimd, bps, now_us);
	if (r->lossless)
		media_loss_probed(&b->loss, r->bps);
}

static void conclude(struct media_bandwidth *b, const struct told *told, uint16_t last, int64_t now_us)
{
	struct media_probe_result result;
	bool over = b->overuse.usage == MEDIA_USAGE_OVER;
	if (told->sent_us) {
		note_rtt(b, now_us - told->sent_us);
		media_aimd_update(&b->aimd, b->overuse.usage, acked_bps(b, over), now_us);
	}
	if (told->count || told->lost)
		media_loss_update(&b->loss, told->lost, told->count, acked_bps(b, false), media_bandwidth_bps(b),
		                  b->aimd.rtt_us, now_us);
	if (media_probe_told(&b->probe, last, b->aimd.rtt_us, now_us, &result))
		on_probe(b, &result, now_us);
}

int media_bandwidth_feedback(struct media_bandwidth *b, const struct media_rtcp *p, int64_t now_us)
{
	struct media_twcc_reader reader;
	struct media_twcc_status status;
	struct told told = {.count = 0};
	int error = media_twcc_open(&reader, p);
	if (error)
		return error;
	if (now_us - b->told_us > PAUSE_US)
		forget_delays(b);
	align(b, reader.reference, now_us);
	while (media_twcc_next(&reader, &status))
		on_status(b, &status, now_us, &told);
	if (told.sent_us)
		b->told_us = now_us;
	conclude(b, &told, (uint16_t)(reader.base + reader.count - 1), now_us);
	return 0;
}

void media_bandwidth_silence(struct media_bandwidth *b, int64_t now_us)
{
	int64_t since_us = b->cut_us ? b->cut_us : b->unanswered_us;
	if (b->aimd.bps == 0 || since_us == 0 || now_us - since_us < SILENCE_US + (b->cut_us ? 0 : b->aimd.rtt_us))
		return;
	media_aimd_set(&b->aimd, b->aimd.bps / 2, now_us);
	b->cut_us = now_us;
}

bool media_bandwidth_probe(struct media_bandwidth *b, int64_t now_us)
{
	int64_t bps = media_bandwidth_bps(b), rate_bps = b->want_bps / 100 * PROBE_ABOVE_PC;
	if (b->want_bps <= bps || b->probe.state != MEDIA_PROBE_IDLE || now_us < b->probe_us || b->cut_us ||
	    b->overuse.usage != MEDIA_USAGE_NORMAL)
		return false;
	int64_t flows_bps = acked_bps(b, false), from_bps = bps > flows_bps ? bps : flows_bps;
	from_bps = (from_bps ? from_bps : PROBE_START_BPS) * PROBE_STEP_PC / 100;
	media_probe_begin(&b->probe, rate_bps < from_bps ? rate_bps : from_bps, PROBE_MOST_US, now_us);
	return true;
}

void media_bandwidth_probe_with(struct media_bandwidth *b, int64_t most_us, int64_t now_us)
{
	if (b->probe.state == MEDIA_PROBE_IDLE)
		media_probe_begin(&b->probe, 0, most_us, now_us);
}

bool media_bandwidth_probing(struct media_bandwidth *b, int64_t now_us, size_t *lacks)
{
	bool sending = media_probe_sending(&b->probe, now_us);
	*lacks = sending ? media_probe_lacks(&b->probe, now_us) : 0;
	return sending;
}
