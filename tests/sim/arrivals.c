/* When packets arrive, told to the sender by their transport-wide numbers: the feedback that bandwidth estimation over
 * there lives on (draft-holmer-rmcat-transport-wide-cc-extensions-01), by the peer's own plain means. */
#include "sim/internal.h"

#include <string.h>

#define TELL_US 100000 /**< as browsers do at usual rates */
#define TOLD_MOST 400
#define QUEUE_US 400000 /**< that a slow line holds */
#define TICK_US 250
#define REFERENCE_US 64000

enum { NOT_RECEIVED, SMALL, LARGE };

static bool number_of(const struct sim_peer *peer, const uint8_t *packet, size_t len, uint16_t *number)
{
	size_t at = 12 + (size_t)(packet[0] & 15) * 4, end;
	int id = peer->answer.tracks[SIM_VIDEO].twcc_id;

	if (id <= 0 || !(packet[0] & 0x10) || len < at + 4 || sim_u16(packet + at) != 0xBEDE)
		return false;
	end = at + 4 + (size_t)sim_u16(packet + at + 2) * 4;
	for (at += 4; at < end && end <= len;) {
		size_t size = (size_t)(packet[at] & 15) + 1;

		if (packet[at] == 0) {
			at++;
			continue;
		}
		if (packet[at] >> 4 == id && size == 2 && at + 3 <= end) {
			*number = sim_u16(packet + at + 1);
			return true;
		}
		at += 1 + size;
	}
	return false;
}

/** Into its place by number. */
static void insert(struct sim_arrivals *a, uint16_t number, int64_t at_us)
{
	size_t i = a->count++;

	for (; i > 0 && (int16_t)(number - a->seen[i - 1].number) < 0; i--)
		a->seen[i] = a->seen[i - 1];
	a->seen[i].number = number;
	a->seen[i].at_us = at_us;
}

static void put_symbols(uint16_t count, const uint8_t *symbols, uint8_t *out)
{
	uint16_t i;

	for (i = 0; i < count; i++) {
		uint8_t *chunk = out + i / 7 * 2;

		if (i % 7 == 0)
			sim_put16(chunk, 0xC000);
		sim_put16(chunk, (uint16_t)(sim_u16(chunk) | symbols[i] << (12 - 2 * (i % 7))));
	}
}

/** Those that are on their way on a slow line stay. @return how many have arrived. */
static size_t arrived(const struct sim_arrivals *a, int64_t now_us)
{
	size_t n = 0;

	while (n < a->count && a->seen[n].at_us <= now_us)
		n++;
	return n;
}

static void forget(struct sim_arrivals *a, size_t n)
{
	a->count -= n;
	memmove(a->seen, a->seen + n, a->count * sizeof(a->seen[0]));
}

static void tell(struct sim_peer *peer)
{
	struct sim_arrivals *a = &peer->arrivals;
	uint16_t first = a->seen[0].number, base = a->told ? a->next : first, count;
	int64_t reference = a->seen[0].at_us / REFERENCE_US, clock = reference * (REFERENCE_US / TICK_US);
	uint8_t symbols[TOLD_MOST] = {0}, deltas[2 * SIM_ARRIVALS], body[16 + TOLD_MOST + sizeof(deltas)];
	size_t n = arrived(a, peer->now_us), len = 0, i, chunks;

	if (n == 0)
		return;
	/* late ones are told of as well, and not what would not fit */
	if ((int16_t)(first - base) < 0 || (uint16_t)(a->seen[n - 1].number - base) >= TOLD_MOST)
		base = first;
	if ((uint16_t)(a->seen[n - 1].number - base) >= TOLD_MOST) {
		forget(a, n);
		a->told = false;
		return;
	}
	for (i = 0; i < n; i++) {
		int64_t delta = a->seen[i].at_us / TICK_US - clock;
		uint8_t *symbol = &symbols[(uint16_t)(a->seen[i].number - base)];

		if (*symbol != NOT_RECEIVED)
			continue;
		clock += delta;
		*symbol = delta >= 0 && delta < 256 ? SMALL : LARGE;
		if (*symbol == LARGE)
			deltas[len++] = (uint8_t)(delta >> 8);
		deltas[len++] = (uint8_t)delta;
	}
	sim_put16(body, base);
	sim_put32(body + 4, (uint32_t)reference << 8 | a->feedbacks++);
	count = (uint16_t)(a->seen[n - 1].number - base + 1);
	put_symbols(count, symbols, body + 8);
	sim_put16(body + 2, count);
	chunks = (count + 6u) / 7 * 2;
	memcpy(body + 8 + chunks, deltas, len);
	sim_reports_send_arrivals(peer, body, 8 + chunks + len);
	a->next = (uint16_t)(base + count);
	a->told = true;
	forget(a, n);
}

/** When a packet comes out of the line. @return false: it is lost, as too many wait for the line. */
static bool carried(struct sim_peer *peer, size_t len, int64_t *at_us)
{
	struct sim_arrivals *a = &peer->arrivals;
	int64_t bps = peer->config.faults.line_bps;

	*at_us = peer->now_us;
	if (bps == 0)
		return true;
	if (a->line_us - peer->now_us > QUEUE_US)
		return false;
	a->line_us = (a->line_us > peer->now_us ? a->line_us : peer->now_us) + (int64_t)len * 8000000 / bps;
	*at_us = a->line_us;
	return true;
}

void sim_arrivals_note(struct sim_peer *peer, const uint8_t *packet, size_t len)
{
	struct sim_arrivals *a = &peer->arrivals;
	uint16_t number;
	int64_t at_us;

	if (peer->config.faults.no_reports || len < 12 || !number_of(peer, packet, len, &number))
		return;
	if (a->count == SIM_ARRIVALS || (a->count > 0 && peer->now_us - a->tell_us >= 0)) {
		tell(peer);
		a->tell_us = peer->now_us + TELL_US;
	}
	if (a->count == 0)
		a->tell_us = peer->now_us + TELL_US;
	if (a->count < SIM_ARRIVALS && carried(peer, len, &at_us))
		insert(a, number, at_us);
}
