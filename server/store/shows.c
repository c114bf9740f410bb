/* Shows, and who is muted or banned in them. */
#include "store/internal.h"

#include <errno.h>

#define SHOW                                                                                                           \
	"SELECT s.id, a.id, a.username, a.display_name, s.title, s.state, s.starts_ms, s.started_ms, s.ended_ms,"      \
	" s.created_ms, s.publish_key, s.featured,"                                                                    \
	" EXISTS(SELECT 1 FROM recording r WHERE r.show = s.id AND r.state < 2)"                                       \
	" FROM show s JOIN account a ON a.id = s.host "

static void read_show(struct sql *sql, struct store_show *out)
{
	out->id = sql_get_id(sql);
	sql_get_person(sql, &out->host);
	sql_get_text(sql, out->title, sizeof(out->title));
	out->state = (enum store_show_state)sql_get_int(sql);
	out->starts_ms = sql_get_int(sql);
	out->started_ms = sql_get_int(sql);
	out->ended_ms = sql_get_int(sql);
	out->created_ms = sql_get_int(sql);
	sql_get_text(sql, out->publish_key, sizeof(out->publish_key));
	out->featured = sql_get_id(sql);
	out->recorded = sql_get_int(sql) != 0;
}

int store_show_by_id(struct store_reader *r, struct base_id id, struct store_show *out)
{
	struct sql sql = sql_prepare(&r->connection, SHOW "WHERE s.id = ?");
	sql_bind_id(&sql, id);
	bool found = sql_next(&sql);
	if (found)
		read_show(&sql, out);
	return sql_end(&sql) ? -EIO : found ? 0 : -ENOENT;
}

/* The newest start comes first, so that the longest running comes last; a show without a time to start comes after
 * those with one. */
static const char *const by_state[2][4] = {
        {
                SHOW "ORDER BY s.id DESC LIMIT ?",
                SHOW "WHERE s.state = 0 ORDER BY s.starts_ms = 0, s.starts_ms, s.id LIMIT ?",
                SHOW "WHERE s.state = 1 ORDER BY s.started_ms DESC, s.id DESC LIMIT ?",
                SHOW "WHERE s.state = 2 ORDER BY s.ended_ms DESC, s.id DESC LIMIT ?",
        },
        {
                SHOW "WHERE s.host = ? ORDER BY s.id DESC LIMIT ?",
                SHOW "WHERE s.host = ? AND s.state = 0 ORDER BY s.starts_ms = 0, s.starts_ms, s.id LIMIT ?",
                SHOW "WHERE s.host = ? AND s.state = 1 ORDER BY s.started_ms DESC, s.id DESC LIMIT ?",
                SHOW "WHERE s.host = ? AND s.state = 2 ORDER BY s.ended_ms DESC, s.id DESC LIMIT ?",
        },
};

int store_shows(struct store_reader *r, int state, const struct base_id *host, size_t limit,
                void (*visit)(const struct store_show *, void *), void *ctx)
{
	if (state < -1 || state > STORE_SHOW_ENDED)
		return 0;
	struct sql sql = sql_prepare(&r->connection, by_state[host != NULL][state + 1]);
	if (host)
		sql_bind_id(&sql, *host);
	sql_bind_int(&sql, store_limit(limit, INT64_MAX));
	struct store_show show;
	while (sql_next(&sql)) {
		read_show(&sql, &show);
		visit(&show, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}

int store_moderation(struct store_reader *r, struct base_id show,
                     void (*visit)(struct base_id account, int64_t muted_until_ms, bool banned, void *), void *ctx)
{
	struct sql sql =
	        sql_prepare(&r->connection, "SELECT account, muted_until_ms, banned FROM moderation WHERE show = ?");
	sql_bind_id(&sql, show);
	while (sql_next(&sql)) {
		struct base_id account = sql_get_id(&sql);
		int64_t muted_until_ms = sql_get_int(&sql);
		visit(account, muted_until_ms, sql_get_int(&sql) != 0, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}
