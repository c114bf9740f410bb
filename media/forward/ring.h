/* A bounded ring of equal slots that several threads fill and one empties, without a lock: each slot says by a counter
 * whose turn it is (D. Vyukov's bounded queue). What one thread puts in comes out in its order. */
#ifndef MEDIA_FORWARD_RING_H
#define MEDIA_FORWARD_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct forward_ring {
	size_t mask, stride;
	uint8_t *slots;
	_Alignas(64) atomic_size_t tail; /**< next to be filled */
	_Alignas(64) size_t head;        /**< next to be emptied; the reader's own */
};

/** @param count a power of two; @param size of what a slot holds [bytes]. @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int forward_ring_init(struct forward_ring *ring, size_t count, size_t size);
void forward_ring_finish(struct forward_ring *ring);
/** A slot to write into, which must be published at once: what is claimed after it waits for it.
 * @return NULL: full. Thread: any. */
void *forward_ring_claim(struct forward_ring *ring);
void forward_ring_publish(void *slot);
/** The oldest slot; done with by forward_ring_pop. @return NULL: empty. Thread: the reader. */
void *forward_ring_front(struct forward_ring *ring);
void forward_ring_pop(struct forward_ring *ring);
#endif
