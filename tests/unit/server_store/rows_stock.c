/* Listings, their variants and the items of shows, as written and read. */
#include "market.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct found {
	size_t count;
	struct base_id ids[16];
	struct store_listing listing;
	struct store_item item;
};

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
	folder_begin(f);
	for (int i = 0; i < 3; i++) {
		folder_fill_listing(&l[i], i == 1 ? bob : ada, "Hat", i);
		l[i].community.ok = i != 2;
		assert_int_equal(store_insert_listing(f->store, &l[i]), 0);
	}
	folder_commit(f);
	struct store_reader *reader = folder_reader(f);
	assert_int_equal(store_listing_by_id(reader, l[0].id, &l[3]), 0);
	snprintf(l[0].seller.username, sizeof(l[0].seller.username), "ada");
	snprintf(l[0].seller.display_name, sizeof(l[0].seller.display_name), "The ada");
	assert_string_equal(l[3].title, l[0].title);
	assert_string_equal(l[3].description, l[0].description);
	assert_string_equal(l[3].seller.display_name, "The ada");
	assert_string_equal(l[3].currency, "EUR");
	assert_true(base_id_equal(l[3].photo, l[0].photo));
	assert_true(l[3].community.ok && l[3].community.floor == 1000 && l[3].price == 2500);

	assert_int_equal(store_listings(reader, &ada, NULL, 200, on_listing, found), 0);
	assert_int_equal(found->count, 2);
	assert_true(base_id_equal(found->ids[0], l[2].id)); /* newest first */
	*found = (struct found){0};
	assert_int_equal(store_listings(reader, NULL, NULL, 200, on_listing, found), 0);
	assert_int_equal(found->count, 2);
	assert_true(base_id_equal(found->ids[0], l[1].id));
	*found = (struct found){0};
	assert_int_equal(store_listings(reader, NULL, NULL, 1, on_listing, found), 0);
	assert_int_equal(found->count, 1);

	l[2].available = 1, l[2].held = 1;
	snprintf(l[2].title, sizeof(l[2].title), "Cap");
	folder_begin(f);
	assert_int_equal(store_update_stock(f->store, &l[2]), 0);
	folder_commit(f);
	assert_int_equal(store_listing_by_id(reader, l[2].id, &l[3]), 0);
	assert_string_equal(l[3].title, "Hat");
	assert_int_equal(l[3].held, 1);
	folder_begin(f);
	assert_int_equal(store_update_listing(f->store, &l[2]), 0);
	folder_commit(f);
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
	folder_begin(f);
	assert_int_equal(store_insert_listing(f->store, l), 0);
	l->held = 1;
	assert_int_equal(store_update_stock(f->store, l), -EEXIST);
	l->available = -1, l->held = 4;
	assert_int_equal(store_update_stock(f->store, l), -EEXIST);
	store_rollback(f->store);
	assert_int_equal(store_listing_by_id(store_writer_reads(f->store), l->id, l), -ENOENT);
	free(l);
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

static void test_items(void **state)
{
	struct folder *f = *state;
	struct market *m = calloc(1, sizeof(*m));
	struct found *found = calloc(1, sizeof(*found));
	assert_true(m && found);
	market_fill(f, m);
	struct store_reader *reader = folder_reader(f);
	assert_int_equal(store_items(reader, m->show, on_item, found), 0);
	assert_int_equal(found->count, 2); /* by position, without the removed */
	assert_true(base_id_equal(found->ids[0], m->items[2].id));
	assert_int_equal(found->item.number, 2);
	assert_int_equal(found->item.price, 100);
	assert_string_equal(found->item.listing.seller.username, "seller");
	assert_int_equal(found->item.listing.available, 5);
	assert_int_equal(store_item_by_id(reader, m->items[0].id, &found->item), 0);
	assert_true(found->item.removed);
	assert_int_equal(store_item_by_id(reader, m->show, &found->item), -ENOENT);
	*found = (struct found){0};
	assert_int_equal(store_item_rows(reader, m->show, on_item_row, found), 0);
	assert_int_equal(found->count, 3);
	m->items[1].claimed = 4;
	folder_begin(f);
	assert_int_equal(store_update_item(f->store, &m->items[1]), 0);
	folder_commit(f);
	struct store_item_row row;
	assert_int_equal(store_item_row_by_id(reader, m->items[1].id, &row), 0);
	assert_int_equal(row.claimed, 4);
	store_reader_close(reader);
	free(m);
	free(found);
}

static void on_variant(const struct store_variant *variant, void *ctx)
{
	struct found *found = ctx;
	found->ids[found->count++] = variant->id;
}

static void test_variants(void **state)
{
	struct folder *f = *state;
	struct market *m = calloc(1, sizeof(*m));
	struct found *found = calloc(1, sizeof(*found));
	struct store_variant variants[3];
	assert_true(m && found);
	market_fill(f, m);
	folder_begin(f);
	for (int i = 0; i < 3; i++) {
		variants[i] = (struct store_variant){.id = base_id_new(),
		                                     .listing = m->listing.id,
		                                     .colour = "red",
		                                     .available = i,
		                                     .adjusted = i,
		                                     .position = 3 - i,
		                                     .removed = i == 1};
		assert_int_equal(store_put_variant(f->store, &variants[i]), 0);
	}
	folder_commit(f);
	struct store_reader *reader = folder_reader(f);
	assert_int_equal(store_variants(reader, m->listing.id, on_variant, found), 0);
	assert_int_equal(found->count, 2); /* by position, without the removed */
	assert_true(base_id_equal(found->ids[0], variants[2].id));
	*found = (struct found){0};
	assert_int_equal(store_variants_all(reader, m->listing.id, on_variant, found), 0);
	assert_int_equal(found->count, 3);
	assert_int_equal(store_listing_by_id(reader, m->listing.id, &found->listing), 0);
	assert_int_equal(found->listing.variants, 2);

	variants[2].held = 1, variants[2].available = 1;
	struct store_adjustment adjustment = {
	        .id = base_id_new(), .listing = m->listing.id, .variant = variants[2].id, .delta = 2, .at_ms = T0};
	folder_begin(f);
	assert_int_equal(store_put_variant(f->store, &variants[2]), 0);
	assert_int_equal(store_insert_adjustment(f->store, &adjustment), 0);
	folder_commit(f);
	variants[2].held = 2; /* does not add up */
	folder_begin(f);
	assert_int_equal(store_put_variant(f->store, &variants[2]), -EEXIST);
	store_rollback(f->store);
	store_reader_close(reader);
	free(m);
	free(found);
}

static void test_shop(void **state)
{
	struct folder *f = *state;
	struct store_listing *l = calloc(4, sizeof(*l));
	struct found *found = calloc(1, sizeof(*found));
	assert_true(l && found);
	struct base_id ada = folder_account(f, "ada");
	folder_begin(f);
	for (int i = 0; i < 4; i++) { /* the first is not in the shop, the last is sold out */
		folder_fill_listing(&l[i], ada, "Hat", i < 3);
		l[i].shop = i > 0;
		assert_int_equal(store_insert_listing(f->store, &l[i]), 0);
	}
	folder_commit(f);
	struct store_reader *reader = folder_reader(f);
	assert_int_equal(store_shop(reader, ada, NULL, 10, on_listing, found), 0);
	assert_int_equal(found->count, 3);
	assert_true(base_id_equal(found->ids[0], l[2].id)); /* in stock first, then newest */
	assert_true(base_id_equal(found->ids[1], l[1].id));
	assert_true(base_id_equal(found->ids[2], l[3].id));
	assert_true(found->listing.shop);
	l[2].shop = false;
	folder_begin(f);
	assert_int_equal(store_update_listing(f->store, &l[2]), 0);
	folder_commit(f);
	*found = (struct found){0};
	assert_int_equal(store_shop(reader, ada, NULL, 1, on_listing, found), 0);
	assert_int_equal(found->count, 1);
	assert_true(base_id_equal(found->ids[0], l[1].id));
	store_reader_close(reader);
	free(l);
	free(found);
}

static void test_flash_price(void **state)
{
	struct folder *f = *state;
	struct market *m = calloc(1, sizeof(*m));
	struct store_item *item = calloc(1, sizeof(*item));
	struct store_item_row row;
	assert_true(m && item);
	market_fill(f, m);
	m->items[1].flash_price = 50;
	m->items[1].flash_until_ms = T0;
	folder_begin(f);
	assert_int_equal(store_update_item(f->store, &m->items[1]), 0);
	folder_commit(f);
	struct store_reader *reads = store_writer_reads(f->store);
	assert_int_equal(store_item_row_by_id(reads, m->items[1].id, &row), 0);
	assert_true(row.flash_price == 50 && row.flash_until_ms == T0);
	assert_int_equal(store_item_by_id(reads, m->items[1].id, item), 0);
	assert_int_equal(store_price_at(item->price, item->flash_price, item->flash_until_ms, T0 - 1), 50);
	assert_int_equal(store_price_at(item->price, item->flash_price, item->flash_until_ms, T0), 100);
	free(m);
	free(item);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, folder_setup_open, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_listings), TEST(test_stock_that_does_not_add_up_is_refused),
	        TEST(test_items),    TEST(test_variants),
	        TEST(test_shop),     TEST(test_flash_price),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
