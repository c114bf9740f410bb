/* Packets that wait for their companions: how long, and made equally long. */
#include "forward/gather.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MOST_US 10000

/** Rounds of 1 ms, of which `idle_us` was spent waiting. */
static void rounds(struct forward_load *load, int64_t *now_us, int count, int64_t idle_us)
{
	for (int i = 0; i < count; i++)
		forward_load_note(load, *now_us += 1000, idle_us, MOST_US);
}

static void an_idle_worker_lets_nothing_wait(void **state)
{
	struct forward_load load = {0};
	int64_t now_us = 5000000;
	rounds(&load, &now_us, 1000, 950);
	assert_int_equal(load.hold_us, 0);
}

static void a_full_one_lets_packets_wait_as_long_as_they_may(void **state)
{
	struct forward_load load = {0};
	int64_t now_us = 5000000;
	rounds(&load, &now_us, 5000, 50);
	assert_true(load.hold_us > MOST_US - 10 && load.hold_us <= MOST_US);
	rounds(&load, &now_us, 5000, 950);
	assert_int_equal(load.hold_us, 0);
}

static void in_between_they_wait_a_part_of_it(void **state)
{
	struct forward_load load = {0};
	int64_t now_us = 5000000;
	rounds(&load, &now_us, 5000, 840); /* 16 % busy: half the way from 12 to 20 */
	assert_in_range(load.hold_us, MOST_US * 4 / 10, MOST_US * 6 / 10);
}

static void one_long_wait_does_not_overflow(void **state)
{
	struct forward_load load = {0};
	forward_load_note(&load, 1, 0, MOST_US);
	forward_load_note(&load, INT64_C(1) << 52, INT64_C(1) << 52, MOST_US);
	assert_int_equal(load.hold_us, 0);
}

struct some {
	struct forward_packet packets[4];
	struct forward_outgoing list[4];
};

static void make(struct some *s, const size_t *lens, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		s->packets[i] = (struct forward_packet){.len = lens[i]};
		s->list[i] = (struct forward_outgoing){.packet = &s->packets[i]};
	}
}

static void packets_that_differ_by_little_become_equal(void **state)
{
	struct some s;
	make(&s, (const size_t[]){60, 61, 60, 45}, 4);
	forward_gather_equalise(s.list, 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(s.packets[i].len + s.list[i].padding, 61);
}

static void a_large_difference_begins_another_run(void **state)
{
	struct some s;
	make(&s, (const size_t[]){100, 60, 62, 20}, 4);
	forward_gather_equalise(s.list, 4);
	assert_int_equal(s.list[0].padding, 0);
	assert_int_equal(s.list[1].padding, 2);
	assert_int_equal(s.list[2].padding, 0);
	assert_int_equal(s.list[3].padding, 0);
}

static void a_frame_that_was_split_evenly_is_one_run(void **state)
{
	struct some s;
	make(&s, (const size_t[]){1180, 1180, 1180, 1153}, 4);
	forward_gather_equalise(s.list, 4);
	assert_int_equal(s.list[3].padding, 27);
	make(&s, (const size_t[]){1180, 1180, 1180, 1100}, 4);
	forward_gather_equalise(s.list, 4);
	assert_int_equal(s.list[3].padding, 0);
}

static void what_is_padding_already_stays(void **state)
{
	struct some s;
	make(&s, (const size_t[]){13, 20, 21}, 3);
	s.packets[0].padded = true;
	forward_gather_equalise(s.list, 3);
	assert_int_equal(s.list[0].padding, 0);
	assert_int_equal(s.list[1].padding + s.packets[1].len, 21);
	forward_gather_equalise(s.list, 0);
}

enum { SOUND_US = 20000, CLOCK = 48000, STEP = 960 };

/** Two packets of sound, the newest at 1 s. */
static struct forward_rhythm rhythm(int64_t ext)
{
	struct forward_rhythm r = {0};
	forward_rhythm_note(&r, 7, 5000, CLOCK, 1000000 - SOUND_US);
	forward_rhythm_note(&r, ext, 5000 + STEP, CLOCK, 1000000);
	return r;
}

static void sound_is_expected_as_it_came(void **state)
{
	struct forward_rhythm r = rhythm(8);
	int64_t next_us = 1000000 + SOUND_US;
	assert_false(forward_rhythm_expects(&r, 1005000, next_us - 1));
	assert_true(forward_rhythm_expects(&r, 1005000, next_us));
	assert_true(forward_rhythm_expects(&r, next_us + FORWARD_GATHER_LATE_US, next_us + 10000));
	assert_false(
	        forward_rhythm_expects(&r, next_us + FORWARD_GATHER_LATE_US + 1, next_us + 10000)); /* it stays out */
	forward_rhythm_note(&r, 7, 5000, CLOCK, 1010000); /* an old one that came late changes nothing */
	assert_true(forward_rhythm_expects(&r, 1015000, next_us));
}

static void without_a_rhythm_nothing_is_expected(void **state)
{
	struct forward_rhythm r = {0};
	assert_false(forward_rhythm_expects(&r, 1000000, 2000000));
	r = rhythm(9); /* one is missing in between */
	assert_false(forward_rhythm_expects(&r, 1000000, 2000000));
	r = rhythm(8);
	forward_rhythm_note(&r, 9, 5000 + STEP + 10 * CLOCK, CLOCK, 1020000); /* after a long silence */
	assert_false(forward_rhythm_expects(&r, 1020000, 2000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_idle_worker_lets_nothing_wait),
	        cmocka_unit_test(a_full_one_lets_packets_wait_as_long_as_they_may),
	        cmocka_unit_test(in_between_they_wait_a_part_of_it),
	        cmocka_unit_test(one_long_wait_does_not_overflow),
	        cmocka_unit_test(packets_that_differ_by_little_become_equal),
	        cmocka_unit_test(a_large_difference_begins_another_run),
	        cmocka_unit_test(a_frame_that_was_split_evenly_is_one_run),
	        cmocka_unit_test(what_is_padding_already_stays),
	        cmocka_unit_test(sound_is_expected_as_it_came),
	        cmocka_unit_test(without_a_rhythm_nothing_is_expected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
