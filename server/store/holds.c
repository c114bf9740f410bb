/* Holds. */
#include "store/internal.h"

#include <errno.h>

#include "store/writer.h"

#define HOLD                                                                                                           \
	"SELECT h.id, h.show, h.item, h.listing, h.variant, h.purchase, b.id, b.username, b.display_name, s.id,"       \
	" s.username, s.display_name, h.title, h.variant_name, h.number, h.photo, h.quantity, h.price, h.host,"        \
	" h.community, h.floor, h.currency, h.state, h.created_ms, h.expires_ms FROM hold h "
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
}

static int each_hold(struct sql *sql, void (*visit)(const struct store_hold *, void *), void *ctx)
{
	struct store_hold hold;
	while (sql_next(sql)) {
		read_hold(sql, &hold);
		visit(&hold, ctx);
	}
	return sql_end(sql) ? -EIO : 0;
}

int store_hold_by_id(struct store_reader *r, struct base_id id, struct store_hold *out)
{
	struct sql sql = sql_prepare(&r->connection, HOLD HOLD_JOINS "WHERE h.id = ?");
	sql_bind_id(&sql, id);
	bool found = sql_next(&sql);
	if (found)
		read_hold(&sql, out);
	return sql_end(&sql) ? -EIO : found ? 0 : -ENOENT;
}

int store_holds_open(struct store_reader *r, struct base_id buyer, const struct base_id *show,
                     void (*visit)(const struct store_hold *, void *), void *ctx)
{
	static const char all[] = HOLD HOLD_JOINS "WHERE h.id IN " OPEN_OF_BUYER " ORDER BY h.id";
	static const char in_show[] = HOLD HOLD_JOINS "WHERE h.id IN " OPEN_OF_BUYER " AND h.show = ? ORDER BY h.id";
	struct sql sql = sql_prepare(&r->connection, show ? in_show : all);
	sql_bind_int(&sql, store_bucket(buyer) % STORE_OPEN_BUCKETS);
	sql_bind_id(&sql, buyer);
	if (show)
		sql_bind_id(&sql, *show);
	return each_hold(&sql, visit, ctx);
}

int store_holds_all_open(struct store_reader *r, void (*visit)(const struct store_hold *, void *), void *ctx)
{
	struct sql sql = sql_prepare(&r->connection, HOLD HOLD_JOINS "WHERE h.open IS NOT NULL");
	return each_hold(&sql, visit, ctx);
}

int store_holds_of_show(struct store_reader *r, struct base_id show, size_t limit,
                        void (*visit)(const struct store_hold *, void *), void *ctx)
{
	/* A hold enters its show's index when it closes, not on the way of the claim: the few that are open are looked
	 * through. */
	struct sql sql = sql_prepare(
	        &r->connection, HOLD HOLD_JOINS
	        "WHERE h.id IN (SELECT id FROM hold INDEXED BY hold_open WHERE open IS NOT NULL AND show = ?1"
	        " UNION ALL SELECT id FROM (SELECT id FROM hold INDEXED BY hold_show WHERE open IS NULL AND show = ?1"
	        " ORDER BY id DESC LIMIT ?2)) ORDER BY h.id DESC LIMIT ?2");
	sql_bind_id(&sql, show);
	sql_bind_int(&sql, store_limit(limit, INT64_MAX));
	return each_hold(&sql, visit, ctx);
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
