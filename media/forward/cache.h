/* A track's newest packets, to answer NACKs with: a ring of bytes and a ring of entries, both bounded. Pure. */
#ifndef MEDIA_FORWARD_CACHE_H
#define MEDIA_FORWARD_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A plain packet as the host sent it: 12-byte header (no extensions), payload. */
struct forward_packet {
	uint32_t epoch; /**< which of the track's sources; 0: none */
	int64_t ext;    /**< extended sequence number */
	uint32_t timestamp;
	bool marker, padded; /**< padded: nothing but one byte of padding follows the header */
	bool starts;         /**< a viewer can begin here */
	size_t len;          /**< header included [bytes] */
	uint8_t *data; /**< written once, by who adds it: what differs from viewer to viewer is made as it is sent */
};

struct forward_cache;

/** @param entries a power of two. @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int forward_cache_create(size_t bytes, size_t entries, struct forward_cache **out);
void forward_cache_destroy(struct forward_cache *cache); /**< accepts NULL */
/** Room for one packet of len bytes at `ext`; the oldest packets go. The caller fills data. @return NULL if len exceeds
 * the ring, or if ext is too old to be kept beside newer ones. */
struct forward_packet *forward_cache_add(struct forward_cache *cache, uint32_t epoch, int64_t ext, size_t len);
/** @return the packet, or NULL: never came, or gone. Borrowed until the next add. */
const struct forward_packet *forward_cache_get(const struct forward_cache *cache, uint32_t epoch, int64_t ext);
#endif
