/* The writer's rows of what people did and should know: notices, blocks, moderation, the audit log. */
#include "store/internal.h"
#include "store/writer.h"

int store_put_block(struct store *store, const struct store_block *block)
{
	static const char add[] = "INSERT INTO block(owner, host) VALUES(?, ?) ON CONFLICT DO NOTHING";
	static const char drop[] = "DELETE FROM block WHERE owner = ? AND host = ?";
	struct sql sql = store_sql(store, block->blocked ? add : drop);
	sql_bind_id(&sql, block->owner);
	sql_bind_id(&sql, block->host);
	return sql_run(&sql);
}

int store_insert_notice(struct store *store, const struct store_notice *notice)
{
	struct sql sql = store_sql(
	        store, "INSERT INTO notice(id, account, code, actor, show, listing, purchase, hold, title, quantity,"
	               " amount, currency, at_ms, read) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	sql_bind_id(&sql, notice->id);
	sql_bind_id(&sql, notice->account);
	sql_bind_int(&sql, notice->code);
	sql_bind_id(&sql, notice->actor.id);
	sql_bind_id(&sql, notice->show);
	sql_bind_id(&sql, notice->listing);
	sql_bind_id(&sql, notice->order);
	sql_bind_id(&sql, notice->hold);
	sql_bind_text(&sql, notice->title);
	sql_bind_int(&sql, notice->quantity);
	sql_bind_int(&sql, notice->amount.amount);
	sql_bind_text(&sql, notice->amount.currency);
	sql_bind_int(&sql, notice->at_ms);
	sql_bind_int(&sql, notice->read);
	return sql_run(&sql);
}

int store_read_notices(struct store *store, struct base_id account, struct base_id until)
{
	struct sql sql = store_sql(store, "UPDATE notice SET read = 1 WHERE account = ? AND read = 0 AND id <= ?");
	sql_bind_id(&sql, account);
	sql_bind_id(&sql, until);
	return sql_run(&sql);
}

int store_delete_notices_before(struct store *store, int64_t read_ms, int64_t unread_ms)
{
	struct sql sql = store_sql(store, "DELETE FROM notice WHERE id IN (SELECT id FROM notice INDEXED BY notice_age"
	                                  " WHERE at_ms < max(?1, ?2) AND at_ms < iif(read = 1, ?1, ?2) LIMIT 10000)");
	sql_bind_int(&sql, read_ms);
	sql_bind_int(&sql, unread_ms);
	return sql_run(&sql);
}

int store_put_moderation(struct store *store, const struct store_moderated *moderated)
{
	struct sql sql =
	        store_sql(store, "INSERT INTO moderation(show, account, muted_until_ms, banned) VALUES(?, ?, ?, ?)"
	                         " ON CONFLICT(show, account) DO UPDATE SET muted_until_ms = excluded.muted_until_ms,"
	                         " banned = excluded.banned");
	sql_bind_id(&sql, moderated->show);
	sql_bind_id(&sql, moderated->account);
	sql_bind_int(&sql, moderated->muted_until_ms);
	sql_bind_int(&sql, moderated->banned);
	return sql_run(&sql);
}

int store_insert_audit(struct store *store, const struct store_audit *audit)
{
	struct sql sql =
	        store_sql(store, "INSERT INTO audit(id, at_ms, actor, verb, object, detail) VALUES(?, ?, ?, ?, ?, ?)");
	sql_bind_id(&sql, audit->id);
	sql_bind_int(&sql, audit->at_ms);
	sql_bind_id(&sql, audit->actor.id);
	sql_bind_text(&sql, audit->verb);
	sql_bind_text(&sql, audit->object);
	sql_bind_text(&sql, audit->detail);
	return sql_run(&sql);
}
