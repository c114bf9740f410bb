/* What a ban from the market ends beside the claims of who is banned: payments to them, what is held of them, their
 * shows; every test runs on memory alone and with a store behind it. */
#include "world.h"

#include <string.h>

static const struct store_order *order_of(struct world *w, struct base_id id)
{
	return &rules_purchase(&w->r, id)->is.order;
}

static struct base_id pay_and_ban(struct world *w, bool with_store, struct base_id *hold)
{
	world_open(w, with_store, 5);
	*hold = world_claim(w, w->buyers[0], 2, WORLD_PRICE, "c").hold;
	struct rules_answer paying = world_checkout(w, w->buyers[0], "p");
	assert_true(paying.wait);
	world_settle(w, paying.purchase, PAY_PENDING);
	world_ban_account(w, w->seller, true);
	assert_int_equal(world_hold_state(w, *hold), STORE_HOLD_PAYING);
	return paying.purchase;
}

static void test_what_is_captured_for_a_banned_seller_is_given_back(void **state)
{
	struct world w;
	struct base_id hold, order = pay_and_ban(&w, *state != NULL, &hold);
	assert_int_equal(world_settle(&w, order, PAY_CAPTURED).code, SHOW_EXPIRED);
	assert_int_equal(order_of(&w, order)->state, STORE_ORDER_CANCELLED);
	assert_int_equal(order_of(&w, order)->refund, STORE_REFUND_OWED);
	assert_int_equal(world_hold_state(&w, hold), STORE_HOLD_RELEASED);
	world_assert_stock(&w, 5, 0, 0);
	rules_refunded(&w.r, &w.now, order);
	world_commit(&w);
	assert_int_equal(world_notice(&w, w.buyers[0], STORE_NOTICE_REFUNDED)->amount.amount, 2 * WORLD_PRICE);
	for (size_t i = 0; i < w.notices_count; i++) /* nobody was told of a sale */
		assert_int_not_equal(w.notices[i].code, STORE_NOTICE_COMMUNITY_SOLD);
	world_close(&w);
}

static void test_what_is_declined_for_a_banned_seller_is_not_held_on(void **state)
{
	struct world w;
	struct base_id hold, order = pay_and_ban(&w, *state != NULL, &hold);
	world_settle(&w, order, PAY_DECLINED);
	assert_int_equal(order_of(&w, order)->state, STORE_ORDER_FAILED);
	assert_int_equal(world_hold_state(&w, hold), STORE_HOLD_RELEASED);
	world_close(&w);
}

/* The ban is lifted before the buyer confirms: the money goes back all the same, and the buyer may pay anew. */
static void test_a_lifted_ban_leaves_what_it_voided(void **state)
{
	struct world w;
	struct base_id hold, order = pay_and_ban(&w, *state != NULL, &hold);
	world_ban_account(&w, w.seller, false);
	if (*state)
		world_restart(&w);
	world_settle(&w, order, PAY_CAPTURED);
	assert_int_equal(order_of(&w, order)->refund, STORE_REFUND_OWED);
	assert_int_equal(world_hold_state(&w, hold), STORE_HOLD_ACTIVE);
	assert_true(world_checkout(&w, w.buyers[0], "again").wait);
	world_close(&w);
}

/* Nobody could pay for it, so that it only kept its buyer from other things; and nobody gets it instead. */
static void test_what_is_held_of_a_banned_seller_is_given_back(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	struct base_id first = world_claim(&w, w.buyers[0], 3, WORLD_PRICE, "c").hold;
	struct base_id second = world_claim(&w, w.buyers[1], 2, WORLD_PRICE, "c").hold;
	struct base_id wait = world_claim(&w, w.buyers[2], 1, WORLD_PRICE, "c").waiting;
	rules_presence(&w.r, &w.now, w.buyers[2], true);
	world_ban_account(&w, w.seller, true);
	assert_int_equal(world_hold_state(&w, first), STORE_HOLD_RELEASED);
	assert_int_equal(world_hold_state(&w, second), STORE_HOLD_RELEASED);
	assert_int_equal(rules_waiting(&w.r, wait)->is.state, STORE_WAITING_CLOSED);
	assert_int_equal(w.told[SHOW_EVENT_HOLD], 2);
	world_assert_stock(&w, 5, 0, 0);
	world_ban_account(&w, w.seller, false);
	assert_int_equal(world_hold_state(&w, first), STORE_HOLD_RELEASED);
	assert_int_equal(world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "anew").code, SHOW_HELD);
	world_close(&w);
}

static size_t count_of(const struct world *w, struct base_id account, enum store_notice_code code)
{
	size_t count = 0;
	for (size_t i = 0; i < w->notices_count; i++)
		count += w->notices[i].code == code && base_id_equal(w->notices[i].account, account);
	return count;
}

/* Who held it hears why it is gone, once, also if the money was on its way. */
static void test_buyers_are_told_why_nothing_is_held_any_more(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 9);
	struct base_id held = world_claim(&w, w.buyers[1], 3, WORLD_PRICE, "c").hold;
	world_claim(&w, w.buyers[0], 2, WORLD_PRICE, "c");
	struct base_id order = world_checkout(&w, w.buyers[0], "p").purchase;
	world_ban_account(&w, w.seller, true);
	const struct store_notice *notice = world_notice(&w, w.buyers[1], STORE_NOTICE_SELLER_BANNED);
	assert_true(base_id_equal(notice->hold, held));
	assert_true(base_id_equal(notice->show, w.show));
	assert_int_equal(notice->quantity, 3);
	assert_int_equal(notice->amount.amount, WORLD_PRICE);
	assert_string_equal(notice->title, world_listing(&w)->title);
	assert_int_equal(count_of(&w, w.buyers[0], STORE_NOTICE_SELLER_BANNED), 0); /* not decided yet */
	world_settle(&w, order, PAY_CAPTURED);
	assert_int_equal(count_of(&w, w.buyers[0], STORE_NOTICE_SELLER_BANNED), 1);
	world_ban_account(&w, w.seller, true);
	assert_int_equal(count_of(&w, w.buyers[1], STORE_NOTICE_SELLER_BANNED), 1);
	world_close(&w);
}

static void test_banned_buyers_are_told_what_is_no_longer_theirs(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	struct base_id held = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "c").hold;
	world_claim(&w, w.buyers[1], 2, WORLD_PRICE, "c");
	struct base_id order = world_checkout(&w, w.buyers[1], "p").purchase;
	world_ban(&w, w.buyers[0], true);
	assert_true(base_id_equal(world_notice(&w, w.buyers[0], STORE_NOTICE_CLAIM_VOIDED)->hold, held));
	world_ban(&w, w.buyers[1], true);
	assert_int_equal(count_of(&w, w.buyers[1], STORE_NOTICE_CLAIM_VOIDED), 0); /* the provider may have it */
	world_settle(&w, order, PAY_DECLINED);
	world_notice(&w, w.buyers[1], STORE_NOTICE_CLAIM_VOIDED);
	world_assert_stock(&w, 5, 0, 0);
	world_close(&w);
}

static void test_payments_to_others_go_on(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "c");
	struct base_id order = world_checkout(&w, w.buyers[0], "p").purchase;
	world_ban_account(&w, w.host, true); /* who showed it for its owner */
	world_settle(&w, order, PAY_CAPTURED);
	assert_int_equal(order_of(&w, order)->state, STORE_ORDER_PAID);
	world_close(&w);
}

static void test_shows_of_a_banned_host_end(void **state)
{
	struct world w;
	world_open(&w, *state != NULL, 5);
	struct show_command *make = show_command_new(SHOW_CREATE), *feature = show_command_new(SHOW_FEATURE);
	memcpy(make->show.title, "Later", 6);
	struct base_id later = world_do(&w, make, w.host).show;
	feature->show_id = w.show;
	feature->item_id = w.item;
	assert_int_equal(world_do(&w, feature, w.host).code, SHOW_OK);
	struct base_id hold = world_claim(&w, w.buyers[0], 1, WORLD_PRICE, "c").hold;
	world_ban_account(&w, w.host, true);
	const struct rules_show *show = rules_show(&w.r, w.show);
	assert_int_equal(show->is.state, STORE_SHOW_ENDED);
	assert_int_equal(show->is.ended_ms, w.now.ms);
	assert_true(base_id_is_zero(show->is.featured));
	assert_int_equal(w.told[SHOW_EVENT_ACCOUNT], 1);
	assert_int_equal(w.told[SHOW_EVENT_SHOW], 1);
	assert_int_equal(w.told[SHOW_EVENT_AUDIT], 1);
	assert_int_equal(rules_show(&w.r, later)->is.state, STORE_SHOW_SCHEDULED);
	assert_int_equal(world_hold_state(&w, hold), STORE_HOLD_ACTIVE); /* its owner still sells it */
	assert_int_equal(world_claim(&w, w.buyers[1], 1, WORLD_PRICE, "c").code, SHOW_NOT_LIVE);
	world_ban_account(&w, w.host, true); /* once more: nothing is left to end */
	assert_int_equal(w.told[SHOW_EVENT_SHOW], 0);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BOTH(test_what_is_captured_for_a_banned_seller_is_given_back),
	        BOTH(test_what_is_declined_for_a_banned_seller_is_not_held_on),
	        BOTH(test_a_lifted_ban_leaves_what_it_voided),
	        BOTH(test_what_is_held_of_a_banned_seller_is_given_back),
	        BOTH(test_buyers_are_told_why_nothing_is_held_any_more),
	        BOTH(test_banned_buyers_are_told_what_is_no_longer_theirs),
	        BOTH(test_payments_to_others_go_on),
	        BOTH(test_shows_of_a_banned_host_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
