/* Orders after they were paid: shipped, cancelled, told to whom they concern; on memory alone and with a store behind
 * it. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sale {
	struct world w;
	struct base_id buyer, hold, order;
};

static const struct store_order *order_of(struct sale *s)
{
	return &rules_purchase(&s->w.r, s->order)->is.order;
}

static void sell(struct sale *s, bool with_store)
{
	memset(s, 0, sizeof(*s));
	world_open(&s->w, with_store, 5);
	s->buyer = s->w.buyers[0];
	s->hold = world_claim(&s->w, s->buyer, 2, WORLD_PRICE, "c").hold;
	s->order = world_checkout(&s->w, s->buyer, "p").purchase;
	world_settle(&s->w, s->order, PAY_CAPTURED);
}

static struct show_command *ship_of(struct sale *s, const char *carrier, const char *tracking)
{
	struct show_command *command = show_command_new(SHOW_ORDER_SHIP);
	command->order_id = s->order;
	snprintf(command->carrier, sizeof(command->carrier), "%s", carrier);
	snprintf(command->tracking, sizeof(command->tracking), "%s", tracking);
	return command;
}

static struct rules_answer ship(struct sale *s, struct base_id actor, const char *carrier, const char *tracking)
{
	return world_do(&s->w, ship_of(s, carrier, tracking), actor);
}

static struct rules_answer cancel(struct sale *s, struct base_id actor)
{
	struct show_command *command = show_command_new(SHOW_ORDER_CANCEL);
	command->order_id = s->order;
	return world_do(&s->w, command, actor);
}

static void test_shipped(void **state)
{
	struct sale s;
	sell(&s, *state != NULL);
	world_pass(&s.w, MINUTE_US);
	struct rules_answer shipped = ship(&s, s.w.seller, "DHL", "00340434");
	assert_int_equal(shipped.code, SHOW_OK);
	assert_true(base_id_equal(shipped.purchase, s.order));
	assert_false(shipped.repeated);
	assert_int_equal(order_of(&s)->state, STORE_ORDER_SHIPPED);
	assert_int_equal(order_of(&s)->shipped_ms, s.w.now.ms);
	assert_string_equal(order_of(&s)->carrier, "DHL");
	assert_string_equal(order_of(&s)->tracking, "00340434");
	assert_true(ship(&s, s.w.seller, "DHL", "00340434").repeated);
	world_pass(&s.w, MINUTE_US);
	assert_false(ship(&s, s.w.seller, "DHL", "00340435").repeated); /* a slip of the pen */
	assert_string_equal(order_of(&s)->tracking, "00340435");
	assert_int_equal(order_of(&s)->shipped_ms, s.w.now.ms - 60000);
	assert_int_equal(world_hold_state(&s.w, s.hold), STORE_HOLD_SOLD);
	world_close(&s.w);
}

static void test_who_may_ship(void **state)
{
	struct sale s;
	sell(&s, *state != NULL);
	assert_int_equal(ship(&s, s.buyer, "", "").code, SHOW_FORBIDDEN);
	assert_int_equal(ship(&s, s.w.buyers[1], "", "").code, SHOW_NOT_FOUND);
	assert_int_equal(ship(&s, s.w.host, "", "").code, SHOW_NOT_FOUND); /* who showed it does not ship it */
	assert_int_equal(ship(&s, (struct base_id){{0}}, "", "").code, SHOW_FORBIDDEN);
	struct show_command *endless = ship_of(&s, "", "");
	memset(endless->carrier, 'x', sizeof(endless->carrier));
	assert_int_equal(world_do(&s.w, endless, s.w.seller).code, SHOW_INVALID);
	assert_int_equal(order_of(&s)->state, STORE_ORDER_PAID);
	assert_int_equal(ship(&s, s.w.seller, "", "").code, SHOW_OK); /* brought by hand */
	world_close(&s.w);
}

static void test_nothing_to_ship_before_it_is_paid(void **state)
{
	struct sale s;
	sell(&s, *state != NULL);
	world_claim(&s.w, s.buyer, 1, WORLD_PRICE, "d");
	s.order = world_checkout(&s.w, s.buyer, "q").purchase;
	assert_int_equal(ship(&s, s.w.seller, "", "").code, SHOW_NOT_FOUND);
	assert_int_equal(cancel(&s, s.w.seller).code, SHOW_NOT_FOUND);
	assert_int_equal(cancel(&s, s.buyer).code, SHOW_EXISTS);
	assert_int_equal(order_of(&s)->state, STORE_ORDER_PAYING);
	world_settle(&s.w, s.order, PAY_DECLINED);
	assert_int_equal(cancel(&s, s.buyer).code, SHOW_EXISTS);
	assert_int_equal(ship(&s, s.w.seller, "", "").code, SHOW_NOT_FOUND);
	world_close(&s.w);
}

static void assert_given_back(struct sale *s)
{
	const struct store_listing *listing = world_listing(&s->w);
	assert_int_equal(order_of(s)->state, STORE_ORDER_CANCELLED);
	assert_int_equal(order_of(s)->refund, STORE_REFUND_OWED);
	assert_int_equal(order_of(s)->cancelled_ms, s->w.now.ms);
	assert_int_equal(world_hold_state(&s->w, s->hold), STORE_HOLD_RETURNED);
	assert_int_equal(listing->available, 5);
	assert_int_equal(listing->held, 0);
	assert_int_equal(listing->sold, 0);
	assert_int_equal(rules_item(&s->w.r, s->w.item)->is.claimed, 0);
}

static void test_cancelled_by_either(void **state)
{
	for (int by_seller = 0; by_seller <= 1; by_seller++) {
		struct sale s;
		sell(&s, *state != NULL);
		struct base_id actor = by_seller ? s.w.seller : s.buyer;
		struct rules_answer cancelled = cancel(&s, actor);
		assert_int_equal(cancelled.code, SHOW_OK);
		assert_true(base_id_equal(cancelled.purchase, s.order));
		assert_given_back(&s);
		struct rules_answer again = cancel(&s, s.buyer);
		assert_int_equal(again.code, SHOW_OK);
		assert_true(again.repeated);
		assert_given_back(&s);
		assert_int_equal(ship(&s, s.w.seller, "", "").code, SHOW_EXISTS);
		world_close(&s.w);
	}
}

static void test_who_may_cancel(void **state)
{
	struct sale s;
	sell(&s, *state != NULL);
	assert_int_equal(cancel(&s, s.w.buyers[1]).code, SHOW_NOT_FOUND);
	assert_int_equal(cancel(&s, s.w.host).code, SHOW_NOT_FOUND);
	assert_int_equal(cancel(&s, (struct base_id){{0}}).code, SHOW_FORBIDDEN);
	assert_int_equal(ship(&s, s.w.seller, "DHL", "1").code, SHOW_OK);
	assert_int_equal(cancel(&s, s.buyer).code, SHOW_EXISTS); /* it is on its way */
	assert_int_equal(cancel(&s, s.w.seller).code, SHOW_EXISTS);
	assert_int_equal(order_of(&s)->state, STORE_ORDER_SHIPPED);
	assert_int_equal(order_of(&s)->refund, STORE_REFUND_NONE);
	world_close(&s.w);
}

/* What comes back can be claimed, and paid, and cancelled again. */
static void test_returned_units_are_sold_again(void **state)
{
	struct sale s;
	sell(&s, *state != NULL);
	cancel(&s, s.buyer);
	assert_int_equal(world_claim(&s.w, s.w.buyers[1], 3, WORLD_PRICE, "e").code, SHOW_HELD);
	s.hold = world_claim(&s.w, s.w.buyers[2], 2, WORLD_PRICE, "f").hold;
	s.buyer = s.w.buyers[2];
	s.order = world_checkout(&s.w, s.buyer, "q").purchase;
	world_settle(&s.w, s.order, PAY_CAPTURED);
	assert_int_equal(world_listing(&s.w)->sold, 2);
	assert_int_equal(world_listing(&s.w)->held, 3);
	cancel(&s, s.w.seller);
	assert_int_equal(world_listing(&s.w)->available, 2);
	world_close(&s.w);
}

static void test_returned_units_go_to_who_waits(void **state)
{
	struct sale s;
	sell(&s, *state != NULL);
	rules_presence(&s.w.r, &s.w.now, s.w.buyers[2], true);
	assert_int_equal(world_claim(&s.w, s.w.buyers[1], 3, WORLD_PRICE, "e").code, SHOW_HELD);
	struct rules_answer waits = world_claim(&s.w, s.w.buyers[2], 1, WORLD_PRICE, "f");
	assert_int_equal(waits.code, SHOW_WAITLISTED);
	cancel(&s, s.buyer);
	const struct store_waiting *served = &rules_waiting(&s.w.r, waits.waiting)->is;
	assert_int_equal(served->state, STORE_WAITING_SERVED);
	assert_int_equal(world_hold_state(&s.w, served->hold), STORE_HOLD_ACTIVE);
	assert_int_equal(world_listing(&s.w)->available, 1);
	world_close(&s.w);
}

static void test_refunded(void **state)
{
	struct sale s;
	sell(&s, *state != NULL);
	rules_refunded(&s.w.r, &s.w.now, s.order); /* nothing is owed */
	world_commit(&s.w);
	assert_int_equal(order_of(&s)->refund, STORE_REFUND_NONE);
	cancel(&s, s.buyer);
	rules_refunded(&s.w.r, &s.w.now, s.order);
	world_commit(&s.w);
	assert_int_equal(order_of(&s)->refund, STORE_REFUND_DONE);
	assert_int_equal(order_of(&s)->state, STORE_ORDER_CANCELLED);
	assert_int_equal(g_hash_table_size(s.w.r.unsettled), 0);
	world_close(&s.w);
}

/* ---- notices ---- */

static void keep_notice(const struct store_notice *notice, void *ctx)
{
	g_array_append_vals(ctx, notice, 1);
}

/* Newest first. */
static GArray *notices_of(struct sale *s, struct base_id account)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(struct store_notice));
	assert_int_equal(store_notices(store_writer_reads(s->w.store), account, NULL, 100, keep_notice, all), 0);
	return all;
}

static const struct store_notice *find_notice(const GArray *all, enum store_notice_code code)
{
	const struct store_notice *found = NULL;
	for (guint i = 0; i < all->len; i++) {
		const struct store_notice *notice = &g_array_index(all, struct store_notice, i);
		if (notice->code != code)
			continue;
		assert_null(found); /* each is told once */
		found = notice;
	}
	return found;
}

static void assert_notice(struct sale *s, struct base_id account, enum store_notice_code code, struct base_id actor,
                          int64_t quantity, int64_t amount)
{
	g_autoptr(GArray) all = notices_of(s, account);
	const struct store_notice *notice = find_notice(all, code);
	assert_non_null(notice);
	assert_true(base_id_equal(notice->actor.id, actor));
	assert_true(base_id_equal(notice->order, s->order));
	assert_int_equal(notice->quantity, quantity);
	assert_int_equal(notice->amount.amount, amount);
	assert_string_equal(notice->amount.currency, "EUR");
}

static void test_who_is_told(void **state)
{
	struct sale s;
	sell(&s, true);
	assert_notice(&s, s.w.seller, STORE_NOTICE_COMMUNITY_SOLD, s.w.host, 2, 2 * WORLD_PRICE);
	g_autoptr(GArray) of_seller = notices_of(&s, s.w.seller);
	assert_null(find_notice(of_seller, STORE_NOTICE_SOLD)); /* one or the other */
	ship(&s, s.w.seller, "DHL", "1");
	ship(&s, s.w.seller, "DHL", "2"); /* a correction is no news */
	assert_notice(&s, s.buyer, STORE_NOTICE_SHIPPED, s.w.seller, 2, 2 * WORLD_PRICE);
	world_close(&s.w);
}

static void test_who_is_told_of_a_cancellation(void **state)
{
	struct sale s;
	sell(&s, true);
	cancel(&s, s.buyer);
	cancel(&s, s.buyer);
	assert_notice(&s, s.w.seller, STORE_NOTICE_CANCELLED, s.buyer, 2, 2 * WORLD_PRICE);
	rules_refunded(&s.w.r, &s.w.now, s.order);
	world_commit(&s.w);
	assert_notice(&s, s.buyer, STORE_NOTICE_REFUNDED, (struct base_id){{0}}, 0, 2 * WORLD_PRICE);
	g_autoptr(GArray) of_buyer = notices_of(&s, s.buyer);
	assert_null(find_notice(of_buyer, STORE_NOTICE_CANCELLED));
	world_close(&s.w);

	sell(&s, true);
	cancel(&s, s.w.seller);
	assert_notice(&s, s.buyer, STORE_NOTICE_CANCELLED, s.w.seller, 2, 2 * WORLD_PRICE);
	world_close(&s.w);
}

/* In a show of the seller's own. @return the hold. */
static struct base_id claim_from_the_seller(struct sale *s, int64_t quantity)
{
	struct show_command *create = show_command_new(SHOW_CREATE);
	snprintf(create->show.title, sizeof(create->show.title), "My own");
	struct base_id show = world_do(&s->w, create, s->w.seller).show;
	struct show_command *add = show_command_new(SHOW_ITEM_ADD);
	add->show_id = show;
	add->listing_id = s->w.listing;
	struct base_id item = world_do(&s->w, add, s->w.seller).item;
	struct show_command *start = show_command_new(SHOW_START);
	start->show_id = show;
	assert_int_equal(world_do(&s->w, start, s->w.seller).code, SHOW_OK);
	struct show_command *claim = claim_of(&s->w, quantity, WORLD_PRICE, "own");
	claim->show_id = show;
	claim->item_id = item;
	struct rules_answer held = world_do(&s->w, claim, s->buyer);
	assert_int_equal(held.code, SHOW_HELD);
	return held.hold;
}

/* Of one order, the seller is told of the own sale and of each host's. */
static void test_own_and_community_in_one_order(void **state)
{
	struct sale s = {0};
	world_open(&s.w, true, 9);
	s.w.r.limits.units_per_item = 9;
	s.buyer = s.w.buyers[0];
	claim_from_the_seller(&s, 3);
	assert_int_equal(world_claim(&s.w, s.buyer, 1, WORLD_PRICE, "c").code, SHOW_HELD);
	assert_int_equal(world_claim(&s.w, s.buyer, 2, WORLD_PRICE, "d").code, SHOW_HELD);
	s.order = world_checkout(&s.w, s.buyer, "p").purchase;
	world_settle(&s.w, s.order, PAY_CAPTURED);
	assert_notice(&s, s.w.seller, STORE_NOTICE_SOLD, s.buyer, 3, 3 * WORLD_PRICE);
	assert_notice(&s, s.w.seller, STORE_NOTICE_COMMUNITY_SOLD, s.w.host, 3, 3 * WORLD_PRICE);
	world_close(&s.w);
}

struct lines {
	struct store_order_line is[4];
	size_t count;
};

static void keep_line(const struct store_order_line *line, void *ctx)
{
	struct lines *lines = ctx;
	assert_in_range(lines->count, 0, 3);
	lines->is[lines->count++] = *line;
}

static void test_lines_keep_what_was_agreed(void **state)
{
	struct sale s;
	struct lines lines = {.count = 0};
	sell(&s, true);
	struct show_command *change = show_command_new(SHOW_LISTING_UPDATE);
	change->listing_id = s.w.listing;
	change->mask = SHOW_SET_TITLE | SHOW_SET_PRICE;
	snprintf(change->listing.title, sizeof(change->listing.title), "Something else");
	change->listing.price = 9900;
	assert_int_equal(world_do(&s.w, change, s.w.seller).code, SHOW_OK);
	assert_int_equal(store_order_lines(store_writer_reads(s.w.store), s.order, keep_line, &lines), 0);
	assert_int_equal(lines.count, 1);
	assert_string_equal(lines.is[0].title, "Denim jacket");
	assert_int_equal(lines.is[0].price, WORLD_PRICE);
	assert_int_equal(lines.is[0].quantity, 2);
	assert_int_equal(lines.is[0].number, 1);
	assert_true(lines.is[0].terms.community);
	assert_int_equal(lines.is[0].terms.floor, 1000);
	assert_true(base_id_equal(lines.is[0].terms.host, s.w.host));
	world_close(&s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BOTH(test_shipped),
	        BOTH(test_who_may_ship),
	        BOTH(test_nothing_to_ship_before_it_is_paid),
	        BOTH(test_cancelled_by_either),
	        BOTH(test_who_may_cancel),
	        BOTH(test_returned_units_are_sold_again),
	        BOTH(test_returned_units_go_to_who_waits),
	        BOTH(test_refunded),
	        cmocka_unit_test(test_who_is_told),
	        cmocka_unit_test(test_who_is_told_of_a_cancellation),
	        cmocka_unit_test(test_own_and_community_in_one_order),
	        cmocka_unit_test(test_lines_keep_what_was_agreed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
