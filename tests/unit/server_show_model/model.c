#include "model.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

int64_t most_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t least_of(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void model_open(struct model *m, const struct m_limits *limits)
{
	memset(m, 0, sizeof(*m));
	m->limits = *limits;
}

/* Stock. */

int64_t model_units(const struct model *m, const struct m_what *what, int place)
{
	if (what->variant != NONE)
		return m->variants[what->variant].stock.units[place];
	int64_t units = m->listings[what->listing].stock.units[place];
	for (int i = 0; i < m->variants_count; i++) /* which its sizes have, or had */
		units -= m->variants[i].listing == what->listing ? m->variants[i].stock.units[place] : 0;
	return units;
}

bool model_has_variants(const struct model *m, int listing)
{
	for (int i = 0; i < m->variants_count; i++)
		if (m->variants[i].listing == listing && !m->variants[i].removed)
			return true;
	return false;
}

static void move_one(struct m_stock *stock, int from, int to, int64_t units)
{
	if (from == OUTSIDE)
		stock->adjusted += units;
	else
		stock->units[from] -= units;
	if (to == OUTSIDE)
		stock->adjusted -= units;
	else
		stock->units[to] += units;
}

/* A variant's units are its listing's as well. */
void model_move(struct model *m, const struct m_what *what, int from, int to, int64_t units)
{
	move_one(&m->listings[what->listing].stock, from, to, units);
	if (what->variant != NONE)
		move_one(&m->variants[what->variant].stock, from, to, units);
}

static bool same_stock(const struct m_what *a, const struct m_what *b)
{
	return a->listing == b->listing && a->variant == b->variant;
}

/* What is sold where. */

bool model_host_may(const struct model *m, int host, int listing, int64_t price)
{
	const struct m_listing *l = &m->listings[listing];
	return l->seller == host || (l->ok && !m->blocked[l->seller][host] && price >= l->floor);
}

int64_t model_price(const struct model *m, const struct m_what *what)
{
	if (what->item == NONE)
		return m->listings[what->listing].price;
	const struct m_item *item = &m->items[what->item];
	return m->now_ms < item->flash_until_ms ? item->flash_price : item->price;
}

bool model_sells(const struct model *m, const struct m_what *what)
{
	const struct m_listing *l = &m->listings[what->listing];
	if (m->accounts[l->seller].banned)
		return false;
	if (what->variant != NONE && m->variants[what->variant].removed)
		return false;
	if (what->variant == NONE && model_has_variants(m, what->listing))
		return false;
	if (what->item == NONE)
		return l->shop;
	const struct m_item *item = &m->items[what->item];
	return !item->removed && model_host_may(m, m->shows[item->show].host, what->listing, item->price);
}

/* Holds and the queue. */

static int new_hold(struct model *m, int buyer, const struct m_what *what, int64_t quantity, int64_t price)
{
	assert(m->holds_count < HOLDS);
	const struct m_listing *l = &m->listings[what->listing];
	struct m_hold *hold = &m->holds[m->holds_count];
	*hold = (struct m_hold){.what = *what,
	                        .born = m->born++,
	                        .buyer = buyer,
	                        .order = NONE,
	                        .quantity = quantity,
	                        .price = price,
	                        .deadline_us = m->now_us + m->limits.hold_ms * 1000,
	                        .state = STORE_HOLD_ACTIVE};
	hold->community = what->show != NONE && m->shows[what->show].host != l->seller;
	hold->floor = hold->community ? l->floor : 0;
	model_move(m, what, AVAILABLE, HELD, quantity);
	if (what->item != NONE)
		m->items[what->item].claimed += quantity;
	return m->holds_count++;
}

static void serve_one(struct model *m, struct m_wait *wait)
{
	int64_t price = model_price(m, &wait->what);
	if (!model_sells(m, &wait->what) || price > wait->price) {
		wait->state = STORE_WAITING_CLOSED;
		return;
	}
	wait->hold = new_hold(m, wait->buyer, &wait->what, wait->quantity, least_of(price, wait->price));
	wait->state = STORE_WAITING_SERVED;
}

static void close_all(struct model *m, const struct m_what *what)
{
	for (int i = 0; i < m->waits_count; i++)
		if (m->waits[i].state == STORE_WAITING && same_stock(&m->waits[i].what, what))
			m->waits[i].state = STORE_WAITING_CLOSED;
}

/* A variant that was removed, or the plain stock of a listing that got variants: nothing is claimed there any more. */
static bool is_gone(const struct model *m, const struct m_what *what)
{
	return what->variant == NONE ? model_has_variants(m, what->listing) : m->variants[what->variant].removed;
}

/* After every change of a stock: who waits is served in order; with nothing left to wait for, nobody waits. */
static void serve(struct model *m, const struct m_what *what)
{
	for (int i = 0; i < m->waits_count && !is_gone(m, what); i++) {
		struct m_wait *wait = &m->waits[i];
		if (wait->state == STORE_WAITING && same_stock(&wait->what, what) &&
		    wait->quantity <= model_units(m, what, AVAILABLE))
			serve_one(m, wait);
	}
	if (is_gone(m, what) || (!model_units(m, what, AVAILABLE) && !model_units(m, what, HELD)))
		close_all(m, what);
}

void model_free(struct model *m, const struct m_what *what)
{
	assert(m->freed_count < 64);
	m->freed[m->freed_count++] = *what;
}

void model_serve(struct model *m)
{
	for (int i = 0; i < m->freed_count; i++)
		serve(m, &m->freed[i]);
	m->freed_count = 0;
}

/* What comes back to where nothing is claimed any more is no stock: it is adjusted away. */
static void give_back(struct model *m, const struct m_what *what, int from, int64_t units)
{
	model_move(m, what, from, AVAILABLE, units);
	if (is_gone(m, what))
		model_move(m, what, AVAILABLE, OUTSIDE, units);
	if (what->item != NONE)
		m->items[what->item].claimed -= units;
}

void model_close_hold(struct model *m, int index, enum store_hold_state state)
{
	struct m_hold *hold = &m->holds[index];
	hold->state = state;
	if (state == STORE_HOLD_SOLD)
		model_move(m, &hold->what, HELD, SOLD, hold->quantity);
	else
		give_back(m, &hold->what, state == STORE_HOLD_RETURNED ? SOLD : HELD, hold->quantity);
	model_free(m, &hold->what);
}

bool model_is_open(const struct m_hold *hold)
{
	return hold->state == STORE_HOLD_ACTIVE || hold->state == STORE_HOLD_PAYING;
}

/* Answers: `must` are refusals of which one has to come, `may` those that the description leaves open. @return true: it
 * has to succeed, or did. */
bool model_accept(struct m_answer *out, const struct m_seen *seen, unsigned must, unsigned may, unsigned success)
{
	*out = (struct m_answer){.hold = NONE, .wait = NONE, .order = NONE, .waits_for = NONE};
	if (!seen->answered)
		return must == 0;
	unsigned code = BIT(seen->code);
	if (!(code & (must | may | (must ? 0 : success)))) {
		out->wrong = true;
		snprintf(out->why, sizeof(out->why), "answered code %d; right are %#x, open %#x, success %#x",
		         seen->code, must, may & 0x1ffff, must ? 0 : success);
		return false;
	}
	return !must && (code & success);
}

unsigned model_actor_refusals(const struct model *m, int actor)
{
	return m->accounts[actor].banned ? BIT(SHOW_BANNED) : 0;
}

struct m_key *model_find_key(struct model *m, int account, int key)
{
	for (int i = 0; i < m->keys_count; i++)
		if (m->keys[i].used && m->keys[i].account == account && m->keys[i].key == key)
			return &m->keys[i];
	return NULL;
}

void model_use_key(struct model *m, int account, int key, int kind, int object, const int64_t body[7])
{
	assert(m->keys_count < KEYS);
	struct m_key *used = &m->keys[m->keys_count++];
	*used = (struct m_key){.account = account, .key = key, .object = object, .kind = kind, .used = true};
	memcpy(used->body, body, sizeof(used->body));
}

/* Claims. */

static int waits_for(const struct model *m, int buyer, const struct m_what *what)
{
	for (int i = 0; i < m->waits_count; i++)
		if (m->waits[i].state == STORE_WAITING && m->waits[i].buyer == buyer &&
		    same_stock(&m->waits[i].what, what))
			return i;
	return NONE;
}

int model_queue_length(const struct model *m, int listing)
{
	int length = 0;
	for (int i = 0; i < m->waits_count; i++)
		length += m->waits[i].state == STORE_WAITING && m->waits[i].what.listing == listing;
	return length;
}

/* Open holds and waits count together, and so do the units of one listing, in whichever show. */
static bool is_over_limits(const struct model *m, const struct m_claim *c)
{
	int64_t open = 0, units = c->quantity;
	for (int i = 0; i < m->holds_count; i++)
		if (model_is_open(&m->holds[i]) && m->holds[i].buyer == c->buyer) {
			open++;
			units += m->holds[i].what.listing == c->what.listing ? m->holds[i].quantity : 0;
		}
	for (int i = 0; i < m->waits_count; i++)
		if (m->waits[i].state == STORE_WAITING && m->waits[i].buyer == c->buyer) {
			open++;
			units += m->waits[i].what.listing == c->what.listing ? m->waits[i].quantity : 0;
		}
	return open >= m->limits.per_buyer || units > m->limits.per_item;
}

static unsigned place_refusals(const struct model *m, const struct m_claim *c)
{
	unsigned must = 0;
	if (c->what.show != NONE && m->shows[c->what.show].state != STORE_SHOW_LIVE)
		must |= BIT(SHOW_NOT_LIVE);
	if (c->what.show != NONE && m->shows[c->what.show].banned[c->buyer])
		must |= BIT(SHOW_BANNED);
	if (m->listings[c->what.listing].seller == c->buyer)
		must |= BIT(SHOW_FORBIDDEN);
	if (!model_sells(m, &c->what))
		must |= BIT(SHOW_NOT_LIVE) | BIT(SHOW_INVALID) | BIT(SHOW_NOT_FOUND) | BIT(SHOW_FORBIDDEN);
	return must;
}

/* The first answer once more, as things are now. */
static void repeat_claim(struct model *m, const struct m_key *used, const struct m_seen *seen, unsigned banned,
                         struct m_answer *out)
{
	unsigned success = used->kind == KEY_HOLD ? BIT(SHOW_HELD)
	                   : m->waits[used->object].state == STORE_WAITING_SERVED
	                           ? BIT(SHOW_WAITLISTED) | BIT(SHOW_HELD)
	                           : BIT(SHOW_WAITLISTED);
	if (!model_accept(out, seen, 0, banned, success))
		return;
	if (used->kind == KEY_HOLD)
		out->hold = used->object;
	else
		out->wait = used->object;
	if (seen->answered && !seen->repeated) {
		out->wrong = true;
		snprintf(out->why, sizeof(out->why), "a repeat is not said to be one");
	}
}

static void join(struct model *m, const struct m_claim *c)
{
	assert(m->waits_count < WAITS);
	m->waits[m->waits_count++] = (struct m_wait){.what = c->what,
	                                             .born = m->born++,
	                                             .buyer = c->buyer,
	                                             .hold = NONE,
	                                             .quantity = c->quantity,
	                                             .price = c->price,
	                                             .absent_us = m->now_us,
	                                             .state = STORE_WAITING};
}

void model_claim(struct model *m, const struct m_claim *c, const struct m_seen *seen, struct m_answer *out)
{
	const int64_t body[7] = {
	        c->what.show, c->what.item, c->what.listing, c->what.variant, c->quantity, c->price, 1};
	unsigned must = model_actor_refusals(m, c->buyer);
	const struct m_key *used = model_find_key(m, c->buyer, c->key);
	if (used && memcmp(used->body, body, sizeof(body)) == 0) {
		repeat_claim(m, used, seen, must, out);
		return;
	}
	must |= used ? BIT(SHOW_KEY_CONFLICT) : 0;
	must |= place_refusals(m, c);
	int waiting = waits_for(m, c->buyer, &c->what);
	must |= waiting == NONE && is_over_limits(m, c) ? BIT(SHOW_LIMIT) : 0;
	int64_t price = model_price(m, &c->what);
	bool fits = c->quantity <= model_units(m, &c->what, AVAILABLE);
	bool room = model_queue_length(m, c->what.listing) < m->limits.waits;
	must |= price > c->price ? BIT(SHOW_PRICE_CHANGED) : 0;
	must |= waiting == NONE && !fits && (!model_units(m, &c->what, HELD) || !room) ? BIT(SHOW_SOLD_OUT) : 0;
	bool held = waiting == NONE && fits;
	if (!model_accept(out, seen, must, 0, held ? BIT(SHOW_HELD) : BIT(SHOW_WAITLISTED))) {
		if (seen->code == SHOW_PRICE_CHANGED && seen->price != price && !out->wrong) {
			out->wrong = true;
			snprintf(out->why, sizeof(out->why), "the present price is not %lld", (long long)seen->price);
		}
		return;
	}
	if (held) {
		out->hold = new_hold(m, c->buyer, &c->what, c->quantity, price);
		model_use_key(m, c->buyer, c->key, KEY_HOLD, out->hold, body);
		return;
	}
	out->wait = waiting; /* who waits already has one place */
	if (waiting == NONE) {
		out->wait = m->waits_count;
		join(m, c);
	} else if (m->waits[waiting].what.item == c->what.item && m->waits[waiting].price < c->price) {
		m->waits[waiting].price = c->price; /* and agrees to what it costs by now */
	}
	model_use_key(m, c->buyer, c->key, KEY_WAIT, out->wait, body);
}

void model_release(struct model *m, int actor, int index, const struct m_seen *seen, struct m_answer *out)
{
	struct m_hold *hold = &m->holds[index];
	unsigned must = model_actor_refusals(m, actor);
	must |= hold->buyer != actor ? BIT(SHOW_FORBIDDEN) : 0;
	must |= hold->state == STORE_HOLD_PAYING ? BIT(SHOW_INVALID) : 0;
	must |= hold->state != STORE_HOLD_PAYING && hold->state != STORE_HOLD_ACTIVE &&
	                        hold->state != STORE_HOLD_RELEASED
	                ? BIT(SHOW_EXPIRED)
	                : 0;
	if (!model_accept(out, seen, must, 0, BIT(SHOW_OK)))
		return;
	if (hold->state == STORE_HOLD_ACTIVE)
		model_close_hold(m, index, STORE_HOLD_RELEASED);
	model_serve(m);
}

void model_leave(struct model *m, int actor, int index, const struct m_seen *seen, struct m_answer *out)
{
	struct m_wait *wait = &m->waits[index];
	unsigned must = model_actor_refusals(m, actor), may = 0;
	must |= wait->buyer != actor ? BIT(SHOW_FORBIDDEN) : 0;
	if (wait->state != STORE_WAITING)
		may = ANY_REFUSAL;
	if (model_accept(out, seen, must, may, BIT(SHOW_OK)) && wait->state == STORE_WAITING)
		wait->state = STORE_WAITING_LEFT;
}

static bool holds_some(const struct model *m, int buyer, const struct m_what *what)
{
	for (int i = 0; i < m->holds_count; i++)
		if (model_is_open(&m->holds[i]) && m->holds[i].buyer == buyer && same_stock(&m->holds[i].what, what))
			return true;
	return false;
}

/* The host or the seller gives one whose turn has passed another. */
void model_second_chance(struct model *m, int actor, int hold, int wait, const struct m_seen *seen,
                         struct m_answer *out)
{
	const struct m_what what = hold != NONE ? m->holds[hold].what : m->waits[wait].what;
	int buyer = hold != NONE ? m->holds[hold].buyer : m->waits[wait].buyer;
	int64_t quantity = hold != NONE ? m->holds[hold].quantity : m->waits[wait].quantity;
	int64_t price = hold != NONE ? m->holds[hold].price : m->waits[wait].price;
	bool gone = hold != NONE
	                    ? m->holds[hold].state == STORE_HOLD_EXPIRED || m->holds[hold].state == STORE_HOLD_RELEASED
	                    : m->waits[wait].state >= STORE_WAITING_LEFT;
	const struct m_listing *l = &m->listings[what.listing];
	unsigned must = model_actor_refusals(m, actor), may = 0;
	if (actor != l->seller && actor != ADMIN && (what.show == NONE || actor != m->shows[what.show].host))
		must |= ANY_REFUSAL;
	if (!gone || m->accounts[buyer].banned || (what.show != NONE && m->shows[what.show].banned[buyer]) ||
	    is_gone(m, &what) || model_units(m, &what, AVAILABLE) < quantity)
		must |= ANY_REFUSAL;
	/* Whether limits, an end, or a removal stand against it is left open, and whether it may be given twice. */
	struct m_claim like = {.buyer = buyer, .what = what, .quantity = quantity, .price = price};
	if (is_over_limits(m, &like) || place_refusals(m, &like) || waits_for(m, buyer, &what) != NONE ||
	    holds_some(m, buyer, &what))
		may = ANY_REFUSAL;
	if (!model_accept(out, seen, must, may, BIT(SHOW_OK) | BIT(SHOW_HELD)))
		return;
	bool foreign = what.show != NONE && m->shows[what.show].host != l->seller;
	if (seen->answered && seen->repeated)
		return; /* nothing new: the one it has */
	out->hold = new_hold(m, buyer, &what, quantity, foreign ? most_of(price, l->floor) : price);
	if (wait != NONE) {
		m->waits[wait].state = STORE_WAITING_SERVED;
		m->waits[wait].hold = out->hold;
	}
}
