/* Messages that the show thread decides: claim, release, feature, unfeature, price. They go straight to it, stamped
 * with their arrival. */
#include "api/resources.h"
#include "api/rooms.h"

static void answer_claim(struct api_call *call, const struct show_result *result)
{
	json_t *members;

	switch (result->code) {
	case SHOW_OK:
	case SHOW_HELD:
		members = json_pack("{s:s, s:o}", "status", "held", "hold", api_encode_hold(&result->hold));
		break;
	case SHOW_SOLD_OUT:
	case SHOW_PRICE_CHANGED:
		members = json_pack("{s:s, s:I, s:I}", "status",
		                    result->code == SHOW_SOLD_OUT ? "sold_out" : "price_changed", "price",
		                    (json_int_t)result->price, "stock", (json_int_t)result->stock);
		break;
	default:
		api_call_show_failed(call, result);
		return;
	}
	api_call_json(call, 200, members);
}

static void count_claim(struct api_call *call, struct api_conn *conn)
{
	const char *status = call->output ? json_string_value(json_object_get(call->output, "status")) : NULL;

	if (status && g_str_equal(status, "held"))
		call->api->counters.claims_held++;
	else if (status && g_str_equal(status, "sold_out"))
		call->api->counters.claims_sold_out++;
}

void api_claims_claim(struct api_conn *conn, struct api_message *message)
{
	struct show_command *command;
	struct api_fields fields;
	struct api_call *call;
	char key[64];

	api_fields_init(&fields, message->input);
	struct base_id show = api_field_id(&fields, "show", API_REQUIRED);
	struct base_id item = api_field_id(&fields, "item", API_REQUIRED);
	int64_t quantity = api_field_int(&fields, "quantity", API_REQUIRED, 1, STORE_COUNT_MAX);
	int64_t price = api_field_int(&fields, "price", API_REQUIRED, 0, STORE_PRICE_MAX);
	api_field_key(&fields, "key", key);
	if (!api_message_fields(conn, message, &fields))
		return;
	command = show_command_new(SHOW_CLAIM);
	command->show_id = show;
	command->item_id = item;
	command->quantity = quantity;
	command->price = price;
	g_strlcpy(command->key, key, sizeof command->key);
	call = api_message_call(conn, message);
	call->finish = count_claim;
	api_call_command(call, command, answer_claim);
}

static void answer_release(struct api_call *call, const struct show_result *result)
{
	if (result->code == SHOW_OK)
		api_call_json(call, 200, json_pack("{s:o}", "hold", api_encode_hold(&result->hold)));
	else
		api_call_show_failed(call, result);
}

void api_claims_release(struct api_conn *conn, struct api_message *message)
{
	struct show_command *command;
	struct api_fields fields;

	api_fields_init(&fields, message->input);
	struct base_id hold = api_field_id(&fields, "hold", API_REQUIRED);
	if (!api_message_fields(conn, message, &fields))
		return;
	command = show_command_new(SHOW_RELEASE);
	command->hold_id = hold;
	api_call_command(api_message_call(conn, message), command, answer_release);
}

/* The room of a show that the connection's account may direct; else the message is answered. */
static struct api_room *my_show(struct api_conn *conn, struct api_message *message, struct base_id show)
{
	struct api_room *room = api_room_find(conn->api, show);

	if (!room || !room->known) {
		api_message_error(conn, message, "bad_request", "Join the show first.");
		return NULL;
	}
	if (!api_may(&conn->actor, message->type->verb, &(struct api_object){.owner = room->show.host.id})) {
		api_message_refuse(conn, message);
		return NULL;
	}
	return room;
}

static void answer_plain(struct api_call *call, const struct show_result *result)
{
	if (result->code == SHOW_OK)
		api_call_json(call, 200, NULL);
	else
		api_call_show_failed(call, result);
}

void api_claims_feature(struct api_conn *conn, struct api_message *message)
{
	struct show_command *command;
	struct api_fields fields;

	api_fields_init(&fields, message->input);
	struct base_id show = api_field_id(&fields, "show", API_REQUIRED);
	struct base_id item = api_field_id(&fields, "item", API_REQUIRED);
	if (!api_message_fields(conn, message, &fields) || !my_show(conn, message, show))
		return;
	command = show_command_new(SHOW_FEATURE);
	command->show_id = show;
	command->item_id = item;
	api_call_command(api_message_call(conn, message), command, answer_plain);
}

void api_claims_unfeature(struct api_conn *conn, struct api_message *message)
{
	struct show_command *command;
	struct api_fields fields;

	api_fields_init(&fields, message->input);
	struct base_id show = api_field_id(&fields, "show", API_REQUIRED);
	if (!api_message_fields(conn, message, &fields) || !my_show(conn, message, show))
		return;
	command = show_command_new(SHOW_UNFEATURE);
	command->show_id = show;
	api_call_command(api_message_call(conn, message), command, answer_plain);
}

void api_claims_price(struct api_conn *conn, struct api_message *message)
{
	struct show_command *command;
	struct api_fields fields;

	api_fields_init(&fields, message->input);
	struct base_id show = api_field_id(&fields, "show", API_REQUIRED);
	struct base_id item = api_field_id(&fields, "item", API_REQUIRED);
	int64_t price = api_field_int(&fields, "price", API_REQUIRED, 1, STORE_PRICE_MAX);
	if (!api_message_fields(conn, message, &fields) || !my_show(conn, message, show))
		return;
	command = show_command_new(SHOW_ITEM_UPDATE);
	command->show_id = show;
	command->item_id = item;
	command->price = price;
	command->mask = SHOW_SET_PRICE;
	api_call_command(api_message_call(conn, message), command, answer_plain);
}
