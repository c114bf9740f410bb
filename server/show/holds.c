/* What is held: made, closed, resumed, given back, given again. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "show/verbs.h"

#define NOISE_MS 1000 /* between the two clocks */

/* What is agreed now counts later, whatever its owner or host change meanwhile. */
static struct store_terms terms_of(const struct rules_offer *offer)
{
	const struct store_listing *listing = &offer->stock.listing->is;
	struct store_terms terms = {.community = false};
	if (!offer->show || base_id_equal(offer->show->is.host.id, listing->seller.id))
		return terms;
	return (struct store_terms){
	        .host = offer->show->is.host.id, .community = true, .floor = listing->community.floor};
}

static struct rules_deal *deal_of(struct rules *r, const struct rules_offer *offer)
{
	const struct store_listing *listing = &offer->stock.listing->is;
	char variant_name[sizeof(((struct store_hold *)NULL)->variant_name)] = "";
	struct rules_terms terms = {.listing = listing->id,
	                            .photo = listing->photo,
	                            .seller = &listing->seller,
	                            .title = listing->title,
	                            .variant_name = variant_name,
	                            .currency = listing->currency,
	                            .price = offer->price,
	                            .frozen = terms_of(offer)};
	if (offer->show) {
		terms.show = offer->show->row.id;
		terms.item = offer->item->row.id;
		terms.number = offer->item->is.number;
	}
	if (offer->stock.variant) {
		terms.variant = offer->stock.variant->row.id;
		rules_variant_name(offer->stock.variant, variant_name, sizeof(variant_name));
	}
	return rules_deal(r, &terms);
}

struct rules_hold *rules_hold_make(struct rules *r, const struct rules_now *now, const struct rules_offer *offer)
{
	int64_t quantity = offer->quantity;
	struct rules_hold *hold = rules_add_hold(r,
	                                         &(struct rules_hold){.row.id = base_id_new(),
	                                                              .deal = deal_of(r, offer),
	                                                              .buyer = offer->buyer,
	                                                              .quantity = quantity,
	                                                              .created_ms = now->ms,
	                                                              .expires_ms = now->ms + r->limits.hold_ms,
	                                                              .state = STORE_HOLD_ACTIVE},
	                                         true);
	rules_deadline_set(r, &hold->deadline, &hold->row, now->us + r->limits.hold_ms * 1000);
	rules_stock_change(r, &offer->stock, (struct rules_change){.available = -quantity, .held = quantity});
	if (offer->show) {
		offer->item->is.claimed += quantity;
		rules_touch(r, &offer->item->row);
		rules_tell(r, SHOW_EVENT_CLAIMED, offer->show->row.id, hold->row.id, NULL);
	}
	rules_note_items_of(r, offer->stock.listing->row.id);
	return hold;
}

static struct rules_change change_of(const struct rules_hold *hold, enum store_hold_state state)
{
	int64_t units = hold->quantity;
	switch (state) {
	case STORE_HOLD_SOLD:
		return (struct rules_change){.held = -units, .sold = units};
	case STORE_HOLD_RETURNED:
		return (struct rules_change){.sold = -units, .available = units};
	default:
		return (struct rules_change){.held = -units, .available = units};
	}
}

static void move_stock(struct rules *r, const struct rules_hold *hold, enum store_hold_state state)
{
	struct rules_stock stock;
	struct rules_item *item = rules_item(r, hold->deal->is.item);
	if (!rules_stock_find(r, hold->deal->is.listing, hold->deal->is.variant, &stock) ||
	    (!item && !base_id_is_zero(hold->deal->is.item))) {
		r->error = r->error ? r->error : -EINVAL; /* the store lost a row that this hold names */
		return;
	}
	rules_stock_change(r, &stock, change_of(hold, state));
	if (item && state != STORE_HOLD_SOLD) {
		item->is.claimed -= hold->quantity;
		rules_touch(r, &item->row);
	}
	if (item && !item->is.removed) /* in an ended show as well */
		rules_note(r, SHOW_EVENT_ITEM, &item->row);
	rules_note_items_of(r, hold->deal->is.listing);
	rules_stock_freed(r, hold->deal->is.listing, hold->deal->is.variant);
}

void rules_hold_close(struct rules *r, struct rules_hold *hold, enum store_hold_state state)
{
	rules_deadline_clear(r, &hold->deadline);
	rules_buyer_holds_no_more(r, hold);
	hold->state = state;
	rules_touch(r, &hold->row);
	rules_note(r, SHOW_EVENT_HOLD, &hold->row);
	move_stock(r, hold, state);
}

void rules_resume_hold(struct rules *r, const struct rules_now *now, const struct store_hold *is, int64_t least_ms)
{
	struct rules_hold *hold = rules_load_hold(r, is);
	int64_t left_ms = is->expires_ms - now->ms;
	int64_t before_us = rules_clock_before(r, is->id);
	/* A wall clock that was set back must not stretch a hold. */
	left_ms = CLAMP(left_ms, least_ms, MAX(r->limits.hold_ms, least_ms));
	hold->deadline.us = before_us == INT64_MIN ? now->us + left_ms * 1000 : before_us;
	hold->deadline.owner = &hold->row;
	if (is->state != STORE_HOLD_ACTIVE)
		return;
	rules_deadline_set(r, &hold->deadline, &hold->row, hold->deadline.us);
	/* What the store says may be older than the deadline: a batch that gave the hold more time was given up. */
	int64_t expires_ms = now->ms + (hold->deadline.us - now->us) / 1000;
	if (ABS(is->expires_ms - expires_ms) < (before_us == INT64_MIN ? 1 : NOISE_MS))
		return;
	hold->expires_ms = expires_ms;
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
	if (!base_id_equal(hold->buyer, c->command->actor)) {
		rules_refuse(c->answer, SHOW_FORBIDDEN, "this hold is somebody else's");
		return;
	}
	c->answer->hold = hold->row.id;
	if (hold->state == STORE_HOLD_ACTIVE)
		rules_hold_close(c->r, hold, STORE_HOLD_RELEASED);
	else if (hold->state == STORE_HOLD_RELEASED)
		c->answer->repeated = true;
	else if (hold->state == STORE_HOLD_PAYING)
		rules_refuse(c->answer, SHOW_INVALID, "this hold is being paid");
	else
		rules_refuse(c->answer, SHOW_EXPIRED, "this hold is no longer open");
}
