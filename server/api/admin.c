/* The admin console: live shows, hosts to approve, who did what. */
#include <errno.h>

#include "api/query.h"
#include "api/resources.h"

#define MOST 200

struct list {
	const struct api_scene *scene;
	json_t *array;
};

void api_admin_shows(struct api_call *call)
{
	json_t *shows = json_array();

	api_call_list(call, api_shows_read(call, NULL, MOST, shows), "shows", shows);
}

static void add_account(const struct store_account *account, void *ctx)
{
	struct list *list = ctx;

	json_array_append_new(list->array, api_encode_account(list->scene, account));
}

void api_admin_hosts(struct api_call *call)
{
	struct list list = {&call->api->scene, NULL};

	if (call->has_query[0] && !g_str_equal(call->queries[0], "asked")) {
		api_call_fail(call, 400, "bad_request", "\"state\" must be asked.");
		return;
	}
	list.array = json_array();
	api_call_list(call, store_accounts_asking_to_host(call->reader, add_account, &list), "accounts", list.array);
}

static void approved(struct api_call *call, const struct show_result *result)
{
	char id[BASE_ID_TEXT];
	bool yes = result->account.hosting == STORE_HOSTING_APPROVED;

	if (result->code != SHOW_OK) {
		api_call_show_failed(call, result);
		return;
	}
	api_audit(call->api, call->actor.id, yes ? "host.approve" : "host.refuse",
	          base_id_format(result->account.person.id, id), result->account.person.username);
	api_call_json(call, 200,
	              json_pack("{s:o}", "account", api_encode_account(&call->api->scene, &result->account)));
}

void api_admin_approve(struct api_call *call)
{
	struct show_command *command;
	struct api_fields fields;
	struct base_id id;

	if (!api_call_param(call, 0, &id))
		return;
	api_fields_init(&fields, call->input);
	bool approve = api_field_bool(&fields, "approve", API_REQUIRED);
	if (!api_call_fields(call, &fields))
		return;
	command = show_command_new(SHOW_ACCOUNT_UPDATE);
	command->account_id = id;
	command->account.person.id = id;
	command->account.hosting = approve ? STORE_HOSTING_APPROVED : STORE_HOSTING_NO;
	command->mask = SHOW_SET_HOSTING;
	api_call_command(call, command, approved);
}

struct log {
	struct store_reader *reader;
	json_t *array;
};

/* What people call the object: an account's username, a show's title. */
static json_t *name_of(struct store_reader *reader, const struct store_audit *entry)
{
	bool account = g_str_has_prefix(entry->verb, "account.") || g_str_has_prefix(entry->verb, "host.");
	struct store_account person;
	struct store_show show;
	struct base_id id;

	if (base_id_parse(entry->object, &id))
		return json_null();
	if (account)
		return store_account_by_id(reader, id, &person) ? json_null() : api_json_string(person.person.username);
	return store_show_by_id(reader, id, &show) ? json_null() : api_json_string(show.title);
}

static void add_entry(const struct store_audit *entry, void *ctx)
{
	struct log *log = ctx;
	json_t *out = api_encode_audit(entry);

	json_object_set_new(out, "name", name_of(log->reader, entry));
	json_array_append_new(log->array, out);
}

void api_admin_audit(struct api_call *call)
{
	struct log log = {.reader = call->reader};
	struct base_id before;
	bool there;

	if (!api_query_id(call, 0, &before, &there))
		return;
	log.array = json_array();
	api_call_list(call, store_audit(call->reader, there ? &before : NULL, MOST / 2, add_entry, &log), "entries",
	              log.array);
}
