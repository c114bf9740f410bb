/* Claims, and giving back what was claimed: holds and places in a waitlist. */
#include "api/claims.h"

#include <string.h>

#include "api/resources.h"

/* ---- claim ---- */

struct api_claimed *api_claimed_new(const struct show_result *result)
{
	struct api_claimed *claimed = g_new0(struct api_claimed, 1);

	claimed->code = result->code;
	claimed->price = result->price;
	claimed->stock = result->stock;
	memcpy(claimed->detail, result->detail, sizeof claimed->detail);
	if (result->code == SHOW_OK || result->code == SHOW_HELD)
		claimed->hold = result->hold;
	else if (result->code == SHOW_WAITLISTED)
		claimed->waiting = result->waiting;
	return claimed;
}

bool api_claimed_is_answer(const struct api_claimed *claimed)
{
	return claimed->code <= SHOW_PRICE_CHANGED;
}

json_t *api_claimed_encode(struct api *api, const struct api_claimed *claimed)
{
	switch (claimed->code) {
	case SHOW_WAITLISTED:
		api->counters.claims_waitlisted++;
		return json_pack("{s:s, s:o}", "status", "waitlisted", "waiting",
		                 api_encode_waiting(&claimed->waiting));
	case SHOW_SOLD_OUT:
		api->counters.claims_sold_out++;
		return json_pack("{s:s, s:I, s:I}", "status", "sold_out", "price", (json_int_t)claimed->price, "stock",
		                 (json_int_t)claimed->stock);
	case SHOW_PRICE_CHANGED:
		return json_pack("{s:s, s:I, s:I}", "status", "price_changed", "price", (json_int_t)claimed->price,
		                 "stock", (json_int_t)claimed->stock);
	default:
		api->counters.claims_held++;
		return json_pack("{s:s, s:o}", "status", "held", "hold", api_encode_hold(&claimed->hold));
	}
}

static void describe(struct api_call *call, struct api_conn *conn)
{
	if (!call->code)
		call->output = api_claimed_encode(call->api, call->extra);
}

/* On the show thread, which has others to serve: a copy goes home and is described there. */
static void answer_claim(struct api_call *call, const struct show_result *result)
{
	struct api_claimed *claimed = api_claimed_new(result);

	call->extra = claimed;
	call->free_extra = g_free;
	call->finish = describe;
	if (api_claimed_is_answer(claimed))
		api_call_json(call, 200, NULL);
	else
		api_call_show_failed(call, result);
}

struct wish {
	struct base_id show, item, listing, variant;
	int64_t quantity, price;
	char key[64];
};

/* In a show with its item, or out of the shop with the listing. */
static void read_wish(struct api_fields *fields, struct wish *out)
{
	bool shop = api_fields_has(fields, "listing");
	enum api_need in_show = shop ? API_OPTIONAL : API_REQUIRED;

	out->show = api_field_id(fields, "show", in_show);
	out->item = api_field_id(fields, "item", in_show);
	out->listing = api_field_id(fields, "listing", API_OPTIONAL);
	out->variant = api_field_id(fields, "variant", API_OPTIONAL);
	out->quantity = api_field_int(fields, "quantity", API_REQUIRED, 1, STORE_COUNT_MAX);
	out->price = api_field_int(fields, "price", API_REQUIRED, 0, STORE_PRICE_MAX);
	api_field_key(fields, "key", out->key);
	if (shop && (api_fields_has(fields, "show") || api_fields_has(fields, "item")))
		api_fields_fail(fields, "A claim names either \"show\" and \"item\" or \"listing\".");
}

static void claim(struct api_call *call, const struct wish *wish)
{
	struct show_command *command = show_command_new(SHOW_CLAIM);

	command->show_id = wish->show;
	command->item_id = wish->item;
	command->listing_id = wish->listing;
	command->variant_id = wish->variant;
	command->quantity = wish->quantity;
	command->price = wish->price;
	g_strlcpy(command->key, wish->key, sizeof command->key);
	api_call_command(call, command, answer_claim);
}

void api_claims_claim(struct api_conn *conn, struct api_message *message)
{
	struct api_fields fields;
	struct wish wish;

	api_fields_init(&fields, message->input);
	read_wish(&fields, &wish);
	if (api_message_fields(conn, message, &fields))
		claim(api_message_call(conn, message), &wish);
}

void api_claims_post(struct api_call *call)
{
	struct api_fields fields;
	struct wish wish;

	api_fields_init(&fields, call->input);
	read_wish(&fields, &wish);
	if (api_call_fields(call, &fields))
		claim(call, &wish);
}

/* ---- giving back ---- */

static void answer_hold(struct api_call *call, const struct show_result *result)
{
	if (result->code == SHOW_OK || result->code == SHOW_HELD)
		api_call_json(call, 200, json_pack("{s:o}", "hold", api_encode_hold(&result->hold)));
	else
		api_call_show_failed(call, result);
}

static void answer_waiting(struct api_call *call, const struct show_result *result)
{
	if (result->code == SHOW_OK)
		api_call_json(call, 200, json_pack("{s:o}", "waiting", api_encode_waiting(&result->waiting)));
	else
		api_call_show_failed(call, result);
}

static void release(struct api_call *call, struct base_id hold)
{
	struct show_command *command = show_command_new(SHOW_RELEASE);

	command->hold_id = hold;
	api_call_command(call, command, answer_hold);
}

static void leave(struct api_call *call, struct base_id waiting)
{
	struct show_command *command = show_command_new(SHOW_WAIT_LEAVE);

	command->waiting_id = waiting;
	api_call_command(call, command, answer_waiting);
}

static void give_back(struct api_conn *conn, struct api_message *message, const char *what,
                      void (*give)(struct api_call *call, struct base_id id))
{
	struct api_fields fields;
	struct base_id id;

	api_fields_init(&fields, message->input);
	id = api_field_id(&fields, what, API_REQUIRED);
	if (api_message_fields(conn, message, &fields))
		give(api_message_call(conn, message), id);
}

void api_claims_release(struct api_conn *conn, struct api_message *message)
{
	give_back(conn, message, "hold", release);
}

void api_claims_leave(struct api_conn *conn, struct api_message *message)
{
	give_back(conn, message, "waiting", leave);
}

void api_claims_delete_hold(struct api_call *call)
{
	struct base_id id;

	if (api_call_param(call, 0, &id))
		release(call, id);
}

void api_claims_delete_waiting(struct api_call *call)
{
	struct base_id id;

	if (api_call_param(call, 0, &id))
		leave(call, id);
}
