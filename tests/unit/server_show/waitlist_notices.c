/* What those who wait are told, also when they were not there; every test runs on memory alone and with a store behind
 * it. */
#include "line.h"

static void test_who_was_away_too_long_is_told(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	rules_presence(&w.r, &w.now, w.buyers[1], false);
	world_pass(&w, 2 * MINUTE_US);
	assert_int_equal(world_waiting_state(&w, line.waits[0]), STORE_WAITING_LAPSED);
	const struct store_notice *notice = world_notice(&w, w.buyers[1], STORE_NOTICE_WAIT_LAPSED);
	assert_true(base_id_equal(notice->show, w.show));
	assert_true(base_id_equal(notice->listing, w.listing));
	assert_true(base_id_is_zero(notice->hold));
	assert_int_equal(notice->quantity, 1);
	assert_int_equal(notice->amount.amount, WORLD_PRICE);
	assert_int_equal(w.notices_count, 1); /* those who moved up have their places, and no notice */
	world_close(&w);
}

static void test_who_left_is_not_told(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	line_leave(&w, w.buyers[1], line.waits[0]);
	assert_int_equal(w.notices_count, 0);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BOTH(test_who_was_away_too_long_is_told),
	        BOTH(test_who_left_is_not_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
