/* Claims and the holds they make. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "show/verbs.h"

struct claim {
	struct rules_show *show;
	struct rules_item *item;
	struct rules_listing *listing;
	int64_t price;
	uint8_t key[STORE_KEY_BYTES], body[STORE_KEY_BYTES];
};

static void body_digest(const struct show_command *command, uint8_t digest[STORE_KEY_BYTES])
{
	const int64_t numbers[] = {SHOW_CLAIM, command->quantity, command->price};
	crypto_generichash_state state;
	crypto_generichash_init(&state, NULL, 0, STORE_KEY_BYTES);
	crypto_generichash_update(&state, (const uint8_t *)numbers, sizeof(numbers));
	crypto_generichash_update(&state, command->show_id.bytes, BASE_ID_BYTES);
	crypto_generichash_update(&state, command->item_id.bytes, BASE_ID_BYTES);
	crypto_generichash_final(&state, digest, STORE_KEY_BYTES);
}

/* @return true: this key came before, and the answer is there. */
static bool answered_before(const struct rules_case *c, struct claim *claim)
{
	rules_key_digest(c->command->key, claim->key);
	body_digest(c->command, claim->body);
	const struct store_key *used = rules_key(c->r, c->command->actor, claim->key);
	if (!used)
		return false;
	if (memcmp(used->body, claim->body, STORE_KEY_BYTES) != 0) {
		rules_refuse(c->answer, SHOW_KEY_CONFLICT, "this key came before with another body");
		return true;
	}
	c->answer->code = SHOW_HELD;
	c->answer->hold = used->object;
	c->answer->item = c->command->item_id;
	c->answer->repeated = true;
	return true;
}

static bool counts_fit(const struct rules_case *c)
{
	const struct show_command *command = c->command;
	if (!rules_text_fits(command->key, sizeof(command->key), 1))
		rules_refuse(c->answer, SHOW_INVALID, "a claim needs a key");
	else if (command->quantity < 1 || command->quantity > STORE_COUNT_MAX)
		rules_refuse(c->answer, SHOW_INVALID, "quantity out of bounds");
	else if (command->price < 0 || command->price > STORE_PRICE_MAX)
		rules_refuse(c->answer, SHOW_INVALID, "price out of bounds");
	return c->answer->code == SHOW_OK;
}

static bool find_what_is_claimed(const struct rules_case *c, struct claim *claim)
{
	claim->show = rules_show(c->r, c->command->show_id);
	if (!claim->show) {
		rules_refuse(c->answer, SHOW_NOT_FOUND, "no such show");
		return false;
	}
	claim->item = claim->show->is.state == STORE_SHOW_LIVE ? rules_item(c->r, c->command->item_id) : NULL;
	if (!claim->item || claim->item->is.removed || !base_id_equal(claim->item->is.show, claim->show->row.id) ||
	    !rules_item_allowed(c->r, claim->show, claim->item)) {
		rules_refuse(c->answer, SHOW_NOT_LIVE, "the show is not live, or the item is not in it");
		return false;
	}
	claim->listing = rules_listing(c->r, claim->item->is.listing);
	c->answer->item = claim->item->row.id;
	return true;
}

static bool buyer_may(const struct rules_case *c, const struct claim *claim)
{
	const struct store_moderated *moderated = rules_moderated(c->r, claim->show, c->command->actor);
	if (moderated && moderated->banned)
		rules_refuse(c->answer, SHOW_BANNED, "banned from this show");
	else if (base_id_equal(claim->listing->is.seller.id, c->command->actor))
		rules_refuse(c->answer, SHOW_FORBIDDEN, "this listing is your own");
	return c->answer->code == SHOW_OK;
}

static bool within_limits(const struct rules_case *c, const struct claim *claim)
{
	GPtrArray *open = rules_open_holds(c->r, c->command->actor);
	int64_t units = c->command->quantity;
	for (guint i = 0; open && i < open->len; i++) {
		const struct rules_hold *hold = g_ptr_array_index(open, i);
		if (base_id_equal(hold->is.item, claim->item->row.id))
			units += hold->is.quantity;
	}
	if (units > c->r->limits.units_per_item)
		rules_refuse(c->answer, SHOW_LIMIT, "more units of this item than one buyer may hold");
	else if (open && open->len >= c->r->limits.holds_per_buyer)
		rules_refuse(c->answer, SHOW_LIMIT, "too many open holds: pay or release some");
	return c->answer->code == SHOW_OK;
}

static bool price_and_stock_allow(const struct rules_case *c, struct claim *claim)
{
	claim->price = claim->item->is.price;
	c->answer->price = claim->price;
	c->answer->stock = claim->listing->is.available;
	if (claim->price > c->command->price)
		rules_refuse(c->answer, SHOW_PRICE_CHANGED, "the price has risen");
	else if (claim->listing->is.available < c->command->quantity)
		rules_refuse(c->answer, SHOW_SOLD_OUT, "not enough left");
	return c->answer->code == SHOW_OK;
}

static void fill_hold(const struct rules_case *c, const struct claim *claim, struct store_hold *is)
{
	*is = (struct store_hold){.id = base_id_new(),
	                          .show = claim->show->row.id,
	                          .item = claim->item->row.id,
	                          .listing = claim->listing->row.id,
	                          .buyer = rules_account(c->r, c->command->actor)->is.person,
	                          .seller = claim->listing->is.seller,
	                          .photo = claim->listing->is.photo,
	                          .quantity = c->command->quantity,
	                          .price = claim->price,
	                          .state = STORE_HOLD_ACTIVE,
	                          .created_ms = c->now->ms,
	                          .expires_ms = c->now->ms + c->r->limits.hold_ms};
	memcpy(is->title, claim->listing->is.title, sizeof(is->title));
	memcpy(is->currency, claim->listing->is.currency, sizeof(is->currency));
}

static void make_hold(const struct rules_case *c, const struct claim *claim)
{
	struct rules *r = c->r;
	struct store_hold is;
	fill_hold(c, claim, &is);
	struct rules_hold *hold = rules_add_hold(r, &is, true);
	rules_deadline_set(r, &hold->deadline, &hold->row, c->now->us + r->limits.hold_ms * 1000);
	claim->listing->is.available -= is.quantity;
	claim->listing->is.held += is.quantity;
	claim->item->is.claimed += is.quantity;
	rules_touch(r, &claim->listing->row);
	rules_touch(r, &claim->item->row);
	rules_use_key(r, c->command->actor, claim->key, claim->body, is.id);
	rules_tell(r, SHOW_EVENT_CLAIMED, is.show, is.id, NULL);
	rules_note_items_of(r, is.listing);
	c->answer->code = SHOW_HELD;
	c->answer->hold = is.id;
}

void rules_claim(const struct rules_case *c)
{
	struct claim claim;
	if (!counts_fit(c) || answered_before(c, &claim))
		return;
	if (find_what_is_claimed(c, &claim) && buyer_may(c, &claim) && price_and_stock_allow(c, &claim) &&
	    within_limits(c, &claim) && !c->r->error)
		make_hold(c, &claim);
}

static void move_stock(struct rules *r, const struct rules_hold *hold, bool sold)
{
	struct rules_listing *listing = rules_listing(r, hold->is.listing);
	struct rules_item *item = rules_item(r, hold->is.item);
	if (!listing || !item) {
		r->error = r->error ? r->error : -EINVAL; /* the store lost a row that this hold names */
		return;
	}
	listing->is.held -= hold->is.quantity;
	if (sold)
		listing->is.sold += hold->is.quantity;
	else
		listing->is.available += hold->is.quantity;
	rules_touch(r, &listing->row);
	if (!sold) {
		item->is.claimed -= hold->is.quantity;
		rules_touch(r, &item->row);
	}
	if (!item->is.removed) /* in an ended show as well */
		rules_note(r, SHOW_EVENT_ITEM, &item->row);
	rules_note_items_of(r, hold->is.listing);
}

void rules_hold_close(struct rules *r, struct rules_hold *hold, enum store_hold_state state)
{
	GPtrArray *open = rules_open_holds(r, hold->is.buyer.id);
	rules_deadline_clear(r, &hold->deadline);
	hold->is.state = state;
	if (open && g_ptr_array_remove(open, hold) && open->len == 0)
		g_hash_table_remove(r->buyers, &hold->is.buyer.id);
	rules_touch(r, &hold->row);
	rules_note(r, SHOW_EVENT_HOLD, &hold->row);
	move_stock(r, hold, state == STORE_HOLD_SOLD);
}

void rules_resume_hold(struct rules *r, const struct rules_now *now, const struct store_hold *is, int64_t least_ms)
{
	struct rules_hold *hold = rules_add_hold(r, is, false);
	int64_t left_ms = is->expires_ms - now->ms;
	int64_t before_us = rules_clock_before(r, is->id);
	/* A wall clock that was set back must not stretch a hold. */
	left_ms = CLAMP(left_ms, least_ms, MAX(r->limits.hold_ms, least_ms));
	hold->deadline.us = before_us == INT64_MIN ? now->us + left_ms * 1000 : before_us;
	hold->deadline.owner = &hold->row;
	if (is->state != STORE_HOLD_ACTIVE)
		return;
	rules_deadline_set(r, &hold->deadline, &hold->row, hold->deadline.us);
	if (before_us != INT64_MIN || is->expires_ms == now->ms + left_ms)
		return;
	hold->is.expires_ms = now->ms + left_ms;
	rules_touch(r, &hold->row);
	rules_note(r, SHOW_EVENT_HOLD, &hold->row);
}

void rules_release(const struct rules_case *c)
{
	struct rules_hold *hold = rules_hold(c->r, c->command->hold_id);
	if (!hold) {
		rules_refuse(c->answer, SHOW_NOT_FOUND, "no such hold");
		return;
	}
	if (!base_id_equal(hold->is.buyer.id, c->command->actor)) {
		rules_refuse(c->answer, SHOW_FORBIDDEN, "this hold is somebody else's");
		return;
	}
	c->answer->hold = hold->row.id;
	if (hold->is.state == STORE_HOLD_ACTIVE)
		rules_hold_close(c->r, hold, STORE_HOLD_RELEASED);
	else if (hold->is.state == STORE_HOLD_RELEASED)
		c->answer->repeated = true;
	else if (hold->is.state == STORE_HOLD_PAYING)
		rules_refuse(c->answer, SHOW_INVALID, "this hold is being paid");
	else
		rules_refuse(c->answer, SHOW_EXPIRED, "this hold is no longer open");
}
