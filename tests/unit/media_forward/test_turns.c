/* Handshake messages that wait for their turn. */
#include "forward/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static bool add(struct forward_turns *turns, uint8_t name, int64_t now_us)
{
	const struct media_path from = {.tcp = name};
	return forward_turns_add(turns, &from, &name, 1, now_us);
}

static void check(struct forward_turns *turns, uint8_t name, int64_t came_us)
{
	const struct forward_turn *turn = forward_turns_next(turns);
	assert_non_null(turn);
	assert_int_equal(turn->data[0], name);
	assert_int_equal(turn->from.tcp, name);
	assert_int_equal(turn->len, 1);
	assert_int_equal(turn->came_us, came_us);
	forward_turns_done(turns);
}

static void who_comes_first_is_served_first(void **state)
{
	struct forward_turns turns = {0};
	assert_int_equal(forward_turns_init(&turns), 0);
	assert_null(forward_turns_next(&turns));
	assert_true(add(&turns, 1, 10));
	assert_true(add(&turns, 2, 20));
	check(&turns, 1, 10);
	assert_true(add(&turns, 3, 30));
	check(&turns, 2, 20);
	check(&turns, 3, 30);
	assert_null(forward_turns_next(&turns));
	forward_turns_finish(&turns);
}

static void as_many_wait_as_there_is_room_for(void **state)
{
	struct forward_turns turns = {0};
	assert_int_equal(forward_turns_init(&turns), 0);
	for (int round = 0; round < 3; round++) {
		size_t free = FORWARD_TURNS - turns.count;
		for (size_t i = 0; i < free; i++)
			assert_true(add(&turns, (uint8_t)(round + 1), round));
		assert_false(add(&turns, 99, 0));
		for (size_t i = 0; i < FORWARD_TURNS / 2; i++) /* it goes round */
			forward_turns_done(&turns);
	}
	check(&turns, 3, 2);
	forward_turns_finish(&turns);
}

static void what_no_datagram_can_be_is_not_kept(void **state)
{
	static const uint8_t large[MEDIA_DATAGRAM_MAX + 1];
	struct forward_turns turns = {0};
	const struct media_path from = {0};
	assert_int_equal(forward_turns_init(&turns), 0);
	assert_false(forward_turns_add(&turns, &from, large, sizeof large, 0));
	assert_true(forward_turns_add(&turns, &from, large, MEDIA_DATAGRAM_MAX, 0));
	forward_turns_finish(&turns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(who_comes_first_is_served_first),
	        cmocka_unit_test(as_many_wait_as_there_is_room_for),
	        cmocka_unit_test(what_no_datagram_can_be_is_not_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
