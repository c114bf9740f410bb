/* Claims that have no rows yet: what is read of them is what was written, before they settle, afterwards, and over a
 * restart; rows of theirs that are damaged are told from good ones. */
#include "store/claimed.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "market.h"

#define ALL 256 /* claims of one row */

/* In a row each claim is so long, and says here which of the offers it is of. */
#define CLAIM_BYTES 88
#define CLAIM_OFFER_AT 64

static void assert_same(const struct store_hold *a, const struct store_hold *b)
{
	assert_true(base_id_equal(a->show, b->show) && base_id_equal(a->item, b->item));
	assert_true(base_id_equal(a->listing, b->listing) && base_id_equal(a->variant, b->variant));
	assert_true(base_id_equal(a->order, b->order) && base_id_equal(a->photo, b->photo));
	assert_true(base_id_equal(a->buyer.id, b->buyer.id) && base_id_equal(a->seller.id, b->seller.id));
	assert_true(base_id_equal(a->terms.host, b->terms.host));
	assert_int_equal(a->terms.community, b->terms.community);
	assert_int_equal(a->terms.floor, b->terms.floor);
	assert_string_equal(a->title, b->title);
	assert_string_equal(a->variant_name, b->variant_name);
	assert_string_equal(a->currency, b->currency);
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->quantity, b->quantity);
	assert_int_equal(a->price, b->price);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->created_ms, b->created_ms);
	assert_int_equal(a->expires_ms, b->expires_ms);
	assert_memory_equal(a->key, b->key, STORE_KEY_BYTES);
	assert_memory_equal(a->body, b->body, STORE_KEY_BYTES);
}

static struct store_hold *add(GArray *holds, const struct store_hold *like)
{
	g_array_append_vals(holds, like, 1);
	struct store_hold *hold = &g_array_index(holds, struct store_hold, holds->len - 1);
	hold->id = base_id_new();
	return hold;
}

static void add_other_offers(GArray *holds, const struct store_hold *like, struct base_id person)
{
	add(holds, like)->show = base_id_new();
	add(holds, like)->item = base_id_new();
	add(holds, like)->listing = base_id_new();
	add(holds, like)->variant = base_id_new();
	add(holds, like)->seller.id = person;
	add(holds, like)->photo = base_id_new();
	add(holds, like)->terms.host = base_id_new();
	add(holds, like)->terms.community = !like->terms.community;
	add(holds, like)->terms.floor++;
	add(holds, like)->number++;
	add(holds, like)->price++;
	g_strlcpy(add(holds, like)->currency, "USD", sizeof(like->currency));
	g_strlcpy(add(holds, like)->title, "Ha", sizeof(like->title));
	g_strlcpy(add(holds, like)->variant_name, "M, re", sizeof(like->variant_name));
}

/* The longest texts, and nothing that need not be there. */
static void add_extremes(GArray *holds, const struct store_hold *like)
{
	struct store_hold *full = add(holds, like), *bare = NULL;
	memset(full->title, 't', sizeof(full->title) - 1);
	memset(full->variant_name, 'v', sizeof(full->variant_name) - 1);
	full->quantity = full->number = STORE_COUNT_MAX;
	full->price = full->terms.floor = STORE_PRICE_MAX;
	bare = add(holds, like);
	bare->show = bare->item = bare->variant = bare->photo = bare->terms.host = (struct base_id){{0}};
	bare->title[0] = bare->variant_name[0] = '\0';
	bare->terms.community = false;
	bare->number = bare->price = bare->terms.floor = 0;
	memset(bare->key, 0, sizeof(bare->key));
	memset(bare->body, 0, sizeof(bare->body));
}

/* Any two differ, mostly in one thing alone. */
static GArray *different_holds(struct folder *f)
{
	GArray *holds = g_array_new(FALSE, FALSE, sizeof(struct store_hold));
	struct base_id person = folder_account(f, "other");
	struct store_hold like = {.show = base_id_new(),
	                          .item = base_id_new(),
	                          .listing = base_id_new(),
	                          .variant = base_id_new(),
	                          .buyer.id = folder_account(f, "buyer"),
	                          .seller.id = folder_account(f, "seller"),
	                          .title = "Hat",
	                          .variant_name = "M, red",
	                          .number = 12,
	                          .photo = base_id_new(),
	                          .quantity = 2,
	                          .price = 2500,
	                          .terms = {base_id_new(), true, 900},
	                          .currency = "EUR",
	                          .created_ms = T0,
	                          .expires_ms = T0 + 300000,
	                          .key = {1},
	                          .body = {2}};
	add(holds, &like);
	add(holds, &like)->buyer.id = person;
	add(holds, &like)->quantity++;
	add(holds, &like)->created_ms++;
	add(holds, &like)->expires_ms++;
	add(holds, &like)->key[STORE_KEY_BYTES - 1] = 1;
	add(holds, &like)->body[STORE_KEY_BYTES - 1] = 1;
	add_other_offers(holds, &like, person);
	add_extremes(holds, &like);
	return holds;
}

/* What is the same for all who claim it then. */
static struct store_hold offer_of(const struct store_hold *hold)
{
	struct store_hold offer = *hold;
	memset(&offer.id, 0, sizeof(offer.id));
	memset(&offer.buyer, 0, sizeof(offer.buyer));
	memset(offer.key, 0, sizeof(offer.key));
	memset(offer.body, 0, sizeof(offer.body));
	offer.quantity = offer.created_ms = offer.expires_ms = 0;
	return offer;
}

/* The first of the holds with the same offer has it for all. */
static const struct store_hold *kept_once(const GArray *holds, guint at)
{
	const struct store_hold *hold = &g_array_index(holds, struct store_hold, at);
	struct store_hold wanted = offer_of(hold);
	for (guint i = 0; i < at; i++) {
		const struct store_hold *other = &g_array_index(holds, struct store_hold, i);
		struct store_hold offer = offer_of(other);
		if (memcmp(&offer, &wanted, sizeof(offer)) == 0)
			return other;
	}
	return hold;
}

static void insert(struct folder *f, const GArray *holds)
{
	for (guint i = 0; i < holds->len; i++) {
		const struct store_hold *hold = &g_array_index(holds, struct store_hold, i);
		assert_int_equal(folder_claim(f->store, hold, kept_once(holds, i)), 0);
	}
}

static void expect(struct folder *f, const GArray *holds)
{
	struct store_reader *reader = folder_reader(f);
	for (guint i = 0; i < holds->len; i++) {
		const struct store_hold *hold = &g_array_index(holds, struct store_hold, i);
		struct store_hold read;
		memset(&read, 0xff, sizeof(read));
		assert_int_equal(store_hold_by_id(reader, hold->id, &read), 0);
		assert_true(base_id_equal(read.id, hold->id));
		assert_same(&read, hold);
		assert_true(g_str_has_prefix(read.buyer.display_name, "The "));
		assert_string_equal(read.seller.display_name + 4, read.seller.username);
	}
	store_reader_close(reader);
}

static void settle_all(struct folder *f)
{
	int settled;
	while ((settled = store_settle(f->store)) > 0)
		;
	assert_int_equal(settled, 0);
	assert_int_equal(store_unsettled(f->store), 0);
}

static void test_all_that_was_written_is_read(void **state)
{
	struct folder *f = *state;
	GArray *holds = different_holds(f);
	folder_begin(f);
	insert(f, holds);
	folder_commit(f);
	assert_int_equal(store_unsettled(f->store), holds->len);
	expect(f, holds);
	settle_all(f);
	expect(f, holds);
	store_close(f->store);
	folder_open(f);
	expect(f, holds);
	g_array_unref(holds);
}

/* The next start settles what the process before did not. */
static void test_a_restart_settles(void **state)
{
	struct folder *f = *state;
	GArray *holds = different_holds(f);
	folder_begin(f);
	insert(f, holds);
	folder_commit(f);
	store_close(f->store);
	folder_open(f);
	assert_int_equal(store_unsettled(f->store), 0);
	assert_int_equal(store_settle(f->store), 0);
	expect(f, holds);
	g_array_unref(holds);
}

static GArray *alike(struct folder *f, size_t count)
{
	GArray *all = different_holds(f), *holds = g_array_new(FALSE, FALSE, sizeof(struct store_hold));
	for (size_t i = 0; i < count; i++)
		add(holds, &g_array_index(all, struct store_hold, 0))->quantity = 1 + (int64_t)i;
	g_array_unref(all);
	return holds;
}

/* A transaction with more than fits into a row; one that was given up. */
static void test_more_than_a_row(void **state)
{
	struct folder *f = *state;
	GArray *holds = alike(f, 2 * ALL + 1);
	folder_begin(f);
	insert(f, holds);
	store_rollback(f->store);
	folder_begin(f);
	folder_commit(f);
	assert_int_equal(store_unsettled(f->store), 0);
	assert_int_equal(store_settle(f->store), 0);
	folder_begin(f);
	insert(f, holds);
	folder_commit(f);
	for (int left = 2 * ALL + 1; left > 0; left -= ALL) {
		expect(f, holds);
		assert_int_equal(store_unsettled(f->store), left);
		assert_int_equal(store_settle(f->store), MIN(left, ALL));
	}
	assert_int_equal(store_unsettled(f->store), 0);
	expect(f, holds);
	g_array_unref(holds);
}

/* One that changes before it settles is what it was changed to, from then on; its neighbours are as claimed. */
static void test_changed_before_it_settles(void **state)
{
	struct folder *f = *state;
	GArray *holds = alike(f, 3);
	struct store_hold *changed = &g_array_index(holds, struct store_hold, 1);
	folder_begin(f);
	insert(f, holds);
	folder_commit(f);
	changed->state = STORE_HOLD_PAYING;
	changed->order = base_id_new();
	changed->expires_ms += 1000;
	folder_begin(f);
	assert_int_equal(store_update_hold(f->store, changed), 0);
	store_rollback(f->store);
	folder_begin(f);
	assert_int_equal(store_update_hold(f->store, changed), 0);
	folder_commit(f);
	expect(f, holds);
	settle_all(f);
	expect(f, holds);
	g_array_unref(holds);
}

static void test_what_cannot_be_a_row_is_refused_at_once(void **state)
{
	struct folder *f = *state;
	GArray *holds = alike(f, 1);
	const struct store_hold good = g_array_index(holds, struct store_hold, 0);
	struct store_hold bad[] = {good, good, good, good, good, good, good};
	bad[0].id = bad[1].listing = bad[2].buyer.id = bad[3].seller.id = (struct base_id){{0}};
	bad[4].quantity = 0;
	bad[5].quantity = STORE_COUNT_MAX + 1;
	bad[6].price = -1;
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		folder_begin(f);
		insert(f, holds);
		assert_int_equal(folder_claim(f->store, &bad[i], &bad[i]), -EEXIST);
		store_rollback(f->store);
	}
	assert_int_equal(store_settle(f->store), 0); /* nothing of it stayed */
	g_array_unref(holds);
}

static void keep(const struct store_hold *hold, void *ctx)
{
	g_array_append_vals(ctx, hold, 1);
}

static void put_row(struct folder *f, const void *row, size_t len)
{
	struct sql sql = sql_prepare(&f->store->reads.connection, "UPDATE claimed SET claims = ?");
	sql_bind_blob(&sql, row, len);
	assert_int_equal(sql_run(&sql), 0);
}

static void get_row(struct folder *f, GByteArray *out)
{
	size_t len;
	struct sql sql = sql_prepare(&f->store->reads.connection, "SELECT claims FROM claimed");
	assert_true(sql_next(&sql));
	const void *row = sql_get_bytes(&sql, &len);
	g_byte_array_append(out, row, (guint)len);
	assert_int_equal(sql_end(&sql), 0);
}

static void expect_damage(struct folder *f)
{
	g_autoptr(GArray) read = g_array_new(FALSE, FALSE, sizeof(struct store_hold));
	assert_int_equal(store_holds_all_open(store_writer_reads(f->store), keep, read), -EIO);
	assert_int_equal(store_settle(f->store), -EIO);
	assert_true(store_unsettled(f->store) > 0);
}

/* Cut off anywhere, or longer than it says, or of another version: nothing beyond its end is read. */
static void test_a_damaged_row(void **state)
{
	struct folder *f = *state;
	GArray *holds = different_holds(f);
	g_autoptr(GByteArray) row = g_byte_array_new();
	folder_begin(f);
	insert(f, holds);
	folder_commit(f);
	get_row(f, row);
	for (guint len = 0; len < row->len; len += 1 + len / 64) {
		g_autofree void *cut = g_memdup2(row->data, len);
		put_row(f, cut ? cut : "", len);
		expect_damage(f);
	}
	for (size_t at = 0; at < 4 * sizeof(uint32_t); at++) { /* version, how many, how long */
		row->data[at] ^= 0x41;
		put_row(f, row->data, row->len);
		expect_damage(f);
		row->data[at] ^= 0x41;
	}
	uint8_t *offer_of_last = row->data + row->len - CLAIM_BYTES + CLAIM_OFFER_AT;
	*offer_of_last ^= 0x80; /* there are not so many */
	put_row(f, row->data, row->len);
	expect_damage(f);
	*offer_of_last ^= 0x80;
	put_row(f, row->data, row->len);
	expect(f, holds);
	settle_all(f);
	expect(f, holds);
	g_array_unref(holds);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, folder_setup_open, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_all_that_was_written_is_read),
	        TEST(test_a_restart_settles),
	        TEST(test_more_than_a_row),
	        TEST(test_changed_before_it_settles),
	        TEST(test_what_cannot_be_a_row_is_refused_at_once),
	        TEST(test_a_damaged_row),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
