#include "model.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

int64_t most_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void model_open(struct model *m, const struct m_limits *limits)
{
	memset(m, 0, sizeof(*m));
	m->limits = *limits;
}

/* Stock. */

struct m_stock *model_stock(struct model *m, int listing, int variant)
{
	return variant == NONE ? &m->listings[listing].stock : &m->variants[variant].stock;
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
static void move(struct model *m, const struct m_what *what, int from, int to, int64_t units)
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

static bool host_may(const struct model *m, int host, int listing, int64_t price)
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
	return !item->removed && host_may(m, m->shows[item->show].host, what->listing, item->price);
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
	move(m, what, AVAILABLE, HELD, quantity);
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
	wait->hold = new_hold(m, wait->buyer, &wait->what, wait->quantity, least(price, wait->price));
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
	struct m_stock *stock = model_stock(m, what->listing, what->variant);
	for (int i = 0; i < m->waits_count && !is_gone(m, what); i++) {
		struct m_wait *wait = &m->waits[i];
		if (wait->state == STORE_WAITING && same_stock(&wait->what, what) &&
		    wait->quantity <= stock->units[AVAILABLE])
			serve_one(m, wait);
	}
	if (is_gone(m, what) || (!stock->units[AVAILABLE] && !stock->units[HELD]))
		close_all(m, what);
}

static void free_stock(struct model *m, const struct m_what *what)
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
	move(m, what, from, AVAILABLE, units);
	if (is_gone(m, what))
		move(m, what, AVAILABLE, OUTSIDE, units);
	if (what->item != NONE)
		m->items[what->item].claimed -= units;
}

void model_close_hold(struct model *m, int index, enum store_hold_state state)
{
	struct m_hold *hold = &m->holds[index];
	hold->state = state;
	if (state == STORE_HOLD_SOLD)
		move(m, &hold->what, HELD, SOLD, hold->quantity);
	else
		give_back(m, &hold->what, state == STORE_HOLD_RETURNED ? SOLD : HELD, hold->quantity);
	free_stock(m, &hold->what);
}

static bool is_open(const struct m_hold *hold)
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

static int queue_length(const struct model *m, int listing)
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
		if (is_open(&m->holds[i]) && m->holds[i].buyer == c->buyer) {
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
	struct m_stock *stock = model_stock(m, c->what.listing, c->what.variant);
	int64_t price = model_price(m, &c->what);
	bool fits = c->quantity <= stock->units[AVAILABLE];
	bool room = queue_length(m, c->what.listing) < m->limits.waits;
	must |= price > c->price ? BIT(SHOW_PRICE_CHANGED) : 0;
	must |= waiting == NONE && !fits && (!stock->units[HELD] || !room) ? BIT(SHOW_SOLD_OUT) : 0;
	bool held = waiting == NONE && fits;
	if (!model_accept(out, seen, must, 0, held ? BIT(SHOW_HELD) : BIT(SHOW_WAITLISTED)))
		return;
	if (held) {
		out->hold = new_hold(m, c->buyer, &c->what, c->quantity, price);
		model_use_key(m, c->buyer, c->key, KEY_HOLD, out->hold, body);
		return;
	}
	out->wait = waiting; /* who waits already has one place */
	if (waiting == NONE) {
		out->wait = m->waits_count;
		join(m, c);
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
		if (is_open(&m->holds[i]) && m->holds[i].buyer == buyer && same_stock(&m->holds[i].what, what))
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
	    is_gone(m, &what) || model_stock(m, what.listing, what.variant)->units[AVAILABLE] < quantity)
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

void model_ban(struct model *m, int account, bool banned, const struct m_seen *seen, struct m_answer *out)
{
	if (!model_accept(out, seen, 0, 0, BIT(SHOW_OK)))
		return;
	m->accounts[account].banned = banned;
	if (banned)
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

/* What a listing's owner no longer allows leaves the shows of others at once. */
static void withdraw(struct model *m)
{
	for (int i = 0; i < m->items_count; i++) {
		struct m_item *item = &m->items[i];
		if (m->shows[item->show].state != STORE_SHOW_ENDED &&
		    !host_may(m, m->shows[item->show].host, item->listing, item->price))
			item->removed = true;
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
	if (fresh && !some && (m->listings[listing].stock.units[HELD] || queue_length(m, listing)))
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
		move(m, &plain, AVAILABLE, OUTSIDE, m->listings[listing].stock.units[AVAILABLE]);
	m->variants[m->variants_count] = (struct m_variant){.listing = listing};
	return m->variants_count++;
}

static void change_stock(struct model *m, int listing, const struct m_change *c)
{
	struct m_what what = {listing, c->variant == VARIANTS ? new_variant(m, listing) : c->variant, NONE, NONE};
	move(m, &what, OUTSIDE, AVAILABLE,
	     c->variant_removed ? -m->variants[what.variant].stock.units[AVAILABLE] : c->delta);
	if (c->variant_removed)
		m->variants[what.variant].removed = true;
	free_stock(m, &what);
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
	if (!host_may(m, host, listing, price))
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
	if ((price && !host_may(m, host, item->listing, *price)) ||
	    (flash && until_ms && !host_may(m, host, item->listing, *flash)))
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
	if (model_accept(out, seen, model_actor_refusals(m, m->shows[show].host), 0, BIT(SHOW_OK)))
		m->shows[show].state = STORE_SHOW_ENDED;
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
	return m->now_us + least(most_of(left_us, least_us), most_of(m->limits.hold_ms * 1000, least_us));
}

void model_restart(struct model *m)
{
	for (int i = 0; i < m->holds_count; i++)
		if (is_open(&m->holds[i]))
			m->holds[i].deadline_us = resumed_us(m, m->holds[i].deadline_us);
	for (int i = 0; i < m->orders_count; i++)
		if (m->orders[i].state == STORE_ORDER_PAYING && !m->orders[i].expiring)
			m->orders[i].deadline_us = resumed_us(m, m->orders[i].deadline_us);
	for (int i = 0; i < ACCOUNTS; i++)
		m->accounts[i].present = false;
	for (int i = 0; i < m->waits_count; i++)
		m->waits[i].absent_us = m->now_us;
}
