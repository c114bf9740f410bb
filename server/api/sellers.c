/* A seller's own page: the shop, what comes, and what they sold for others. */
#include <errno.h>
#include <sodium.h>

#include "api/query.h"
#include "api/resources.h"
#include "api/shelf.h"

#define LISTINGS_MOST 200
#define SHOWS_MOST 50

static int find(struct api_call *call, struct store_account *out)
{
	int err = store_account_by_username(call->reader, call->params[0], out);

	sodium_memzero(out->password_hash, sizeof out->password_hash);
	/* Who is banned sells nothing. */
	return !err && out->banned ? -ENOENT : err;
}

/* ?before=ID&stock=N: the page of listings behind that one, which had so much stock. */
void api_sellers_get(struct api_call *call)
{
	struct store_account seller = {.banned = false};
	struct store_credit credit = {.items = 0};
	struct api_shelf listings;
	struct store_shop_place behind;
	bool further;
	json_t *shows;
	int err = find(call, &seller);

	if (!err && (!api_query_id(call, 0, &behind.listing, &further) ||
	             !api_query_int(call, 1, 0, INT64_MAX, -1, &behind.stock)))
		return;
	if (err) {
		api_call_store_failed(call, err, "seller");
		return;
	}
	shows = json_array();
	api_shelf_begin(&listings, call->reader);
	err = store_shop(call->reader, seller.person.id, further ? &behind : NULL, LISTINGS_MOST, api_shelf_add,
	                 &listings);
	if (!err)
		err = api_shows_read(call, &seller.person.id, SHOWS_MOST, shows);
	if (!err)
		err = store_credit_of(call->reader, seller.person.id, &credit);
	if (err || listings.err) {
		json_decref(shows);
		json_decref(listings.array);
		api_call_store_failed(call, -EIO, "seller");
		return;
	}
	api_call_json(call, 200,
	              json_pack("{s:o, s:I, s:o, s:o, s:o}", "seller", api_encode_person(&seller.person), "shipping",
	                        (json_int_t)seller.shipping, "credit", api_encode_credit(&credit), "listings",
	                        listings.array, "shows", shows));
}
