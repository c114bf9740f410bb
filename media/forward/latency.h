/* For how long packets are inside: from when their datagram was read until the last viewer's copy was handed to the
 * kernel. Apart: the hold (until their pass over the viewers began) and the pass. Thread: owning worker. */
#ifndef MEDIA_FORWARD_LATENCY_H
#define MEDIA_FORWARD_LATENCY_H

#include <stddef.h>
#include <stdint.h>

#include "media.h"

#define FORWARD_LATENCY_MAX 256 /**< packets of a round that are timed; what comes beyond them is not */

/** The packets whose pass has begun in this round: the clock is read once, when the round is over. */
struct forward_latency {
	size_t count;
	struct {
		int64_t came_us, began_us;
	} passing[FORWARD_LATENCY_MAX];
};

void forward_histogram_note(struct media_histogram *h, int64_t us);
/** A packet's pass over the viewers begins. */
void forward_latency_begin(struct forward_latency *latency, int64_t came_us, int64_t now_us);
/** The round is over: everything has been handed to the kernel. */
void forward_latency_end(struct forward_latency *latency, int64_t now_us, struct media_stats *stats);
#endif
