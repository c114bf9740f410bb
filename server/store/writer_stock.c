/* The writer's rows of what is sold: listings and their words, stock, variants. */
#include "store/internal.h"
#include "store/writer.h"

static void bind_listing_texts(struct sql *sql, const struct store_listing *listing)
{
	sql_bind_text(sql, listing->title);
	sql_bind_text(sql, listing->description);
	sql_bind_text(sql, listing->size);
	sql_bind_text(sql, listing->brand);
	sql_bind_int(sql, listing->price);
	sql_bind_id(sql, listing->photo);
	sql_bind_int(sql, listing->shop);
	sql_bind_int(sql, listing->community.ok);
	sql_bind_int(sql, listing->community.auction);
	sql_bind_int(sql, listing->community.floor);
}

static void bind_stock(struct sql *sql, const struct store_listing *listing)
{
	sql_bind_int(sql, listing->available);
	sql_bind_int(sql, listing->held);
	sql_bind_int(sql, listing->sold);
	sql_bind_int(sql, listing->adjusted);
	sql_bind_id(sql, listing->id);
}

/* The index of words keeps no text of its own, so it is told what to forget while the old text is there. */
static int forget_words(struct store *store, struct base_id listing)
{
	struct sql sql =
	        store_sql(store, "INSERT INTO listing_text(listing_text, rowid, title, brand, description, size)"
	                         " SELECT 'delete', seq, title, brand, description, size FROM listing WHERE id = ?");
	sql_bind_id(&sql, listing);
	return sql_run(&sql);
}

static int learn_words(struct store *store, struct base_id listing)
{
	struct sql sql = store_sql(store, "INSERT INTO listing_text(rowid, title, brand, description, size)"
	                                  " SELECT seq, title, brand, description, size FROM listing WHERE id = ?");
	sql_bind_id(&sql, listing);
	return sql_run(&sql);
}

/* @return 1: as they are; 0: other words, or no such listing; an error. */
static int same_words(struct store *store, const struct store_listing *listing)
{
	struct sql sql = store_sql(store, "SELECT 1 FROM listing WHERE id = ? AND title = ? AND brand = ?"
	                                  " AND description = ? AND size = ?");
	sql_bind_id(&sql, listing->id);
	sql_bind_text(&sql, listing->title);
	sql_bind_text(&sql, listing->brand);
	sql_bind_text(&sql, listing->description);
	sql_bind_text(&sql, listing->size);
	int same = sql_next(&sql);
	int error = sql_end(&sql);
	return error ? error : same;
}

static int insert_stock(struct store *store, const struct store_listing *listing)
{
	struct sql sql =
	        store_sql(store, "INSERT INTO stock(available, held, sold, adjusted, listing) VALUES(?, ?, ?, ?, ?)");
	bind_stock(&sql, listing);
	return sql_run(&sql);
}

int store_insert_listing(struct store *store, const struct store_listing *listing)
{
	struct sql sql = store_sql(
	        store, "INSERT INTO listing(title, description, size, brand, price, photo, shop, community_ok,"
	               " community_auction, community_floor, id, seller, currency, created_ms)"
	               " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	bind_listing_texts(&sql, listing);
	sql_bind_id(&sql, listing->id);
	sql_bind_id(&sql, listing->seller.id);
	sql_bind_text(&sql, listing->currency);
	sql_bind_int(&sql, listing->created_ms);
	int error = sql_run(&sql);
	if (!error)
		error = learn_words(store, listing->id);
	return error ? error : insert_stock(store, listing);
}

static int update_listing_row(struct store *store, const struct store_listing *listing)
{
	struct sql sql = store_sql(
	        store, "UPDATE listing SET title = ?, description = ?, size = ?, brand = ?, price = ?, photo = ?,"
	               " shop = ?, community_ok = ?, community_auction = ?, community_floor = ? WHERE id = ?");
	bind_listing_texts(&sql, listing);
	sql_bind_id(&sql, listing->id);
	return sql_run(&sql);
}

int store_update_listing(struct store *store, const struct store_listing *listing)
{
	int same = same_words(store, listing);
	if (same)
		return same < 0 ? same : update_listing_row(store, listing);
	int error = forget_words(store, listing->id);
	if (!error)
		error = update_listing_row(store, listing);
	return error ? error : learn_words(store, listing->id);
}

int store_update_stock(struct store *store, const struct store_listing *listing)
{
	struct sql sql =
	        store_sql(store, "UPDATE stock SET available = ?, held = ?, sold = ?, adjusted = ? WHERE listing = ?");
	bind_stock(&sql, listing);
	return sql_run(&sql);
}

int store_insert_adjustment(struct store *store, const struct store_adjustment *adjustment)
{
	struct sql sql = store_sql(
	        store, "INSERT INTO adjustment(id, listing, variant, actor, delta, at_ms) VALUES(?, ?, ?, ?, ?, ?)");
	sql_bind_id(&sql, adjustment->id);
	sql_bind_id(&sql, adjustment->listing);
	sql_bind_id(&sql, adjustment->variant);
	sql_bind_id(&sql, adjustment->actor);
	sql_bind_int(&sql, adjustment->delta);
	sql_bind_int(&sql, adjustment->at_ms);
	return sql_run(&sql);
}

int store_put_variant(struct store *store, const struct store_variant *variant)
{
	struct sql sql = store_sql(
	        store,
	        "INSERT INTO variant(id, listing, size, colour, available, held, sold, adjusted, position, removed)"
	        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET size = excluded.size,"
	        " colour = excluded.colour, available = excluded.available, held = excluded.held,"
	        " sold = excluded.sold, adjusted = excluded.adjusted, position = excluded.position,"
	        " removed = excluded.removed");
	sql_bind_id(&sql, variant->id);
	sql_bind_id(&sql, variant->listing);
	sql_bind_text(&sql, variant->size);
	sql_bind_text(&sql, variant->colour);
	sql_bind_int(&sql, variant->available);
	sql_bind_int(&sql, variant->held);
	sql_bind_int(&sql, variant->sold);
	sql_bind_int(&sql, variant->adjusted);
	sql_bind_int(&sql, variant->position);
	sql_bind_int(&sql, variant->removed);
	return sql_run(&sql);
}
