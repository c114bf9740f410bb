/* The writer's rows of claims and orders: holds, who waits, purchases, the ledger. */
#include <string.h>

#include "store/claimed.h"
#include "store/writer.h"

static void bind_hold_state(struct sql *sql, const struct store_hold *hold)
{
	sql_bind_id(sql, hold->order);
	sql_bind_int(sql, hold->state);
	sql_bind_int(sql, hold->expires_ms);
	sql_bind_id(sql, hold->id);
}

static void bind_terms(struct sql *sql, const struct store_terms *terms)
{
	sql_bind_id(sql, terms->host);
	sql_bind_int(sql, terms->community);
	sql_bind_int(sql, terms->floor);
}

static void bind_buckets(struct sql *sql, const struct store_hold *hold)
{
	int64_t bucket = store_bucket(hold->buyer.id);
	sql_bind_int(sql, bucket);
	if (hold->state <= STORE_HOLD_PAYING)
		sql_bind_int(sql, bucket % STORE_OPEN_BUCKETS);
	else
		sql_bind_text(sql, NULL);
}

static bool is_keyed(const uint8_t key[STORE_KEY_BYTES])
{
	static const uint8_t none[STORE_KEY_BYTES];
	return memcmp(key, none, sizeof(none)) != 0;
}

static void bind_key(struct sql *sql, const struct store_hold *hold)
{
	bool keyed = is_keyed(hold->key);
	sql_bind_blob(sql, keyed ? hold->key : NULL, STORE_KEY_BYTES);
	sql_bind_blob(sql, keyed ? hold->body : NULL, STORE_KEY_BYTES);
}

static void bind_hold(struct sql *sql, const struct store_hold *hold)
{
	bind_hold_state(sql, hold);
	sql_bind_id(sql, hold->show);
	sql_bind_id(sql, hold->item);
	sql_bind_id(sql, hold->listing);
	sql_bind_id(sql, hold->variant);
	sql_bind_id(sql, hold->buyer.id);
	sql_bind_id(sql, hold->seller.id);
	sql_bind_text(sql, hold->title);
	sql_bind_text(sql, hold->variant_name);
	sql_bind_int(sql, hold->number);
	sql_bind_id(sql, hold->photo);
	sql_bind_int(sql, hold->quantity);
	sql_bind_int(sql, hold->price);
	bind_terms(sql, &hold->terms);
	sql_bind_text(sql, hold->currency);
	sql_bind_int(sql, hold->created_ms);
	bind_buckets(sql, hold);
	bind_key(sql, hold);
}

#define INSERT_HOLD                                                                                                    \
	"INSERT INTO hold(purchase, state, expires_ms, id, show, item, listing, variant, buyer, seller, title,"        \
	" variant_name, number, photo, quantity, price, host, community, floor, currency, created_ms, bucket, open,"   \
	" key, body) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

static int insert_row(struct store *store, const struct store_hold *hold)
{
	struct sql sql = store_sql(store, INSERT_HOLD);
	bind_hold(&sql, hold);
	return sql_run(&sql);
}

int store_settle_hold(struct store *store, const struct store_hold *hold)
{
	struct sql sql = store_sql(store, INSERT_HOLD " ON CONFLICT(id) DO NOTHING");
	bind_hold(&sql, hold);
	return sql_run(&sql);
}

int store_insert_hold(struct store *store, const struct store_hold *hold)
{
	if (is_keyed(hold->key))
		store_keys_note(&store->reads, hold->buyer.id, hold->key);
	return insert_row(store, hold);
}

int store_insert_claim(struct store *store, const struct store_claim *claim)
{
	if (is_keyed(claim->key))
		store_keys_note(&store->reads, claim->buyer, claim->key);
	return claimed_add(store, claim);
}

static int update_row(struct store *store, const struct store_hold *hold)
{
	struct sql sql = store_sql(store, "UPDATE hold SET purchase = ?1, state = ?2, expires_ms = ?3,"
	                                  " open = iif(?2 <= 1, bucket % 16, NULL) WHERE id = ?4");
	bind_hold_state(&sql, hold);
	return sql_run(&sql);
}

/* One that has not settled does so now; its row counts from then on. */
int store_update_hold(struct store *store, const struct store_hold *hold)
{
	int error = update_row(store, hold);
	if (error || sqlite3_changes(store->reads.connection.db) > 0)
		return error;
	struct store_hold claimed = *hold;
	claimed.state = STORE_HOLD_ACTIVE;
	claimed.order = (struct base_id){{0}};
	error = store_settle_hold(store, &claimed);
	return error ? error : update_row(store, hold);
}

int store_settle(struct store *store)
{
	int error = store_begin(store), settled = 0;
	if (!error)
		error = settled = claimed_settle(store);
	if (error >= 0)
		error = store_commit(store);
	if (error)
		store_rollback(store);
	return error ? error : settled;
}

int64_t store_unsettled(const struct store *store)
{
	return claimed_count(store->claimed);
}

int store_insert_waiting(struct store *store, const struct store_waiting *waiting)
{
	struct sql sql = store_sql(store, "INSERT INTO waiting(id, show, item, listing, variant, buyer, hold, quantity,"
	                                  " price, state, created_ms) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	sql_bind_id(&sql, waiting->id);
	sql_bind_id(&sql, waiting->show);
	sql_bind_id(&sql, waiting->item);
	sql_bind_id(&sql, waiting->listing);
	sql_bind_id(&sql, waiting->variant);
	sql_bind_id(&sql, waiting->buyer.id);
	sql_bind_id(&sql, waiting->hold);
	sql_bind_int(&sql, waiting->quantity);
	sql_bind_int(&sql, waiting->price);
	sql_bind_int(&sql, waiting->state);
	sql_bind_int(&sql, waiting->created_ms);
	return sql_run(&sql);
}

int store_update_waiting(struct store *store, const struct store_waiting *waiting)
{
	struct sql sql = store_sql(store, "UPDATE waiting SET state = ?, hold = ?, price = ? WHERE id = ?");
	sql_bind_int(&sql, waiting->state);
	sql_bind_id(&sql, waiting->hold);
	sql_bind_int(&sql, waiting->price);
	sql_bind_id(&sql, waiting->id);
	return sql_run(&sql);
}

#define PURCHASE_STATE                                                                                                 \
	"state = ?, payment = ?, failure = ?, confirm = ?, voided = ?, expiring = ?, refund = ?, deadline_ms = ?,"     \
	" carrier = ?, tracking = ?, paid_ms = ?, shipped_ms = ?, cancelled_ms = ?"
#define PURCHASE_STATE_COLUMNS                                                                                         \
	"state, payment, failure, confirm, voided, expiring, refund, deadline_ms, carrier, tracking, paid_ms,"         \
	" shipped_ms, cancelled_ms"

static void bind_purchase_state(struct sql *sql, const struct store_purchase *purchase)
{
	sql_bind_int(sql, purchase->order.state);
	sql_bind_text(sql, purchase->order.payment);
	sql_bind_text(sql, purchase->order.failure);
	sql_bind_int(sql, purchase->order.confirm);
	sql_bind_int(sql, purchase->voided);
	sql_bind_int(sql, purchase->expiring);
	sql_bind_int(sql, purchase->order.refund);
	sql_bind_int(sql, purchase->deadline_ms);
	sql_bind_text(sql, purchase->order.carrier);
	sql_bind_text(sql, purchase->order.tracking);
	sql_bind_int(sql, purchase->order.paid_ms);
	sql_bind_int(sql, purchase->order.shipped_ms);
	sql_bind_int(sql, purchase->order.cancelled_ms);
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
	struct sql sql = store_sql(
	        store, "INSERT INTO purchase(" PURCHASE_STATE_COLUMNS ", id, buyer, seller, total, shipping, currency,"
	               " name, line1, line2, city, postcode, country, created_ms, method, key) VALUES(?, ?, ?, ?, ?, ?,"
	               " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	bind_purchase_state(&sql, purchase);
	sql_bind_id(&sql, order->buyer.id);
	sql_bind_id(&sql, order->seller.id);
	sql_bind_int(&sql, order->total);
	sql_bind_int(&sql, order->shipping);
	sql_bind_text(&sql, order->currency);
	bind_address(&sql, &order->address);
	sql_bind_int(&sql, order->created_ms);
	sql_bind_text(&sql, purchase->method);
	sql_bind_blob(&sql, purchase->key, sizeof(purchase->key));
	return sql_run(&sql);
}

int store_update_purchase(struct store *store, const struct store_purchase *purchase)
{
	struct sql sql = store_sql(store, "UPDATE purchase SET " PURCHASE_STATE " WHERE id = ?");
	bind_purchase_state(&sql, purchase);
	return sql_run(&sql);
}

int store_insert_line(struct store *store, struct base_id order, const struct store_order_line *line)
{
	struct sql sql = store_sql(
	        store, "INSERT INTO purchase_line(purchase, hold, listing, title, variant_name, number, photo,"
	               " quantity, price, host, community, floor) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	sql_bind_id(&sql, order);
	sql_bind_id(&sql, line->hold);
	sql_bind_id(&sql, line->listing);
	sql_bind_text(&sql, line->title);
	sql_bind_text(&sql, line->variant_name);
	sql_bind_int(&sql, line->number);
	sql_bind_id(&sql, line->photo);
	sql_bind_int(&sql, line->quantity);
	sql_bind_int(&sql, line->price);
	bind_terms(&sql, &line->terms);
	return sql_run(&sql);
}

int store_insert_posting(struct store *store, const struct store_posting *posting)
{
	struct sql sql = store_sql(store, "INSERT INTO posting(txn, purchase, reverses, kind, account, owner, amount,"
	                                  " currency, at_ms) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
	sql_bind_id(&sql, posting->transaction);
	sql_bind_id(&sql, posting->order);
	sql_bind_id(&sql, posting->reverses);
	sql_bind_int(&sql, posting->kind);
	sql_bind_int(&sql, posting->account);
	sql_bind_id(&sql, posting->owner);
	sql_bind_int(&sql, posting->amount);
	sql_bind_text(&sql, posting->currency);
	sql_bind_int(&sql, posting->at_ms);
	return sql_run(&sql);
}
