/* What a host does on air, and the show thread decides: feature, unfeature, price. */
#include "api/resources.h"
#include "api/rooms.h"

static void answer_plain(struct api_call *call, const struct show_result *result)
{
	if (result->code == SHOW_OK)
		api_call_json(call, 200, NULL);
	else
		api_call_show_failed(call, result);
}

void api_stage_feature(struct api_conn *conn, struct api_message *message)
{
	struct show_command *command;
	struct api_fields fields;

	api_fields_init(&fields, message->input);
	struct base_id show = api_field_id(&fields, "show", API_REQUIRED);
	struct base_id item = api_field_id(&fields, "item", API_REQUIRED);
	if (!api_message_fields(conn, message, &fields) || !api_room_of_message(conn, message, show))
		return;
	command = show_command_new(SHOW_FEATURE);
	command->show_id = show;
	command->item_id = item;
	api_call_command(api_message_call(conn, message), command, answer_plain);
}

void api_stage_unfeature(struct api_conn *conn, struct api_message *message)
{
	struct show_command *command;
	struct api_fields fields;

	api_fields_init(&fields, message->input);
	struct base_id show = api_field_id(&fields, "show", API_REQUIRED);
	if (!api_message_fields(conn, message, &fields) || !api_room_of_message(conn, message, show))
		return;
	command = show_command_new(SHOW_UNFEATURE);
	command->show_id = show;
	api_call_command(api_message_call(conn, message), command, answer_plain);
}

void api_stage_price(struct api_conn *conn, struct api_message *message)
{
	struct show_command *command;
	struct api_pricing pricing;
	struct api_fields fields;

	api_fields_init(&fields, message->input);
	struct base_id show = api_field_id(&fields, "show", API_REQUIRED);
	struct base_id item = api_field_id(&fields, "item", API_REQUIRED);
	api_items_read_pricing(&fields, &pricing);
	if (!pricing.mask)
		api_fields_fail(&fields, "Either \"price\" or \"flash\" is wanted.");
	if (!api_message_fields(conn, message, &fields) || !api_room_of_message(conn, message, show))
		return;
	command = show_command_new(SHOW_ITEM_UPDATE);
	command->show_id = show;
	command->item_id = item;
	command->mask = pricing.mask;
	command->price = pricing.price;
	command->until_ms = pricing.until_ms;
	api_call_command(api_message_call(conn, message), command, answer_plain);
}
