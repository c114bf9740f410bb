#include "store/sqlite.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/log.h"

/* Counting every allocation takes a lock each time; nobody asks for the count. */
static void configure(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* refused, harmlessly, if somebody used SQLite before */
}

int sqlite_connection_open(struct sqlite_connection *connection, const char *path, int flags)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, configure);
	memset(connection, 0, sizeof(*connection));
	int rc = sqlite3_open_v2(path, &connection->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(connection->db, 2000);
	if (rc != SQLITE_OK)
		sqlite_connection_close(connection);
	return rc;
}

void sqlite_connection_close(struct sqlite_connection *connection)
{
	for (size_t i = 0; i < SQLITE_CACHE_SIZE; i++)
		sqlite3_finalize(connection->cache[i].stmt);
	memset(connection->cache, 0, sizeof(connection->cache));
	connection->cached = 0;
	sqlite3_close(connection->db);
	connection->db = NULL;
}

static bool is_out_of_room(sqlite3_file *file)
{
	int error = 0;
	if (!file || !file->pMethods ||
	    file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error) != SQLITE_OK)
		return false;
	return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

/* A write that the file system refused for want of room did not happen, whatever the limit was called; SQLite knows but
 * ENOSPC. The log's error is asked of its file, because sqlite3_system_errno forgets that of a COMMIT. */
static bool out_of_room(const struct sqlite_connection *connection)
{
	sqlite3_file *data = NULL, *log = NULL;
	if (!connection->db)
		return false;
	sqlite3_file_control(connection->db, "main", SQLITE_FCNTL_FILE_POINTER, &data);
	sqlite3_file_control(connection->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
	return is_out_of_room(data) || is_out_of_room(log);
}

int sqlite_connection_error(const struct sqlite_connection *connection, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_IOERR:
		if (rc == SQLITE_IOERR_NOMEM)
			return -ENOMEM;
		return rc == SQLITE_IOERR_WRITE && out_of_room(connection) ? -ENOSPC : -EIO;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EIO;
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EAGAIN;
	case SQLITE_CONSTRAINT:
		return -EEXIST;
	case SQLITE_NOMEM:
		return -ENOMEM;
	default:
		return -EINVAL;
	}
}

int sqlite_connection_execute(struct sqlite_connection *connection, const char *text)
{
	return sqlite_connection_error(connection, sqlite3_exec(connection->db, text, NULL, NULL, NULL));
}

/* Where a text is in the cache, or will be. */
static size_t place_of(const struct sqlite_connection *connection, const char *text)
{
	size_t at = (size_t)((uintptr_t)text * UINT64_C(0x9e3779b97f4a7c15) >> 32) % SQLITE_CACHE_SIZE;
	while (connection->cache[at].text && connection->cache[at].text != text)
		at = (at + 1) % SQLITE_CACHE_SIZE;
	return at;
}

static sqlite3_stmt *cached_statement(struct sqlite_connection *connection, const char *text, int *rc)
{
	size_t at = place_of(connection, text);
	if (connection->cache[at].text)
		return connection->cache[at].stmt;
	if (connection->cached == SQLITE_CACHE_SIZE / 2) {
		*rc = SQLITE_FULL;
		return NULL;
	}
	sqlite3_stmt *stmt = NULL;
	*rc = sqlite3_prepare_v3(connection->db, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
	if (*rc != SQLITE_OK)
		return NULL;
	connection->cache[at].text = text;
	connection->cache[at].stmt = stmt;
	connection->cached++;
	return stmt;
}

struct sql sql_prepare(struct sqlite_connection *connection, const char *text)
{
	struct sql sql = {.connection = connection, .at = 1, .rc = SQLITE_OK};
	sql.stmt = cached_statement(connection, text, &sql.rc);
	return sql;
}

static void keep_first_error(struct sql *sql, int rc)
{
	if (sql->rc == SQLITE_OK && rc != SQLITE_OK)
		sql->rc = rc;
}

void sql_bind_id(struct sql *sql, struct base_id id)
{
	if (!sql->stmt)
		return;
	int at = sql->at++;
	if (base_id_is_zero(id)) {
		keep_first_error(sql, sqlite3_bind_null(sql->stmt, at));
	} else if (sql->ids < SQLITE_IDS_MAX) {
		uint8_t *kept = memcpy(sql->id[sql->ids++].bytes, id.bytes, BASE_ID_BYTES);
		keep_first_error(sql, sqlite3_bind_blob(sql->stmt, at, kept, BASE_ID_BYTES, SQLITE_STATIC));
	} else {
		keep_first_error(sql, sqlite3_bind_blob(sql->stmt, at, id.bytes, BASE_ID_BYTES, SQLITE_TRANSIENT));
	}
}

void sql_bind_int(struct sql *sql, int64_t value)
{
	if (sql->stmt)
		keep_first_error(sql, sqlite3_bind_int64(sql->stmt, sql->at++, value));
}

void sql_bind_text(struct sql *sql, const char *text)
{
	if (sql->stmt)
		keep_first_error(sql, sqlite3_bind_text(sql->stmt, sql->at++, text, -1, SQLITE_STATIC));
}

void sql_bind_blob(struct sql *sql, const void *data, size_t len)
{
	if (sql->stmt)
		keep_first_error(sql, sqlite3_bind_blob(sql->stmt, sql->at++, data, (int)len, SQLITE_STATIC));
}

bool sql_next(struct sql *sql)
{
	if (!sql->stmt || sql->rc != SQLITE_OK)
		return false;
	int rc = sqlite3_step(sql->stmt);
	sql->at = 0;
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		sql->rc = rc;
	return false;
}

struct base_id sql_get_id(struct sql *sql)
{
	struct base_id id;
	sql_get_blob(sql, id.bytes, sizeof(id.bytes));
	return id;
}

int64_t sql_get_int(struct sql *sql)
{
	return sqlite3_column_int64(sql->stmt, sql->at++);
}

void sql_get_text(struct sql *sql, char *out, size_t size)
{
	const unsigned char *text = sqlite3_column_text(sql->stmt, sql->at);
	size_t len = text ? (size_t)sqlite3_column_bytes(sql->stmt, sql->at) : 0;
	sql->at++;
	if (len >= size)
		len = size - 1;
	if (len)
		memcpy(out, text, len);
	out[len] = '\0';
}

void sql_get_person(struct sql *sql, struct store_person *out)
{
	out->id = sql_get_id(sql);
	sql_get_text(sql, out->username, sizeof(out->username));
	sql_get_text(sql, out->display_name, sizeof(out->display_name));
}

const void *sql_get_bytes(struct sql *sql, size_t *len)
{
	const void *data = sqlite3_column_blob(sql->stmt, sql->at);
	*len = data ? (size_t)sqlite3_column_bytes(sql->stmt, sql->at) : 0;
	sql->at++;
	return data;
}

void sql_get_blob(struct sql *sql, void *out, size_t len)
{
	const void *data = sqlite3_column_blob(sql->stmt, sql->at);
	if (data && (size_t)sqlite3_column_bytes(sql->stmt, sql->at) == len)
		memcpy(out, data, len);
	else
		memset(out, 0, len);
	sql->at++;
}

int sql_end(struct sql *sql)
{
	/* The code is turned into ours before the reset, which forgets the system's errno. */
	int error = sqlite_connection_error(sql->connection, sql->rc);
	if (error)
		base_log(BASE_LOG_ERROR, "store", "statement_failed", "code=%d text=%s", sql->rc,
		         sqlite3_errmsg(sql->connection->db));
	if (sql->stmt) {
		sqlite3_reset(sql->stmt);
		sqlite3_clear_bindings(sql->stmt);
	}
	return error;
}

int sql_run(struct sql *sql)
{
	while (sql_next(sql))
		;
	return sql_end(sql);
}
