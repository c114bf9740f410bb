/* The line of the network stories, on a clock of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "direction.h"

enum { MS = 1000, LEN = 1000 };

static struct line_direction direction;

static int set_up(void **state)
{
	return line_direction_init(&direction, 7);
}

static int tear_down(void **state)
{
	line_direction_finish(&direction);
	return 0;
}

static bool take(const struct line_quality *q, uint8_t first, int64_t now_us)
{
	uint8_t packet[LEN] = {first};
	return line_direction_take(&direction, q, packet, sizeof packet, now_us);
}

static void a_good_line_passes_all_in_order_after_its_delay(void **state)
{
	const struct line_quality q = {.delay_us = 20 * MS};
	for (uint8_t i = 0; i < 10; i++)
		assert_true(take(&q, i, i * MS));
	assert_null(line_direction_arrived(&direction, 20 * MS - 1));
	assert_int_equal(line_direction_next_us(&direction), 20 * MS);
	for (uint8_t i = 0; i < 10; i++) {
		const struct line_packet *p = line_direction_arrived(&direction, 29 * MS);
		assert_non_null(p);
		assert_int_equal(p->data[0], i);
		assert_int_equal(p->len, LEN);
	}
	assert_null(line_direction_arrived(&direction, 29 * MS));
	assert_int_equal(line_direction_next_us(&direction), INT64_MAX);
}

static void it_loses_what_it_should_and_the_same_each_time(void **state)
{
	const struct line_quality q = {.loss = 0.15};
	struct line_direction again;
	int lost = 0;
	assert_int_equal(line_direction_init(&again, 7), 0);
	for (int i = 0; i < 10000; i++) {
		uint8_t packet[LEN] = {0};
		bool passed = take(&q, 0, i * MS);
		assert_int_equal(passed, line_direction_take(&again, &q, packet, sizeof packet, i * MS));
		lost += !passed;
		while (line_direction_arrived(&direction, i * MS) && line_direction_arrived(&again, i * MS))
			;
	}
	assert_in_range(lost, 1350, 1650);
	line_direction_finish(&again);
}

static void a_narrow_line_queues_and_then_drops(void **state)
{
	/* 1,000 bytes take 10 ms; ten of them wait at most */
	const struct line_quality q = {.rate_bps = 800000, .queue_us = 100 * MS};
	int taken = 0;
	for (int i = 0; i < 100; i++)
		taken += take(&q, 0, 0);
	assert_int_equal(taken, 11);
	assert_int_equal(line_direction_next_us(&direction), 10 * MS);
	for (int i = 1; i <= taken; i++) {
		assert_null(line_direction_arrived(&direction, i * 10 * MS - 1));
		assert_non_null(line_direction_arrived(&direction, i * 10 * MS));
	}
	assert_true(take(&q, 0, 110 * MS));
}

static void jitter_keeps_the_order_and_reordering_does_not(void **state)
{
	const struct line_quality jitter = {.jitter_us = 200 * MS}, reorder = {.reorder_us = 200 * MS};
	int overtaken = 0;
	for (int round = 0; round < 2; round++) {
		for (uint8_t i = 0; i < 100; i++)
			assert_true(take(round == 0 ? &jitter : &reorder, i, round * 1000 * MS + i * MS));
		for (int i = 0; i < 100; i++) {
			const struct line_packet *p = line_direction_arrived(&direction, (round + 1) * 1000 * MS);
			assert_non_null(p);
			if (round == 0)
				assert_int_equal(p->data[0], i);
			else
				overtaken += p->data[0] != i;
		}
	}
	assert_true(overtaken > 50);
}

static void down_and_without_udp(void **state)
{
	struct line_quality q = {.down = true};
	uint8_t packet[LEN] = {0x45, [9] = 17};
	assert_false(line_direction_take(&direction, &q, packet, sizeof packet, 0));
	q = (struct line_quality){.no_udp = true};
	assert_false(line_direction_take(&direction, &q, packet, sizeof packet, 0));
	packet[9] = 6;
	assert_true(line_direction_take(&direction, &q, packet, sizeof packet, 0));
	assert_int_equal(direction.lost, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(a_good_line_passes_all_in_order_after_its_delay, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(it_loses_what_it_should_and_the_same_each_time, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(a_narrow_line_queues_and_then_drops, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(jitter_keeps_the_order_and_reordering_does_not, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(down_and_without_udp, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
