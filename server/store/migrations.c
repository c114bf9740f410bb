#include "store/migrations.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/* Ids are time-ordered, so primary keys grow at their end. The rows of a hot path (stock, hold, item) are short: the
 * long texts of a listing are not written again when a unit is claimed. Enumerations are those of records.h. */
static const char schema_1[] =
        "CREATE TABLE account("
        " id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 16), username TEXT NOT NULL COLLATE NOCASE UNIQUE,"
        " display_name TEXT NOT NULL, role INTEGER NOT NULL, hosting INTEGER NOT NULL, banned INTEGER NOT NULL,"
        " created_ms INTEGER NOT NULL, password_hash TEXT NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE INDEX account_asking ON account(id) WHERE hosting = 1;"

        "CREATE TABLE session(token_hash BLOB NOT NULL PRIMARY KEY, account BLOB NOT NULL, until_ms INTEGER NOT NULL)"
        " STRICT, WITHOUT ROWID;"
        "CREATE INDEX session_until ON session(until_ms);"

        "CREATE TABLE listing("
        " id BLOB NOT NULL UNIQUE CHECK(length(id) = 16), seller BLOB NOT NULL, title TEXT NOT NULL, description TEXT "
        "NOT NULL,"
        " size TEXT NOT NULL, brand TEXT NOT NULL, price INTEGER NOT NULL CHECK(price >= 0), currency TEXT NOT NULL, "
        "photo BLOB,"
        " community_ok INTEGER NOT NULL, community_auction INTEGER NOT NULL, community_floor INTEGER NOT NULL,"
        " created_ms INTEGER NOT NULL) STRICT;"
        "CREATE INDEX listing_seller ON listing(seller, id);"
        "CREATE INDEX listing_community ON listing(id) WHERE community_ok = 1;"

        "CREATE TABLE stock(listing BLOB NOT NULL PRIMARY KEY, available INTEGER NOT NULL CHECK(available >= 0),"
        " held INTEGER NOT NULL CHECK(held >= 0), sold INTEGER NOT NULL CHECK(sold >= 0), adjusted INTEGER NOT NULL,"
        " CHECK(available + held + sold = adjusted)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE adjustment(id BLOB NOT NULL PRIMARY KEY, listing BLOB NOT NULL, actor BLOB, delta INTEGER NOT "
        "NULL,"
        " at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"

        "CREATE TABLE show("
        " id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 16), host BLOB NOT NULL, title TEXT NOT NULL, state INTEGER "
        "NOT NULL,"
        " starts_ms INTEGER NOT NULL, started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL, created_ms INTEGER NOT "
        "NULL,"
        " publish_key TEXT NOT NULL, featured BLOB) STRICT, WITHOUT ROWID;"
        "CREATE INDEX show_host ON show(host, id);"
        "CREATE INDEX show_scheduled ON show(starts_ms, id) WHERE state = 0;"
        "CREATE INDEX show_live ON show(started_ms, id) WHERE state = 1;"
        "CREATE INDEX show_ended ON show(ended_ms, id) WHERE state = 2;"

        "CREATE TABLE item("
        " id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 16), show BLOB NOT NULL, listing BLOB NOT NULL, number "
        "INTEGER NOT NULL,"
        " position INTEGER NOT NULL, price INTEGER NOT NULL CHECK(price >= 0), claimed INTEGER NOT NULL CHECK(claimed "
        ">= 0),"
        " removed INTEGER NOT NULL, UNIQUE(show, number)) STRICT, WITHOUT ROWID;"
        "CREATE UNIQUE INDEX item_listing ON item(show, listing) WHERE removed = 0;"

        "CREATE TABLE hold("
        " id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 16), show BLOB NOT NULL, item BLOB NOT NULL, listing BLOB "
        "NOT NULL,"
        " purchase BLOB, buyer BLOB NOT NULL, seller BLOB NOT NULL, title TEXT NOT NULL, photo BLOB,"
        " quantity INTEGER NOT NULL CHECK(quantity > 0), price INTEGER NOT NULL CHECK(price >= 0), currency TEXT NOT "
        "NULL,"
        " state INTEGER NOT NULL, created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE INDEX hold_open ON hold(buyer, id) WHERE state < 2;"
        "CREATE INDEX hold_show ON hold(show, id);"

        "CREATE TABLE purchase("
        " id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 16), buyer BLOB NOT NULL, seller BLOB NOT NULL, state "
        "INTEGER NOT NULL,"
        " total INTEGER NOT NULL CHECK(total >= 0), currency TEXT NOT NULL, name TEXT NOT NULL, line1 TEXT NOT NULL,"
        " line2 TEXT NOT NULL, city TEXT NOT NULL, postcode TEXT NOT NULL, country TEXT NOT NULL, payment TEXT NOT "
        "NULL,"
        " failure TEXT NOT NULL, created_ms INTEGER NOT NULL, paid_ms INTEGER NOT NULL, method TEXT NOT NULL,"
        " key BLOB NOT NULL, voided INTEGER NOT NULL, refund INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE INDEX purchase_buyer ON purchase(buyer, id);"
        "CREATE INDEX purchase_seller ON purchase(seller, id);"
        "CREATE INDEX purchase_open ON purchase(id) WHERE state = 0 OR refund = 1;"
        "CREATE TABLE purchase_line(purchase BLOB NOT NULL, hold BLOB NOT NULL, listing BLOB NOT NULL, title TEXT NOT "
        "NULL, photo BLOB,"
        " quantity INTEGER NOT NULL, price INTEGER NOT NULL, PRIMARY KEY(purchase, hold)) STRICT, WITHOUT ROWID;"

        /* Idempotency. Its order is random by nature and so every new key dirties some page: rows are kept to 16-byte
         * digests, so that the pages of those who are buying now are few. */
        "CREATE TABLE used_key(account BLOB NOT NULL, key BLOB NOT NULL, body BLOB NOT NULL, object BLOB NOT NULL,"
        " PRIMARY KEY(account, key)) STRICT, WITHOUT ROWID;"

        "CREATE TABLE moderation(show BLOB NOT NULL, account BLOB NOT NULL, muted_until_ms INTEGER NOT NULL, banned "
        "INTEGER NOT NULL,"
        " PRIMARY KEY(show, account)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE audit(id BLOB NOT NULL PRIMARY KEY, at_ms INTEGER NOT NULL, actor BLOB, verb TEXT NOT NULL, "
        "object TEXT NOT NULL,"
        " detail TEXT NOT NULL) STRICT, WITHOUT ROWID;";

/* A change of stock reaches every show that sells the listing; used keys are forgotten in the order of what they made,
 * which is that of time. */
static const char schema_2[] = "CREATE INDEX item_selling ON item(listing) WHERE removed = 0;"
                               "CREATE INDEX used_key_object ON used_key(object);";

static const char *const migrations[] = {schema_1, schema_2};

#define SCHEMA_VERSION ((int64_t)(sizeof(migrations) / sizeof(migrations[0])))

static int count(struct sqlite_connection *connection, const char *text, int64_t *out)
{
	struct sql sql = sql_prepare(connection, text);
	*out = sql_next(&sql) ? sql_get_int(&sql) : 0;
	return sql_end(&sql);
}

static int present_version(struct sqlite_connection *connection, int64_t *version)
{
	int64_t tables, versions;
	int error = count(connection, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'", &tables);
	if (!error)
		error = count(connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version'",
		              &versions);
	if (error)
		return error;
	*version = tables && !versions ? -1 : 0;
	return versions ? count(connection, "SELECT max(version) FROM schema_version", version) : 0;
}

static int apply(struct sqlite_connection *connection, int64_t version)
{
	int error = sqlite_connection_execute(connection, migrations[version - 1]);
	if (error)
		return error;
	struct sql sql = sql_prepare(connection, "INSERT INTO schema_version VALUES(?, unixepoch() * 1000)");
	sql_bind_int(&sql, version);
	return sql_run(&sql);
}

static int apply_in_transaction(struct sqlite_connection *connection, int64_t version)
{
	int error = sqlite_connection_execute(connection,
	                                      "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS schema_version("
	                                      "version INTEGER PRIMARY KEY, applied_ms INTEGER NOT NULL) STRICT");
	if (!error)
		error = apply(connection, version);
	if (!error)
		error = sqlite_connection_execute(connection, "COMMIT");
	if (error && !sqlite3_get_autocommit(connection->db)) {
		int undone = sqlite_connection_execute(connection, "ROLLBACK");
		(void)undone; /* closing the connection, which follows, rolls back as well */
	}
	return error;
}

int store_migrate(struct sqlite_connection *connection, const char *path, char *why, size_t why_len)
{
	int64_t version;
	int error = present_version(connection, &version);
	if (error)
		return error;
	if (version < 0) {
		snprintf(why, why_len, "%s is a database of another program; choose another data_dir", path);
		return -EPROTO;
	}
	if (version > SCHEMA_VERSION) {
		snprintf(why, why_len,
		         "%s was made by a newer Trunkshow (schema %" PRId64 ", this one knows %" PRId64
		         "); use that version or restore a backup",
		         path, version, SCHEMA_VERSION);
		return -EPROTO;
	}
	while (!error && version < SCHEMA_VERSION)
		error = apply_in_transaction(connection, ++version);
	return error;
}
