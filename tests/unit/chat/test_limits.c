/* How much one person may say in which time. */
#include "room.h"

static void allows_a_burst_then_a_trickle(void **state)
{
	struct stage stage = stage_open(true, 3, 5, 10);
	for (int i = 0; i < 3; i++)
		assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	assert_int_equal(stage_say(&stage, "ann", "hi"), -EAGAIN);
	assert_int_equal(stage.retry_ms, 2000);
	stage.now_us += 1999000;
	assert_int_equal(stage_say(&stage, "ann", "hi"), -EAGAIN);
	assert_int_equal(stage.retry_ms, 1);
	stage.now_us += 1000;
	assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	assert_int_equal(stage.retry_ms, 0);
	assert_int_equal(stage_say(&stage, "ann", "hi"), -EAGAIN);
	/* others are not concerned */
	assert_int_equal(stage_say(&stage, "bob", "hi"), 0);
	stage_close(&stage);
}

static void fills_up_to_the_burst_and_no_more(void **state)
{
	struct stage stage = stage_open(true, 2, 5, 10);
	assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	stage.now_us += INT64_C(1000000) * 86400 * 365;
	assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	assert_int_equal(stage_say(&stage, "ann", "hi"), -EAGAIN);
	stage_close(&stage);
}

static void keeps_the_average(void **state)
{
	struct stage stage = stage_open(true, 4, 5, 10);
	int said = 0;
	/* one who tries every 7 ms for 100 s gets the burst and 5 per 10 s */
	for (int64_t end = stage.now_us + 100000000; stage.now_us < end; stage.now_us += 7000)
		said += stage_say(&stage, "ann", "hi") == 0;
	assert_int_equal(said, 4 + 49);
	stage_close(&stage);
}

static void costs_nothing_to_be_refused(void **state)
{
	struct stage stage = stage_open(true, 1, 1, 10);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(stage_say(&stage, "ann", ""), -EINVAL);
		assert_int_equal(stage_say(&stage, "ann", "far more than twenty characters"), -E2BIG);
	}
	assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	/* nor does asking too early put it off */
	for (int i = 1; i < 10; i++) {
		stage.now_us += 1000000;
		assert_int_equal(stage_say(&stage, "ann", "hi"), -EAGAIN);
		assert_int_equal(stage.retry_ms, 10000 - i * 1000);
	}
	stage.now_us += 1000000;
	assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	stage_close(&stage);
}

static void survives_a_clock_that_stands_or_turns_back(void **state)
{
	struct stage stage = stage_open(true, 1, 10, 10);
	assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	stage.now_us -= 3000000;
	assert_int_equal(stage_say(&stage, "ann", "hi"), -EAGAIN);
	assert_int_equal(stage.retry_ms, 1000);
	stage_close(&stage);
}

static void can_be_off(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 10);
	for (int i = 0; i < 100; i++)
		assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(chat_room_react(stage.room, stage.now_us, "ann", CHAT_HEART, 20), 0);
	stage_close(&stage);
}

static void takes_limits_of_any_size(void **state)
{
	struct stage none = stage_open(true, 0, 0, 10), endless = stage_open(true, INT64_MAX, INT64_MAX, 10);
	assert_int_equal(stage_say(&none, "ann", "hi"), 0);
	assert_int_equal(stage_say(&none, "ann", "hi"), -EAGAIN);
	assert_int_equal(none.retry_ms, 10000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(stage_say(&endless, "ann", "hi"), 0);
	stage_close(&endless);
	stage_close(&none);
}

static void forgets_those_who_were_silent_longest(void **state)
{
	struct chat_limiter limiter;
	chat_limiter_init(&limiter, 1, 1, 3);
	chat_limiter_take(&limiter, 1, "a", 1);
	chat_limiter_take(&limiter, 2, "b", 1);
	chat_limiter_take(&limiter, 3, "c", 1);
	chat_limiter_take(&limiter, 4, "a", 1);
	chat_limiter_take(&limiter, 5, "d", 1);
	assert_int_equal(limiter.order.length, 3);
	assert_int_equal(g_hash_table_size(limiter.by_id), 3);
	assert_int_equal(chat_limiter_wait_ms(&limiter, 6, "b", 1), 0);
	assert_true(chat_limiter_wait_ms(&limiter, 6, "a", 1) > 0);
	assert_true(chat_limiter_wait_ms(&limiter, 6, "c", 1) > 0);
	assert_true(chat_limiter_wait_ms(&limiter, 6, "d", 1) > 0);
	chat_limiter_finish(&limiter);
}

static void bounds_the_people_it_remembers(void **state)
{
	struct chat_limiter limiter;
	char id[CHAT_ID_TEXT];
	chat_limiter_init(&limiter, 5, 5, CHAT_BUCKETS_MAX);
	for (int i = 0; i < CHAT_BUCKETS_MAX * 3; i++) {
		snprintf(id, sizeof id, "guest-%d", i);
		chat_limiter_take(&limiter, i, id, 1);
	}
	assert_int_equal(limiter.order.length, CHAT_BUCKETS_MAX);
	chat_limiter_finish(&limiter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(allows_a_burst_then_a_trickle),
	        cmocka_unit_test(fills_up_to_the_burst_and_no_more),
	        cmocka_unit_test(keeps_the_average),
	        cmocka_unit_test(costs_nothing_to_be_refused),
	        cmocka_unit_test(survives_a_clock_that_stands_or_turns_back),
	        cmocka_unit_test(can_be_off),
	        cmocka_unit_test(takes_limits_of_any_size),
	        cmocka_unit_test(forgets_those_who_were_silent_longest),
	        cmocka_unit_test(bounds_the_people_it_remembers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
