/* Moderation: delete, mute, ban, slow mode, reports. What outlives a restart is decided by the show thread; every act
 * is audited. */
#include <stdio.h>
#include <string.h>

#include "api/resources.h"
#include "api/rooms.h"
#include "base/clock.h"

#define MUTE_MAX_S (365 * 86400)
#define SLOW_MAX_S 3600

/* The beginning of a text: whole characters of at most `bytes` bytes. */
static const char *beginning(const char *text, size_t bytes, char out[256])
{
	size_t len = strlen(text);

	if (len > bytes)
		len = (size_t)(g_utf8_find_prev_char(text, text + bytes + 1) - text);
	memcpy(out, text, len);
	out[len] = '\0';
	return out;
}

static void audit(struct api_conn *conn, const char *verb, const char *object, const char *detail)
{
	api_audit(conn->api, conn->actor.id, verb, object, detail);
}

void api_mod_delete(struct api_conn *conn, struct api_message *message)
{
	struct api_fields fields;
	struct api_room *room;
	const struct chat_line *line;
	char detail[256], text[256];

	api_fields_init(&fields, message->input);
	struct base_id show = api_field_id(&fields, "show", API_REQUIRED);
	const char *id = api_field_raw(&fields, "message", API_REQUIRED, CHAT_ID_TEXT - 1);
	if (!api_message_fields(conn, message, &fields) || !(room = api_room_of_message(conn, message, show)))
		return;
	line = chat_room_find(room->chat, id);
	if (!line) {
		api_message_error(conn, message, "not_found", "There is no such line any more.");
		return;
	}
	snprintf(detail, sizeof detail, "%s: %s", line->author.name, beginning(line->text, 150, text));
	audit(conn, "chat.delete", room->name, detail);
	api_room_publish_json(room, HUB_STATE,
	                      json_pack("{s:s, s:s, s:s}", "type", "chat.deleted", "show", room->name, "message", id));
	(void)chat_room_delete(room->chat, id);
	api_message_ok(conn, message, NULL);
}

/* ---- mute and ban: the person is looked up first ---- */

struct measure {
	struct base_id show, account;
	uint32_t mask;
	int64_t until_ms;
	bool banned;
	struct store_person person; /**< the target, once it is looked up */
};

static void measure_answer(struct api_call *call, const struct show_result *result)
{
	const struct measure *measure = call->extra;
	char show[BASE_ID_TEXT], detail[128];
	const char *who = measure->person.username;

	if (result->code != SHOW_OK) {
		api_call_show_failed(call, result);
		return;
	}
	if (measure->mask == SHOW_SET_MUTED)
		snprintf(detail, sizeof detail, "%s until_ms=%lld", who, (long long)measure->until_ms);
	else
		snprintf(detail, sizeof detail, "%s %s", who, measure->banned ? "banned" : "allowed again");
	api_audit(call->api, call->actor.id, measure->mask == SHOW_SET_MUTED ? "chat.mute" : "ban",
	          base_id_format(measure->show, show), detail);
	api_call_json(call, 200, NULL);
}

/* Before the answer: who is told that it is done may rely on it. The event that follows changes nothing more. */
static void measure_finish(struct api_call *call, struct api_conn *conn)
{
	const struct measure *measure = call->extra;
	struct api_room *room = api_room_find(call->api, measure->show);
	struct api_room_rule rule = {measure->account, measure->until_ms, measure->banned};
	char author[BASE_ID_TEXT];

	if (call->code || !room)
		return;
	base_id_format(measure->account, author);
	if (measure->mask == SHOW_SET_MUTED)
		rule.banned = chat_room_banned(room->chat, author);
	else
		rule.muted_until_ms = chat_room_muted_until(room->chat, author, base_clock_utc_ms());
	api_room_moderate(room, &rule);
}

static void measure_run(struct api_call *call)
{
	struct measure *measure = call->extra;
	struct store_account target;
	struct store_show show;
	struct show_command *command;
	int err;

	if (!api_call_show(call, measure->show, &show))
		return;
	err = store_account_by_id(call->reader, measure->account, &target);
	if (err) {
		api_call_store_failed(call, err, "account");
		return;
	}
	if (!api_call_may(call, MAY_MODERATE, &(struct api_object){.owner = show.host.id, .target = &target}))
		return;
	measure->person = target.person;
	command = show_command_new(SHOW_MODERATE);
	command->show_id = measure->show;
	command->account_id = measure->account;
	command->mask = measure->mask;
	command->until_ms = measure->until_ms;
	command->banned = measure->banned;
	api_call_command(call, command, measure_answer);
}

static void take_measure(struct api_conn *conn, struct api_message *message, const struct measure *measure)
{
	struct api_call *call = api_message_call(conn, message);

	call->extra = g_memdup2(measure, sizeof *measure);
	call->free_extra = g_free;
	call->finish = measure_finish;
	api_call_submit(call, BASE_JOBS_READ, measure_run);
}

void api_mod_mute(struct api_conn *conn, struct api_message *message)
{
	struct measure measure = {.mask = SHOW_SET_MUTED};
	struct api_fields fields;

	api_fields_init(&fields, message->input);
	measure.show = api_field_id(&fields, "show", API_REQUIRED);
	measure.account = api_field_id(&fields, "account", API_REQUIRED);
	int64_t seconds = api_field_int(&fields, "seconds", API_REQUIRED, 0, MUTE_MAX_S);
	measure.until_ms = seconds ? base_clock_utc_ms() + seconds * 1000 : 0;
	if (api_message_fields(conn, message, &fields))
		take_measure(conn, message, &measure);
}

void api_mod_ban(struct api_conn *conn, struct api_message *message)
{
	struct measure measure = {.mask = SHOW_SET_BANNED};
	struct api_fields fields;

	api_fields_init(&fields, message->input);
	measure.show = api_field_id(&fields, "show", API_REQUIRED);
	measure.account = api_field_id(&fields, "account", API_REQUIRED);
	measure.banned = api_field_bool(&fields, "banned", API_REQUIRED);
	if (api_message_fields(conn, message, &fields))
		take_measure(conn, message, &measure);
}

void api_mod_slow(struct api_conn *conn, struct api_message *message)
{
	struct api_fields fields;
	struct api_room *room;
	char detail[64];

	api_fields_init(&fields, message->input);
	struct base_id show = api_field_id(&fields, "show", API_REQUIRED);
	int64_t seconds = api_field_int(&fields, "seconds", API_REQUIRED, 0, SLOW_MAX_S);
	if (!api_message_fields(conn, message, &fields) || !(room = api_room_of_message(conn, message, show)))
		return;
	snprintf(detail, sizeof detail, "%lld s", (long long)seconds);
	audit(conn, "chat.slow", room->name, detail);
	chat_room_slow(room->chat, seconds);
	api_room_publish_json(
	        room, HUB_STATE,
	        json_pack("{s:s, s:s, s:I}", "type", "slow", "show", room->name, "seconds", (json_int_t)seconds));
	api_message_ok(conn, message, NULL);
}

void api_mod_report(struct api_conn *conn, struct api_message *message)
{
	struct api_fields fields;
	struct api_room *room;
	const struct chat_line *line;
	char reason[201], author[BASE_ID_TEXT], detail[256], text[256], why[256];
	int64_t retry_s;

	api_fields_init(&fields, message->input);
	struct base_id show = api_field_id(&fields, "show", API_REQUIRED);
	const char *id = api_field_raw(&fields, "message", API_REQUIRED, CHAT_ID_TEXT - 1);
	api_field_line(&fields, "reason", API_REQUIRED, 1, sizeof reason - 1, reason);
	if (!api_message_fields(conn, message, &fields))
		return;
	room = api_room_find(conn->api, show);
	line = room ? chat_room_find(room->chat, id) : NULL;
	if (!line) {
		api_message_error(conn, message, "not_found", "There is no such line any more.");
		return;
	}
	base_id_format(conn->actor.id, author);
	if (conn->api->settings->rate_limits &&
	    !api_limiter_take(conn->api->reports, author, message->arrived_us, &retry_s)) {
		api_message_error(conn, message, "rate_limited", "Too many reports: try again in %lld s.",
		                  (long long)retry_s);
		return;
	}
	snprintf(detail, sizeof detail, "%s: \"%s\" %s", line->author.name, beginning(line->text, 80, text),
	         beginning(reason, 100, why));
	audit(conn, "report", room->name, detail);
	api_message_ok(conn, message, NULL);
}
