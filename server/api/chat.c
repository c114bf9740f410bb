/* Chat lines and reactions. Hub thread. */
#include <errno.h>

#include "api/resources.h"
#include "api/rooms.h"
#include "base/clock.h"

/* The room of the message's show, if the connection is in it and chat is possible there; else the message is answered.
 */
static struct api_room *my_room(struct api_conn *conn, struct api_message *message, struct base_id show)
{
	struct api_room *room = api_room_find(conn->api, show);

	if (!room || !api_room_has(room, conn)) {
		api_message_error(conn, message, "bad_request", "Join the show first.");
		return NULL;
	}
	if (room->show.state == STORE_SHOW_ENDED) {
		api_message_error(conn, message, "not_live", "The show has ended.");
		return NULL;
	}
	return room;
}

static void refuse_line(struct api_conn *conn, struct api_message *message, struct api_room *room, int err,
                        int64_t retry_ms)
{
	long long seconds = (long long)(retry_ms + 999) / 1000;

	switch (err) {
	case -EINVAL:
		api_message_error(conn, message, "bad_request", "The line is empty.");
		break;
	case -E2BIG:
		api_message_error(conn, message, "too_large", "A line may have %lld characters.",
		                  (long long)conn->api->settings->chat_max_chars);
		break;
	case -EPERM:
		api_message_error(conn, message, "muted", "You are muted for %lld s.", seconds);
		break;
	case -EACCES:
		api_message_error(conn, message, "banned", "You are banned from this show.");
		break;
	default:
		api_message_error(conn, message, chat_room_slow_s(room->chat) ? "slow_mode" : "rate_limited",
		                  "Wait %lld s before your next line.", seconds);
	}
}

static void fill_author(const struct api_conn *conn, const struct api_room *room, struct chat_author *author)
{
	base_id_format(conn->actor.id, author->id);
	g_strlcpy(author->name, conn->account.person.display_name, sizeof author->name);
	author->role = api_room_chat_role(room, conn);
}

void api_chat_line(struct api_conn *conn, struct api_message *message)
{
	struct api_fields fields;
	struct chat_author author = {0};
	const struct chat_line *line;
	struct api_room *room;
	int64_t retry_ms = 0;
	char id[BASE_ID_TEXT];

	api_fields_init(&fields, message->input);
	struct base_id show = api_field_id(&fields, "show", API_REQUIRED);
	const char *text = api_field_raw(&fields, "text", API_REQUIRED, 65536);
	const char *key = api_field_raw(&fields, "key", API_OPTIONAL, 64);
	if (!api_message_fields(conn, message, &fields) || !(room = my_room(conn, message, show)))
		return;
	fill_author(conn, room, &author);
	/* What a host calls out is no claim. */
	if (author.role != CHAT_HOST && api_comments_take(conn, message, room, text))
		return;
	base_id_format(base_id_new(), id);
	int err = chat_room_post(room->chat, message->arrived_us, base_clock_utc_ms(), id, &author, text, key, &line,
	                         &retry_ms);
	if (err) {
		refuse_line(conn, message, room, err, retry_ms);
		return;
	}
	/* With a key that came before it is the old line, which everybody has. */
	bool fresh = g_str_equal(line->id, id);
	json_t *event =
	        fresh ? json_pack("{s:s, s:s, s:o}", "type", "chat", "show", room->name, "line", api_encode_line(line))
	              : NULL;
	api_message_ok(conn, message, json_pack("{s:s}", "line", line->id));
	if (fresh) {
		conn->api->counters.chat_lines++;
		api_room_publish_json(room, HUB_CHAT, event);
	}
}

void api_chat_react(struct api_conn *conn, struct api_message *message)
{
	static const char *const kinds[CHAT_REACTIONS] = {"heart", "fire", "clap"};
	struct api_fields fields;
	struct api_room *room;
	int kind = 0;
	char who[64];

	api_fields_init(&fields, message->input);
	struct base_id show = api_field_id(&fields, "show", API_REQUIRED);
	const char *name = api_field_raw(&fields, "kind", API_REQUIRED, 16);
	int64_t n = api_field_int(&fields, "n", API_REQUIRED, 1, 20);
	while (name && kind < CHAT_REACTIONS && !g_str_equal(kinds[kind], name))
		kind++;
	if (kind == CHAT_REACTIONS)
		api_fields_fail(&fields, "\"kind\" must be heart, fire or clap.");
	if (!api_message_fields(conn, message, &fields) || !(room = my_room(conn, message, show)))
		return;
	if (api_room_author(conn, who) && chat_room_banned(room->chat, who)) {
		api_message_error(conn, message, "banned", "You are banned from this show.");
		return;
	}
	if (!conn->actor.signed_in)
		g_snprintf(who, sizeof who, "guest-%llx", (unsigned long long)conn->token);
	if (chat_room_react(room->chat, message->arrived_us, who, (enum chat_reaction)kind, n)) {
		api_message_error(conn, message, "rate_limited", "Too many reactions at once.");
		return;
	}
	api_room_reacted(room);
	api_message_ok(conn, message, NULL);
}
