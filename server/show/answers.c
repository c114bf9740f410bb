/* What the outside sees: results and events, filled from memory once they are true. */
#include "show/rules.h"

#include <string.h>

static void fill_account(struct rules *r, struct base_id id, struct store_account *out)
{
	const struct rules_account *account = rules_account(r, id);
	if (!account)
		return;
	*out = account->is;
	memset(out->password_hash, 0, sizeof(out->password_hash));
}

static void fill_listing(struct rules *r, struct base_id id, struct store_listing *out)
{
	const struct rules_listing *listing = rules_listing(r, id);
	if (listing)
		*out = listing->is;
}

static void fill_show(struct rules *r, struct base_id id, struct store_show *out)
{
	const struct rules_show *show = rules_show(r, id);
	if (show)
		*out = show->is;
}

static bool fill_item(struct rules *r, struct base_id id, struct store_item *out)
{
	const struct rules_item *item = rules_item(r, id);
	if (!item)
		return false;
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
	struct rules_listing *listing = rules_listing(r, is->listing);
	if (listing) {
		out->listing = listing->is;
		out->waiting = rules_waits_of_listing(r, listing);
	}
	return true;
}

static void fill_waiting(struct rules *r, struct base_id id, struct store_waiting *out)
{
	const struct rules_waiting *waiting = rules_waiting(r, id);
	if (waiting)
		*out = waiting->is;
}

static bool fill_hold(struct rules *r, struct base_id id, struct store_hold *out)
{
	const struct rules_hold *hold = rules_hold(r, id);
	if (hold)
		*out = hold->is;
	return hold != NULL;
}

static bool fill_order(struct rules *r, struct base_id id, struct store_order *out)
{
	const struct rules_purchase *purchase = rules_purchase(r, id);
	if (purchase)
		*out = purchase->is.order;
	return purchase != NULL;
}

void rules_fill_result(struct rules *r, const struct rules_answer *answer, struct show_result *result)
{
	memset(result, 0, sizeof(*result));
	result->code = answer->code;
	memcpy(result->detail, answer->detail, sizeof(result->detail));
	result->price = answer->price;
	result->stock = answer->stock;
	result->repeated = answer->repeated;
	if (!base_id_is_zero(answer->account))
		fill_account(r, answer->account, &result->account);
	if (!base_id_is_zero(answer->listing))
		fill_listing(r, answer->listing, &result->listing);
	if (!base_id_is_zero(answer->show))
		fill_show(r, answer->show, &result->show);
	if (!base_id_is_zero(answer->item))
		fill_item(r, answer->item, &result->item);
	if (!base_id_is_zero(answer->hold))
		fill_hold(r, answer->hold, &result->hold);
	if (!base_id_is_zero(answer->waiting))
		fill_waiting(r, answer->waiting, &result->waiting);
	if (!base_id_is_zero(answer->purchase))
		fill_order(r, answer->purchase, &result->order);
}

static void fill_show_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	fill_show(r, event->id, &out->show);
}

static void fill_featured_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	fill_show(r, event->show, &out->show);
	if (!base_id_is_zero(event->id))
		fill_item(r, event->id, &out->item);
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

static void fill_item_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	if (!fill_item(r, event->id, &out->item))
		return;
	fill_show(r, out->item.show, &out->show);
	fill_variants(r, out->item.listing.id, out);
}

static void fill_hold_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	if (!fill_hold(r, event->id, &out->hold))
		return;
	fill_show(r, out->hold.show, &out->show);
	fill_item(r, out->hold.item, &out->item);
}

static void fill_waiting_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	fill_waiting(r, event->id, &out->waiting);
	fill_show(r, out->waiting.show, &out->show);
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
        [SHOW_EVENT_AUDIT] = fill_audit_event,
};

void rules_fill_event(struct rules *r, const struct rules_event *event, struct show_event *out)
{
	memset(out, 0, sizeof(*out));
	out->type = event->type;
	fill[event->type](r, event, out);
}
