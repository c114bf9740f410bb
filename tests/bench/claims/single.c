/* The usual way: SQLite, a guarded UPDATE and the hold's row, one transaction a claim. */
#include "claims.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/id.h"

static void run(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(sqlite3_errmsg(db), EIO);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;
	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
		fail(sqlite3_errmsg(db), EIO);
	return statement;
}

static void step(sqlite3 *db, sqlite3_stmt *statement)
{
	if (sqlite3_step(statement) != SQLITE_DONE)
		fail(sqlite3_errmsg(db), EIO);
	sqlite3_reset(statement);
}

struct market {
	sqlite3 *db;
	sqlite3_stmt *begin, *take, *hold, *commit;
};

static void open_market(struct market *m, const char *path)
{
	if (sqlite3_open(path, &m->db) != SQLITE_OK)
		fail(path, EIO);
	run(m->db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
	           "CREATE TABLE stock(listing INTEGER PRIMARY KEY, available INTEGER NOT NULL, held INTEGER NOT NULL);"
	           "CREATE TABLE hold(id BLOB NOT NULL PRIMARY KEY, listing INTEGER NOT NULL, buyer BLOB NOT NULL,"
	           " quantity INTEGER NOT NULL, price INTEGER NOT NULL, expires_ms INTEGER NOT NULL) WITHOUT ROWID;"
	           "INSERT INTO stock VALUES(1, 1000000, 0);");
	m->begin = prepare(m->db, "BEGIN IMMEDIATE");
	m->take = prepare(
	        m->db,
	        "UPDATE stock SET available = available - 1, held = held + 1 WHERE listing = 1 AND available >= 1");
	m->hold = prepare(m->db, "INSERT INTO hold VALUES(?, 1, ?, 1, 2500, ?)");
	m->commit = prepare(m->db, "COMMIT");
}

static void claim(struct market *m, const struct base_id *buyer)
{
	struct base_id id = base_id_new();
	step(m->db, m->begin);
	step(m->db, m->take);
	sqlite3_bind_blob(m->hold, 1, id.bytes, BASE_ID_BYTES, SQLITE_STATIC);
	sqlite3_bind_blob(m->hold, 2, buyer->bytes, BASE_ID_BYTES, SQLITE_STATIC);
	sqlite3_bind_int64(m->hold, 3, base_clock_utc_ms() + 300000);
	step(m->db, m->hold);
	step(m->db, m->commit);
}

void run_single(size_t claims, const char *parent)
{
	char *dir = make_dir(parent), *path = NULL;
	struct market market;
	struct base_id buyer = base_id_new();
	struct flow flow;
	if (asprintf(&path, "%s/market.db", dir) < 0)
		fail("asprintf", ENOMEM);
	open_market(&market, path);
	flow_init(&flow, claims);
	for (size_t i = 0; i < claims; i++) {
		int64_t asked_us = flow_ask(&flow);
		claim(&market, &buyer);
		flow_answer(&flow, asked_us);
	}
	flow_wait(&flow);
	flow_finish(&flow, "single");
	sqlite3_finalize(market.begin);
	sqlite3_finalize(market.take);
	sqlite3_finalize(market.hold);
	sqlite3_finalize(market.commit);
	sqlite3_close(market.db);
	free(path);
	remove_dir(dir);
}
