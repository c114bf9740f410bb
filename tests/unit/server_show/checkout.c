/* Checkout and payment on a fake clock; every test runs on memory alone and with a store behind it. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct store_order *order_of(struct world *w, struct base_id id)
{
	return &rules_purchase(&w->r, id)->is.order;
}

static void test_paid(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	struct rules_answer held = world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "c");
	struct rules_answer paying = world_checkout(&w, w.buyers[0], "p");
	assert_true(paying.wait);
	assert_int_equal(order_of(&w, paying.purchase)->total, 2 * WORLD_PRICE);
	assert_int_equal(world_hold_state(&w, held.hold), STORE_HOLD_PAYING);
	world_assert_stock(&w, 3, 2, 0);

	struct rules_answer paid = world_settle(&w, paying.purchase, PAY_CAPTURED);
	assert_int_equal(paid.code, SHOW_OK);
	assert_int_equal(order_of(&w, paying.purchase)->state, STORE_ORDER_PAID);
	assert_string_equal(order_of(&w, paying.purchase)->payment, "ref");
	assert_int_equal(world_hold_state(&w, held.hold), STORE_HOLD_SOLD);
	world_assert_stock(&w, 3, 0, 2);

	world_settle(&w, paying.purchase, PAY_CAPTURED); /* told twice */
	world_settle(&w, paying.purchase, PAY_DECLINED);
	assert_int_equal(order_of(&w, paying.purchase)->state, STORE_ORDER_PAID);
	world_assert_stock(&w, 3, 0, 2);
	world_close(&w);
}

static void test_key_repeated(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "c");
	struct rules_answer paying = world_checkout(&w, w.buyers[0], "p");
	struct rules_answer again = world_checkout(&w, w.buyers[0], "p");
	assert_true(again.wait);
	assert_true(again.repeated);
	assert_true(base_id_equal(paying.purchase, again.purchase));
	world_settle(&w, paying.purchase, PAY_CAPTURED);
	struct rules_answer after = world_checkout(&w, w.buyers[0], "p");
	assert_false(after.wait);
	assert_int_equal(after.code, SHOW_OK);
	assert_true(base_id_equal(paying.purchase, after.purchase));

	struct show_command *elsewhere = checkout_of(&w, "p");
	snprintf(elsewhere->address.city, sizeof(elsewhere->address.city), "Rome");
	assert_int_equal(world_do(&w, elsewhere, w.buyers[0]).code, SHOW_KEY_CONFLICT);
	world_close(&w);
}

static void test_declined_and_tried_again(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	struct rules_answer held = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "c");
	struct rules_answer paying = world_checkout(&w, w.buyers[0], "p");
	struct rules_answer declined = world_settle(&w, paying.purchase, PAY_DECLINED);
	assert_int_equal(declined.code, SHOW_DECLINED);
	assert_string_equal(declined.detail, "declined");
	assert_int_equal(order_of(&w, paying.purchase)->state, STORE_ORDER_FAILED);
	assert_int_equal(world_hold_state(&w, held.hold), STORE_HOLD_ACTIVE);
	world_assert_stock(&w, 4, 1, 0);

	struct rules_answer again = world_checkout(&w, w.buyers[0], "p"); /* a failure keeps no key */
	assert_false(again.repeated);
	assert_false(base_id_equal(again.purchase, paying.purchase));
	assert_int_equal(world_settle(&w, again.purchase, PAY_CAPTURED).code, SHOW_OK);
	world_assert_stock(&w, 4, 0, 1);
	world_close(&w);
}

static void test_declined_late_leaves_a_minute(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	struct rules_answer held = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "c");
	world_pass(&w, 5 * MINUTE_US - 1000000);
	struct rules_answer paying = world_checkout(&w, w.buyers[0], "p");
	world_settle(&w, paying.purchase, PAY_DECLINED);
	assert_int_equal(world_hold(&w, held.hold)->expires_ms, w.now.ms + 60000);
	world_pass(&w, MINUTE_US - 1000);
	assert_int_equal(world_hold_state(&w, held.hold), STORE_HOLD_ACTIVE);
	world_pass(&w, 1000);
	assert_int_equal(world_hold_state(&w, held.hold), STORE_HOLD_EXPIRED);
	world_assert_stock(&w, 5, 0, 0);
	world_close(&w);
}

static void test_declined_early_keeps_its_time(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	struct rules_answer held = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "c");
	int64_t expires_ms = w.now.ms + 300000;
	world_pass(&w, MINUTE_US);
	struct rules_answer paying = world_checkout(&w, w.buyers[0], "p");
	world_settle(&w, paying.purchase, PAY_DECLINED);
	assert_int_equal(world_hold(&w, held.hold)->expires_ms, expires_ms);
	world_close(&w);
}

static void test_time_runs_out_while_paying(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	struct rules_answer held = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "c");
	struct rules_answer paying = world_checkout(&w, w.buyers[0], "p");
	world_settle(&w, paying.purchase, PAY_UNKNOWN);
	world_pass(&w, 60 * MINUTE_US);
	assert_int_equal(world_hold_state(&w, held.hold),
	                 STORE_HOLD_PAYING); /* stock stays held until the provider says */
	world_assert_stock(&w, 4, 1, 0);
	assert_int_equal(world_settle(&w, paying.purchase, PAY_CAPTURED).code, SHOW_OK);
	world_assert_stock(&w, 4, 0, 1);
	world_close(&w);
}

static void test_paying_cannot_be_released(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	struct rules_answer held = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "c");
	world_checkout(&w, w.buyers[0], "p");
	struct show_command *release = show_command_new(SHOW_RELEASE);
	release->hold_id = held.hold;
	assert_int_equal(world_do(&w, release, w.buyers[0]).code, SHOW_INVALID);
	assert_int_equal(world_checkout(&w, w.buyers[0], "another").code, SHOW_EXPIRED); /* nothing left to pay */
	world_assert_stock(&w, 4, 1, 0);
	world_close(&w);
}

static void test_captured_after_a_ban_is_given_back(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	struct rules_answer held = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "c");
	struct rules_answer paying = world_checkout(&w, w.buyers[0], "p");
	world_ban(&w, w.buyers[0], true);
	assert_int_equal(world_hold_state(&w, held.hold), STORE_HOLD_PAYING);
	assert_int_equal(world_settle(&w, paying.purchase, PAY_CAPTURED).code, SHOW_EXPIRED);
	assert_int_equal(order_of(&w, paying.purchase)->state, STORE_ORDER_CANCELLED);
	assert_int_equal(rules_purchase(&w.r, paying.purchase)->is.order.refund, STORE_REFUND_OWED);
	assert_int_equal(world_hold_state(&w, held.hold), STORE_HOLD_RELEASED);
	world_assert_stock(&w, 5, 0, 0);
	rules_refunded(&w.r, &w.now, paying.purchase);
	world_commit(&w);
	assert_int_equal(rules_purchase(&w.r, paying.purchase)->is.order.refund, STORE_REFUND_DONE);
	world_close(&w);
}

static void test_declined_after_a_ban(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	struct rules_answer held = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "c");
	struct rules_answer paying = world_checkout(&w, w.buyers[0], "p");
	world_ban(&w, w.buyers[0], true);
	world_settle(&w, paying.purchase, PAY_DECLINED);
	assert_int_equal(world_hold_state(&w, held.hold), STORE_HOLD_RELEASED);
	world_assert_stock(&w, 5, 0, 0);
	world_close(&w);
}

static struct base_id add_listing(struct world *w, struct base_id seller, int64_t price, const char *currency)
{
	struct show_command *make = show_command_new(SHOW_LISTING_CREATE);
	snprintf(make->listing.title, sizeof(make->listing.title), "Hat");
	snprintf(make->listing.currency, sizeof(make->listing.currency), "%s", currency);
	make->listing.price = price;
	make->listing.available = 5;
	make->listing.community.ok = true;
	struct show_command *add = show_command_new(SHOW_ITEM_ADD);
	add->show_id = w->show;
	add->listing_id = world_do(w, make, seller).listing;
	struct rules_answer added = world_do(w, add, w->host);
	assert_int_equal(added.code, SHOW_OK);
	return added.item;
}

static void claim_item(struct world *w, struct base_id buyer, struct base_id item, int64_t quantity, int64_t price,
                       const char *key)
{
	struct show_command *claim = claim_of(w, quantity, price, key);
	claim->item_id = item;
	assert_int_equal(world_do(w, claim, buyer).code, SHOW_HELD);
}

static void test_one_order_a_seller_and_currency(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	claim_item(&w, w.buyers[0], add_listing(&w, w.host, 700, "EUR"), 1, 700, "a"); /* another seller */
	world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "b");
	claim_item(&w, w.buyers[0], add_listing(&w, w.seller, 900, "USD"), 2, 900, "c");
	claim_item(&w, w.buyers[0], add_listing(&w, w.seller, 300, "EUR"), 1, 300, "d");
	struct rules_answer euros = world_checkout(&w, w.buyers[0], "p");
	assert_int_equal(order_of(&w, euros.purchase)->total, WORLD_PRICE + 300);
	assert_string_equal(order_of(&w, euros.purchase)->currency, "EUR");
	struct rules_answer dollars = world_checkout(&w, w.buyers[0], "q");
	assert_int_equal(order_of(&w, dollars.purchase)->total, 1800);
	assert_string_equal(order_of(&w, dollars.purchase)->currency, "USD");
	assert_int_equal(world_checkout(&w, w.buyers[0], "r").code, SHOW_EXPIRED);
	assert_int_equal(rules_buyer(&w.r, w.buyers[0])->count, 4);
	world_close(&w);
}

/* @return an item of the market's listing in another live show. */
static struct base_id open_second_show(struct world *w, struct base_id *show)
{
	struct show_command *create = show_command_new(SHOW_CREATE);
	snprintf(create->show.title, sizeof(create->show.title), "Saturday vintage");
	*show = world_do(w, create, w->host).show;
	struct show_command *add = show_command_new(SHOW_ITEM_ADD);
	add->show_id = *show;
	add->listing_id = w->listing;
	struct base_id item = world_do(w, add, w->host).item;
	struct show_command *start = show_command_new(SHOW_START);
	start->show_id = *show;
	assert_int_equal(world_do(w, start, w->host).code, SHOW_OK);
	return item;
}

static void test_ban_in_one_show_leaves_what_is_held_in_another(void **state)
{
	static const enum pay_outcome outcomes[] = {PAY_CAPTURED, PAY_DECLINED};
	for (size_t i = 0; i < G_N_ELEMENTS(outcomes); i++) {
		struct world w;
		world_open(&w, *state != NULL, 5);
		struct base_id here = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "a").hold;
		struct show_command *claim = claim_of(&w, 1, WORLD_PRICE, "b");
		claim->item_id = open_second_show(&w, &claim->show_id);
		struct base_id there = world_do(&w, claim, w.buyers[0]).hold;
		struct rules_answer paying = world_checkout(&w, w.buyers[0], "p");
		assert_int_equal(order_of(&w, paying.purchase)->total, 2 * WORLD_PRICE);
		world_ban(&w, w.buyers[0], true);
		world_settle(&w, paying.purchase, outcomes[i]);
		assert_int_equal(rules_purchase(&w.r, paying.purchase)->is.order.refund,
		                 outcomes[i] == PAY_CAPTURED ? STORE_REFUND_OWED : STORE_REFUND_NONE);
		assert_int_equal(world_hold_state(&w, here), STORE_HOLD_RELEASED);
		assert_int_equal(world_hold_state(&w, there), STORE_HOLD_ACTIVE);
		world_assert_stock(&w, 4, 1, 0);
		struct rules_answer again = world_checkout(&w, w.buyers[0], "q");
		assert_int_equal(order_of(&w, again.purchase)->total, WORLD_PRICE);
		world_close(&w);
	}
}

static void test_free_of_charge(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	claim_item(&w, w.buyers[0], add_listing(&w, w.seller, 0, "EUR"), 1, 0, "a");
	struct rules_answer paid = world_checkout(&w, w.buyers[0], "p");
	assert_false(paid.wait);
	assert_int_equal(paid.code, SHOW_OK);
	assert_int_equal(order_of(&w, paid.purchase)->state, STORE_ORDER_PAID);
	world_close(&w);
}

static void test_bad_checkouts(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "c");
	static const size_t fields[] = {offsetof(struct store_address, name), offsetof(struct store_address, line1),
	                                offsetof(struct store_address, city), offsetof(struct store_address, country)};
	for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
		struct show_command *command = checkout_of(&w, "p");
		((char *)&command->address)[fields[i]] = '\0';
		assert_int_equal(world_do(&w, command, w.buyers[0]).code, SHOW_INVALID);
	}
	struct show_command *unterminated = checkout_of(&w, "p");
	memset(unterminated->address.line2, 'x', sizeof(unterminated->address.line2));
	assert_int_equal(world_do(&w, unterminated, w.buyers[0]).code, SHOW_INVALID);
	assert_int_equal(world_checkout(&w, w.buyers[0], "").code, SHOW_INVALID);
	assert_int_equal(world_checkout(&w, w.buyers[1], "p").code, SHOW_EXPIRED);
	struct show_command *other = checkout_of(&w, "p");
	other->seller_id = w.host;
	assert_int_equal(world_do(&w, other, w.buyers[0]).code, SHOW_EXPIRED);
	world_assert_stock(&w, 4, 1, 0);
	world_close(&w);
}

static void test_total_at_its_largest(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	w.r.limits.units_per_item = STORE_COUNT_MAX;
	int64_t most = STORE_TOTAL_MAX / STORE_PRICE_MAX, rest = STORE_TOTAL_MAX % STORE_PRICE_MAX;
	struct base_id item = add_listing(&w, w.seller, STORE_PRICE_MAX, "EUR");
	struct base_id odd = add_listing(&w, w.seller, rest, "EUR"), cent = add_listing(&w, w.seller, 1, "EUR");
	struct show_command *more = show_command_new(SHOW_LISTING_UPDATE);
	more->listing_id = rules_item(&w.r, item)->is.listing;
	more->mask = SHOW_SET_STOCK;
	more->stock_delta = most;
	assert_int_equal(world_do(&w, more, w.seller).code, SHOW_OK);
	claim_item(&w, w.buyers[0], item, most, STORE_PRICE_MAX, "a");
	claim_item(&w, w.buyers[0], odd, 1, rest, "b");
	claim_item(&w, w.buyers[0], cent, 1, 1, "c");
	assert_int_equal(world_checkout(&w, w.buyers[0], "p").code, SHOW_INVALID);
	struct show_command *release = show_command_new(SHOW_RELEASE);
	release->hold_id = rules_buyer(&w.r, w.buyers[0])->holds[2]->row.id;
	assert_int_equal(world_do(&w, release, w.buyers[0]).code, SHOW_OK);
	struct rules_answer paying = world_checkout(&w, w.buyers[0], "p");
	assert_int_equal(order_of(&w, paying.purchase)->total, STORE_TOTAL_MAX);
	world_close(&w);
}

static struct rules_answer checkout_seeing(struct world *w, int64_t total)
{
	struct show_command *command = checkout_of(w, "p");
	command->mask = SHOW_SET_PRICE;
	command->price = total;
	return world_do(w, command, w->buyers[0]);
}

/* Between cart and checkout the seller asks more for the parcel: the buyer looks again. Less is no reason to ask. */
static void test_nobody_pays_more_than_they_saw(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	assert_int_equal(world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "c").code, SHOW_HELD);
	struct show_command *parcel = show_command_new(SHOW_ACCOUNT_UPDATE);
	parcel->account_id = w.seller;
	parcel->mask = SHOW_SET_SHIPPING;
	parcel->account.shipping = 490;
	assert_int_equal(world_do(&w, parcel, w.seller).code, SHOW_OK);
	struct rules_answer dearer = checkout_seeing(&w, 2 * WORLD_PRICE);
	assert_int_equal(dearer.code, SHOW_PRICE_CHANGED);
	assert_int_equal(dearer.price, 2 * WORLD_PRICE + 490);
	/* nothing was used up: the same key goes through once the sum is seen */
	struct rules_answer paying = checkout_seeing(&w, 2 * WORLD_PRICE + 491);
	assert_true(paying.wait);
	assert_int_equal(order_of(&w, paying.purchase)->total, 2 * WORLD_PRICE + 490);
	world_close(&w);
}

/* Who is banned ships nothing: nobody pays them. What was paid before a repeat asks about stays as it is. */
static void test_nobody_pays_a_banned_seller(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	struct base_id hold = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "c").hold;
	world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "c");
	struct rules_answer before = world_checkout(&w, w.buyers[1], "p");
	world_settle(&w, before.purchase, PAY_CAPTURED);
	world_ban_account(&w, w.seller, true);
	assert_int_equal(world_checkout(&w, w.buyers[0], "p").code, SHOW_EXPIRED);
	assert_int_equal(world_hold_state(&w, hold), STORE_HOLD_RELEASED);
	assert_int_equal(world_checkout(&w, w.buyers[1], "p").code, SHOW_OK);
	world_ban_account(&w, w.seller, false);
	world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "anew");
	assert_true(world_checkout(&w, w.buyers[0], "p").wait); /* the key was not used up */
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BOTH(test_paid),
	        BOTH(test_key_repeated),
	        BOTH(test_declined_and_tried_again),
	        BOTH(test_declined_late_leaves_a_minute),
	        BOTH(test_declined_early_keeps_its_time),
	        BOTH(test_time_runs_out_while_paying),
	        BOTH(test_paying_cannot_be_released),
	        BOTH(test_captured_after_a_ban_is_given_back),
	        BOTH(test_declined_after_a_ban),
	        BOTH(test_one_order_a_seller_and_currency),
	        BOTH(test_ban_in_one_show_leaves_what_is_held_in_another),
	        BOTH(test_free_of_charge),
	        BOTH(test_bad_checkouts),
	        BOTH(test_total_at_its_largest),
	        BOTH(test_nobody_pays_more_than_they_saw),
	        BOTH(test_nobody_pays_a_banned_seller),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
