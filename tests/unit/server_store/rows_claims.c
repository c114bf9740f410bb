/* Holds, who waits, and idempotency keys, as written and read. */
#include "market.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct found {
	size_t count;
	struct base_id ids[16];
	struct store_hold hold;
	struct store_waiting waits[8];
};

static void on_hold(const struct store_hold *hold, void *ctx)
{
	struct found *found = ctx;
	found->ids[found->count++] = hold->id;
	found->hold = *hold;
}

static void test_holds(void **state)
{
	struct folder *f = *state;
	struct market *m = calloc(1, sizeof(*m));
	struct found *found = calloc(1, sizeof(*found));
	assert_true(m && found);
	market_fill(f, m);
	struct store_reader *reader = folder_reader(f);
	assert_int_equal(store_holds_open(reader, m->buyer, NULL, on_hold, found), 0);
	assert_int_equal(found->count, 2); /* active and paying, oldest first */
	assert_true(base_id_equal(found->ids[0], m->holds[0].id));
	assert_string_equal(found->hold.buyer.display_name, "The buyer");
	assert_string_equal(found->hold.seller.username, "seller");
	assert_string_equal(found->hold.title, "Hat");
	assert_int_equal(found->hold.expires_ms, T0 + 300000);
	*found = (struct found){0};
	assert_int_equal(store_holds_open(reader, m->buyer, &m->seller, on_hold, found), 0);
	assert_int_equal(store_holds_open(reader, m->seller, NULL, on_hold, found), 0);
	assert_int_equal(found->count, 0);
	assert_int_equal(store_holds_of_show(reader, m->show, NULL, 2, on_hold, found), 0);
	assert_int_equal(found->count, 2);
	assert_true(base_id_equal(found->ids[0], m->holds[2].id)); /* newest first, all states */
	*found = (struct found){0};
	assert_int_equal(store_holds_all_open(reader, on_hold, found), 0);
	assert_int_equal(found->count, 2);
	m->holds[1].state = STORE_HOLD_EXPIRED;
	folder_begin(f);
	assert_int_equal(store_update_hold(f->store, &m->holds[1]), 0);
	folder_commit(f);
	assert_int_equal(store_hold_by_id(reader, m->holds[1].id, &found->hold), 0);
	assert_int_equal(found->hold.state, STORE_HOLD_EXPIRED);
	assert_int_equal(store_hold_by_id(reader, m->show, &found->hold), -ENOENT);
	store_reader_close(reader);
	free(m);
	free(found);
}

static void test_keys(void **state)
{
	struct folder *f = *state;
	struct store_key key = {.account = base_id_new(), .key = {1}, .body = {2}, .object = base_id_new()}, found;
	struct store_reader *reads = store_writer_reads(f->store);
	folder_begin(f);
	assert_int_equal(store_insert_key(f->store, &key), 0);
	folder_commit(f);
	assert_int_equal(store_key_find(reads, key.account, key.key, &found), 0);
	assert_memory_equal(&found, &key, sizeof(key));
	assert_int_equal(store_key_find(reads, base_id_new(), key.key, &found), -ENOENT);
	folder_begin(f);
	assert_int_equal(store_insert_key(f->store, &key), -EEXIST);
	store_rollback(f->store);
	folder_begin(f);
	assert_int_equal(store_delete_key(f->store, key.account, key.key), 0);
	folder_commit(f);
	assert_int_equal(store_key_find(reads, key.account, key.key, &found), -ENOENT);
}

static void test_old_keys_are_forgotten(void **state)
{
	struct folder *f = *state;
	struct store_reader *reads = store_writer_reads(f->store);
	struct store_key keys[3], found;
	struct base_id account = base_id_new();
	folder_begin(f);
	for (uint8_t i = 0; i < 3; i++) { /* made at 0x0102030405ff, 0x010203040600 and 0x010203040601 */
		keys[i] = (struct store_key){.account = account, .key = {i}, .body = {2}, .object = base_id_new()};
		const uint8_t made[] = {1, 2, 3, 4, i ? 6 : 5, i ? (uint8_t)(i - 1) : 0xff};
		memcpy(keys[i].object.bytes, made, sizeof(made));
		assert_int_equal(store_insert_key(f->store, &keys[i]), 0);
	}
	assert_int_equal(store_delete_keys_before(f->store, -1), 0);
	assert_int_equal(store_delete_keys_before(f->store, INT64_C(0x010203040600)), 0);
	folder_commit(f);
	assert_int_equal(store_key_find(reads, account, keys[0].key, &found), -ENOENT);
	assert_int_equal(store_key_find(reads, account, keys[1].key, &found), 0);
	assert_int_equal(store_key_find(reads, account, keys[2].key, &found), 0);
}

/* The keys of claims are found while the hold is open and afterwards, by their account alone, and over a restart. */
static void test_keys_of_claims(void **state)
{
	struct folder *f = *state;
	struct market *m = calloc(1, sizeof(*m));
	struct store_key key;
	assert_non_null(m);
	market_fill(f, m);
	struct store_hold *hold = &m->holds[0];
	hold->id = base_id_new();
	hold->key[0] = 7, hold->body[0] = 8;
	folder_begin(f);
	assert_int_equal(market_hold(f->store, hold), 0);
	folder_commit(f);
	for (int closed = 0; closed < 2; closed++) {
		for (int restarted = 0; restarted < 2; restarted++) {
			struct store_reader *reads = store_writer_reads(f->store);
			assert_int_equal(store_key_find(reads, m->buyer, hold->key, &key), 0);
			assert_true(base_id_equal(key.object, hold->id) && base_id_equal(key.account, m->buyer));
			assert_memory_equal(key.body, hold->body, STORE_KEY_BYTES);
			assert_int_equal(store_key_find(reads, m->buyer, hold->body, &key), -ENOENT);
			assert_int_equal(store_key_find(reads, m->seller, hold->key, &key), -ENOENT);
			store_close(f->store);
			folder_open(f);
		}
		hold->state = STORE_HOLD_RELEASED;
		folder_begin(f);
		assert_int_equal(store_update_hold(f->store, hold), 0);
		folder_commit(f);
	}
	folder_begin(f); /* forgotten as it was made, which is now */
	assert_int_equal(store_delete_keys_before(f->store, T0), 0);
	folder_commit(f);
	assert_int_equal(store_key_find(store_writer_reads(f->store), m->buyer, hold->key, &key), 0);
	folder_begin(f);
	assert_int_equal(store_delete_keys_before(f->store, INT64_C(1) << 47), 0);
	folder_commit(f);
	assert_int_equal(store_key_find(store_writer_reads(f->store), m->buyer, hold->key, &key), -ENOENT);
	assert_int_equal(store_hold_by_id(store_writer_reads(f->store), hold->id, hold), 0); /* the hold stays */
	free(m);
}

static void test_a_claim_of_a_variant_out_of_the_shop(void **state)
{
	struct folder *f = *state;
	struct market *m = calloc(1, sizeof(*m));
	struct store_hold read;
	assert_non_null(m);
	market_fill(f, m);
	struct store_hold *hold = &m->holds[0];
	hold->id = base_id_new();
	hold->variant = base_id_new();
	hold->show = hold->item = (struct base_id){{0}};
	hold->terms = (struct store_terms){m->seller, true, 900};
	snprintf(hold->variant_name, sizeof(hold->variant_name), "M, red");
	folder_begin(f);
	assert_int_equal(market_hold(f->store, hold), 0);
	folder_commit(f);
	assert_int_equal(store_hold_by_id(store_writer_reads(f->store), hold->id, &read), 0);
	assert_true(base_id_equal(read.variant, hold->variant) && base_id_is_zero(read.show));
	assert_string_equal(read.variant_name, "M, red");
	assert_true(base_id_equal(read.terms.host, m->seller) && read.terms.community && read.terms.floor == 900);
	free(m);
}

static void on_waiting(const struct store_waiting *waiting, void *ctx)
{
	struct found *found = ctx;
	found->waits[found->count++] = *waiting;
}

#define WAITS 6

/* In the order of their ids they wait for: red, blue, red, red, red, and for another listing that has no sizes. */
static void join(struct folder *f, struct market *m, struct store_waiting *waits, struct base_id red,
                 struct base_id blue)
{
	struct base_id second = folder_account(f, "second");
	folder_begin(f);
	struct store_variant variants[] = {
	        {.id = red, .listing = m->listing.id, .size = "M", .colour = "red"},
	        {.id = blue, .listing = m->listing.id, .colour = "blue"},
	};
	assert_int_equal(store_put_variant(f->store, &variants[0]), 0);
	assert_int_equal(store_put_variant(f->store, &variants[1]), 0);
	for (int i = 0; i < WAITS; i++) {
		waits[i] = (struct store_waiting){.id = base_id_new(),
		                                  .show = m->show,
		                                  .item = m->items[2].id,
		                                  .listing = i == 5 ? m->items[1].listing : m->listing.id,
		                                  .variant = i == 5   ? (struct base_id){{0}}
		                                             : i == 1 ? blue
		                                                      : red,
		                                  .buyer.id = i == 3 ? second : m->buyer,
		                                  .quantity = i + 1,
		                                  .price = 2500,
		                                  .created_ms = T0 + i};
		assert_int_equal(store_insert_waiting(f->store, &waits[i]), 0);
	}
	folder_commit(f);
}

static void test_waitlist(void **state)
{
	struct folder *f = *state;
	struct market *m = calloc(1, sizeof(*m));
	struct found *found = calloc(1, sizeof(*found));
	struct store_item *item = calloc(1, sizeof(*item));
	struct store_waiting waits[WAITS];
	assert_true(m && found && item);
	market_fill(f, m);
	join(f, m, waits, base_id_new(), base_id_new());
	struct store_reader *reader = folder_reader(f);
	assert_int_equal(store_waitlist(reader, m->listing.id, NULL, 10, on_waiting, found), 0);
	assert_int_equal(found->count, 5);
	const int64_t places[] = {1, 1, 2, 3, 4}; /* each size has its own queue */
	for (int i = 0; i < 5; i++) {
		assert_true(base_id_equal(found->waits[i].id, waits[i].id));
		assert_int_equal(found->waits[i].place, places[i]);
	}
	assert_string_equal(found->waits[0].variant_name, "M, red");
	assert_string_equal(found->waits[1].variant_name, "blue");
	assert_string_equal(found->waits[0].title, "Hat");
	assert_string_equal(found->waits[3].buyer.username, "second");
	assert_true(found->waits[4].quantity == 5 && found->waits[4].created_ms == T0 + 4);
	assert_int_equal(store_item_by_id(reader, m->items[2].id, item), 0);
	assert_int_equal(item->waiting, 5);

	waits[0].state = STORE_WAITING_LEFT;
	folder_begin(f);
	assert_int_equal(store_update_waiting(f->store, &waits[0]), 0);
	folder_commit(f);
	*found = (struct found){0};
	assert_int_equal(store_waiting_of(reader, m->buyer, NULL, on_waiting, found), 0);
	assert_int_equal(found->count, 4);
	assert_true(found->waits[1].place == 1 && found->waits[2].place == 3); /* behind the second buyer */
	assert_true(found->waits[3].place == 1 && base_id_is_zero(found->waits[3].variant));
	assert_string_equal(found->waits[3].variant_name, "");
	assert_int_equal(store_waiting_of(reader, m->buyer, &m->seller, on_waiting, found), 0); /* no show of that id */
	assert_int_equal(found->count, 4);
	*found = (struct found){0};
	assert_int_equal(store_waiting_all(reader, on_waiting, found), 0);
	assert_int_equal(found->count, 5);
	assert_true(found->waits[0].place == 1 && found->waits[2].place == 2);
	assert_int_equal(store_waiting_by_id(reader, waits[3].id, &found->waits[0]), 0);
	assert_int_equal(found->waits[0].place, 2);
	assert_int_equal(store_waiting_by_id(reader, waits[0].id, &found->waits[0]), 0);
	assert_true(found->waits[0].place == 0 && found->waits[0].state == STORE_WAITING_LEFT);
	assert_int_equal(store_waiting_by_id(reader, m->show, &found->waits[0]), -ENOENT);
	store_reader_close(reader);
	free(m);
	free(found);
	free(item);
}

static void test_who_waited_in_vain(void **state)
{
	struct folder *f = *state;
	struct market *m = calloc(1, sizeof(*m));
	struct found *found = calloc(1, sizeof(*found));
	struct store_waiting waits[WAITS];
	const enum store_waiting_state states[WAITS] = {STORE_WAITING,        STORE_WAITING_LEFT,
	                                                STORE_WAITING_LAPSED, STORE_WAITING_CLOSED,
	                                                STORE_WAITING_SERVED, STORE_WAITING_SERVED};
	assert_true(m && found);
	market_fill(f, m);
	join(f, m, waits, base_id_new(), base_id_new());
	m->holds[0].state = STORE_HOLD_EXPIRED;
	waits[4].hold = m->holds[0].id; /* had a second hold, which expired */
	waits[5].hold = m->holds[2].id; /* bought */
	folder_begin(f);
	assert_int_equal(store_update_hold(f->store, &m->holds[0]), 0);
	for (int i = 0; i < WAITS; i++) {
		waits[i].state = states[i];
		assert_int_equal(store_update_waiting(f->store, &waits[i]), 0);
	}
	folder_commit(f);
	struct store_reader *reads = store_writer_reads(f->store);
	assert_int_equal(store_waiting_gone(reads, m->show, NULL, 8, on_waiting, found), 0);
	assert_int_equal(found->count, 4);
	for (int i = 0; i < 4; i++) /* newest first */
		assert_true(base_id_equal(found->waits[i].id, waits[4 - i].id));
	assert_true(base_id_equal(found->waits[0].hold, m->holds[0].id));
	*found = (struct found){0};
	assert_int_equal(store_waiting_gone(reads, m->show, NULL, 2, on_waiting, found), 0);
	assert_int_equal(found->count, 2);
	free(m);
	free(found);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, folder_setup_open, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_holds),
	        TEST(test_keys),
	        TEST(test_old_keys_are_forgotten),
	        TEST(test_keys_of_claims),
	        TEST(test_a_claim_of_a_variant_out_of_the_shop),
	        TEST(test_waitlist),
	        TEST(test_who_waited_in_vain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
