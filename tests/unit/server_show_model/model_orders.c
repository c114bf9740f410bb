/* The rules of money: checkout, payments that come late or twice, refunds, and the ledger. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

/* The ledger. */

enum { MARKET = ACCOUNTS };

static void post(struct model *m, enum store_account_kind kind, int owner, int currency, int64_t amount)
{
	m->balance[kind][owner][currency] += amount;
}

static int64_t share(int64_t amount, int64_t part, int64_t whole)
{
	return (2 * amount * part + whole) / (2 * whole); /* half up */
}

/* @param sign 1; -1: reversed */
static void post_sale(struct model *m, const struct m_order *order, int sign)
{
	post(m, STORE_BUYER, order->buyer, order->currency, sign * order->total);
	post(m, STORE_SHIPPING, order->seller, order->currency, -sign * order->shipping);
	for (int i = 0; i < order->count; i++) {
		int64_t line = order->lines[i].quantity * order->lines[i].price;
		int64_t fee = share(line, m->limits.fee_bp, 10000);
		int64_t tax = share(line, m->limits.tax_bp, 10000 + m->limits.tax_bp);
		post(m, STORE_PLATFORM_FEE, MARKET, order->currency, -sign * fee);
		post(m, STORE_TAX, MARKET, order->currency, -sign * tax);
		post(m, STORE_SELLER, order->seller, order->currency, -sign * (line - fee - tax));
	}
}

static void post_payment(struct model *m, const struct m_order *order, int64_t fee)
{
	post(m, STORE_PROVIDER_CASH, MARKET, order->currency, order->total - fee);
	post(m, STORE_BUYER, order->buyer, order->currency, -order->total);
	post(m, STORE_PROVIDER_FEE, MARKET, order->currency, fee);
}

static void post_refund(struct model *m, const struct m_order *order)
{
	post(m, STORE_PROVIDER_CASH, MARKET, order->currency, -order->total);
	post(m, STORE_BUYER, order->buyer, order->currency, order->total);
}

/* Checkout. */

static bool goes_into(const struct model *m, const struct m_order *order, const struct m_hold *hold)
{
	return hold->state == STORE_HOLD_ACTIVE && hold->buyer == order->buyer &&
	       m->listings[hold->what.listing].seller == order->seller &&
	       (order->count == 0 || m->listings[hold->what.listing].currency == order->currency);
}

static void make_order(struct model *m, struct m_order *order)
{
	for (int i = 0; i < m->holds_count; i++) {
		const struct m_hold *hold = &m->holds[i];
		if (!goes_into(m, order, hold))
			continue;
		assert(order->count < LINES);
		order->currency = m->listings[hold->what.listing].currency;
		order->lines[order->count++] = (struct m_line){i, hold->quantity, hold->price};
		order->total += hold->quantity * hold->price;
		order->deadline_us = most_of(order->deadline_us, hold->deadline_us);
	}
	/* A parcel is priced in the market's currency. */
	order->shipping = order->currency == 0 ? m->accounts[order->seller].shipping : 0;
	order->total += order->shipping;
}

bool model_checkout_code(const struct model *m, int index, enum show_code code)
{
	const struct m_order *order = &m->orders[index];
	switch (order->state) {
	case STORE_ORDER_FAILED:
		return code == SHOW_DECLINED || code == SHOW_EXPIRED;
	case STORE_ORDER_CANCELLED:
		return code == SHOW_EXPIRED || code == SHOW_OK;
	case STORE_ORDER_PAYING:
		return order->confirm && code == SHOW_OK;
	default:
		return code == SHOW_OK;
	}
}

static void repeat_checkout(struct model *m, const struct m_key *used, const struct m_seen *seen, struct m_answer *out)
{
	const struct m_order *order = &m->orders[used->object];
	model_accept(out, &(struct m_seen){.answered = false}, 0, 0, 0);
	out->order = used->object;
	if (order->state == STORE_ORDER_PAYING && !order->confirm) {
		out->waits_for = used->object;
	} else if (seen->answered && !model_checkout_code(m, used->object, seen->code)) {
		out->wrong = true;
		snprintf(out->why, sizeof(out->why), "a repeated checkout answered code %d in order state %d",
		         seen->code, order->state);
	}
}

void model_checkout(struct model *m, int buyer, int seller, int address, int key, const struct m_seen *seen,
                    struct m_answer *out)
{
	const int64_t body[7] = {seller, address, 0, 0, 0, 0, 2};
	struct m_order order = {.buyer = buyer, .seller = seller, .key = key, .state = STORE_ORDER_PAYING};
	const struct m_key *used = model_find_key(m, buyer, key);
	unsigned must = model_actor_refusals(m, buyer);
	if (used && memcmp(used->body, body, sizeof(body)) == 0 && !must) {
		repeat_checkout(m, used, seen, out);
		return;
	}
	must |= used ? BIT(SHOW_KEY_CONFLICT) : 0;
	make_order(m, &order);
	must |= order.count == 0 ? BIT(SHOW_EXPIRED) : 0;
	must |= order.count > 0 && m->accounts[seller].banned ? BIT(SHOW_NOT_LIVE) : 0;
	if (seen->answered && !must) {
		/* The provider was not asked yet. */
		model_accept(out, seen, 0, 0, 0);
		return;
	}
	if (!model_accept(out, seen, must, 0, 0))
		return;
	assert(m->orders_count < ORDERS);
	out->order = out->waits_for = m->orders_count;
	order.born = m->born++;
	for (int i = 0; i < order.count; i++) {
		m->holds[order.lines[i].hold].state = STORE_HOLD_PAYING;
		m->holds[order.lines[i].hold].order = m->orders_count;
	}
	m->orders[m->orders_count] = order;
	model_use_key(m, buyer, key, KEY_ORDER, m->orders_count++, body);
}

/* What a provider says. */

static bool is_banned_from(const struct model *m, const struct m_hold *hold)
{
	return m->accounts[hold->buyer].banned || m->accounts[m->listings[hold->what.listing].seller].banned ||
	       (hold->what.show != NONE && m->shows[hold->what.show].banned[hold->buyer]);
}

static void close_holds(struct model *m, const struct m_order *order, enum store_hold_state state)
{
	for (int i = 0; i < order->count; i++)
		model_close_hold(m, order->lines[i].hold, state);
}

/* The buyer holds again what the order was for, and has some time for another card; but not what a ban took. */
static void take_apart(struct model *m, const struct m_order *order)
{
	for (int i = 0; i < order->count; i++) {
		struct m_hold *hold = &m->holds[order->lines[i].hold];
		if (order->voided && is_banned_from(m, hold)) {
			model_close_hold(m, order->lines[i].hold, STORE_HOLD_RELEASED);
			continue;
		}
		hold->state = STORE_HOLD_ACTIVE;
		hold->order = NONE;
		hold->deadline_us = most_of(hold->deadline_us, m->now_us + m->limits.least_ms * 1000);
	}
}

static void captured(struct model *m, struct m_order *order)
{
	post_payment(m, order, order->provider_fee);
	if (order->voided) {
		order->state = STORE_ORDER_CANCELLED;
		order->refund = STORE_REFUND_OWED;
		take_apart(m, order);
		return;
	}
	order->state = STORE_ORDER_PAID;
	post_sale(m, order, 1);
	close_holds(m, order, STORE_HOLD_SOLD);
}

static void failed(struct model *m, struct m_order *order)
{
	if (order->expiring)
		close_holds(m, order, STORE_HOLD_EXPIRED);
	else
		take_apart(m, order);
	order->state = STORE_ORDER_FAILED;
	struct m_key *key = model_find_key(m, order->buyer, order->key);
	if (key)
		key->used = false;
}

void model_payment(struct model *m, int index, enum pay_outcome outcome, int64_t provider_fee)
{
	struct m_order *order = &m->orders[index];
	if (outcome == PAY_CAPTURED)
		order->provider_fee = provider_fee;
	if (order->state == STORE_ORDER_PAYING && outcome == PAY_CAPTURED) {
		captured(m, order);
	} else if (order->state == STORE_ORDER_PAYING && outcome == PAY_PENDING) {
		order->confirm = true;
	} else if (order->state == STORE_ORDER_PAYING && outcome != PAY_UNKNOWN) {
		failed(m, order);
	} else if (order->state == STORE_ORDER_FAILED && order->refund == STORE_REFUND_NONE &&
	           outcome == PAY_CAPTURED) {
		post_payment(m, order, provider_fee); /* too late: what it was for may be somebody else's */
		order->refund = STORE_REFUND_OWED;
	}
	if (order->state != STORE_ORDER_PAYING)
		order->confirm = false;
	model_serve(m);
}

void model_refunded(struct model *m, int index)
{
	if (m->orders[index].refund != STORE_REFUND_OWED)
		return;
	m->orders[index].refund = STORE_REFUND_DONE;
	post_refund(m, &m->orders[index]);
}

/* After the sale. */

void model_cancel(struct model *m, int actor, int index, const struct m_seen *seen, struct m_answer *out)
{
	struct m_order *order = &m->orders[index];
	unsigned must = model_actor_refusals(m, actor);
	must |= actor != order->buyer && actor != order->seller ? BIT(SHOW_FORBIDDEN) | BIT(SHOW_NOT_FOUND) : 0;
	if (order->state == STORE_ORDER_CANCELLED) {
		model_accept(out, seen, must, ANY_REFUSAL, BIT(SHOW_OK));
		return;
	}
	must |= order->state != STORE_ORDER_PAID ? ANY_REFUSAL : 0;
	if (!model_accept(out, seen, must, 0, BIT(SHOW_OK)))
		return;
	order->state = STORE_ORDER_CANCELLED;
	order->refund = order->total ? STORE_REFUND_OWED : STORE_REFUND_NONE;
	post_sale(m, order, -1);
	close_holds(m, order, STORE_HOLD_RETURNED);
	model_serve(m);
}

void model_ship(struct model *m, int actor, int index, const struct m_seen *seen, struct m_answer *out)
{
	struct m_order *order = &m->orders[index];
	unsigned must = model_actor_refusals(m, actor);
	must |= actor != order->seller ? BIT(SHOW_FORBIDDEN) | BIT(SHOW_NOT_FOUND) : 0;
	if (order->state != STORE_ORDER_PAID && order->state != STORE_ORDER_SHIPPED)
		must |= ANY_REFUSAL;
	if (model_accept(out, seen, must, 0, BIT(SHOW_OK)))
		order->state = STORE_ORDER_SHIPPED;
}
