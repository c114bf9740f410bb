/* What becomes of a paying order: a provider says how it ended, sometimes twice or late; time runs out. Every
 * captured payment ends in one order or one full refund. */
#include <stdio.h>
#include <string.h>

#include "show/ledger.h"
#include "show/verbs.h"

void rules_answer_purchase(const struct rules_purchase *purchase, struct rules_answer *answer)
{
	const struct store_order *order = &purchase->is.order;
	answer->purchase = order->id;
	answer->wait = order->state == STORE_ORDER_PAYING && !order->confirm;
	if (order->state == STORE_ORDER_FAILED)
		rules_refuse(answer, SHOW_DECLINED, order->failure);
	else if (order->state == STORE_ORDER_CANCELLED)
		rules_refuse(answer, SHOW_EXPIRED, "the order was cancelled, and what was paid is given back");
	else
		answer->code = SHOW_OK;
}

static GPtrArray *holds_of(struct rules *r, const struct store_order *order)
{
	const struct rules_buyer *open = rules_buyer(r, order->buyer.id);
	GPtrArray *holds = g_ptr_array_new();
	for (size_t i = 0; open && i < open->count; i++) {
		struct rules_hold *hold = open->holds[i];
		if (base_id_equal(hold->order, order->id))
			g_ptr_array_add(holds, hold);
	}
	return holds;
}

static void close_holds(struct rules *r, const GPtrArray *holds, enum store_hold_state state)
{
	for (guint i = 0; i < holds->len; i++)
		rules_hold_close(r, g_ptr_array_index(holds, i), state);
}

/* The buyer gets the time to find another card. */
static void reactivate(struct rules *r, const struct rules_now *now, struct rules_hold *hold)
{
	int64_t left_us = MAX(hold->deadline.us - now->us, r->limits.hold_least_ms * 1000);
	hold->state = STORE_HOLD_ACTIVE;
	hold->order = (struct base_id){{0}};
	hold->expires_ms = now->ms + left_us / 1000;
	rules_deadline_set(r, &hold->deadline, &hold->row, now->us + left_us);
	rules_touch(r, &hold->row);
	rules_note(r, SHOW_EVENT_HOLD, &hold->row);
}

/* An order that is not to be: the buyer holds again what it was for, but for what a ban took since. */
static void take_apart(struct rules *r, const struct rules_now *now, const struct rules_purchase *purchase)
{
	g_autoptr(GPtrArray) holds = holds_of(r, &purchase->is.order);
	for (guint i = 0; i < holds->len; i++) {
		struct rules_hold *hold = g_ptr_array_index(holds, i);
		if (!purchase->is.voided || !rules_taken_by_a_ban(r, now, hold))
			reactivate(r, now, hold);
	}
}

static void settled(struct rules *r, struct rules_purchase *purchase, enum store_order_state state)
{
	purchase->is.order.state = state;
	purchase->is.order.confirm = false;
	rules_deadline_clear(r, &purchase->deadline);
	if (purchase->is.order.refund != STORE_REFUND_OWED)
		g_hash_table_remove(r->unsettled, &purchase->row.id);
}

void rules_owe_refund(struct rules *r, struct rules_purchase *purchase)
{
	purchase->is.order.refund = STORE_REFUND_OWED;
	g_hash_table_add(r->unsettled, g_memdup2(&purchase->row.id, sizeof(purchase->row.id)));
}

static void record_payment(struct rules *r, const struct rules_now *now, struct rules_purchase *purchase,
                           const struct pay_result *result)
{
	struct store_order *order = &purchase->is.order;
	snprintf(order->payment, sizeof(order->payment), "%s", result->reference);
	ledger_payment(r, now, order, result->fee_minor);
}

/* By whom it was shown, as far as its owner is told. */
static struct base_id shown_by(const struct rules_hold *hold)
{
	return hold->deal->is.terms.community ? hold->deal->is.terms.host : (struct base_id){{0}};
}

/* @return false: a hold before this one has spoken for it. */
static bool sum_up(const GPtrArray *holds, guint at, struct store_notice *notice)
{
	const struct rules_hold *first = g_ptr_array_index(holds, at);
	struct base_id host = shown_by(first);
	for (guint i = 0; i < holds->len; i++) {
		const struct rules_hold *hold = g_ptr_array_index(holds, i);
		if (!base_id_equal(shown_by(hold), host))
			continue;
		if (i < at)
			return false;
		notice->quantity += hold->quantity;
		notice->amount.amount += hold->quantity * hold->deal->is.price;
	}
	return true;
}

/* The seller is told once what the buyer took from the seller, and once for each host who sold for the seller. */
static void tell_sold(struct rules *r, const struct rules_now *now, const struct store_order *order,
                      const GPtrArray *holds)
{
	for (guint i = 0; i < holds->len; i++) {
		const struct rules_hold *first = g_ptr_array_index(holds, i);
		const struct rules_account *host =
		        rules_account(r, shown_by(first)); /* NULL: its seller, or the shop */
		struct store_notice notice = {.account = order->seller.id,
		                              .code = host ? STORE_NOTICE_COMMUNITY_SOLD : STORE_NOTICE_SOLD,
		                              .actor = host ? host->is.person : order->buyer,
		                              .show = first->deal->is.show,
		                              .listing = first->deal->is.listing,
		                              .order = order->id};
		if (!sum_up(holds, i, &notice))
			continue;
		memcpy(notice.title, first->deal->is.title, sizeof(notice.title));
		memcpy(notice.amount.currency, order->currency, sizeof(notice.amount.currency));
		rules_notify(r, now, &notice);
	}
}

static void sell(struct rules *r, const struct rules_now *now, struct rules_purchase *purchase)
{
	struct store_order *order = &purchase->is.order;
	g_autoptr(GPtrArray) holds = holds_of(r, order);
	ledger_sale(r, now, order, holds);
	tell_sold(r, now, order, holds);
	close_holds(r, holds, STORE_HOLD_SOLD);
	settled(r, purchase, STORE_ORDER_PAID);
}

static void captured(struct rules *r, const struct rules_now *now, struct rules_purchase *purchase,
                     const struct pay_result *result)
{
	record_payment(r, now, purchase, result);
	purchase->is.order.paid_ms = now->ms;
	if (!purchase->is.voided) {
		sell(r, now, purchase);
		return;
	}
	purchase->is.order.cancelled_ms = now->ms;
	rules_owe_refund(r, purchase);
	take_apart(r, now, purchase);
	settled(r, purchase, STORE_ORDER_CANCELLED);
}

static void fail(struct rules *r, struct rules_purchase *purchase, const char *reason)
{
	struct store_order *order = &purchase->is.order;
	snprintf(order->failure, sizeof(order->failure), "%s", reason);
	rules_drop_key(r, order->buyer.id, purchase->is.key);
	settled(r, purchase, STORE_ORDER_FAILED);
}

static void declined(struct rules *r, const struct rules_now *now, struct rules_purchase *purchase,
                     const struct pay_result *result)
{
	if (purchase->is.expiring) { /* the time of its holds is over */
		g_autoptr(GPtrArray) holds = holds_of(r, &purchase->is.order);
		close_holds(r, holds, STORE_HOLD_EXPIRED);
		fail(r, purchase, "expired");
	} else {
		take_apart(r, now, purchase);
		fail(r, purchase, result->outcome == PAY_EXPIRED ? "expired" : result->reason);
	}
}

static void pending(struct rules *r, const struct rules_now *now, struct rules_purchase *purchase,
                    const struct pay_result *result)
{
	purchase->is.order.confirm = true;
}

/* Captured after all, though the order failed: it is not revived, for what it was for may be somebody else's. */
static void captured_late(struct rules *r, const struct rules_now *now, struct rules_purchase *purchase,
                          const struct pay_result *result)
{
	record_payment(r, now, purchase, result);
	rules_owe_refund(r, purchase);
}

typedef void outcome(struct rules *r, const struct rules_now *now, struct rules_purchase *purchase,
                     const struct pay_result *result);

/* @return NULL: it changes nothing. */
static outcome *outcome_of(const struct rules_purchase *purchase, enum pay_outcome said)
{
	static outcome *const of_paying[] = {[PAY_CAPTURED] = captured,
	                                     [PAY_DECLINED] = declined,
	                                     [PAY_UNKNOWN] = NULL,
	                                     [PAY_PENDING] = pending,
	                                     [PAY_EXPIRED] = declined};
	const struct store_order *order = &purchase->is.order;
	if ((unsigned)said >= G_N_ELEMENTS(of_paying) || (said == PAY_PENDING && order->confirm))
		return NULL;
	if (order->state == STORE_ORDER_PAYING)
		return of_paying[said];
	bool late = order->state == STORE_ORDER_FAILED && order->refund == STORE_REFUND_NONE;
	return late && said == PAY_CAPTURED ? captured_late : NULL;
}

void rules_settle(struct rules *r, const struct rules_now *now, struct base_id order, const struct pay_result *result,
                  struct rules_answer *answer)
{
	struct rules_purchase *purchase = rules_purchase(r, order);
	if (!purchase) {
		rules_refuse(answer, SHOW_NOT_FOUND, "no such order");
		return;
	}
	outcome *change = outcome_of(purchase, result->outcome);
	if (change) {
		change(r, now, purchase, result);
		rules_touch(r, &purchase->row);
		rules_note(r, SHOW_EVENT_ORDER, &purchase->row);
		rules_serve(r, now);
	}
	rules_answer_purchase(purchase, answer);
}

void rules_payment(const struct rules_case *c)
{
	const struct pay_result *told = &c->command->payment;
	if (!rules_text_fits(told->reference, sizeof(told->reference), told->outcome == PAY_CAPTURED) ||
	    !rules_text_fits(told->reason, sizeof(told->reason), 0)) {
		rules_refuse(c->answer, SHOW_INVALID, "a captured payment needs the provider's reference");
		return;
	}
	struct rules_answer unused = {0};
	rules_settle(c->r, c->now, c->command->order_id, told, &unused);
	c->answer->purchase = unused.purchase;
	if (unused.code == SHOW_NOT_FOUND)
		rules_refuse(c->answer, SHOW_NOT_FOUND, unused.detail);
}

void rules_refunded(struct rules *r, const struct rules_now *now, struct base_id id)
{
	struct rules_purchase *purchase = rules_purchase(r, id);
	if (!purchase || purchase->is.order.refund != STORE_REFUND_OWED)
		return;
	struct store_order *order = &purchase->is.order;
	struct store_notice notice = {
	        .account = order->buyer.id, .code = STORE_NOTICE_REFUNDED, .order = id, .amount.amount = order->total};
	memcpy(notice.amount.currency, order->currency, sizeof(notice.amount.currency));
	order->refund = STORE_REFUND_DONE;
	g_hash_table_remove(r->unsettled, &id);
	ledger_reverse_payment(r, now, order);
	rules_notify(r, now, &notice);
	rules_touch(r, &purchase->row);
	rules_note(r, SHOW_EVENT_ORDER, &purchase->row);
}

void rules_purchase_due(struct rules *r, struct rules_purchase *purchase)
{
	rules_deadline_clear(r, &purchase->deadline);
	purchase->is.expiring = true;
	rules_touch(r, &purchase->row);
}

void rules_purchase_until(struct rules *r, const struct rules_now *now, struct rules_purchase *purchase, int64_t us)
{
	int64_t deadline_ms = now->ms + (us - now->us) / 1000;
	rules_deadline_set(r, &purchase->deadline, &purchase->row, us);
	if (purchase->is.deadline_ms == deadline_ms)
		return;
	purchase->is.deadline_ms = deadline_ms;
	rules_touch(r, &purchase->row);
}

void rules_resume_purchase(struct rules *r, const struct rules_now *now, const struct store_purchase *is,
                           int64_t least_ms)
{
	struct rules_purchase *purchase = rules_add_purchase(r, is, false);
	if (is->order.state != STORE_ORDER_PAYING || is->expiring)
		return;
	int64_t before_us = rules_clock_before(r, is->order.id);
	/* A wall clock that was set back must not stretch it. */
	int64_t left_ms = CLAMP(is->deadline_ms - now->ms, least_ms, MAX(r->limits.hold_ms, least_ms));
	if (before_us != INT64_MIN)
		rules_deadline_set(r, &purchase->deadline, &purchase->row, before_us);
	else
		rules_purchase_until(r, now, purchase, now->us + left_ms * 1000);
}
