/* Who is in a room, and how they come in without missing anything. Hub thread. */
#include <string.h>

#include "api/rooms.h"

#define HELD_MAX 512 /* messages kept for one joiner; beyond it the join is answered `retry` */

struct held {
	enum hub_class class;
	bool staff;
	struct base_buffer *message;
};

struct api_joining {
	uint64_t conn;
	GArray *held; /* of struct held; NULL: too many */
};

static void held_clear(gpointer data)
{
	base_buffer_unref(((struct held *)data)->message);
}

static void joining_free(struct api_joining *joining)
{
	if (joining->held)
		g_array_free(joining->held, TRUE);
	g_free(joining);
}

void api_room_expect(struct api_room *room, struct api_conn *conn)
{
	struct api_joining *joining = g_new0(struct api_joining, 1);

	joining->conn = conn->token;
	joining->held = g_array_new(FALSE, FALSE, sizeof(struct held));
	g_array_set_clear_func(joining->held, held_clear);
	g_queue_push_tail(&room->joining, joining);
}

static struct api_joining *take_joining(struct api_room *room, uint64_t conn)
{
	for (GList *at = room->joining.head; at; at = at->next) {
		struct api_joining *joining = at->data;
		if (joining->conn == conn) {
			g_queue_delete_link(&room->joining, at);
			return joining;
		}
	}
	return NULL;
}

void api_room_give_up(struct api_room *room, uint64_t conn)
{
	struct api_joining *joining = take_joining(room, conn);

	if (joining)
		joining_free(joining);
	api_room_release(room);
}

static void hold(struct api_room *room, enum hub_class class, bool staff, struct base_buffer *message)
{
	/* Chat comes with the snapshot, which is made on this thread. */
	if (class < HUB_STATE)
		return;
	for (GList *at = room->joining.head; at; at = at->next) {
		struct api_joining *joining = at->data;
		struct held held = {class, staff, message};

		if (!joining->held)
			continue;
		if (joining->held->len == HELD_MAX) {
			g_array_free(joining->held, TRUE);
			joining->held = NULL;
			continue;
		}
		base_buffer_ref(message);
		g_array_append_val(joining->held, held);
	}
}

void api_room_publish(struct api_room *room, enum hub_class class, struct base_buffer *message)
{
	hold(room, class, false, message);
	hub_topic_publish(room->all, class, message);
}

void api_room_publish_json(struct api_room *room, enum hub_class class, json_t *message)
{
	struct base_buffer *buffer = api_json_take(message);

	api_room_publish(room, class, buffer);
	base_buffer_unref(buffer);
}

void api_room_publish_staff(struct api_room *room, json_t *message)
{
	struct base_buffer *buffer = api_json_take(message);

	hold(room, HUB_STATE, true, buffer);
	hub_topic_publish(room->staff, HUB_STATE, buffer);
	base_buffer_unref(buffer);
}

/* ---- roles ---- */

bool api_room_has(const struct api_room *room, const struct api_conn *conn)
{
	for (size_t i = 0; i < API_CONN_ROOMS; i++)
		if (conn->rooms[i] == room)
			return true;
	return false;
}

enum chat_role api_room_chat_role(const struct api_room *room, const struct api_conn *conn)
{
	if (!conn->actor.signed_in)
		return CHAT_VIEWER;
	if (room->known && base_id_equal(room->show.host.id, conn->actor.id))
		return CHAT_HOST;
	if (conn->actor.role == STORE_ADMIN)
		return CHAT_ADMIN;
	return conn->actor.role == STORE_MODERATOR ? CHAT_MODERATOR : CHAT_VIEWER;
}

const char *api_room_role(const struct api_room *room, const struct api_conn *conn)
{
	static const char *const names[] = {"viewer", "host", "moderator", "admin"};

	return conn->actor.signed_in ? names[api_room_chat_role(room, conn)] : "guest";
}

const char *api_room_author(const struct api_conn *conn, char out[BASE_ID_TEXT])
{
	return conn->actor.signed_in ? base_id_format(conn->actor.id, out) : NULL;
}

/* ---- in and out ---- */

/* The host is in the room and no viewer of the show. A room that somebody enters knows its show, and a show keeps its
 * host, so that who was counted in is counted out. */
static void count_in(struct api_room *room, const struct api_conn *conn)
{
	char author[BASE_ID_TEXT];

	if (api_room_chat_role(room, conn) != CHAT_HOST)
		chat_room_enter(room->chat, api_room_author(conn, author));
}

static void count_out(struct api_room *room, const struct api_conn *conn)
{
	char author[BASE_ID_TEXT];

	if (api_room_chat_role(room, conn) != CHAT_HOST)
		chat_room_exit(room->chat, api_room_author(conn, author));
}

static void join_topics(struct api_room *room, struct api_conn *conn)
{
	if (api_room_chat_role(room, conn) != CHAT_VIEWER)
		hub_topic_join(room->staff, conn->hub);
	hub_topic_join(room->all, conn->hub);
}

bool api_room_enter(struct api_room *room, struct api_conn *conn)
{
	for (GList *at = room->joining.head; at; at = at->next) {
		struct api_joining *joining = at->data;
		if (joining->conn == conn->token && !joining->held)
			return false;
	}
	for (size_t i = 0; i < API_CONN_ROOMS; i++) {
		if (conn->rooms[i])
			continue;
		conn->rooms[i] = room;
		room->members++;
		count_in(room, conn);
		return true;
	}
	return false;
}

void api_room_admit(struct api_room *room, struct api_conn *conn)
{
	struct api_joining *joining = take_joining(room, conn->token);
	bool staff = api_room_chat_role(room, conn) != CHAT_VIEWER;

	for (guint i = 0; joining && joining->held && i < joining->held->len; i++) {
		struct held *held = &g_array_index(joining->held, struct held, i);
		if (!held->staff || staff)
			hub_conn_send(conn->hub, held->class, held->message);
	}
	if (joining)
		joining_free(joining);
	join_topics(room, conn);
	api_room_viewers_changed(room);
}

void api_room_leave(struct api_room *room, struct api_conn *conn)
{
	for (size_t i = 0; i < API_CONN_ROOMS; i++) {
		if (conn->rooms[i] != room)
			continue;
		conn->rooms[i] = NULL;
		room->members--;
		count_out(room, conn);
		hub_topic_leave(room->all, conn->hub);
		hub_topic_leave(room->staff, conn->hub);
		api_room_viewers_changed(room);
		api_room_release(room);
		return;
	}
}

void api_rooms_leave_all(struct api_conn *conn)
{
	for (size_t i = 0; i < API_CONN_ROOMS; i++)
		if (conn->rooms[i])
			api_room_leave(conn->rooms[i], conn);
}

void api_rooms_account_leaves(struct api_conn *conn)
{
	for (size_t i = 0; i < API_CONN_ROOMS; i++)
		if (conn->rooms[i])
			count_out(conn->rooms[i], conn);
}

void api_rooms_account_enters(struct api_conn *conn)
{
	for (size_t i = 0; i < API_CONN_ROOMS; i++) {
		if (!conn->rooms[i])
			continue;
		count_in(conn->rooms[i], conn);
		api_room_viewers_changed(conn->rooms[i]);
	}
}

void api_rooms_role_changed(struct api_conn *conn)
{
	for (size_t i = 0; i < API_CONN_ROOMS; i++) {
		struct api_room *room = conn->rooms[i];

		if (!room)
			continue;
		hub_topic_leave(room->staff, conn->hub);
		if (api_room_chat_role(room, conn) != CHAT_VIEWER)
			hub_topic_join(room->staff, conn->hub);
	}
}

struct api_room *api_room_of_message(struct api_conn *conn, struct api_message *message, struct base_id show)
{
	struct api_room *room = api_room_find(conn->api, show);

	if (!room || !room->known) {
		api_message_error(conn, message, "bad_request", "Join the show first.");
		return NULL;
	}
	if (!api_may(&conn->actor, message->type->verb, &(struct api_object){.owner = room->show.host.id})) {
		api_message_refuse(conn, message);
		return NULL;
	}
	return room;
}
