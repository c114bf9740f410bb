/* The rules of people and of what is shown: presence, bans, listings, the run of show, and time. */
#include "model.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Presence. */

void model_presence(struct model *m, int account, bool present)
{
	if (m->accounts[account].present == present)
		return;
	m->accounts[account].present = present;
	for (int i = 0; i < m->waits_count && !present; i++)
		if (m->waits[i].buyer == account)
			m->waits[i].absent_us = m->now_us;
}

/* Bans. */

static void void_open(struct model *m, int buyer, int show)
{
	for (int i = 0; i < m->waits_count; i++)
		if (m->waits[i].state == STORE_WAITING && m->waits[i].buyer == buyer &&
		    (show == NONE || m->waits[i].what.show == show))
			m->waits[i].state = STORE_WAITING_LEFT;
	for (int i = 0, count = m->holds_count; i < count; i++) {
		struct m_hold *hold = &m->holds[i];
		if (hold->buyer != buyer || (show != NONE && hold->what.show != show))
			continue;
		if (hold->state == STORE_HOLD_ACTIVE)
			model_close_hold(m, i, STORE_HOLD_RELEASED);
		else if (hold->state == STORE_HOLD_PAYING)
			m->orders[hold->order].voided = true;
	}
	model_serve(m);
}

static void end_show(struct model *m, int show)
{
	m->shows[show].state = STORE_SHOW_ENDED;
	for (int i = 0; i < m->items_count; i++) /* who waits on waits for the price that it has without a flash */
		if (m->items[i].show == show)
			m->items[i].flash_until_ms = 0;
}

/* Nobody pays who is banned, and nobody shows. */
static void take_off_the_market(struct model *m, int account)
{
	for (int i = 0; i < m->orders_count; i++)
		if (m->orders[i].seller == account && m->orders[i].state == STORE_ORDER_PAYING)
			m->orders[i].voided = true;
	for (int i = 0; i < SHOWS; i++)
		if (m->shows[i].host == account && m->shows[i].state == STORE_SHOW_LIVE)
			end_show(m, i);
	for (int i = 0, count = m->holds_count; i < count; i++)
		if (m->holds[i].state == STORE_HOLD_ACTIVE && m->listings[m->holds[i].what.listing].seller == account)
			model_close_hold(m, i, STORE_HOLD_RELEASED);
}

void model_ban(struct model *m, int account, bool banned, const struct m_seen *seen, struct m_answer *out)
{
	if (!model_accept(out, seen, 0, 0, BIT(SHOW_OK)))
		return;
	m->accounts[account].banned = banned;
	if (!banned)
		return;
	take_off_the_market(m, account);
	void_open(m, account, NONE);
}

void model_ban_from(struct model *m, int show, int account, bool banned, const struct m_seen *seen,
                    struct m_answer *out)
{
	if (!model_accept(out, seen, model_actor_refusals(m, m->shows[show].host), 0, BIT(SHOW_OK)))
		return;
	m->shows[show].banned[account] = banned;
	if (banned)
		void_open(m, account, show);
}

/* What a listing's owner no longer allows leaves the shows of others at once; a flash below the floor ends. */
static void withdraw(struct model *m)
{
	for (int i = 0; i < m->items_count; i++) {
		struct m_item *item = &m->items[i];
		int host = m->shows[item->show].host;
		if (m->shows[item->show].state == STORE_SHOW_ENDED)
			continue;
		if (!model_host_may(m, host, item->listing, item->price))
			item->removed = true;
		if (!model_host_may(m, host, item->listing, item->flash_price))
			item->flash_until_ms = 0;
	}
}

void model_block(struct model *m, int owner, int host, bool blocked, const struct m_seen *seen, struct m_answer *out)
{
	if (!model_accept(out, seen, model_actor_refusals(m, owner), 0, BIT(SHOW_OK)))
		return;
	m->blocked[owner][host] = blocked;
	withdraw(m);
}

/* Listings. */

static unsigned stock_refusals(struct model *m, int listing, const struct m_change *c)
{
	bool some = model_has_variants(m, listing);
	bool fresh = c->variant == VARIANTS;
	if (c->variant == NONE)
		return c->delta && (some || m->listings[listing].stock.units[AVAILABLE] + c->delta < 0)
		               ? BIT(SHOW_INVALID)
		               : 0;
	const struct m_what plain = {listing, NONE, NONE, NONE};
	if (fresh && !some && (model_units(m, &plain, HELD) || model_queue_length(m, listing)))
		return BIT(SHOW_INVALID);
	if (fresh)
		return c->delta < 0 ? BIT(SHOW_INVALID) : 0;
	const struct m_variant *variant = &m->variants[c->variant];
	if (variant->removed)
		return BIT(SHOW_INVALID) | BIT(SHOW_NOT_FOUND);
	return !c->variant_removed && variant->stock.units[AVAILABLE] + c->delta < 0 ? BIT(SHOW_INVALID) : 0;
}

static int new_variant(struct model *m, int listing)
{
	assert(m->variants_count < VARIANTS);
	const struct m_what plain = {listing, NONE, NONE, NONE};
	if (!model_has_variants(m, listing)) /* nobody knows of which size it was */
		model_move(m, &plain, AVAILABLE, OUTSIDE, m->listings[listing].stock.units[AVAILABLE]);
	m->variants[m->variants_count] = (struct m_variant){.listing = listing};
	return m->variants_count++;
}

static void change_stock(struct model *m, int listing, const struct m_change *c)
{
	struct m_what what = {listing, c->variant == VARIANTS ? new_variant(m, listing) : c->variant, NONE, NONE};
	model_move(m, &what, OUTSIDE, AVAILABLE,
	           c->variant_removed ? -m->variants[what.variant].stock.units[AVAILABLE] : c->delta);
	if (c->variant_removed)
		m->variants[what.variant].removed = true;
	model_free(m, &what);
	model_serve(m);
}

void model_listing(struct model *m, int index, const struct m_change *c, const struct m_seen *seen,
                   struct m_answer *out)
{
	struct m_listing *l = &m->listings[index];
	unsigned must = model_actor_refusals(m, l->seller) | stock_refusals(m, index, c);
	if (!model_accept(out, seen, must, 0, BIT(SHOW_OK)))
		return;
	l->price = c->set_price ? c->price : l->price;
	l->shop = c->set_shop ? c->shop : l->shop;
	if (c->set_community) {
		l->ok = c->ok;
		l->floor = c->floor;
		withdraw(m);
	}
	if (c->delta || c->variant != NONE)
		change_stock(m, index, c);
}

/* The run of show. */

void model_add_item(struct model *m, int show, int listing, int64_t price, const struct m_seen *seen,
                    struct m_answer *out)
{
	int host = m->shows[show].host;
	unsigned must = model_actor_refusals(m, host);
	must |= m->shows[show].state == STORE_SHOW_ENDED ? BIT(SHOW_NOT_LIVE) : 0;
	if (!model_host_may(m, host, listing, price))
		must |= BIT(SHOW_FORBIDDEN) | BIT(SHOW_INVALID);
	for (int i = 0; i < m->items_count; i++)
		if (m->items[i].show == show && m->items[i].listing == listing && !m->items[i].removed)
			must |= BIT(SHOW_EXISTS);
	unsigned may = m->accounts[m->listings[listing].seller].banned ? ANY_REFUSAL : 0;
	if (!model_accept(out, seen, must, may, BIT(SHOW_OK)))
		return;
	assert(m->items_count < ITEMS);
	m->items[m->items_count++] = (struct m_item){.show = show, .listing = listing, .price = price};
}

static unsigned item_refusals(const struct model *m, const struct m_item *item)
{
	unsigned must = model_actor_refusals(m, m->shows[item->show].host);
	must |= item->removed ? BIT(SHOW_NOT_FOUND) : 0;
	return must | (m->shows[item->show].state == STORE_SHOW_ENDED ? BIT(SHOW_NOT_LIVE) : 0);
}

void model_item(struct model *m, int index, const int64_t *price, const int64_t *flash, int64_t until_ms,
                const struct m_seen *seen, struct m_answer *out)
{
	struct m_item *item = &m->items[index];
	int host = m->shows[item->show].host;
	unsigned must = item_refusals(m, item), may = 0;
	if (flash && m->shows[item->show].state != STORE_SHOW_LIVE) /* whether one that is none may be ended is open */
		*(until_ms ? &must : &may) |= BIT(SHOW_NOT_LIVE);
	if ((price && !model_host_may(m, host, item->listing, *price)) ||
	    (flash && until_ms && !model_host_may(m, host, item->listing, *flash)))
		must |= BIT(SHOW_INVALID) | BIT(SHOW_FORBIDDEN);
	if (flash && until_ms && *flash >= item->price)
		must |= BIT(SHOW_INVALID);
	if (!model_accept(out, seen, must, may, BIT(SHOW_OK)))
		return;
	item->price = price ? *price : item->price;
	item->flash_price = flash ? *flash : item->flash_price;
	item->flash_until_ms = flash ? until_ms : item->flash_until_ms;
	if (item->flash_price >= item->price) /* a flash is lower than the price, or is none */
		item->flash_until_ms = 0;
}

void model_remove_item(struct model *m, int index, const struct m_seen *seen, struct m_answer *out)
{
	if (model_accept(out, seen, item_refusals(m, &m->items[index]), 0, BIT(SHOW_OK)))
		m->items[index].removed = true;
}

void model_end_show(struct model *m, int show, const struct m_seen *seen, struct m_answer *out)
{
	if (!model_accept(out, seen, model_actor_refusals(m, m->shows[show].host), 0, BIT(SHOW_OK)))
		return;
	end_show(m, show);
}

/* Time. */

static int64_t lapse_us(const struct model *m, const struct m_wait *wait)
{
	bool runs = wait->state == STORE_WAITING && !m->accounts[wait->buyer].present;
	return runs ? wait->absent_us + m->limits.absent_us : INT64_MAX;
}

struct due {
	int64_t us;
	enum { DUE_NONE, DUE_HOLD, DUE_WAIT, DUE_ORDER } kind;
	int index, born;
};

/* At the same time a hold is over before a wait, and who is older comes first. */
static void sooner(struct due *first, struct due other)
{
	bool tie = other.us == first->us;
	if (other.us < first->us || (tie && other.kind < first->kind) ||
	    (tie && other.kind == first->kind && other.born < first->born))
		*first = other;
}

static struct due first_due(const struct model *m, int64_t before_us)
{
	struct due first = {before_us, DUE_NONE, NONE, -1};
	for (int i = 0; i < m->holds_count; i++)
		if (m->holds[i].state == STORE_HOLD_ACTIVE)
			sooner(&first, (struct due){m->holds[i].deadline_us, DUE_HOLD, i, m->holds[i].born});
	for (int i = 0; i < m->waits_count; i++)
		sooner(&first, (struct due){lapse_us(m, &m->waits[i]), DUE_WAIT, i, m->waits[i].born});
	for (int i = 0; i < m->orders_count; i++)
		if (m->orders[i].state == STORE_ORDER_PAYING && !m->orders[i].expiring)
			sooner(&first, (struct due){m->orders[i].deadline_us, DUE_ORDER, i, m->orders[i].born});
	return first;
}

int64_t model_next_us(const struct model *m)
{
	return first_due(m, INT64_MAX).us;
}

void model_tick(struct model *m)
{
	for (struct due due = first_due(m, m->now_us + 1); due.kind != DUE_NONE; due = first_due(m, m->now_us + 1)) {
		if (due.kind == DUE_HOLD)
			model_close_hold(m, due.index, STORE_HOLD_EXPIRED);
		else if (due.kind == DUE_WAIT)
			m->waits[due.index].state = STORE_WAITING_LAPSED;
		else
			m->orders[due.index].expiring = true;
		model_serve(m);
	}
}

static int64_t resumed_us(const struct model *m, int64_t deadline_us)
{
	int64_t left_us = deadline_us - m->now_us, least_us = m->limits.least_ms * 1000;
	return m->now_us + least_of(most_of(left_us, least_us), most_of(m->limits.hold_ms * 1000, least_us));
}

void model_restart(struct model *m)
{
	for (int i = 0; i < m->holds_count; i++)
		if (model_is_open(&m->holds[i]))
			m->holds[i].deadline_us = resumed_us(m, m->holds[i].deadline_us);
	for (int i = 0; i < m->orders_count; i++)
		if (m->orders[i].state == STORE_ORDER_PAYING && !m->orders[i].expiring)
			m->orders[i].deadline_us = resumed_us(m, m->orders[i].deadline_us);
	for (int i = 0; i < ACCOUNTS; i++)
		m->accounts[i].present = false;
	for (int i = 0; i < m->waits_count; i++)
		m->waits[i].absent_us = m->now_us;
}
