/* What must always hold, in words; the tests ask after every step. */
#include <string.h>

#include "show/ledger.h"
#include "show/rules.h"

struct held {
	struct base_id stock; /* listing or variant */
	int64_t units;
};

static void count_units(GHashTable *held, struct base_id stock, int64_t units)
{
	struct held *count = g_hash_table_lookup(held, &stock);
	if (!count) {
		count = g_new0(struct held, 1);
		count->stock = stock;
		g_hash_table_add(held, count);
	}
	count->units += units;
}

static int64_t units_held(GHashTable *held, struct base_id stock)
{
	const struct held *count = g_hash_table_lookup(held, &stock);
	return count ? count->units : 0;
}

/* What the open holds hold, of each listing and of each variant. */
static GHashTable *held_of_all(struct rules *r)
{
	GHashTable *held = rules_table_of_ids();
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, r->rows[RULES_HOLD]);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const struct rules_hold *hold = value;
		if (hold->state > STORE_HOLD_PAYING)
			continue;
		count_units(held, hold->deal->is.listing, hold->quantity);
		if (!base_id_is_zero(hold->deal->is.variant))
			count_units(held, hold->deal->is.variant, hold->quantity);
	}
	return held;
}

static const char *check_counts(int64_t available, int64_t held, int64_t sold, int64_t adjusted)
{
	if (available < 0 || held < 0 || sold < 0)
		return "a count of stock is below zero";
	return available + held + sold != adjusted ? "available + held + sold is not the sum of the adjustments" : NULL;
}

/* What is left of the listing's counts without its variants' is what it had before it got them. */
static const char *check_variants(struct rules *r, struct rules_listing *listing, GHashTable *held)
{
	GPtrArray *variants = rules_variants(r, listing);
	struct store_listing own = listing->is;
	const char *wrong = NULL;
	for (guint i = 0; i < variants->len && !wrong; i++) {
		const struct store_variant *is = &((struct rules_variant *)g_ptr_array_index(variants, i))->is;
		wrong = check_counts(is->available, is->held, is->sold, is->adjusted);
		if (!wrong && is->held != units_held(held, is->id))
			return "held of a variant is not the sum of the open holds";
		if (!wrong && is->removed && is->available)
			return "a removed variant has units";
		own.available -= is->available;
		own.held -= is->held;
		own.sold -= is->sold;
		own.adjusted -= is->adjusted;
		own.variants -= !is->removed;
	}
	if (!wrong && own.variants != 0)
		return "a listing does not know how many variants it has";
	if (!wrong && listing->is.variants > 0 && (own.available || own.held))
		return "the stock of a listing is not the sum of its variants'";
	return wrong ? wrong : check_counts(own.available, own.held, own.sold, own.adjusted);
}

static const char *check_listings(struct rules *r)
{
	g_autoptr(GHashTable) held = held_of_all(r);
	GHashTableIter iter;
	gpointer value;
	const char *wrong = NULL;
	g_hash_table_iter_init(&iter, r->rows[RULES_LISTING]);
	while (!wrong && g_hash_table_iter_next(&iter, NULL, &value)) {
		struct rules_listing *listing = value;
		const struct store_listing *is = &listing->is;
		wrong = check_counts(is->available, is->held, is->sold, is->adjusted);
		if (!wrong && is->held != units_held(held, is->id))
			return "held is not the sum of the open holds";
		if (!wrong && (listing->variants || is->variants > 0))
			wrong = check_variants(r, listing, held);
	}
	return wrong;
}

static const char *check_hold(struct rules *r, const struct rules_hold *hold)
{
	bool active = hold->state == STORE_HOLD_ACTIVE, paying = hold->state == STORE_HOLD_PAYING;
	const struct rules_buyer *buyer = rules_buyer(r, hold->buyer);
	bool listed = rules_buyer_has(buyer, hold);
	if (active != hold->deadline.queued)
		return "an active hold without a deadline, or a deadline without one";
	if (buyer != g_hash_table_lookup(r->buyers, &hold->buyer))
		return "an account remembers other holds than its buyer has";
	if (listed != (active || paying))
		return "a buyer's open holds are not those that are open";
	if (hold->deal->is.terms.community && hold->deal->is.price < hold->deal->is.terms.floor)
		return "held below the floor that its owner set";
	if (!paying)
		return NULL;
	const struct rules_purchase *purchase = g_hash_table_lookup(r->rows[RULES_PURCHASE], &hold->order);
	if (!purchase || purchase->is.order.state != STORE_ORDER_PAYING)
		return "a paying hold without a paying order";
	return NULL;
}

static const char *check_holds(struct rules *r)
{
	GHashTableIter iter;
	gpointer value;
	const char *wrong = NULL;
	g_hash_table_iter_init(&iter, r->rows[RULES_HOLD]);
	while (!wrong && g_hash_table_iter_next(&iter, NULL, &value))
		wrong = check_hold(r, value);
	return wrong;
}

static const char *check_item(struct rules *r, const struct rules_item *item)
{
	const struct store_item_row *is = &item->is;
	const struct rules_show *show = g_hash_table_lookup(r->rows[RULES_SHOW], &is->show);
	const struct rules_listing *listing = g_hash_table_lookup(r->rows[RULES_LISTING], &is->listing);
	bool flash = is->flash_until_ms != 0;
	if (flash != item->flash.queued)
		return "a flash price without an end, or an end without one";
	if (flash && (is->removed || !show || show->is.state != STORE_SHOW_LIVE || is->flash_price >= is->price))
		return "a flash price off air, or above the price";
	if (is->removed || !show || !listing || show->is.state == STORE_SHOW_ENDED ||
	    base_id_equal(show->is.host.id, listing->is.seller.id))
		return NULL;
	if (!listing->is.community.ok || rules_is_blocked(r, listing->is.seller.id, show->is.host.id))
		return "an item that its owner does not let others sell";
	if (is->price < listing->is.community.floor || (flash && is->flash_price < listing->is.community.floor))
		return "an item below the floor that its owner set";
	return NULL;
}

static const char *check_items(struct rules *r)
{
	GHashTableIter iter;
	gpointer value;
	const char *wrong = NULL;
	g_hash_table_iter_init(&iter, r->rows[RULES_ITEM]);
	while (!wrong && g_hash_table_iter_next(&iter, NULL, &value))
		wrong = check_item(r, value);
	return wrong;
}

static const char *check_waiting(struct rules *r, const struct rules_waiting *waiting, const struct rules_stock *stock)
{
	GPtrArray *waits = rules_waits_of_buyer(r, waiting->is.buyer.id);
	const struct rules_account *buyer = rules_account(r, waiting->is.buyer.id);
	bool present = g_hash_table_contains(r->present, &waiting->is.buyer.id);
	if (waiting->is.state != STORE_WAITING || !waits || !g_ptr_array_find(waits, waiting, NULL))
		return "an entry of a queue that does not wait";
	if (waiting->is.quantity <= rules_stock_available(r, stock))
		return "somebody waits whose quantity is available";
	if (waiting->absent.queued == present)
		return "an absent buyer waits without an end, or a present one has one";
	return !buyer || buyer->is.banned ? "somebody banned waits" : NULL;
}

static const char *check_queue(struct rules *r, const struct rules_queue *queue)
{
	struct rules_stock stock;
	const char *wrong = NULL;
	if (!rules_stock_find(r, queue->listing, queue->variant, &stock) || queue->entries->len == 0)
		return "a queue for nothing, or of nobody";
	if (rules_stock_available(r, &stock) == 0 && rules_stock_held(r, &stock) == 0)
		return "somebody waits for what is sold out for good";
	for (guint i = 0; i < queue->entries->len && !wrong; i++) {
		const struct rules_waiting *waiting = g_ptr_array_index(queue->entries, i);
		const struct rules_waiting *before = i ? g_ptr_array_index(queue->entries, i - 1) : NULL;
		if (waiting->queue != queue || waiting->is.place != (int64_t)i + 1 ||
		    (before && memcmp(before->row.id.bytes, waiting->row.id.bytes, BASE_ID_BYTES) >= 0))
			return "a queue is out of order";
		wrong = check_waiting(r, waiting, &stock);
	}
	return wrong;
}

static const char *check_waitlist(struct rules *r)
{
	GHashTableIter iter;
	gpointer value;
	const char *wrong = r->freed->len ? "stock was freed and nobody was served" : NULL;
	g_hash_table_iter_init(&iter, r->queues);
	while (!wrong && g_hash_table_iter_next(&iter, NULL, &value))
		wrong = check_queue(r, value);
	return wrong;
}

static const char *check_purchases(struct rules *r)
{
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, r->rows[RULES_PURCHASE]);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const struct store_purchase *is = &((struct rules_purchase *)value)->is;
		bool open = is->order.state == STORE_ORDER_PAYING || is->order.refund == STORE_REFUND_OWED;
		if (open != g_hash_table_contains(r->unsettled, &is->order.id))
			return "an unsettled order is forgotten, or a settled one is not";
		if ((is->order.state == STORE_ORDER_PAYING && !is->expiring) !=
		    ((struct rules_purchase *)value)->deadline.queued)
			return "a paying order without a deadline, or a deadline without one";
		bool cancelled = is->order.state == STORE_ORDER_CANCELLED && is->order.total > 0;
		bool may_be_refunded = cancelled || is->order.state == STORE_ORDER_FAILED;
		if (is->order.refund == STORE_REFUND_NONE ? cancelled : !may_be_refunded)
			return "a captured payment is neither an order nor a refund";
	}
	return NULL;
}

const char *rules_check(struct rules *r)
{
	static const char *(*const checks[])(struct rules *) = {check_listings, check_holds, check_items,
	                                                        check_waitlist, check_purchases};
	const char *wrong = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(checks) && !wrong; i++)
		wrong = checks[i](r);
	return wrong ? wrong : ledger_check(r);
}
