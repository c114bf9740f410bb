/* Who did what. */
#include "store/internal.h"

#include <errno.h>
#include <string.h>

#define AUDIT                                                                                                          \
	"SELECT u.id, u.at_ms, a.id, a.username, a.display_name, u.verb, u.object, u.detail"                           \
	" FROM audit u LEFT JOIN account a ON a.id = u.actor "

int store_audit(struct store_reader *r, const struct base_id *before, size_t limit,
                void (*visit)(const struct store_audit *, void *), void *ctx)
{
	static const char newest[] = AUDIT "ORDER BY u.id DESC LIMIT ?";
	static const char older[] = AUDIT "WHERE u.id < ? ORDER BY u.id DESC LIMIT ?";
	struct sql sql = sql_prepare(&r->connection, before ? older : newest);
	if (before)
		sql_bind_id(&sql, *before);
	sql_bind_int(&sql, store_limit(limit, INT64_MAX));
	struct store_audit audit;
	memset(&audit, 0, sizeof(audit));
	while (sql_next(&sql)) {
		audit.id = sql_get_id(&sql);
		audit.at_ms = sql_get_int(&sql);
		sql_get_person(&sql, &audit.actor);
		sql_get_text(&sql, audit.verb, sizeof(audit.verb));
		sql_get_text(&sql, audit.object, sizeof(audit.object));
		sql_get_text(&sql, audit.detail, sizeof(audit.detail));
		visit(&audit, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}
