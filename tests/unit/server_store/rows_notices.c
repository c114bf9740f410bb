/* Notices and blocks, as written and read. */
#include "folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define T0 INT64_C(1795288800000)

struct found {
	struct store_notice notices[8];
	struct store_person hosts[8];
	size_t count;
};

static void on_notice(const struct store_notice *notice, void *ctx)
{
	struct found *found = ctx;
	found->notices[found->count++] = *notice;
}

static void add_notices(struct folder *f, struct base_id account, struct base_id actor, struct store_notice *out,
                        int count)
{
	folder_begin(f);
	for (int i = 0; i < count; i++) {
		out[i] = (struct store_notice){.id = base_id_new(),
		                               .account = account,
		                               .code = STORE_NOTICE_SECOND_CHANCE,
		                               .actor.id = actor,
		                               .listing = base_id_new(),
		                               .hold = base_id_new(),
		                               .title = "Hat",
		                               .quantity = i,
		                               .amount = {100 + i, "EUR"},
		                               .at_ms = T0 + i};
		assert_int_equal(store_insert_notice(f->store, &out[i]), 0);
	}
	folder_commit(f);
}

static void expect_unread(struct store_reader *reader, struct base_id account, int64_t count)
{
	int64_t unread = -1;
	assert_int_equal(store_notices_unread(reader, account, &unread), 0);
	assert_int_equal(unread, count);
}

static void test_notices(void **state)
{
	struct folder *f = *state;
	struct found found = {0};
	struct store_notice mine[4], theirs[1];
	struct base_id ada = folder_account(f, "ada"), bob = folder_account(f, "bob");
	add_notices(f, ada, bob, mine, 4);
	add_notices(f, bob, (struct base_id){{0}}, theirs, 1);
	struct store_reader *reader = folder_reader(f);
	assert_int_equal(store_notices(reader, ada, NULL, 3, on_notice, &found), 0);
	assert_int_equal(found.count, 3); /* newest first */
	assert_true(base_id_equal(found.notices[0].id, mine[3].id) && base_id_equal(found.notices[2].id, mine[1].id));
	assert_string_equal(found.notices[0].actor.username, "bob");
	assert_string_equal(found.notices[0].amount.currency, "EUR");
	assert_true(found.notices[0].amount.amount == 103 && found.notices[0].quantity == 3 && !found.notices[0].read);
	assert_true(base_id_equal(found.notices[0].hold, mine[3].hold) && base_id_is_zero(found.notices[0].order));
	assert_int_equal(store_notices(reader, ada, &mine[1].id, 3, on_notice, &found), 0);
	assert_int_equal(found.count, 4);
	assert_true(base_id_equal(found.notices[3].id, mine[0].id));
	assert_int_equal(store_notices(reader, bob, NULL, 3, on_notice, &found), 0);
	assert_string_equal(found.notices[4].actor.username, ""); /* the market */
	expect_unread(reader, ada, 4);

	folder_begin(f);
	assert_int_equal(store_read_notices(f->store, ada, mine[2].id), 0);
	folder_commit(f);
	expect_unread(reader, ada, 1);
	expect_unread(reader, bob, 1);
	folder_begin(f);
	assert_int_equal(store_delete_notices_before(f->store, T0 + 2, T0), 0); /* the read ones alone */
	folder_commit(f);
	found.count = 0;
	assert_int_equal(store_notices(reader, ada, NULL, 100, on_notice, &found), 0);
	assert_int_equal(found.count, 2);
	assert_true(!found.notices[0].read && found.notices[1].read);
	expect_unread(reader, bob, 1);
	folder_begin(f);
	assert_int_equal(store_delete_notices_before(f->store, T0, T0 + 3), 0); /* unread ones do not stay for ever */
	folder_commit(f);
	found.count = 0;
	assert_int_equal(store_notices(reader, ada, NULL, 100, on_notice, &found), 0);
	assert_int_equal(found.count, 2);
	expect_unread(reader, bob, 0);
	folder_begin(f);
	assert_int_equal(store_delete_notices_before(f->store, T0, T0 + 4), 0);
	folder_commit(f);
	found.count = 0;
	assert_int_equal(store_notices(reader, ada, NULL, 100, on_notice, &found), 0);
	assert_int_equal(found.count, 1);
	assert_true(found.notices[0].read); /* for it was read not long ago */
	store_reader_close(reader);
}

static void on_host(const struct store_person *host, void *ctx)
{
	struct found *found = ctx;
	found->hosts[found->count++] = *host;
}

static void block(struct folder *f, struct base_id owner, struct base_id host, bool blocked)
{
	const struct store_block is = {owner, host, blocked};
	folder_begin(f);
	assert_int_equal(store_put_block(f->store, &is), 0);
	folder_commit(f);
}

static void test_blocks(void **state)
{
	struct folder *f = *state;
	struct found found = {0};
	struct base_id ada = folder_account(f, "ada"), bob = folder_account(f, "bob"), cleo = folder_account(f, "cleo");
	struct store_reader *reads = store_writer_reads(f->store);
	block(f, ada, bob, true);
	block(f, ada, cleo, true);
	block(f, ada, bob, true); /* again: nothing new */
	assert_int_equal(store_blocks(reads, ada, on_host, &found), 0);
	assert_int_equal(found.count, 2);
	assert_string_equal(found.hosts[0].username, "cleo"); /* newest first */
	assert_int_equal(store_block_find(reads, ada, bob), 0);
	assert_int_equal(store_block_find(reads, bob, ada), -ENOENT);
	block(f, ada, bob, false);
	assert_int_equal(store_block_find(reads, ada, bob), -ENOENT);
	assert_int_equal(store_block_find(reads, ada, cleo), 0);
	block(f, bob, ada, false); /* there was none */
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, folder_setup_open, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_notices), TEST(test_blocks)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
