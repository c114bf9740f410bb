/* One direction of a line that is not good: packets are lost, wait, and queue up behind one another. Pure. */
#ifndef NETWORK_LINE_DIRECTION_H
#define NETWORK_LINE_DIRECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_PACKET_MAX 2048
#define LINE_WAITING_MAX 2048 /**< packets on the way; beyond, they are dropped */

struct line_quality {
	double loss;        /**< 0–1 */
	int64_t delay_us;   /**< one way */
	int64_t jitter_us;  /**< added to it, evenly spread between 0 and this; order is kept */
	int64_t reorder_us; /**< as jitter, but packets overtake one another */
	int64_t rate_bps;   /**< 0: as fast as they come */
	int64_t queue_us;   /**< what would wait longer for the rate is dropped */
	bool down, no_udp;  /**< nothing passes; no UDP passes */
};

struct line_packet {
	int64_t due_us;
	size_t len;
	uint8_t *data; /**< LINE_PACKET_MAX bytes */
};

struct line_direction {
	uint64_t random;   /**< state, from a seed: the same line each time */
	int64_t busy_us;   /**< the rate is used up to then */
	int64_t newest_us; /**< when what waits in order is due at the latest */
	uint64_t passed, lost;
	size_t count;                                 /**< on the way, soonest first in packets[] */
	struct line_packet packets[LINE_WAITING_MAX]; /**< behind count: free room */
	uint8_t *room;
};

/** @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int line_direction_init(struct line_direction *d, uint64_t seed);
void line_direction_finish(struct line_direction *d);
/** An IP packet of len bytes comes. @return true: it is on its way; false: lost. */
bool line_direction_take(struct line_direction *d, const struct line_quality *q, const uint8_t *data, size_t len,
                         int64_t now_us);
/** @return the packet that arrives now, valid until the next call; NULL: none yet. */
const struct line_packet *line_direction_arrived(struct line_direction *d, int64_t now_us);
/** When the next arrives [µs]; INT64_MAX: nothing is on the way. */
int64_t line_direction_next_us(const struct line_direction *d);
#endif
