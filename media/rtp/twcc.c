#include "rtp/twcc.h"

#include <errno.h>
#include <string.h>

#include "rtp/rtp.h"

/* Body after the two SSRCs: base sequence (16), status count (16), reference time (24, 64 ms), feedback count (8),
 * status chunks (16 bits each), receive deltas (250 µs; 8 bits unsigned when small, 16 bits signed when large). */
enum { FIXED = 16, DELTA_US = 250, REFERENCE_US = 64000, MAX_RUN = 0x1FFF };
enum { NOT_RECEIVED, SMALL_DELTA, LARGE_DELTA };

void media_twcc_note(struct media_twcc *t, uint16_t seq, int64_t now_us)
{
	bool first = !t->sequence.started;
	int64_t ext = media_sequence_peek(&t->sequence, seq);
	if (!first && ext <= t->sequence.highest - MEDIA_TWCC_WINDOW)
		return;
	media_sequence_take(&t->sequence, seq);
	size_t slot = (size_t)(ext & (MEDIA_TWCC_WINDOW - 1));
	if (t->arrivals[slot].ext == ext)
		return;
	t->arrivals[slot].ext = ext;
	t->arrivals[slot].arrival_us = now_us;
	if (first || ext < t->next)
		t->next = ext;
	t->pending = true;
}

static int64_t arrival_of(const struct media_twcc *t, int64_t ext)
{
	size_t slot = (size_t)(ext & (MEDIA_TWCC_WINDOW - 1));
	return t->arrivals[slot].ext == ext ? t->arrivals[slot].arrival_us : -1;
}

/** The feedback being put together: a symbol per packet, and the deltas of those that arrived. */
struct draft {
	uint8_t symbols[MEDIA_TWCC_MAX_STATUSES];
	size_t count;
	uint8_t deltas[2 * MEDIA_TWCC_MAX_STATUSES];
	size_t delta_len;
	int64_t base, reference;
};

static bool put_delta(struct draft *d, int64_t units)
{
	if (units >= 0 && units <= UINT8_MAX) {
		d->symbols[d->count++] = SMALL_DELTA;
		d->deltas[d->delta_len++] = (uint8_t)units;
		return true;
	}
	if (units < INT16_MIN || units > INT16_MAX)
		return false;
	d->symbols[d->count++] = LARGE_DELTA;
	media_put16(d->deltas + d->delta_len, (uint16_t)units);
	d->delta_len += 2;
	return true;
}

/** Gather statuses from t->next until the draft is full or a delta does not fit. @return the extended number after the
 * last. */
static int64_t gather(const struct media_twcc *t, struct draft *d)
{
	int64_t first = t->next, clock;
	while (first <= t->sequence.highest && arrival_of(t, first) < 0)
		first++;
	/* those lost before the first arrival are told too, unless they alone would fill the packet */
	d->base = first - t->next > MEDIA_TWCC_MAX_STATUSES / 2 ? first - MEDIA_TWCC_MAX_STATUSES / 2 : t->next;
	d->reference = arrival_of(t, first) / REFERENCE_US;
	clock = d->reference * (REFERENCE_US / DELTA_US);
	size_t received_end = 0;
	for (int64_t ext = d->base; ext <= t->sequence.highest && d->count < MEDIA_TWCC_MAX_STATUSES; ext++) {
		int64_t arrival = arrival_of(t, ext);
		if (arrival < 0) {
			d->symbols[d->count++] = NOT_RECEIVED;
			continue;
		}
		if (!put_delta(d, arrival / DELTA_US - clock))
			break;
		clock = arrival / DELTA_US;
		received_end = d->count;
	}
	/* what is missing at the end is told by the next feedback, which begins after the last that arrived */
	d->count = received_end;
	return d->base + (int64_t)received_end;
}

static size_t run_length(const struct draft *d, size_t at)
{
	size_t n = 1;
	while (at + n < d->count && n < MAX_RUN && d->symbols[at + n] == d->symbols[at])
		n++;
	return n;
}

static size_t vector_chunk(const struct draft *d, size_t at, uint16_t *chunk)
{
	size_t left = d->count - at, n = left < 14 ? left : 14;
	bool two_bits = false;
	for (size_t i = 0; i < n; i++)
		two_bits = two_bits || d->symbols[at + i] == LARGE_DELTA;
	if (two_bits && n > 7)
		n = 7;
	*chunk = two_bits ? 0xC000 : 0x8000;
	for (size_t i = 0; i < n; i++)
		*chunk |= (uint16_t)(d->symbols[at + i] << (two_bits ? 12 - 2 * i : 13 - i));
	return n;
}

static size_t encode_chunks(const struct draft *d, uint8_t *out)
{
	size_t len = 0;
	for (size_t at = 0; at < d->count; len += 2) {
		uint16_t chunk;
		size_t run = run_length(d, at);
		if (run >= 7 || at + run == d->count) {
			chunk = (uint16_t)(d->symbols[at] << 13 | run);
			at += run;
		} else {
			at += vector_chunk(d, at, &chunk);
		}
		media_put16(out + len, chunk);
	}
	return len;
}

bool media_twcc_write(struct media_twcc *t, struct media_rtcp_writer *w, uint32_t sender, uint32_t media)
{
	if (!t->pending)
		return false;
	if (t->next <= t->sequence.highest - MEDIA_TWCC_WINDOW)
		t->next = t->sequence.highest - MEDIA_TWCC_WINDOW + 1;
	struct draft d = {.count = 0};
	uint8_t chunks[2 * MEDIA_TWCC_MAX_STATUSES];
	t->next = gather(t, &d);
	size_t chunk_len = encode_chunks(&d, chunks);
	uint8_t *p = media_rtcp_write_raw(w, MEDIA_RTCP_RTPFB, MEDIA_RTPFB_TWCC, FIXED + chunk_len + d.delta_len);
	t->pending = t->next <= t->sequence.highest;
	if (!p)
		return false;
	media_put32(p, sender);
	media_put32(p + 4, media);
	media_put16(p + 8, (uint16_t)d.base);
	media_put16(p + 10, (uint16_t)d.count);
	media_put24(p + 12, (uint32_t)d.reference & 0xFFFFFF);
	p[15] = t->fb_count++;
	memcpy(p + FIXED, chunks, chunk_len);
	memcpy(p + FIXED + chunk_len, d.deltas, d.delta_len);
	return t->pending;
}
