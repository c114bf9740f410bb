/* Who waits for what others hold. */
#include <errno.h>

#include "store/internal.h"
#include "store/writer.h"

#define WAITING                                                                                                        \
	"w.id, w.show, w.item, w.listing, w.variant, w.hold, b.id, b.username, b.display_name, l.title,"               \
	" " STORE_VARIANT_NAME ", w.quantity, w.price, w.state, w.created_ms"
#define WAITING_FROM                                                                                                   \
	" FROM waiting w JOIN account b ON b.id = w.buyer JOIN listing l ON l.id = w.listing"                          \
	" LEFT JOIN variant v ON v.id = w.variant "
/* A queue is that of one variant, or of a listing without. */
#define PLACE                                                                                                          \
	"(SELECT count(*) FROM waiting q WHERE q.listing = w.listing AND q.variant IS w.variant AND q.state = 0"       \
	" AND w.state = 0 AND q.id <= w.id)"

static void read_waiting(struct sql *sql, struct store_waiting *out)
{
	out->place = sql_get_int(sql);
	out->id = sql_get_id(sql);
	out->show = sql_get_id(sql);
	out->item = sql_get_id(sql);
	out->listing = sql_get_id(sql);
	out->variant = sql_get_id(sql);
	out->hold = sql_get_id(sql);
	sql_get_person(sql, &out->buyer);
	sql_get_text(sql, out->title, sizeof(out->title));
	sql_get_text(sql, out->variant_name, sizeof(out->variant_name));
	out->quantity = sql_get_int(sql);
	out->price = sql_get_int(sql);
	out->state = (enum store_waiting_state)sql_get_int(sql);
	out->created_ms = sql_get_int(sql);
}

static int each_waiting(struct sql *sql, void (*visit)(const struct store_waiting *, void *), void *ctx)
{
	struct store_waiting waiting;
	while (sql_next(sql)) {
		read_waiting(sql, &waiting);
		visit(&waiting, ctx);
	}
	return sql_end(sql) ? -EIO : 0;
}

/* The row number counts a whole queue at once, where PLACE would count it anew for each who waits. */
int store_waitlist(struct store_reader *r, struct base_id listing, size_t limit,
                   void (*visit)(const struct store_waiting *, void *), void *ctx)
{
	struct sql sql = sql_prepare(
	        &r->connection, "SELECT row_number() OVER (PARTITION BY w.variant ORDER BY w.id), " WAITING WAITING_FROM
	                        "WHERE w.listing = ? AND w.state = 0 ORDER BY w.id LIMIT ?");
	sql_bind_id(&sql, listing);
	sql_bind_int(&sql, store_limit(limit, INT64_MAX));
	return each_waiting(&sql, visit, ctx);
}

int store_waiting_of(struct store_reader *r, struct base_id buyer, const struct base_id *show,
                     void (*visit)(const struct store_waiting *, void *), void *ctx)
{
	static const char all[] =
	        "SELECT " PLACE ", " WAITING WAITING_FROM "WHERE w.buyer = ? AND w.state = 0 ORDER BY w.id";
	static const char in_show[] = "SELECT " PLACE ", " WAITING WAITING_FROM
	                              "WHERE w.buyer = ? AND w.state = 0 AND w.show = ? ORDER BY w.id";
	struct sql sql = sql_prepare(&r->connection, show ? in_show : all);
	sql_bind_id(&sql, buyer);
	if (show)
		sql_bind_id(&sql, *show);
	return each_waiting(&sql, visit, ctx);
}

int store_waiting_gone(struct store_reader *r, struct base_id show, size_t limit,
                       void (*visit)(const struct store_waiting *, void *), void *ctx)
{
	struct sql sql =
	        sql_prepare(&r->connection, "SELECT 0, " WAITING WAITING_FROM "LEFT JOIN hold h ON h.id = w.hold"
	                                    " WHERE w.show = ? AND w.state > 0 AND (w.state > 1 OR h.state = 4)"
	                                    " ORDER BY w.id DESC LIMIT ?");
	sql_bind_id(&sql, show);
	sql_bind_int(&sql, store_limit(limit, INT64_MAX));
	return each_waiting(&sql, visit, ctx);
}

int store_waiting_all(struct store_reader *r, void (*visit)(const struct store_waiting *, void *), void *ctx)
{
	struct sql sql = sql_prepare(
	        &r->connection,
	        "SELECT row_number() OVER (PARTITION BY w.listing, w.variant ORDER BY w.id), " WAITING WAITING_FROM
	        "WHERE w.state = 0 ORDER BY w.id");
	return each_waiting(&sql, visit, ctx);
}

int store_waiting_by_id(struct store_reader *r, struct base_id id, struct store_waiting *out)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT " PLACE ", " WAITING WAITING_FROM "WHERE w.id = ?");
	sql_bind_id(&sql, id);
	bool found = sql_next(&sql);
	if (found)
		read_waiting(&sql, out);
	return sql_end(&sql) ? -EIO : found ? 0 : -ENOENT;
}
