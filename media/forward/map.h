/* A hash table of embedded nodes with a secret key: what strangers choose (addresses, names) cannot be made to collide.
 */
#ifndef MEDIA_FORWARD_MAP_H
#define MEDIA_FORWARD_MAP_H

#include <stddef.h>
#include <stdint.h>

struct forward_map_node {
	struct forward_map_node *next;
	uint64_t hash;
};

struct forward_map {
	struct forward_map_node **buckets;
	size_t bucket_count; /**< a power of two */
	size_t count;
	uint64_t key[2];
};

/** @param expected entries; the table does not grow. @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int forward_map_init(struct forward_map *map, size_t expected);
void forward_map_finish(struct forward_map *map); /**< frees the buckets, not the nodes */
/** SipHash-1-3 under the table's key. */
uint64_t forward_map_hash(const struct forward_map *map, const void *data, size_t len);
void forward_map_insert(struct forward_map *map, struct forward_map_node *node, uint64_t hash);
void forward_map_remove(struct forward_map *map, struct forward_map_node *node); /**< it must be in the table */
/** Nodes with this hash; the caller compares the key itself. @return NULL at the end. */
struct forward_map_node *forward_map_first(const struct forward_map *map, uint64_t hash);
struct forward_map_node *forward_map_next(const struct forward_map_node *node);

#define forward_container(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))
#endif
