/* Serving one who begins between two keyframes: the newest keyframe and what followed it, out of the track's cache,
 * faster than it came; then live. The numbers are the live ones. The timestamps of the cached frames are drawn together
 * to how they are sent, so that a player shows them as fast, and end on the live ones, which sender reports describe.
 * Pure. */
#ifndef MEDIA_FORWARD_CATCH_UP_H
#define MEDIA_FORWARD_CATCH_UP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "forward/cache.h"

#define FORWARD_CATCH_UP_FRAMES 128      /**< more are not caught up with */
#define FORWARD_CATCH_UP_KEPT_US 5000000 /**< after its end, for repairs of what it sent */

#define FORWARD_CATCH_UP_SLOW_US 2000000 /**< one whose connection is slow is waited for so long at most */

struct forward_catch_up {
	uint32_t epoch;
	int64_t next, last; /**< number to send next; the newest that was in the cache at the beginning */
	int64_t paid_us;    /**< the rate is used up to here */
	int64_t patient_us; /**< until then a slow connection is waited for */
	int64_t done_us;    /**< 0: it runs */
	int64_t rate_bps;
	size_t frame_count;
	struct {
		int64_t first;      /**< number of its first packet */
		uint32_t original;  /**< the host's timestamp */
		uint32_t timestamp; /**< instead of it */
	} frames[];
};

/** From the packet numbered `first` on, at rate_bps.
 *  @param clock [Hz] @return NULL: it would take longer than most_us, or too much is gone from the cache, or no memory;
 *  free(3) it. */
struct forward_catch_up *forward_catch_up_plan(struct forward_cache *cache, uint32_t epoch, int64_t first, int64_t last,
                                               int64_t rate_bps, int64_t most_us, uint32_t clock, int64_t now_us);
/** The timestamp, on the host's clock, that a packet goes out with. */
uint32_t forward_catch_up_timestamp(const struct forward_catch_up *c, int64_t ext, uint32_t timestamp);
/** May a packet of this size go now? True spends the time that it takes. */
bool forward_catch_up_allow(struct forward_catch_up *c, size_t len, int64_t now_us);
#endif
