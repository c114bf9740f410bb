/* Finding what to sell: words, filters, order, and what people type. */
#include "folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/search.h"

struct found {
	size_t count;
	struct base_id ids[128];
};

static void on_listing(const struct store_listing *listing, void *ctx)
{
	struct found *found = ctx;
	found->ids[found->count++] = listing->id;
}

static struct found look(struct folder *f, const struct store_search *search)
{
	struct found found = {0};
	assert_int_equal(store_catalogue(store_writer_reads(f->store), search, on_listing, &found), 0);
	return found;
}

static struct found words(struct folder *f, const char *text)
{
	return look(f, &(struct store_search){.text = text, .limit = 100});
}

static struct base_id list(struct folder *f, struct base_id seller, const char *title, const char *description)
{
	struct store_listing *listing = calloc(1, sizeof(*listing));
	assert_non_null(listing);
	folder_fill_listing(listing, seller, title, 1);
	snprintf(listing->description, sizeof(listing->description), "%s", description);
	snprintf(listing->brand, sizeof(listing->brand), "Levi's");
	folder_begin(f);
	assert_int_equal(store_insert_listing(f->store, listing), 0);
	folder_commit(f);
	struct base_id id = listing->id;
	free(listing);
	return id;
}

#define EXPECT_ONE(f, text, id)                                                                                        \
	do {                                                                                                           \
		struct found one = words(f, text);                                                                     \
		assert_int_equal(one.count, 1);                                                                        \
		assert_true(base_id_equal(one.ids[0], id));                                                            \
	} while (0)

static void test_words(void **state)
{
	struct folder *f = *state;
	struct base_id ada = folder_account(f, "ada");
	struct base_id jacket = list(f, ada, "Denim jacket", "worn by a dancer in Zürich");
	struct base_id café = list(f, ada, "Café apron", "never worn");
	EXPECT_ONE(f, "denim", jacket);
	EXPECT_ONE(f, "JACKET denim", jacket); /* in any order and case */
	EXPECT_ONE(f, "jack", jacket);         /* the last may be a beginning */
	EXPECT_ONE(f, "worn danc", jacket);
	assert_int_equal(words(f, "jack denim").count, 0); /* but no other */
	EXPECT_ONE(f, "zurich", jacket);                   /* without its marks */
	EXPECT_ONE(f, "cafe", café);
	EXPECT_ONE(f, "CAFÉ", café);
	assert_int_equal(words(f, "levi's").count, 2); /* the brand */
	assert_int_equal(words(f, "acme").count, 0);
	assert_int_equal(words(f, "worn").count, 2);
	assert_int_equal(words(f, "").count, 2);
	assert_int_equal(words(f, NULL).count, 2);
	assert_int_equal(words(f, " - ! ").count, 2); /* no words at all: as if nothing was typed */
}

static void test_best_first(void **state)
{
	struct folder *f = *state;
	struct base_id ada = folder_account(f, "ada");
	struct base_id title = list(f, ada, "Lamp", "brass");
	struct base_id described = list(f, ada, "Table", "goes well with a lamp");
	for (int i = 0; i < 8; i++)
		list(f, ada, "Chair", "wood");
	struct found found = words(f, "lamp");
	assert_int_equal(found.count, 2);
	assert_true(base_id_equal(found.ids[0], title)); /* though the other is newer */
	assert_true(base_id_equal(found.ids[1], described));
	found = words(f, "");
	assert_int_equal(found.count, 10);
	assert_true(base_id_equal(found.ids[9], title)); /* newest first */
}

static void test_index_follows_the_listing(void **state)
{
	struct folder *f = *state;
	struct store_listing *listing = calloc(1, sizeof(*listing));
	assert_non_null(listing);
	folder_fill_listing(listing, folder_account(f, "ada"), "Hat", 1);
	folder_begin(f);
	assert_int_equal(store_insert_listing(f->store, listing), 0);
	store_rollback(f->store);
	assert_int_equal(words(f, "hat").count, 0);
	folder_begin(f);
	assert_int_equal(store_insert_listing(f->store, listing), 0);
	folder_commit(f);
	EXPECT_ONE(f, "hat", listing->id);
	snprintf(listing->title, sizeof(listing->title), "Cap");
	snprintf(listing->description, sizeof(listing->description), "of wool");
	folder_begin(f);
	assert_int_equal(store_update_listing(f->store, listing), 0);
	folder_commit(f);
	assert_int_equal(words(f, "hat").count, 0);
	EXPECT_ONE(f, "cap wool", listing->id);
	listing->price = 1; /* nothing to learn anew */
	folder_begin(f);
	assert_int_equal(store_update_listing(f->store, listing), 0);
	folder_commit(f);
	EXPECT_ONE(f, "cap", listing->id);
	assert_int_equal(sqlite_connection_execute(&f->store->reads.connection,
	                                           "INSERT INTO listing_text(listing_text, rank)"
	                                           " VALUES('integrity-check', 1)"),
	                 0);
	free(listing);
}

static void expect_found(struct folder *f, const struct store_search *search, bool found)
{
	static const char *const texts[] = {NULL, "hat"};
	struct store_search both = *search;
	for (int i = 0; i < 2; i++) { /* by words and without, the filters are the same */
		both.text = texts[i];
		both.limit = 10;
		assert_int_equal(look(f, &both).count, found);
	}
}

static void test_filters(void **state)
{
	struct folder *f = *state;
	struct base_id ada = folder_account(f, "ada"), bob = folder_account(f, "bob");
	struct store_listing *listing = calloc(1, sizeof(*listing));
	assert_non_null(listing);
	folder_fill_listing(listing, ada, "Hat", 1); /* M, Acme, EUR, floor 1000, no auction */
	struct store_variant variant = {
	        .id = base_id_new(), .listing = listing->id, .size = "XL", .available = 1, .adjusted = 1};
	folder_begin(f);
	assert_int_equal(store_insert_listing(f->store, listing), 0);
	assert_int_equal(store_put_variant(f->store, &variant), 0);
	folder_commit(f);
	expect_found(f, &(struct store_search){.host = bob}, true);
	expect_found(f, &(struct store_search){.host = ada}, false); /* her own */
	expect_found(f, &(struct store_search){.size = "m", .brand = "ACME", .currency = "eur"}, true);
	expect_found(f, &(struct store_search){.size = "", .brand = "", .currency = ""}, true);
	expect_found(f, &(struct store_search){.size = "xl"}, true); /* of a variant */
	expect_found(f, &(struct store_search){.size = "L"}, false);
	expect_found(f, &(struct store_search){.brand = "Acm"}, false);
	expect_found(f, &(struct store_search){.currency = "USD"}, false);
	expect_found(f, &(struct store_search){.price_most = 1000}, true);
	expect_found(f, &(struct store_search){.price_most = 999}, false);
	expect_found(f, &(struct store_search){.auction = true}, false);
	expect_found(f, &(struct store_search){.seller = &ada}, true);
	expect_found(f, &(struct store_search){.seller = &bob}, false);

	const struct store_block block = {ada, bob, true};
	variant.removed = true;
	listing->community.auction = true;
	folder_begin(f);
	assert_int_equal(store_put_block(f->store, &block), 0);
	assert_int_equal(store_put_variant(f->store, &variant), 0);
	assert_int_equal(store_update_listing(f->store, listing), 0);
	folder_commit(f);
	expect_found(f, &(struct store_search){.host = bob}, false);
	expect_found(f, &(struct store_search){.auction = true}, true);
	expect_found(f, &(struct store_search){.size = "XL"}, false);
	free(listing);
}

static void test_what_may_not_be_sold_is_not_found(void **state)
{
	struct folder *f = *state;
	struct base_id ada = folder_account(f, "ada");
	struct store_listing *listing = calloc(1, sizeof(*listing));
	struct store_account banned = {.person.id = ada, .banned = true};
	assert_non_null(listing);
	folder_fill_listing(listing, ada, "Hat", 1);
	folder_begin(f);
	assert_int_equal(store_insert_listing(f->store, listing), 0);
	folder_commit(f);
	listing->available = 0, listing->held = 1;
	folder_begin(f);
	assert_int_equal(store_update_stock(f->store, listing), 0);
	folder_commit(f);
	expect_found(f, &(struct store_search){0}, false); /* nothing left */
	listing->available = 1, listing->held = 0;
	listing->community.ok = false;
	folder_begin(f);
	assert_int_equal(store_update_stock(f->store, listing), 0);
	assert_int_equal(store_update_listing(f->store, listing), 0);
	folder_commit(f);
	expect_found(f, &(struct store_search){0}, false); /* withdrawn */
	listing->community.ok = true;
	folder_begin(f);
	assert_int_equal(store_update_listing(f->store, listing), 0);
	folder_commit(f);
	expect_found(f, &(struct store_search){0}, true);
	folder_begin(f);
	assert_int_equal(store_update_account(f->store, &banned), 0);
	folder_commit(f);
	expect_found(f, &(struct store_search){0}, false); /* its owner is banned */
	free(listing);
}

static void test_pages(void **state)
{
	struct folder *f = *state;
	struct base_id ada = folder_account(f, "ada"), ids[5];
	for (int i = 0; i < 5; i++)
		ids[i] = list(f, ada, "Hat", "");
	struct found found = look(f, &(struct store_search){.limit = 2});
	assert_int_equal(found.count, 2);
	assert_true(base_id_equal(found.ids[1], ids[3]));
	found = look(f, &(struct store_search){.limit = 2, .before = &found.ids[1]});
	assert_int_equal(found.count, 2);
	assert_true(base_id_equal(found.ids[0], ids[2]) && base_id_equal(found.ids[1], ids[1]));
	found = look(f, &(struct store_search){.limit = 9, .before = &found.ids[1], .seller = &ada});
	assert_int_equal(found.count, 1);
	for (int i = 0; i < 110; i++)
		list(f, ada, "Scarf", "");
	assert_int_equal(look(f, &(struct store_search){.limit = SIZE_MAX}).count, 100);
	assert_int_equal(words(f, "scarf").count, 100);
}

/* Nothing that is typed is an operator, an error, or a way to make the machine work hard. */
static void test_hostile_words(void **state)
{
	static const char *const texts[] = {
	        "\"",
	        "\"\"",
	        "hat\"",
	        "\" OR \"hat",
	        "hat OR nothing",
	        "hat AND",
	        "NOT hat",
	        "NEAR(hat, 2)",
	        "title:nothing",
	        "-hat",
	        "^hat",
	        "hat*",
	        "*",
	        "(hat",
	        "hat)",
	        "{title} : hat",
	        "+hat",
	        "hat'; DROP TABLE hold",
	        "\xff\xfe",
	        "hat\xc3",
	        "\xe2\x80\xae",
	        "hat\x01",
	        "%hat%",
	        "hat\\",
	        "\xf0\x9f\x91\x92",
	        "h\xcc\x81t",
	        "rowid:1",
	        "\xc2\xa0hat",
	        "hat\r\n",
	        "''",
	};
	struct folder *f = *state;
	struct base_id hat = list(f, folder_account(f, "ada"), "Hat", "");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		words(f, texts[i]); /* asserts that there was no error */
	EXPECT_ONE(f, "hat\"", hat);
	EXPECT_ONE(f, "^hat*", hat);
	EXPECT_ONE(f,
	           "\xff"
	           "hat\xc3",
	           hat);
	assert_int_equal(words(f, "hat OR nothing").count, 0);
	assert_int_equal(words(f, "title:hat").count, 0); /* two words */
	char *long_text = malloc(1 << 20);
	assert_non_null(long_text);
	memset(long_text, 'a', (1 << 20) - 1);
	long_text[(1 << 20) - 1] = '\0';
	words(f, long_text);
	for (int i = 0; i < (1 << 20) - 1; i += 2)
		long_text[i] = ' ';
	words(f, long_text);
	free(long_text);
}

static void expect_query(const char *text, size_t count, const char *query)
{
	char out[SEARCH_QUERY_BYTES];
	assert_int_equal(search_query(text, out), count);
	assert_string_equal(out, query);
}

static void test_queries(void **state)
{
	char longest[SEARCH_QUERY_BYTES], text[1024] = "";
	expect_query("Denim  jacket", 2, "\"Denim\" \"jacket\"*");
	expect_query("levi's", 2, "\"levi\" \"s\"*");
	expect_query("1 2 3 4 5 6 7 8 9 10", SEARCH_WORDS_MAX, "\"1\" \"2\" \"3\" \"4\" \"5\" \"6\" \"7\" \"8\"*");
	expect_query(" \t", 0, "");
	expect_query(NULL, 0, "");
	for (size_t i = 0; i < SEARCH_WORDS_MAX; i++) {
		for (size_t letter = 0; letter < 30; letter++)
			strcat(text, "\xc3\xa9"); /* more than a word may have, and no letter is cut in two */
		strcat(text, " ");
	}
	assert_int_equal(search_query(text, longest), SEARCH_WORDS_MAX);
	assert_int_equal(strlen(longest), SEARCH_WORDS_MAX * (SEARCH_WORD_BYTES + 3));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, folder_setup_open, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_words),
	        TEST(test_best_first),
	        TEST(test_index_follows_the_listing),
	        TEST(test_filters),
	        TEST(test_what_may_not_be_sold_is_not_found),
	        TEST(test_pages),
	        TEST(test_hostile_words),
	        cmocka_unit_test(test_queries),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
