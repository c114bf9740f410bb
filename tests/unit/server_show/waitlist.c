/* Who waits for what others hold; every test runs on memory alone and with a store behind it. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One unit, held by the first buyer; the next ones wait in their order. */
struct line {
	struct base_id hold, waits[4];
};

static struct line open_line(struct world *w, bool with_store)
{
	struct line line;
	world_open(w, with_store, 1);
	line.hold = world_claim(w, w->buyers[0], 1, WORLD_PRICE, "first").hold;
	for (int i = 0; i < 4; i++) {
		struct rules_answer answer = world_claim(w, w->buyers[i + 1], 1, WORLD_PRICE, "wait");
		assert_int_equal(answer.code, SHOW_WAITLISTED);
		line.waits[i] = answer.waiting;
		rules_presence(&w->r, &w->now, w->buyers[i + 1], true);
	}
	return line;
}

static struct rules_answer leave(struct world *w, struct base_id buyer, struct base_id waiting)
{
	struct show_command *command = show_command_new(SHOW_WAIT_LEAVE);
	command->waiting_id = waiting;
	return world_do(w, command, buyer);
}

static struct rules_waiting *served(struct world *w, struct base_id waiting)
{
	struct rules_waiting *entry = rules_waiting(&w->r, waiting);
	assert_int_equal(entry->is.state, STORE_WAITING_SERVED);
	assert_int_equal(world_hold_state(w, entry->is.hold), STORE_HOLD_ACTIVE);
	return entry;
}

static void test_claim_on_what_is_held_waits(void **state)
{
	struct world w;
	struct line line = open_line(&w, *state != NULL);
	for (int i = 0; i < 4; i++)
		assert_int_equal(world_place(&w, line.waits[i]), i + 1);
	assert_int_equal(w.told[SHOW_EVENT_WAITING], 1);
	assert_int_equal(w.told[SHOW_EVENT_ITEM], 1);

	struct show_result result = {0};
	struct rules_answer again = world_claim(&w, w.buyers[2], 1, WORLD_PRICE, "wait");
	assert_int_equal(again.code, SHOW_WAITLISTED);
	assert_true(again.repeated);
	rules_fill_result(&w.r, &again, &result);
	assert_true(base_id_equal(result.waiting.id, line.waits[1]));
	assert_int_equal(result.waiting.place, 2);
	assert_int_equal(result.item.waiting, 4);
	struct rules_answer other_key = world_claim(&w, w.buyers[2], 1, WORLD_PRICE, "another");
	assert_true(other_key.repeated);
	assert_true(base_id_equal(other_key.waiting, line.waits[1]));
	assert_int_equal(world_claim(&w, w.buyers[2], 2, WORLD_PRICE, "wait").code, SHOW_KEY_CONFLICT);
	world_close(&w);
}

static void test_nothing_held_is_sold_out(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 1);
	assert_int_equal(world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "a").code, SHOW_SOLD_OUT);
	world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "b");
	world_settle(&w, world_checkout(&w, w.buyers[0], "p").purchase, PAY_CAPTURED);
	assert_int_equal(world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "c").code, SHOW_SOLD_OUT);
	world_close(&w);
}

static void test_release_passes_to_the_next(void **state)
{
	struct world w;
	struct line line = open_line(&w, *state != NULL);
	world_release(&w, w.buyers[0], line.hold);
	const struct rules_waiting *first = served(&w, line.waits[0]);
	const struct store_hold *hold = &rules_hold(&w.r, first->is.hold)->is;
	assert_true(base_id_equal(hold->buyer.id, w.buyers[1]));
	assert_int_equal(hold->expires_ms, w.now.ms + 300000); /* fresh */
	assert_int_equal(hold->price, WORLD_PRICE);
	assert_int_equal(hold->number, 1);
	assert_int_equal(w.told[SHOW_EVENT_CLAIMED], 1);
	assert_int_equal(w.told[SHOW_EVENT_HOLD], 2);    /* one closed, one new */
	assert_int_equal(w.told[SHOW_EVENT_WAITING], 4); /* one served, three move up */
	const struct store_notice *notice = world_notice(&w, w.buyers[1], STORE_NOTICE_YOUR_TURN);
	assert_true(base_id_equal(notice->hold, hold->id));
	assert_int_equal(notice->amount.amount, WORLD_PRICE);
	assert_int_equal(world_place(&w, line.waits[3]), 3);
	assert_int_equal(world_listing(&w)->held, 1);
	world_close(&w);
}

static void test_expiry_passes_to_the_next(void **state)
{
	struct world w;
	struct line line = open_line(&w, *state != NULL);
	for (int i = 0; i < 4; i++) {
		world_pass(&w, 5 * MINUTE_US);
		served(&w, line.waits[i]);
	}
	world_pass(&w, 5 * MINUTE_US);
	assert_int_equal(world_listing(&w)->available, 1);
	world_close(&w);
}

static void test_failed_payment_of_a_banned_buyer_passes_to_the_next(void **state)
{
	struct world w;
	struct line line = open_line(&w, *state != NULL);
	struct base_id order = world_checkout(&w, w.buyers[0], "p").purchase;
	struct show_command *ban = show_command_new(SHOW_ACCOUNT_UPDATE);
	ban->account_id = w.buyers[0];
	ban->mask = SHOW_SET_BANNED;
	ban->account.banned = true;
	world_do(&w, ban, w.admin);
	world_settle(&w, order, PAY_DECLINED);
	served(&w, line.waits[0]);
	world_close(&w);
}

static void test_restock_serves_all_who_fit(void **state)
{
	struct world w;
	struct line line = open_line(&w, *state != NULL);
	leave(&w, w.buyers[1], line.waits[0]);
	struct rules_answer many = world_claim(&w, w.buyers[1], 3, WORLD_PRICE, "many");
	assert_int_equal(many.code, SHOW_WAITLISTED);
	world_restock(&w, 4); /* three who want one each; then one is left for who wants three, who stays */
	for (int i = 1; i < 4; i++)
		served(&w, line.waits[i]);
	assert_int_equal(world_waiting_state(&w, many.waiting), STORE_WAITING);
	assert_int_equal(world_place(&w, many.waiting), 1);
	assert_int_equal(world_listing(&w)->available, 1);
	assert_int_equal(world_claim(&w, w.buyers[5], 1, WORLD_PRICE, "small").code, SHOW_HELD);
	world_restock(&w, 3);
	served(&w, many.waiting);
	world_close(&w);
}

static void test_who_wants_too_much_does_not_stop_the_others(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 2);
	struct base_id one = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
	world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "b");
	struct base_id two = world_claim(&w, w.buyers[2], 2, WORLD_PRICE, "c").waiting;
	struct base_id next = world_claim(&w, w.buyers[3], 1, WORLD_PRICE, "d").waiting;
	world_release(&w, w.buyers[0], one);
	assert_int_equal(world_waiting_state(&w, two), STORE_WAITING);
	served(&w, next);
	world_close(&w);
}

static void test_sold_out_for_good_closes_the_queue(void **state)
{
	struct world w;
	struct line line = open_line(&w, *state != NULL);
	size_t before = w.notices_count;
	world_settle(&w, world_checkout(&w, w.buyers[0], "p").purchase, PAY_CAPTURED);
	for (int i = 0; i < 4; i++)
		assert_int_equal(world_waiting_state(&w, line.waits[i]), STORE_WAITING_CLOSED);
	size_t ended = 0;
	for (size_t i = before; i < w.notices_count; i++)
		ended += w.notices[i].code == STORE_NOTICE_WAIT_ENDED;
	assert_int_equal(ended, 4);
	assert_int_equal(g_hash_table_size(w.r.queues), 0);
	assert_int_equal(g_hash_table_size(w.r.waiters), 0);
	world_close(&w);
}

static void set_price(struct world *w, int64_t price)
{
	struct show_command *command = show_command_new(SHOW_ITEM_UPDATE);
	command->show_id = w->show;
	command->item_id = w->item;
	command->price = price;
	command->mask = SHOW_SET_PRICE;
	assert_int_equal(world_do(w, command, w->host).code, SHOW_OK);
}

static void test_price_of_who_waits(void **state)
{
	struct world w;
	struct line line = open_line(&w, *state != NULL);
	set_price(&w, 3000);
	struct base_id dear = world_claim(&w, w.buyers[5], 1, 3500, "dear").waiting;
	set_price(&w, 3200); /* no more than was seen */
	world_release(&w, w.buyers[0], line.hold);
	for (int i = 0; i < 4; i++) /* they saw less */
		assert_int_equal(world_waiting_state(&w, line.waits[i]), STORE_WAITING_CLOSED);
	assert_int_equal(rules_hold(&w.r, served(&w, dear)->is.hold)->is.price, 3200);
	assert_int_equal(w.notices[0].code, STORE_NOTICE_WAIT_ENDED);
	assert_int_equal(w.notices[0].amount.amount, 3200);
	world_close(&w);
}

static void test_fallen_price_counts_for_who_waits(void **state)
{
	struct world w;
	struct line line = open_line(&w, *state != NULL);
	set_price(&w, 2000);
	world_release(&w, w.buyers[0], line.hold);
	assert_int_equal(rules_hold(&w.r, served(&w, line.waits[0])->is.hold)->is.price, 2000);
	world_close(&w);
}

static void test_withdrawn_closes_at_its_turn(void **state)
{
	struct world w;
	struct line line = open_line(&w, *state != NULL);
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
	struct line line = open_line(&w, *state != NULL);
	assert_int_equal(leave(&w, w.buyers[1], line.waits[1]).code, SHOW_FORBIDDEN);
	assert_int_equal(leave(&w, w.buyers[1], w.show).code, SHOW_NOT_FOUND);
	assert_int_equal(leave(&w, w.buyers[2], line.waits[1]).code, SHOW_OK);
	assert_int_equal(w.told[SHOW_EVENT_WAITING], 3); /* itself, and two behind */
	assert_true(leave(&w, w.buyers[2], line.waits[1]).repeated);
	assert_int_equal(world_place(&w, line.waits[0]), 1);
	assert_int_equal(world_place(&w, line.waits[2]), 2);
	assert_int_equal(world_place(&w, line.waits[3]), 3);
	world_release(&w, w.buyers[0], line.hold);
	assert_int_equal(leave(&w, w.buyers[1], line.waits[0]).code, SHOW_EXPIRED);
	world_close(&w);
}

static void test_absence_ends_a_wait(void **state)
{
	struct world w;
	struct line line = open_line(&w, *state != NULL);
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
	open_line(&w, *state != NULL);
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
	struct line line = open_line(&w, *state != NULL);
	world_pass(&w, 5 * MINUTE_US);
	served(&w, line.waits[0]);
	world_pass(&w, 3 * MINUTE_US);
	rules_presence(&w.r, &w.now, w.buyers[2], false);
	world_pass(&w, 2 * MINUTE_US);
	served(&w, line.waits[1]);
	world_close(&w);
}

static void test_bans_end_waits(void **state)
{
	struct world w;
	struct line line = open_line(&w, *state != NULL);
	struct show_command *here = show_command_new(SHOW_MODERATE);
	here->show_id = w.show;
	here->account_id = w.buyers[1];
	here->mask = SHOW_SET_BANNED;
	here->banned = true;
	world_do(&w, here, w.host);
	assert_int_equal(world_waiting_state(&w, line.waits[0]), STORE_WAITING_LEFT);
	struct show_command *everywhere = show_command_new(SHOW_ACCOUNT_UPDATE);
	everywhere->account_id = w.buyers[2];
	everywhere->mask = SHOW_SET_BANNED;
	everywhere->account.banned = true;
	world_do(&w, everywhere, w.admin);
	assert_int_equal(world_waiting_state(&w, line.waits[1]), STORE_WAITING_LEFT);
	world_release(&w, w.buyers[0], line.hold);
	served(&w, line.waits[2]);
	world_close(&w);
}

static void test_waits_outlive_the_show(void **state)
{
	struct world w;
	struct line line = open_line(&w, *state != NULL);
	struct show_command *end = show_command_new(SHOW_END);
	end->show_id = w.show;
	world_do(&w, end, w.host);
	world_release(&w, w.buyers[0], line.hold);
	served(&w, line.waits[0]);
	world_close(&w);
}

static void test_owner_withdraws_after_the_show(void **state)
{
	for (int blocks = 0; blocks < 2; blocks++) {
		struct world w;
		struct line line = open_line(&w, *state != NULL);
		struct show_command *end = show_command_new(SHOW_END);
		end->show_id = w.show;
		world_do(&w, end, w.host);
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

static void test_limits_count_waits(void **state)
{
	struct world w;
	open_line(&w, *state != NULL);
	for (int i = 0; i < 4; i++) { /* with the one in line: five, the most */
		struct base_id listing = world_add_listing(&w, 1500, 1);
		struct show_command *add = show_command_new(SHOW_ITEM_ADD);
		add->show_id = w.show;
		add->listing_id = listing;
		struct base_id item = world_do(&w, add, w.host).item;
		for (int j = 0; j < 2; j++) {
			struct show_command *claim = claim_of(&w, 1, 1500, "k");
			claim->key[1] = (char)('a' + i);
			claim->item_id = item;
			struct rules_answer answer = world_do(&w, claim, w.buyers[j]);
			assert_int_equal(answer.code, j ? SHOW_WAITLISTED : SHOW_HELD);
		}
	}
	struct show_command *add = show_command_new(SHOW_ITEM_ADD);
	add->show_id = w.show;
	add->listing_id = world_add_listing(&w, 1500, 9);
	struct show_command *claim = claim_of(&w, 1, 1500, "sixth");
	claim->item_id = world_do(&w, add, w.host).item;
	assert_int_equal(world_do(&w, claim, w.buyers[1]).code, SHOW_LIMIT);
	world_close(&w);
}

static void test_units_count_with_waits(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 2);
	world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "a");
	assert_int_equal(world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "b").code, SHOW_LIMIT);
	assert_int_equal(world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "c").code, SHOW_WAITLISTED);
	world_close(&w);
}

static void test_waits_resume_after_a_restart(void **state)
{
	struct world w;
	struct line line = open_line(&w, true);
	world_restart(&w);
	for (int i = 0; i < 4; i++)
		assert_int_equal(world_place(&w, line.waits[i]), i + 1);
	assert_true(world_claim(&w, w.buyers[3], 1, WORLD_PRICE, "wait").repeated);
	rules_presence(&w.r, &w.now, w.buyers[2], true);
	world_pass(&w, 2 * MINUTE_US - 1); /* everybody counts as absent from the start on */
	assert_int_equal(world_waiting_state(&w, line.waits[0]), STORE_WAITING);
	world_pass(&w, 1);
	assert_int_equal(world_waiting_state(&w, line.waits[0]), STORE_WAITING_LAPSED);
	assert_int_equal(world_place(&w, line.waits[1]), 1);
	world_release(&w, w.buyers[0], line.hold);
	served(&w, line.waits[1]);
	world_restart(&w);
	assert_int_equal(g_hash_table_size(w.r.queues), 0);
	served(&w, line.waits[1]);
	world_close(&w);
}

static void test_a_reload_forgets_neither_who_is_there_nor_the_clocks(void **state)
{
	struct world w;
	struct line line = open_line(&w, true);
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
	struct line line = open_line(&w, *state != NULL);
	leave(&w, w.buyers[1], line.waits[0]);
	assert_int_equal(second_chance(&w, w.buyers[5], line.waits[0], none).code, SHOW_FORBIDDEN);
	assert_int_equal(second_chance(&w, w.host, line.waits[1], none).code, SHOW_INVALID); /* waits */
	assert_int_equal(second_chance(&w, w.host, line.waits[0], none).code, SHOW_SOLD_OUT);
	assert_int_equal(second_chance(&w, w.host, w.show, w.show).code, SHOW_NOT_FOUND);
	world_restock(&w, 4); /* three take theirs, one is left */
	set_price(&w, 5000);
	struct rules_answer given = second_chance(&w, w.host, line.waits[0], none);
	assert_int_equal(given.code, SHOW_OK);
	assert_int_equal(rules_hold(&w.r, given.hold)->is.price, WORLD_PRICE); /* as it was */
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
	assert_int_equal(rules_hold(&w.r, given.hold)->is.price, 4000); /* never below the floor of now */
	assert_int_equal(second_chance(&w, w.seller, none, hold).code, SHOW_EXISTS);
	world_release(&w, w.buyers[0], given.hold);
	assert_int_equal(second_chance(&w, w.seller, none, hold).code, SHOW_OK);
	world_close(&w);
}

#define BOTH(test)                                                                                                     \
	cmocka_unit_test(test),                                                                                        \
	{                                                                                                              \
		.name = #test " with a store", .test_func = test, .initial_state = (void *)"store"                     \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BOTH(test_claim_on_what_is_held_waits),
	        BOTH(test_nothing_held_is_sold_out),
	        BOTH(test_release_passes_to_the_next),
	        BOTH(test_expiry_passes_to_the_next),
	        BOTH(test_failed_payment_of_a_banned_buyer_passes_to_the_next),
	        BOTH(test_restock_serves_all_who_fit),
	        BOTH(test_who_wants_too_much_does_not_stop_the_others),
	        BOTH(test_sold_out_for_good_closes_the_queue),
	        BOTH(test_price_of_who_waits),
	        BOTH(test_fallen_price_counts_for_who_waits),
	        BOTH(test_withdrawn_closes_at_its_turn),
	        BOTH(test_leave),
	        BOTH(test_absence_ends_a_wait),
	        BOTH(test_who_never_had_a_connection_lapses),
	        BOTH(test_a_hold_that_expires_at_the_same_time_comes_first),
	        BOTH(test_bans_end_waits),
	        BOTH(test_waits_outlive_the_show),
	        BOTH(test_owner_withdraws_after_the_show),
	        BOTH(test_limits_count_waits),
	        BOTH(test_units_count_with_waits),
	        cmocka_unit_test(test_waits_resume_after_a_restart),
	        cmocka_unit_test(test_a_reload_forgets_neither_who_is_there_nor_the_clocks),
	        BOTH(test_second_chance),
	        BOTH(test_second_chance_for_a_hold_that_expired),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
