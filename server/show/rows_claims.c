/* Finding holds, waits, orders and used keys in memory or through the source, and adding them. */
#include "show/rows.h"

#include <string.h>

#include "show/pool.h"

static bool is_open(const struct rules_hold *hold)
{
	return hold->state == STORE_HOLD_ACTIVE || hold->state == STORE_HOLD_PAYING;
}

struct rules_hold *rules_add_hold(struct rules *r, const struct rules_hold *is, bool fresh)
{
	struct rules_hold *hold = pool_take(r->hold_pool);
	*hold = *is;
	rows_enter(r, &hold->row, RULES_HOLD, is->row.id, fresh);
	if (is_open(is))
		rules_buyer_holds(r, hold);
	return hold;
}

struct rules_hold *rules_load_hold(struct rules *r, const struct store_hold *is)
{
	const struct rules_terms terms = {.show = is->show,
	                                  .item = is->item,
	                                  .listing = is->listing,
	                                  .variant = is->variant,
	                                  .photo = is->photo,
	                                  .seller = &is->seller,
	                                  .title = is->title,
	                                  .variant_name = is->variant_name,
	                                  .currency = is->currency,
	                                  .number = is->number,
	                                  .price = is->price,
	                                  .frozen = is->terms};
	struct rules_hold hold = {.row.id = is->id,
	                          .deal = rules_deal(r, &terms),
	                          .buyer = is->buyer.id,
	                          .order = is->order,
	                          .quantity = is->quantity,
	                          .created_ms = is->created_ms,
	                          .expires_ms = is->expires_ms,
	                          .state = is->state};
	memcpy(hold.key, is->key, sizeof(hold.key));
	memcpy(hold.body, is->body, sizeof(hold.body));
	return rules_add_hold(r, &hold, false);
}

/* Open holds are all in memory, so one from the source is closed. */
struct rules_hold *rules_hold(struct rules *r, struct base_id id)
{
	struct rules_hold *hold = rows_look(r, RULES_HOLD, id);
	struct store_hold is;
	if (hold || base_id_is_zero(id) || !r->source.hold || !rows_found(r, r->source.hold(r->source.ctx, id, &is)))
		return hold;
	r->looked_back++;
	return rules_load_hold(r, &is);
}

struct rules_waiting *rules_add_waiting(struct rules *r, const struct store_waiting *is, bool fresh)
{
	struct rules_waiting *waiting = g_new0(struct rules_waiting, 1);
	waiting->is = *is;
	rows_enter(r, &waiting->row, RULES_WAITING, is->id, fresh);
	return waiting;
}

/* Likewise, all who wait are in memory. */
struct rules_waiting *rules_waiting(struct rules *r, struct base_id id)
{
	struct rules_waiting *waiting = rows_look(r, RULES_WAITING, id);
	struct store_waiting is;
	if (waiting || base_id_is_zero(id) || !r->source.waiting ||
	    !rows_found(r, r->source.waiting(r->source.ctx, id, &is)))
		return waiting;
	r->looked_back++;
	return rules_add_waiting(r, &is, false);
}

struct rules_purchase *rules_add_purchase(struct rules *r, const struct store_purchase *is, bool fresh)
{
	struct rules_purchase *purchase = g_new0(struct rules_purchase, 1);
	purchase->is = *is;
	rows_enter(r, &purchase->row, RULES_PURCHASE, is->order.id, fresh);
	if (is->order.state == STORE_ORDER_PAYING || is->order.refund == STORE_REFUND_OWED)
		g_hash_table_add(r->unsettled, g_memdup2(&is->order.id, sizeof(is->order.id)));
	return purchase;
}

struct rules_purchase *rules_purchase(struct rules *r, struct base_id id)
{
	struct rules_purchase *purchase = rows_look(r, RULES_PURCHASE, id);
	if (purchase || base_id_is_zero(id) || !r->source.purchase)
		return purchase;
	struct store_purchase is;
	if (!rows_found(r, r->source.purchase(r->source.ctx, id, &is)))
		return NULL;
	r->looked_back++;
	return rules_add_purchase(r, &is, false);
}

/* @return whether the key made a hold that is open. */
static bool find_in_open_holds(struct rules *r, struct store_key *wanted)
{
	const struct rules_buyer *buyer = rules_buyer(r, wanted->account);
	for (size_t i = 0; buyer && i < buyer->count; i++) {
		const struct rules_hold *hold = buyer->holds[i];
		if (memcmp(hold->key, wanted->key, STORE_KEY_BYTES) != 0)
			continue;
		memcpy(wanted->body, hold->body, STORE_KEY_BYTES);
		wanted->object = hold->row.id;
		return true;
	}
	return false;
}

const struct store_key *rules_key(struct rules *r, struct base_id account, const uint8_t key[STORE_KEY_BYTES])
{
	struct store_key wanted = {.account = account};
	memcpy(wanted.key, key, STORE_KEY_BYTES);
	const struct store_key *used = key_set_find(r->keys, account, key);
	if (used || !r->source.key)
		return used && base_id_is_zero(used->object) ? NULL : used;
	if (r->source.key_may_be && !r->source.key_may_be(r->source.ctx, account, key))
		return NULL;
	if (!find_in_open_holds(r, &wanted) && !rows_found(r, r->source.key(r->source.ctx, account, key, &wanted)))
		return NULL;
	return key_set_put(r->keys, &wanted);
}

/* A new hold is written with its key; what else has one needs a row for it. */
static bool goes_with_hold(struct rules *r, const struct store_key *used)
{
	struct rules_hold *hold = rows_look(r, RULES_HOLD, used->object);
	if (!hold || !hold->row.fresh)
		return false;
	memcpy(hold->key, used->key, STORE_KEY_BYTES);
	memcpy(hold->body, used->body, STORE_KEY_BYTES);
	return true;
}

void rules_use_key(struct rules *r, struct base_id account, const uint8_t key[STORE_KEY_BYTES],
                   const uint8_t body[STORE_KEY_BYTES], struct base_id object)
{
	struct store_key used = {.account = account, .object = object};
	memcpy(used.key, key, STORE_KEY_BYTES);
	memcpy(used.body, body, STORE_KEY_BYTES);
	if (!goes_with_hold(r, &used))
		rules_record(r, RULES_KEY)->key = used;
	key_set_put(r->keys, &used);
}

void rules_drop_key(struct rules *r, struct base_id account, const uint8_t key[STORE_KEY_BYTES])
{
	struct rules_record *record = rules_record(r, RULES_KEY_DELETE);
	record->key.account = account;
	memcpy(record->key.key, key, STORE_KEY_BYTES);
	/* Without an object: known to be free, though the store still has it until the commit. */
	key_set_put(r->keys, &record->key);
}
