/* The run of show: items, their order, and what is featured. */
#include <string.h>

#include "show/verbs.h"

#define FLASH_MOST_MS INT64_C(86400000)

static bool is_own(const struct rules_show *show, const struct rules_listing *listing)
{
	return base_id_equal(show->is.host.id, listing->is.seller.id);
}

/* Never below the floor, but for who set it. */
static bool allowed_at(const struct rules_show *show, const struct rules_listing *listing, int64_t price)
{
	return is_own(show, listing) || price >= listing->is.community.floor;
}

bool rules_host_may_sell(struct rules *r, const struct rules_show *show, const struct rules_listing *listing)
{
	const struct rules_account *seller = rules_account(r, listing->is.seller.id);
	if (!seller || seller->is.banned)
		return false;
	return is_own(show, listing) ||
	       (listing->is.community.ok && !rules_is_blocked(r, listing->is.seller.id, show->is.host.id));
}

bool rules_item_allowed(struct rules *r, const struct rules_show *show, const struct rules_item *item)
{
	const struct rules_listing *listing = rules_listing(r, item->is.listing);
	return listing && rules_host_may_sell(r, show, listing) && allowed_at(show, listing, item->is.price);
}

int64_t rules_item_price(const struct rules_item *item, const struct rules_now *now)
{
	return store_price_at(item->is.price, item->is.flash_price, item->is.flash_until_ms, now->ms);
}

static struct rules_show *open_show(const struct rules_case *c, struct base_id id)
{
	struct rules_show *show = rules_show(c->r, id);
	if (!show)
		rules_refuse(c->answer, SHOW_NOT_FOUND, "no such show");
	else if (!rules_may_change(c->r, c->command->actor, show->is.host.id))
		rules_refuse(c->answer, SHOW_FORBIDDEN, "this show is somebody else's");
	else if (show->is.state == STORE_SHOW_ENDED)
		rules_refuse(c->answer, SHOW_NOT_LIVE, "the show has ended");
	else
		c->answer->show = show->row.id;
	return c->answer->code == SHOW_OK ? show : NULL;
}

/* The item of the command, if it is in the run of the show (zero: whichever it is in). */
static struct rules_item *open_item(const struct rules_case *c, struct rules_show **show)
{
	struct rules_item *item = rules_item(c->r, c->command->item_id);
	bool elsewhere =
	        item && !base_id_is_zero(c->command->show_id) && !base_id_equal(item->is.show, c->command->show_id);
	if (!item || elsewhere || item->is.removed) {
		rules_refuse(c->answer, SHOW_NOT_FOUND, "no such item in this show");
		return NULL;
	}
	*show = open_show(c, item->is.show);
	if (!*show)
		return NULL;
	c->answer->item = item->row.id;
	return item;
}

static const struct rules_item *item_selling(GPtrArray *items, struct base_id listing)
{
	for (guint i = 0; i < items->len; i++) {
		const struct rules_item *item = g_ptr_array_index(items, i);
		if (!item->is.removed && base_id_equal(item->is.listing, listing))
			return item;
	}
	return NULL;
}

static int64_t last_position(GPtrArray *items)
{
	int64_t last = 0;
	for (guint i = 0; i < items->len; i++) {
		const struct rules_item *item = g_ptr_array_index(items, i);
		if (!item->is.removed && item->is.position > last)
			last = item->is.position;
	}
	return last;
}

static bool may_be_added(const struct rules_case *c, struct rules_show *show, const struct rules_listing *listing,
                         int64_t price)
{
	GPtrArray *items = rules_show_items(c->r, show);
	if (!rules_host_may_sell(c->r, show, listing))
		rules_refuse(c->answer, SHOW_FORBIDDEN, "its owner does not let others sell this listing");
	else if (!rules_price_fits(price))
		rules_refuse(c->answer, SHOW_INVALID, "price out of bounds");
	else if (!allowed_at(show, listing, price))
		rules_refuse(c->answer, SHOW_INVALID, "price below the floor that its owner set");
	else if (item_selling(items, listing->row.id))
		rules_refuse(c->answer, SHOW_EXISTS, "this listing is in the show already");
	else if (items->len >= c->r->limits.items_per_show)
		rules_refuse(c->answer, SHOW_LIMIT, "the run of show is full");
	return c->answer->code == SHOW_OK;
}

void rules_item_add(const struct rules_case *c)
{
	struct rules_show *show = open_show(c, c->command->show_id);
	if (!show)
		return;
	struct rules_listing *listing = rules_listing(c->r, c->command->listing_id);
	if (!listing) {
		rules_refuse(c->answer, SHOW_NOT_FOUND, "no such listing");
		return;
	}
	int64_t price = c->command->price ? c->command->price : listing->is.price;
	if (!may_be_added(c, show, listing, price))
		return;
	GPtrArray *items = rules_show_items(c->r, show);
	struct store_item_row is = {
	        .id = base_id_new(), .show = show->row.id, .listing = listing->row.id, .price = price};
	is.number = (int64_t)items->len + 1; /* the removed keep theirs */
	is.position = last_position(items) + 1;
	struct rules_item *item = rules_add_item(c->r, show, &is, true);
	rules_note(c->r, SHOW_EVENT_ITEM, &item->row);
	c->answer->item = is.id;
}

static gint by_position(gconstpointer a, gconstpointer b)
{
	const struct rules_item *x = *(struct rules_item *const *)a, *y = *(struct rules_item *const *)b;
	if (x->is.position != y->is.position)
		return x->is.position < y->is.position ? -1 : 1;
	return x->is.number < y->is.number ? -1 : x->is.number > y->is.number;
}

static void renumber(struct rules *r, GPtrArray *run)
{
	for (guint i = 0; i < run->len; i++) {
		struct rules_item *item = g_ptr_array_index(run, i);
		if (item->is.position == (int64_t)i + 1)
			continue;
		item->is.position = (int64_t)i + 1;
		rules_touch(r, &item->row);
		rules_note(r, SHOW_EVENT_ITEM, &item->row);
	}
}

/* Position 1 is the first; beyond the end is the end. */
static void move(struct rules *r, struct rules_show *show, struct rules_item *moved, int64_t position)
{
	GPtrArray *items = rules_show_items(r, show);
	g_autoptr(GPtrArray) run = g_ptr_array_new();
	for (guint i = 0; i < items->len; i++) {
		struct rules_item *item = g_ptr_array_index(items, i);
		if (!item->is.removed && item != moved)
			g_ptr_array_add(run, item);
	}
	g_ptr_array_sort(run, by_position);
	int64_t at = position < 1 ? 0 : position - 1;
	g_ptr_array_insert(run, at > (int64_t)run->len ? -1 : (gint)at, moved);
	renumber(r, run);
}

static bool price_allowed(const struct rules_case *c, const struct rules_show *show, const struct rules_item *item)
{
	const struct rules_listing *listing = rules_listing(c->r, item->is.listing);
	if (!listing || !rules_price_fits(c->command->price) || !allowed_at(show, listing, c->command->price))
		rules_refuse(c->answer, SHOW_INVALID, "price out of bounds or below the floor that its owner set");
	return c->answer->code == SHOW_OK;
}

static bool flash_allowed(const struct rules_case *c, const struct rules_show *show, const struct rules_item *item)
{
	int64_t until_ms = c->command->until_ms;
	if (until_ms == 0)
		return true;
	if (show->is.state != STORE_SHOW_LIVE)
		rules_refuse(c->answer, SHOW_NOT_LIVE, "a flash price is for a show that is live");
	else if (c->command->mask & SHOW_SET_PRICE)
		rules_refuse(c->answer, SHOW_INVALID, "set the price or the flash price, one at a time");
	else if (until_ms <= c->now->ms || until_ms > c->now->ms + FLASH_MOST_MS)
		rules_refuse(c->answer, SHOW_INVALID, "a flash price ends in the next 24 hours");
	else if (c->command->price >= item->is.price)
		rules_refuse(c->answer, SHOW_INVALID, "a flash price is lower than the price");
	return c->answer->code == SHOW_OK && price_allowed(c, show, item);
}

void rules_flash_end(struct rules *r, struct rules_item *item)
{
	rules_deadline_clear(r, &item->flash);
	if (item->is.flash_until_ms == 0)
		return;
	item->is.flash_price = item->is.flash_until_ms = 0;
	rules_touch(r, &item->row);
	rules_note(r, SHOW_EVENT_ITEM, &item->row);
}

static void set_flash(const struct rules_case *c, struct rules_item *item)
{
	if (c->command->until_ms == 0) {
		rules_flash_end(c->r, item);
		return;
	}
	item->is.flash_price = c->command->price;
	item->is.flash_until_ms = c->command->until_ms;
	item->flash_fresh = true;
	rules_deadline_set(c->r, &item->flash, &item->row, c->now->us + (c->command->until_ms - c->now->ms) * 1000);
}

void rules_resume_flashes(struct rules *r, const struct rules_now *now, struct rules_show *show)
{
	GPtrArray *items = rules_show_items(r, show);
	for (guint i = 0; i < items->len; i++) {
		struct rules_item *item = g_ptr_array_index(items, i);
		if (item->is.flash_until_ms == 0)
			continue;
		int64_t before_us = rules_clock_before(r, item->row.id);
		int64_t left_ms = CLAMP(item->is.flash_until_ms - now->ms, 0, FLASH_MOST_MS);
		rules_deadline_set(r, &item->flash, &item->row,
		                   before_us == INT64_MIN ? now->us + left_ms * 1000 : before_us);
	}
}

void rules_item_update(const struct rules_case *c)
{
	uint32_t mask = c->command->mask;
	struct rules_show *show;
	struct rules_item *item = open_item(c, &show);
	if (!item || ((mask & SHOW_SET_FLASH) && !flash_allowed(c, show, item)) ||
	    ((mask & SHOW_SET_PRICE) && !price_allowed(c, show, item)))
		return;
	if (mask & SHOW_SET_PRICE)
		item->is.price = c->command->price;
	if (mask & SHOW_SET_FLASH)
		set_flash(c, item);
	if (item->is.flash_price >= item->is.price) /* it was meant to be lower */
		rules_flash_end(c->r, item);
	if (mask & SHOW_SET_POSITION)
		move(c->r, show, item, c->command->position);
	rules_touch(c->r, &item->row);
	rules_note(c->r, SHOW_EVENT_ITEM, &item->row);
}

/* What was in the picture when is kept: it becomes the chapters of the replay. */
static void note_featured(struct rules *r, const struct rules_now *now, const struct rules_show *show,
                          struct base_id next)
{
	const struct rules_item *item = base_id_is_zero(next) ? NULL : rules_item(r, next);
	if (!base_id_is_zero(show->is.featured))
		rules_record(r, RULES_FEATURE_END)->feature =
		        (struct store_feature){.show = show->row.id, .to_ms = now->ms};
	if (item)
		rules_record(r, RULES_FEATURE)->feature = (struct store_feature){.id = base_id_new(),
		                                                                 .show = show->row.id,
		                                                                 .item = next,
		                                                                 .listing = item->is.listing,
		                                                                 .from_ms = now->ms};
}

void rules_set_featured(struct rules *r, const struct rules_now *now, struct rules_show *show, struct base_id item)
{
	if (base_id_equal(show->is.featured, item))
		return;
	note_featured(r, now, show, item);
	show->is.featured = item;
	rules_touch(r, &show->row);
	rules_tell(r, SHOW_EVENT_FEATURED, show->row.id, item, NULL);
}

void rules_item_withdraw(struct rules *r, const struct rules_now *now, struct rules_show *show, struct rules_item *item)
{
	if (base_id_equal(show->is.featured, item->row.id))
		rules_set_featured(r, now, show, (struct base_id){{0}});
	rules_flash_end(r, item);
	item->is.removed = true;
	rules_touch(r, &item->row);
	rules_tell(r, SHOW_EVENT_ITEM_REMOVED, show->row.id, item->row.id, NULL);
}

void rules_item_remove(const struct rules_case *c)
{
	struct rules_show *show;
	struct rules_item *item = open_item(c, &show);
	if (item)
		rules_item_withdraw(c->r, c->now, show, item);
}

static void feature(const struct rules_case *c, struct rules_show *show, const struct rules_item *item)
{
	const struct rules_listing *listing = rules_listing(c->r, item->is.listing);
	rules_set_featured(c->r, c->now, show, item->row.id);
	if (!is_own(show, listing))
		rules_tell_owner_featured(c->r, c->now, show, listing);
}

void rules_feature(const struct rules_case *c)
{
	struct rules_show *show;
	struct rules_item *item = open_item(c, &show);
	if (!item)
		return;
	if (show->is.state != STORE_SHOW_LIVE)
		rules_refuse(c->answer, SHOW_NOT_LIVE, "the show is not live");
	else if (!rules_item_allowed(c->r, show, item))
		rules_refuse(c->answer, SHOW_FORBIDDEN, "its owner does not let others sell this listing");
	else
		feature(c, show, item);
}

void rules_unfeature(const struct rules_case *c)
{
	struct rules_show *show = open_show(c, c->command->show_id);
	if (show)
		rules_set_featured(c->r, c->now, show, (struct base_id){{0}});
}
