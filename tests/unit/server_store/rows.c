/* What the writer wrote is what the readers find, in the order that the interface promises: people, shows, who did
 * what. */
#include "market.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct found {
	size_t count;
	struct base_id ids[16];
	struct store_audit audit;
	int64_t muted_until_ms;
	bool banned;
};

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
	struct store_reader *reader = folder_reader(f);

	folder_begin(f);
	assert_int_equal(store_insert_session(f->store, token, ada, T0 + 10), 0);
	account = (struct store_account){
	        .person.id = bob, .role = STORE_MODERATOR, .hosting = STORE_HOSTING_ASKED, .banned = true};
	assert_int_equal(store_update_account(f->store, &account), 0);
	folder_commit(f);

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

	folder_begin(f);
	assert_int_equal(store_delete_sessions_before(f->store, T0 + 9), 0);
	folder_commit(f);
	assert_int_equal(store_session_account(reader, token, T0, &account), 0);
	folder_begin(f);
	assert_int_equal(store_delete_session(f->store, token), 0);
	folder_commit(f);
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
	folder_begin(f);
	assert_int_equal(store_insert_account(f->store, &again), -EEXIST);
	store_rollback(f->store);
	folder_account(f, "bob"); /* the connection is as good as before */
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
	folder_begin(f);
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
	folder_commit(f);
	struct store_reader *reader = folder_reader(f);
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
	folder_begin(f);
	assert_int_equal(store_update_show(f->store, &shows[0]), 0);
	folder_commit(f);
	assert_int_equal(store_show_by_id(reader, shows[0].id, &read), 0);
	assert_int_equal(read.state, STORE_SHOW_LIVE);
	assert_true(base_id_equal(read.featured, shows[0].featured));
	assert_string_equal(read.publish_key, "key 0");
	assert_string_equal(read.host.username, "ada");
	assert_int_equal(store_show_by_id(reader, ada, &read), -ENOENT);
	store_reader_close(reader);
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
	folder_begin(f);
	for (int i = 0; i < 3; i++) {
		entries[i] =
		        (struct store_audit){.id = base_id_new(), .at_ms = T0 + i, .verb = "show.end", .object = "x"};
		if (i)
			entries[i].actor.id = ada;
		assert_int_equal(store_insert_audit(f->store, &entries[i]), 0);
	}
	folder_commit(f);
	struct store_reader *reader = folder_reader(f);
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
		folder_begin(f);
		assert_int_equal(store_put_moderation(f->store, &moderated), 0);
		folder_commit(f);
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
	folder_begin(f);
	assert_int_equal(store_insert_account(f->store, &account), 0);
	store_rollback(f->store);
	store_rollback(f->store); /* harmless */
	assert_int_equal(store_account_by_username(store_writer_reads(f->store), "ada", &account), -ENOENT);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, folder_setup_open, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_accounts_and_sessions),
	        TEST(test_username_is_unique_whatever_its_case),
	        TEST(test_shows),
	        TEST(test_audit),
	        TEST(test_moderation),
	        TEST(test_what_is_rolled_back_was_never_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
