/* Opening the store: everything that can be wrong with its folder has an error that says so. */
#include "folder.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_made_when_absent_and_kept(void **state)
{
	struct folder *f = *state;
	struct stat st;
	folder_open(f);
	assert_int_equal(stat(f->db, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	folder_account(f, "ada");
	store_close(f->store);
	folder_open(f);
	struct store_account account;
	assert_int_equal(store_account_by_username(store_writer_reads(f->store), "ADA", &account), 0);
	assert_string_equal(account.password_hash, "hash of ada");
}

static int64_t pragma(struct folder *f, const char *text)
{
	struct sql sql = sql_prepare(&f->store->reads.connection, text);
	int64_t value = sql_next(&sql) ? sql_get_int(&sql) : -1;
	assert_int_equal(sql_end(&sql), 0);
	return value;
}

static void test_writes_are_durable(void **state)
{
	struct folder *f = *state;
	folder_open(f);
	assert_int_equal(pragma(f, "PRAGMA synchronous"), 2); /* FULL */
	assert_int_equal(pragma(f, "PRAGMA wal_autocheckpoint"), 0);
	assert_int_equal(pragma(f, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
}

static void test_second_server_is_refused(void **state)
{
	struct folder *f = *state;
	struct store *second = NULL;
	folder_open(f);
	assert_int_equal(store_open(f->dir, f->why, sizeof(f->why), &second), -EBUSY);
	assert_non_null(strstr(f->why, f->dir));
	assert_non_null(strstr(f->why, "another server"));
	assert_null(second);
	folder_account(f, "ada"); /* the first goes on */
}

static void test_newer_schema_is_refused(void **state)
{
	struct folder *f = *state;
	struct store *store = NULL;
	folder_open(f);
	store_close(f->store);
	f->store = NULL;
	folder_execute(f, "INSERT INTO schema_version VALUES(999, 0)");
	assert_int_equal(store_open(f->dir, f->why, sizeof(f->why), &store), -EPROTO);
	assert_non_null(strstr(f->why, "newer Trunkshow (schema 999"));
	assert_non_null(strstr(f->why, f->db));
}

static void test_foreign_database_is_refused(void **state)
{
	struct folder *f = *state;
	struct store *store = NULL;
	folder_execute(f, "CREATE TABLE recipe(name TEXT)");
	assert_int_equal(store_open(f->dir, f->why, sizeof(f->why), &store), -EPROTO);
	assert_non_null(strstr(f->why, "another program"));
}

static void test_file_that_is_no_database(void **state)
{
	struct folder *f = *state;
	struct store *store = NULL;
	FILE *file = fopen(f->db, "w");
	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		fputs("this is no database ", file);
	fclose(file);
	assert_int_equal(store_open(f->dir, f->why, sizeof(f->why), &store), -EIO);
	assert_non_null(strstr(f->why, f->db));
	assert_non_null(strstr(f->why, "not a database"));
}

static void test_folder_that_cannot_be_made(void **state)
{
	struct folder *f = *state;
	struct store *store = NULL;
	char below[200];
	folder_open(f);
	snprintf(below, sizeof(below), "%s/below", f->db); /* a file stands where a folder should */
	assert_true(store_open(below, f->why, sizeof(f->why), &store) < 0);
	assert_non_null(strstr(f->why, below));
}

/* Root may write anywhere, so a child becomes nobody first. @return what store_open returned, or 1 when `why` lacks the
 * word. */
static int open_as_nobody(struct folder *f, const char *word)
{
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct store *store;
		if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
			_exit(255);
		int error = store_open(f->dir, f->why, sizeof(f->why), &store);
		_exit(strstr(f->why, word) ? -error : 254);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static void test_folder_read_only(void **state)
{
	struct folder *f = *state;
	assert_int_equal(chmod(f->dir, 0555), 0);
	assert_int_equal(open_as_nobody(f, "not writable"), -EACCES);
	assert_int_equal(chmod(f->dir, 0777), 0);
}

static void test_file_read_only(void **state)
{
	struct folder *f = *state;
	folder_open(f);
	store_close(f->store);
	f->store = NULL;
	char lock[160];
	snprintf(lock, sizeof(lock), "%s/trunkshow.lock", f->dir);
	assert_int_equal(chmod(f->dir, 0777) | chmod(lock, 0666) | chmod(f->db, 0444), 0);
	assert_int_equal(open_as_nobody(f, f->db), -EACCES);
	assert_int_equal(chmod(f->db, 0000), 0);
	assert_int_equal(open_as_nobody(f, f->db), -EACCES);
	assert_int_equal(chmod(f->db, 0600), 0);
}

static void test_no_room(void **state)
{
	struct folder *f = *state;
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct rlimit small = {4096, 4096};
		struct store *store;
		signal(SIGXFSZ, SIG_IGN);
		if (setrlimit(RLIMIT_FSIZE, &small) != 0)
			_exit(255);
		int error = store_open(f->dir, f->why, sizeof(f->why), &store);
		_exit(strstr(f->why, "no space left") ? -error : 254);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), ENOSPC);
}

static void test_reader_needs_a_store(void **state)
{
	struct folder *f = *state;
	struct store_reader *reader;
	assert_int_equal(store_reader_open(f->dir, &reader), -ENOENT);
	store_reader_close(NULL);
	store_close(NULL);
}

static void test_reader_cannot_write_nor_checkpoint(void **state)
{
	struct folder *f = *state;
	struct store_reader *reader;
	int off = 0;
	folder_open(f);
	assert_int_equal(store_reader_open(f->dir, &reader), 0);
	assert_int_equal(sqlite_connection_execute(&reader->connection, "DELETE FROM account"), -EACCES);
	sqlite3_db_config(reader->connection.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, -1, &off);
	assert_int_equal(off, 1);
	store_reader_close(reader);
}

static void test_checkpoint_keeps_the_log_short(void **state)
{
	struct folder *f = *state;
	struct store_listing *listing = calloc(1, sizeof(*listing));
	assert_non_null(listing);
	char log[170];
	struct stat st;
	folder_open(f);
	struct base_id seller = folder_account(f, "seller");
	for (int i = 0; i < 3000; i++) {
		folder_fill_listing(listing, seller, "Hat", 1);
		memset(listing->description, 'x', sizeof(listing->description) - 1);
		assert_int_equal(store_begin(f->store), 0);
		assert_int_equal(store_insert_listing(f->store, listing), 0);
		assert_int_equal(store_commit(f->store), 0);
		assert_int_equal(store_checkpoint(f->store, false), 0);
	}
	snprintf(log, sizeof(log), "%s-wal", f->db);
	assert_int_equal(stat(log, &st), 0);
	assert_true(st.st_size < 16 << 20); /* some 60 MB went through it */
	free(listing);
}

static void test_a_reserved_log_keeps_what_is_in_it(void **state)
{
	struct folder *f = *state;
	struct store_account found;
	char log[170];
	struct stat st;
	folder_open(f);
	struct base_id before = folder_account(f, "before");
	store_reserve_log(f->store, 1 << 20);
	struct base_id after = folder_account(f, "after");
	snprintf(log, sizeof(log), "%s-wal", f->db);
	assert_int_equal(stat(log, &st), 0);
	assert_true(st.st_size >= 1 << 20);
	struct store_reader *reader = folder_reader(f);
	assert_int_equal(store_account_by_id(reader, before, &found), 0);
	assert_int_equal(store_account_by_id(reader, after, &found), 0);
	store_close(f->store);
	folder_open(f);
	assert_int_equal(store_account_by_id(reader, after, &found), 0);
	store_reader_close(reader);
}

static int64_t size_of(const struct folder *f, const char *what)
{
	char path[170];
	struct stat st;
	snprintf(path, sizeof(path), "%s%s", f->db, what);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

/* What the index of the log's 64 MB takes is there from the start: it grows when a transaction is on the disk already,
 * and a disk that is full then would end the server. */
static void test_the_log_has_room_for_its_index(void **state)
{
	struct folder *f = *state;
	folder_open(f);
	assert_true(size_of(f, "-shm") >= 4 * 32768);
}

/* Where there is not enough room for it, the log takes none. */
static void test_a_log_that_cannot_be_reserved(void **state)
{
	struct folder *f = *state;
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		folder_open(f);
		folder_account(f, "before");
		int64_t size = size_of(f, "-wal");
		struct rlimit small = {(rlim_t)size + 200000, (rlim_t)size + 200000};
		signal(SIGXFSZ, SIG_IGN);
		if (setrlimit(RLIMIT_FSIZE, &small) != 0)
			_exit(255);
		store_reserve_log(f->store, size + 1000000);
		if (size_of(f, "-wal") != size)
			_exit(1);
		folder_account(f, "after");
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	folder_open(f);
	struct store_account found;
	assert_int_equal(store_account_by_username(store_writer_reads(f->store), "before", &found), 0);
	assert_int_equal(store_account_by_username(store_writer_reads(f->store), "after", &found), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_made_when_absent_and_kept),
	        TEST(test_writes_are_durable),
	        TEST(test_second_server_is_refused),
	        TEST(test_newer_schema_is_refused),
	        TEST(test_foreign_database_is_refused),
	        TEST(test_file_that_is_no_database),
	        TEST(test_folder_that_cannot_be_made),
	        TEST(test_folder_read_only),
	        TEST(test_file_read_only),
	        TEST(test_no_room),
	        TEST(test_reader_needs_a_store),
	        TEST(test_reader_cannot_write_nor_checkpoint),
	        TEST(test_checkpoint_keeps_the_log_short),
	        TEST(test_a_reserved_log_keeps_what_is_in_it),
	        TEST(test_the_log_has_room_for_its_index),
	        TEST(test_a_log_that_cannot_be_reserved),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
