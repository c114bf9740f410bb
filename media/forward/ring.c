#include "forward/ring.h"

#include <errno.h>
#include <stdlib.h>

/** In front of what a slot holds. */
struct head {
	/** The position that may be claimed here next; one more: it is filled. */
	_Alignas(16) atomic_size_t turn;
};

static struct head *slot_at(const struct forward_ring *ring, size_t position)
{
	return (struct head *)(void *)(ring->slots + (position & ring->mask) * ring->stride);
}

int forward_ring_init(struct forward_ring *ring, size_t count, size_t size)
{
	ring->mask = count - 1;
	ring->stride = (sizeof(struct head) + size + 63) / 64 * 64;
	ring->slots = aligned_alloc(64, count * ring->stride);
	if (!ring->slots)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		atomic_init(&slot_at(ring, i)->turn, i);
	atomic_init(&ring->tail, 0);
	ring->head = 0;
	return 0;
}

void forward_ring_finish(struct forward_ring *ring)
{
	free(ring->slots);
	ring->slots = NULL;
}

void *forward_ring_claim(struct forward_ring *ring)
{
	size_t position = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	for (;;) {
		struct head *slot = slot_at(ring, position);
		ptrdiff_t ahead = (ptrdiff_t)(atomic_load_explicit(&slot->turn, memory_order_acquire) - position);
		if (ahead < 0)
			return NULL;
		if (ahead > 0)
			position = atomic_load_explicit(&ring->tail, memory_order_relaxed);
		else if (atomic_compare_exchange_weak_explicit(&ring->tail, &position, position + 1,
		                                               memory_order_relaxed, memory_order_relaxed))
			return slot + 1;
	}
}

void forward_ring_publish(void *slot)
{
	struct head *head = (struct head *)slot - 1;
	/* nobody else touches it between claim and publication */
	size_t position = atomic_load_explicit(&head->turn, memory_order_relaxed);
	atomic_store(&head->turn, position + 1); /* in one order with who goes to sleep, see inbox.c */
}

void *forward_ring_front(struct forward_ring *ring)
{
	struct head *slot = slot_at(ring, ring->head);
	return atomic_load(&slot->turn) == ring->head + 1 ? slot + 1 : NULL;
}

void forward_ring_pop(struct forward_ring *ring)
{
	atomic_store_explicit(&slot_at(ring, ring->head)->turn, ring->head + ring->mask + 1, memory_order_release);
	ring->head++;
}
