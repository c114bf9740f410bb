/* The account that asks: itself, what it charges for shipping, whom it has blocked. */

#include "api/resources.h"

/* The account with what only it is told; unread: how many notices. */
static void tell(struct api_call *call, const struct store_account *account)
{
	int64_t unread = 0;
	int err = store_notices_unread(call->reader, account->person.id, &unread);

	if (err) {
		api_call_store_failed(call, err, "account");
		return;
	}
	api_call_header(call, "Cache-Control", "no-store");
	api_call_json(call, 200,
	              json_pack("{s:o, s:I, s:I}", "account", api_encode_account(&call->api->scene, account),
	                        "shipping", (json_int_t)account->shipping, "unread", (json_int_t)unread));
}

void api_me_get(struct api_call *call)
{
	tell(call, &call->account);
}

static void tell_changed(struct api_call *call)
{
	tell(call, &call->account);
}

static void changed(struct api_call *call, const struct show_result *result)
{
	if (result->code != SHOW_OK) {
		api_call_show_failed(call, result);
		return;
	}
	call->account = result->account;
	api_call_submit(call, BASE_JOBS_READ, tell_changed);
}

void api_me_update(struct api_call *call)
{
	struct show_command *command;
	struct api_fields fields;

	api_fields_init(&fields, call->input);
	int64_t shipping = api_field_int(&fields, "shipping", API_OPTIONAL, 0, STORE_PRICE_MAX);
	if (!api_call_fields(call, &fields))
		return;
	if (!api_fields_has(&fields, "shipping")) {
		tell(call, &call->account);
		return;
	}
	command = show_command_new(SHOW_ACCOUNT_UPDATE);
	command->account_id = call->actor.id;
	command->account.person.id = call->actor.id;
	command->account.shipping = shipping;
	command->mask = SHOW_SET_SHIPPING;
	api_call_command(call, command, changed);
}

/* ---- hosts who may not sell what is the caller's ---- */

static void add_host(const struct store_person *host, void *ctx)
{
	json_array_append_new(ctx, api_encode_person(host));
}

void api_me_blocks(struct api_call *call)
{
	json_t *hosts = json_array();

	api_call_list(call, store_blocks(call->reader, call->actor.id, add_host, hosts), "hosts", hosts);
}

static void blocked(struct api_call *call, const struct show_result *result)
{
	if (result->code != SHOW_OK)
		api_call_show_failed(call, result);
	else
		api_call_empty(call, 204);
}

static void set_block(struct api_call *call, bool block)
{
	struct store_account host;
	struct show_command *command;
	struct base_id id;
	int err;

	if (!api_call_param(call, 0, &id))
		return;
	err = store_account_by_id(call->reader, id, &host);
	if (err) {
		api_call_store_failed(call, err, "account");
		return;
	}
	if (base_id_equal(id, call->actor.id)) {
		api_call_fail(call, 400, "bad_request", "You cannot block yourself.");
		return;
	}
	command = show_command_new(SHOW_BLOCK);
	command->account_id = id;
	command->banned = block;
	api_call_command(call, command, blocked);
}

void api_me_block(struct api_call *call)
{
	set_block(call, true);
}

void api_me_unblock(struct api_call *call)
{
	set_block(call, false);
}
