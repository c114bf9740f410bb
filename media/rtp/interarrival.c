#include "rtp/interarrival.h"

enum { BURST_US = 5000, BURST_MOST_US = 100000, REORDERED_MOST = 3, LEAST_RISES_PPM = 2000 };

static struct media_interarrival_burst burst_of(int64_t sent_us, int64_t arrival_us)
{
	return (struct media_interarrival_burst){sent_us, sent_us, arrival_us, arrival_us};
}

static bool belongs(const struct media_interarrival_burst *b, int64_t sent_us, int64_t arrival_us)
{
	int64_t sent = sent_us - b->sent_us, arrival = arrival_us - b->arrival_us;
	if (sent_us - b->first_sent_us <= BURST_US)
		return true;
	return arrival <= BURST_US && arrival < sent && arrival_us - b->first_arrival_us < BURST_MOST_US;
}

static void grow(struct media_interarrival_burst *b, int64_t sent_us, int64_t arrival_us)
{
	b->sent_us = sent_us > b->sent_us ? sent_us : b->sent_us;
	b->arrival_us = arrival_us > b->arrival_us ? arrival_us : b->arrival_us;
}

/** How long the newest burst waited. The least may rise slowly, as clocks drift and routes change. */
static int64_t queue_of(struct media_interarrival *i, int64_t passed_us)
{
	int64_t way_us = i->current.first_arrival_us - i->current.first_sent_us;
	i->least_us += passed_us * LEAST_RISES_PPM / 1000000;
	if (i->bursts < 2 || way_us < i->least_us)
		i->least_us = way_us;
	return way_us - i->least_us;
}

/** Compare the two bursts that are complete. */
static bool measure(struct media_interarrival *i, struct media_interarrival_step *out)
{
	out->sent_us = i->current.sent_us - i->previous.sent_us;
	out->arrival_us = i->current.arrival_us - i->previous.arrival_us;
	out->queue_us = queue_of(i, out->sent_us);
	if (out->arrival_us >= 0) {
		i->reordered = 0;
		return true;
	}
	if (++i->reordered >= REORDERED_MOST)
		*i = (struct media_interarrival){.bursts = 0};
	return false;
}

bool media_interarrival_add(struct media_interarrival *i, int64_t sent_us, int64_t arrival_us,
                            struct media_interarrival_step *out)
{
	if (i->bursts > 0 && sent_us < i->current.first_sent_us) /* told of late */
		return false;
	if (i->bursts > 0 && belongs(&i->current, sent_us, arrival_us)) {
		grow(&i->current, sent_us, arrival_us);
		return false;
	}
	bool measured = i->bursts == 2 && measure(i, out);
	if (i->bursts == 1)
		queue_of(i, 0);
	i->previous = i->current;
	i->current = burst_of(sent_us, arrival_us);
	i->bursts = i->bursts < 2 ? (uint8_t)(i->bursts + 1) : 2;
	return measured;
}
