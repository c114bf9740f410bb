#include "forward/block.h"

#include <errno.h>
#include <stdlib.h>

/** What has come back since it was looked at last. */
static void collect(struct forward_pool *pool)
{
	struct forward_block *back = atomic_exchange_explicit(&pool->returned, NULL, memory_order_acquire);
	while (back) {
		struct forward_block *next = back->next;
		back->next = pool->spare;
		pool->spare = back;
		pool->spare_count++;
		back = next;
	}
}

static struct forward_block *make(struct forward_pool *home)
{
	struct forward_block *block = malloc(sizeof *block);
	if (block)
		block->home = home;
	return block;
}

static struct forward_block *spare(struct forward_pool *pool)
{
	struct forward_block *block = pool->spare;
	pool->spare = block->next;
	pool->spare_count--;
	return block;
}

struct forward_block *forward_block_take(struct forward_pool *pool)
{
	if (pool && !pool->spare)
		collect(pool);
	struct forward_block *block = pool && pool->spare ? spare(pool) : make(pool);
	if (!block)
		return NULL;
	atomic_store_explicit(&block->references, 1, memory_order_relaxed);
	block->next = NULL;
	block->used = 0;
	return block;
}

void forward_block_release(struct forward_block *block)
{
	if (atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) != 1)
		return;
	struct forward_pool *home = block->home;
	if (!home) {
		free(block);
		return;
	}
	/* all are taken off at once, never one: a block that comes back twice meanwhile does no harm */
	struct forward_block *first = atomic_load_explicit(&home->returned, memory_order_relaxed);
	do
		block->next = first;
	while (!atomic_compare_exchange_weak_explicit(&home->returned, &first, block, memory_order_release,
	                                              memory_order_relaxed));
}

int forward_pool_reserve(struct forward_pool *pool, size_t count)
{
	collect(pool);
	while (pool->spare_count < count) {
		struct forward_block *block = make(pool);
		if (!block)
			return -ENOMEM;
		block->next = pool->spare;
		pool->spare = block;
		pool->spare_count++;
	}
	return 0;
}

void forward_pool_trim(struct forward_pool *pool, size_t keep)
{
	collect(pool);
	while (pool->spare_count > keep)
		free(spare(pool));
}
