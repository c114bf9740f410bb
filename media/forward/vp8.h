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

/** Zeroed before use. */
struct forward_vp8 {
	uint32_t epoch; /**< source that is mapped now */
	struct forward_vp8_number picture, layer;
};

/** Rewrite PictureID and TL0PICIDX, where the payload has them, in place. What is malformed stays as it is. */
void forward_vp8_rewrite(struct forward_vp8 *v, uint32_t epoch, uint8_t *payload, size_t len);
#endif
