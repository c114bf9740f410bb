/* What was freed goes to those who wait, in the same batch: so nobody waits whose quantity fits what is available. Who
 * waits in vain, or not where the turn would come to, is told so. */
#include <string.h>

#include "show/rules.h"

void rules_stock_freed(struct rules *r, struct base_id listing, struct base_id variant)
{
	struct rules_freed freed = {listing, variant};
	g_array_append_val(r->freed, freed);
}

static void notify(struct rules *r, const struct rules_now *now, const struct rules_waiting *waiting,
                   enum store_notice_code code, const struct store_listing *listing, int64_t price)
{
	struct store_notice notice = {.account = waiting->is.buyer.id,
	                              .code = code,
	                              .show = waiting->is.show,
	                              .listing = waiting->is.listing,
	                              .hold = waiting->is.hold,
	                              .quantity = waiting->is.quantity,
	                              .amount = {.amount = price}};
	memcpy(notice.title, waiting->is.title, sizeof(notice.title));
	memcpy(notice.amount.currency, listing->currency, sizeof(notice.amount.currency));
	rules_notify(r, now, &notice);
}

/* Show, item and price as they are now. @return whether it may still be sold there. */
static bool offer_of(struct rules *r, const struct rules_now *now, const struct rules_waiting *waiting,
                     const struct rules_stock *stock, struct rules_offer *offer)
{
	*offer = (struct rules_offer){.stock = *stock, .buyer = waiting->is.buyer.id, .quantity = waiting->is.quantity};
	offer->price = stock->listing->is.price;
	if (base_id_is_zero(waiting->is.show))
		return rules_in_shop(r, stock->listing);
	offer->show = rules_show(r, waiting->is.show);
	offer->item = offer->show ? rules_item(r, waiting->is.item) : NULL;
	if (!offer->item)
		return false;
	offer->price = rules_item_price(offer->item, now);
	return !offer->item->is.removed && rules_item_allowed(r, offer->show, offer->item);
}

static void close_wait(struct rules *r, const struct rules_now *now, struct rules_waiting *waiting,
                       const struct rules_offer *offer)
{
	rules_wait_end(r, waiting, STORE_WAITING_CLOSED);
	notify(r, now, waiting, STORE_NOTICE_WAIT_ENDED, &offer->stock.listing->is, offer->price);
}

void rules_wait_lapse(struct rules *r, const struct rules_now *now, struct rules_waiting *waiting)
{
	const struct rules_listing *listing = rules_listing(r, waiting->is.listing);
	rules_wait_end(r, waiting, STORE_WAITING_LAPSED);
	if (listing)
		notify(r, now, waiting, STORE_NOTICE_WAIT_LAPSED, &listing->is, waiting->is.price);
}

static void take_turn(struct rules *r, const struct rules_now *now, struct rules_waiting *waiting,
                      const struct rules_stock *stock)
{
	struct rules_offer offer;
	if (!offer_of(r, now, waiting, stock, &offer) || offer.price > waiting->is.price) {
		close_wait(r, now, waiting, &offer);
		return;
	}
	struct rules_hold *hold = rules_hold_make(r, now, &offer);
	waiting->is.hold = hold->row.id;
	rules_wait_end(r, waiting, STORE_WAITING_SERVED);
	rules_note(r, SHOW_EVENT_HOLD, &hold->row);
	notify(r, now, waiting, STORE_NOTICE_YOUR_TURN, &stock->listing->is, offer.price);
}

/* In order, whose quantity fits; who wants more than is left stays. */
static void serve_those_who_fit(struct rules *r, const struct rules_now *now, const struct rules_freed *freed,
                                const struct rules_stock *stock)
{
	struct rules_queue *queue = rules_queue(r, freed->listing, freed->variant);
	for (guint i = 0; queue && i < queue->entries->len && rules_stock_available(r, stock) > 0;) {
		struct rules_waiting *waiting = g_ptr_array_index(queue->entries, i);
		if (waiting->is.quantity > rules_stock_available(r, stock)) {
			i++;
			continue;
		}
		take_turn(r, now, waiting, stock);
		queue = rules_queue(r, freed->listing, freed->variant); /* gone with its last */
	}
}

static void close_all(struct rules *r, const struct rules_now *now, const struct rules_freed *freed,
                      const struct rules_stock *stock)
{
	struct rules_queue *queue;
	struct rules_offer offer;
	while ((queue = rules_queue(r, freed->listing, freed->variant))) {
		struct rules_waiting *last = g_ptr_array_index(queue->entries, queue->entries->len - 1);
		offer_of(r, now, last, stock, &offer);
		close_wait(r, now, last, &offer);
	}
}

/* Units that came back to where nothing is sold any more: to a variant that was removed, or to a listing that got
 * variants since. Its seller counts them in again where they belong. */
static void take_away_strays(struct rules *r, const struct rules_now *now, const struct rules_stock *stock)
{
	rules_stock_adjust(r, now, (struct base_id){{0}}, stock, -rules_stock_available(r, stock));
}

static void serve(struct rules *r, const struct rules_now *now, const struct rules_freed *freed)
{
	struct rules_stock stock;
	if (!rules_stock_find(r, freed->listing, freed->variant, &stock))
		return;
	bool sold_here = rules_stock_is_sold(&stock);
	if (sold_here)
		serve_those_who_fit(r, now, freed, &stock);
	else
		take_away_strays(r, now, &stock);
	if (!sold_here || (rules_stock_held(r, &stock) == 0 && rules_stock_available(r, &stock) == 0))
		close_all(r, now, freed, &stock);
}

void rules_serve(struct rules *r, const struct rules_now *now)
{
	for (guint i = 0; i < r->freed->len && !r->error; i++) {
		struct rules_freed freed = g_array_index(r->freed, struct rules_freed, i);
		serve(r, now, &freed);
	}
	g_array_set_size(r->freed, 0);
}
