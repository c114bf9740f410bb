#include "forward/catch_up.h"

#include <stdlib.h>

#define FIRST_US 10000 /**< of the rate go at once */
#define BURST_US 30000 /**< and no more after a pause */
#define STEP_MS 1      /**< frames are at least so far apart */
#define MISSING_MAX 4  /**< packets that may lack: the host's repairs bring them */

/** What lies between two numbers of the cache. @return false: too much is gone, or there are too many frames. */
static bool survey(struct forward_cache *cache, uint32_t epoch, int64_t first, int64_t last, size_t *frames,
                   size_t *bytes)
{
	uint32_t timestamp = 0;
	size_t missing = 0;
	*frames = *bytes = 0;
	for (int64_t ext = first; ext <= last; ext++) {
		const struct forward_packet *p = forward_cache_get(cache, epoch, ext);
		if (!p) {
			if (ext == first || ++missing > MISSING_MAX)
				return false;
			continue;
		}
		*bytes += p->len;
		*frames += *frames == 0 || p->timestamp != timestamp;
		timestamp = p->timestamp;
	}
	return *frames > 0 && *frames <= FORWARD_CATCH_UP_FRAMES;
}

/** Backwards from the live end: each frame as much before the one that follows it as sending it takes. */
static void draw_together(struct forward_catch_up *c, const size_t *bytes, uint32_t live, uint32_t clock)
{
	uint32_t timestamp = live;
	for (size_t i = c->frame_count; i-- > 0;) {
		int64_t ticks = (int64_t)bytes[i] * 8 * clock / c->rate_bps, least = (int64_t)clock * STEP_MS / 1000;
		if (i + 1 < c->frame_count)
			timestamp -= (uint32_t)(ticks > least ? ticks : least);
		c->frames[i].timestamp = timestamp;
	}
}

static void fill(struct forward_catch_up *c, struct forward_cache *cache, uint32_t clock)
{
	size_t bytes[FORWARD_CATCH_UP_FRAMES] = {0};
	uint32_t timestamp = 0;
	for (int64_t ext = c->next; ext <= c->last; ext++) {
		const struct forward_packet *p = forward_cache_get(cache, c->epoch, ext);
		if (!p)
			continue;
		if (c->frame_count == 0 || p->timestamp != timestamp) {
			c->frames[c->frame_count].first = ext;
			c->frames[c->frame_count++].original = p->timestamp;
		}
		bytes[c->frame_count - 1] += p->len;
		timestamp = p->timestamp;
	}
	draw_together(c, bytes, timestamp, clock);
}

struct forward_catch_up *forward_catch_up_plan(struct forward_cache *cache, uint32_t epoch, int64_t first, int64_t last,
                                               int64_t rate_bps, int64_t most_us, uint32_t clock, int64_t now_us)
{
	size_t frames, bytes;
	if (rate_bps <= 0 || !survey(cache, epoch, first, last, &frames, &bytes) ||
	    (int64_t)bytes * 8 * 1000000 / rate_bps > most_us)
		return NULL;
	struct forward_catch_up *c = calloc(1, sizeof *c + frames * sizeof c->frames[0]);
	if (!c)
		return NULL;
	c->epoch = epoch;
	c->next = first;
	c->last = last;
	c->rate_bps = rate_bps;
	c->paid_us = now_us - FIRST_US;
	c->patient_us = now_us + FORWARD_CATCH_UP_SLOW_US;
	fill(c, cache, clock);
	return c;
}

uint32_t forward_catch_up_timestamp(const struct forward_catch_up *c, int64_t ext, uint32_t timestamp)
{
	size_t low = 0, high = c->frame_count;
	if (ext > c->last || ext < c->frames[0].first)
		return timestamp;
	while (high - low > 1) { /* the last frame that begins at or before it */
		size_t middle = low + (high - low) / 2;
		if (c->frames[middle].first <= ext)
			low = middle;
		else
			high = middle;
	}
	/* what lacked at first may be the beginning of the next frame, or one in between */
	uint32_t past = timestamp - c->frames[low].original;
	if (past == 0 || low + 1 == c->frame_count)
		return c->frames[low].timestamp + past;
	uint32_t real = c->frames[low + 1].original - c->frames[low].original,
	         drawn = c->frames[low + 1].timestamp - c->frames[low].timestamp;
	return c->frames[low].timestamp + (uint32_t)((uint64_t)(past < real ? past : real) * drawn / real);
}

bool forward_catch_up_allow(struct forward_catch_up *c, size_t len, int64_t now_us)
{
	if (now_us - c->paid_us > BURST_US)
		c->paid_us = now_us - BURST_US;
	if (c->paid_us >= now_us)
		return false;
	c->paid_us += (int64_t)len * 8 * 1000000 / c->rate_bps;
	return true;
}
