#include <errno.h>

#include "rtp/peek.h"

/** Bits of a raw byte sequence payload; emulation prevention bytes (00 00 03) are skipped. `failed` sticks. */
struct bits {
	const uint8_t *data;
	size_t len, byte;
	unsigned bit, zeros;
	bool failed;
};

static unsigned read_bit(struct bits *b)
{
	if (b->bit == 0 && b->zeros >= 2 && b->byte < b->len && b->data[b->byte] == 3) {
		b->byte++;
		b->zeros = 0;
	}
	if (b->byte >= b->len) {
		b->failed = true;
		return 0;
	}
	unsigned value = b->data[b->byte] >> (7 - b->bit) & 1;
	if (++b->bit == 8) {
		b->zeros = b->data[b->byte] == 0 ? b->zeros + 1 : 0;
		b->bit = 0;
		b->byte++;
	}
	return value;
}

static uint32_t read_bits(struct bits *b, unsigned n)
{
	uint32_t value = 0;
	while (n-- > 0)
		value = value << 1 | read_bit(b);
	return value;
}

/** ue(v): unsigned Exp-Golomb (§9.1). */
static uint32_t read_ue(struct bits *b)
{
	unsigned zeros = 0;
	while (!b->failed && zeros < 32 && read_bit(b) == 0)
		zeros++;
	if (zeros >= 32) {
		b->failed = true;
		return 0;
	}
	return ((uint32_t)1 << zeros) - 1 + read_bits(b, zeros);
}

static int32_t read_se(struct bits *b)
{
	uint32_t k = read_ue(b);
	return k & 1 ? (int32_t)(k / 2 + 1) : -(int32_t)(k / 2);
}

static void skip_scaling_list(struct bits *b, unsigned size)
{
	int last = 8, next = 8;
	for (unsigned i = 0; i < size && !b->failed; i++) {
		if (next != 0)
			next = (last + read_se(b)) & 0xFF;
		last = next == 0 ? last : next;
	}
}

/** Profiles that carry chroma format and scaling lists. @return chroma_format_idc. */
static uint32_t read_high_profile(struct bits *b)
{
	uint32_t chroma = read_ue(b);
	if (chroma == 3)
		read_bit(b);
	read_ue(b); /* bit_depth_luma_minus8 */
	read_ue(b); /* bit_depth_chroma_minus8 */
	read_bit(b);
	if (!read_bit(b))
		return chroma;
	for (unsigned i = 0; i < (chroma == 3 ? 12u : 8u) && !b->failed; i++)
		if (read_bit(b))
			skip_scaling_list(b, i < 6 ? 16 : 64);
	return chroma;
}

static void skip_order_count(struct bits *b)
{
	uint32_t type = read_ue(b);
	if (type == 0) {
		read_ue(b);
	} else if (type == 1) {
		read_bit(b);
		read_se(b);
		read_se(b);
		uint32_t cycle = read_ue(b);
		for (uint32_t i = 0; i < cycle && i < 256 && !b->failed; i++)
			read_se(b);
	}
}

static bool is_high(uint32_t profile)
{
	static const uint8_t high[] = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135};
	for (size_t i = 0; i < sizeof high; i++)
		if (high[i] == profile)
			return true;
	return false;
}

/** Width and height in luma samples, cropping applied. */
static int read_size(struct bits *b, uint32_t chroma, int *width, int *height)
{
	int64_t w = ((int64_t)read_ue(b) + 1) * 16, units = (int64_t)read_ue(b) + 1;
	int frame_only = (int)read_bit(b);
	int64_t h = units * 16 * (2 - frame_only);
	if (!frame_only)
		read_bit(b);
	read_bit(b);
	if (read_bit(b)) {
		int64_t left = read_ue(b), right = read_ue(b), top = read_ue(b), bottom = read_ue(b);
		int sub_w = chroma == 1 || chroma == 2 ? 2 : 1, sub_h = chroma == 1 ? 2 : 1;
		w -= (left + right) * sub_w;
		h -= (top + bottom) * sub_h * (2 - frame_only);
	}
	if (b->failed || w <= 0 || h <= 0 || w > 16384 || h > 16384)
		return -EBADMSG;
	*width = (int)w;
	*height = (int)h;
	return 0;
}

int media_peek_sps(const uint8_t *nal, size_t len, int *width, int *height)
{
	if (len < 4 || (nal[0] & 0x1F) != 7)
		return -EBADMSG;
	struct bits b = {.data = nal + 1, .len = len - 1};
	uint32_t profile = read_bits(&b, 8), chroma = 1;
	read_bits(&b, 16); /* constraint flags, level */
	read_ue(&b);       /* seq_parameter_set_id */
	if (is_high(profile))
		chroma = read_high_profile(&b);
	read_ue(&b); /* log2_max_frame_num_minus4 */
	skip_order_count(&b);
	read_ue(&b); /* max_num_ref_frames */
	read_bit(&b);
	return read_size(&b, chroma, width, height);
}
