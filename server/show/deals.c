/* What holds are about, kept once for all that were taken on the same terms. */
#include <string.h>

#include "show/rules.h"

#define NEAR 8 /* places that are looked at */

static bool is_on(const struct rules_deal *deal, const struct rules_terms *terms)
{
	const struct store_hold *is = &deal->is;
	return base_id_equal(is->item, terms->item) && base_id_equal(is->listing, terms->listing) &&
	       is->price == terms->price && base_id_equal(is->variant, terms->variant) &&
	       base_id_equal(is->show, terms->show) && base_id_equal(is->photo, terms->photo) &&
	       base_id_equal(is->seller.id, terms->seller->id) && base_id_equal(is->terms.host, terms->frozen.host) &&
	       is->terms.community == terms->frozen.community && is->terms.floor == terms->frozen.floor &&
	       is->number == terms->number && strcmp(is->currency, terms->currency) == 0 &&
	       strcmp(is->title, terms->title) == 0 && strcmp(is->variant_name, terms->variant_name) == 0;
}

static struct rules_deal *make(const struct rules_terms *terms)
{
	struct rules_deal *deal = g_new0(struct rules_deal, 1);
	deal->is = (struct store_hold){.show = terms->show,
	                               .item = terms->item,
	                               .listing = terms->listing,
	                               .variant = terms->variant,
	                               .photo = terms->photo,
	                               .seller = *terms->seller,
	                               .number = terms->number,
	                               .price = terms->price,
	                               .terms = terms->frozen};
	g_strlcpy(deal->is.title, terms->title, sizeof(deal->is.title));
	g_strlcpy(deal->is.variant_name, terms->variant_name, sizeof(deal->is.variant_name));
	g_strlcpy(deal->is.currency, terms->currency, sizeof(deal->is.currency));
	return deal;
}

/* @return where it is; else a free place near, or that of another. */
static struct rules_deal **place_of(struct rules *r, const struct rules_terms *terms, bool *found)
{
	const uint8_t *sold = base_id_is_zero(terms->item) ? terms->listing.bytes : terms->item.bytes;
	size_t first = sold[BASE_ID_BYTES - 1] ^ terms->variant.bytes[BASE_ID_BYTES - 1];
	struct rules_deal **place = &r->deals[first % RULES_DEALS];
	*found = false;
	for (size_t i = 0; i < NEAR && !*found; i++) {
		struct rules_deal **next = &r->deals[(first + i) % RULES_DEALS];
		*found = *next && is_on(*next, terms);
		if (*found || (*place && !*next))
			place = next;
	}
	return place;
}

struct rules_deal *rules_deal(struct rules *r, const struct rules_terms *terms)
{
	bool found;
	struct rules_deal **place = place_of(r, terms, &found);
	if (!found) {
		rules_deal_leave(*place);
		*place = make(terms);
		(*place)->users = 1; /* the place itself */
	}
	(*place)->users++;
	return *place;
}

void rules_deal_leave(struct rules_deal *deal)
{
	if (deal && --deal->users == 0)
		g_free(deal);
}

void rules_hold_fill(const struct rules_hold *hold, struct store_hold *out)
{
	*out = hold->deal->is;
	out->id = hold->row.id;
	out->order = hold->order;
	out->buyer.id = hold->buyer;
	out->quantity = hold->quantity;
	out->state = hold->state;
	out->created_ms = hold->created_ms;
	out->expires_ms = hold->expires_ms;
	memcpy(out->key, hold->key, sizeof(out->key));
	memcpy(out->body, hold->body, sizeof(out->body));
}
