#include "forward/cache.h"

#include <errno.h>
#include <stdlib.h>

enum {
	ALIGNMENT = _Alignof(struct forward_packet),
	SPARE_MIN = 4,   /**< beside those that a cache holds itself, for what others hold longer */
	SPARE_MAX = 128, /**< kept when a cache goes */
};

struct entry {
	const struct forward_packet *packet; /**< valid while its block is held */
	int64_t ext;
	uint64_t block; /**< how many blocks came before its own */
	uint32_t epoch;
};

struct forward_cache {
	struct forward_pool *pool;
	size_t block_max, mask;
	uint64_t block_count;          /**< ever held; the newest block_max of them still are */
	struct forward_block **blocks; /**< a ring */
	struct entry entries[];
};

int forward_cache_create(struct forward_pool *pool, size_t bytes, size_t entries, struct forward_cache **out)
{
	/* the newest block is partly empty: one more keeps what was asked for */
	size_t blocks = (bytes + FORWARD_BLOCK_BYTES - 1) / FORWARD_BLOCK_BYTES + 1;
	struct forward_cache *cache = calloc(1, sizeof *cache + entries * sizeof cache->entries[0]);
	struct forward_block **ring = calloc(blocks, sizeof(struct forward_block *));
	if (!cache || !ring || (pool && forward_pool_reserve(pool, blocks + SPARE_MIN) != 0)) {
		free(cache);
		free(ring);
		return -ENOMEM;
	}
	cache->pool = pool;
	cache->block_max = blocks;
	cache->mask = entries - 1;
	cache->blocks = ring;
	*out = cache;
	return 0;
}

void forward_cache_destroy(struct forward_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->block_max; i++)
		if (cache->blocks[i])
			forward_block_release(cache->blocks[i]);
	if (cache->pool)
		forward_pool_trim(cache->pool, SPARE_MAX);
	free(cache->blocks);
	free(cache);
}

static struct forward_block *newest(const struct forward_cache *cache)
{
	return cache->block_count ? cache->blocks[(cache->block_count - 1) % cache->block_max] : NULL;
}

/** Make room for one more block; the oldest goes. */
static struct forward_block **next_place(struct forward_cache *cache)
{
	struct forward_block **place = &cache->blocks[cache->block_count % cache->block_max];
	if (*place)
		forward_block_release(*place);
	*place = NULL;
	return place;
}

static struct entry *entry_for(struct forward_cache *cache, uint32_t epoch, int64_t ext)
{
	struct entry *e = &cache->entries[(uint64_t)ext & cache->mask];
	return e->epoch == epoch && e->ext > ext ? NULL : e;
}

static struct forward_block *block_with_room(struct forward_cache *cache, size_t size)
{
	struct forward_block *block = newest(cache);
	if (block && FORWARD_BLOCK_BYTES - block->used >= size)
		return block;
	struct forward_block **place = next_place(cache);
	*place = forward_block_take(cache->pool); /* it may be the oldest that comes back */
	cache->block_count++;
	return *place;
}

struct forward_packet *forward_cache_add(struct forward_cache *cache, uint32_t epoch, int64_t ext, size_t len)
{
	struct entry *e = entry_for(cache, epoch, ext);
	size_t size = (sizeof(struct forward_packet) + len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!e || len > FORWARD_BLOCK_BYTES || size > FORWARD_BLOCK_BYTES)
		return NULL;
	struct forward_block *block = block_with_room(cache, size);
	if (!block)
		return NULL;
	struct forward_packet *p = (struct forward_packet *)(void *)(block->data + block->used);
	*p = (struct forward_packet){
	        .epoch = epoch, .ext = ext, .len = len, .block = block, .data = (uint8_t *)(p + 1)};
	block->used += size;
	*e = (struct entry){.packet = p, .ext = ext, .block = cache->block_count - 1, .epoch = epoch};
	return p;
}

bool forward_cache_refer(struct forward_cache *cache, const struct forward_packet *packet)
{
	struct entry *e = entry_for(cache, packet->epoch, packet->ext);
	if (!e || newest(cache) == packet->block) {
		if (e)
			*e = (struct entry){.packet = packet,
			                    .ext = packet->ext,
			                    .block = cache->block_count - 1,
			                    .epoch = packet->epoch};
		forward_block_release(packet->block);
		return e != NULL;
	}
	*next_place(cache) = packet->block;
	*e = (struct entry){
	        .packet = packet, .ext = packet->ext, .block = cache->block_count++, .epoch = packet->epoch};
	return true;
}

const struct forward_packet *forward_cache_get(const struct forward_cache *cache, uint32_t epoch, int64_t ext)
{
	const struct entry *e = &cache->entries[(uint64_t)ext & cache->mask];
	if (epoch == 0 || e->epoch != epoch || e->ext != ext)
		return NULL;
	return cache->block_count - e->block <= cache->block_max ? e->packet : NULL;
}
