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

#define PLANNED "ORDER BY s.starts_ms = 0, s.starts_ms, s.id LIMIT ?1"
#define AFTER_PLANNED                                                                                                  \
	"(?2 IS NULL OR (s.starts_ms = 0, s.starts_ms, s.id) > (SELECT starts_ms = 0, starts_ms, id FROM show WHERE"   \
	" id = ?2)) "
#define BEFORE(TIME) "(?2 IS NULL OR (s." TIME ", s.id) < (SELECT " TIME ", id FROM show WHERE id = ?2)) "
#define NEWEST(TIME) "ORDER BY s." TIME " DESC, s.id DESC LIMIT ?1"

/* The newest start comes first, so that the longest running comes last; a show without a time to start comes after
 * those with one. */
static const char *const by_state[2][4] = {
        {
                SHOW "WHERE (?2 IS NULL OR s.id < ?2) ORDER BY s.id DESC LIMIT ?1",
                SHOW "WHERE s.state = 0 AND " AFTER_PLANNED PLANNED,
                SHOW "WHERE s.state = 1 AND " BEFORE("started_ms") NEWEST("started_ms"),
                SHOW "WHERE s.state = 2 AND " BEFORE("ended_ms") NEWEST("ended_ms"),
        },
        {
                SHOW "WHERE s.host = ?3 AND (?2 IS NULL OR s.id < ?2) ORDER BY s.id DESC LIMIT ?1",
                SHOW "WHERE s.host = ?3 AND s.state = 0 AND " AFTER_PLANNED PLANNED,
                SHOW "WHERE s.host = ?3 AND s.state = 1 AND " BEFORE("started_ms") NEWEST("started_ms"),
                SHOW "WHERE s.host = ?3 AND s.state = 2 AND " BEFORE("ended_ms") NEWEST("ended_ms"),
        },
};

int store_shows_page(struct store_reader *r, const struct store_shows_wanted *wanted, size_t limit,
                     void (*visit)(const struct store_show *, void *), void *ctx)
{
	if (wanted->state < -1 || wanted->state > STORE_SHOW_ENDED)
		return 0;
	struct sql sql = sql_prepare(&r->connection, by_state[wanted->host != NULL][wanted->state + 1]);
	sql_bind_int(&sql, store_limit(limit, INT64_MAX));
	sql_bind_id(&sql, wanted->behind ? *wanted->behind : (struct base_id){{0}});
	if (wanted->host)
		sql_bind_id(&sql, *wanted->host);
	struct store_show show;
	while (sql_next(&sql)) {
		read_show(&sql, &show);
		visit(&show, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}

int store_shows(struct store_reader *r, int state, const struct base_id *host, size_t limit,
                void (*visit)(const struct store_show *, void *), void *ctx)
{
	return store_shows_page(r, &(struct store_shows_wanted){.state = state, .host = host}, limit, visit, ctx);
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
