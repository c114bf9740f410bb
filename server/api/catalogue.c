/* What a host finds to sell for others. */
#include "api/query.h"
#include "api/resources.h"
#include "api/shelf.h"

#define MOST 100

enum { Q, SIZE, BRAND, CURRENCY, PRICE_MOST, AUCTION, SELLER, BEFORE }; /* as in the table of routes */

static bool read_search(struct api_call *call, struct store_search *search, struct base_id *seller,
                        struct base_id *before)
{
	bool of_seller, from;

	if (!api_query_text(call, Q, &search->text) || !api_query_text(call, SIZE, &search->size) ||
	    !api_query_text(call, BRAND, &search->brand) || !api_query_text(call, CURRENCY, &search->currency) ||
	    !api_query_int(call, PRICE_MOST, 0, STORE_PRICE_MAX, 0, &search->price_most) ||
	    !api_query_flag(call, AUCTION, &search->auction) || !api_query_id(call, SELLER, seller, &of_seller) ||
	    !api_query_id(call, BEFORE, before, &from))
		return false;
	if (from && search->text[0]) {
		api_call_fail(call, 400, "bad_request", "\"before\" goes with the newest first, not with \"q\".");
		return false;
	}
	search->host = call->actor.id;
	search->seller = of_seller ? seller : NULL;
	search->before = from ? before : NULL;
	search->limit = MOST;
	return true;
}

static const char *any(const char *text)
{
	return text[0] ? text : NULL;
}

void api_catalogue_list(struct api_call *call)
{
	struct store_search search = {.text = NULL};
	struct base_id seller, before;
	struct api_shelf list;
	int err;

	if (!read_search(call, &search, &seller, &before))
		return;
	search.text = any(search.text);
	search.size = any(search.size);
	search.brand = any(search.brand);
	search.currency = any(search.currency);
	api_shelf_begin(&list, call->reader);
	err = store_catalogue(call->reader, &search, api_shelf_add, &list);
	api_shelf_answer(call, err, &list);
}
