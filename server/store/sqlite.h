/* The one place that speaks SQLite's C interface: connections, a cache of prepared statements, binding and reading in
 * column order. */
#ifndef TRUNKSHOW_STORE_SQLITE_H
#define TRUNKSHOW_STORE_SQLITE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "store/records.h"

#define SQLITE_CACHE_SIZE 512 /* a power of two, at least twice the statements that there are */
#define SQLITE_IDS_MAX 12

struct sqlite_connection {
	sqlite3 *db;
	struct {
		const char *text; /**< compared by address: pass string literals or static arrays */
		sqlite3_stmt *stmt;
	} cache[SQLITE_CACHE_SIZE]; /**< at the hash of the address, or the next free place */
	size_t cached;
};

/** One run of a statement: bind in order, then run or step, read in column order, end. Errors stick and come out at the
 * end. */
struct sql {
	struct sqlite_connection *connection;
	sqlite3_stmt *stmt;
	int at; /**< next parameter (from 1) or column (from 0) */
	int rc; /**< SQLITE_OK, or the first error */
	int ids;
	struct base_id id[SQLITE_IDS_MAX]; /**< those bound; so it stays where it is until the end */
};

/** @param flags of sqlite3_open_v2. On error the connection is closed; the code is a SQLite one. */
__attribute__((warn_unused_result)) int sqlite_connection_open(struct sqlite_connection *connection, const char *path,
                                                               int flags);
void sqlite_connection_close(struct sqlite_connection *connection);

/** Turn a SQLite result into ours: -ENOSPC full (also a quota or file size limit), -EIO, -EACCES read-only or not to be
 * opened, -EAGAIN busy, -EEXIST a constraint, -ENOMEM, -EINVAL anything else. */
int sqlite_connection_error(const struct sqlite_connection *connection, int rc);

/** Run statements that return nothing. @return 0; an error as above. */
__attribute__((warn_unused_result)) int sqlite_connection_execute(struct sqlite_connection *connection,
                                                                  const char *text);

struct sql sql_prepare(struct sqlite_connection *connection, const char *text);
void sql_bind_id(struct sql *sql, struct base_id id); /**< a zero id becomes NULL */
void sql_bind_int(struct sql *sql, int64_t value);
void sql_bind_text(struct sql *sql, const char *text); /**< borrowed until the end of the run */
void sql_bind_blob(struct sql *sql, const void *data, size_t len);

bool sql_next(struct sql *sql); /**< step; true: a row is there, and reading starts at its first column */
struct base_id sql_get_id(struct sql *sql);
int64_t sql_get_int(struct sql *sql);
void sql_get_text(struct sql *sql, char *out, size_t size); /**< cut at size - 1 */
void sql_get_person(struct sql *sql, struct store_person *out);
const void *sql_get_bytes(struct sql *sql, size_t *len);   /**< good until the next step */
void sql_get_blob(struct sql *sql, void *out, size_t len); /**< zeroes when the column has another length */

__attribute__((warn_unused_result)) int sql_end(struct sql *sql); /**< reset. @return 0; the error as ours */
__attribute__((warn_unused_result)) int sql_run(struct sql *sql); /**< for statements without rows: step and end */
#endif
