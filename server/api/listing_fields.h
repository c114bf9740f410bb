/* A listing as a request describes it. */
#ifndef TRUNKSHOW_API_LISTING_FIELDS_H
#define TRUNKSHOW_API_LISTING_FIELDS_H

#include "api/json.h"
#include "show/show.h"

struct api_listing_wish {
	struct store_listing listing;
	uint32_t mask; /**< enum show_mask, of a change */
	int64_t stock_delta;
	struct show_variant variants[STORE_VARIANTS_MAX];
	size_t variants_count;
};

/** `stock`, or `variants` with a stock each. */
void api_listing_read_new(struct api_fields *fields, const char *usual_currency, struct api_listing_wish *out);
/** What is not named is not in the masks, and stays as it is by then. */
void api_listing_read_change(struct api_fields *fields, struct api_listing_wish *out);
#endif
