/* Listings and their stock. */
#include <string.h>

#include "show/variants.h"
#include "show/verbs.h"

static bool currency_fits(const char currency[4])
{
	for (int i = 0; i < 3; i++)
		if (currency[i] < 'A' || currency[i] > 'Z')
			return false;
	return currency[3] == '\0';
}

static const char *what_does_not_fit(const struct store_listing *listing)
{
	if (!rules_text_fits(listing->title, sizeof(listing->title), 1))
		return "a listing needs a title";
	if (!rules_text_fits(listing->description, sizeof(listing->description), 0) ||
	    !rules_text_fits(listing->size, sizeof(listing->size), 0) ||
	    !rules_text_fits(listing->brand, sizeof(listing->brand), 0))
		return "description, size or brand is too long";
	if (!rules_price_fits(listing->price))
		return "price out of bounds";
	if (!rules_price_fits(listing->community.floor))
		return "floor out of bounds";
	if (!currency_fits(listing->currency))
		return "currency is three capital letters (ISO 4217)";
	return NULL;
}

void rules_listing_create(const struct rules_case *c)
{
	struct store_listing is = c->command->listing;
	int64_t stock = is.available;
	const char *wrong = what_does_not_fit(&is);
	if (!wrong && (stock < 0 || stock > STORE_COUNT_MAX))
		wrong = "stock out of bounds";
	if (!wrong && stock && c->command->variants_count)
		wrong = "where there are sizes or colours, each has its own stock";
	is.available = is.held = is.sold = is.adjusted = is.variants = 0;
	if (!wrong)
		wrong = variants_do_not_fit(c, NULL);
	if (wrong) {
		rules_refuse(c->answer, SHOW_INVALID, wrong);
		return;
	}
	is.id = base_id_new();
	is.seller = rules_account(c->r, c->command->actor)->is.person;
	is.photo = (struct base_id){{0}};
	is.created_ms = c->now->ms;
	struct rules_stock whole = {.listing = rules_add_listing(c->r, &is, true)};
	rules_stock_adjust(c->r, c->now, c->command->actor, &whole, stock);
	variants_change(c, whole.listing);
	c->answer->listing = is.id;
}

static struct rules_listing *own_listing(const struct rules_case *c)
{
	struct base_id id = base_id_is_zero(c->command->listing_id) ? c->command->listing.id : c->command->listing_id;
	struct rules_listing *listing = rules_listing(c->r, id);
	if (!listing)
		rules_refuse(c->answer, SHOW_NOT_FOUND, "no such listing");
	else if (!rules_may_change(c->r, c->command->actor, listing->is.seller.id))
		rules_refuse(c->answer, SHOW_FORBIDDEN, "this listing is somebody else's");
	return c->answer->code == SHOW_OK ? listing : NULL;
}

static void take_masked(struct store_listing *is, const struct store_listing *from, uint32_t mask)
{
	if (mask & SHOW_SET_TITLE)
		memcpy(is->title, from->title, sizeof(is->title));
	if (mask & SHOW_SET_DESCRIPTION)
		memcpy(is->description, from->description, sizeof(is->description));
	if (mask & SHOW_SET_SIZE)
		memcpy(is->size, from->size, sizeof(is->size));
	if (mask & SHOW_SET_BRAND)
		memcpy(is->brand, from->brand, sizeof(is->brand));
	if (mask & SHOW_SET_PRICE)
		is->price = from->price;
	if (mask & SHOW_SET_COMMUNITY_OK)
		is->community.ok = from->community.ok;
	if (mask & SHOW_SET_COMMUNITY_FLOOR)
		is->community.floor = from->community.floor;
	if (mask & SHOW_SET_COMMUNITY_AUCTION)
		is->community.auction = from->community.auction;
	if (mask & SHOW_SET_SHOP)
		is->shop = from->shop;
}

static const char *stock_does_not_fit(const struct rules_case *c, const struct store_listing *is, int64_t delta)
{
	int64_t available, adjusted;
	if (delta && (is->variants > 0 || c->command->variants_count))
		return "where there are sizes or colours, each has its own stock";
	if (__builtin_add_overflow(is->available, delta, &available) ||
	    __builtin_add_overflow(is->adjusted, delta, &adjusted))
		return "stock out of bounds";
	if (available < 0)
		return "stock below zero";
	return available > STORE_COUNT_MAX ? "stock out of bounds" : NULL;
}

static void tell_withdrawn(const struct rules_case *c, const struct rules_listing *listing,
                           const struct rules_show *show)
{
	struct store_notice notice = {.account = show->is.host.id,
	                              .code = STORE_NOTICE_WITHDRAWN,
	                              .actor = listing->is.seller,
	                              .show = show->row.id,
	                              .listing = listing->row.id};
	memcpy(notice.title, listing->is.title, sizeof(notice.title));
	rules_notify(c->r, c->now, &notice);
}

/* What its owner no longer allows leaves the shows of others at once; open holds stand. */
static void withdraw_where_not_allowed(const struct rules_case *c, struct rules_listing *listing)
{
	GPtrArray *items = rules_items_selling(c->r, listing->row.id);
	for (guint i = 0; items && i < items->len; i++) {
		struct rules_item *item = g_ptr_array_index(items, i);
		struct rules_show *show = rules_show(c->r, item->is.show);
		if (!show || item->is.removed || show->is.state == STORE_SHOW_ENDED)
			continue;
		if (!rules_item_allowed(c->r, show, item)) {
			rules_item_withdraw(c->r, c->now, show, item);
			tell_withdrawn(c, listing, show);
		} else if (item->is.flash_price < listing->is.community.floor &&
		           !base_id_equal(show->is.host.id, listing->is.seller.id)) {
			rules_flash_end(c->r, item);
		}
	}
}

void rules_listing_update(const struct rules_case *c)
{
	uint32_t mask = c->command->mask;
	int64_t delta = mask & SHOW_SET_STOCK ? c->command->stock_delta : 0;
	struct rules_listing *listing = own_listing(c);
	if (!listing)
		return;
	g_autofree struct store_listing *is = g_memdup2(&listing->is, sizeof(listing->is));
	take_masked(is, &c->command->listing, mask);
	const char *wrong = what_does_not_fit(is);
	if (!wrong)
		wrong = stock_does_not_fit(c, is, delta);
	if (!wrong)
		wrong = variants_do_not_fit(c, listing);
	if (wrong) {
		rules_refuse(c->answer, SHOW_INVALID, wrong);
		return;
	}
	listing->is = *is;
	listing->texts_dirty = listing->texts_dirty || (mask & ~(uint32_t)SHOW_SET_STOCK) != 0;
	rules_stock_adjust(c->r, c->now, c->command->actor, &(struct rules_stock){.listing = listing}, delta);
	variants_change(c, listing);
	rules_touch(c->r, &listing->row);
	if (delta)
		rules_stock_freed(c->r, listing->row.id, (struct base_id){{0}});
	if (mask & SHOW_SET_COMMUNITY)
		withdraw_where_not_allowed(c, listing);
	rules_note_items_of(c->r, listing->row.id);
	c->answer->listing = listing->row.id;
}

void rules_listing_photo(const struct rules_case *c)
{
	struct rules_listing *listing = own_listing(c);
	if (!listing)
		return;
	listing->is.photo = c->command->listing.photo;
	listing->texts_dirty = true;
	rules_touch(c->r, &listing->row);
	rules_note_items_of(c->r, listing->row.id);
	c->answer->listing = listing->row.id;
}
