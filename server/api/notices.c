/* What people should know, also when they were not there. */
#include "api/query.h"
#include "api/resources.h"

#define MOST 50

static void add_notice(const struct store_notice *notice, void *ctx)
{
	json_array_append_new(ctx, api_encode_notice(notice));
}

void api_notices_list(struct api_call *call)
{
	struct base_id before;
	int64_t unread = 0;
	json_t *notices;
	bool there;
	int err;

	if (!api_query_id(call, 0, &before, &there))
		return;
	notices = json_array();
	err = store_notices(call->reader, call->actor.id, there ? &before : NULL, MOST, add_notice, notices);
	if (!err)
		err = store_notices_unread(call->reader, call->actor.id, &unread);
	if (err) {
		json_decref(notices);
		api_call_store_failed(call, err, "list");
		return;
	}
	api_call_json(call, 200, json_pack("{s:o, s:I}", "notices", notices, "unread", (json_int_t)unread));
}

static void read_so_far(struct api_call *call, const struct show_result *result)
{
	if (result->code != SHOW_OK)
		api_call_show_failed(call, result);
	else
		api_call_empty(call, 204);
}

void api_notices_read(struct api_call *call)
{
	struct show_command *command;
	struct api_fields fields;

	api_fields_init(&fields, call->input);
	struct base_id until = api_field_id(&fields, "until", API_REQUIRED);
	if (!api_call_fields(call, &fields))
		return;
	command = show_command_new(SHOW_NOTICES_READ);
	command->notice_id = until;
	api_call_command(call, command, read_so_far);
}
