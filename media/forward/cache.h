/* A track's newest packets, to answer NACKs and serve joiners with: blocks that hold them and a ring of entries that
 * finds them, both bounded. The worker of a track's host adds packets; on other workers a cache refers to those. */
#ifndef MEDIA_FORWARD_CACHE_H
#define MEDIA_FORWARD_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "forward/block.h"

/** A plain packet: 12-byte header (no extensions) with the track's own number, payload. Constant once it was handed on:
 * what differs from viewer to viewer is made as it is sent. */
struct forward_packet {
	uint32_t epoch; /**< which of the track's sources; 0: none */
	uint32_t timestamp;
	int64_t ext;     /**< extended sequence number */
	int64_t came_us; /**< when it was read [monotonic] */
	struct forward_block *block;
	bool marker, padded; /**< padded: nothing but one byte of padding follows the header */
	bool starts;         /**< a viewer can begin here */
	size_t len;          /**< header included [bytes] */
	uint8_t *data;
};

struct forward_cache;

/** @param pool where blocks come from, may be NULL; @param bytes kept at most; @param entries a power of two.
 *  @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int forward_cache_create(struct forward_pool *pool, size_t bytes, size_t entries,
                                                             struct forward_cache **out);
void forward_cache_destroy(struct forward_cache *cache); /**< accepts NULL */
/** Room for one packet of len bytes at `ext`; the oldest packets go. The caller fills data. @return NULL if len exceeds
 * a block, if ext is too old to be kept beside newer ones, or no memory. */
struct forward_packet *forward_cache_add(struct forward_cache *cache, uint32_t epoch, int64_t ext, size_t len);
/** Keep a packet of another cache by reference, which is taken over. @return false: ext is too old. */
bool forward_cache_refer(struct forward_cache *cache, const struct forward_packet *packet);
/** @return the packet, or NULL: never came, or gone. Borrowed until the next add. */
const struct forward_packet *forward_cache_get(const struct forward_cache *cache, uint32_t epoch, int64_t ext);
#endif
