/* What the outside sees: results and events, filled from memory once they are true. */
#include "show/rules.h"

#include <string.h>

/* A result and an event are large, and used again and again: what is filled is overwritten whole, what is not is
 * emptied only if the last use filled it. Each of these says whether there is such a row. */

static bool fill_account(struct rules *r, struct base_id id, struct store_account *out)
{
	const struct rules_account *account = base_id_is_zero(id) ? NULL : rules_account(r, id);
	if (account) {
		*out = account->is;
		memset(out->password_hash, 0, sizeof(out->password_hash));
	} else if (!base_id_is_zero(out->person.id)) {
		memset(out, 0, sizeof(*out));
	}
	return account != NULL;
}

static bool fill_listing(struct rules *r, struct base_id id, struct store_listing *out)
{
	const struct rules_listing *listing = base_id_is_zero(id) ? NULL : rules_listing(r, id);
	if (listing)
		*out = listing->is;
	else if (!base_id_is_zero(out->id))
		memset(out, 0, sizeof(*out));
	return listing != NULL;
}

static bool fill_show(struct rules *r, struct base_id id, struct store_show *out)
{
	const struct rules_show *show = base_id_is_zero(id) ? NULL : rules_show(r, id);
	if (show)
		*out = show->is;
	else if (!base_id_is_zero(out->id))
		memset(out, 0, sizeof(*out));
	return show != NULL;
}

static bool fill_item(struct rules *r, struct base_id id, struct store_item *out)
{
	const struct rules_item *item = base_id_is_zero(id) ? NULL : rules_item(r, id);
	struct rules_listing *listing = item ? rules_listing(r, item->is.listing) : NULL;
	if (!listing) {
		if (!base_id_is_zero(out->id))
			memset(out, 0, sizeof(*out));
		return false;
	}
	const struct store_item_row *is = &item->is;
	out->id = is->id;
	out->show = is->show;
	out->number = is->number;
	out->position = is->position;
	out->price = is->price;
	out->flash_price = is->flash_price;
	out->flash_until_ms = is->flash_until_ms;
	out->claimed = is->claimed;
	out->removed = is->removed;
	out->listing = listing->is;
	out->waiting = rules_waits_of_listing(r, listing);
	return true;
}

static bool fill_waiting(struct rules *r, struct base_id id, struct store_waiting *out)
{
	const struct rules_waiting *waiting = base_id_is_zero(id) ? NULL : rules_waiting(r, id);
	if (waiting)
		*out = waiting->is;
	else if (!base_id_is_zero(out->id))
		memset(out, 0, sizeof(*out));
	return waiting != NULL;
}

static void whole_hold(struct rules *r, const struct rules_hold *hold, struct store_hold *out)
{
	const struct rules_account *buyer = rules_account(r, hold->buyer);
	rules_hold_fill(hold, out);
	if (buyer)
		out->buyer = buyer->is.person;
}

static bool fill_hold(struct rules *r, struct base_id id, struct store_hold *out)
{
	const struct rules_hold *hold = base_id_is_zero(id) ? NULL : rules_hold(r, id);
	if (hold)
		whole_hold(r, hold, out);
	else if (!base_id_is_zero(out->id))
		memset(out, 0, sizeof(*out));
	return hold != NULL;
}

static bool fill_order(struct rules *r, struct base_id id, struct store_order *out)
{
	const struct rules_purchase *purchase = base_id_is_zero(id) ? NULL : rules_purchase(r, id);
	if (purchase)
		*out = purchase->is.order;
	else if (!base_id_is_zero(out->id))
		memset(out, 0, sizeof(*out));
	return purchase != NULL;
}

void rules_fill_around_item(struct rules *r, const struct rules_answer *answer, struct show_result *result)
{
	result->code = answer->code;
	result->detail[0] = '\0';
	if (answer->detail[0])
		memcpy(result->detail, answer->detail, sizeof(result->detail));
	result->price = answer->price;
	result->stock = answer->stock;
	result->repeated = answer->repeated;
	fill_account(r, answer->account, &result->account);
	fill_listing(r, answer->listing, &result->listing);
	fill_show(r, answer->show, &result->show);
	fill_hold(r, answer->hold, &result->hold);
	fill_waiting(r, answer->waiting, &result->waiting);
	fill_order(r, answer->purchase, &result->order);
}

void rules_fill_result(struct rules *r, const struct rules_answer *answer, struct show_result *result)
{
	rules_fill_around_item(r, answer, result);
	fill_item(r, answer->item, &result->item);
}

static void fill_show_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	fill_show(r, event->id, &out->show);
}

static void fill_variants(struct rules *r, struct base_id id, struct show_event *out)
{
	struct rules_listing *listing = rules_listing(r, id);
	GPtrArray *variants = listing && listing->is.variants > 0 ? rules_variants(r, listing) : NULL;
	g_array_set_size(r->told, 0);
	for (guint i = 0; variants && i < variants->len; i++) {
		const struct rules_variant *variant = g_ptr_array_index(variants, i);
		if (!variant->is.removed)
			g_array_append_val(r->told, variant->is);
	}
	out->variants = (const struct store_variant *)(const void *)r->told->data;
	out->variants_count = r->told->len;
}

static void fill_featured_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	fill_show(r, event->show, &out->show);
	if (fill_item(r, event->id, &out->item))
		fill_variants(r, out->item.listing.id, out);
}

static void fill_item_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	if (fill_item(r, event->id, &out->item) && fill_show(r, out->item.show, &out->show))
		fill_variants(r, out->item.listing.id, out);
}

static void fill_hold_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	fill_hold(r, event->id, &out->hold);
}

static void fill_waiting_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	fill_waiting(r, event->id, &out->waiting);
}

static void fill_notice_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	out->notice = event->record->notice;
}

static void fill_order_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	fill_order(r, event->id, &out->order);
}

static void fill_account_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	fill_account(r, event->id, &out->account);
}

static void fill_moderation_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	fill_show(r, event->show, &out->show);
	fill_account(r, event->id, &out->account);
	out->until_ms = event->record->moderated.muted_until_ms;
	out->banned = event->record->moderated.banned;
}

static void fill_audit_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	out->audit = event->record->audit;
}

static void fill_recording_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	out->recording = event->record->recording;
}

static void (*const fill[])(struct rules *, const struct rules_event *, struct show_event *) = {
        [SHOW_EVENT_SHOW] = fill_show_event,
        [SHOW_EVENT_FEATURED] = fill_featured_event,
        [SHOW_EVENT_ITEM] = fill_item_event,
        [SHOW_EVENT_ITEM_REMOVED] = fill_item_event,
        [SHOW_EVENT_CLAIMED] = fill_hold_event,
        [SHOW_EVENT_HOLD] = fill_hold_event,
        [SHOW_EVENT_WAITING] = fill_waiting_event,
        [SHOW_EVENT_NOTICE] = fill_notice_event,
        [SHOW_EVENT_ORDER] = fill_order_event,
        [SHOW_EVENT_ACCOUNT] = fill_account_event,
        [SHOW_EVENT_MODERATION] = fill_moderation_event,
        [SHOW_EVENT_RECORDING] = fill_recording_event,
        [SHOW_EVENT_AUDIT] = fill_audit_event,
};

void rules_fill_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	out->type = event->type;
	out->variants = NULL;
	out->variants_count = 0;
	fill[event->type](r, event, out);
}
