/* VP8 out of RTP (RFC 7741). */
#include <errno.h>

#include "pipeline/assemble_picture.h"
#include "rtp/peek.h"

enum { STARTS_PARTITION = 0x10, PARTITION_INDEX = 0x07 };

void assemble_vp8_take(struct assemble *a, const uint8_t *payload, size_t len)
{
	struct assemble_picture *p = &a->picture;
	int descriptor = media_peek_vp8_descriptor(payload, len);
	bool first = p->len == ASSEMBLE_HEADROOM;
	if (descriptor < 0 || (first && (!(payload[0] & STARTS_PARTITION) || (payload[0] & PARTITION_INDEX) != 0))) {
		p->damaged = true;
		return;
	}
	if (first) {
		struct media_peek peek;
		if (media_peek_vp8(payload, len, &peek) != 0) {
			p->damaged = true;
			return;
		}
		p->keyframe = peek.keyframe;
		p->width = peek.width;
		p->height = peek.height;
	}
	assemble_append(p, payload + descriptor, len - (size_t)descriptor);
}

int assemble_vp8_close(struct assemble *a, struct assemble_unit *out)
{
	const struct assemble_picture *p = &a->picture;
	if (p->damaged || p->len == ASSEMBLE_HEADROOM || (p->keyframe && (p->width == 0 || p->height == 0)))
		return -EBADMSG;
	out->data = p->data + ASSEMBLE_HEADROOM;
	out->len = p->len - ASSEMBLE_HEADROOM;
	out->keyframe = p->keyframe;
	out->width = p->width;
	out->height = p->height;
	return 1;
}
