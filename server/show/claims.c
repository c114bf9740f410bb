/* Claims: what a buyer wants becomes a hold, or a place in the waitlist, or a refusal. */
#include <string.h>

#include "show/verbs.h"

struct claim {
	struct rules_offer offer;
	uint8_t key[STORE_KEY_BYTES], body[STORE_KEY_BYTES];
};

/* What the key stands for. */
static void body_digest(const struct show_command *command, uint8_t digest[STORE_KEY_BYTES])
{
	const struct {
		int64_t verb, quantity, price;
		struct base_id show, item, listing, variant;
	} body = {SHOW_CLAIM,         command->quantity, command->as_shown ? -1 : command->price,
	          command->show_id,   command->item_id,  command->listing_id,
	          command->variant_id};
	rules_digest(&body, sizeof(body), digest);
}

static void answer_waiting(const struct rules_case *c, const struct rules_waiting *waiting)
{
	c->answer->code = SHOW_WAITLISTED;
	c->answer->waiting = waiting->row.id;
	c->answer->hold = waiting->is.hold; /* what it became since */
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
	const struct rules_waiting *waiting = rules_waiting(c->r, used->object);
	c->answer->item = c->command->item_id;
	c->answer->repeated = true;
	if (waiting) {
		answer_waiting(c, waiting);
	} else {
		c->answer->code = SHOW_HELD;
		c->answer->hold = used->object;
	}
	return true;
}

static bool counts_fit(const struct rules_case *c)
{
	const struct show_command *command = c->command;
	if (!rules_text_fits(command->key, sizeof(command->key), 1))
		rules_refuse(c->answer, SHOW_INVALID, "a claim needs a key");
	else if (command->quantity < 1 || command->quantity > STORE_COUNT_MAX)
		rules_refuse(c->answer, SHOW_INVALID, "quantity out of bounds");
	else if (!rules_price_fits(command->price))
		rules_refuse(c->answer, SHOW_INVALID, "price out of bounds");
	return c->answer->code == SHOW_OK;
}

static struct rules_listing *find_on_air(const struct rules_case *c, struct rules_offer *offer)
{
	struct rules_show *show = rules_show(c->r, c->command->show_id);
	if (!show) {
		rules_refuse(c->answer, SHOW_NOT_FOUND, "no such show");
		return NULL;
	}
	struct rules_item *item = show->is.state == STORE_SHOW_LIVE ? rules_item(c->r, c->command->item_id) : NULL;
	if (!item || item->is.removed || !base_id_equal(item->is.show, show->row.id) ||
	    !rules_item_allowed(c->r, show, item)) {
		rules_refuse(c->answer, SHOW_NOT_LIVE, "the show is not live, or the item is not in it");
		return NULL;
	}
	offer->show = show;
	offer->item = item;
	offer->price = rules_item_price(item, c->now);
	c->answer->item = item->row.id;
	return rules_listing(c->r, item->is.listing);
}

static struct rules_listing *find_in_shop(const struct rules_case *c, struct rules_offer *offer)
{
	struct rules_listing *listing = rules_listing(c->r, c->command->listing_id);
	if (!listing)
		rules_refuse(c->answer, SHOW_NOT_FOUND, "no such listing");
	else if (!rules_in_shop(c->r, listing))
		rules_refuse(c->answer, SHOW_NOT_LIVE, "this listing is not in its seller's shop");
	else
		offer->price = listing->is.price;
	return c->answer->code == SHOW_OK ? listing : NULL;
}

/* Where there are variants, one must be named. */
static bool find_variant(const struct rules_case *c, struct rules_listing *listing, struct rules_stock *stock)
{
	bool named = !base_id_is_zero(c->command->variant_id);
	stock->listing = listing;
	stock->variant = rules_variant(c->r, listing, c->command->variant_id);
	if (!named && listing->is.variants > 0)
		rules_refuse(c->answer, SHOW_INVALID, "choose a size or colour");
	else if (named && !stock->variant)
		rules_refuse(c->answer, SHOW_INVALID, "no such size or colour");
	else if (named && stock->variant->is.removed)
		rules_refuse(c->answer, SHOW_INVALID, "this size or colour is no longer sold");
	return c->answer->code == SHOW_OK;
}

static bool find_what_is_claimed(const struct rules_case *c, struct rules_offer *offer)
{
	bool shop = base_id_is_zero(c->command->show_id) && base_id_is_zero(c->command->item_id);
	struct rules_listing *listing = shop ? find_in_shop(c, offer) : find_on_air(c, offer);
	return listing && find_variant(c, listing, &offer->stock);
}

static bool buyer_may(const struct rules_case *c, const struct rules_offer *offer)
{
	const struct store_moderated *moderated = offer->show ? rules_moderated(c->r, offer->show, offer->buyer) : NULL;
	if (moderated && moderated->banned)
		rules_refuse(c->answer, SHOW_BANNED, "banned from this show");
	else if (base_id_equal(offer->stock.listing->is.seller.id, offer->buyer))
		rules_refuse(c->answer, SHOW_FORBIDDEN, "this listing is your own");
	return c->answer->code == SHOW_OK;
}

const char *rules_over_limits(struct rules *r, const struct rules_offer *offer)
{
	const struct rules_buyer *open = rules_buyer(r, offer->buyer);
	GPtrArray *waits = rules_waits_of_buyer(r, offer->buyer);
	int64_t units = offer->quantity, count = (open ? (int64_t)open->count : 0) + (waits ? waits->len : 0);
	for (size_t i = 0; open && i < open->count; i++) {
		const struct rules_hold *hold = open->holds[i];
		if (base_id_equal(hold->deal->is.listing, offer->stock.listing->row.id))
			units += hold->quantity;
	}
	for (guint i = 0; waits && i < waits->len; i++) {
		const struct store_waiting *waiting = &((struct rules_waiting *)g_ptr_array_index(waits, i))->is;
		if (base_id_equal(waiting->listing, offer->stock.listing->row.id))
			units += waiting->quantity;
	}
	if (units > r->limits.units_per_item)
		return "more units of this item than one buyer may hold";
	return count >= r->limits.holds_per_buyer ? "too many open holds and waits: pay or release some" : NULL;
}

static bool within_limits(const struct rules_case *c, const struct rules_offer *offer)
{
	const char *over = rules_over_limits(c->r, offer);
	if (over)
		rules_refuse(c->answer, SHOW_LIMIT, over);
	return !over;
}

static bool price_allows(const struct rules_case *c, const struct rules_offer *offer)
{
	c->answer->price = offer->price;
	c->answer->stock = rules_stock_available(c->r, &offer->stock);
	if (offer->price > c->command->price)
		rules_refuse(c->answer, SHOW_PRICE_CHANGED, "the price has risen");
	return c->answer->code == SHOW_OK;
}

/* Who wants it again agrees to what it costs by now. */
static void agree_to_price(const struct rules_case *c, struct rules_waiting *waiting)
{
	if (!base_id_equal(waiting->is.item, c->command->item_id) || c->command->price <= waiting->is.price)
		return;
	waiting->is.price = c->command->price;
	rules_touch(c->r, &waiting->row);
}

/* @return true: the buyer waits for this already, which is the answer. */
static bool waits_already(const struct rules_case *c, const struct claim *claim)
{
	GPtrArray *waits = rules_waits_of_buyer(c->r, c->command->actor);
	for (guint i = 0; waits && i < waits->len; i++) {
		struct rules_waiting *waiting = g_ptr_array_index(waits, i);
		if (!base_id_equal(waiting->is.listing, claim->offer.stock.listing->row.id) ||
		    !base_id_equal(waiting->is.variant, c->command->variant_id))
			continue;
		agree_to_price(c, waiting);
		rules_use_key(c->r, c->command->actor, claim->key, claim->body, waiting->row.id);
		answer_waiting(c, waiting);
		c->answer->repeated = true;
		return true;
	}
	return false;
}

static bool may_wait(const struct rules_case *c, const struct rules_offer *offer)
{
	return rules_stock_held(c->r, &offer->stock) > 0 &&
	       rules_waits_of_listing(c->r, offer->stock.listing) < c->r->limits.waits_per_listing;
}

static void hold_or_wait(const struct rules_case *c, struct claim *claim)
{
	bool enough = rules_stock_available(c->r, &claim->offer.stock) >= claim->offer.quantity;
	if (!enough && !may_wait(c, &claim->offer)) {
		rules_refuse(c->answer, SHOW_SOLD_OUT, "not enough left");
		return;
	}
	if (!within_limits(c, &claim->offer) || c->r->error)
		return;
	if (enough) {
		c->answer->hold = rules_hold_make(c->r, c->now, &claim->offer)->row.id;
		c->answer->code = SHOW_HELD;
	} else {
		claim->offer.price = c->command->price; /* what was seen: the hold will cost no more */
		answer_waiting(c, rules_wait_join(c->r, c->now, &claim->offer));
	}
	struct base_id made = enough ? c->answer->hold : c->answer->waiting;
	rules_use_key(c->r, c->command->actor, claim->key, claim->body, made);
}

void rules_claim(const struct rules_case *c)
{
	struct claim claim = {.offer = {.buyer = c->command->actor, .quantity = c->command->quantity}};
	if (!counts_fit(c) || answered_before(c, &claim))
		return;
	if (find_what_is_claimed(c, &claim.offer) && buyer_may(c, &claim.offer) && price_allows(c, &claim.offer) &&
	    !waits_already(c, &claim))
		hold_or_wait(c, &claim);
}
