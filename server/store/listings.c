/* Listings with their stock, and the items of shows that sell them. */
#include "store/internal.h"

#include <errno.h>

#include "store/writer.h"

#define ITEM_ROW                                                                                                       \
	"i.id, i.show, i.listing, i.number, i.position, i.price, i.claimed, i.flash_price, i.flash_until_ms,"          \
	" i.removed"
#define ITEM ITEM_ROW ", (SELECT count(*) FROM waiting w WHERE w.listing = i.listing AND w.state = 0), " STORE_LISTING
#define ITEM_JOINS " JOIN listing l ON l.id = i.listing" STORE_LISTING_JOINS

void store_read_listing(struct sql *sql, struct store_listing *out)
{
	out->id = sql_get_id(sql);
	sql_get_person(sql, &out->seller);
	sql_get_text(sql, out->title, sizeof(out->title));
	sql_get_text(sql, out->description, sizeof(out->description));
	sql_get_text(sql, out->size, sizeof(out->size));
	sql_get_text(sql, out->brand, sizeof(out->brand));
	out->price = sql_get_int(sql);
	sql_get_text(sql, out->currency, sizeof(out->currency));
	out->available = sql_get_int(sql);
	out->held = sql_get_int(sql);
	out->sold = sql_get_int(sql);
	out->adjusted = sql_get_int(sql);
	out->photo = sql_get_id(sql);
	out->variants = sql_get_int(sql);
	out->shop = sql_get_int(sql) != 0;
	out->community.ok = sql_get_int(sql) != 0;
	out->community.auction = sql_get_int(sql) != 0;
	out->community.floor = sql_get_int(sql);
	out->created_ms = sql_get_int(sql);
}

int store_each_listing(struct sql *sql, void (*visit)(const struct store_listing *, void *), void *ctx)
{
	struct store_listing listing;
	while (sql_next(sql)) {
		store_read_listing(sql, &listing);
		visit(&listing, ctx);
	}
	return sql_end(sql) ? -EIO : 0;
}

int store_listing_by_id(struct store_reader *r, struct base_id id, struct store_listing *out)
{
	struct sql sql = sql_prepare(&r->connection,
	                             "SELECT " STORE_LISTING " FROM listing l" STORE_LISTING_JOINS "WHERE l.id = ?");
	sql_bind_id(&sql, id);
	bool found = sql_next(&sql);
	if (found)
		store_read_listing(&sql, out);
	return sql_end(&sql) ? -EIO : found ? 0 : -ENOENT;
}

int store_listings(struct store_reader *r, const struct base_id *seller, const struct base_id *before, size_t limit,
                   void (*visit)(const struct store_listing *, void *), void *ctx)
{
	static const char of_seller[] = "SELECT " STORE_LISTING " FROM listing l" STORE_LISTING_JOINS
	                                "WHERE l.id < ?2 AND l.seller = ?3 ORDER BY l.id DESC LIMIT ?1";
	static const char of_community[] = "SELECT " STORE_LISTING " FROM listing l" STORE_LISTING_JOINS
	                                   "WHERE l.id < ?2 AND l.community_ok = 1 ORDER BY l.id DESC LIMIT ?1";
	struct sql sql = sql_prepare(&r->connection, seller ? of_seller : of_community);
	sql_bind_int(&sql, store_limit(limit, 200));
	sql_bind_id(&sql, store_before(before));
	if (seller)
		sql_bind_id(&sql, *seller);
	return store_each_listing(&sql, visit, ctx);
}

int store_shop(struct store_reader *r, struct base_id seller, const struct store_shop_place *behind, size_t limit,
               void (*visit)(const struct store_listing *, void *), void *ctx)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT " STORE_LISTING " FROM listing l" STORE_LISTING_JOINS
	                                             "WHERE l.seller = ?1 AND l.shop = 1 AND (?2 IS NULL OR"
	                                             " (k.available > 0, l.id) < (coalesce(?4, (SELECT available > 0"
	                                             " FROM stock WHERE listing = ?2)), ?2))"
	                                             " ORDER BY k.available > 0 DESC, l.id DESC LIMIT ?3");
	sql_bind_id(&sql, seller);
	sql_bind_id(&sql, behind ? behind->listing : (struct base_id){{0}});
	sql_bind_int(&sql, store_limit(limit, 200));
	if (behind && behind->stock >= 0) /* else NULL */
		sql_bind_int(&sql, behind->stock > 0);
	return store_each_listing(&sql, visit, ctx);
}

static void read_item_row(struct sql *sql, struct store_item_row *out)
{
	out->id = sql_get_id(sql);
	out->show = sql_get_id(sql);
	out->listing = sql_get_id(sql);
	out->number = sql_get_int(sql);
	out->position = sql_get_int(sql);
	out->price = sql_get_int(sql);
	out->claimed = sql_get_int(sql);
	out->flash_price = sql_get_int(sql);
	out->flash_until_ms = sql_get_int(sql);
	out->removed = sql_get_int(sql) != 0;
}

static void read_item(struct sql *sql, struct store_item *out)
{
	struct store_item_row row;
	read_item_row(sql, &row);
	out->id = row.id;
	out->show = row.show;
	out->number = row.number;
	out->position = row.position;
	out->price = row.price;
	out->claimed = row.claimed;
	out->flash_price = row.flash_price;
	out->flash_until_ms = row.flash_until_ms;
	out->removed = row.removed;
	out->waiting = sql_get_int(sql);
	store_read_listing(sql, &out->listing);
}

int store_items(struct store_reader *r, struct base_id show, void (*visit)(const struct store_item *, void *),
                void *ctx)
{
	struct sql sql =
	        sql_prepare(&r->connection, "SELECT " ITEM " FROM item i" ITEM_JOINS
	                                    "WHERE i.show = ? AND i.removed = 0 ORDER BY i.position, i.number");
	sql_bind_id(&sql, show);
	struct store_item item;
	while (sql_next(&sql)) {
		read_item(&sql, &item);
		visit(&item, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}

int store_item_by_id(struct store_reader *r, struct base_id id, struct store_item *out)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT " ITEM " FROM item i" ITEM_JOINS "WHERE i.id = ?");
	sql_bind_id(&sql, id);
	bool found = sql_next(&sql);
	if (found)
		read_item(&sql, out);
	return sql_end(&sql) ? -EIO : found ? 0 : -ENOENT;
}

int store_item_row_by_id(struct store_reader *r, struct base_id id, struct store_item_row *out)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT " ITEM_ROW " FROM item i WHERE i.id = ?");
	sql_bind_id(&sql, id);
	bool found = sql_next(&sql);
	if (found)
		read_item_row(&sql, out);
	return sql_end(&sql) ? -EIO : found ? 0 : -ENOENT;
}

int store_shows_selling(struct store_reader *r, struct base_id listing, void (*visit)(struct base_id, void *),
                        void *ctx)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT i.show FROM item i JOIN show s ON s.id = i.show"
	                                             " WHERE i.listing = ? AND i.removed = 0 AND s.state < 2");
	sql_bind_id(&sql, listing);
	while (sql_next(&sql))
		visit(sql_get_id(&sql), ctx);
	return sql_end(&sql) ? -EIO : 0;
}

int store_item_rows(struct store_reader *r, struct base_id show, void (*visit)(const struct store_item_row *, void *),
                    void *ctx)
{
	struct sql sql =
	        sql_prepare(&r->connection, "SELECT " ITEM_ROW " FROM item i WHERE i.show = ? ORDER BY i.number");
	sql_bind_id(&sql, show);
	struct store_item_row row;
	while (sql_next(&sql)) {
		read_item_row(&sql, &row);
		visit(&row, ctx);
	}
	return sql_end(&sql) ? -EIO : 0;
}
