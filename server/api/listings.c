/* Listings: what there is to sell. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/listing_fields.h"
#include "api/query.h"
#include "api/resources.h"
#include "api/shelf.h"

/* ?mine=1, ?seller=ID, or what everybody may sell; &before=ID: the page behind that one. */
void api_listings_list(struct api_call *call)
{
	bool mine = call->has_query[0] && strcmp(call->queries[0], "1") == 0;
	struct base_id seller = call->actor.id, before;
	struct api_shelf shelf;
	bool further;
	int err;

	if (mine && !call->actor.signed_in) {
		api_call_fail(call, 401, "unauthenticated", "You must sign in for this.");
		return;
	}
	if (!mine && call->has_query[1] && base_id_parse(call->queries[1], &seller)) {
		api_call_fail(call, 400, "bad_request", "\"seller\" is not an id.");
		return;
	}
	if (!api_query_id(call, 2, &before, &further))
		return;
	api_shelf_begin(&shelf, call->reader);
	err = store_listings(call->reader, mine || call->has_query[1] ? &seller : NULL, further ? &before : NULL, 200,
	                     api_shelf_add, &shelf);
	api_shelf_answer(call, err, &shelf);
}

/* ---- making and changing ---- */

static void answer_listing(struct api_call *call, json_t *listing)
{
	api_call_json(call, call->endpoint->method == HUB_POST ? 201 : 200, json_pack("{s:o}", "listing", listing));
}

/* On a jobs thread again: what is true of its variants. */
static void read_listing(struct api_call *call)
{
	json_t *listing = api_listings_describe(call->reader, call->extra);

	if (listing)
		answer_listing(call, listing);
	else
		api_call_store_failed(call, -EIO, "listing");
}

static void answer(struct api_call *call, const struct show_result *result)
{
	if (result->code != SHOW_OK) {
		api_call_show_failed(call, result);
	} else if (!result->listing.variants) {
		answer_listing(call, api_encode_listing(&result->listing, NULL, 0));
	} else {
		call->extra = g_memdup2(&result->listing, sizeof result->listing);
		call->free_extra = g_free;
		api_call_submit(call, BASE_JOBS_READ, read_listing);
	}
}

static void post(struct api_call *call, enum show_verb verb, const struct api_listing_wish *wish, struct base_id id)
{
	struct show_command *command = show_command_new(verb);

	command->listing = wish->listing;
	command->listing_id = id;
	command->mask = wish->mask;
	command->stock_delta = wish->stock_delta;
	if (wish->variants_count) {
		command->variants = calloc(wish->variants_count, sizeof wish->variants[0]);
		if (!command->variants)
			abort();
		memcpy(command->variants, wish->variants, wish->variants_count * sizeof wish->variants[0]);
		command->variants_count = wish->variants_count;
	}
	api_call_command(call, command, answer);
}

void api_listings_create(struct api_call *call)
{
	struct api_listing_wish wish;
	struct api_fields fields;

	api_fields_init(&fields, call->input);
	api_listing_read_new(&fields, call->api->settings->currency, &wish);
	if (api_call_fields(call, &fields))
		post(call, SHOW_LISTING_CREATE, &wish, (struct base_id){{0}});
}

void api_listings_get(struct api_call *call)
{
	struct store_listing listing;
	struct base_id id;
	json_t *described;
	int err;

	if (!api_call_param(call, 0, &id))
		return;
	err = store_listing_by_id(call->reader, id, &listing);
	described = err ? NULL : api_listings_describe(call->reader, &listing);
	if (described)
		api_call_json(call, 200, json_pack("{s:o}", "listing", described));
	else
		api_call_store_failed(call, err ? err : -EIO, "listing");
}

struct present {
	const struct api_listing_wish *wish;
	int64_t left; /* of what is to be less than nothing; -1: of nothing */
};

static void compare(const struct store_variant *variant, void *ctx)
{
	struct present *present = ctx;

	for (size_t i = 0; i < present->wish->variants_count; i++) {
		const struct show_variant *change = &present->wish->variants[i];
		if (base_id_equal(change->id, variant->id) && variant->available + change->stock_delta < 0)
			present->left = variant->available;
	}
}

/* Whether there is as much as is taken away. The show thread asks that again; here it can be said in numbers. */
static bool fits_what_is(struct api_call *call, const struct store_listing *before, const struct api_listing_wish *wish)
{
	struct present present = {.wish = wish, .left = -1};
	int err = 0;

	if (wish->variants_count)
		err = store_variants(call->reader, before->id, compare, &present);
	if (err) {
		api_call_store_failed(call, err, "listing");
		return false;
	}
	if (before->available + wish->stock_delta < 0)
		present.left = before->available;
	if (present.left < 0)
		return true;
	api_call_fail(call, 409, "conflict", "There are only %lld in stock.", (long long)present.left);
	return false;
}

void api_listings_update(struct api_call *call)
{
	struct store_listing before;
	struct api_listing_wish wish;
	struct api_fields fields;

	if (!api_call_own_listing(call, MAY_EDIT_LISTING, &before))
		return;
	api_fields_init(&fields, call->input);
	api_listing_read_change(&fields, &wish);
	if (api_call_fields(call, &fields) && fits_what_is(call, &before, &wish))
		post(call, SHOW_LISTING_UPDATE, &wish, before.id);
}
