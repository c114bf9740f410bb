/* A wait ends without its unit: left, absent, banned, withdrawn; every test runs on memory alone and with a store
 * behind it. */
#include "line.h"

static void test_withdrawn_closes_at_its_turn(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	struct show_command *withdraw = show_command_new(SHOW_LISTING_UPDATE);
	withdraw->listing_id = w.listing;
	withdraw->mask = SHOW_SET_COMMUNITY;
	world_do(&w, withdraw, w.seller);
	world_release(&w, w.buyers[0], line.hold);
	for (int i = 0; i < 4; i++)
		assert_int_equal(world_waiting_state(&w, line.waits[i]), STORE_WAITING_CLOSED);
	assert_int_equal(world_listing(&w)->available, 1);
	world_close(&w);
}

static void test_leave(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	assert_int_equal(line_leave(&w, w.buyers[1], line.waits[1]).code, SHOW_FORBIDDEN);
	assert_int_equal(line_leave(&w, w.buyers[1], w.show).code, SHOW_NOT_FOUND);
	assert_int_equal(line_leave(&w, w.buyers[2], line.waits[1]).code, SHOW_OK);
	assert_int_equal(w.told[SHOW_EVENT_WAITING], 3); /* itself, and two behind */
	assert_true(line_leave(&w, w.buyers[2], line.waits[1]).repeated);
	assert_int_equal(world_place(&w, line.waits[0]), 1);
	assert_int_equal(world_place(&w, line.waits[2]), 2);
	assert_int_equal(world_place(&w, line.waits[3]), 3);
	world_release(&w, w.buyers[0], line.hold);
	assert_int_equal(line_leave(&w, w.buyers[1], line.waits[0]).code, SHOW_EXPIRED);
	world_close(&w);
}

static void test_absence_ends_a_wait(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	rules_presence(&w.r, &w.now, w.buyers[1], false);
	rules_presence(&w.r, &w.now, w.buyers[2], false);
	world_pass(&w, MINUTE_US);
	rules_presence(&w.r, &w.now, w.buyers[1], false); /* told twice */
	rules_presence(&w.r, &w.now, w.buyers[2], true);  /* back in time */
	world_pass(&w, MINUTE_US - 1);
	assert_int_equal(world_waiting_state(&w, line.waits[0]), STORE_WAITING);
	world_pass(&w, 1);
	assert_int_equal(world_waiting_state(&w, line.waits[0]), STORE_WAITING_LAPSED);
	assert_int_equal(world_waiting_state(&w, line.waits[1]), STORE_WAITING);
	assert_int_equal(world_place(&w, line.waits[1]), 1);
	world_close(&w);
}

static void test_who_never_had_a_connection_lapses(void **state)
{
	struct world w;
	line_open(&w, *state != NULL);
	world_pass(&w, MINUTE_US);
	struct base_id waiting = world_claim(&w, w.buyers[5], 1, WORLD_PRICE, "poor").waiting;
	world_pass(&w, 2 * MINUTE_US - 1);
	assert_int_equal(world_waiting_state(&w, waiting), STORE_WAITING);
	world_pass(&w, 1);
	assert_int_equal(world_waiting_state(&w, waiting), STORE_WAITING_LAPSED);
	world_close(&w);
}

static void test_a_hold_that_expires_at_the_same_time_comes_first(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	world_pass(&w, 5 * MINUTE_US);
	line_served(&w, line.waits[0]);
	world_pass(&w, 3 * MINUTE_US);
	rules_presence(&w.r, &w.now, w.buyers[2], false);
	world_pass(&w, 2 * MINUTE_US);
	line_served(&w, line.waits[1]);
	world_close(&w);
}

static void test_bans_end_waits(void **state)
{
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	world_ban(&w, w.buyers[1], true);
	assert_int_equal(world_waiting_state(&w, line.waits[0]), STORE_WAITING_LEFT);
	world_ban_account(&w, w.buyers[2], true);
	assert_int_equal(world_waiting_state(&w, line.waits[1]), STORE_WAITING_LEFT);
	world_release(&w, w.buyers[0], line.hold);
	line_served(&w, line.waits[2]);
	world_close(&w);
}

static void test_owner_withdraws_after_the_show(void **state)
{
	for (int blocks = 0; blocks < 2; blocks++) {
		struct world w;
		struct line line = line_open(&w, *state != NULL);
		world_end_show(&w);
		struct show_command *withdraw = show_command_new(blocks ? SHOW_BLOCK : SHOW_LISTING_UPDATE);
		withdraw->listing_id = w.listing;
		withdraw->mask = SHOW_SET_COMMUNITY;
		withdraw->account_id = w.host;
		withdraw->banned = true;
		assert_int_equal(world_do(&w, withdraw, w.seller).code, SHOW_OK);
		world_release(&w, w.buyers[0], line.hold);
		assert_int_equal(world_waiting_state(&w, line.waits[0]), STORE_WAITING_CLOSED);
		assert_int_equal(world_listing(&w)->available, 1);
		world_close(&w);
	}
}

static void test_a_reload_forgets_neither_who_is_there_nor_the_clocks(void **state)
{
	struct world w;
	struct line line = line_open(&w, true);
	rules_presence(&w.r, &w.now, w.buyers[1], false);
	world_pass(&w, MINUTE_US);
	rules_forget(&w.r); /* as after a commit that failed */
	assert_int_equal(show_load(&w.r, w.store, &w.now, 0), 0);
	world_commit(&w);
	assert_int_equal(w.told[SHOW_EVENT_WAITING], 0);
	world_pass(&w, MINUTE_US);
	assert_int_equal(world_waiting_state(&w, line.waits[0]), STORE_WAITING_LAPSED);
	assert_int_equal(world_waiting_state(&w, line.waits[1]), STORE_WAITING);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BOTH(test_withdrawn_closes_at_its_turn),
	        BOTH(test_leave),
	        BOTH(test_absence_ends_a_wait),
	        BOTH(test_who_never_had_a_connection_lapses),
	        BOTH(test_a_hold_that_expires_at_the_same_time_comes_first),
	        BOTH(test_bans_end_waits),
	        BOTH(test_owner_withdraws_after_the_show),
	        cmocka_unit_test(test_a_reload_forgets_neither_who_is_there_nor_the_clocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
