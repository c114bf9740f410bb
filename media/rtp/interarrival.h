/* Pairs of bursts as they were sent and as they arrived (draft-ietf-rmcat-gcc-02 §5.2). What leaves within 5 ms is one
 * burst; what a pause in the network let through at once is counted with the burst before. Pure. */
#ifndef MEDIA_RTP_INTERARRIVAL_H
#define MEDIA_RTP_INTERARRIVAL_H

#include <stdbool.h>
#include <stdint.h>

struct media_interarrival_burst {
	int64_t first_sent_us, sent_us;       /**< first and last packet */
	int64_t first_arrival_us, arrival_us; /**< first and latest */
};

/** Zeroed before use. */
struct media_interarrival {
	struct media_interarrival_burst previous, current;
	int64_t least_us;  /**< on its way, without a queue, as far as seen lately */
	uint8_t bursts;    /**< of the two, those in use */
	uint8_t reordered; /**< bursts in a row that overtook their predecessor */
};

/** From one burst to the next. */
struct media_interarrival_step {
	int64_t sent_us, arrival_us; /**< distance between their ends, as sent and as arrived */
	int64_t queue_us;            /**< what the later one's first packet waited before the bottleneck */
};

/** A packet, in the order sent. @return true: a burst is complete, and this is how it followed the one before. */
bool media_interarrival_add(struct media_interarrival *i, int64_t sent_us, int64_t arrival_us,
                            struct media_interarrival_step *out);
#endif
