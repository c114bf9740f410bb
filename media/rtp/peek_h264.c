#include <errno.h>

#include "rtp/peek.h"
#include "rtp/rtp.h"

enum { NAL_IDR = 5, NAL_SPS = 7, NAL_STAP_A = 24, NAL_FU_A = 28 };

static void look_at(const uint8_t *nal, size_t len, struct media_peek *out)
{
	uint8_t type = nal[0] & 0x1F;
	if (type == NAL_IDR)
		out->keyframe = true;
	if (type != NAL_SPS)
		return;
	out->keyframe = out->parameters = true;
	int width, height;
	if (media_peek_sps(nal, len, &width, &height) == 0) {
		out->width = width;
		out->height = height;
	}
}

static int peek_stap_a(const uint8_t *p, size_t len, struct media_peek *out)
{
	for (size_t offset = 1; offset < len;) {
		if (len - offset < 2)
			return -EBADMSG;
		size_t size = media_get16(p + offset);
		offset += 2;
		if (size == 0 || size > len - offset)
			return -EBADMSG;
		look_at(p + offset, size, out);
		offset += size;
	}
	return 0;
}

int media_peek_h264(const uint8_t *payload, size_t len, struct media_peek *out)
{
	*out = (struct media_peek){0};
	if (len == 0)
		return -EBADMSG;
	uint8_t type = payload[0] & 0x1F;
	if (type == NAL_STAP_A)
		return len < 2 ? -EBADMSG : peek_stap_a(payload, len, out);
	if (type == NAL_FU_A) {
		if (len < 2)
			return -EBADMSG;
		uint8_t inner = payload[1] & 0x1F;
		out->keyframe = (payload[1] & 0x80) && (inner == NAL_IDR || inner == NAL_SPS);
		out->parameters = (payload[1] & 0x80) && inner == NAL_SPS;
		return 0;
	}
	if (type == 0 || type > NAL_FU_A)
		return -EBADMSG;
	look_at(payload, len, out);
	return 0;
}
