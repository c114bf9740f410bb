/* VP8's running numbers (RFC 7741 §4.2), continued from one source of a host to the next: a decoder that has seen
 * picture 700 takes picture 12 for one of the past. Pure. */
#ifndef MEDIA_FORWARD_VP8_H
#define MEDIA_FORWARD_VP8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORWARD_VP8_LEAP 8 /**< left free between two sources, for pictures of the new one that come late */

/** One running number. Inside a source out = in + offset. */
struct forward_vp8_number {
	bool told, mapped; /**< one went out ever; the offset is of the present source */
	uint16_t newest;   /**< that went out */
	uint16_t offset;
};

/** What one viewer's numbers differ by from the track's, once it has come from another layer of the picture. */
struct forward_vp8_offsets {
	uint16_t picture;
	uint8_t layer;
};

#define FORWARD_VP8_DESCRIPTOR 6 /**< its bytes up to the last number */

/** Where a payload's descriptor has its numbers. */
struct forward_vp8_place {
	uint8_t picture, layer; /**< offset in the payload; 0: it has none */
	uint8_t picture_bytes;  /**< 1 or 2 */
	uint16_t picture_id;
	uint8_t layer_index;
};

/** Zeroed before use. */
struct forward_vp8 {
	uint32_t epoch; /**< source that is mapped now */
	struct forward_vp8_number picture, layer;
};

/** Find PictureID and TL0PICIDX. @return false: neither is there, or the descriptor is malformed. */
bool forward_vp8_find(const uint8_t *payload, size_t len, struct forward_vp8_place *out);
/** The descriptor with its numbers moved on. @return its bytes, written to out; 0: it has no numbers. */
size_t forward_vp8_shift(const uint8_t *payload, size_t len, struct forward_vp8_offsets by,
                         uint8_t out[FORWARD_VP8_DESCRIPTOR]);
/** Rewrite PictureID and TL0PICIDX, where the payload has them, in place. What is malformed stays as it is. */
void forward_vp8_rewrite(struct forward_vp8 *v, uint32_t epoch, uint8_t *payload, size_t len);
#endif
