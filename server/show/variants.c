#include "show/variants.h"

#include <string.h>

/* The listing's variants as they would be, changed one after the other; those removed before are no part of it. */
struct plan {
	struct store_variant is[2 * STORE_VARIANTS_MAX]; /* as many new ones may come while the others go */
	size_t count;
};

static struct store_variant *planned(struct plan *plan, struct base_id id)
{
	for (size_t i = 0; i < plan->count; i++)
		if (!base_id_is_zero(id) && base_id_equal(plan->is[i].id, id))
			return &plan->is[i];
	return NULL;
}

static const char *plan_stock(struct store_variant *is, const struct show_variant *change)
{
	int64_t available;
	if (change->removed) {
		is->available = 0;
		return NULL;
	}
	if (__builtin_add_overflow(is->available, change->stock_delta, &available))
		return "stock out of bounds";
	if (available < 0)
		return "stock below zero";
	is->available = available;
	return available > STORE_COUNT_MAX ? "stock out of bounds" : NULL;
}

static void take_texts(struct store_variant *is, const struct show_variant *change)
{
	uint32_t mask = base_id_is_zero(change->id) ? SHOW_SET_SIZE | SHOW_SET_COLOUR : change->mask;
	if (mask & SHOW_SET_SIZE)
		memcpy(is->size, change->size, sizeof(is->size));
	if (mask & SHOW_SET_COLOUR)
		memcpy(is->colour, change->colour, sizeof(is->colour));
}

static const char *plan_texts(struct store_variant *is, const struct show_variant *change)
{
	if (!rules_text_fits(change->size, sizeof(change->size), 0) ||
	    !rules_text_fits(change->colour, sizeof(change->colour), 0))
		return "size or colour is too long";
	take_texts(is, change);
	return is->size[0] || is->colour[0] ? NULL : "a variant needs a size or a colour";
}

static const char *plan_change(struct plan *plan, const struct show_variant *change)
{
	bool fresh = base_id_is_zero(change->id);
	if (fresh && change->removed)
		return "a new variant cannot be removed";
	if (fresh && plan->count == G_N_ELEMENTS(plan->is))
		return "too many sizes and colours";
	struct store_variant *is = fresh ? &plan->is[plan->count++] : planned(plan, change->id);
	if (!is || is->removed)
		return "no such size or colour, or it was removed";
	const char *wrong = plan_texts(is, change);
	is->removed = change->removed;
	return wrong ? wrong : plan_stock(is, change);
}

static bool alike(const struct store_variant *a, const struct store_variant *b)
{
	return g_ascii_strcasecmp(a->size, b->size) == 0 && g_ascii_strcasecmp(a->colour, b->colour) == 0;
}

static const char *whole_plan_does_not_fit(const struct plan *plan)
{
	int64_t available = 0, on_sale = 0;
	for (size_t i = 0; i < plan->count; i++) {
		available += plan->is[i].available;
		on_sale += !plan->is[i].removed;
		for (size_t j = 0; j < i; j++)
			if (!plan->is[i].removed && !plan->is[j].removed && alike(&plan->is[i], &plan->is[j]))
				return "two sizes or colours are alike";
	}
	if (on_sale > STORE_VARIANTS_MAX)
		return "too many sizes and colours";
	return available > STORE_COUNT_MAX ? "stock out of bounds" : NULL;
}

/* Of before there were variants. */
static bool plain_units_wanted(struct rules *r, struct rules_listing *listing)
{
	const struct rules_stock plain = {.listing = listing};
	return rules_stock_held(r, &plain) > 0 || rules_queue(r, listing->row.id, (struct base_id){{0}});
}

/* Holds and orders name the removed, so they are kept: in bounds of their own. */
static bool too_many_ever(const GPtrArray *variants, const struct show_command *command)
{
	size_t count = variants->len;
	for (size_t i = 0; i < command->variants_count; i++)
		count += base_id_is_zero(command->variants[i].id);
	return count > STORE_VARIANTS_EVER;
}

static void plan_from(struct plan *plan, const GPtrArray *variants)
{
	for (guint i = 0; i < variants->len && plan->count < STORE_VARIANTS_MAX; i++) {
		const struct rules_variant *variant = g_ptr_array_index(variants, i);
		if (!variant->is.removed)
			plan->is[plan->count++] = variant->is;
	}
}

const char *variants_do_not_fit(const struct rules_case *c, struct rules_listing *listing)
{
	struct plan plan = {.count = 0};
	const GPtrArray *variants = listing && c->command->variants_count ? rules_variants(c->r, listing) : NULL;
	const char *wrong = NULL;
	if (variants && listing->is.variants == 0 && plain_units_wanted(c->r, listing))
		return "sizes and colours cannot be added while units are held or somebody waits";
	if (variants && too_many_ever(variants, c->command))
		return "so many sizes and colours were added and removed that no more fit: make a new listing";
	if (variants)
		plan_from(&plan, variants);
	for (size_t i = 0; i < c->command->variants_count && !wrong; i++)
		wrong = plan_change(&plan, &c->command->variants[i]);
	return wrong ? wrong : whole_plan_does_not_fit(&plan);
}

static struct rules_variant *make(const struct rules_case *c, struct rules_listing *listing,
                                  const struct show_variant *change)
{
	GPtrArray *variants = rules_variants(c->r, listing);
	struct store_variant is = {
	        .id = base_id_new(), .listing = listing->row.id, .position = (int64_t)variants->len + 1};
	/* The listing's own stock makes room: it is not known of which size it was. */
	if (listing->is.variants == 0)
		rules_stock_adjust(c->r, c->now, c->command->actor, &(struct rules_stock){.listing = listing},
		                   -listing->is.available);
	listing->is.variants++;
	return rules_add_variant(c->r, listing, &is, true);
}

static void change_one(const struct rules_case *c, struct rules_listing *listing, const struct show_variant *change)
{
	bool fresh = base_id_is_zero(change->id);
	struct rules_variant *variant = fresh ? make(c, listing, change) : rules_variant(c->r, listing, change->id);
	take_texts(&variant->is, change);
	variant->is.removed = change->removed;
	listing->is.variants -= change->removed;
	rules_stock_adjust(c->r, c->now, c->command->actor, &(struct rules_stock){listing, variant},
	                   change->removed ? -variant->is.available : change->stock_delta);
	rules_touch(c->r, &variant->row);
	rules_stock_freed(c->r, listing->row.id, variant->row.id);
}

void variants_change(const struct rules_case *c, struct rules_listing *listing)
{
	for (size_t i = 0; i < c->command->variants_count; i++)
		change_one(c, listing, &c->command->variants[i]);
	listing->texts_dirty = listing->texts_dirty || c->command->variants_count > 0;
}
