/* The writer's rows of holds, orders, keys, moderation and the audit log. */
#include "store/writer.h"

#include "store/internal.h"

static struct sql write_with(struct store *store, const char *text)
{
	return sql_prepare(&store->reads.connection, text);
}

static void bind_hold_state(struct sql *sql, const struct store_hold *hold)
{
	sql_bind_id(sql, hold->order);
	sql_bind_int(sql, hold->state);
	sql_bind_int(sql, hold->expires_ms);
	sql_bind_id(sql, hold->id);
}

int store_insert_hold(struct store *store, const struct store_hold *hold)
{
	struct sql sql = write_with(
	        store, "INSERT INTO hold(purchase, state, expires_ms, id, show, item, listing, buyer, seller,"
	               " title, photo, quantity, price, currency, created_ms)"
	               " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	bind_hold_state(&sql, hold);
	sql_bind_id(&sql, hold->show);
	sql_bind_id(&sql, hold->item);
	sql_bind_id(&sql, hold->listing);
	sql_bind_id(&sql, hold->buyer.id);
	sql_bind_id(&sql, hold->seller.id);
	sql_bind_text(&sql, hold->title);
	sql_bind_id(&sql, hold->photo);
	sql_bind_int(&sql, hold->quantity);
	sql_bind_int(&sql, hold->price);
	sql_bind_text(&sql, hold->currency);
	sql_bind_int(&sql, hold->created_ms);
	return sql_run(&sql);
}

int store_update_hold(struct store *store, const struct store_hold *hold)
{
	struct sql sql = write_with(store, "UPDATE hold SET purchase = ?, state = ?, expires_ms = ? WHERE id = ?");
	bind_hold_state(&sql, hold);
	return sql_run(&sql);
}

static void bind_purchase_state(struct sql *sql, const struct store_purchase *purchase)
{
	sql_bind_int(sql, purchase->order.state);
	sql_bind_text(sql, purchase->order.payment);
	sql_bind_text(sql, purchase->order.failure);
	sql_bind_int(sql, purchase->order.paid_ms);
	sql_bind_int(sql, purchase->voided);
	sql_bind_int(sql, purchase->refund);
	sql_bind_id(sql, purchase->order.id);
}

static void bind_address(struct sql *sql, const struct store_address *address)
{
	sql_bind_text(sql, address->name);
	sql_bind_text(sql, address->line1);
	sql_bind_text(sql, address->line2);
	sql_bind_text(sql, address->city);
	sql_bind_text(sql, address->postcode);
	sql_bind_text(sql, address->country);
}

int store_insert_purchase(struct store *store, const struct store_purchase *purchase)
{
	const struct store_order *order = &purchase->order;
	struct sql sql = write_with(
	        store, "INSERT INTO purchase(state, payment, failure, paid_ms, voided, refund, id, buyer, seller,"
	               " total, currency, name, line1, line2, city, postcode, country, created_ms, method, key)"
	               " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	bind_purchase_state(&sql, purchase);
	sql_bind_id(&sql, order->buyer.id);
	sql_bind_id(&sql, order->seller.id);
	sql_bind_int(&sql, order->total);
	sql_bind_text(&sql, order->currency);
	bind_address(&sql, &order->address);
	sql_bind_int(&sql, order->created_ms);
	sql_bind_text(&sql, purchase->method);
	sql_bind_blob(&sql, purchase->key, sizeof(purchase->key));
	return sql_run(&sql);
}

int store_update_purchase(struct store *store, const struct store_purchase *purchase)
{
	struct sql sql =
	        write_with(store, "UPDATE purchase SET state = ?, payment = ?, failure = ?, paid_ms = ?, voided = ?,"
	                          " refund = ? WHERE id = ?");
	bind_purchase_state(&sql, purchase);
	return sql_run(&sql);
}

int store_insert_line(struct store *store, struct base_id order, const struct store_order_line *line)
{
	struct sql sql =
	        write_with(store, "INSERT INTO purchase_line(purchase, hold, listing, title, photo, quantity, price)"
	                          " VALUES(?, ?, ?, ?, ?, ?, ?)");
	sql_bind_id(&sql, order);
	sql_bind_id(&sql, line->hold);
	sql_bind_id(&sql, line->listing);
	sql_bind_text(&sql, line->title);
	sql_bind_id(&sql, line->photo);
	sql_bind_int(&sql, line->quantity);
	sql_bind_int(&sql, line->price);
	return sql_run(&sql);
}

int store_insert_key(struct store *store, const struct store_key *key)
{
	struct sql sql = write_with(store, "INSERT INTO used_key(account, key, body, object) VALUES(?, ?, ?, ?)");
	sql_bind_id(&sql, key->account);
	sql_bind_blob(&sql, key->key, sizeof(key->key));
	sql_bind_blob(&sql, key->body, sizeof(key->body));
	sql_bind_id(&sql, key->object);
	return sql_run(&sql);
}

int store_delete_key(struct store *store, struct base_id account, const uint8_t key[STORE_KEY_BYTES])
{
	struct sql sql = write_with(store, "DELETE FROM used_key WHERE account = ? AND key = ?");
	sql_bind_id(&sql, account);
	sql_bind_blob(&sql, key, STORE_KEY_BYTES);
	return sql_run(&sql);
}

int store_delete_keys_before(struct store *store, int64_t before_ms)
{
	uint8_t before[BASE_ID_BYTES] = {0}; /* an id begins with the time it was made: 48 bits of milliseconds */
	struct sql sql = write_with(store, "DELETE FROM used_key WHERE (account, key) IN (SELECT account, key"
	                                   " FROM used_key WHERE object < ? ORDER BY object LIMIT 10000)");
	for (int i = 0; i < 6; i++)
		before[i] = (uint8_t)((before_ms > 0 ? before_ms : 0) >> (40 - 8 * i));
	sql_bind_blob(&sql, before, sizeof(before));
	return sql_run(&sql);
}

int store_put_moderation(struct store *store, const struct store_moderated *moderated)
{
	struct sql sql =
	        write_with(store, "INSERT INTO moderation(show, account, muted_until_ms, banned) VALUES(?, ?, ?, ?)"
	                          " ON CONFLICT(show, account) DO UPDATE SET muted_until_ms = excluded.muted_until_ms,"
	                          " banned = excluded.banned");
	sql_bind_id(&sql, moderated->show);
	sql_bind_id(&sql, moderated->account);
	sql_bind_int(&sql, moderated->muted_until_ms);
	sql_bind_int(&sql, moderated->banned);
	return sql_run(&sql);
}

int store_insert_audit(struct store *store, const struct store_audit *audit)
{
	struct sql sql =
	        write_with(store, "INSERT INTO audit(id, at_ms, actor, verb, object, detail) VALUES(?, ?, ?, ?, ?, ?)");
	sql_bind_id(&sql, audit->id);
	sql_bind_int(&sql, audit->at_ms);
	sql_bind_id(&sql, audit->actor.id);
	sql_bind_text(&sql, audit->verb);
	sql_bind_text(&sql, audit->object);
	sql_bind_text(&sql, audit->detail);
	return sql_run(&sql);
}
