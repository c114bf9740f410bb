#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "packets.h"
#include "rtp/rtp.h"

enum { ROOM = 1000, STAP_A = 24, FU_A = 28 };

void packets_add(struct packets *p, const void *payload, size_t len, bool marker, bool padded)
{
	struct packet *packet;

	p->list = realloc(p->list, (p->count + 1) * sizeof(*p->list));
	assert_non_null(p->list);
	packet = &p->list[p->count++];
	*packet = (struct packet){.len = 12 + len + (padded ? 5 : 0), .at_us = p->at_us, .picture = p->picture};
	assert_true(packet->len <= sizeof(packet->data));
	media_rtp_write_header(packet->data, padded, (uint8_t)((marker ? 0x80 : 0) | p->pt), p->seq++, p->timestamp,
	                       p->ssrc);
	memcpy(packet->data + 12, payload, len);
	if (padded)
		packet->data[packet->len - 1] = 5;
	p->at_us += 100;
}

static void add_pieces(struct packets *p, const uint8_t *nal, size_t len, bool marker, bool padded)
{
	size_t at, n;

	for (at = 1; at < len; at += n) {
		uint8_t payload[ROOM + 2];

		n = len - at < ROOM ? len - at : ROOM;
		payload[0] = (uint8_t)((nal[0] & 0xE0) | FU_A);
		payload[1] = (uint8_t)((at == 1 ? 0x80 : 0) | (at + n == len ? 0x40 : 0) | (nal[0] & 0x1F));
		memcpy(payload + 2, nal + at, n);
		packets_add(p, payload, n + 2, marker && at + n == len, padded);
	}
}

static size_t add_together(uint8_t *stap, size_t len, const uint8_t *nal, size_t nal_len)
{
	if (len == 0)
		stap[len++] = 0x60 | STAP_A;
	assert_true(len + 2 + nal_len <= ROOM);
	media_put16(stap + len, (uint16_t)nal_len);
	memcpy(stap + len + 2, nal, nal_len);
	return len + 2 + nal_len;
}

void packets_add_h264(struct packets *p, const struct mp4_sample *unit, int flags)
{
	uint8_t stap[ROOM];
	size_t at = 0, nal_len, stap_len = 0;
	const uint8_t *nal;

	while ((nal = h264_next(unit->data, unit->size, &at, &nal_len))) {
		bool marker = at == unit->size && !(flags & NO_MARKER),
		     set = (nal[0] & 0x1F) == H264_SPS || (nal[0] & 0x1F) == H264_PPS;

		if (set && (flags & SETS_ONCE) && p->picture > 0)
			continue;
		if (set && (flags & SETS_TOGETHER)) {
			stap_len = add_together(stap, stap_len, nal, nal_len);
			continue;
		}
		if (stap_len > 0)
			packets_add(p, stap, stap_len, false, flags & PADDED);
		stap_len = 0;
		if (nal_len <= ROOM)
			packets_add(p, nal, nal_len, marker, flags & PADDED);
		else
			add_pieces(p, nal, nal_len, marker, flags & PADDED);
	}
	assert_int_equal(at, unit->size);
}

void packets_add_vp8(struct packets *p, const struct mp4_sample *unit)
{
	size_t at, n;

	for (at = 0; at < unit->size; at += n) {
		uint8_t payload[ROOM + 4] = {(uint8_t)(at == 0 ? 0x90 : 0x80), 0x80, (uint8_t)(0x80 | p->picture >> 8),
		                             (uint8_t)p->picture};

		n = unit->size - at < ROOM ? unit->size - at : ROOM;
		memcpy(payload + 4, unit->data + at, n);
		packets_add(p, payload, n + 4, at + n == unit->size, false);
	}
}

struct packets packets_of(const struct media *m, bool vp8, int flags)
{
	struct packets p = {.seq = 65500, .timestamp = 0xFFFF0000, .ssrc = 0x1234, .pt = 102, .at_us = 1000000};
	size_t i;

	for (i = 0; i < m->count; i++) {
		p.picture = i;
		p.at_us = 1000000 + (int64_t)i * 33333;
		if (vp8)
			packets_add_vp8(&p, &m->samples[i]);
		else
			packets_add_h264(&p, &m->samples[i], flags);
		p.timestamp += m->samples[i].duration;
	}
	return p;
}

void packets_remove(struct packets *p, size_t index)
{
	assert_true(index < p->count);
	memmove(&p->list[index], &p->list[index + 1], (p->count - index - 1) * sizeof(*p->list));
	p->count--;
}

void packets_swap(struct packets *p, size_t a, size_t b)
{
	struct packet one = p->list[a];
	int64_t at_a = p->list[a].at_us, at_b = p->list[b].at_us;

	p->list[a] = p->list[b];
	p->list[b] = one;
	p->list[a].at_us = at_a;
	p->list[b].at_us = at_b;
}

size_t packets_find(const struct packets *p, size_t picture, size_t nth)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (p->list[i].picture == picture && nth-- == 0)
			return i;
	fail_msg("picture %zu has no such packet", picture);
	return 0;
}

size_t packets_of_picture(const struct packets *p, size_t picture)
{
	size_t i, n = 0;

	for (i = 0; i < p->count; i++)
		n += p->list[i].picture == picture;
	return n;
}

void packets_free(struct packets *p)
{
	free(p->list);
	*p = (struct packets){.count = 0};
}
