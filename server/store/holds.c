/* Holds. */
#include "store/claimed.h"

#include <errno.h>
#include <string.h>

#include "store/writer.h"

#define HOLD                                                                                                           \
	"SELECT h.id, h.show, h.item, h.listing, h.variant, h.purchase, b.id, b.username, b.display_name, s.id,"       \
	" s.username, s.display_name, h.title, h.variant_name, h.number, h.photo, h.quantity, h.price, h.host,"        \
	" h.community, h.floor, h.currency, h.state, h.created_ms, h.expires_ms, h.key, h.body FROM hold h "
#define HOLD_JOINS "JOIN account b ON b.id = h.buyer JOIN account s ON s.id = h.seller "

/* Out of the index alone, so that only the buyer's own rows are looked up. */
#define OPEN_OF_BUYER "(SELECT id FROM hold INDEXED BY hold_open WHERE open = ? AND buyer = ?)"

static void read_hold(struct sql *sql, struct store_hold *out)
{
	out->id = sql_get_id(sql);
	out->show = sql_get_id(sql);
	out->item = sql_get_id(sql);
	out->listing = sql_get_id(sql);
	out->variant = sql_get_id(sql);
	out->order = sql_get_id(sql);
	sql_get_person(sql, &out->buyer);
	sql_get_person(sql, &out->seller);
	sql_get_text(sql, out->title, sizeof(out->title));
	sql_get_text(sql, out->variant_name, sizeof(out->variant_name));
	out->number = sql_get_int(sql);
	out->photo = sql_get_id(sql);
	out->quantity = sql_get_int(sql);
	out->price = sql_get_int(sql);
	out->terms.host = sql_get_id(sql);
	out->terms.community = sql_get_int(sql) != 0;
	out->terms.floor = sql_get_int(sql);
	sql_get_text(sql, out->currency, sizeof(out->currency));
	out->state = (enum store_hold_state)sql_get_int(sql);
	out->created_ms = sql_get_int(sql);
	out->expires_ms = sql_get_int(sql);
	sql_get_blob(sql, out->key, sizeof(out->key));
	sql_get_blob(sql, out->body, sizeof(out->body));
}

static int each_hold(struct sql *sql, void (*visit)(const struct store_hold *, void *), void *ctx)
{
	struct store_hold hold = {.state = STORE_HOLD_ACTIVE};
	while (sql_next(sql)) {
		read_hold(sql, &hold);
		visit(&hold, ctx);
	}
	return sql_end(sql) ? -EIO : 0;
}

static void keep_hold(const struct store_hold *hold, void *ctx)
{
	g_array_append_vals(ctx, hold, 1);
}

static gint by_id(gconstpointer a, gconstpointer b)
{
	return memcmp(((const struct store_hold *)a)->id.bytes, ((const struct store_hold *)b)->id.bytes,
	              BASE_ID_BYTES);
}

static gint newest_first(gconstpointer a, gconstpointer b)
{
	return by_id(b, a);
}

/* The rows of a statement, and the holds that have none. @param sql prepared and bound, in the snapshot that is read.
 */
static int each_with_claimed(struct store_reader *r, struct sql *sql, const struct claimed_wanted *wanted,
                             GCompareFunc order, size_t limit, void (*visit)(const struct store_hold *, void *),
                             void *ctx)
{
	g_autoptr(GArray) holds = g_array_new(FALSE, FALSE, sizeof(struct store_hold));
	int error = claimed_find(r, wanted, holds);
	if (error || holds->len == 0) {
		int rows = each_hold(sql, visit, ctx);
		return error ? error : rows;
	}
	error = each_hold(sql, keep_hold, holds);
	g_array_sort(holds, order);
	for (guint i = 0; i < holds->len && i < limit && !error; i++)
		visit(&g_array_index(holds, struct store_hold, i), ctx);
	return error;
}

static int find_row(struct store_reader *r, struct base_id id, struct store_hold *out)
{
	struct sql sql = sql_prepare(&r->connection, HOLD HOLD_JOINS "WHERE h.id = ?");
	sql_bind_id(&sql, id);
	bool found = sql_next(&sql);
	if (found)
		read_hold(&sql, out);
	return sql_end(&sql) ? -EIO : found ? 0 : -ENOENT;
}

static int find_claimed(struct store_reader *r, struct base_id id, struct store_hold *out)
{
	g_autoptr(GArray) holds = g_array_new(FALSE, FALSE, sizeof(struct store_hold));
	int error = claimed_find(r, &(struct claimed_wanted){.id = &id}, holds);
	if (holds->len)
		*out = g_array_index(holds, struct store_hold, 0);
	return error ? error : holds->len ? 0 : -ENOENT;
}

int store_hold_by_id(struct store_reader *r, struct base_id id, struct store_hold *out)
{
	bool begun;
	int error = store_snapshot(r, &begun);
	if (!error)
		error = find_row(r, id, out);
	if (error == -ENOENT)
		error = find_claimed(r, id, out);
	return store_snapshot_end(r, begun, error);
}

int store_holds_open(struct store_reader *r, struct base_id buyer, const struct base_id *show,
                     void (*visit)(const struct store_hold *, void *), void *ctx)
{
	static const char all[] = HOLD HOLD_JOINS "WHERE h.id IN " OPEN_OF_BUYER " ORDER BY h.id";
	static const char in_show[] = HOLD HOLD_JOINS "WHERE h.id IN " OPEN_OF_BUYER " AND h.show = ? ORDER BY h.id";
	bool begun;
	int error = store_snapshot(r, &begun);
	if (error)
		return error;
	struct sql sql = sql_prepare(&r->connection, show ? in_show : all);
	sql_bind_int(&sql, store_bucket(buyer) % STORE_OPEN_BUCKETS);
	sql_bind_id(&sql, buyer);
	if (show)
		sql_bind_id(&sql, *show);
	const struct claimed_wanted wanted = {.buyer = &buyer, .show = show};
	error = each_with_claimed(r, &sql, &wanted, by_id, SIZE_MAX, visit, ctx);
	return store_snapshot_end(r, begun, error);
}

int store_holds_all_open(struct store_reader *r, void (*visit)(const struct store_hold *, void *), void *ctx)
{
	bool begun;
	int error = store_snapshot(r, &begun);
	if (error)
		return error;
	struct sql sql = sql_prepare(&r->connection, HOLD HOLD_JOINS "WHERE h.open IS NOT NULL");
	error = each_with_claimed(r, &sql, &(struct claimed_wanted){.id = NULL}, by_id, SIZE_MAX, visit, ctx);
	return store_snapshot_end(r, begun, error);
}

/* Newest first. @param sql prepared; what it wants is bound here: whose, how many, older than which. */
static int page_of_holds(struct store_reader *r, const char *sql, const struct claimed_wanted *wanted, size_t limit,
                         void (*visit)(const struct store_hold *, void *), void *ctx)
{
	bool begun;
	int error = store_snapshot(r, &begun);
	if (error)
		return error;
	struct sql page = sql_prepare(&r->connection, sql);
	sql_bind_id(&page, wanted->show ? *wanted->show : *wanted->listing);
	sql_bind_int(&page, store_limit(limit, INT64_MAX));
	sql_bind_id(&page, store_before(wanted->before));
	error = each_with_claimed(r, &page, wanted, newest_first, limit, visit, ctx);
	return store_snapshot_end(r, begun, error);
}

int store_holds_of_show(struct store_reader *r, struct base_id show, const struct base_id *before, size_t limit,
                        void (*visit)(const struct store_hold *, void *), void *ctx)
{
	/* A hold enters its show's index when it closes, not on the way of the claim: the few that are open are looked
	 * through. */
	static const char page[] =
	        HOLD HOLD_JOINS "WHERE h.id IN (SELECT id FROM hold INDEXED BY hold_open WHERE open IS NOT NULL"
	                        " AND show = ?1 AND id < ?3"
	                        " UNION ALL SELECT id FROM (SELECT id FROM hold INDEXED BY hold_show"
	                        " WHERE open IS NULL AND show = ?1 AND id < ?3 ORDER BY id DESC LIMIT ?2))"
	                        " ORDER BY h.id DESC LIMIT ?2";
	return page_of_holds(r, page, &(struct claimed_wanted){.show = &show, .before = before}, limit, visit, ctx);
}

int store_holds_of_listing(struct store_reader *r, struct base_id listing, const struct base_id *before, size_t limit,
                           void (*visit)(const struct store_hold *, void *), void *ctx)
{
	static const char page[] =
	        HOLD HOLD_JOINS "WHERE h.id IN (SELECT id FROM hold INDEXED BY hold_listing WHERE listing = ?1"
	                        " AND id < ?3 ORDER BY id DESC LIMIT ?2) ORDER BY h.id DESC";
	return page_of_holds(r, page, &(struct claimed_wanted){.listing = &listing, .before = before}, limit, visit,
	                     ctx);
}

int store_holds_of_order(struct store_reader *r, struct base_id order, void (*visit)(const struct store_hold *, void *),
                         void *ctx)
{
	/* A hold that was given back may be in another order by now. */
	struct sql sql =
	        sql_prepare(&r->connection, HOLD "JOIN purchase_line n ON n.hold = h.id " HOLD_JOINS
	                                         "WHERE n.purchase = ? AND h.purchase = n.purchase ORDER BY h.id");
	sql_bind_id(&sql, order);
	return each_hold(&sql, visit, ctx);
}
