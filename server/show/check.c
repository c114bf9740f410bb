/* What must always hold, in words; the tests ask after every step. */
#include "show/ledger.h"

static int64_t units_held(struct rules *r, struct base_id listing)
{
	GHashTableIter iter;
	gpointer value;
	int64_t units = 0;
	g_hash_table_iter_init(&iter, r->rows[RULES_HOLD]);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const struct store_hold *hold = &((struct rules_hold *)value)->is;
		if (hold->state <= STORE_HOLD_PAYING && base_id_equal(hold->listing, listing))
			units += hold->quantity;
	}
	return units;
}

static const char *check_listings(struct rules *r)
{
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, r->rows[RULES_LISTING]);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const struct store_listing *is = &((struct rules_listing *)value)->is;
		if (is->available < 0 || is->held < 0 || is->sold < 0)
			return "a count of stock is below zero";
		if (is->available + is->held + is->sold != is->adjusted)
			return "available + held + sold is not the sum of the adjustments";
		if (is->held != units_held(r, is->id))
			return "held is not the sum of the open holds";
	}
	return NULL;
}

static const char *check_hold(struct rules *r, const struct rules_hold *hold)
{
	bool active = hold->is.state == STORE_HOLD_ACTIVE, paying = hold->is.state == STORE_HOLD_PAYING;
	GPtrArray *open = rules_open_holds(r, hold->is.buyer.id);
	bool listed = open && g_ptr_array_find(open, hold, NULL);
	if (active != hold->deadline.queued)
		return "an active hold without a deadline, or a deadline without one";
	if (listed != (active || paying))
		return "a buyer's open holds are not those that are open";
	if (!paying)
		return NULL;
	const struct rules_purchase *purchase = g_hash_table_lookup(r->rows[RULES_PURCHASE], &hold->is.order);
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
	const char *wrong = check_listings(r);
	if (!wrong)
		wrong = check_holds(r);
	if (!wrong)
		wrong = check_purchases(r);
	return wrong ? wrong : ledger_check(r);
}
