/* Orders and their lines. */
#include "store/internal.h"

#include <errno.h>

#include "store/writer.h"

#define ORDER                                                                                                          \
	"p.id, b.id, b.username, b.display_name, v.id, v.username, v.display_name, p.state, p.total, p.shipping,"      \
	" p.currency, p.name, p.line1, p.line2, p.city, p.postcode, p.country, p.payment, p.failure, p.confirm,"       \
	" p.refund, p.carrier, p.tracking, p.created_ms, p.paid_ms, p.shipped_ms, p.cancelled_ms"
#define ORDER_FROM " FROM purchase p JOIN account b ON b.id = p.buyer JOIN account v ON v.id = p.seller "
#define PURCHASE ORDER ", p.method, p.key, p.voided, p.expiring, p.deadline_ms"

static void read_order(struct sql *sql, struct store_order *out)
{
	out->id = sql_get_id(sql);
	sql_get_person(sql, &out->buyer);
	sql_get_person(sql, &out->seller);
	out->state = (enum store_order_state)sql_get_int(sql);
	out->total = sql_get_int(sql);
	out->shipping = sql_get_int(sql);
	sql_get_text(sql, out->currency, sizeof(out->currency));
	sql_get_text(sql, out->address.name, sizeof(out->address.name));
	sql_get_text(sql, out->address.line1, sizeof(out->address.line1));
	sql_get_text(sql, out->address.line2, sizeof(out->address.line2));
	sql_get_text(sql, out->address.city, sizeof(out->address.city));
	sql_get_text(sql, out->address.postcode, sizeof(out->address.postcode));
	sql_get_text(sql, out->address.country, sizeof(out->address.country));
	sql_get_text(sql, out->payment, sizeof(out->payment));
	sql_get_text(sql, out->failure, sizeof(out->failure));
	out->confirm = sql_get_int(sql) != 0;
	out->refund = (enum store_refund)sql_get_int(sql);
	sql_get_text(sql, out->carrier, sizeof(out->carrier));
	sql_get_text(sql, out->tracking, sizeof(out->tracking));
	out->created_ms = sql_get_int(sql);
	out->paid_ms = sql_get_int(sql);
	out->shipped_ms = sql_get_int(sql);
	out->cancelled_ms = sql_get_int(sql);
}

static void read_purchase(struct sql *sql, struct store_purchase *out)
{
	read_order(sql, &out->order);
	sql_get_text(sql, out->method, sizeof(out->method));
	sql_get_blob(sql, out->key, sizeof(out->key));
	out->voided = sql_get_int(sql) != 0;
	out->expiring = sql_get_int(sql) != 0;
	out->deadline_ms = sql_get_int(sql);
}

int store_order_by_id(struct store_reader *r, struct base_id id, struct store_order *out)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT " ORDER ORDER_FROM "WHERE p.id = ?");
	sql_bind_id(&sql, id);
	bool found = sql_next(&sql);
	if (found)
		read_order(&sql, out);
	return sql_end(&sql) ? -EIO : found ? 0 : -ENOENT;
}

#define NEWEST " ORDER BY p.id DESC LIMIT ?3"

int store_orders(struct store_reader *r, const struct store_orders_wanted *wanted, size_t limit,
                 void (*visit)(const struct store_order *, void *), void *ctx)
{
	static const char *const pages[2][2] = {
	        {"SELECT " ORDER ORDER_FROM "WHERE p.buyer = ?1 AND p.id < ?2" NEWEST,
	         "SELECT " ORDER ORDER_FROM "WHERE p.buyer = ?1 AND p.id < ?2 AND p.state = ?4" NEWEST},
	        {"SELECT " ORDER ORDER_FROM "WHERE p.seller = ?1 AND p.paid_ms > 0 AND p.id < ?2" NEWEST,
	         "SELECT " ORDER ORDER_FROM
	         "WHERE p.seller = ?1 AND p.paid_ms > 0 AND p.state = ?4 AND p.id < ?2" NEWEST}};
	struct sql sql = sql_prepare(&r->connection, pages[wanted->as_seller][wanted->state >= 0]);
	sql_bind_id(&sql, wanted->who);
	sql_bind_id(&sql, store_before(wanted->before));
	sql_bind_int(&sql, store_limit(limit, INT64_MAX));
	if (wanted->state >= 0)
		sql_bind_int(&sql, wanted->state);
	struct store_order order;
	while (sql_next(&sql)) {
		read_order(&sql, &order);
		visit(&order, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}

int store_order_lines(struct store_reader *r, struct base_id order,
                      void (*visit)(const struct store_order_line *, void *), void *ctx)
{
	struct sql sql = sql_prepare(&r->connection,
	                             "SELECT n.listing, n.hold, n.title, n.variant_name, n.number, n.host, n.community,"
	                             " n.floor, a.id, a.username, a.display_name, n.photo, n.quantity, n.price"
	                             " FROM purchase_line n LEFT JOIN account a ON a.id = n.host"
	                             " WHERE n.purchase = ? ORDER BY n.hold");
	sql_bind_id(&sql, order);
	struct store_order_line line;
	while (sql_next(&sql)) {
		line.listing = sql_get_id(&sql);
		line.hold = sql_get_id(&sql);
		sql_get_text(&sql, line.title, sizeof(line.title));
		sql_get_text(&sql, line.variant_name, sizeof(line.variant_name));
		line.number = sql_get_int(&sql);
		line.terms.host = sql_get_id(&sql);
		line.terms.community = sql_get_int(&sql) != 0;
		line.terms.floor = sql_get_int(&sql);
		sql_get_person(&sql, &line.host);
		line.photo = sql_get_id(&sql);
		line.quantity = sql_get_int(&sql);
		line.price = sql_get_int(&sql);
		visit(&line, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}

int store_purchase_by_id(struct store_reader *r, struct base_id id, struct store_purchase *out)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT " PURCHASE ORDER_FROM "WHERE p.id = ?");
	sql_bind_id(&sql, id);
	bool found = sql_next(&sql);
	if (found)
		read_purchase(&sql, out);
	return sql_end(&sql) ? -EIO : found ? 0 : -ENOENT;
}

int store_purchases_open(struct store_reader *r, void (*visit)(const struct store_purchase *, void *), void *ctx)
{
	struct sql sql = sql_prepare(&r->connection,
	                             "SELECT " PURCHASE ORDER_FROM "WHERE p.state = 0 OR p.refund = 1 ORDER BY p.id");
	struct store_purchase purchase;
	while (sql_next(&sql)) {
		read_purchase(&sql, &purchase);
		visit(&purchase, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}
