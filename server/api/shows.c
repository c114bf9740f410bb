/* Shows: scheduled, live, ended; their keys and thumbnails. */
#include <stdio.h>
#include <string.h>

#include "api/broadcast.h"
#include "api/query.h"
#include "api/resources.h"
#include "api/sessions.h"

#define MOST 100

struct list {
	const struct api_call *call;
	json_t *array;
};

static bool is_host(const struct api_call *call, const struct store_show *show)
{
	return call->actor.signed_in && base_id_equal(call->actor.id, show->host.id);
}

static void add(const struct store_show *show, void *ctx)
{
	struct list *list = ctx;

	json_array_append_new(list->array, api_encode_show(&list->call->api->scene, show, is_host(list->call, show)));
}

static void add_public(const struct store_show *show, void *ctx)
{
	struct list *list = ctx;

	json_array_append_new(list->array, api_encode_show(&list->call->api->scene, show, false));
}

int api_shows_read(struct api_call *call, const struct base_id *host, size_t most, json_t *out)
{
	struct list list = {call, out};
	int err = store_shows(call->reader, STORE_SHOW_LIVE, host, most, add_public, &list);

	return err ? err : store_shows(call->reader, STORE_SHOW_SCHEDULED, host, most, add_public, &list);
}

static int state_of(const char *text)
{
	static const char *const names[] = {"scheduled", "live", "ended"};

	for (int i = 0; i < 3; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return -1;
}

/* ?state=live|scheduled|ended&mine=1&before=ID: the page behind that one */
void api_shows_list(struct api_call *call)
{
	bool mine = call->has_query[1] && strcmp(call->queries[1], "1") == 0;
	int state = call->has_query[0] ? state_of(call->queries[0]) : -1;
	struct store_shows_wanted wanted = {.state = state, .host = mine ? &call->actor.id : NULL};
	struct list list = {.call = call};
	struct base_id before;
	bool further;

	if (call->has_query[0] && state < 0) {
		api_call_fail(call, 400, "bad_request", "\"state\" must be scheduled, live or ended.");
		return;
	}
	if (mine && !call->actor.signed_in) {
		api_call_fail(call, 401, "unauthenticated", "You must sign in for this.");
		return;
	}
	if (!api_query_id(call, 2, &before, &further))
		return;
	if (further)
		wanted.behind = &before;
	list.array = json_array();
	api_call_list(call, store_shows_page(call->reader, &wanted, MOST, add, &list), "shows", list.array);
}

/* With all that its host needs to publish. */
static json_t *whole(const struct api_call *call, const struct store_show *show)
{
	json_t *out = api_encode_show(&call->api->scene, show, is_host(call, show));

	if (is_host(call, show))
		api_broadcast_addresses(call, show, out);
	return out;
}

static void answer(struct api_call *call, const struct show_result *result)
{
	if (result->code != SHOW_OK)
		api_call_show_failed(call, result);
	else
		api_call_json(call, call->endpoint->run == api_shows_create ? 201 : 200,
		              json_pack("{s:o}", "show", whole(call, &result->show)));
}

void api_shows_create(struct api_call *call)
{
	struct store_show show = {0};
	struct show_command *command;
	struct api_fields fields;

	api_fields_init(&fields, call->input);
	api_field_line(&fields, "title", API_REQUIRED, 1, 200, show.title);
	show.starts_ms = api_field_time(&fields, "starts_at", API_OPTIONAL);
	if (!api_call_fields(call, &fields))
		return;
	command = show_command_new(SHOW_CREATE);
	command->show = show;
	api_call_command(call, command, answer);
}

void api_shows_get(struct api_call *call)
{
	struct store_show show;
	struct base_id id;
	json_t *items;
	int err;

	if (!api_call_param(call, 0, &id) || !api_call_show(call, id, &show))
		return;
	err = api_items_of_show(call->reader, &show, NULL, &items);
	if (err)
		api_call_store_failed(call, err, "show");
	else
		api_call_json(call, 200, json_pack("{s:o, s:o}", "show", whole(call, &show), "items", items));
}

void api_shows_update(struct api_call *call)
{
	struct store_show show;
	struct show_command *command;
	struct api_fields fields;
	uint32_t mask = 0;

	if (!api_call_own_show(call, MAY_EDIT_SHOW, &show))
		return;
	api_fields_init(&fields, call->input);
	if (api_field_line(&fields, "title", API_OPTIONAL, 1, 200, show.title))
		mask |= SHOW_SET_TITLE;
	if (json_object_get(call->input, "starts_at")) { /* null takes the time away */
		show.starts_ms = api_field_time(&fields, "starts_at", API_OPTIONAL);
		mask |= SHOW_SET_STARTS;
	}
	if (!api_call_fields(call, &fields))
		return;
	command = show_command_new(SHOW_UPDATE);
	command->show = show;
	command->show_id = show.id;
	command->mask = mask;
	api_call_command(call, command, answer);
}

static void change(struct api_call *call, enum api_verb may, enum show_verb verb)
{
	struct store_show show;
	struct show_command *command;

	if (!api_call_own_show(call, may, &show))
		return;
	if (verb != SHOW_END && show.state == STORE_SHOW_ENDED) {
		api_call_fail(call, 409, "not_live", "The show has ended.");
		return;
	}
	command = show_command_new(verb);
	command->show_id = show.id;
	api_call_command(call, command, answer);
}

void api_shows_start(struct api_call *call)
{
	change(call, MAY_EDIT_SHOW, SHOW_START);
}

/* Before the answer: whoever is told that there is a new key may rely on the old one being good for nothing. */
static void cut_old_key(struct api_call *call, struct api_conn *conn)
{
	const json_t *show = json_object_get(call->output, "show");
	const char *key = json_string_value(json_object_get(show, "publish_key"));
	struct base_id id;

	if (!call->code && base_id_parse(call->params[0], &id) == 0)
		api_sessions_key_changed(call->api, id, key ? key : "");
}

void api_shows_new_key(struct api_call *call)
{
	call->finish = cut_old_key;
	change(call, MAY_EDIT_SHOW, SHOW_NEW_KEY);
}

void api_shows_drop_key(struct api_call *call)
{
	call->finish = cut_old_key;
	change(call, MAY_EDIT_SHOW, SHOW_DROP_KEY);
}

static void ended_by_other(struct api_call *call, const struct show_result *result)
{
	char id[BASE_ID_TEXT];

	if (result->code == SHOW_OK)
		api_audit(call->api, call->account.person.id, "show.end", base_id_format(result->show.id, id),
		          result->show.title);
	answer(call, result);
}

void api_shows_end(struct api_call *call)
{
	struct store_show show;
	struct show_command *command;

	if (!api_call_own_show(call, MAY_END_SHOW, &show))
		return;
	command = show_command_new(SHOW_END);
	command->show_id = show.id;
	api_call_command(call, command, is_host(call, &show) ? answer : ended_by_other);
}

void api_shows_thumbnail(struct api *api, struct hub_request *request)
{
	char path[4200];
	struct base_id id;

	if (base_id_parse(hub_request_param(request, 0), &id)) {
		hub_request_problem(request, 404, "not_found", "There is no such show.");
		return;
	}
	api_thumbnail_path(api->settings, id, path, sizeof path);
	hub_request_reply_file(request, path, "image/jpeg", "public, max-age=5");
}
