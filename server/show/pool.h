/* Objects of one size, taken and given back by the hundred thousand: what lies together costs few page faults, and what
 * was given back last, which the processor still knows, is taken first. Thread: one, the owner's. */
#ifndef TRUNKSHOW_SHOW_POOL_H
#define TRUNKSHOW_SHOW_POOL_H

#include <stddef.h>

struct pool;

struct pool *pool_new(size_t size); /**< of objects of so many bytes, less than a megabyte */
void pool_free(struct pool *pool);  /**< with all that was taken */

void *pool_take(struct pool *pool); /**< zeroed */
void pool_give(void *object);       /**< back to its pool */
#endif
