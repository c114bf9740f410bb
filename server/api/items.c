/* The run of show. */
#include <errno.h>

#include "api/resources.h"

#define POSITION_MAX 100000

static json_t *encode(const struct show_result *result)
{
	return api_encode_item(&result->item, base_id_equal(result->show.featured, result->item.id));
}

static void added(struct api_call *call, const struct show_result *result)
{
	if (result->code != SHOW_OK)
		api_call_show_failed(call, result);
	else
		api_call_json(call, 201,
		              json_pack("{s:o, s:o}", "id", api_encode_id(result->item.id), "item", encode(result)));
}

void api_items_add(struct api_call *call)
{
	struct store_show show;
	struct show_command *command;
	struct api_fields fields;

	if (!api_call_own_show(call, MAY_EDIT_SHOW, &show))
		return;
	api_fields_init(&fields, call->input);
	struct base_id listing = api_field_id(&fields, "listing", API_REQUIRED);
	int64_t price = api_field_int(&fields, "price", API_OPTIONAL, 1, STORE_PRICE_MAX);
	if (!api_call_fields(call, &fields))
		return;
	command = show_command_new(SHOW_ITEM_ADD);
	command->show_id = show.id;
	command->listing_id = listing;
	command->price = price;
	api_call_command(call, command, added);
}

/* The item of the path, if it is in the run of the show of the path, which must be the actor's; else the call is ended.
 */
static bool own_item(struct api_call *call, struct store_item *out)
{
	struct store_show show;
	struct base_id id;
	int err;

	if (!api_call_own_show(call, MAY_EDIT_SHOW, &show) || !api_call_param(call, 1, &id))
		return false;
	err = store_item_by_id(call->reader, id, out);
	if (!err && (!base_id_equal(out->show, show.id) || out->removed))
		err = -ENOENT;
	if (err)
		api_call_store_failed(call, err, "item in this show");
	return err == 0;
}

static void updated(struct api_call *call, const struct show_result *result)
{
	if (result->code != SHOW_OK)
		api_call_show_failed(call, result);
	else
		api_call_json(call, 200, json_pack("{s:o}", "item", encode(result)));
}

void api_items_update(struct api_call *call)
{
	struct store_item item;
	struct show_command *command;
	struct api_fields fields;

	if (!own_item(call, &item))
		return;
	api_fields_init(&fields, call->input);
	int64_t position = api_field_int(&fields, "position", API_OPTIONAL, 0, POSITION_MAX);
	int64_t price = api_field_int(&fields, "price", API_OPTIONAL, 1, STORE_PRICE_MAX);
	if (!api_call_fields(call, &fields))
		return;
	command = show_command_new(SHOW_ITEM_UPDATE);
	command->show_id = item.show;
	command->item_id = item.id;
	command->position = position;
	command->price = price;
	command->mask = (api_fields_has(&fields, "position") ? SHOW_SET_POSITION : 0) |
	                (api_fields_has(&fields, "price") ? SHOW_SET_PRICE : 0);
	api_call_command(call, command, updated);
}

static void removed(struct api_call *call, const struct show_result *result)
{
	if (result->code != SHOW_OK)
		api_call_show_failed(call, result);
	else
		api_call_empty(call, 204);
}

void api_items_remove(struct api_call *call)
{
	struct store_item item;
	struct show_command *command;

	if (!own_item(call, &item))
		return;
	command = show_command_new(SHOW_ITEM_REMOVE);
	command->show_id = item.show;
	command->item_id = item.id;
	api_call_command(call, command, removed);
}
