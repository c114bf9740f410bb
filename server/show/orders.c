/* An order after it was paid: shipped, or cancelled before. */
#include <string.h>

#include "show/ledger.h"
#include "show/verbs.h"

struct gathering {
	struct rules *r;
	struct base_id order;
	GPtrArray *holds; /* struct rules_hold */
};

static void gather(struct gathering *g, struct rules_hold *hold)
{
	if (hold && hold->state == STORE_HOLD_SOLD && base_id_equal(hold->order, g->order) &&
	    !g_ptr_array_find(g->holds, hold, NULL))
		g_ptr_array_add(g->holds, hold);
}

static void gather_stored(const struct store_hold *is, void *ctx)
{
	struct gathering *g = ctx;
	struct rules_hold *known = g_hash_table_lookup(g->r->rows[RULES_HOLD], &is->id);
	if (!known)
		g->r->looked_back++;
	gather(g, known ? known : rules_load_hold(g->r, is));
}

static void gather_all(struct gathering *g)
{
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, g->r->rows[RULES_HOLD]);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		gather(g, value);
}

/* What was sold with it; the store does not know yet what this batch did. */
static GPtrArray *sold_with(struct rules *r, struct base_id order)
{
	struct gathering g = {r, order, g_ptr_array_new()};
	int error = r->source.holds_of ? r->source.holds_of(r->source.ctx, order, gather_stored, &g) : 0;
	if (error && !r->error)
		r->error = error;
	for (struct rules_row *row = r->dirty_first; row; row = row->next_dirty)
		if (row->kind == RULES_HOLD)
			gather(&g, (struct rules_hold *)row);
	if (!r->source.holds_of)
		gather_all(&g);
	return g.holds;
}

/* A notice about the order, in the words of its first line. */
static void tell(const struct rules_case *c, const struct store_order *order, const GPtrArray *holds,
                 enum store_notice_code code)
{
	const struct rules_account *actor = rules_account(c->r, c->command->actor);
	bool by_buyer = base_id_equal(c->command->actor, order->buyer.id);
	struct store_notice notice = {.account = by_buyer ? order->seller.id : order->buyer.id,
	                              .code = code,
	                              .actor = actor->is.person,
	                              .order = order->id,
	                              .amount.amount = order->total};
	memcpy(notice.amount.currency, order->currency, sizeof(notice.amount.currency));
	for (guint i = 0; i < holds->len; i++) {
		const struct rules_hold *hold = g_ptr_array_index(holds, i);
		notice.quantity += hold->quantity;
		if (i > 0)
			continue;
		notice.listing = hold->deal->is.listing;
		memcpy(notice.title, hold->deal->is.title, sizeof(notice.title));
	}
	rules_notify(c->r, c->now, &notice);
}

static bool by_its_seller(const struct rules_case *c, const struct rules_purchase *purchase)
{
	return base_id_equal(c->command->actor, purchase->is.order.seller.id);
}

/* Whether an order exists is the business of its buyer alone, and of its seller once it was paid. */
static struct rules_purchase *order_of(const struct rules_case *c)
{
	struct rules_purchase *purchase = rules_purchase(c->r, c->command->order_id);
	const struct store_order *order = purchase ? &purchase->is.order : NULL;
	bool buyer = order && base_id_equal(c->command->actor, order->buyer.id);
	if (!order || (!buyer && (order->paid_ms == 0 || !by_its_seller(c, purchase)))) {
		rules_refuse(c->answer, SHOW_NOT_FOUND, "no such order");
		return NULL;
	}
	c->answer->purchase = purchase->row.id;
	return purchase;
}

static void change(const struct rules_case *c, struct rules_purchase *purchase)
{
	rules_touch(c->r, &purchase->row);
	rules_note(c->r, SHOW_EVENT_ORDER, &purchase->row);
}

static bool may_be_shipped(const struct rules_case *c, const struct rules_purchase *purchase)
{
	const struct show_command *command = c->command;
	enum store_order_state state = purchase->is.order.state;
	if (!by_its_seller(c, purchase))
		rules_refuse(c->answer, SHOW_FORBIDDEN, "its seller ships it");
	else if (!rules_text_fits(command->carrier, sizeof(command->carrier), 0) ||
	         !rules_text_fits(command->tracking, sizeof(command->tracking), 0))
		rules_refuse(c->answer, SHOW_INVALID, "carrier or tracking number is too long");
	else if (state != STORE_ORDER_PAID && state != STORE_ORDER_SHIPPED)
		rules_refuse(c->answer, SHOW_EXISTS, "the order was cancelled");
	return c->answer->code == SHOW_OK;
}

void rules_order_ship(const struct rules_case *c)
{
	struct rules_purchase *purchase = order_of(c);
	if (!purchase || !may_be_shipped(c, purchase))
		return;
	struct store_order *order = &purchase->is.order;
	bool shipped = order->state == STORE_ORDER_SHIPPED;
	c->answer->repeated = shipped && strcmp(order->carrier, c->command->carrier) == 0 &&
	                      strcmp(order->tracking, c->command->tracking) == 0;
	if (c->answer->repeated)
		return;
	memcpy(order->carrier, c->command->carrier, sizeof(order->carrier));
	memcpy(order->tracking, c->command->tracking, sizeof(order->tracking));
	if (!shipped) {
		g_autoptr(GPtrArray) holds = sold_with(c->r, order->id);
		order->state = STORE_ORDER_SHIPPED;
		order->shipped_ms = c->now->ms;
		tell(c, order, holds, STORE_NOTICE_SHIPPED);
	}
	change(c, purchase);
}

static bool may_be_cancelled(const struct rules_case *c, const struct rules_purchase *purchase)
{
	static const char *const refusals[] = {[STORE_ORDER_PAYING] = "the payment is not decided yet",
	                                       [STORE_ORDER_FAILED] = "the order was never paid",
	                                       [STORE_ORDER_SHIPPED] = "the order has been shipped"};
	enum store_order_state state = purchase->is.order.state;
	c->answer->repeated = state == STORE_ORDER_CANCELLED;
	if (state == STORE_ORDER_PAID)
		return true;
	if (!c->answer->repeated)
		rules_refuse(c->answer, SHOW_EXISTS, refusals[state]);
	return false;
}

void rules_order_cancel(const struct rules_case *c)
{
	struct rules_purchase *purchase = order_of(c);
	if (!purchase || !may_be_cancelled(c, purchase))
		return;
	struct store_order *order = &purchase->is.order;
	g_autoptr(GPtrArray) holds = sold_with(c->r, order->id);
	order->state = STORE_ORDER_CANCELLED;
	order->cancelled_ms = c->now->ms;
	ledger_reverse_sale(c->r, c->now, order);
	if (order->total > 0)
		rules_owe_refund(c->r, purchase);
	tell(c, order, holds, STORE_NOTICE_CANCELLED);
	for (guint i = 0; i < holds->len; i++)
		rules_hold_close(c->r, g_ptr_array_index(holds, i), STORE_HOLD_RETURNED);
	change(c, purchase);
}
