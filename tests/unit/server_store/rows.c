/* What the writer wrote is what the readers find, in the order that the interface promises. */
#include "folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T0 INT64_C(1795288800000)

struct found {
	size_t count;
	struct base_id ids[16];
	struct store_listing listing;
	struct store_item item;
	struct store_hold hold;
	struct store_order_line line;
	struct store_audit audit;
	int64_t muted_until_ms;
	bool banned;
};

static int setup_open(void **state)
{
	if (folder_setup(state))
		return -1;
	folder_open(*state);
	return 0;
}

static void begin(struct folder *f)
{
	assert_int_equal(store_begin(f->store), 0);
}

static void commit(struct folder *f)
{
	assert_int_equal(store_commit(f->store), 0);
}

static struct store_reader *reader_of(struct folder *f)
{
	struct store_reader *reader;
	assert_int_equal(store_reader_open(f->dir, &reader), 0);
	return reader;
}

static void on_account(const struct store_account *account, void *ctx)
{
	struct found *found = ctx;
	assert_string_equal(account->password_hash, "");
	found->ids[found->count++] = account->person.id;
}

static void test_accounts_and_sessions(void **state)
{
	struct folder *f = *state;
	struct store_account account;
	struct found found = {0};
	const uint8_t token[32] = {1, 2, 3}, other[32] = {1, 2, 4};
	struct base_id ada = folder_account(f, "ada"), bob = folder_account(f, "bob");
	struct store_reader *reader = reader_of(f);

	begin(f);
	assert_int_equal(store_insert_session(f->store, token, ada, T0 + 10), 0);
	account = (struct store_account){
	        .person.id = bob, .role = STORE_MODERATOR, .hosting = STORE_HOSTING_ASKED, .banned = true};
	assert_int_equal(store_update_account(f->store, &account), 0);
	commit(f);

	assert_int_equal(store_session_account(reader, token, T0, &account), 0);
	assert_true(base_id_equal(account.person.id, ada));
	assert_string_equal(account.person.display_name, "The ada");
	assert_int_equal(store_session_account(reader, token, T0 + 10, &account), -ENOENT); /* over */
	assert_int_equal(store_session_account(reader, other, T0, &account), -ENOENT);
	assert_int_equal(store_account_by_id(reader, bob, &account), 0);
	assert_true(account.banned && account.role == STORE_MODERATOR && account.hosting == STORE_HOSTING_ASKED);
	assert_int_equal(store_account_by_username(reader, "nobody", &account), -ENOENT);
	assert_int_equal(store_accounts_asking_to_host(reader, on_account, &found), 0);
	assert_int_equal(found.count, 1);
	assert_true(base_id_equal(found.ids[0], bob));

	begin(f);
	assert_int_equal(store_delete_sessions_before(f->store, T0 + 9), 0);
	commit(f);
	assert_int_equal(store_session_account(reader, token, T0, &account), 0);
	begin(f);
	assert_int_equal(store_delete_session(f->store, token), 0);
	commit(f);
	assert_int_equal(store_session_account(reader, token, T0, &account), -ENOENT);

	int64_t accounts = 0, shows = 9;
	assert_int_equal(store_counts(reader, &accounts, &shows), 0);
	assert_int_equal(accounts, 2);
	assert_int_equal(shows, 0);
	store_reader_close(reader);
}

static void test_username_is_unique_whatever_its_case(void **state)
{
	struct folder *f = *state;
	folder_account(f, "ada");
	struct store_account again = {.person.id = base_id_new(), .person.username = "ADA"};
	begin(f);
	assert_int_equal(store_insert_account(f->store, &again), -EEXIST);
	store_rollback(f->store);
	folder_account(f, "bob"); /* the connection is as good as before */
}

static void on_listing(const struct store_listing *listing, void *ctx)
{
	struct found *found = ctx;
	found->ids[found->count++] = listing->id;
	found->listing = *listing;
}

static void test_listings(void **state)
{
	struct folder *f = *state;
	struct base_id ada = folder_account(f, "ada"), bob = folder_account(f, "bob");
	struct store_listing *l = calloc(4, sizeof(*l));
	struct found *found = calloc(1, sizeof(*found));
	assert_true(l && found);
	begin(f);
	for (int i = 0; i < 3; i++) {
		folder_fill_listing(&l[i], i == 1 ? bob : ada, "Hat", i);
		l[i].community.ok = i != 2;
		assert_int_equal(store_insert_listing(f->store, &l[i]), 0);
	}
	commit(f);
	struct store_reader *reader = reader_of(f);
	assert_int_equal(store_listing_by_id(reader, l[0].id, &l[3]), 0);
	snprintf(l[0].seller.username, sizeof(l[0].seller.username), "ada");
	snprintf(l[0].seller.display_name, sizeof(l[0].seller.display_name), "The ada");
	assert_string_equal(l[3].title, l[0].title);
	assert_string_equal(l[3].description, l[0].description);
	assert_string_equal(l[3].seller.display_name, "The ada");
	assert_string_equal(l[3].currency, "EUR");
	assert_true(base_id_equal(l[3].photo, l[0].photo));
	assert_true(l[3].community.ok && l[3].community.floor == 1000 && l[3].price == 2500);

	assert_int_equal(store_listings(reader, &ada, 200, on_listing, found), 0);
	assert_int_equal(found->count, 2);
	assert_true(base_id_equal(found->ids[0], l[2].id)); /* newest first */
	*found = (struct found){0};
	assert_int_equal(store_listings(reader, NULL, 200, on_listing, found), 0);
	assert_int_equal(found->count, 2);
	assert_true(base_id_equal(found->ids[0], l[1].id));
	*found = (struct found){0};
	assert_int_equal(store_listings(reader, NULL, 1, on_listing, found), 0);
	assert_int_equal(found->count, 1);

	l[2].available = 1, l[2].held = 1;
	snprintf(l[2].title, sizeof(l[2].title), "Cap");
	begin(f);
	assert_int_equal(store_update_stock(f->store, &l[2]), 0);
	commit(f);
	assert_int_equal(store_listing_by_id(reader, l[2].id, &l[3]), 0);
	assert_string_equal(l[3].title, "Hat");
	assert_int_equal(l[3].held, 1);
	begin(f);
	assert_int_equal(store_update_listing(f->store, &l[2]), 0);
	commit(f);
	assert_int_equal(store_listing_by_id(reader, l[2].id, &l[3]), 0);
	assert_string_equal(l[3].title, "Cap");
	assert_int_equal(store_listing_by_id(reader, ada, &l[3]), -ENOENT);
	store_reader_close(reader);
	free(l);
	free(found);
}

static void test_stock_that_does_not_add_up_is_refused(void **state)
{
	struct folder *f = *state;
	struct store_listing *l = calloc(1, sizeof(*l));
	assert_non_null(l);
	folder_fill_listing(l, folder_account(f, "ada"), "Hat", 3);
	begin(f);
	assert_int_equal(store_insert_listing(f->store, l), 0);
	l->held = 1;
	assert_int_equal(store_update_stock(f->store, l), -EEXIST);
	l->available = -1, l->held = 4;
	assert_int_equal(store_update_stock(f->store, l), -EEXIST);
	store_rollback(f->store);
	assert_int_equal(store_listing_by_id(store_writer_reads(f->store), l->id, l), -ENOENT);
	free(l);
}

static void on_show(const struct store_show *show, void *ctx)
{
	struct found *found = ctx;
	found->ids[found->count++] = show->id;
}

static void expect_shows(struct store_reader *reader, int state, const struct base_id *host, size_t count,
                         const struct base_id *first)
{
	struct found found = {0};
	assert_int_equal(store_shows(reader, state, host, 10, on_show, &found), 0);
	assert_int_equal(found.count, count);
	if (first)
		assert_true(base_id_equal(found.ids[0], *first));
}

static void test_shows(void **state)
{
	struct folder *f = *state;
	struct base_id ada = folder_account(f, "ada"), bob = folder_account(f, "bob");
	struct store_show shows[6], read;
	begin(f);
	for (int i = 0; i < 6; i++) { /* two scheduled (the second without a time), two live, two ended */
		shows[i] = (struct store_show){.id = base_id_new(),
		                               .host.id = i % 2 ? bob : ada,
		                               .title = "Show",
		                               .state = (enum store_show_state)(i / 2),
		                               .starts_ms = i == 1 ? 0 : T0 + i,
		                               .started_ms = T0 + i,
		                               .ended_ms = T0 + 10 - i,
		                               .created_ms = T0};
		snprintf(shows[i].publish_key, sizeof(shows[i].publish_key), "key %d", i);
		assert_int_equal(store_insert_show(f->store, &shows[i]), 0);
	}
	commit(f);
	struct store_reader *reader = reader_of(f);
	expect_shows(reader, STORE_SHOW_SCHEDULED, NULL, 2, &shows[0].id);
	expect_shows(reader, STORE_SHOW_LIVE, NULL, 2, &shows[3].id);  /* longest running last */
	expect_shows(reader, STORE_SHOW_ENDED, NULL, 2, &shows[4].id); /* newest end first */
	expect_shows(reader, -1, NULL, 6, &shows[5].id);
	expect_shows(reader, -1, &ada, 3, &shows[4].id);
	expect_shows(reader, STORE_SHOW_SCHEDULED, &bob, 1, &shows[1].id);
	expect_shows(reader, STORE_SHOW_LIVE, &bob, 1, &shows[3].id);
	expect_shows(reader, STORE_SHOW_ENDED, &bob, 1, &shows[5].id);
	expect_shows(reader, 7, NULL, 0, NULL);

	shows[0].state = STORE_SHOW_LIVE;
	shows[0].featured = base_id_new();
	begin(f);
	assert_int_equal(store_update_show(f->store, &shows[0]), 0);
	commit(f);
	assert_int_equal(store_show_by_id(reader, shows[0].id, &read), 0);
	assert_int_equal(read.state, STORE_SHOW_LIVE);
	assert_true(base_id_equal(read.featured, shows[0].featured));
	assert_string_equal(read.publish_key, "key 0");
	assert_string_equal(read.host.username, "ada");
	assert_int_equal(store_show_by_id(reader, ada, &read), -ENOENT);
	store_reader_close(reader);
}

static void on_item(const struct store_item *item, void *ctx)
{
	struct found *found = ctx;
	found->ids[found->count++] = item->id;
	found->item = *item;
}

static void on_item_row(const struct store_item_row *item, void *ctx)
{
	((struct found *)ctx)->count++;
}

static void on_hold(const struct store_hold *hold, void *ctx)
{
	struct found *found = ctx;
	found->ids[found->count++] = hold->id;
	found->hold = *hold;
}

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

struct shop {
	struct base_id seller, buyer, show;
	struct store_listing listing;
	struct store_item_row items[3];
	struct store_hold holds[3];
	struct store_purchase purchase;
};

static void fill_shop(struct folder *f, struct shop *shop)
{
	shop->seller = folder_account(f, "seller");
	shop->buyer = folder_account(f, "buyer");
	struct store_show show = {
	        .id = base_id_new(), .host.id = shop->seller, .title = "Show", .state = STORE_SHOW_LIVE};
	shop->show = show.id;
	begin(f);
	assert_int_equal(store_insert_show(f->store, &show), 0);
	for (int i = 0; i < 3; i++) {
		folder_fill_listing(&shop->listing, shop->seller, "Hat", 5);
		assert_int_equal(store_insert_listing(f->store, &shop->listing), 0);
		shop->items[i] = (struct store_item_row){.id = base_id_new(),
		                                         .show = show.id,
		                                         .listing = shop->listing.id,
		                                         .number = i + 1,
		                                         .position = 3 - i,
		                                         .price = 100 * i,
		                                         .claimed = i,
		                                         .removed = i == 0};
		assert_int_equal(store_insert_item(f->store, &shop->items[i]), 0);
		shop->holds[i] = (struct store_hold){.id = base_id_new(),
		                                     .show = show.id,
		                                     .item = shop->items[i].id,
		                                     .listing = shop->listing.id,
		                                     .buyer.id = shop->buyer,
		                                     .seller.id = shop->seller,
		                                     .title = "Hat",
		                                     .quantity = 2,
		                                     .price = 2500,
		                                     .currency = "EUR",
		                                     .state = (enum store_hold_state)i,
		                                     .created_ms = T0,
		                                     .expires_ms = T0 + 300000};
		assert_int_equal(store_insert_hold(f->store, &shop->holds[i]), 0);
	}
	commit(f);
}

static void test_items(void **state)
{
	struct folder *f = *state;
	struct shop *shop = calloc(1, sizeof(*shop));
	struct found *found = calloc(1, sizeof(*found));
	assert_true(shop && found);
	fill_shop(f, shop);
	struct store_reader *reader = reader_of(f);
	assert_int_equal(store_items(reader, shop->show, on_item, found), 0);
	assert_int_equal(found->count, 2); /* by position, without the removed */
	assert_true(base_id_equal(found->ids[0], shop->items[2].id));
	assert_int_equal(found->item.number, 2);
	assert_int_equal(found->item.price, 100);
	assert_string_equal(found->item.listing.seller.username, "seller");
	assert_int_equal(found->item.listing.available, 5);
	assert_int_equal(store_item_by_id(reader, shop->items[0].id, &found->item), 0);
	assert_true(found->item.removed);
	assert_int_equal(store_item_by_id(reader, shop->show, &found->item), -ENOENT);
	*found = (struct found){0};
	assert_int_equal(store_item_rows(reader, shop->show, on_item_row, found), 0);
	assert_int_equal(found->count, 3);
	shop->items[1].claimed = 4;
	begin(f);
	assert_int_equal(store_update_item(f->store, &shop->items[1]), 0);
	commit(f);
	struct store_item_row row;
	assert_int_equal(store_item_row_by_id(reader, shop->items[1].id, &row), 0);
	assert_int_equal(row.claimed, 4);
	store_reader_close(reader);
	free(shop);
	free(found);
}

static void test_holds(void **state)
{
	struct folder *f = *state;
	struct shop *shop = calloc(1, sizeof(*shop));
	struct found *found = calloc(1, sizeof(*found));
	assert_true(shop && found);
	fill_shop(f, shop);
	struct store_reader *reader = reader_of(f);
	assert_int_equal(store_holds_open(reader, shop->buyer, NULL, on_hold, found), 0);
	assert_int_equal(found->count, 2); /* active and paying, oldest first */
	assert_true(base_id_equal(found->ids[0], shop->holds[0].id));
	assert_string_equal(found->hold.buyer.display_name, "The buyer");
	assert_string_equal(found->hold.seller.username, "seller");
	assert_string_equal(found->hold.title, "Hat");
	assert_int_equal(found->hold.expires_ms, T0 + 300000);
	*found = (struct found){0};
	assert_int_equal(store_holds_open(reader, shop->buyer, &shop->seller, on_hold, found), 0);
	assert_int_equal(store_holds_open(reader, shop->seller, NULL, on_hold, found), 0);
	assert_int_equal(found->count, 0);
	assert_int_equal(store_holds_of_show(reader, shop->show, 2, on_hold, found), 0);
	assert_int_equal(found->count, 2);
	assert_true(base_id_equal(found->ids[0], shop->holds[2].id)); /* newest first, all states */
	*found = (struct found){0};
	assert_int_equal(store_holds_all_open(reader, on_hold, found), 0);
	assert_int_equal(found->count, 2);
	shop->holds[1].state = STORE_HOLD_EXPIRED;
	begin(f);
	assert_int_equal(store_update_hold(f->store, &shop->holds[1]), 0);
	commit(f);
	assert_int_equal(store_hold_by_id(reader, shop->holds[1].id, &found->hold), 0);
	assert_int_equal(found->hold.state, STORE_HOLD_EXPIRED);
	assert_int_equal(store_hold_by_id(reader, shop->show, &found->hold), -ENOENT);
	store_reader_close(reader);
	free(shop);
	free(found);
}

static void make_purchase(struct folder *f, struct shop *shop)
{
	struct store_purchase *p = &shop->purchase;
	*p = (struct store_purchase){.order = {.id = base_id_new(),
	                                       .buyer.id = shop->buyer,
	                                       .seller.id = shop->seller,
	                                       .total = 5000,
	                                       .currency = "EUR",
	                                       .created_ms = T0},
	                             .method = "test_ok",
	                             .key = {1, 2}};
	snprintf(p->order.address.city, sizeof(p->order.address.city), "Berlin");
	struct store_order_line line = {
	        .listing = shop->listing.id, .hold = shop->holds[1].id, .title = "Hat", .quantity = 2, .price = 2500};
	begin(f);
	assert_int_equal(store_insert_purchase(f->store, p), 0);
	assert_int_equal(store_insert_line(f->store, p->order.id, &line), 0);
	commit(f);
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
	begin(f);
	assert_int_equal(store_update_purchase(f->store, purchase), 0);
	commit(f);
}

static void test_orders(void **state)
{
	struct folder *f = *state;
	struct shop *shop = calloc(1, sizeof(*shop));
	struct found *found = calloc(1, sizeof(*found));
	struct store_order order;
	struct store_purchase purchase;
	assert_true(shop && found);
	fill_shop(f, shop);
	make_purchase(f, shop);
	struct store_reader *reader = reader_of(f);
	assert_int_equal(store_order_by_id(reader, shop->purchase.order.id, &order), 0);
	assert_string_equal(order.address.city, "Berlin");
	assert_string_equal(order.buyer.username, "buyer");
	assert_int_equal(order.total, 5000);
	assert_int_equal(store_orders(reader, shop->buyer, false, 10, on_order, found), 0);
	assert_int_equal(found->count, 1);
	assert_int_equal(store_orders(reader, shop->buyer, true, 10, on_order, found), 0);
	assert_int_equal(found->count, 1);
	/* nothing of the seller's until it is paid */
	assert_int_equal(store_orders(reader, shop->seller, true, 10, on_order, found), 0);
	assert_int_equal(found->count, 1);
	*found = (struct found){0};
	assert_int_equal(store_order_lines(reader, shop->purchase.order.id, on_line, found), 0);
	assert_int_equal(found->count, 1);
	assert_true(base_id_equal(found->line.hold, shop->holds[1].id));
	assert_int_equal(found->line.quantity * found->line.price, 5000);

	expect_open_purchases(reader, 1);
	snprintf(shop->purchase.order.payment, sizeof(shop->purchase.order.payment), "ref");
	shop->purchase.order.paid_ms = 1000;
	update_purchase(f, &shop->purchase, STORE_ORDER_PAID, STORE_REFUND_NONE);
	expect_open_purchases(reader, 0);
	*found = (struct found){0};
	assert_int_equal(store_orders(reader, shop->seller, true, 10, on_order, found), 0);
	assert_int_equal(found->count, 1);
	update_purchase(f, &shop->purchase, STORE_ORDER_CANCELLED, STORE_REFUND_OWED);
	expect_open_purchases(reader, 1);
	assert_int_equal(store_purchase_by_id(reader, shop->purchase.order.id, &purchase), 0);
	assert_string_equal(purchase.method, "test_ok");
	assert_string_equal(purchase.order.payment, "ref");
	assert_memory_equal(purchase.key, shop->purchase.key, STORE_KEY_BYTES);
	assert_int_equal(purchase.order.refund, STORE_REFUND_OWED);
	assert_int_equal(store_order_by_id(reader, shop->show, &order), -ENOENT);
	store_reader_close(reader);
	free(shop);
	free(found);
}

static void test_keys(void **state)
{
	struct folder *f = *state;
	struct store_key key = {.account = base_id_new(), .key = {1}, .body = {2}, .object = base_id_new()}, found;
	struct store_reader *reads = store_writer_reads(f->store);
	begin(f);
	assert_int_equal(store_insert_key(f->store, &key), 0);
	commit(f);
	assert_int_equal(store_key_find(reads, key.account, key.key, &found), 0);
	assert_memory_equal(&found, &key, sizeof(key));
	assert_int_equal(store_key_find(reads, base_id_new(), key.key, &found), -ENOENT);
	begin(f);
	assert_int_equal(store_insert_key(f->store, &key), -EEXIST);
	store_rollback(f->store);
	begin(f);
	assert_int_equal(store_delete_key(f->store, key.account, key.key), 0);
	commit(f);
	assert_int_equal(store_key_find(reads, key.account, key.key, &found), -ENOENT);
}

static void test_old_keys_are_forgotten(void **state)
{
	struct folder *f = *state;
	struct store_reader *reads = store_writer_reads(f->store);
	struct store_key keys[3], found;
	struct base_id account = base_id_new();
	begin(f);
	for (uint8_t i = 0; i < 3; i++) { /* made at 0x0102030405ff, 0x010203040600 and 0x010203040601 */
		keys[i] = (struct store_key){.account = account, .key = {i}, .body = {2}, .object = base_id_new()};
		const uint8_t made[] = {1, 2, 3, 4, i ? 6 : 5, i ? (uint8_t)(i - 1) : 0xff};
		memcpy(keys[i].object.bytes, made, sizeof(made));
		assert_int_equal(store_insert_key(f->store, &keys[i]), 0);
	}
	assert_int_equal(store_delete_keys_before(f->store, -1), 0);
	assert_int_equal(store_delete_keys_before(f->store, INT64_C(0x010203040600)), 0);
	commit(f);
	assert_int_equal(store_key_find(reads, account, keys[0].key, &found), -ENOENT);
	assert_int_equal(store_key_find(reads, account, keys[1].key, &found), 0);
	assert_int_equal(store_key_find(reads, account, keys[2].key, &found), 0);
}

static void on_audit(const struct store_audit *audit, void *ctx)
{
	struct found *found = ctx;
	found->ids[found->count++] = audit->id;
	found->audit = *audit;
}

static void test_audit(void **state)
{
	struct folder *f = *state;
	struct found found = {0};
	struct store_audit entries[3];
	struct base_id ada = folder_account(f, "ada");
	begin(f);
	for (int i = 0; i < 3; i++) {
		entries[i] =
		        (struct store_audit){.id = base_id_new(), .at_ms = T0 + i, .verb = "show.end", .object = "x"};
		if (i)
			entries[i].actor.id = ada;
		assert_int_equal(store_insert_audit(f->store, &entries[i]), 0);
	}
	commit(f);
	struct store_reader *reader = reader_of(f);
	assert_int_equal(store_audit(reader, NULL, 2, on_audit, &found), 0);
	assert_int_equal(found.count, 2);
	assert_true(base_id_equal(found.ids[0], entries[2].id));
	assert_string_equal(found.audit.actor.username, "ada");
	assert_int_equal(store_audit(reader, &found.ids[1], 2, on_audit, &found), 0);
	assert_int_equal(found.count, 3);
	assert_true(base_id_equal(found.ids[2], entries[0].id));
	assert_string_equal(found.audit.actor.username, ""); /* the server itself */
	store_reader_close(reader);
}

static void on_moderation(struct base_id account, int64_t muted_until_ms, bool banned, void *ctx)
{
	struct found *found = ctx;
	found->ids[found->count++] = account;
	found->muted_until_ms = muted_until_ms;
	found->banned = banned;
}

static void test_moderation(void **state)
{
	struct folder *f = *state;
	struct found found = {0};
	struct store_moderated moderated = {base_id_new(), base_id_new(), T0, false};
	for (int i = 0; i < 2; i++) {
		moderated.banned = i == 1;
		begin(f);
		assert_int_equal(store_put_moderation(f->store, &moderated), 0);
		commit(f);
	}
	assert_int_equal(store_moderation(store_writer_reads(f->store), moderated.show, on_moderation, &found), 0);
	assert_int_equal(found.count, 1);
	assert_true(found.banned);
	assert_int_equal(found.muted_until_ms, T0);
	assert_int_equal(store_moderation(store_writer_reads(f->store), moderated.account, on_moderation, &found), 0);
	assert_int_equal(found.count, 1);
}

static void test_what_is_rolled_back_was_never_there(void **state)
{
	struct folder *f = *state;
	struct store_account account = {.person.id = base_id_new(), .person.username = "ada"};
	begin(f);
	assert_int_equal(store_insert_account(f->store, &account), 0);
	store_rollback(f->store);
	store_rollback(f->store); /* harmless */
	assert_int_equal(store_account_by_username(store_writer_reads(f->store), "ada", &account), -ENOENT);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup_open, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_accounts_and_sessions),
	        TEST(test_username_is_unique_whatever_its_case),
	        TEST(test_listings),
	        TEST(test_stock_that_does_not_add_up_is_refused),
	        TEST(test_shows),
	        TEST(test_items),
	        TEST(test_holds),
	        TEST(test_orders),
	        TEST(test_keys),
	        TEST(test_old_keys_are_forgotten),
	        TEST(test_audit),
	        TEST(test_moderation),
	        TEST(test_what_is_rolled_back_was_never_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
