/* What is looked through page by page: each row once, in order, however it came to be stored. */
#include "market.h"

#include <stdlib.h>
#include <string.h>

#define ROWS 20
#define PAGE 3

struct found {
	size_t count, pages;
	struct base_id ids[2 * ROWS];
	int64_t places[2 * ROWS];
};

static void keep(struct found *found, struct base_id id)
{
	assert_true(found->count < 2 * ROWS);
	found->ids[found->count++] = id;
}

static void on_hold(const struct store_hold *hold, void *ctx)
{
	assert_string_equal(hold->buyer.username, "buyer");
	keep(ctx, hold->id);
}

static void on_waiting(const struct store_waiting *waiting, void *ctx)
{
	struct found *found = ctx;
	found->places[found->count] = waiting->place;
	keep(found, waiting->id);
}

static void on_order(const struct store_order *order, void *ctx)
{
	keep(ctx, order->id);
}

/* Page by page, until one is not full. @param next reads the page behind an id; NULL: the first. */
static void read_all(struct found *found, int (*next)(const struct base_id *from, struct found *found, void *ctx),
                     void *ctx)
{
	size_t before;
	*found = (struct found){0};
	do {
		struct base_id last = found->count ? found->ids[found->count - 1] : (struct base_id){{0}};
		before = found->count;
		assert_int_equal(next(before ? &last : NULL, found, ctx), 0);
		found->pages++;
	} while (found->count == before + PAGE);
}

static void expect_newest_first(const struct found *found, size_t count)
{
	assert_int_equal(found->count, count);
	assert_int_equal(found->pages, count / PAGE + 1);
	for (size_t i = 1; i < found->count; i++)
		assert_true(memcmp(found->ids[i].bytes, found->ids[i - 1].bytes, BASE_ID_BYTES) < 0);
}

struct list {
	struct store_reader *reader;
	struct base_id of;
	struct store_orders_wanted wanted;
};

static int next_of_show(const struct base_id *from, struct found *found, void *ctx)
{
	const struct list *list = ctx;
	return store_holds_of_show(list->reader, list->of, from, PAGE, on_hold, found);
}

static int next_of_listing(const struct base_id *from, struct found *found, void *ctx)
{
	const struct list *list = ctx;
	return store_holds_of_listing(list->reader, list->of, from, PAGE, on_hold, found);
}

/* Some open, with rows and without (those that were claimed last), some closed; of a show and out of the shop. */
static void test_holds(void **state)
{
	struct folder *f = *state;
	struct market m;
	struct found found;
	market_fill(f, &m);
	for (int i = 0; i < ROWS; i++) {
		struct store_hold hold = m.holds[0];
		hold.id = base_id_new();
		hold.state = i % 2 ? STORE_HOLD_EXPIRED : STORE_HOLD_ACTIVE;
		if (i % 5 == 0)
			hold.show = hold.item = (struct base_id){{0}};
		folder_begin(f);
		assert_int_equal(market_hold(f->store, &hold), 0);
		folder_commit(f);
	}
	struct list list = {folder_reader(f), m.holds[0].listing, {.state = 0}};
	read_all(&found, next_of_listing, &list);
	expect_newest_first(&found, ROWS + 1);
	list.of = m.show;
	read_all(&found, next_of_show, &list);
	expect_newest_first(&found, ROWS - ROWS / 5 + 3);
	list.of = m.buyer;
	read_all(&found, next_of_show, &list);
	expect_newest_first(&found, 0);
	store_reader_close(list.reader);
}

static int next_in_line(const struct base_id *from, struct found *found, void *ctx)
{
	const struct list *list = ctx;
	return store_waitlist(list->reader, list->of, from, PAGE, on_waiting, found);
}

static int next_waiting(const struct base_id *from, struct found *found, void *ctx)
{
	const struct list *list = ctx;
	return store_waiting_of_show(list->reader, list->of, from, PAGE, on_waiting, found);
}

static int next_gone(const struct base_id *from, struct found *found, void *ctx)
{
	const struct list *list = ctx;
	return store_waiting_gone(list->reader, list->of, from, PAGE, on_waiting, found);
}

static int next_gone_of_listing(const struct base_id *from, struct found *found, void *ctx)
{
	const struct list *list = ctx;
	return store_waiting_gone_of_listing(list->reader, list->of, from, PAGE, on_waiting, found);
}

/* Two of three still wait; every fourth of all came by way of the shop. */
static void test_who_waits_and_waited(void **state)
{
	struct folder *f = *state;
	struct market m;
	struct found found;
	size_t waiting = 0, waiting_in_show = 0, gone_of_show = 0;
	market_fill(f, &m);
	folder_begin(f);
	for (int i = 0; i < ROWS; i++) {
		struct store_waiting is = {.id = base_id_new(),
		                           .listing = m.listing.id,
		                           .buyer.id = m.buyer,
		                           .quantity = 1,
		                           .state = i % 3 ? STORE_WAITING : STORE_WAITING_LAPSED,
		                           .created_ms = T0};
		if (i % 4) {
			is.show = m.show;
			is.item = m.items[2].id;
		}
		waiting += i % 3 != 0;
		waiting_in_show += i % 3 && i % 4;
		gone_of_show += i % 3 == 0 && i % 4;
		assert_int_equal(store_insert_waiting(f->store, &is), 0);
	}
	folder_commit(f);
	struct list list = {folder_reader(f), m.listing.id, {.state = 0}};
	read_all(&found, next_in_line, &list);
	assert_int_equal(found.count, waiting);
	for (size_t i = 0; i < waiting; i++) /* on later pages too */
		assert_int_equal(found.places[i], i + 1);
	read_all(&found, next_gone_of_listing, &list);
	expect_newest_first(&found, ROWS - waiting);
	list.of = m.show;
	read_all(&found, next_waiting, &list);
	expect_newest_first(&found, waiting_in_show);
	for (size_t i = 1; i < found.count; i++) /* in the whole queue, which others are in as well */
		assert_true(found.places[i] < found.places[i - 1]);
	assert_true(found.places[0] > (int64_t)waiting_in_show);
	read_all(&found, next_gone, &list);
	expect_newest_first(&found, gone_of_show);
	store_reader_close(list.reader);
}

static int next_orders(const struct base_id *from, struct found *found, void *ctx)
{
	struct list *list = ctx;
	list->wanted.before = from;
	return store_orders(list->reader, &list->wanted, PAGE, on_order, found);
}

static void expect_orders(struct list *list, struct base_id who, bool as_seller, int state, size_t count)
{
	struct found found;
	list->wanted = (struct store_orders_wanted){.who = who, .as_seller = as_seller, .state = state};
	read_all(&found, next_orders, list);
	expect_newest_first(&found, count);
}

static void test_orders(void **state)
{
	struct folder *f = *state;
	struct market m;
	market_fill(f, &m);
	market_purchase(f, &m);
	folder_begin(f);
	for (int i = 0; i < ROWS; i++) {
		struct store_purchase purchase = m.purchase;
		purchase.order.id = base_id_new();
		purchase.order.state = i % 10 ? STORE_ORDER_SHIPPED : STORE_ORDER_FAILED;
		purchase.order.paid_ms = i % 10 ? T0 : 0;
		assert_int_equal(store_insert_purchase(f->store, &purchase), 0);
	}
	folder_commit(f);
	struct list list = {.reader = folder_reader(f)};
	expect_orders(&list, m.buyer, false, -1, ROWS + 1);
	expect_orders(&list, m.buyer, false, STORE_ORDER_PAYING, 1);
	expect_orders(&list, m.buyer, false, STORE_ORDER_FAILED, ROWS / 10);
	expect_orders(&list, m.seller, true, -1, ROWS - ROWS / 10);
	expect_orders(&list, m.seller, true, STORE_ORDER_SHIPPED, ROWS - ROWS / 10);
	expect_orders(&list, m.seller, true, STORE_ORDER_FAILED, 0); /* what was never paid is not the seller's */
	expect_orders(&list, m.seller, false, -1, 0);
	store_reader_close(list.reader);
}

static void on_listing(const struct store_listing *listing, void *ctx)
{
	keep(ctx, listing->id);
}

static int next_listing_of(const struct base_id *from, struct found *found, void *ctx)
{
	const struct list *list = ctx;
	return store_listings(list->reader, &list->of, from, PAGE, on_listing, found);
}

static int next_of_community(const struct base_id *from, struct found *found, void *ctx)
{
	const struct list *list = ctx;
	return store_listings(list->reader, NULL, from, PAGE, on_listing, found);
}

static int next_in_shop(const struct base_id *from, struct found *found, void *ctx)
{
	const struct list *list = ctx;
	const struct store_shop_place behind = {from ? *from : (struct base_id){{0}}, -1};
	return store_shop(list->reader, list->of, from ? &behind : NULL, PAGE, on_listing, found);
}

/* Every other one is sold out: in the shop those come last. */
static void test_listings(void **state)
{
	struct folder *f = *state;
	struct base_id seller = folder_account(f, "seller"), other = folder_account(f, "other"), ids[ROWS];
	struct found found;
	folder_begin(f);
	for (size_t i = 0; i < ROWS + 2; i++) { /* the last two are of somebody else, and not for others to show */
		struct store_listing listing;
		folder_fill_listing(&listing, i < ROWS ? seller : other, "Hat", i % 2 ? 5 : 0);
		listing.shop = true;
		listing.community.ok = i < ROWS;
		assert_int_equal(store_insert_listing(f->store, &listing), 0);
		if (i < ROWS)
			ids[i] = listing.id;
	}
	folder_commit(f);
	struct list list = {folder_reader(f), seller, {.state = 0}};
	read_all(&found, next_listing_of, &list);
	expect_newest_first(&found, ROWS);
	read_all(&found, next_of_community, &list);
	expect_newest_first(&found, ROWS);
	read_all(&found, next_in_shop, &list);
	assert_int_equal(found.count, ROWS);
	for (size_t i = 0; i < ROWS / 2; i++) {
		assert_true(base_id_equal(found.ids[i], ids[ROWS - 1 - 2 * i]));
		assert_true(base_id_equal(found.ids[ROWS / 2 + i], ids[ROWS - 2 - 2 * i]));
	}
	/* The last of a page, which was in stock, is sold before the next one is read: that goes on all the same. */
	struct store_listing sold = {.id = ids[ROWS - 1], .sold = 5, .adjusted = 5};
	folder_begin(f);
	assert_int_equal(store_update_stock(f->store, &sold), 0);
	folder_commit(f);
	for (int64_t stock = -1; stock <= 1; stock++) {
		const struct store_shop_place behind = {ids[ROWS - 1], stock};
		found = (struct found){0};
		assert_int_equal(store_shop(list.reader, seller, &behind, PAGE, on_listing, &found), 0);
		assert_true(base_id_equal(found.ids[0], stock > 0 ? ids[ROWS - 3] : ids[ROWS - 2]));
	}
	store_reader_close(list.reader);
}

static void on_show(const struct store_show *show, void *ctx)
{
	keep(ctx, show->id);
}

struct shows {
	struct store_reader *reader;
	struct store_shows_wanted wanted;
};

static int next_show(const struct base_id *from, struct found *found, void *ctx)
{
	struct shows *shows = ctx;
	shows->wanted.behind = from;
	return store_shows_page(shows->reader, &shows->wanted, PAGE, on_show, found);
}

/* In whichever order: the pages are the whole list. Times come twice, and some shows have none. */
static void test_shows(void **state)
{
	struct folder *f = *state;
	struct base_id hosts[] = {folder_account(f, "ada"), folder_account(f, "bob")};
	struct shows shows = {.wanted = {.host = NULL}};
	folder_begin(f);
	for (int i = 0; i < 2 * ROWS - 1; i++) {
		int64_t time = T0 + i * 7 % 5;
		struct store_show show = {.id = base_id_new(),
		                          .host.id = hosts[i % 4 == 3],
		                          .title = "Show",
		                          .state = (enum store_show_state)(i % 3),
		                          .starts_ms = i % 4 ? time : 0,
		                          .started_ms = time,
		                          .ended_ms = time,
		                          .created_ms = T0};
		assert_int_equal(store_insert_show(f->store, &show), 0);
	}
	folder_commit(f);
	shows.reader = folder_reader(f);
	for (int of = 0; of < 8; of++) {
		struct found pages, whole = {0};
		shows.wanted.state = of / 2 - 1;
		shows.wanted.host = of % 2 ? &hosts[0] : NULL;
		read_all(&pages, next_show, &shows);
		assert_int_equal(
		        store_shows(shows.reader, shows.wanted.state, shows.wanted.host, SIZE_MAX, on_show, &whole), 0);
		assert_true(whole.count > 2 * PAGE);
		assert_int_equal(pages.count, whole.count);
		assert_memory_equal(pages.ids, whole.ids, whole.count * sizeof(whole.ids[0]));
	}
	store_reader_close(shows.reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_holds, folder_setup_open, folder_teardown),
	        cmocka_unit_test_setup_teardown(test_who_waits_and_waited, folder_setup_open, folder_teardown),
	        cmocka_unit_test_setup_teardown(test_orders, folder_setup_open, folder_teardown),
	        cmocka_unit_test_setup_teardown(test_listings, folder_setup_open, folder_teardown),
	        cmocka_unit_test_setup_teardown(test_shows, folder_setup_open, folder_teardown),
	};

	return cmocka_run_group_tests_name("store_pages", tests, NULL, NULL);
}
