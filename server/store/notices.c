/* What a person should know, and whom one does not want as a host. */
#include <errno.h>

#include "store/internal.h"
#include "store/writer.h"

#define NOTICE                                                                                                         \
	"SELECT n.id, n.account, n.code, a.id, a.username, a.display_name, n.show, n.listing, n.purchase, n.hold,"     \
	" n.title, n.quantity, n.amount, n.currency, n.at_ms, n.read"                                                  \
	" FROM notice n LEFT JOIN account a ON a.id = n.actor WHERE n.account = ? "

static void read_notice(struct sql *sql, struct store_notice *out)
{
	out->id = sql_get_id(sql);
	out->account = sql_get_id(sql);
	out->code = (enum store_notice_code)sql_get_int(sql);
	sql_get_person(sql, &out->actor);
	out->show = sql_get_id(sql);
	out->listing = sql_get_id(sql);
	out->order = sql_get_id(sql);
	out->hold = sql_get_id(sql);
	sql_get_text(sql, out->title, sizeof(out->title));
	out->quantity = sql_get_int(sql);
	out->amount.amount = sql_get_int(sql);
	sql_get_text(sql, out->amount.currency, sizeof(out->amount.currency));
	out->at_ms = sql_get_int(sql);
	out->read = sql_get_int(sql) != 0;
}

int store_notices(struct store_reader *r, struct base_id account, const struct base_id *before, size_t limit,
                  void (*visit)(const struct store_notice *, void *), void *ctx)
{
	static const char newest[] = NOTICE "ORDER BY n.id DESC LIMIT ?";
	static const char older[] = NOTICE "AND n.id < ? ORDER BY n.id DESC LIMIT ?";
	struct sql sql = sql_prepare(&r->connection, before ? older : newest);
	struct store_notice notice;
	sql_bind_id(&sql, account);
	if (before)
		sql_bind_id(&sql, *before);
	sql_bind_int(&sql, store_limit(limit, 100));
	while (sql_next(&sql)) {
		read_notice(&sql, &notice);
		visit(&notice, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}

int store_notices_unread(struct store_reader *r, struct base_id account, int64_t *out)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT count(*) FROM notice WHERE account = ? AND read = 0");
	sql_bind_id(&sql, account);
	*out = sql_next(&sql) ? sql_get_int(&sql) : 0;
	return sql_end(&sql) ? -EIO : 0;
}

int store_blocks(struct store_reader *r, struct base_id owner, void (*visit)(const struct store_person *, void *),
                 void *ctx)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT a.id, a.username, a.display_name FROM block b"
	                                             " JOIN account a ON a.id = b.host WHERE b.owner = ?"
	                                             " ORDER BY b.seq DESC");
	struct store_person host;
	sql_bind_id(&sql, owner);
	while (sql_next(&sql)) {
		sql_get_person(&sql, &host);
		visit(&host, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}

int store_block_find(struct store_reader *r, struct base_id owner, struct base_id host)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT 1 FROM block WHERE owner = ? AND host = ?");
	sql_bind_id(&sql, owner);
	sql_bind_id(&sql, host);
	bool found = sql_next(&sql);
	return sql_end(&sql) ? -EIO : found ? 0 : -ENOENT;
}
