/* Claims and holds on a fake clock; every test runs on memory alone and with a store behind it. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_two_hundred_claims_for_three_units(void **state)
{
	struct world w;
	int held = 0, joined = 0, waiting = 0, sold_out = 0;
	world_open(&w, *state != NULL, 3);
	for (int i = 0; i < 200; i++) {
		char key[16];
		snprintf(key, sizeof(key), "k%d", i);
		struct rules_answer answer = world_claim(&w, w.buyers[i % WORLD_BUYERS], 1, WORLD_PRICE, key);
		held += answer.code == SHOW_HELD;
		joined += answer.code == SHOW_WAITLISTED && !answer.repeated;
		waiting += answer.code == SHOW_WAITLISTED;
		sold_out += answer.code == SHOW_SOLD_OUT;
	}
	assert_int_equal(held, 3);
	assert_int_equal(joined, 8); /* the waitlist is bounded */
	assert_int_equal(held + waiting + sold_out, 200);
	world_assert_stock(&w, 0, 3, 0);
	world_close(&w);
}

static void test_key_repeated(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	struct rules_answer first = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "one");
	struct rules_answer again = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "one");
	assert_int_equal(again.code, SHOW_HELD);
	assert_true(again.repeated);
	assert_true(base_id_equal(first.hold, again.hold));
	world_assert_stock(&w, 4, 1, 0);

	struct rules_answer other =
	        world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "one"); /* keys are each account's own */
	assert_int_equal(other.code, SHOW_HELD);
	assert_false(other.repeated);
	world_close(&w);
}

static void test_key_repeated_gives_present_state(void **state)
{
	struct world w;
	struct show_result result = {0};
	world_open(&w, *state != NULL, 5);
	world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "one");
	world_pass(&w, 5 * MINUTE_US);
	struct rules_answer again = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "one");
	rules_fill_result(&w.r, &again, &result);
	assert_int_equal(result.code, SHOW_HELD);
	assert_int_equal(result.hold.state, STORE_HOLD_EXPIRED);
	world_assert_stock(&w, 5, 0, 0);
	world_close(&w);
}

static void test_key_with_another_body(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "one");
	assert_int_equal(world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "one").code, SHOW_KEY_CONFLICT);
	assert_int_equal(world_claim(&w, w.buyers[0], 1, WORLD_PRICE + 1, "one").code, SHOW_KEY_CONFLICT);
	assert_int_equal(world_checkout(&w, w.buyers[0], "one").code, SHOW_KEY_CONFLICT);
	world_assert_stock(&w, 4, 1, 0);
	world_close(&w);
}

static void test_refusal_keeps_no_key(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 1);
	assert_int_equal(world_claim(&w, w.buyers[1], 2, WORLD_PRICE, "b").code, SHOW_SOLD_OUT);
	world_restock(&w, 1);
	struct rules_answer again = world_claim(&w, w.buyers[1], 2, WORLD_PRICE, "b");
	assert_int_equal(again.code, SHOW_HELD);
	assert_false(again.repeated);
	world_close(&w);
}

static void test_price_raised_between_sight_and_claim(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	world_set_price(&w, 3000);
	struct rules_answer answer = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "one");
	assert_int_equal(answer.code, SHOW_PRICE_CHANGED);
	assert_int_equal(answer.price, 3000);
	world_assert_stock(&w, 5, 0, 0);
	assert_int_equal(world_claim(&w, w.buyers[0], 1, 3000, "one").code, SHOW_HELD);
	world_close(&w);
}

static void test_price_fallen_counts(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	world_set_price(&w, 1200);
	struct rules_answer answer = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "one");
	assert_int_equal(answer.code, SHOW_HELD);
	assert_int_equal(world_hold(&w, answer.hold)->price, 1200);
	world_set_price(&w, 5000); /* the hold is frozen */
	assert_int_equal(world_hold(&w, answer.hold)->price, 1200);
	world_close(&w);
}

static void test_hold_expires_and_stock_returns(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 2);
	struct rules_answer answer = world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "one");
	assert_int_equal(world_hold(&w, answer.hold)->expires_ms, w.now.ms + 300000);
	world_pass(&w, 5 * MINUTE_US - 1000);
	assert_int_equal(world_hold_state(&w, answer.hold), STORE_HOLD_ACTIVE);
	world_pass(&w, 1000);
	assert_int_equal(world_hold_state(&w, answer.hold), STORE_HOLD_EXPIRED);
	world_assert_stock(&w, 2, 0, 0);
	assert_int_equal(world_claim(&w, w.buyers[1], 2, WORLD_PRICE, "two").code, SHOW_HELD);

	struct show_command *release = show_command_new(SHOW_RELEASE);
	release->hold_id = answer.hold;
	assert_int_equal(world_do(&w, release, w.buyers[0]).code, SHOW_EXPIRED);
	world_close(&w);
}

static void test_release(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 2);
	struct rules_answer answer = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "one");
	assert_int_equal(world_release(&w, w.buyers[1], answer.hold).code, SHOW_FORBIDDEN);
	assert_int_equal(world_release(&w, w.buyers[0], w.show).code, SHOW_NOT_FOUND);
	assert_int_equal(world_release(&w, w.buyers[0], answer.hold).code, SHOW_OK);
	world_assert_stock(&w, 2, 0, 0);
	struct rules_answer again = world_release(&w, w.buyers[0], answer.hold);
	assert_int_equal(again.code, SHOW_OK);
	assert_true(again.repeated);
	world_assert_stock(&w, 2, 0, 0);
	world_close(&w);
}

static void test_limit_of_units(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 50);
	assert_int_equal(world_claim(&w, w.buyers[0], 4, WORLD_PRICE, "a").code, SHOW_LIMIT);
	assert_int_equal(world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "b").code, SHOW_HELD);
	assert_int_equal(world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "c").code, SHOW_LIMIT);
	assert_int_equal(world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "d").code, SHOW_HELD);
	assert_int_equal(world_claim(&w, w.buyers[1], 3, WORLD_PRICE, "e").code, SHOW_HELD);
	world_pass(&w, 6 * MINUTE_US);
	assert_int_equal(world_claim(&w, w.buyers[0], 3, WORLD_PRICE, "f").code, SHOW_HELD);
	world_close(&w);
}

static void test_limit_of_holds(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 50);
	for (int i = 0; i < 6; i++) {
		struct show_command *make = show_command_new(SHOW_LISTING_CREATE);
		snprintf(make->listing.title, sizeof(make->listing.title), "Scarf %d", i);
		snprintf(make->listing.currency, sizeof(make->listing.currency), "EUR");
		make->listing.price = 100;
		make->listing.available = 9;
		struct show_command *add = show_command_new(SHOW_ITEM_ADD);
		add->show_id = w.show;
		add->listing_id = world_do(&w, make, w.host).listing;
		struct rules_answer added = world_do(&w, add, w.host);
		assert_int_equal(added.code, i < 5 ? SHOW_OK : SHOW_LIMIT); /* the run of show is bounded, too */
		if (i == 5)
			break;
		struct show_command *claim = claim_of(&w, 1, 100, "x");
		claim->item_id = added.item;
		claim->key[0] = (char)('a' + i);
		assert_int_equal(world_do(&w, claim, w.buyers[0]).code, SHOW_HELD);
	}
	assert_int_equal(world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "sixth").code, SHOW_LIMIT);
	world_close(&w);
}

static void refuse(struct world *w, struct show_command *command, struct base_id actor, enum show_code code)
{
	struct store_listing before = *world_listing(w);
	struct rules_answer answer = world_do(w, command, actor);
	assert_int_equal(answer.code, code);
	assert_true(base_id_is_zero(answer.hold));
	assert_memory_equal(&before, world_listing(w), sizeof(before));
}

static void test_bad_claims(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 2);
	refuse(&w, claim_of(&w, 0, WORLD_PRICE, "k"), w.buyers[0], SHOW_INVALID);
	refuse(&w, claim_of(&w, -1, WORLD_PRICE, "k"), w.buyers[0], SHOW_INVALID);
	refuse(&w, claim_of(&w, INT64_MAX, WORLD_PRICE, "k"), w.buyers[0], SHOW_INVALID);
	refuse(&w, claim_of(&w, INT64_MIN, WORLD_PRICE, "k"), w.buyers[0], SHOW_INVALID);
	refuse(&w, claim_of(&w, 3, WORLD_PRICE, "k"), w.buyers[0], SHOW_SOLD_OUT);
	refuse(&w, claim_of(&w, 1, -5, "k"), w.buyers[0], SHOW_INVALID);
	refuse(&w, claim_of(&w, 1, INT64_MAX, "k"), w.buyers[0], SHOW_INVALID);
	refuse(&w, claim_of(&w, 1, WORLD_PRICE, ""), w.buyers[0], SHOW_INVALID);
	refuse(&w, claim_of(&w, 1, WORLD_PRICE, "k"), w.show, SHOW_NOT_FOUND);
	refuse(&w, claim_of(&w, 1, WORLD_PRICE, "k"), (struct base_id){{0}}, SHOW_FORBIDDEN);
	refuse(&w, claim_of(&w, 1, WORLD_PRICE, "k"), w.seller, SHOW_FORBIDDEN);
	struct show_command *unterminated = claim_of(&w, 1, WORLD_PRICE, "k");
	memset(unterminated->key, 'k', sizeof(unterminated->key));
	refuse(&w, unterminated, w.buyers[0], SHOW_INVALID);
	struct show_command *elsewhere = claim_of(&w, 1, WORLD_PRICE, "k");
	elsewhere->show_id = w.item;
	refuse(&w, elsewhere, w.buyers[0], SHOW_NOT_FOUND);
	struct show_command *no_item = claim_of(&w, 1, WORLD_PRICE, "k");
	no_item->item_id = w.listing;
	refuse(&w, no_item, w.buyers[0], SHOW_NOT_LIVE);
	world_close(&w);
}

static void test_item_of_another_show(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 2);
	struct show_command *create = show_command_new(SHOW_CREATE);
	snprintf(create->show.title, sizeof(create->show.title), "Another");
	struct base_id other = world_do(&w, create, w.host).show;
	struct show_command *start = show_command_new(SHOW_START);
	start->show_id = other;
	world_do(&w, start, w.host);
	struct show_command *claim = claim_of(&w, 1, WORLD_PRICE, "k");
	claim->show_id = other;
	refuse(&w, claim, w.buyers[0], SHOW_NOT_LIVE);
	world_close(&w);
}

static void test_ended_show(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 2);
	struct rules_answer before = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "before");
	world_end_show(&w);
	refuse(&w, claim_of(&w, 1, WORLD_PRICE, "after"), w.buyers[1], SHOW_NOT_LIVE);
	assert_int_equal(world_hold_state(&w, before.hold), STORE_HOLD_ACTIVE); /* what is held stays held */
	assert_int_equal(world_checkout(&w, w.buyers[0], "pay").code, SHOW_OK);
	world_close(&w);
}

static void test_ban_in_show(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 4);
	struct rules_answer answer = world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "one");
	world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "one");
	world_ban(&w, w.buyers[0], true);
	assert_int_equal(world_hold_state(&w, answer.hold), STORE_HOLD_RELEASED);
	world_assert_stock(&w, 3, 1, 0);
	refuse(&w, claim_of(&w, 1, WORLD_PRICE, "two"), w.buyers[0], SHOW_BANNED);
	world_ban(&w, w.buyers[0], false);
	assert_int_equal(world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "two").code, SHOW_HELD);
	world_close(&w);
}

static void test_ban_of_account(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 4);
	world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "one");
	world_ban_account(&w, w.buyers[0], true);
	world_assert_stock(&w, 4, 0, 0);
	refuse(&w, claim_of(&w, 1, WORLD_PRICE, "two"), w.buyers[0], SHOW_BANNED);
	world_close(&w);
}

static void test_goods_of_a_banned_seller(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 4);
	world_ban_account(&w, w.seller, true);
	refuse(&w, claim_of(&w, 1, WORLD_PRICE, "one"), w.buyers[0], SHOW_NOT_LIVE);
	world_close(&w);
}

static void test_one_batch_sells_no_more_than_there_is(void **state)
{
	struct world w;
	struct rules_answer answer;
	int held = 0;
	world_open(&w, *state != NULL, 3);
	for (int i = 0; i < WORLD_BUYERS; i++) { /* nothing is committed between them */
		struct show_command *claim = claim_of(&w, 1, WORLD_PRICE, "same");
		claim->actor = w.buyers[i];
		rules_decide(&w.r, &w.now, claim, NULL, &answer);
		enum show_code first = answer.code;
		held += first == SHOW_HELD;
		rules_decide(&w.r, &w.now, claim, NULL, &answer); /* the key counts within its batch, too */
		assert_int_equal(answer.code, first);
		assert_int_equal(answer.repeated, i < 3 + 8);
		free(claim);
	}
	world_commit(&w);
	assert_int_equal(held, 3);
	world_assert_stock(&w, 0, 3, 0);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BOTH(test_two_hundred_claims_for_three_units),
	        BOTH(test_key_repeated),
	        BOTH(test_key_repeated_gives_present_state),
	        BOTH(test_key_with_another_body),
	        BOTH(test_refusal_keeps_no_key),
	        BOTH(test_price_raised_between_sight_and_claim),
	        BOTH(test_price_fallen_counts),
	        BOTH(test_hold_expires_and_stock_returns),
	        BOTH(test_release),
	        BOTH(test_limit_of_units),
	        BOTH(test_limit_of_holds),
	        BOTH(test_bad_claims),
	        BOTH(test_item_of_another_show),
	        BOTH(test_ended_show),
	        BOTH(test_ban_in_show),
	        BOTH(test_ban_of_account),
	        BOTH(test_goods_of_a_banned_seller),
	        BOTH(test_one_batch_sells_no_more_than_there_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
