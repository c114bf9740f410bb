/* Stock: what a claim takes from and what comes back to it. Where a listing has variants, every change to one is a
 * change to the listing, in the same batch. */
#include <stdio.h>

#include "show/rules.h"

bool rules_stock_find(struct rules *r, struct base_id listing, struct base_id variant, struct rules_stock *out)
{
	*out = (struct rules_stock){.listing = rules_listing(r, listing)};
	if (out->listing)
		out->variant = rules_variant(r, out->listing, variant);
	return out->listing && (out->variant || base_id_is_zero(variant));
}

bool rules_stock_is_sold(const struct rules_stock *stock)
{
	return stock->variant ? !stock->variant->is.removed : stock->listing->is.variants == 0;
}

int64_t rules_stock_available(struct rules *r, const struct rules_stock *stock)
{
	int64_t units = stock->variant ? stock->variant->is.available : stock->listing->is.available;
	GPtrArray *others = stock->variant ? NULL : rules_variants(r, stock->listing);
	for (guint i = 0; others && i < others->len; i++)
		units -= ((struct rules_variant *)g_ptr_array_index(others, i))->is.available;
	return units;
}

int64_t rules_stock_held(struct rules *r, const struct rules_stock *stock)
{
	int64_t units = stock->variant ? stock->variant->is.held : stock->listing->is.held;
	GPtrArray *others = stock->variant ? NULL : rules_variants(r, stock->listing);
	for (guint i = 0; others && i < others->len; i++) /* the removed may still be held */
		units -= ((struct rules_variant *)g_ptr_array_index(others, i))->is.held;
	return units;
}

void rules_stock_change(struct rules *r, const struct rules_stock *stock, struct rules_change change)
{
	struct store_listing *whole = &stock->listing->is;
	whole->available += change.available;
	whole->held += change.held;
	whole->sold += change.sold;
	whole->adjusted += change.adjusted;
	rules_touch(r, &stock->listing->row);
	if (!stock->variant)
		return;
	struct store_variant *part = &stock->variant->is;
	part->available += change.available;
	part->held += change.held;
	part->sold += change.sold;
	part->adjusted += change.adjusted;
	rules_touch(r, &stock->variant->row);
}

void rules_stock_adjust(struct rules *r, const struct rules_now *now, struct base_id actor,
                        const struct rules_stock *stock, int64_t delta)
{
	if (delta == 0)
		return;
	rules_stock_change(r, stock, (struct rules_change){.available = delta, .adjusted = delta});
	rules_record(r, RULES_ADJUSTMENT)->adjustment =
	        (struct store_adjustment){.id = base_id_new(),
	                                  .listing = stock->listing->row.id,
	                                  .variant = stock->variant ? stock->variant->row.id : (struct base_id){{0}},
	                                  .actor = actor,
	                                  .delta = delta,
	                                  .at_ms = now->ms};
}

void rules_variant_name(const struct rules_variant *variant, char *out, size_t size)
{
	const char *between = variant->is.size[0] && variant->is.colour[0] ? ", " : "";
	snprintf(out, size, "%s%s%s", variant->is.size, between, variant->is.colour);
}

bool rules_in_shop(struct rules *r, const struct rules_listing *listing)
{
	const struct rules_account *seller = rules_account(r, listing->is.seller.id);
	return listing->is.shop && seller && !seller->is.banned;
}
