/* Addresses written anew, and the checksums that cover them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "nat.h"

static uint32_t sum_of(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;
	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)data[i] << 8 | (i + 1 < len ? data[i + 1] : 0);
	return sum;
}

static uint16_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/** Header and body both add up to all ones. */
static void assert_adds_up(const uint8_t *packet, size_t len)
{
	assert_int_equal(folded(sum_of(packet, 20)), 0xffff);
	assert_int_equal(folded(sum_of(packet + 12, len - 12) + packet[9] + (uint32_t)(len - 20)), 0xffff);
}

static size_t make(uint8_t protocol, uint8_t *packet)
{
	size_t len = 20 + 20 + 5, at = 20 + (protocol == 17 ? 6 : 16);
	memset(packet, 0x5a, len);
	memcpy(packet,
	       (uint8_t[]){0x45, 0, 0, (uint8_t)len, 1, 2, 0, 0, 64, protocol, 0, 0, 10, 98, 0, 2, 10, 99, 0, 1}, 20);
	packet[at] = packet[at + 1] = 0;
	uint16_t body = (uint16_t)~folded(sum_of(packet + 12, len - 12) + protocol + (uint32_t)(len - 20));
	packet[at] = (uint8_t)(body >> 8);
	packet[at + 1] = (uint8_t)body;
	uint16_t header = (uint16_t)~folded(sum_of(packet, 20));
	packet[10] = (uint8_t)(header >> 8);
	packet[11] = (uint8_t)header;
	assert_adds_up(packet, len);
	return len;
}

static void there_and_back_leaves_a_packet_as_it_was(void **state)
{
	const struct line_nat nat = {.own = inet_addr("10.98.0.2"), .seen = inet_addr("10.98.0.77")};
	for (int i = 0; i < 2; i++) {
		uint8_t packet[64], before[64];
		size_t len = make(i == 0 ? 17 : 6, packet);
		memcpy(before, packet, len);
		line_nat_out(&nat, packet, len);
		assert_memory_equal(packet + 12, ((uint8_t[]){10, 98, 0, 77}), 4);
		assert_adds_up(packet, len);
		/* its answer */
		uint8_t swapped[4];
		memcpy(swapped, packet + 12, 4);
		memcpy(packet + 12, packet + 16, 4);
		memcpy(packet + 16, swapped, 4);
		assert_adds_up(packet, len);
		line_nat_in(&nat, packet, len);
		assert_memory_equal(packet + 16, before + 12, 4);
		assert_adds_up(packet, len);
	}
}

static void others_and_scraps_pass_as_they_are(void **state)
{
	const struct line_nat nat = {.own = inet_addr("10.98.0.3"), .seen = inet_addr("10.98.0.77")};
	uint8_t packet[64], before[64];
	size_t len = make(17, packet);
	memcpy(before, packet, len);
	for (size_t n = 0; n <= len; n++)
		line_nat_out(&nat, packet, n);
	line_nat_out(&(struct line_nat){.own = inet_addr("10.98.0.2")}, packet, len);
	assert_memory_equal(packet, before, len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(there_and_back_leaves_a_packet_as_it_was),
	        cmocka_unit_test(others_and_scraps_pass_as_they_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
