/* Accounts as the admin console finds them, and bans from the whole market. */
#include "api/query.h"
#include "api/resources.h"

#define MOST 50

struct list {
	const struct api_scene *scene;
	json_t *array;
};

static json_t *encode(const struct api_scene *scene, const struct store_account *account)
{
	json_t *out = api_encode_account(scene, account);

	json_object_set_new(out, "banned", json_boolean(account->banned));
	return out;
}

static void add(const struct store_account *account, void *ctx)
{
	struct list *list = ctx;

	json_array_append_new(list->array, encode(list->scene, account));
}

void api_bans_accounts(struct api_call *call)
{
	struct list list = {&call->api->scene, NULL};
	const char *text;

	if (!api_query_text(call, 0, &text))
		return;
	list.array = json_array();
	api_call_list(call, store_accounts_find(call->reader, text, MOST, add, &list), "accounts", list.array);
}

static void banned(struct api_call *call, const struct show_result *result)
{
	char id[BASE_ID_TEXT];

	if (result->code != SHOW_OK) {
		api_call_show_failed(call, result);
		return;
	}
	api_audit(call->api, call->actor.id, result->account.banned ? "account.ban" : "account.unban",
	          base_id_format(result->account.person.id, id), result->account.person.username);
	api_call_json(call, 200, json_pack("{s:o}", "account", encode(&call->api->scene, &result->account)));
}

/* What the account has open is cut when the show thread tells that it is banned (events.c). */
void api_bans_set(struct api_call *call)
{
	struct show_command *command;
	struct store_account target;
	struct api_fields fields;
	struct base_id id;
	int err;

	if (!api_call_param(call, 0, &id))
		return;
	err = store_account_by_id(call->reader, id, &target);
	if (err) {
		api_call_store_failed(call, err, "account");
		return;
	}
	if (!api_call_may(call, MAY_BAN, &(struct api_object){.target = &target}))
		return;
	api_fields_init(&fields, call->input);
	bool ban = api_field_bool(&fields, "banned", API_REQUIRED);
	if (!api_call_fields(call, &fields))
		return;
	command = show_command_new(SHOW_ACCOUNT_UPDATE);
	command->account_id = id;
	command->account.person.id = id;
	command->account.banned = ban;
	command->mask = SHOW_SET_BANNED;
	api_call_command(call, command, banned);
}
