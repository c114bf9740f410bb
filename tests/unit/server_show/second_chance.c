/* A host gives one more chance to who missed theirs; every test runs on memory alone and with a store behind it. */
#include "line.h"

static struct rules_answer second_chance(struct world *w, struct base_id actor, struct base_id waiting,
                                         struct base_id hold)
{
	struct show_command *command = show_command_new(SHOW_SECOND_CHANCE);
	command->waiting_id = waiting;
	command->hold_id = hold;
	return world_do(w, command, actor);
}

static void test_second_chance(void **state)
{
	const struct base_id none = {{0}};
	struct world w;
	struct line line = line_open(&w, *state != NULL);
	line_leave(&w, w.buyers[1], line.waits[0]);
	assert_int_equal(second_chance(&w, w.buyers[5], line.waits[0], none).code, SHOW_FORBIDDEN);
	assert_int_equal(second_chance(&w, w.host, line.waits[1], none).code, SHOW_INVALID); /* waits */
	assert_int_equal(second_chance(&w, w.host, line.waits[0], none).code, SHOW_SOLD_OUT);
	assert_int_equal(second_chance(&w, w.host, w.show, w.show).code, SHOW_NOT_FOUND);
	world_restock(&w, 4); /* three take theirs, one is left */
	world_set_price(&w, 5000);
	struct rules_answer given = second_chance(&w, w.host, line.waits[0], none);
	assert_int_equal(given.code, SHOW_OK);
	assert_int_equal(world_hold(&w, given.hold)->price, WORLD_PRICE); /* as it was */
	assert_int_equal(world_waiting_state(&w, line.waits[0]), STORE_WAITING_SERVED);
	const struct store_notice *notice = world_notice(&w, w.buyers[1], STORE_NOTICE_SECOND_CHANCE);
	assert_true(base_id_equal(notice->actor.id, w.host));
	assert_int_equal(second_chance(&w, w.host, line.waits[0], none).code, SHOW_INVALID);
	world_close(&w);
}

static void test_second_chance_for_a_hold_that_expired(void **state)
{
	const struct base_id none = {{0}};
	struct world w;
	world_open(&w, *state != NULL, 2);
	struct base_id hold = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	assert_int_equal(second_chance(&w, w.host, none, hold).code, SHOW_INVALID);
	world_pass(&w, 5 * MINUTE_US);
	struct show_command *floor = show_command_new(SHOW_LISTING_UPDATE);
	floor->listing_id = w.listing;
	floor->mask = SHOW_SET_COMMUNITY;
	floor->listing.community = (struct store_community){.ok = true, .floor = 4000};
	world_do(&w, floor, w.seller);
	struct rules_answer given = second_chance(&w, w.host, none, hold);
	assert_int_equal(given.code, SHOW_OK);
	assert_int_equal(world_hold(&w, given.hold)->price, 4000); /* never below the floor of now */
	assert_int_equal(second_chance(&w, w.seller, none, hold).code, SHOW_EXISTS);
	world_release(&w, w.buyers[0], given.hold);
	assert_int_equal(second_chance(&w, w.seller, none, hold).code, SHOW_OK);
	world_close(&w);
}

/* By way of a show or a listing that it is not of, it is not there. */
static void test_where_it_was_wanted(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 2);
	struct base_id elsewhere = world_add_listing(&w, WORLD_PRICE, 1);
	struct base_id hold = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	world_pass(&w, 5 * MINUTE_US);
	for (int i = 0; i < 3; i++) {
		struct show_command *command = show_command_new(SHOW_SECOND_CHANCE);
		command->hold_id = hold;
		command->show_id = i == 0 ? w.listing : i == 1 ? (struct base_id){{0}} : w.show;
		command->listing_id = i == 1 ? elsewhere : i == 2 ? w.listing : (struct base_id){{0}};
		assert_int_equal(world_do(&w, command, w.seller).code, i < 2 ? SHOW_NOT_FOUND : SHOW_OK);
	}
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BOTH(test_second_chance),
	        BOTH(test_second_chance_for_a_hold_that_expired),
	        BOTH(test_where_it_was_wanted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
