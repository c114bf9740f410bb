/* The ledger: what is posted when an order is paid, cancelled or given back; every balance computed anew from the
 * postings; on memory alone and with a store behind it. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCOUNTS (STORE_TAX + 1)

static void add_posting(const struct store_posting *posting, void *ctx)
{
	g_array_append_vals(ctx, posting, 1);
}

static GArray *postings_of(struct world *w, struct base_id order)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(struct store_posting));
	if (w->store) {
		assert_int_equal(store_postings_of_order(store_writer_reads(w->store), order, add_posting, all), 0);
		return all;
	}
	for (guint i = 0; i < w->r.postings->len; i++) {
		const struct store_posting *posting = &g_array_index(w->r.postings, struct store_posting, i);
		if (base_id_equal(posting->order, order))
			add_posting(posting, all);
	}
	return all;
}

/* Counted from the postings of one order, in its one currency. */
struct books {
	int64_t of[ACCOUNTS];
	guint postings, transactions, reversals;
};

static void assert_sums_to_zero(const GArray *all, struct base_id transaction)
{
	int64_t sum = 0;
	for (guint i = 0; i < all->len; i++) {
		const struct store_posting *posting = &g_array_index(all, struct store_posting, i);
		if (base_id_equal(posting->transaction, transaction))
			sum += posting->amount;
	}
	assert_int_equal(sum, 0);
}

static struct books count(struct world *w, struct base_id order)
{
	g_autoptr(GArray) all = postings_of(w, order);
	struct books books = {.postings = all->len};
	struct base_id last = {{0}};
	for (guint i = 0; i < all->len; i++) {
		const struct store_posting *posting = &g_array_index(all, struct store_posting, i);
		assert_string_equal(posting->currency, rules_purchase(&w->r, order)->is.order.currency);
		assert_true(posting->amount != 0);
		assert_int_equal(base_id_is_zero(posting->reverses), posting->kind != STORE_REVERSAL);
		books.of[posting->account] += posting->amount;
		if (base_id_equal(posting->transaction, last))
			continue;
		last = posting->transaction;
		books.transactions++;
		books.reversals += posting->kind == STORE_REVERSAL;
		assert_sums_to_zero(all, last);
	}
	return books;
}

static void assert_books(struct world *w, struct base_id order, const int64_t expected[ACCOUNTS])
{
	struct books books = count(w, order);
	for (int i = 0; i < ACCOUNTS; i++)
		assert_int_equal(books.of[i], expected[i]);
}

static void open_market(struct world *w, bool with_store, int64_t fee_bp, int64_t tax_bp, int64_t shipping)
{
	world_open(w, with_store, 50);
	w->r.limits.fee_bp = fee_bp;
	w->r.limits.tax_bp = tax_bp;
	w->r.limits.units_per_item = 50;
	struct show_command *parcel = show_command_new(SHOW_ACCOUNT_UPDATE);
	parcel->account_id = w->seller;
	parcel->mask = SHOW_SET_SHIPPING;
	parcel->account.shipping = shipping;
	assert_int_equal(world_do(w, parcel, w->seller).code, SHOW_OK);
}

static struct base_id add_item(struct world *w, int64_t price, const char *currency)
{
	struct show_command *make = show_command_new(SHOW_LISTING_CREATE);
	snprintf(make->listing.title, sizeof(make->listing.title), "Hat");
	snprintf(make->listing.currency, sizeof(make->listing.currency), "%s", currency);
	make->listing.price = price;
	make->listing.available = 50;
	make->listing.community.ok = true;
	struct show_command *add = show_command_new(SHOW_ITEM_ADD);
	add->show_id = w->show;
	add->listing_id = world_do(w, make, w->seller).listing;
	return world_do(w, add, w->host).item;
}

static void claim(struct world *w, struct base_id item, int64_t quantity, int64_t price, const char *key)
{
	struct show_command *command = claim_of(w, quantity, price, key);
	command->item_id = item;
	assert_int_equal(world_do(w, command, w->buyers[0]).code, SHOW_HELD);
}

static struct base_id pay(struct world *w, int64_t provider_fee)
{
	struct pay_result result = {.outcome = PAY_CAPTURED, .reference = "ref", .fee_minor = provider_fee};
	struct rules_answer unused = {0};
	struct rules_answer paying = world_checkout(w, w->buyers[0], "pay");
	assert_true(paying.wait);
	rules_settle(&w->r, &w->now, paying.purchase, &result, &unused);
	world_commit(w);
	return paying.purchase;
}

static void cancel(struct world *w, struct base_id order, struct base_id actor)
{
	struct show_command *command = show_command_new(SHOW_ORDER_CANCEL);
	command->order_id = order;
	assert_int_equal(world_do(w, command, actor).code, SHOW_OK);
}

static void give_back(struct world *w, struct base_id order)
{
	rules_refunded(&w->r, &w->now, order);
	world_commit(w);
}

static void test_sale(void **state)
{
	struct world w;
	open_market(&w, *state != NULL, 250, 1900, 490);
	claim(&w, w.item, 2, WORLD_PRICE, "a");             /* 50.00: fee 1.25, tax within 7.98 */
	claim(&w, add_item(&w, 1020, "EUR"), 1, 1020, "b"); /* 10.20: fee 0.255, tax within 1.6286 */
	struct base_id order = pay(&w, 97);
	static const int64_t expected[ACCOUNTS] = {[STORE_PROVIDER_CASH] = 6510 - 97,
	                                           [STORE_PROVIDER_FEE] = 97,
	                                           [STORE_SELLER] = -(5000 - 125 - 798 + 1020 - 26 - 163),
	                                           [STORE_PLATFORM_FEE] = -(125 + 26),
	                                           [STORE_TAX] = -(798 + 163),
	                                           [STORE_SHIPPING] = -490};
	assert_int_equal(rules_purchase(&w.r, order)->is.order.total, 6510);
	assert_int_equal(rules_purchase(&w.r, order)->is.order.shipping, 490);
	assert_books(&w, order, expected);
	assert_int_equal(count(&w, order).transactions, 2);
	world_close(&w);
}

/* 25.5 cents become 26 in each line; together 51 cents would have been right. */
static void test_fee_is_rounded_once_a_line(void **state)
{
	struct world w;
	open_market(&w, *state != NULL, 250, 0, 0);
	claim(&w, add_item(&w, 1020, "EUR"), 1, 1020, "a");
	claim(&w, add_item(&w, 1020, "EUR"), 1, 1020, "b");
	claim(&w, add_item(&w, 340, "EUR"), 3, 340, "c"); /* the line, not the unit */
	struct base_id order = pay(&w, 0);
	assert_int_equal(count(&w, order).of[STORE_PLATFORM_FEE], -78);
	assert_int_equal(count(&w, order).of[STORE_SELLER], -(3 * 1020 - 78));
	world_close(&w);
}

static void test_double_notification_is_posted_once(void **state)
{
	struct world w;
	open_market(&w, *state != NULL, 100, 0, 0);
	claim(&w, w.item, 1, WORLD_PRICE, "a");
	struct base_id order = pay(&w, 10);
	guint postings = count(&w, order).postings;
	world_settle(&w, order, PAY_CAPTURED);
	world_settle(&w, order, PAY_DECLINED);
	world_settle(&w, order, PAY_EXPIRED);
	assert_int_equal(count(&w, order).postings, postings);
	world_close(&w);
}

/* All that remains is what the provider keeps. */
static const int64_t provider_fee_alone[ACCOUNTS] = {[STORE_PROVIDER_CASH] = -40, [STORE_PROVIDER_FEE] = 40};

static void test_cancelled(void **state)
{
	struct world w;
	open_market(&w, *state != NULL, 333, 700, 490);
	claim(&w, w.item, 3, WORLD_PRICE, "a");
	struct base_id order = pay(&w, 40);
	cancel(&w, order, w.buyers[0]);
	static const int64_t cash[ACCOUNTS] = {
	        [STORE_BUYER] = -(7500 + 490), [STORE_PROVIDER_CASH] = 7500 + 490 - 40, [STORE_PROVIDER_FEE] = 40};
	assert_books(&w, order, cash); /* the market owes it to the buyer */
	give_back(&w, order);
	assert_books(&w, order, provider_fee_alone);
	guint postings = count(&w, order).postings;
	assert_int_equal(count(&w, order).reversals, 2);
	cancel(&w, order, w.seller);
	give_back(&w, order);
	assert_int_equal(count(&w, order).postings, postings);
	world_close(&w);
}

/* The reversal finds what this very batch has posted. */
static void test_cancelled_in_the_batch_that_sold_it(void **state)
{
	struct world w;
	open_market(&w, *state != NULL, 333, 0, 0);
	claim(&w, w.item, 1, WORLD_PRICE, "a");
	struct rules_answer paying = world_checkout(&w, w.buyers[0], "pay"), answer;
	struct pay_result result = {.outcome = PAY_CAPTURED, .reference = "ref", .fee_minor = 40};
	struct show_command *command = show_command_new(SHOW_ORDER_CANCEL);
	command->order_id = paying.purchase;
	command->actor = w.buyers[0];
	rules_settle(&w.r, &w.now, paying.purchase, &result, &answer);
	rules_decide(&w.r, &w.now, command, NULL, &answer);
	assert_int_equal(answer.code, SHOW_OK);
	free(command);
	rules_refunded(&w.r, &w.now, paying.purchase);
	world_commit(&w);
	assert_books(&w, paying.purchase, provider_fee_alone);
	assert_int_equal(count(&w, paying.purchase).transactions, 4);
	assert_int_equal(world_listing(&w)->available, 50);
	world_close(&w);
}

static void test_captured_after_it_failed(void **state)
{
	struct world w;
	open_market(&w, *state != NULL, 333, 0, 0);
	claim(&w, w.item, 1, WORLD_PRICE, "a");
	struct rules_answer paying = world_checkout(&w, w.buyers[0], "pay"), unused = {0};
	struct pay_result result = {.outcome = PAY_CAPTURED, .reference = "ref", .fee_minor = 40};
	world_settle(&w, paying.purchase, PAY_DECLINED);
	assert_int_equal(count(&w, paying.purchase).postings, 0);
	rules_settle(&w.r, &w.now, paying.purchase, &result, &unused);
	world_commit(&w);
	assert_int_equal(count(&w, paying.purchase).of[STORE_BUYER], -WORLD_PRICE);
	assert_int_equal(count(&w, paying.purchase).of[STORE_SELLER], 0);
	world_settle(&w, paying.purchase, PAY_CAPTURED); /* told again */
	give_back(&w, paying.purchase);
	world_settle(&w, paying.purchase, PAY_CAPTURED);
	assert_int_equal(rules_purchase(&w.r, paying.purchase)->is.order.refund, STORE_REFUND_DONE);
	assert_books(&w, paying.purchase, provider_fee_alone);
	assert_int_equal(count(&w, paying.purchase).transactions, 2);
	world_close(&w);
}

static void test_free_of_charge_posts_nothing(void **state)
{
	struct world w;
	open_market(&w, *state != NULL, 333, 0, 0);
	claim(&w, add_item(&w, 0, "EUR"), 1, 0, "a");
	struct rules_answer paid = world_checkout(&w, w.buyers[0], "pay");
	assert_int_equal(paid.code, SHOW_OK);
	cancel(&w, paid.purchase, w.buyers[0]);
	assert_int_equal(count(&w, paid.purchase).postings, 0);
	assert_int_equal(rules_purchase(&w.r, paid.purchase)->is.order.refund, STORE_REFUND_NONE);
	world_close(&w);
}

/* Checked out, paid and cancelled before any of it is stored. */
static void test_cancelled_in_the_batch_that_made_it(void **state)
{
	struct world w;
	struct rules_answer made, cancelled;
	open_market(&w, *state != NULL, 333, 0, 0);
	struct base_id item = add_item(&w, 0, "EUR");
	claim(&w, item, 2, 0, "a");
	struct show_command *checkout = checkout_of(&w, "pay"), *command = show_command_new(SHOW_ORDER_CANCEL);
	checkout->actor = command->actor = w.buyers[0];
	rules_decide(&w.r, &w.now, checkout, "test_ok", &made);
	assert_int_equal(made.code, SHOW_OK);
	command->order_id = made.purchase;
	rules_decide(&w.r, &w.now, command, NULL, &cancelled);
	assert_int_equal(cancelled.code, SHOW_OK);
	free(checkout);
	free(command);
	world_commit(&w);
	assert_int_equal(rules_purchase(&w.r, made.purchase)->is.order.state, STORE_ORDER_CANCELLED);
	assert_int_equal(rules_listing(&w.r, rules_item(&w.r, item)->is.listing)->is.available, 50);
	world_close(&w);
}

static void test_gift_with_a_parcel_is_paid(void **state)
{
	struct world w;
	open_market(&w, *state != NULL, 333, 1900, 490);
	claim(&w, add_item(&w, 0, "EUR"), 1, 0, "a");
	static const int64_t expected[ACCOUNTS] = {[STORE_PROVIDER_CASH] = 490, [STORE_SHIPPING] = -490};
	assert_books(&w, pay(&w, 0), expected);
	world_close(&w);
}

/* The parcel's price is in the market's currency. */
static void test_other_currency_ships_for_nothing(void **state)
{
	struct world w;
	open_market(&w, *state != NULL, 0, 0, 490);
	claim(&w, add_item(&w, 500, "JPY"), 1, 500, "a");
	struct base_id order = pay(&w, 0);
	assert_int_equal(rules_purchase(&w.r, order)->is.order.total, 500);
	assert_int_equal(count(&w, order).of[STORE_SHIPPING], 0);
	world_close(&w);
}

/* Nothing is lost of the largest order there can be, at any rate. */
static void test_largest_total(void **state)
{
	struct world w;
	open_market(&w, *state != NULL, 10000, 10000, 0);
	w.r.limits.units_per_item = STORE_COUNT_MAX;
	int64_t most = STORE_TOTAL_MAX / STORE_PRICE_MAX;
	struct base_id item = add_item(&w, STORE_PRICE_MAX, "EUR");
	struct show_command *more = show_command_new(SHOW_LISTING_UPDATE);
	more->listing_id = rules_item(&w.r, item)->is.listing;
	more->mask = SHOW_SET_STOCK;
	more->stock_delta = most;
	assert_int_equal(world_do(&w, more, w.seller).code, SHOW_OK);
	claim(&w, item, most, STORE_PRICE_MAX, "a");
	struct base_id order = pay(&w, 0);
	struct books books = count(&w, order);
	assert_int_equal(books.of[STORE_PLATFORM_FEE], -most * STORE_PRICE_MAX);
	assert_int_equal(books.of[STORE_TAX], -most * STORE_PRICE_MAX / 2);
	assert_int_equal(books.of[STORE_SELLER], most * STORE_PRICE_MAX / 2); /* who then owes the market */
	world_close(&w);
}

/* ---- balances against statements ---- */

struct balance {
	struct store_amount is[4];
	size_t count;
};

static void add_amount(const struct store_amount *amount, void *ctx)
{
	struct balance *balance = ctx;
	assert_in_range(balance->count, 0, 3);
	balance->is[balance->count++] = *amount;
}

static int64_t balance_of(struct world *w, struct base_id who, const char *currency)
{
	struct balance balance = {.count = 0};
	assert_int_equal(store_balances(store_writer_reads(w->store), who, add_amount, &balance), 0);
	for (size_t i = 0; i < balance.count; i++)
		if (strcmp(balance.is[i].currency, currency) == 0)
			return balance.is[i].amount;
	return 0;
}

struct sum {
	const char *currency;
	int64_t owed;
};

static void add_up(const struct store_posting *posting, void *ctx)
{
	struct sum *sum = ctx;
	bool sellers = posting->account == STORE_SELLER || posting->account == STORE_SHIPPING;
	if (sellers && strcmp(posting->currency, sum->currency) == 0)
		sum->owed -= posting->amount;
}

static int64_t owed_by_statement(struct world *w, struct base_id who, const char *currency)
{
	struct sum sum = {currency, 0};
	assert_int_equal(store_statement(store_writer_reads(w->store), who, 0, INT64_MAX, add_up, &sum), 0);
	return sum.owed;
}

/* What the seller is owed, counted beside the ledger in the simplest way. */
static int64_t sellers_share(const struct store_order *order, const int64_t lines[2])
{
	int64_t share = order->shipping;
	for (int i = 0; i < 2; i++)
		share += lines[i] - (lines[i] * 275 + 5000) / 10000 - (lines[i] * 1900 * 2 + 11900) / (2 * 11900);
	return share;
}

static int64_t buy(struct world *w, struct base_id item, int64_t price, int i, GRand *rand)
{
	char a[16], b[16], p[16];
	int64_t first = g_rand_int_range(rand, 1, 3), second = g_rand_int_range(rand, 1, 3);
	snprintf(a, sizeof(a), "a%d", i);
	snprintf(b, sizeof(b), "b%d", i);
	snprintf(p, sizeof(p), "p%d", i);
	claim(w, w->item, first, WORLD_PRICE, a);
	claim(w, item, second, price, b);
	struct rules_answer paying = world_checkout(w, w->buyers[0], p);
	struct pay_result result = {.outcome = PAY_CAPTURED, .reference = "ref", .fee_minor = i};
	struct rules_answer unused = {0};
	rules_settle(&w->r, &w->now, paying.purchase, &result, &unused);
	world_commit(w);
	const int64_t lines[2] = {first * WORLD_PRICE, second * price};
	int64_t share = sellers_share(&rules_purchase(&w->r, paying.purchase)->is.order, lines);
	if (g_rand_int_range(rand, 0, 3) == 0) {
		cancel(w, paying.purchase, w->seller);
		give_back(w, paying.purchase);
		share = 0;
	}
	return share;
}

static void test_balances_from_the_postings(void **state)
{
	struct world w;
	GRand *rand = g_rand_new_with_seed(7);
	int64_t expected = 0;
	open_market(&w, true, 275, 1900, 490);
	struct base_id item = add_item(&w, 1999, "EUR");
	for (int i = 0; i < 12; i++) {
		expected += buy(&w, item, 1999, i, rand);
		assert_int_equal(balance_of(&w, w.seller, "EUR"), expected);
		assert_int_equal(owed_by_statement(&w, w.seller, "EUR"), expected);
		world_pass(&w, MINUTE_US);
	}
	assert_true(expected > 0);
	assert_int_equal(balance_of(&w, w.buyers[0], "EUR"), 0);
	assert_int_equal(balance_of(&w, w.host, "EUR"), 0);
	g_rand_free(rand);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BOTH(test_sale),
	        BOTH(test_fee_is_rounded_once_a_line),
	        BOTH(test_double_notification_is_posted_once),
	        BOTH(test_cancelled),
	        BOTH(test_cancelled_in_the_batch_that_sold_it),
	        BOTH(test_captured_after_it_failed),
	        BOTH(test_free_of_charge_posts_nothing),
	        BOTH(test_cancelled_in_the_batch_that_made_it),
	        BOTH(test_gift_with_a_parcel_is_paid),
	        BOTH(test_other_currency_ships_for_nothing),
	        BOTH(test_largest_total),
	        cmocka_unit_test(test_balances_from_the_postings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
