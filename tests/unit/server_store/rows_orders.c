/* Orders, the ledger and the credit of hosts, as written and read. */
#include "market.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct found {
	size_t count;
	struct base_id ids[16];
	struct store_order_line line;
};

static void on_line(const struct store_order_line *line, void *ctx)
{
	struct found *found = ctx;
	found->count++;
	found->line = *line;
}

static void on_order(const struct store_order *order, void *ctx)
{
	struct found *found = ctx;
	found->ids[found->count++] = order->id;
}

static void on_purchase(const struct store_purchase *purchase, void *ctx)
{
	on_order(&purchase->order, ctx);
}

static void expect_open_purchases(struct store_reader *reader, size_t count)
{
	struct found found = {0};
	assert_int_equal(store_purchases_open(reader, on_purchase, &found), 0);
	assert_int_equal(found.count, count);
}

static void update_purchase(struct folder *f, struct store_purchase *purchase, enum store_order_state order_state,
                            enum store_refund refund)
{
	purchase->order.state = order_state;
	purchase->order.refund = refund;
	folder_begin(f);
	assert_int_equal(store_update_purchase(f->store, purchase), 0);
	folder_commit(f);
}

static void list_orders(struct store_reader *reader, struct base_id who, bool as_seller, int state, struct found *found)
{
	const struct store_orders_wanted wanted = {.who = who, .as_seller = as_seller, .state = state};
	assert_int_equal(store_orders(reader, &wanted, 10, on_order, found), 0);
}

static void test_orders(void **state)
{
	struct folder *f = *state;
	struct market *m = calloc(1, sizeof(*m));
	struct found *found = calloc(1, sizeof(*found));
	struct store_order order;
	struct store_purchase purchase;
	assert_true(m && found);
	market_fill(f, m);
	market_purchase(f, m);
	struct store_reader *reader = folder_reader(f);
	assert_int_equal(store_order_by_id(reader, m->purchase.order.id, &order), 0);
	assert_string_equal(order.address.city, "Berlin");
	assert_string_equal(order.buyer.username, "buyer");
	assert_int_equal(order.total, 5000);
	list_orders(reader, m->buyer, false, -1, found);
	assert_int_equal(found->count, 1);
	list_orders(reader, m->buyer, true, -1, found);
	assert_int_equal(found->count, 1);
	/* nothing of the seller's until it is paid */
	list_orders(reader, m->seller, true, -1, found);
	assert_int_equal(found->count, 1);
	*found = (struct found){0};
	assert_int_equal(store_order_lines(reader, m->purchase.order.id, on_line, found), 0);
	assert_int_equal(found->count, 1);
	assert_true(base_id_equal(found->line.hold, m->holds[1].id));
	assert_int_equal(found->line.quantity * found->line.price, 5000);

	expect_open_purchases(reader, 1);
	snprintf(m->purchase.order.payment, sizeof(m->purchase.order.payment), "ref");
	m->purchase.order.paid_ms = 1000;
	update_purchase(f, &m->purchase, STORE_ORDER_PAID, STORE_REFUND_NONE);
	expect_open_purchases(reader, 0);
	*found = (struct found){0};
	list_orders(reader, m->seller, true, -1, found);
	assert_int_equal(found->count, 1);
	update_purchase(f, &m->purchase, STORE_ORDER_CANCELLED, STORE_REFUND_OWED);
	expect_open_purchases(reader, 1);
	assert_int_equal(store_purchase_by_id(reader, m->purchase.order.id, &purchase), 0);
	assert_string_equal(purchase.method, "test_ok");
	assert_string_equal(purchase.order.payment, "ref");
	assert_memory_equal(purchase.key, m->purchase.key, STORE_KEY_BYTES);
	assert_int_equal(purchase.order.refund, STORE_REFUND_OWED);
	assert_int_equal(store_order_by_id(reader, m->show, &order), -ENOENT);
	store_reader_close(reader);
	free(m);
	free(found);
}

static void test_shipping_and_cancelling(void **state)
{
	struct folder *f = *state;
	struct market *m = calloc(1, sizeof(*m));
	struct store_purchase read;
	assert_non_null(m);
	market_fill(f, m);
	market_purchase(f, m);
	struct store_order *order = &m->purchase.order;
	m->purchase.expiring = m->purchase.voided = order->confirm = true;
	m->purchase.deadline_ms = T0 + 5;
	order->shipped_ms = T0 + 6;
	order->cancelled_ms = T0 + 7;
	snprintf(order->carrier, sizeof(order->carrier), "DHL");
	snprintf(order->tracking, sizeof(order->tracking), "JD01");
	update_purchase(f, &m->purchase, STORE_ORDER_SHIPPED, STORE_REFUND_DONE);
	assert_int_equal(store_purchase_by_id(store_writer_reads(f->store), order->id, &read), 0);
	assert_true(read.expiring && read.voided && read.order.confirm && read.deadline_ms == T0 + 5);
	assert_true(read.order.state == STORE_ORDER_SHIPPED && read.order.refund == STORE_REFUND_DONE);
	assert_true(read.order.shipped_ms == T0 + 6 && read.order.cancelled_ms == T0 + 7);
	assert_true(read.order.shipping == 490 && read.order.total == 5000);
	assert_string_equal(read.order.carrier, "DHL");
	assert_string_equal(read.order.tracking, "JD01");
	free(m);
}

static void on_hold(const struct store_hold *hold, void *ctx)
{
	struct found *found = ctx;
	found->ids[found->count++] = hold->id;
}

static void test_holds_of_an_order(void **state)
{
	struct folder *f = *state;
	struct market *m = calloc(1, sizeof(*m));
	struct found found = {0};
	assert_non_null(m);
	market_fill(f, m);
	market_purchase(f, m);
	struct store_reader *reads = store_writer_reads(f->store);
	for (int of_this = 0; of_this < 2;
	     of_this++) { /* a line names the hold, which is in another order, or in this */
		m->holds[1].order = of_this ? m->purchase.order.id : base_id_new();
		folder_begin(f);
		assert_int_equal(store_update_hold(f->store, &m->holds[1]), 0);
		folder_commit(f);
		assert_int_equal(store_holds_of_order(reads, m->purchase.order.id, on_hold, &found), 0);
		assert_int_equal(found.count, of_this);
	}
	assert_true(base_id_equal(found.ids[0], m->holds[1].id));
	free(m);
}

struct postings {
	struct store_posting all[16];
	size_t count;
	struct store_amount balances[4];
	size_t balanced;
};

static void on_posting(const struct store_posting *posting, void *ctx)
{
	struct postings *postings = ctx;
	postings->all[postings->count++] = *posting;
}

static void on_balance(const struct store_amount *balance, void *ctx)
{
	struct postings *postings = ctx;
	postings->balances[postings->balanced++] = *balance;
}

static struct base_id post(struct folder *f, struct base_id order, enum store_account_kind account,
                           struct base_id owner, int64_t amount, const char *currency, int64_t at_ms)
{
	struct store_posting posting = {.transaction = base_id_new(),
	                                .order = order,
	                                .kind = STORE_SALE,
	                                .account = account,
	                                .owner = owner,
	                                .amount = amount,
	                                .at_ms = at_ms};
	snprintf(posting.currency, sizeof(posting.currency), "%s", currency);
	assert_int_equal(store_insert_posting(f->store, &posting), 0);
	return posting.transaction;
}

static void test_ledger(void **state)
{
	struct folder *f = *state;
	struct postings found = {0};
	const struct base_id market = {{0}}, order = base_id_new(), other = base_id_new();
	struct base_id seller = folder_account(f, "seller"), buyer = folder_account(f, "buyer");
	folder_begin(f);
	post(f, order, STORE_BUYER, buyer, 5000, "EUR", T0);
	struct base_id sale = post(f, order, STORE_SELLER, seller, -4500, "EUR", T0);
	post(f, order, STORE_SHIPPING, seller, -490, "EUR", T0);
	post(f, order, STORE_PLATFORM_FEE, market, -10, "EUR", T0);
	post(f, other, STORE_SELLER, seller, -700, "CHF", T0 + 1);
	post(f, other, STORE_SELLER, seller, 500, "EUR", T0 + 2);
	post(f, other, STORE_BUYER, seller, 9000, "EUR", T0 + 3); /* buys as well: no debt of the market */
	folder_commit(f);
	struct store_reader *reader = folder_reader(f);
	assert_int_equal(store_balances(reader, seller, on_balance, &found), 0);
	assert_int_equal(found.balanced, 2);
	assert_string_equal(found.balances[0].currency, "CHF");
	assert_int_equal(found.balances[0].amount, 700);
	assert_int_equal(found.balances[1].amount, 4500 + 490 - 500);
	assert_int_equal(store_balances(reader, buyer, on_balance, &found), 0);
	assert_int_equal(found.balanced, 2);

	assert_int_equal(store_statement(reader, seller, T0, T0 + 3, on_posting, &found), 0);
	assert_int_equal(found.count, 4); /* oldest first, until_ms not included */
	assert_true(base_id_equal(found.all[0].transaction, sale) && found.all[0].amount == -4500);
	assert_int_equal(found.all[3].amount, 500);
	found.count = 0;
	assert_int_equal(store_statement(reader, seller, T0 + 1, T0 + 2, on_posting, &found), 0);
	assert_int_equal(found.count, 1);
	found.count = 0;
	assert_int_equal(store_postings_of_order(reader, order, on_posting, &found), 0);
	assert_int_equal(found.count, 4);
	assert_true(found.all[0].account == STORE_BUYER && found.all[3].account == STORE_PLATFORM_FEE);
	assert_true(base_id_is_zero(found.all[3].owner) && base_id_is_zero(found.all[3].reverses));
	store_reader_close(reader);
}

static void test_postings_are_never_changed(void **state)
{
	struct folder *f = *state;
	folder_begin(f);
	post(f, base_id_new(), STORE_BUYER, base_id_new(), 5000, "EUR", T0);
	folder_commit(f);
	struct sqlite_connection *connection = &f->store->reads.connection;
	assert_int_not_equal(sqlite_connection_execute(connection, "UPDATE posting SET amount = 1"), 0);
	assert_int_not_equal(sqlite_connection_execute(connection, "DELETE FROM posting"), 0);
}

static void sell(struct folder *f, struct market *m, enum store_order_state order_state, int64_t quantity,
                 bool community, const char *currency)
{
	struct store_purchase purchase = m->purchase;
	struct store_order_line line = {.listing = m->listing.id,
	                                .hold = base_id_new(),
	                                .terms = {m->seller, community, 0},
	                                .quantity = quantity,
	                                .price = 100};
	purchase.order.id = base_id_new();
	purchase.order.state = order_state;
	purchase.order.seller.id = m->buyer; /* sold by this one for that one */
	snprintf(purchase.order.currency, sizeof(purchase.order.currency), "%s", currency);
	assert_int_equal(store_insert_purchase(f->store, &purchase), 0);
	assert_int_equal(store_insert_line(f->store, purchase.order.id, &line), 0);
}

static void test_credit(void **state)
{
	struct folder *f = *state;
	struct market *m = calloc(1, sizeof(*m));
	struct found *found = calloc(1, sizeof(*found));
	struct store_credit credit;
	assert_true(m && found);
	market_fill(f, m);
	market_purchase(f, m);
	folder_begin(f);
	sell(f, m, STORE_ORDER_PAID, 1, true, "CHF");
	sell(f, m, STORE_ORDER_PAID, 2, true, "EUR");
	sell(f, m, STORE_ORDER_SHIPPED, 4, true, "EUR");
	sell(f, m, STORE_ORDER_PAYING, 8, true, "EUR");
	sell(f, m, STORE_ORDER_CANCELLED, 16, true, "EUR");
	sell(f, m, STORE_ORDER_PAID, 32, false, "EUR"); /* their own */
	folder_commit(f);
	struct store_reader *reads = store_writer_reads(f->store);
	assert_int_equal(store_credit_of(reads, m->seller, &credit), 0);
	assert_true(credit.items == 7 && credit.sellers == 1 && credit.values == 2);
	assert_string_equal(credit.value[0].currency, "EUR");
	assert_true(credit.value[0].amount == 600 && credit.value[1].amount == 100);
	assert_int_equal(store_credit_of(reads, m->show, &credit), 0);
	assert_true(credit.items == 0 && credit.sellers == 0 && credit.values == 0);
	assert_int_equal(store_order_lines(reads, m->purchase.order.id, on_line, found), 0);
	assert_string_equal(found->line.variant_name, "M, red");
	assert_true(found->line.number == 2 && found->line.terms.community && found->line.terms.floor == 1000);
	assert_string_equal(found->line.host.username, "seller");
	free(m);
	free(found);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, folder_setup_open, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_orders), TEST(test_shipping_and_cancelling),    TEST(test_holds_of_an_order),
	        TEST(test_ledger), TEST(test_postings_are_never_changed), TEST(test_credit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
