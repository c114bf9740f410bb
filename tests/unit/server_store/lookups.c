/* What the admin console and the photos' folder ask the store: accounts by a part of a name, photos still shown. */
#include "market.h"

#include <stdio.h>
#include <string.h>

struct names {
	char text[256];
};

static void add_name(const struct store_account *account, void *ctx)
{
	struct names *names = ctx;

	assert_string_equal(account->password_hash, "");
	strcat(names->text, account->person.username);
	strcat(names->text, " ");
}

static void expect_accounts(struct store_reader *reader, const char *text, size_t limit, const char *expected)
{
	struct names names = {""};

	assert_int_equal(store_accounts_find(reader, text, limit, add_name, &names), 0);
	assert_string_equal(names.text, expected);
}

static void test_accounts_by_a_part_of_their_names(void **state)
{
	struct folder *f = *state;
	struct store_reader *reader;

	folder_account(f, "anna"); /* "The anna" is shown */
	folder_account(f, "hannah");
	folder_account(f, "an");
	reader = folder_reader(f);
	expect_accounts(reader, NULL, 10, "an anna hannah ");
	expect_accounts(reader, "", 2, "an anna ");
	expect_accounts(reader, "AN", 10, "an anna hannah ");
	expect_accounts(reader, "anna", 10, "anna hannah ");
	expect_accounts(reader, "hannah", 10, "hannah ");
	expect_accounts(reader, "the h", 10, "hannah ");
	expect_accounts(reader, "%", 10, "");
	expect_accounts(reader, "_nna", 10, "");
	store_reader_close(reader);
}

static bool is_shown(struct store_reader *reader, const struct market *m, struct base_id photo)
{
	bool shown;

	assert_int_equal(store_photo_shown(reader, m->listing.id, photo, &shown), 0);
	return shown;
}

struct photos {
	size_t count;
	struct base_id ids[16];
};

static void add_photo(struct base_id photo, void *ctx)
{
	struct photos *photos = ctx;

	photos->ids[photos->count++] = photo;
}

static bool is_listed(struct store_reader *reader, struct base_id photo)
{
	struct photos photos = {0};

	assert_int_equal(store_photos(reader, add_photo, &photos), 0);
	for (size_t i = 0; i < photos.count; i++)
		if (base_id_equal(photos.ids[i], photo))
			return true;
	return false;
}

/* A listing shows its present photo; a hold, and with it the line of an order, the one of its time, whatever became of
 * it. */
static void test_photos_that_are_shown(void **state)
{
	struct folder *f = *state;
	struct market m;
	struct base_id of_hold = base_id_new(), of_claim = base_id_new(), of_nothing = base_id_new(), of_listing;
	struct store_hold hold, claim;
	struct store_reader *reader;

	market_fill(f, &m);
	market_purchase(f, &m);
	of_listing = m.listing.photo;
	hold = m.holds[2]; /* of the same listing */
	hold.id = base_id_new();
	hold.state = STORE_HOLD_EXPIRED;
	hold.photo = of_hold;
	claim = hold;
	claim.id = base_id_new();
	claim.state = STORE_HOLD_ACTIVE; /* it has no row yet */
	claim.photo = of_claim;
	folder_begin(f);
	assert_int_equal(market_hold(f->store, &hold), 0);
	assert_int_equal(market_hold(f->store, &claim), 0);
	folder_commit(f);
	reader = folder_reader(f);
	assert_true(is_shown(reader, &m, of_listing) && is_listed(reader, of_listing));
	assert_true(is_shown(reader, &m, of_hold) && is_listed(reader, of_hold));
	assert_true(is_shown(reader, &m, of_claim) && is_listed(reader, of_claim));
	assert_false(is_shown(reader, &m, of_nothing) || is_listed(reader, of_nothing));
	assert_false(is_shown(reader, &m, (struct base_id){{0}}) || is_listed(reader, (struct base_id){{0}}));

	m.listing.photo = base_id_new();
	folder_begin(f);
	assert_int_equal(store_update_listing(f->store, &m.listing), 0);
	folder_commit(f);
	assert_false(is_shown(reader, &m, of_listing) || is_listed(reader, of_listing));
	assert_true(is_shown(reader, &m, m.listing.photo));
	store_reader_close(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_accounts_by_a_part_of_their_names, folder_setup_open,
	                                        folder_teardown),
	        cmocka_unit_test_setup_teardown(test_photos_that_are_shown, folder_setup_open, folder_teardown),
	};

	return cmocka_run_group_tests_name("store_lookups", tests, NULL, NULL);
}
