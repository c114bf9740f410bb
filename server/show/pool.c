#include "show/pool.h"

#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CHUNK_BYTES ((size_t)2 << 20) /* a huge page; and a chunk begins at a multiple of it */
#define HEAD_BYTES 64
#define ALIGNMENT 16

struct chunk {
	struct chunk *next;
	struct pool *pool;
};

struct spare {
	struct spare *next;
};

struct pool {
	size_t size, used; /* bytes: of an object, of the first chunk */
	struct chunk *chunks;
	struct spare *spares;
};

struct pool *pool_new(size_t size)
{
	struct pool *pool = g_new0(struct pool, 1);
	pool->size = (MAX(size, sizeof(struct spare)) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	return pool;
}

void pool_free(struct pool *pool)
{
	for (struct chunk *chunk = pool->chunks, *next; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	g_free(pool);
}

#if SANITIZED
/* Each object by itself, so that every use beyond its end or after it is seen. */
void *pool_take(struct pool *pool)
{
	return g_malloc0(pool->size);
}

void pool_give(void *object)
{
	g_free(object);
}
#else
static void add_chunk(struct pool *pool)
{
	struct chunk *chunk = aligned_alloc(CHUNK_BYTES, CHUNK_BYTES);
	if (!chunk)
		abort();
	if (pool->chunks) /* the first may stay small */
		madvise(chunk, CHUNK_BYTES, MADV_HUGEPAGE);
	*chunk = (struct chunk){pool->chunks, pool};
	pool->chunks = chunk;
	pool->used = HEAD_BYTES;
}

static void *take_unused(struct pool *pool)
{
	if (!pool->chunks || pool->used + pool->size > CHUNK_BYTES)
		add_chunk(pool);
	void *object = (uint8_t *)pool->chunks + pool->used;
	pool->used += pool->size;
	return object;
}

void *pool_take(struct pool *pool)
{
	void *object = pool->spares;
	if (object)
		pool->spares = pool->spares->next;
	else
		object = take_unused(pool);
	return memset(object, 0, pool->size);
}

void pool_give(void *object)
{
	struct chunk *chunk = (struct chunk *)((uintptr_t)object & ~(CHUNK_BYTES - 1));
	struct spare *spare = object;
	spare->next = chunk->pool->spares;
	chunk->pool->spares = spare;
}
#endif
