#include "store/claimed.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/log.h"
#include "store/filter.h"
#include "store/migrations.h"
#include "store/writer.h"

char *store_path(const char *data_dir, const char *name)
{
	return g_build_filename(data_dir, name, NULL);
}

static int refuse(char *why, size_t why_len, const char *path, const char *text, int error)
{
	snprintf(why, why_len, "%s: %s", path, text);
	return error;
}

static int refuse_errno(char *why, size_t why_len, const char *path, int error)
{
	char text[128];
	if (error == EACCES || error == EPERM || error == EROFS)
		return refuse(why, why_len, path, "not writable; give it to the user that runs Trunkshow", -EACCES);
	if (error == ENOSPC || error == EDQUOT)
		return refuse(why, why_len, path, "no space left on its file system", -ENOSPC);
	return refuse(why, why_len, path, strerror_r(error, text, sizeof(text)), -EIO);
}

/* Two servers on one folder would each believe to be the one writer. The lock goes when its holder dies. */
static int lock_folder(const char *data_dir, char *why, size_t why_len, int *out)
{
	g_autofree char *path = store_path(data_dir, "trunkshow.lock");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return refuse_errno(why, why_len, path, errno);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		*out = fd;
		return 0;
	}
	int error = errno;
	close(fd);
	if (error == EWOULDBLOCK)
		return refuse(why, why_len, data_dir, "another server is using this data_dir", -EBUSY);
	return refuse_errno(why, why_len, path, error);
}

/* Passwords' hashes and publish keys are in it, so it is made for its owner alone; SQLite gives its other files the
 * same mode. */
static int make_file(const char *path, char *why, size_t why_len)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return refuse_errno(why, why_len, path, errno);
	close(fd);
	return 0;
}

/* Nothing is at stake yet, so any sign of a full disk may be believed; a commit needs more (sqlite_connection_error).
 */
static bool looks_full(const struct sqlite_connection *connection)
{
	int error = sqlite3_system_errno(connection->db);
	return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

static int explain(struct sqlite_connection *connection, const char *path, int error, char *why, size_t why_len)
{
	if (error == -EIO && looks_full(connection))
		error = -ENOSPC;
	switch (error) {
	case 0:
	case -EPROTO:
		return error;
	case -ENOSPC:
		return refuse_errno(why, why_len, path, ENOSPC);
	case -EACCES:
		return refuse_errno(why, why_len, path, EACCES);
	default:
		snprintf(why, why_len, "%s: %s; restore a backup if it is damaged", path,
		         sqlite3_errmsg(connection->db));
		return error == -EAGAIN ? -EBUSY : -EIO;
	}
}

/* FULL: what was answered survives a power cut. Checkpoints are asked for explicitly (store_checkpoint), because an
 * automatic one swallows its errors, and after a failed fsync nothing on the disk may be believed. */
static const char settings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
                               "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;"
                               "PRAGMA journal_size_limit = 67108864";
#define LOG_MOST 67108864
#define FRAME_BYTES (24 + 4096) /* of the log: a page */
#define INDEX_BYTES 32768       /* the log's index grows by this, for so many frames (for a few less at its begin) */
#define INDEX_FRAMES 4096

static int count_wal_pages(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct store *store = ctx;
	store->wal_pages = pages;
	return SQLITE_OK;
}

/* After a sync that failed, part of the log that the process before left may be in the system's memory alone, where it
 * looks well and is never synced again. So it is written anew, the same bytes to the same place, before anything is
 * built on it. */
static int write_log_anew(struct sqlite_connection *connection)
{
	uint8_t part[65536];
	sqlite3_file *log = NULL;
	sqlite3_int64 size = 0;
	sqlite3_file_control(connection->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
	if (!log || !log->pMethods)
		return 0;
	int rc = log->pMethods->xFileSize(log, &size);
	for (sqlite3_int64 at = 0; at < size && rc == SQLITE_OK; at += (sqlite3_int64)sizeof(part)) {
		int len = size - at < (sqlite3_int64)sizeof(part) ? (int)(size - at) : (int)sizeof(part);
		rc = log->pMethods->xRead(log, part, len, at);
		if (rc == SQLITE_OK)
			rc = log->pMethods->xWrite(log, part, len, at);
	}
	if (rc == SQLITE_OK && size > 0)
		rc = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
	return sqlite_connection_error(connection, rc);
}

/* What the process before had no time for. */
static int settle_all(struct store *store)
{
	int settled;
	do
		settled = store_settle(store);
	while (settled > 0);
	return settled;
}

/* The log's index, in memory that a file backs, grows as the log does, but last: where there is no room for it then,
 * the transaction is on the disk or is not, and the server has to end. So it gets its room before, for the longest log.
 */
static void reserve_index(struct store *store)
{
	sqlite3_file *data = NULL;
	void volatile *region;
	sqlite3_file_control(store->reads.connection.db, "main", SQLITE_FCNTL_FILE_POINTER, &data);
	if (!data || !data->pMethods || data->pMethods->iVersion < 2)
		return;
	int rc = SQLITE_OK;
	for (int i = 0; i <= LOG_MOST / FRAME_BYTES / INDEX_FRAMES && rc == SQLITE_OK; i++)
		rc = data->pMethods->xShmMap(data, i, INDEX_BYTES, true, &region);
	if (rc != SQLITE_OK)
		base_log(BASE_LOG_WARN, "store", "index_not_reserved", "code=%d", rc);
}

void store_reserve_log(struct store *store, int64_t bytes)
{
	static const uint8_t zeroes[65536];
	sqlite3_file *log = NULL;
	sqlite3_int64 size = 0;
	sqlite3_file_control(store->reads.connection.db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
	if (!log || !log->pMethods || log->pMethods->xFileSize(log, &size) != SQLITE_OK)
		return;
	int rc = SQLITE_OK;
	for (sqlite3_int64 at = size; at < bytes && rc == SQLITE_OK; at += (sqlite3_int64)sizeof(zeroes))
		rc = log->pMethods->xWrite(log, zeroes, sizeof(zeroes), at);
	if (rc == SQLITE_OK && size < bytes)
		rc = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
	if (rc == SQLITE_OK)
		return;
	int given_back = log->pMethods->xTruncate(log, size); /* the last room is for who needs it */
	base_log(BASE_LOG_WARN, "store", "log_not_reserved", "code=%d given_back=%d", rc, given_back == SQLITE_OK);
}

static int open_writer(struct store *store, const char *path, char *why, size_t why_len)
{
	struct sqlite_connection *connection = &store->reads.connection;
	int error = make_file(path, why, why_len);
	if (error)
		return error;
	int rc = sqlite_connection_open(connection, path, SQLITE_OPEN_READWRITE);
	if (rc != SQLITE_OK)
		return refuse(why, why_len, path, sqlite3_errstr(rc), rc == SQLITE_CANTOPEN ? -EACCES : -EIO);
	error = sqlite_connection_execute(connection, settings);
	if (!error)
		error = write_log_anew(connection);
	if (!error && sqlite3_db_readonly(connection->db, "main"))
		error = -EACCES;
	if (!error)
		error = store_migrate(connection, path, why, why_len);
	if (!error)
		reserve_index(store);
	if (!error)
		error = settle_all(store);
	if (!error)
		error = store_keys_load(&store->reads);
	sqlite3_wal_hook(connection->db, count_wal_pages, store);
	return explain(connection, path, error, why, why_len);
}

int store_open(const char *data_dir, char *why, size_t why_len, struct store **out)
{
	why[0] = '\0';
	if (g_mkdir_with_parents(data_dir, 0700) != 0)
		return refuse_errno(why, why_len, data_dir, errno);
	struct store *store = g_new0(struct store, 1);
	store->lock_fd = -1;
	store->claimed = claimed_new();
	g_autofree char *path = store_path(data_dir, "trunkshow.db");
	int error = lock_folder(data_dir, why, why_len, &store->lock_fd);
	if (!error)
		error = open_writer(store, path, why, why_len);
	if (error) {
		store_close(store);
		return error;
	}
	*out = store;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	sqlite_connection_close(&store->reads.connection);
	filter_free(store->reads.keys);
	claimed_free(store->claimed);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	g_free(store);
}

int store_open_read_only(struct sqlite_connection *connection, const char *path)
{
	int rc = sqlite_connection_open(connection, path, SQLITE_OPEN_READONLY);
	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_db_config(connection->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (rc != SQLITE_OK)
		sqlite_connection_close(connection);
	return rc;
}

int store_reader_open(const char *data_dir, struct store_reader **out)
{
	g_autofree char *path = store_path(data_dir, "trunkshow.db");
	struct store_reader *reader = g_new0(struct store_reader, 1);
	int rc = store_open_read_only(&reader->connection, path);
	if (rc != SQLITE_OK) {
		g_free(reader);
		return rc == SQLITE_CANTOPEN ? -ENOENT : -EIO;
	}
	*out = reader;
	return 0;
}

void store_reader_close(struct store_reader *reader)
{
	if (!reader)
		return;
	sqlite_connection_close(&reader->connection);
	g_free(reader);
}
