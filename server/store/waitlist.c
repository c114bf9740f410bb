/* Who waits for what others hold. */
#include <errno.h>

#include "store/internal.h"
#include "store/writer.h"

#define WAITING_BUT_ID                                                                                                 \
	"w.show, w.item, w.listing, w.variant, w.hold, b.id, b.username, b.display_name, l.title,"                     \
	" " STORE_VARIANT_NAME ", w.quantity, w.price, w.state, w.created_ms"
#define WAITING "w.id, " WAITING_BUT_ID
#define WAITING_JOINS                                                                                                  \
	" JOIN account b ON b.id = w.buyer JOIN listing l ON l.id = w.listing LEFT JOIN variant v ON v.id = "          \
	"w.variant "
#define WAITING_FROM " FROM waiting w" WAITING_JOINS
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
int store_waitlist(struct store_reader *r, struct base_id listing, const struct base_id *after, size_t limit,
                   void (*visit)(const struct store_waiting *, void *), void *ctx)
{
	struct sql sql = sql_prepare(
	        &r->connection, "SELECT * FROM (SELECT row_number() OVER (PARTITION BY w.variant ORDER BY w.id), w.id"
	                        " AS behind, " WAITING_BUT_ID WAITING_FROM "WHERE w.listing = ?1 AND w.state = 0)"
	                        " WHERE behind > coalesce(?2, x'') ORDER BY behind LIMIT ?3");
	sql_bind_id(&sql, listing);
	sql_bind_id(&sql, after ? *after : (struct base_id){{0}});
	sql_bind_int(&sql, store_limit(limit, INT64_MAX));
	return each_waiting(&sql, visit, ctx);
}

int store_waiting_of_show(struct store_reader *r, struct base_id show, const struct base_id *before, size_t limit,
                          void (*visit)(const struct store_waiting *, void *), void *ctx)
{
	/* Queues are those of listings: who came by way of this show is picked out of the queues of what it sells. */
	struct sql sql = sql_prepare(&r->connection,
	                             "SELECT " PLACE ", " WAITING " FROM item i JOIN waiting w ON w.listing = i.listing"
	                             " AND w.state = 0 AND w.item = i.id" WAITING_JOINS
	                             "WHERE i.show = ?1 AND w.id < ?2 ORDER BY w.id DESC LIMIT ?3");
	sql_bind_id(&sql, show);
	sql_bind_id(&sql, store_before(before));
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

/* Whose wait ended without a hold, or whose hold ran out. */
#define GONE WAITING_FROM "LEFT JOIN hold h ON h.id = w.hold WHERE w.state > 0 AND (w.state > 1 OR h.state = 4) AND "
#define NEWEST " AND w.id < ?2 ORDER BY w.id DESC LIMIT ?3"

static int page_of_gone(struct store_reader *r, const char *sql, struct base_id of, const struct base_id *before,
                        size_t limit, void (*visit)(const struct store_waiting *, void *), void *ctx)
{
	struct sql page = sql_prepare(&r->connection, sql);
	sql_bind_id(&page, of);
	sql_bind_id(&page, store_before(before));
	sql_bind_int(&page, store_limit(limit, INT64_MAX));
	return each_waiting(&page, visit, ctx);
}

int store_waiting_gone(struct store_reader *r, struct base_id show, const struct base_id *before, size_t limit,
                       void (*visit)(const struct store_waiting *, void *), void *ctx)
{
	return page_of_gone(r, "SELECT 0, " WAITING GONE "w.show = ?1" NEWEST, show, before, limit, visit, ctx);
}

int store_waiting_gone_of_listing(struct store_reader *r, struct base_id listing, const struct base_id *before,
                                  size_t limit, void (*visit)(const struct store_waiting *, void *), void *ctx)
{
	return page_of_gone(r, "SELECT 0, " WAITING GONE "w.listing = ?1" NEWEST, listing, before, limit, visit, ctx);
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
