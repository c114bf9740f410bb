/* Listings: what there is to sell. */
#include <string.h>

#include "api/resources.h"

static void add(const struct store_listing *listing, void *ctx)
{
	json_array_append_new(ctx, api_encode_listing(listing));
}

/* ?mine=1, ?seller=ID, or what everybody may sell. */
void api_listings_list(struct api_call *call)
{
	bool mine = call->has_query[0] && strcmp(call->queries[0], "1") == 0;
	struct base_id seller = call->actor.id;
	json_t *listings;
	int err;

	if (mine && !call->actor.signed_in) {
		api_call_fail(call, 401, "unauthenticated", "You must sign in for this.");
		return;
	}
	if (!mine && call->has_query[1] && base_id_parse(call->queries[1], &seller)) {
		api_call_fail(call, 400, "bad_request", "\"seller\" is not an id.");
		return;
	}
	listings = json_array();
	err = store_listings(call->reader, mine || call->has_query[1] ? &seller : NULL, 200, add, listings);
	if (err) {
		json_decref(listings);
		api_call_store_failed(call, err, "seller");
		return;
	}
	api_call_json(call, 200, json_pack("{s:o}", "listings", listings));
}

static void answer(struct api_call *call, const struct show_result *result)
{
	if (result->code != SHOW_OK)
		api_call_show_failed(call, result);
	else
		api_call_json(call, call->endpoint->method == HUB_POST ? 201 : 200,
		              json_pack("{s:o}", "listing", api_encode_listing(&result->listing)));
}

/* What an edit does not name stays as it was. */
static void read_community(struct api_fields *fields, enum api_need need, struct store_community *out)
{
	struct api_fields inner;
	const json_t *object = api_field_object(fields, "community", API_OPTIONAL);

	if (!object)
		return;
	api_fields_init(&inner, object);
	if (need == API_REQUIRED || api_fields_has(&inner, "ok"))
		out->ok = api_field_bool(&inner, "ok", need);
	if (api_fields_has(&inner, "floor"))
		out->floor = api_field_int(&inner, "floor", API_OPTIONAL, 0, STORE_PRICE_MAX);
	if (api_fields_has(&inner, "auction"))
		out->auction = api_field_bool(&inner, "auction", API_OPTIONAL);
	if (inner.failed)
		api_fields_fail(fields, "community: %s", inner.why);
}

static void read_currency(struct api_fields *fields, const char *usual, char out[4])
{
	char currency[4];

	if (!api_field_line(fields, "currency", API_OPTIONAL, 3, 3, currency))
		g_strlcpy(currency, usual, sizeof currency);
	for (int i = 0; i < 3 && !fields->failed; i++)
		if (!g_ascii_isupper(currency[i]))
			api_fields_fail(fields, "\"currency\" must be an ISO 4217 code such as EUR.");
	g_strlcpy(out, currency, 4);
}

static void read_texts(struct api_fields *fields, enum api_need need, struct store_listing *out)
{
	api_field_line(fields, "title", need, 1, 200, out->title);
	api_field_text(fields, "description", API_OPTIONAL, 0, sizeof out->description - 1, out->description);
	api_field_line(fields, "size", API_OPTIONAL, 0, sizeof out->size - 1, out->size);
	api_field_line(fields, "brand", API_OPTIONAL, 0, sizeof out->brand - 1, out->brand);
	out->price = api_field_int(fields, "price", need, 1, STORE_PRICE_MAX);
	read_community(fields, need, &out->community);
}

void api_listings_create(struct api_call *call)
{
	struct store_listing listing = {0};
	struct show_command *command;
	struct api_fields fields;

	api_fields_init(&fields, call->input);
	read_texts(&fields, API_REQUIRED, &listing);
	read_currency(&fields, call->api->settings->currency, listing.currency);
	listing.available = api_field_int(&fields, "stock", API_REQUIRED, 0, STORE_COUNT_MAX);
	if (!api_call_fields(call, &fields))
		return;
	command = show_command_new(SHOW_LISTING_CREATE);
	command->listing = listing;
	api_call_command(call, command, answer);
}

void api_listings_get(struct api_call *call)
{
	struct store_listing listing;
	struct base_id id;
	int err;

	if (!api_call_param(call, 0, &id))
		return;
	err = store_listing_by_id(call->reader, id, &listing);
	if (err)
		api_call_store_failed(call, err, "listing");
	else
		api_call_json(call, 200, json_pack("{s:o}", "listing", api_encode_listing(&listing)));
}

static const struct {
	const char *name;
	uint32_t mask;
} editable[] = {
        {"title", SHOW_SET_TITLE},       {"description", SHOW_SET_DESCRIPTION},
        {"price", SHOW_SET_PRICE},       {"size", SHOW_SET_SIZE},
        {"brand", SHOW_SET_BRAND},       {"community", SHOW_SET_COMMUNITY},
        {"stock_delta", SHOW_SET_STOCK},
};

void api_listings_update(struct api_call *call)
{
	struct store_listing before, listing = {0};
	struct show_command *command;
	struct api_fields fields;
	int64_t delta;
	uint32_t mask = 0;

	if (!api_call_own_listing(call, MAY_EDIT_LISTING, &before))
		return;
	api_fields_init(&fields, call->input);
	listing.community = before.community;
	read_texts(&fields, API_OPTIONAL, &listing);
	delta = api_field_int(&fields, "stock_delta", API_OPTIONAL, -STORE_COUNT_MAX, STORE_COUNT_MAX);
	if (!api_call_fields(call, &fields))
		return;
	if (before.available + delta < 0) {
		api_call_fail(call, 409, "conflict", "There are only %lld in stock.", (long long)before.available);
		return;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(editable); i++)
		if (api_fields_has(&fields, editable[i].name))
			mask |= editable[i].mask;
	command = show_command_new(SHOW_LISTING_UPDATE);
	command->listing = listing;
	command->listing_id = before.id;
	command->stock_delta = delta;
	command->mask = mask;
	api_call_command(call, command, answer);
}
