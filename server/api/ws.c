/* WebSocket messages: reading a frame, the table of types, replies. */
#include "api/core.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/resources.h"

const struct api_message_type api_message_types[] = {
        {"hello", MAY_JOIN, api_chat_hello},           {"join", MAY_JOIN, api_chat_join},
        {"leave", MAY_JOIN, api_chat_leave},           {"chat", MAY_CHAT, api_chat_line},
        {"react", MAY_REACT, api_chat_react},          {"claim", MAY_CLAIM, api_claims_claim},
        {"release", MAY_RELEASE, api_claims_release},  {"wait.leave", MAY_RELEASE, api_claims_leave},
        {"feature", MAY_EDIT_SHOW, api_stage_feature}, {"unfeature", MAY_EDIT_SHOW, api_stage_unfeature},
        {"price", MAY_EDIT_SHOW, api_stage_price},     {"media.offer", MAY_VIEW, api_media_offer},
        {"media.close", MAY_VIEW, api_media_close},    {"mod.delete", MAY_MODERATE, api_mod_delete},
        {"mod.mute", MAY_MODERATE, api_mod_mute},      {"mod.ban", MAY_MODERATE, api_mod_ban},
        {"mod.slow", MAY_MODERATE, api_mod_slow},      {"mod.report", MAY_REPORT, api_mod_report},
};
const size_t api_message_type_count = G_N_ELEMENTS(api_message_types);

static const struct api_message_type *find_type(const char *name)
{
	for (size_t i = 0; i < api_message_type_count; i++)
		if (strcmp(api_message_types[i].name, name) == 0)
			return &api_message_types[i];
	return NULL;
}

/* An id is returned as it came, so it must be small and a string or an integer. */
static bool good_id(const json_t *id)
{
	return !id || json_is_integer(id) || (json_is_string(id) && json_string_length(id) <= 64);
}

struct api_message *api_message_decode(const char *text, size_t len, const char **code, char *why, size_t why_len,
                                       json_t **id)
{
	json_t *input = api_json_parse(text, len, code, why, why_len), *sent_id;
	const struct api_message_type *type;
	struct api_message *message;
	const char *name;

	*id = NULL;
	if (!input)
		return NULL;
	*code = "bad_request";
	sent_id = json_object_get(input, "id");
	if (good_id(sent_id))
		*id = json_incref(sent_id);
	name = api_json_text(json_object_get(input, "type"));
	type = name ? find_type(name) : NULL;
	if (!good_id(sent_id))
		snprintf(why, why_len, "\"id\" must be an integer or a string of at most 64 bytes.");
	else if (!name)
		snprintf(why, why_len, "\"type\" must be a string.");
	else if (!type)
		snprintf(why, why_len, "There is no message type \"%.40s\".", name);
	if (!good_id(sent_id) || !type) {
		json_decref(input);
		return NULL;
	}
	message = calloc(1, sizeof *message);
	if (!message)
		abort();
	*message = (struct api_message){.type = type, .input = input, .id = *id};
	*id = NULL;
	return message;
}

void api_message_free(struct api_message *message)
{
	if (!message)
		return;
	json_decref(message->input);
	json_decref(message->id);
	free(message);
}

void api_message_handle(struct api_conn *conn, struct api_message *message)
{
	/* With an unread cookie nobody is a guest yet: find out who it is first, then come back. */
	if (conn->has_token && !conn->actor.signed_in && message->type->verb != MAY_JOIN) {
		g_queue_push_head(&conn->waiting, message);
		api_chat_identify(conn);
		return;
	}
	if (api_may_ever(&conn->actor, message->type->verb))
		message->type->handle(conn, message);
	else
		api_message_refuse(conn, message);
	api_message_free(message);
}

static void reply(struct api_conn *conn, const struct api_message *message, const char *type, json_t *members)
{
	json_t *out = json_pack("{s:s}", "type", type);

	if (message->id)
		json_object_set(out, "id", message->id);
	if (members) {
		json_object_update(out, members);
		json_decref(members);
	}
	api_conn_send(conn, HUB_MUST, out);
}

void api_message_ok(struct api_conn *conn, const struct api_message *message, json_t *members)
{
	reply(conn, message, "ok", members);
}

void api_message_error(struct api_conn *conn, const struct api_message *message, const char *code, const char *format,
                       ...)
{
	char detail[256];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof detail, format, args);
	va_end(args);
	conn->api->counters.ws_errors++;
	reply(conn, message, "error", json_pack("{s:s, s:o}", "code", code, "detail", api_json_string(detail)));
}

void api_message_refuse(struct api_conn *conn, const struct api_message *message)
{
	const char *code = api_may_code(&conn->actor);
	const char *why = !conn->actor.signed_in ? "You must sign in for this."
	                  : conn->actor.banned   ? "You are banned."
	                                         : "You may not do this.";

	api_message_error(conn, message, code, "%s", why);
}

bool api_message_fields(struct api_conn *conn, const struct api_message *message, const struct api_fields *fields)
{
	if (fields->failed)
		api_message_error(conn, message, "bad_request", "%s", fields->why);
	return !fields->failed;
}

struct api_call *api_message_call(struct api_conn *conn, const struct api_message *message)
{
	struct api_call *call = api_call_new(conn->api);

	call->peer = conn->token;
	call->arrived_us = message->arrived_us;
	call->actor = conn->actor;
	call->account = conn->account;
	call->input = json_incref(message->input);
	if (message->id)
		call->id = json_incref(message->id);
	g_strlcpy(call->address, hub_conn_address(conn->hub), sizeof call->address);
	return call;
}
