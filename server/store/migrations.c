#include "store/migrations.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "store/internal.h"

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

/* The sale. Listings get a row number of their own, because the index of their words names rows by it and VACUUM
 * renumbers those without; holds may come out of the shop, without a show. What is counted (who waits, variants) is
 * not kept twice. */
static const char schema_3_stock[] =
        "ALTER TABLE account ADD COLUMN shipping INTEGER NOT NULL DEFAULT 0 CHECK(shipping >= 0);"

        "CREATE TABLE listing_3("
        " seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16), seller BLOB NOT NULL,"
        " title TEXT NOT NULL, description TEXT NOT NULL, size TEXT NOT NULL, brand TEXT NOT NULL,"
        " price INTEGER NOT NULL CHECK(price >= 0), currency TEXT NOT NULL, photo BLOB, shop INTEGER NOT NULL,"
        " community_ok INTEGER NOT NULL, community_auction INTEGER NOT NULL, community_floor INTEGER NOT NULL,"
        " created_ms INTEGER NOT NULL) STRICT;"
        "INSERT INTO listing_3(id, seller, title, description, size, brand, price, currency, photo, shop,"
        " community_ok, community_auction, community_floor, created_ms)"
        " SELECT id, seller, title, description, size, brand, price, currency, photo, 0,"
        " community_ok, community_auction, community_floor, created_ms FROM listing ORDER BY id;"
        "DROP TABLE listing;"
        "ALTER TABLE listing_3 RENAME TO listing;"
        "CREATE INDEX listing_seller ON listing(seller, id);"
        "CREATE INDEX listing_community ON listing(id) WHERE community_ok = 1;"
        "CREATE INDEX listing_shop ON listing(seller, id) WHERE shop = 1;"
        "CREATE VIRTUAL TABLE listing_text USING fts5(title, brand, description, size, content = 'listing',"
        " content_rowid = 'seq', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');"
        "INSERT INTO listing_text(listing_text) VALUES('rebuild');"

        "CREATE TABLE variant("
        " id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 16), listing BLOB NOT NULL, size TEXT NOT NULL,"
        " colour TEXT NOT NULL, available INTEGER NOT NULL CHECK(available >= 0),"
        " held INTEGER NOT NULL CHECK(held >= 0), sold INTEGER NOT NULL CHECK(sold >= 0), adjusted INTEGER NOT NULL,"
        " position INTEGER NOT NULL, removed INTEGER NOT NULL,"
        " CHECK(available + held + sold = adjusted)) STRICT, WITHOUT ROWID;"
        "CREATE INDEX variant_listing ON variant(listing, removed);"
        "ALTER TABLE adjustment ADD COLUMN variant BLOB;"

        "ALTER TABLE item ADD COLUMN flash_price INTEGER NOT NULL DEFAULT 0 CHECK(flash_price >= 0);"
        "ALTER TABLE item ADD COLUMN flash_until_ms INTEGER NOT NULL DEFAULT 0;";

/* A claim is as dear as the pages that it dirties. By buyer, each would dirty one of its own in every index; so buyers
 * are dealt into buckets, each of which grows at its end, and what is looked for is sifted out of a bucket. Few for the
 * open holds, which are few themselves; more for the keys of the closed ones. */
#define LAST_BYTE_OF_BUYER                                                                                             \
	"(instr('0123456789ABCDEF', substr(hex(buyer), 31, 1)) * 16 - 17"                                              \
	" + instr('0123456789ABCDEF', substr(hex(buyer), 32, 1)))"
static_assert(STORE_BUCKETS == 64 && STORE_OPEN_BUCKETS == 16, "in the schema");

static const char schema_3_holds[] =
        "CREATE TABLE hold_3("
        " id BLOB NOT NULL PRIMARY KEY, show BLOB, item BLOB, listing BLOB NOT NULL,"
        " variant BLOB, purchase BLOB, buyer BLOB NOT NULL, seller BLOB NOT NULL, title TEXT NOT NULL,"
        " variant_name TEXT NOT NULL, number INTEGER NOT NULL, photo BLOB,"
        " quantity INTEGER NOT NULL CHECK(quantity > 0), price INTEGER NOT NULL CHECK(price >= 0),"
        " host BLOB, community INTEGER NOT NULL, floor INTEGER NOT NULL, currency TEXT NOT NULL,"
        " state INTEGER NOT NULL, created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, bucket INTEGER NOT NULL,"
        " open INTEGER, key BLOB, body BLOB) STRICT, WITHOUT ROWID;"
        "INSERT INTO hold_3 SELECT h.id, h.show, h.item, h.listing, NULL, h.purchase, h.buyer, h.seller, h.title,"
        " '', coalesce(i.number, 0), h.photo, h.quantity, h.price, nullif(s.host, h.seller),"
        " coalesce(s.host != h.seller, 0), iif(s.host != h.seller, coalesce(l.community_floor, 0), 0), h.currency,"
        " h.state, h.created_ms, h.expires_ms, 0, NULL, NULL, NULL FROM hold h LEFT JOIN item i ON i.id = h.item"
        " LEFT JOIN show s ON s.id = h.show LEFT JOIN listing l ON l.id = h.listing ORDER BY h.id;"
        "UPDATE hold_3 SET bucket = " LAST_BYTE_OF_BUYER " % 64;"
        "UPDATE hold_3 SET open = bucket % 16 WHERE state < 2;"
        "DROP TABLE hold;"
        "ALTER TABLE hold_3 RENAME TO hold;"
        "CREATE INDEX hold_open ON hold(open, id, buyer, show) WHERE open IS NOT NULL;"
        "CREATE INDEX hold_keyed ON hold(bucket, id, buyer, key, state) WHERE state > 1 AND key IS NOT NULL;"
        "CREATE INDEX hold_show ON hold(show, id) WHERE open IS NULL AND show IS NOT NULL;"

        "CREATE TABLE waiting("
        " id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 16), show BLOB, item BLOB, listing BLOB NOT NULL,"
        " variant BLOB, buyer BLOB NOT NULL, hold BLOB, quantity INTEGER NOT NULL CHECK(quantity > 0),"
        " price INTEGER NOT NULL CHECK(price >= 0), state INTEGER NOT NULL, created_ms INTEGER NOT NULL)"
        " STRICT, WITHOUT ROWID;"
        "CREATE INDEX waiting_queue ON waiting(listing, id) WHERE state = 0;"
        "CREATE INDEX waiting_buyer ON waiting(buyer, id) WHERE state = 0;"
        "CREATE INDEX waiting_past ON waiting(show, id) WHERE state > 0;";

static const char schema_3_orders[] =
        "ALTER TABLE purchase ADD COLUMN shipping INTEGER NOT NULL DEFAULT 0 CHECK(shipping >= 0);"
        "ALTER TABLE purchase ADD COLUMN confirm INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE purchase ADD COLUMN carrier TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE purchase ADD COLUMN tracking TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE purchase ADD COLUMN shipped_ms INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE purchase ADD COLUMN cancelled_ms INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE purchase ADD COLUMN expiring INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE purchase ADD COLUMN deadline_ms INTEGER NOT NULL DEFAULT 0;"
        "UPDATE purchase SET deadline_ms = coalesce((SELECT max(h.expires_ms) FROM purchase_line l"
        " JOIN hold h ON h.id = l.hold WHERE l.purchase = purchase.id), 0) WHERE state = 0;"

        "ALTER TABLE purchase_line ADD COLUMN variant_name TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE purchase_line ADD COLUMN number INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE purchase_line ADD COLUMN host BLOB;"
        "ALTER TABLE purchase_line ADD COLUMN community INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE purchase_line ADD COLUMN floor INTEGER NOT NULL DEFAULT 0;"
        "UPDATE purchase_line SET (number, host, community, floor) ="
        " (SELECT h.number, h.host, h.community, h.floor FROM hold h WHERE h.id = purchase_line.hold)"
        " WHERE hold IN (SELECT id FROM hold);"
        "CREATE INDEX purchase_line_host ON purchase_line(host) WHERE community = 1;"

        "CREATE TABLE posting("
        " seq INTEGER PRIMARY KEY, txn BLOB NOT NULL, purchase BLOB NOT NULL, reverses BLOB, kind INTEGER NOT NULL,"
        " account INTEGER NOT NULL, owner BLOB, amount INTEGER NOT NULL, currency TEXT NOT NULL,"
        " at_ms INTEGER NOT NULL) STRICT;"
        "CREATE INDEX posting_purchase ON posting(purchase);"
        "CREATE INDEX posting_owner ON posting(owner, at_ms, account, currency, amount) WHERE owner IS NOT NULL;"
        "CREATE TRIGGER posting_update BEFORE UPDATE ON posting"
        " BEGIN SELECT raise(ABORT, 'a posting is never changed'); END;"
        "CREATE TRIGGER posting_delete BEFORE DELETE ON posting"
        " BEGIN SELECT raise(ABORT, 'a posting is never deleted'); END;";

static const char schema_3_people[] =
        "CREATE TABLE block(seq INTEGER PRIMARY KEY, owner BLOB NOT NULL, host BLOB NOT NULL, UNIQUE(owner, host))"
        " STRICT;"

        "CREATE TABLE notice("
        " id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 16), account BLOB NOT NULL, code INTEGER NOT NULL,"
        " actor BLOB, show BLOB, listing BLOB, purchase BLOB, hold BLOB, title TEXT NOT NULL,"
        " quantity INTEGER NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL, at_ms INTEGER NOT NULL,"
        " read INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE INDEX notice_account ON notice(account, id);"
        "CREATE INDEX notice_unread ON notice(account, id) WHERE read = 0;"
        "CREATE INDEX notice_read ON notice(at_ms) WHERE read = 1;";

/* Claims that have no rows of `hold` yet; see store/claimed.h. */
static const char schema_4_claimed[] = "CREATE TABLE claimed(seq INTEGER PRIMARY KEY, claims BLOB NOT NULL) STRICT;";

/* What sellers look through page by page: what was claimed of a listing (and which photos that shows), who waited for
 * it in vain, their orders by what there is to do about them. Notices go by their age, those that were read sooner. */
static const char schema_4_desk[] =
        "CREATE INDEX hold_listing ON hold(listing, id, photo);"
        "CREATE INDEX waiting_gone ON waiting(listing, id) WHERE state > 0;"
        "CREATE INDEX purchase_seller_state ON purchase(seller, state, id) WHERE paid_ms > 0;"
        "DROP INDEX notice_read;"
        "CREATE INDEX notice_age ON notice(at_ms, read);";

/* What is seen again: which item was shown when, what of a show lies in data_dir/recordings, clips of listings. */
static const char schema_5[] =
        "CREATE TABLE feature("
        " id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 16), show BLOB NOT NULL, item BLOB NOT NULL,"
        " listing BLOB NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE INDEX feature_show ON feature(show, from_ms, id);"
        "CREATE INDEX feature_now ON feature(show) WHERE to_ms = 0;"

        "CREATE TABLE recording("
        " show BLOB NOT NULL PRIMARY KEY CHECK(length(show) = 16), state INTEGER NOT NULL, full INTEGER NOT NULL,"
        " bytes INTEGER NOT NULL CHECK(bytes >= 0), duration_ms INTEGER NOT NULL, begun_ms INTEGER NOT NULL,"
        " ended_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE INDEX recording_state ON recording(state, begun_ms);"

        "CREATE TABLE clip("
        " id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 16), show BLOB NOT NULL, listing BLOB NOT NULL,"
        " item BLOB NOT NULL, state INTEGER NOT NULL, from_ms INTEGER NOT NULL, wanted_ms INTEGER NOT NULL,"
        " duration_ms INTEGER NOT NULL, bytes INTEGER NOT NULL, made_ms INTEGER NOT NULL, UNIQUE(show, listing))"
        " STRICT, WITHOUT ROWID;"
        "CREATE INDEX clip_listing ON clip(listing, from_ms, id);"
        "CREATE INDEX account_admin ON account(id) WHERE role = 2;";

#define STEPS_MAX 4

/* One transaction each; the steps of one stand apart only to be read. */
static const char *const migrations[][STEPS_MAX] = {
        {schema_1},
        {schema_2},
        {schema_3_stock, schema_3_holds, schema_3_orders, schema_3_people},
        {schema_4_claimed, schema_4_desk},
        {schema_5},
};

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
	int error = 0;
	for (size_t i = 0; i < STEPS_MAX && migrations[version - 1][i] && !error; i++)
		error = sqlite_connection_execute(connection, migrations[version - 1][i]);
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

int store_migrate_to(struct sqlite_connection *connection, int64_t wanted)
{
	int64_t version;
	int error = present_version(connection, &version);
	while (!error && version < wanted)
		error = apply_in_transaction(connection, ++version);
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
	return store_migrate_to(connection, SCHEMA_VERSION);
}
