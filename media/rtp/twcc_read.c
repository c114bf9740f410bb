/* The reader's half of transport-wide feedback. */
#include <errno.h>

#include "rtp/rtp.h"
#include "rtp/twcc.h"

enum { FIXED = 16, DELTA_US = 250, REFERENCE_US = 64000 };
enum { NOT_RECEIVED, SMALL_DELTA, LARGE_DELTA, RESERVED };

static bool is_vector(uint16_t chunk)
{
	return chunk & 0x8000;
}

static uint16_t symbols_of(uint16_t chunk)
{
	return !is_vector(chunk) ? chunk & 0x1FFF : chunk & 0x4000 ? 7 : 14;
}

/** Symbol number i of a chunk: the same throughout a run, one or two bits of a vector. */
static unsigned symbol_at(uint16_t chunk, uint16_t i)
{
	if (!is_vector(chunk))
		return chunk >> 13 & 3;
	return chunk & 0x4000 ? chunk >> (12 - 2 * i) & 3 : chunk >> (13 - i) & 1;
}

static size_t delta_size(unsigned symbol)
{
	return symbol == NOT_RECEIVED ? 0 : symbol == SMALL_DELTA ? 1 : 2;
}

/** Bytes of deltas that n symbols of a chunk bring. @return -EBADMSG: a symbol that means nothing. */
static int deltas_of(uint16_t chunk, uint16_t n)
{
	size_t size = 0;
	if (!is_vector(chunk))
		return symbol_at(chunk, 0) == RESERVED ? -EBADMSG : (int)(n * delta_size(symbol_at(chunk, 0)));
	for (uint16_t i = 0; i < n; i++) {
		if (symbol_at(chunk, i) == RESERVED)
			return -EBADMSG;
		size += delta_size(symbol_at(chunk, i));
	}
	return (int)size;
}

int media_twcc_open(struct media_twcc_reader *r, const struct media_rtcp *p)
{
	size_t at = FIXED, deltas = 0;
	if (p->type != MEDIA_RTCP_RTPFB || p->count != MEDIA_RTPFB_TWCC || p->len < FIXED)
		return -EBADMSG;
	*r = (struct media_twcc_reader){.base = media_get16(p->body + 8),
	                                .count = media_get16(p->body + 10),
	                                .reference = media_get24(p->body + 12),
	                                .chunk = p->body + FIXED};
	if (r->count > MEDIA_TWCC_READ_MAX)
		return -EBADMSG;
	for (uint16_t left = r->count; left > 0; at += 2) {
		if (p->len - at < 2)
			return -EBADMSG;
		uint16_t chunk = media_get16(p->body + at), n = symbols_of(chunk);
		n = n < left ? n : left;
		int size = deltas_of(chunk, n);
		if (n == 0 || size < 0)
			return -EBADMSG;
		deltas += (size_t)size;
		left = (uint16_t)(left - n);
	}
	r->delta = p->body + at;
	r->left = r->count ? symbols_of(media_get16(r->chunk)) : 0;
	return deltas <= p->len - at ? 0 : -EBADMSG;
}

bool media_twcc_next(struct media_twcc_reader *r, struct media_twcc_status *out)
{
	if (r->at == r->count)
		return false;
	if (r->left == 0) {
		r->chunk += 2;
		r->left = symbols_of(media_get16(r->chunk));
	}
	uint16_t chunk = media_get16(r->chunk);
	size_t size = delta_size(symbol_at(chunk, (uint16_t)(symbols_of(chunk) - r->left)));
	if (size == 1)
		r->clock_us += r->delta[0] * DELTA_US;
	else if (size == 2)
		r->clock_us += (int16_t)media_get16(r->delta) * DELTA_US;
	*out = (struct media_twcc_status){
	        .seq = (uint16_t)(r->base + r->at), .received = size > 0, .arrival_us = size ? r->clock_us : 0};
	r->delta += size;
	r->left--;
	r->at++;
	return true;
}

int64_t media_twcc_reference_step(uint32_t from, uint32_t to)
{
	int32_t step = (int32_t)((to - from) << 8) / 256;
	return (int64_t)step * REFERENCE_US;
}
