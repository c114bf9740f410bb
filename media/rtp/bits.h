/* Bits of an H.264 raw byte sequence payload (§7.2, §9.1); emulation prevention bytes (00 00 03) are skipped. Pure. */
#ifndef MEDIA_RTP_BITS_H
#define MEDIA_RTP_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Zeroed but for data and len. `failed` sticks; what is read then is 0. */
struct media_bits {
	const uint8_t *data;
	size_t len, byte;
	unsigned bit, zeros;
	bool failed;
};

static inline unsigned media_bits_one(struct media_bits *b)
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

/** @param n at most 32 */
static inline uint32_t media_bits_many(struct media_bits *b, unsigned n)
{
	uint32_t value = 0;
	while (n-- > 0)
		value = value << 1 | media_bits_one(b);
	return value;
}

/** ue(v): unsigned Exp-Golomb. */
static inline uint32_t media_bits_ue(struct media_bits *b)
{
	unsigned zeros = 0;
	while (!b->failed && zeros < 32 && media_bits_one(b) == 0)
		zeros++;
	if (zeros >= 32) {
		b->failed = true;
		return 0;
	}
	return ((uint32_t)1 << zeros) - 1 + media_bits_many(b, zeros);
}

/** se(v): signed Exp-Golomb. */
static inline int32_t media_bits_se(struct media_bits *b)
{
	uint32_t k = media_bits_ue(b);
	return k & 1 ? (int32_t)(k / 2 + 1) : -(int32_t)(k / 2);
}
#endif
