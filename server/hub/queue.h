/* What waits for one connection, or for the next pass of a topic: a bounded queue that knows what may be lost. Pure. */
#ifndef TRUNKSHOW_HUB_QUEUE_H
#define TRUNKSHOW_HUB_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "hub/hub.h"

#define QUEUE_ENTRY_BYTES                                                                                              \
	64 /**< what an entry costs beside its message, so that many empty ones cannot grow memory                     \
	    */

struct queue_entry {
	struct base_buffer *message; /**< one reference */
	uint64_t mark;               /**< the topic's number of the message; 0 for others */
	enum hub_class class;
};

struct queue {
	struct queue_entry *ring;
	size_t capacity, head, count;
	size_t bytes, limit_bytes; /**< messages and QUEUE_ENTRY_BYTES each */
	uint64_t gap;              /**< messages lost since the last frame */
	uint64_t lost[HUB_MUST];   /**< messages lost ever, by class */
};

void queue_init(struct queue *queue, size_t limit_bytes);
void queue_clear(struct queue *queue);  /**< drops everything, the gap too */
void queue_finish(struct queue *queue); /**< clears and frees; may be called twice */

/** Append a message (takes a reference of its own). Past the limit the oldest reactions go, then the oldest chat, then
 * the oldest state, down to three quarters of it, so that a long queue is not searched for each message.
 *  @return 0; -ENOBUFS when what must not be lost alone exceeds the limit. */
__attribute__((warn_unused_result)) int queue_push(struct queue *queue, enum hub_class class, uint64_t mark,
                                                   struct base_buffer *message);

/** The n-th entry, 0 is the oldest. n must be less than count. */
const struct queue_entry *queue_at(const struct queue *queue, size_t n);

/** Everything in the queue as one JSON array, headroom bytes into the buffer; the queue stays as it is. @return NULL
 * when empty */
struct base_buffer *queue_frame(const struct queue *queue, size_t headroom);

/** Take the oldest messages as one JSON array of at most about max_bytes (but always at least one message), preceded by
 * a gap notice when messages were lost. The array starts headroom bytes into the buffer. @return NULL when there is
 * nothing to say. */
struct base_buffer *queue_take_frame(struct queue *queue, size_t headroom, size_t max_bytes);
#endif
