/* Accounts and sessions. */
#include "store/internal.h"

#include <errno.h>

#define PERSON "a.id, a.username, a.display_name"
#define ACCOUNT PERSON ", a.role, a.hosting, a.banned, a.shipping, a.created_ms"

static void read_account(struct sql *sql, struct store_account *out)
{
	sql_get_person(sql, &out->person);
	out->role = (enum store_role)sql_get_int(sql);
	out->hosting = (enum store_hosting)sql_get_int(sql);
	out->banned = sql_get_int(sql) != 0;
	out->shipping = sql_get_int(sql);
	out->created_ms = sql_get_int(sql);
	out->password_hash[0] = '\0';
}

static int one_account(struct sql *sql, struct store_account *out, bool with_hash)
{
	bool found = sql_next(sql);
	if (found) {
		read_account(sql, out);
		if (with_hash)
			sql_get_text(sql, out->password_hash, sizeof(out->password_hash));
	}
	int error = sql_end(sql);
	return error ? -EIO : found ? 0 : -ENOENT;
}

int store_session_account(struct store_reader *r, const uint8_t token_hash[32], int64_t now_ms,
                          struct store_account *out)
{
	struct sql sql =
	        sql_prepare(&r->connection, "SELECT " ACCOUNT " FROM session s JOIN account a ON a.id = s.account"
	                                    " WHERE s.token_hash = ? AND s.until_ms > ?");
	sql_bind_blob(&sql, token_hash, 32);
	sql_bind_int(&sql, now_ms);
	return one_account(&sql, out, false);
}

int store_account_by_username(struct store_reader *r, const char *username, struct store_account *out)
{
	struct sql sql =
	        sql_prepare(&r->connection, "SELECT " ACCOUNT ", a.password_hash FROM account a WHERE a.username = ?");
	sql_bind_text(&sql, username);
	return one_account(&sql, out, true);
}

int store_account_by_id(struct store_reader *r, struct base_id id, struct store_account *out)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT " ACCOUNT " FROM account a WHERE a.id = ?");
	sql_bind_id(&sql, id);
	return one_account(&sql, out, false);
}

int store_accounts_asking_to_host(struct store_reader *r, void (*visit)(const struct store_account *, void *),
                                  void *ctx)
{
	struct sql sql =
	        sql_prepare(&r->connection, "SELECT " ACCOUNT " FROM account a WHERE a.hosting = 1 ORDER BY a.id");
	struct store_account account;
	while (sql_next(&sql)) {
		read_account(&sql, &account);
		visit(&account, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}

int store_accounts_find(struct store_reader *r, const char *text, size_t limit,
                        void (*visit)(const struct store_account *, void *), void *ctx)
{
	struct sql sql = sql_prepare(
	        &r->connection, "SELECT " ACCOUNT " FROM account a WHERE ?1 = ''"
	                        " OR instr(lower(a.username), lower(?1)) OR instr(lower(a.display_name), lower(?1))"
	                        " ORDER BY a.username = ?1 DESC, a.username LIMIT ?2");
	sql_bind_text(&sql, text ? text : "");
	sql_bind_int(&sql, limit < INT64_MAX ? (int64_t)limit : INT64_MAX);
	struct store_account account;
	while (sql_next(&sql)) {
		read_account(&sql, &account);
		visit(&account, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}

int store_admins(struct store_reader *r, void (*visit)(struct base_id account, void *), void *ctx)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT id FROM account WHERE role = 2 AND banned = 0");
	while (sql_next(&sql))
		visit(sql_get_id(&sql), ctx);
	return sql_end(&sql) ? -EIO : 0;
}

int store_counts(struct store_reader *r, int64_t *accounts, int64_t *shows)
{
	struct sql sql =
	        sql_prepare(&r->connection, "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM show)");
	if (sql_next(&sql)) {
		*accounts = sql_get_int(&sql);
		*shows = sql_get_int(&sql);
	}
	return sql_end(&sql) ? -EIO : 0;
}
