/* A backup of a running store is equal to it, and usable in its place. */
#include "folder.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void backup_path(const struct folder *f, char *path, size_t size)
{
	snprintf(path, size, "%s/copy.db", f->dir);
}

static char *dump(const char *path, const char *text)
{
	struct sqlite_connection connection;
	char *all = NULL;
	assert_int_equal(sqlite_connection_open(&connection, path, SQLITE_OPEN_READONLY), SQLITE_OK);
	struct sql sql = sql_prepare(&connection, text);
	assert_true(sql_next(&sql));
	size_t size = (size_t)sqlite3_column_bytes(sql.stmt, 0) + 1;
	all = malloc(size);
	assert_non_null(all);
	sql_get_text(&sql, all, size);
	assert_int_equal(sql_end(&sql), 0);
	sqlite_connection_close(&connection);
	return all;
}

static void assert_same(const struct folder *f, const char *copy, const char *text)
{
	char *mine = dump(f->db, text), *theirs = dump(copy, text);
	assert_true(strlen(mine) > 0);
	assert_string_equal(mine, theirs);
	free(mine);
	free(theirs);
}

static void fill(struct folder *f, int count)
{
	struct base_id seller = folder_account(f, "seller");
	struct store_listing *listing = calloc(1, sizeof(*listing));
	assert_non_null(listing);
	assert_int_equal(store_begin(f->store), 0);
	for (int i = 0; i < count; i++) {
		folder_fill_listing(listing, seller, "Hat", i);
		assert_int_equal(store_insert_listing(f->store, listing), 0);
	}
	assert_int_equal(store_commit(f->store), 0);
	free(listing);
}

static void test_backup_of_an_open_store_is_equal(void **state)
{
	struct folder *f = *state;
	char copy[180], name[16];
	struct stat st;
	backup_path(f, copy, sizeof(copy));
	folder_open(f);
	fill(f, 200);
	assert_int_equal(store_backup(f->dir, copy, f->why, sizeof(f->why)), 0);
	assert_int_equal(stat(copy, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_same(f, copy, "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)");
	assert_same(f, copy, "SELECT group_concat(hex(id) || username || password_hash) FROM account");
	assert_same(f, copy, "SELECT group_concat(hex(id) || title || price) FROM (SELECT * FROM listing ORDER BY id)");
	assert_same(f, copy, "SELECT group_concat(hex(listing) || available) FROM stock");
	snprintf(name, sizeof(name), "after");
	folder_account(f, name); /* the store goes on */
}

static void count_listing(const struct store_listing *listing, void *ctx)
{
	assert_string_equal(listing->title, "Hat");
	++*(int *)ctx;
}

static void test_backup_opens_as_a_store(void **state)
{
	struct folder *f = *state;
	char copy[180];
	struct store_account account;
	const struct store_search search = {.text = "hat", .limit = 100};
	int found = 0;
	backup_path(f, copy, sizeof(copy));
	folder_open(f);
	folder_account(f, "ada");
	fill(f, 20);
	assert_int_equal(store_backup(f->dir, copy, f->why, sizeof(f->why)), 0);
	store_close(f->store);
	f->store = NULL;
	assert_int_equal(unlink(f->db), 0);
	assert_int_equal(rename(copy, f->db), 0);
	folder_open(f);
	assert_int_equal(store_account_by_username(store_writer_reads(f->store), "ada", &account), 0);
	assert_int_equal(store_catalogue(store_writer_reads(f->store), &search, count_listing, &found), 0);
	assert_int_equal(found, 19); /* the words as well; one is out of stock */
}

static void test_backup_of_a_store_at_rest(void **state)
{
	struct folder *f = *state;
	char copy[180];
	backup_path(f, copy, sizeof(copy));
	folder_open(f);
	folder_account(f, "ada");
	store_close(f->store);
	f->store = NULL;
	assert_int_equal(store_backup(f->dir, copy, f->why, sizeof(f->why)), 0);
	assert_same(f, copy, "SELECT username FROM account");
}

static void test_backup_never_overwrites(void **state)
{
	struct folder *f = *state;
	folder_open(f);
	assert_int_equal(store_backup(f->dir, f->db, f->why, sizeof(f->why)), -EEXIST);
	assert_non_null(strstr(f->why, "exists"));
	folder_account(f, "ada");
}

static void test_backup_that_cannot_be(void **state)
{
	struct folder *f = *state;
	char copy[180];
	backup_path(f, copy, sizeof(copy));
	assert_int_equal(store_backup(f->dir, copy, f->why, sizeof(f->why)), -ENOENT); /* no store there */
	assert_non_null(strstr(f->why, f->db));
	folder_open(f);
	snprintf(copy, sizeof(copy), "%s/nowhere/copy.db", f->dir);
	assert_true(store_backup(f->dir, copy, f->why, sizeof(f->why)) < 0);
	assert_non_null(strstr(f->why, copy));
}

struct writing {
	struct folder *f;
	atomic_bool stop;
	atomic_int written;
};

static void *keep_writing(void *arg)
{
	struct writing *writing = arg;
	for (int i = 0; !writing->stop; i++) {
		char name[32];
		snprintf(name, sizeof(name), "writer%d", i);
		folder_account(writing->f, name);
		atomic_fetch_add(&writing->written, 1);
	}
	return NULL;
}

static void test_backup_while_it_is_written(void **state)
{
	struct folder *f = *state;
	struct writing writing = {.f = f};
	pthread_t thread;
	char copy[180];
	backup_path(f, copy, sizeof(copy));
	folder_open(f);
	fill(f, 200);
	assert_int_equal(pthread_create(&thread, NULL, keep_writing, &writing), 0);
	for (int i = 0; i < 5; i++) {
		int before = writing.written;
		assert_int_equal(store_backup(f->dir, copy, f->why, sizeof(f->why)), 0);
		char *count = dump(copy, "SELECT count(*) FROM account"), *check = dump(copy, "PRAGMA integrity_check");
		assert_true(atoi(count) >= before + 1); /* with the seller */
		assert_string_equal(check, "ok");
		free(count);
		free(check);
		assert_int_equal(unlink(copy), 0);
	}
	writing.stop = true;
	pthread_join(thread, NULL);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_backup_of_an_open_store_is_equal),
	        TEST(test_backup_opens_as_a_store),
	        TEST(test_backup_of_a_store_at_rest),
	        TEST(test_backup_never_overwrites),
	        TEST(test_backup_that_cannot_be),
	        TEST(test_backup_while_it_is_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
