#include <errno.h>

#include "rtp/peek.h"

/*  descriptor: X R N S R PID | I L T K RSV | M PictureID (7 or 15) | TL0PICIDX | TID Y KEYIDX   (RFC 7741 §4.2) */
int media_peek_vp8_descriptor(const uint8_t *p, size_t len)
{
	size_t size = 1;
	if (len == 0)
		return -EBADMSG;
	if (p[0] & 0x80) {
		if (len < 2)
			return -EBADMSG;
		uint8_t x = p[1];
		size = 2;
		if (x & 0x80) {
			if (len < 3)
				return -EBADMSG;
			size += p[2] & 0x80 ? 2 : 1;
		}
		if (x & 0x40)
			size++;
		if (x & 0x30)
			size++;
	}
	return size < len ? (int)size : -EBADMSG;
}

int media_peek_vp8(const uint8_t *payload, size_t len, struct media_peek *out)
{
	*out = (struct media_peek){0};
	int size = media_peek_vp8_descriptor(payload, len);
	if (size < 0)
		return size;
	bool starts_frame = (payload[0] & 0x10) && (payload[0] & 0x07) == 0;
	const uint8_t *frame = payload + size;
	/* the lowest bit of the frame tag is 0 in a key frame (RFC 6386 §9.1) */
	if (!starts_frame || (frame[0] & 0x01))
		return 0;
	out->keyframe = true;
	if (len - (size_t)size >= 10 && frame[3] == 0x9D && frame[4] == 0x01 && frame[5] == 0x2A) {
		out->width = (frame[7] << 8 | frame[6]) & 0x3FFF;
		out->height = (frame[9] << 8 | frame[8]) & 0x3FFF;
	}
	return 0;
}
