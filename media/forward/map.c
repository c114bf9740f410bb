#include "forward/map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "forward/random.h"

int forward_map_init(struct forward_map *map, size_t expected)
{
	size_t n = 16;
	while (n < expected && n < (size_t)1 << 20)
		n *= 2;
	*map = (struct forward_map){.bucket_count = n, .buckets = calloc(n, sizeof *map->buckets)};
	forward_random(map->key, sizeof map->key);
	return map->buckets ? 0 : -ENOMEM;
}

void forward_map_finish(struct forward_map *map)
{
	free(map->buckets);
	*map = (struct forward_map){0};
}

static uint64_t rotate(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

uint64_t forward_map_hash(const struct forward_map *map, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t v[4] = {map->key[0] ^ 0x736f6d6570736575, map->key[1] ^ 0x646f72616e646f6d,
	                 map->key[0] ^ 0x6c7967656e657261, map->key[1] ^ 0x7465646279746573};
	uint64_t word, last = (uint64_t)len << 56;
	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&word, p, 8);
		sip_word(v, word);
	}
	for (size_t i = 0; i < len; i++)
		last |= (uint64_t)p[i] << (8 * i);
	sip_word(v, last);
	v[2] ^= 0xFF;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void forward_map_insert(struct forward_map *map, struct forward_map_node *node, uint64_t hash)
{
	struct forward_map_node **bucket = &map->buckets[hash & (map->bucket_count - 1)];
	node->hash = hash;
	node->next = *bucket;
	*bucket = node;
	map->count++;
}

void forward_map_remove(struct forward_map *map, struct forward_map_node *node)
{
	struct forward_map_node **at = &map->buckets[node->hash & (map->bucket_count - 1)];
	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	map->count--;
}

static struct forward_map_node *skip_others(struct forward_map_node *node, uint64_t hash)
{
	while (node && node->hash != hash)
		node = node->next;
	return node;
}

struct forward_map_node *forward_map_first(const struct forward_map *map, uint64_t hash)
{
	return skip_others(map->buckets[hash & (map->bucket_count - 1)], hash);
}

struct forward_map_node *forward_map_next(const struct forward_map_node *node)
{
	return skip_others(node->next, node->hash);
}
