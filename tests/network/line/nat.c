#include "nat.h"

#include <stdbool.h>
#include <string.h>

enum {
	PROTOCOL = 9,
	HEADER_SUM = 10,
	SOURCE = 12,
	DESTINATION = 16,
	HEADER = 20,
	TCP = 6,
	UDP = 17,
	TCP_SUM = 16,
	UDP_SUM = 6
};

/** RFC 1624: what a checksum becomes when a word of what it covers changes; byte order does not matter. */
static uint16_t updated(uint16_t sum, uint16_t before, uint16_t after)
{
	uint32_t s = (uint16_t)~sum + (uint32_t)(uint16_t)~before + after;
	s = (s & 0xffff) + (s >> 16);
	return (uint16_t) ~((s & 0xffff) + (s >> 16));
}

static void update(uint8_t *packet, size_t at, uint32_t before, uint32_t after)
{
	uint16_t sum, words[2][2];
	memcpy(&sum, packet + at, sizeof sum);
	memcpy(words[0], &before, sizeof before);
	memcpy(words[1], &after, sizeof after);
	for (int i = 0; i < 2; i++)
		sum = updated(sum, words[0][i], words[1][i]);
	memcpy(packet + at, &sum, sizeof sum);
}

/** Where the checksum of what is inside stands, which covers the addresses. @return 0: there is none. */
static size_t inner_sum(const uint8_t *packet, size_t len)
{
	size_t header = (size_t)(packet[0] & 15) * 4;
	size_t at = header + (packet[PROTOCOL] == TCP ? TCP_SUM : UDP_SUM);
	if ((packet[PROTOCOL] != TCP && packet[PROTOCOL] != UDP) || len < at + 2)
		return 0;
	bool unused = packet[PROTOCOL] == UDP && packet[at] == 0 && packet[at + 1] == 0;
	return unused ? 0 : at;
}

static void replace(uint8_t *packet, size_t len, size_t at, uint32_t before, uint32_t after)
{
	if (len < HEADER || packet[0] >> 4 != 4 || memcmp(packet + at, &before, sizeof before) != 0)
		return;
	memcpy(packet + at, &after, sizeof after);
	update(packet, HEADER_SUM, before, after);
	size_t inner = inner_sum(packet, len);
	if (inner)
		update(packet, inner, before, after);
}

void line_nat_out(const struct line_nat *nat, uint8_t *packet, size_t len)
{
	if (nat->seen)
		replace(packet, len, SOURCE, nat->own, nat->seen);
}

void line_nat_in(const struct line_nat *nat, uint8_t *packet, size_t len)
{
	if (nat->seen)
		replace(packet, len, DESTINATION, nat->seen, nat->own);
}
