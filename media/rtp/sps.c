#include "rtp/sps.h"

#include <errno.h>

#include "rtp/bits.h"
#include "rtp/peek.h"

enum { CONSTRAINT_SET3 = 0x10, ASPECT_EXTENDED = 255 };

static void skip_scaling_list(struct media_bits *b, unsigned size)
{
	int last = 8, next = 8;
	for (unsigned i = 0; i < size && !b->failed; i++) {
		if (next != 0)
			next = (last + media_bits_se(b)) & 0xFF;
		last = next == 0 ? last : next;
	}
}

/** Profiles that carry chroma format, depths and scaling lists. */
static bool read_high_profile(struct media_bits *b, struct media_sps *sps)
{
	uint32_t chroma = media_bits_ue(b);
	if (chroma == 3)
		media_bits_one(b);
	uint32_t luma = media_bits_ue(b), depth = media_bits_ue(b);
	if (chroma > 3 || luma > 6 || depth > 6)
		return false;
	sps->chroma = (uint8_t)chroma;
	sps->luma_bits = (uint8_t)(8 + luma);
	sps->chroma_bits = (uint8_t)(8 + depth);
	media_bits_one(b);
	if (!media_bits_one(b))
		return true;
	for (unsigned i = 0; i < (chroma == 3 ? 12u : 8u) && !b->failed; i++)
		if (media_bits_one(b))
			skip_scaling_list(b, i < 6 ? 16 : 64);
	return true;
}

/** @return pic_order_cnt_type */
static uint32_t read_order_count(struct media_bits *b)
{
	uint32_t type = media_bits_ue(b);
	if (type == 0) {
		media_bits_ue(b);
	} else if (type == 1) {
		media_bits_one(b);
		media_bits_se(b);
		media_bits_se(b);
		uint32_t cycle = media_bits_ue(b);
		for (uint32_t i = 0; i < cycle && i < 256 && !b->failed; i++)
			media_bits_se(b);
	}
	return type;
}

static bool is_high(uint32_t profile)
{
	static const uint8_t high[] = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135};
	for (size_t i = 0; i < sizeof high; i++)
		if (high[i] == profile)
			return true;
	return false;
}

static int read_size(struct media_bits *b, struct media_sps *sps)
{
	int64_t w = ((int64_t)media_bits_ue(b) + 1) * 16, units = (int64_t)media_bits_ue(b) + 1;
	int frame_only = (int)media_bits_one(b);
	int64_t h = units * 16 * (2 - frame_only);
	if (!frame_only)
		media_bits_one(b);
	media_bits_one(b);
	if (media_bits_one(b)) {
		int64_t left = media_bits_ue(b), right = media_bits_ue(b), top = media_bits_ue(b),
		        bottom = media_bits_ue(b);
		int sub_w = sps->chroma == 1 || sps->chroma == 2 ? 2 : 1, sub_h = sps->chroma == 1 ? 2 : 1;
		w -= (left + right) * sub_w;
		h -= (top + bottom) * sub_h * (2 - frame_only);
	}
	if (b->failed || w <= 0 || h <= 0 || w > 16384 || h > 16384)
		return -EBADMSG;
	sps->width = (int)w;
	sps->height = (int)h;
	return 0;
}

/** hrd_parameters (§E.1.2) */
static void skip_hrd(struct media_bits *b)
{
	uint32_t count = media_bits_ue(b) + 1;
	media_bits_many(b, 8);
	for (uint32_t i = 0; i < count && i < 32 && !b->failed; i++) {
		media_bits_ue(b);
		media_bits_ue(b);
		media_bits_one(b);
	}
	media_bits_many(b, 20);
}

/** What stands in vui_parameters before the bitstream restriction. */
static void skip_display(struct media_bits *b)
{
	if (media_bits_one(b) && media_bits_many(b, 8) == ASPECT_EXTENDED)
		media_bits_many(b, 32);
	if (media_bits_one(b)) /* overscan */
		media_bits_one(b);
	if (media_bits_one(b)) { /* video signal type, with colours */
		media_bits_many(b, 4);
		if (media_bits_one(b))
			media_bits_many(b, 24);
	}
	if (media_bits_one(b)) { /* chroma location */
		media_bits_ue(b);
		media_bits_ue(b);
	}
	if (media_bits_one(b)) { /* timing */
		media_bits_many(b, 32);
		media_bits_many(b, 32);
		media_bits_one(b);
	}
}

/** @return max_num_reorder_frames; -1: not told. */
static int read_reorder(struct media_bits *b)
{
	if (!media_bits_one(b))
		return -1;
	skip_display(b);
	unsigned nal = media_bits_one(b);
	if (nal)
		skip_hrd(b);
	unsigned vcl = media_bits_one(b);
	if (vcl)
		skip_hrd(b);
	if (nal || vcl)
		media_bits_one(b);
	media_bits_one(b);
	if (!media_bits_one(b))
		return -1;
	media_bits_one(b);
	for (int i = 0; i < 4; i++)
		media_bits_ue(b);
	uint32_t frames = media_bits_ue(b);
	return b->failed || frames > 16 ? -1 : (int)frames;
}

/** Baseline has no B slices, order count type 2 no other order; intra profiles (constraint_set3) nothing to wait for.
 */
static bool keeps_order(const struct media_sps *sps, uint32_t order_type)
{
	bool intra = (sps->constraints & CONSTRAINT_SET3) && is_high(sps->profile);
	return sps->profile == 66 || order_type == 2 || intra || sps->profile == 44;
}

int media_sps_read(const uint8_t *nal, size_t len, struct media_sps *out)
{
	*out = (struct media_sps){.chroma = 1, .luma_bits = 8, .chroma_bits = 8, .reorder = -1};
	if (len < 4 || (nal[0] & 0x1F) != 7)
		return -EBADMSG;
	struct media_bits b = {.data = nal + 1, .len = len - 1};
	out->profile = (uint8_t)media_bits_many(&b, 8);
	out->constraints = (uint8_t)media_bits_many(&b, 8);
	out->level = (uint8_t)media_bits_many(&b, 8);
	uint32_t id = media_bits_ue(&b);
	if (id > 31 || (is_high(out->profile) && !read_high_profile(&b, out)))
		return -EBADMSG;
	out->id = (uint8_t)id;
	media_bits_ue(&b); /* log2_max_frame_num_minus4 */
	uint32_t order_type = read_order_count(&b);
	media_bits_ue(&b); /* max_num_ref_frames */
	media_bits_one(&b);
	if (read_size(&b, out) != 0)
		return -EBADMSG;
	out->reorder = read_reorder(&b);
	if (keeps_order(out, order_type))
		out->reorder = 0;
	return 0;
}

int media_peek_sps(const uint8_t *nal, size_t len, int *width, int *height)
{
	struct media_sps sps;
	if (media_sps_read(nal, len, &sps) != 0)
		return -EBADMSG;
	*width = sps.width;
	*height = sps.height;
	return 0;
}
