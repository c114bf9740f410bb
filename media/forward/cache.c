#include "forward/cache.h"

#include <errno.h>
#include <stdlib.h>

struct entry {
	struct forward_packet packet;
	uint64_t position; /**< of its first byte in everything ever written */
};

struct forward_cache {
	size_t bytes, mask;
	uint64_t written; /**< bytes ever written, skipped ends of the ring included */
	uint8_t *ring;
	struct entry entries[];
};

int forward_cache_create(size_t bytes, size_t entries, struct forward_cache **out)
{
	struct forward_cache *cache = calloc(1, sizeof *cache + entries * sizeof cache->entries[0]);
	uint8_t *ring = malloc(bytes);
	if (!cache || !ring) {
		free(cache);
		free(ring);
		return -ENOMEM;
	}
	cache->bytes = bytes;
	cache->mask = entries - 1;
	cache->ring = ring;
	*out = cache;
	return 0;
}

void forward_cache_destroy(struct forward_cache *cache)
{
	if (!cache)
		return;
	free(cache->ring);
	free(cache);
}

struct forward_packet *forward_cache_add(struct forward_cache *cache, uint32_t epoch, int64_t ext, size_t len)
{
	struct entry *e = &cache->entries[(uint64_t)ext & cache->mask];
	if (len > cache->bytes || (e->packet.epoch == epoch && e->packet.ext > ext))
		return NULL;
	size_t offset = (size_t)(cache->written % cache->bytes);
	if (offset + len > cache->bytes) { /* packets do not wrap */
		cache->written += cache->bytes - offset;
		offset = 0;
	}
	e->position = cache->written;
	e->packet = (struct forward_packet){.epoch = epoch, .ext = ext, .len = len, .data = cache->ring + offset};
	cache->written += len;
	return &e->packet;
}

const struct forward_packet *forward_cache_get(const struct forward_cache *cache, uint32_t epoch, int64_t ext)
{
	const struct entry *e = &cache->entries[(uint64_t)ext & cache->mask];
	if (epoch == 0 || e->packet.epoch != epoch || e->packet.ext != ext)
		return NULL;
	return cache->written - e->position <= cache->bytes ? &e->packet : NULL;
}
