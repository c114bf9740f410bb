/* The host or the seller gives whose turn passed by what is free now, by hand. */
#include <string.h>

#include "show/verbs.h"

/* Whose turn passed by: a wait that ended without a hold, or a hold that ended unpaid. */
struct gone {
	struct rules_waiting *waiting; /* NULL: it was a hold */
	struct base_id show, item, listing, variant, buyer;
	int64_t quantity, price;
	bool passed_by;
};

static bool find_waiting(const struct rules_case *c, struct gone *gone)
{
	struct rules_waiting *waiting = rules_waiting(c->r, c->command->waiting_id);
	if (!waiting)
		return false;
	const struct store_waiting *is = &waiting->is;
	bool passed_by = is->state != STORE_WAITING && is->state != STORE_WAITING_SERVED;
	*gone = (struct gone){waiting,      is->show,     is->item,  is->listing, is->variant,
	                      is->buyer.id, is->quantity, is->price, passed_by};
	return true;
}

static bool find_hold(const struct rules_case *c, struct gone *gone)
{
	struct rules_hold *hold = rules_hold(c->r, c->command->hold_id);
	if (!hold)
		return false;
	const struct store_hold *is = &hold->deal->is;
	bool passed_by = hold->state == STORE_HOLD_EXPIRED || hold->state == STORE_HOLD_RELEASED;
	*gone = (struct gone){NULL,        is->show,       is->item,  is->listing, is->variant,
	                      hold->buyer, hold->quantity, is->price, passed_by};
	return true;
}

/* Whether it is of the show or the listing that the command names. */
static bool is_there(const struct rules_case *c, const struct gone *gone)
{
	const struct show_command *command = c->command;
	return (base_id_is_zero(command->show_id) || base_id_equal(command->show_id, gone->show)) &&
	       (base_id_is_zero(command->listing_id) || base_id_equal(command->listing_id, gone->listing));
}

static bool find_offer(const struct rules_case *c, const struct gone *gone, struct rules_offer *offer)
{
	*offer = (struct rules_offer){.buyer = gone->buyer, .quantity = gone->quantity, .price = gone->price};
	offer->show = rules_show(c->r, gone->show);
	offer->item = rules_item(c->r, gone->item);
	if (rules_stock_find(c->r, gone->listing, gone->variant, &offer->stock) && !offer->show == !offer->item)
		return true;
	rules_refuse(c->answer, SHOW_NOT_FOUND, "what was wanted is no longer there");
	return false;
}

static bool actor_may(const struct rules_case *c, const struct rules_offer *offer)
{
	const struct rules_listing *listing = offer->stock.listing;
	bool host = offer->show && base_id_equal(offer->show->is.host.id, c->command->actor);
	if (!host && !rules_may_change(c->r, c->command->actor, listing->is.seller.id))
		rules_refuse(c->answer, SHOW_FORBIDDEN, "this is for its host or its seller");
	else if (offer->show && !rules_host_may_sell(c->r, offer->show, listing))
		rules_refuse(c->answer, SHOW_FORBIDDEN, "its owner does not let others sell this listing");
	return c->answer->code == SHOW_OK;
}

static bool has_it_already(struct rules *r, const struct gone *gone)
{
	const struct rules_buyer *open = rules_buyer(r, gone->buyer);
	for (size_t i = 0; open && i < open->count; i++) {
		const struct store_hold *deal = &open->holds[i]->deal->is;
		if (base_id_equal(deal->listing, gone->listing) && base_id_equal(deal->variant, gone->variant))
			return true;
	}
	return false;
}

static bool buyer_may(const struct rules_case *c, const struct gone *gone, const struct rules_offer *offer)
{
	const struct rules_account *buyer = rules_account(c->r, gone->buyer);
	const struct store_moderated *moderated = offer->show ? rules_moderated(c->r, offer->show, gone->buyer) : NULL;
	const char *over = rules_over_limits(c->r, offer);
	if (!buyer || buyer->is.banned || (moderated && moderated->banned))
		rules_refuse(c->answer, SHOW_BANNED, "this buyer is banned");
	else if (has_it_already(c->r, gone))
		rules_refuse(c->answer, SHOW_EXISTS, "this buyer holds it already");
	else if (over)
		rules_refuse(c->answer, SHOW_LIMIT, over);
	return c->answer->code == SHOW_OK;
}

/* On the price of then, but never below the floor of now. */
static void keep_above_floor(struct rules_offer *offer)
{
	const struct store_listing *listing = &offer->stock.listing->is;
	if (offer->show && !base_id_equal(offer->show->is.host.id, listing->seller.id))
		offer->price = MAX(offer->price, listing->community.floor);
}

static void tell_buyer(const struct rules_case *c, const struct rules_hold *hold)
{
	const struct rules_account *actor = rules_account(c->r, c->command->actor);
	struct store_notice notice = {.account = hold->buyer,
	                              .code = STORE_NOTICE_SECOND_CHANCE,
	                              .show = hold->deal->is.show,
	                              .listing = hold->deal->is.listing,
	                              .hold = hold->row.id,
	                              .quantity = hold->quantity,
	                              .amount = {.amount = hold->deal->is.price}};
	if (actor)
		notice.actor = actor->is.person;
	memcpy(notice.title, hold->deal->is.title, sizeof(notice.title));
	memcpy(notice.amount.currency, hold->deal->is.currency, sizeof(notice.amount.currency));
	rules_notify(c->r, c->now, &notice);
}

static void give(const struct rules_case *c, const struct gone *gone, const struct rules_offer *offer)
{
	struct rules_hold *hold = rules_hold_make(c->r, c->now, offer);
	rules_note(c->r, SHOW_EVENT_HOLD, &hold->row);
	tell_buyer(c, hold);
	c->answer->hold = hold->row.id;
	if (!gone->waiting)
		return;
	gone->waiting->is.state = STORE_WAITING_SERVED;
	gone->waiting->is.hold = hold->row.id;
	rules_touch(c->r, &gone->waiting->row);
	rules_note(c->r, SHOW_EVENT_WAITING, &gone->waiting->row);
	c->answer->waiting = gone->waiting->row.id;
}

void rules_second_chance(const struct rules_case *c)
{
	struct gone gone;
	struct rules_offer offer;
	if ((!find_waiting(c, &gone) && !find_hold(c, &gone)) || !is_there(c, &gone)) {
		rules_refuse(c->answer, SHOW_NOT_FOUND, "nobody wanted this");
		return;
	}
	if (!find_offer(c, &gone, &offer) || !actor_may(c, &offer))
		return;
	keep_above_floor(&offer);
	if (!gone.passed_by)
		rules_refuse(c->answer, SHOW_INVALID, "the turn of this buyer did not pass by");
	else if (!rules_stock_is_sold(&offer.stock) || rules_stock_available(c->r, &offer.stock) < offer.quantity)
		rules_refuse(c->answer, SHOW_SOLD_OUT, "nothing is left to give");
	else if (buyer_may(c, &gone, &offer) && !c->r->error)
		give(c, &gone, &offer);
}
