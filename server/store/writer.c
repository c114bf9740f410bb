/* The writer: transactions, accounts, sessions, shows and their items. */
#include "store/writer.h"

#include <errno.h>

#include "base/log.h"
#include "store/claimed.h"

#define CHECKPOINT_PAGES 2000 /* 8 MB of log: seldom enough to be cheap, soon enough that a restart reads little */
#define CHECKPOINT_MOST 15000 /* within journal_size_limit */

struct store_reader *store_writer_reads(struct store *store)
{
	return &store->reads;
}

int store_begin(struct store *store)
{
	struct sql sql = store_sql(store, "BEGIN");
	return sql_run(&sql);
}

int store_commit(struct store *store)
{
	int error = claimed_flush(store);
	if (error)
		return error;
	struct sql sql = store_sql(store, "COMMIT");
	error = sql_run(&sql);
	if (!error)
		claimed_committed(store->claimed);
	return error;
}

void store_rollback(struct store *store)
{
	claimed_rolled_back(store->claimed);
	if (sqlite3_get_autocommit(store->reads.connection.db))
		return;
	struct sql sql = store_sql(store, "ROLLBACK");
	int error = sql_run(&sql);
	if (error)
		base_log(BASE_LOG_ERROR, "store", "rollback_failed", "error=%d", error);
}

bool store_wants_checkpoint(const struct store *store)
{
	return store->wal_pages >= CHECKPOINT_PAGES;
}

int store_checkpoint(struct store *store, bool busy)
{
	if (store->wal_pages < (busy ? CHECKPOINT_MOST : CHECKPOINT_PAGES))
		return 0;
	struct sqlite_connection *connection = &store->reads.connection;
	int rc = sqlite3_wal_checkpoint_v2(connection->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	store->wal_pages = 0; /* the next commit tells again */
	return sqlite_connection_error(connection, rc);
}

int store_insert_account(struct store *store, const struct store_account *account)
{
	struct sql sql =
	        store_sql(store, "INSERT INTO account(id, username, display_name, role, hosting, banned, created_ms,"
	                         " password_hash, shipping) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
	sql_bind_id(&sql, account->person.id);
	sql_bind_text(&sql, account->person.username);
	sql_bind_text(&sql, account->person.display_name);
	sql_bind_int(&sql, account->role);
	sql_bind_int(&sql, account->hosting);
	sql_bind_int(&sql, account->banned);
	sql_bind_int(&sql, account->created_ms);
	sql_bind_text(&sql, account->password_hash);
	sql_bind_int(&sql, account->shipping);
	return sql_run(&sql);
}

int store_update_account(struct store *store, const struct store_account *account)
{
	struct sql sql =
	        store_sql(store, "UPDATE account SET role = ?, hosting = ?, banned = ?, shipping = ? WHERE id = ?");
	sql_bind_int(&sql, account->role);
	sql_bind_int(&sql, account->hosting);
	sql_bind_int(&sql, account->banned);
	sql_bind_int(&sql, account->shipping);
	sql_bind_id(&sql, account->person.id);
	return sql_run(&sql);
}

int store_insert_session(struct store *store, const uint8_t token_hash[32], struct base_id account, int64_t until_ms)
{
	struct sql sql = store_sql(store, "INSERT INTO session(token_hash, account, until_ms) VALUES(?, ?, ?)");
	sql_bind_blob(&sql, token_hash, 32);
	sql_bind_id(&sql, account);
	sql_bind_int(&sql, until_ms);
	return sql_run(&sql);
}

int store_delete_session(struct store *store, const uint8_t token_hash[32])
{
	struct sql sql = store_sql(store, "DELETE FROM session WHERE token_hash = ?");
	sql_bind_blob(&sql, token_hash, 32);
	return sql_run(&sql);
}

int store_delete_sessions_before(struct store *store, int64_t now_ms)
{
	struct sql sql = store_sql(store, "DELETE FROM session WHERE until_ms <= ?");
	sql_bind_int(&sql, now_ms);
	return sql_run(&sql);
}

static void bind_show(struct sql *sql, const struct store_show *show)
{
	sql_bind_text(sql, show->title);
	sql_bind_int(sql, show->state);
	sql_bind_int(sql, show->starts_ms);
	sql_bind_int(sql, show->started_ms);
	sql_bind_int(sql, show->ended_ms);
	sql_bind_text(sql, show->publish_key);
	sql_bind_id(sql, show->featured);
	sql_bind_id(sql, show->id);
}

int store_insert_show(struct store *store, const struct store_show *show)
{
	struct sql sql = store_sql(
	        store, "INSERT INTO show(title, state, starts_ms, started_ms, ended_ms, publish_key, featured,"
	               " id, host, created_ms) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	bind_show(&sql, show);
	sql_bind_id(&sql, show->host.id);
	sql_bind_int(&sql, show->created_ms);
	return sql_run(&sql);
}

int store_update_show(struct store *store, const struct store_show *show)
{
	struct sql sql =
	        store_sql(store, "UPDATE show SET title = ?, state = ?, starts_ms = ?, started_ms = ?, ended_ms = ?,"
	                         " publish_key = ?, featured = ? WHERE id = ?");
	bind_show(&sql, show);
	return sql_run(&sql);
}

static void bind_item(struct sql *sql, const struct store_item_row *item)
{
	sql_bind_int(sql, item->position);
	sql_bind_int(sql, item->price);
	sql_bind_int(sql, item->claimed);
	sql_bind_int(sql, item->removed);
	sql_bind_int(sql, item->flash_price);
	sql_bind_int(sql, item->flash_until_ms);
	sql_bind_id(sql, item->id);
}

int store_insert_item(struct store *store, const struct store_item_row *item)
{
	struct sql sql = store_sql(
	        store, "INSERT INTO item(position, price, claimed, removed, flash_price, flash_until_ms, id, show,"
	               " listing, number) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	bind_item(&sql, item);
	sql_bind_id(&sql, item->show);
	sql_bind_id(&sql, item->listing);
	sql_bind_int(&sql, item->number);
	return sql_run(&sql);
}

int store_update_item(struct store *store, const struct store_item_row *item)
{
	struct sql sql =
	        store_sql(store, "UPDATE item SET position = ?, price = ?, claimed = ?, removed = ?, flash_price = ?,"
	                         " flash_until_ms = ? WHERE id = ?");
	bind_item(&sql, item);
	return sql_run(&sql);
}

int store_update_claimed(struct store *store, const struct store_item_row *item)
{
	struct sql sql = store_sql(store, "UPDATE item SET claimed = ? WHERE id = ?");
	sql_bind_int(&sql, item->claimed);
	sql_bind_id(&sql, item->id);
	return sql_run(&sql);
}
