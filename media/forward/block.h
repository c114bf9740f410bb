/* Where packets lie: blocks of some packets each, counted references, so that several workers can send from one copy.
 * A block is filled by its worker alone and only ever grows; others read what they were handed. */
#ifndef MEDIA_FORWARD_BLOCK_H
#define MEDIA_FORWARD_BLOCK_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define FORWARD_BLOCK_BYTES 16384 /**< a dozen packets of a picture, with their heads */

struct forward_pool;

struct forward_block {
	atomic_uint references;
	struct forward_pool *home;  /**< NULL: none, the last reference frees it */
	struct forward_block *next; /**< while nobody holds it */
	size_t used;                /**< the filling worker's [bytes] */
	_Alignas(16) uint8_t data[FORWARD_BLOCK_BYTES];
};

/** One worker's spare blocks. Zeroed before use. */
struct forward_pool {
	struct forward_block *spare; /**< the worker's own */
	size_t spare_count;
	_Atomic(struct forward_block *) returned; /**< by whoever let go last */
};

/** An empty block with one reference, spare or new. @param pool may be NULL. @return NULL: no memory. Thread: the
 * pool's. */
struct forward_block *forward_block_take(struct forward_pool *pool);
static inline void forward_block_hold(struct forward_block *block)
{
	atomic_fetch_add_explicit(&block->references, 1, memory_order_relaxed);
}
/** Thread: any; neither waits nor frees where there is a pool. */
void forward_block_release(struct forward_block *block);
/** Have so many to spare. @return 0; -ENOMEM. Thread: the pool's. */
__attribute__((warn_unused_result)) int forward_pool_reserve(struct forward_pool *pool, size_t count);
/** Free all spare blocks but some. Thread: the pool's. */
void forward_pool_trim(struct forward_pool *pool, size_t keep);
#endif
