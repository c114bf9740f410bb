/* Deadlines run on the monotonic clock, whatever is done to the wall clock meanwhile. */
#include "world.h"

#define HOUR_MS INT64_C(3600000)

static size_t holds_told(struct world *w)
{
	size_t told = 0;
	for (guint i = 0; i < w->r.events->len; i++)
		told += g_array_index(w->r.events, struct rules_event, i).type == SHOW_EVENT_HOLD;
	return told;
}

/* Someone sets the clock; the market looks at it. @return how many holds' times were told anew. */
static size_t set_wall_clock(struct world *w, int64_t by_ms)
{
	w->now.ms += by_ms;
	rules_tick(&w->r, &w->now);
	size_t told = holds_told(w);
	world_commit(w);
	return told;
}

static void test_set_while_a_hold_runs(void **state)
{
	static const int64_t steps[] = {HOUR_MS, -24 * HOUR_MS};
	for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
		struct world w;
		struct store_hold stored;
		world_open(&w, true, 3);
		struct base_id hold = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
		world_pass(&w, MINUTE_US);
		assert_int_equal(set_wall_clock(&w, steps[i]), 1);
		assert_int_equal(world_hold(&w, hold)->expires_ms, w.now.ms + 240000);
		assert_int_equal(store_hold_by_id(store_writer_reads(w.store), hold, &stored), 0);
		assert_int_equal(stored.expires_ms, w.now.ms + 240000); /* a restart resumes from here */
		assert_int_equal(set_wall_clock(&w, 0), 0);
		world_pass(&w, 4 * MINUTE_US - 1000);
		assert_int_equal(world_hold_state(&w, hold), STORE_HOLD_ACTIVE);
		world_pass(&w, 1000);
		assert_int_equal(world_hold_state(&w, hold), STORE_HOLD_EXPIRED);
		world_close(&w);
	}
}

static void test_noise_is_not_told(void **state)
{
	struct world w;
	world_open(&w, false, 3);
	world_pass(&w, 1000);
	world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a");
	for (int i = 0; i < 9; i++)
		assert_int_equal(set_wall_clock(&w, 100), 0);
	assert_int_equal(set_wall_clock(&w, 100), 1); /* but it adds up */
	world_close(&w);
}

static void reload(struct world *w)
{
	rules_forget(&w->r);
	assert_int_equal(show_load(&w->r, w->store, &w->now, 0), 0);
	world_commit(w);
}

static void test_set_before_a_reload(void **state)
{
	struct world w;
	world_open(&w, true, 3);
	world_pass(&w, 1000);
	struct base_id active = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	struct base_id paid = world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "a").hold;
	struct base_id order = world_checkout(&w, w.buyers[1], "p").purchase;
	world_pass(&w, MINUTE_US);
	w.now.ms += HOUR_MS; /* and before anybody looks, a commit fails */
	reload(&w);
	reload(&w);
	world_settle(&w, order, PAY_DECLINED);
	assert_int_equal(world_hold(&w, paid)->expires_ms, w.now.ms + 240000);
	world_pass(&w, 4 * MINUTE_US - 1000);
	assert_int_equal(world_hold_state(&w, active), STORE_HOLD_ACTIVE);
	assert_int_equal(world_hold(&w, active)->expires_ms, w.now.ms + 1);
	world_pass(&w, 1000);
	assert_int_equal(world_hold_state(&w, active), STORE_HOLD_EXPIRED);
	assert_int_equal(world_hold_state(&w, paid), STORE_HOLD_EXPIRED);
	world_close(&w);
}

static void test_reload_keeps_the_wait_for_the_host(void **state)
{
	struct world w;
	world_open(&w, true, 3);
	rules_picture(&w.r, &w.now, w.show, false);
	world_pass(&w, 9 * MINUTE_US);
	reload(&w);
	world_pass(&w, MINUTE_US - 1);
	assert_int_equal(rules_show(&w.r, w.show)->is.state, STORE_SHOW_LIVE);
	world_pass(&w, 1);
	assert_int_equal(rules_show(&w.r, w.show)->is.state, STORE_SHOW_ENDED);
	world_close(&w);
}

/* Time ran out, and that could not be stored: it has run out still. */
static void test_reload_after_a_deadline(void **state)
{
	struct world w;
	world_open(&w, true, 2);
	world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a");
	struct base_id paid = world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "a").hold;
	struct base_id order = world_checkout(&w, w.buyers[1], "p").purchase;
	struct base_id waiting = world_claim(&w, w.buyers[2], 1, WORLD_PRICE, "a").waiting;
	w.now.us += 2 * MINUTE_US;
	w.now.ms += 2 * 60000;
	rules_tick(&w.r, &w.now);
	assert_int_equal(world_waiting_state(&w, waiting), STORE_WAITING_LAPSED);
	reload(&w);
	assert_int_equal(world_waiting_state(&w, waiting), STORE_WAITING);
	world_pass(&w, 0);
	assert_int_equal(world_waiting_state(&w, waiting), STORE_WAITING_LAPSED);
	w.now.us += 3 * MINUTE_US;
	w.now.ms += 3 * 60000;
	rules_tick(&w.r, &w.now);
	w.now.ms -= HOUR_MS;
	reload(&w);
	world_pass(&w, 0);
	assert_true(rules_purchase(&w.r, order)->is.expiring);
	assert_int_equal(world_hold_state(&w, paid), STORE_HOLD_PAYING);
	world_close(&w);
}

static void test_postponed_alone(void **state)
{
	struct world w;
	world_open(&w, true, 3);
	struct base_id sick = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	struct base_id well = world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "a").hold;
	rules_postpone(&w.r, RULES_HOLD, sick, w.now.us + 6 * MINUTE_US);
	reload(&w); /* another one that cannot be stored must not bring it back */
	world_pass(&w, 5 * MINUTE_US);
	assert_int_equal(world_hold_state(&w, sick), STORE_HOLD_ACTIVE);
	assert_int_equal(world_hold_state(&w, well), STORE_HOLD_EXPIRED);
	world_pass(&w, MINUTE_US);
	assert_int_equal(world_hold_state(&w, sick), STORE_HOLD_EXPIRED);
	rules_postpone(&w.r, RULES_HOLD, sick, 0); /* closed: nothing to do */
	rules_postpone(&w.r, RULES_KINDS, sick, 0);
	assert_int_equal(rules_next_us(&w.r), INT64_MAX);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_set_while_a_hold_runs),
	        cmocka_unit_test(test_noise_is_not_told),
	        cmocka_unit_test(test_set_before_a_reload),
	        cmocka_unit_test(test_reload_keeps_the_wait_for_the_host),
	        cmocka_unit_test(test_reload_after_a_deadline),
	        cmocka_unit_test(test_postponed_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
