/* Signing a connection in, and coming into a show: hello, join, leave. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/ice_servers.h"
#include "api/resources.h"
#include "api/rooms.h"
#include "api/tokens.h"
#include "base/clock.h"

/* Take the token of the message, or the one the connection came with. @return false: answered. */
static bool take_token(struct api_conn *conn, struct api_message *message, struct api_call *call)
{
	struct api_fields fields;
	const char *token;

	api_fields_init(&fields, message->input);
	token = api_field_raw(&fields, "token", API_OPTIONAL, 200);
	if (!api_message_fields(conn, message, &fields))
		return false;
	call->authenticate = true;
	call->strict = token != NULL;
	if (token) {
		call->has_token = api_token_hash(token, call->token_hash);
		if (!call->has_token) {
			api_message_error(conn, message, "unauthenticated", "This is no session token.");
			return false;
		}
	} else {
		call->has_token = conn->has_token;
		memcpy(call->token_hash, conn->token_hash, sizeof call->token_hash);
	}
	return true;
}

/* What the store said about the token becomes the connection's. */
static void adopt(struct api_call *call, struct api_conn *conn)
{
	if (call->has_token && call->actor.signed_in) {
		conn->has_token = true;
		memcpy(conn->token_hash, call->token_hash, sizeof conn->token_hash);
		api_conn_set_account(conn, &call->account);
	} else if (call->has_token && !call->strict) {
		conn->has_token = false; /* an old cookie */
		api_conn_set_account(conn, NULL);
	}
}

static json_t *account_or_null(const struct api_conn *conn)
{
	return conn->actor.signed_in ? api_encode_account(&conn->api->scene, &conn->account) : json_null();
}

/* ---- hello ---- */

static void hello_read(struct api_call *call)
{
	api_call_json(call, 200, NULL);
}

static void hello_finish(struct api_call *call, struct api_conn *conn)
{
	if (!conn || call->code)
		return;
	adopt(call, conn);
	call->output =
	        json_pack("{s:o, s:I}", "account", account_or_null(conn), "now_ms", (json_int_t)base_clock_utc_ms());
}

static void resume(struct api_call *call, struct api_conn *conn)
{
	api_conn_resume(conn);
}

void api_chat_hello(struct api_conn *conn, struct api_message *message)
{
	struct api_call *call = api_message_call(conn, message);

	if (!take_token(conn, message, call)) {
		api_call_free(call);
		return;
	}
	conn->busy = true;
	call->finish = hello_finish;
	call->sent = resume;
	api_call_submit(call, BASE_JOBS_READ, hello_read);
}

/* ---- whose cookie is it? ---- */

struct identify {
	struct base_mail mail; /* first */
	struct api *api;
	uint64_t conn;
	uint8_t token_hash[32];
	struct store_account account;
	int err;
};

static void refuse_first(struct api_conn *conn)
{
	struct api_message *message = g_queue_pop_head(&conn->waiting);

	if (message)
		api_message_error(conn, message, "retry", "The server is busy: try again in a moment.");
	api_message_free(message);
}

static void identify_deliver(struct base_mail *mail, void *owner)
{
	struct identify *identify = (struct identify *)mail;
	struct hub_conn *hub_conn = hub_conn_find(identify->api->hub, identify->conn);
	struct api_conn *conn = hub_conn ? hub_conn_data(hub_conn) : NULL;

	if (conn) {
		if (!identify->err)
			api_conn_set_account(conn, &identify->account);
		else if (identify->err == -ENOENT)
			conn->has_token = false;
		else
			refuse_first(conn); /* nobody knows yet: it is no guest for that */
		api_conn_resume(conn);
	}
	free(identify);
}

static void identify_run(void *arg, void *local)
{
	struct identify *identify = arg;

	identify->err =
	        local ? store_session_account(local, identify->token_hash, base_clock_utc_ms(), &identify->account)
	              : -EIO;
	hub_post(identify->api->hub, &identify->mail);
}

void api_chat_identify(struct api_conn *conn)
{
	struct identify *identify = calloc(1, sizeof *identify);

	if (!identify)
		abort();
	identify->mail.deliver = identify_deliver;
	identify->api = conn->api;
	identify->conn = conn->token;
	memcpy(identify->token_hash, conn->token_hash, sizeof identify->token_hash);
	conn->busy = true;
	if (api_jobs_submit(conn->api, BASE_JOBS_READ, identify_run, identify)) {
		identify->err = -EAGAIN;
		hub_post(conn->api->hub, &identify->mail);
	}
}

/* ---- join ---- */

struct join {
	struct base_id show;
	struct api_room_facts facts;
};

static void join_free(void *extra)
{
	struct join *join = extra;

	api_room_facts_clear(&join->facts);
	free(join);
}

static void add_hold(const struct store_hold *hold, void *ctx)
{
	json_array_append_new(ctx, api_encode_hold(hold));
}

static void add_waiting(const struct store_waiting *waiting, void *ctx)
{
	json_array_append_new(ctx, api_encode_waiting(waiting));
}

/* What the buyer holds and waits for, in this show. */
static int read_me(struct api_call *call, struct base_id show, json_t *me)
{
	json_t *holds = json_array(), *waiting = json_array();
	int err = 0;

	json_object_set_new(me, "holds", holds);
	json_object_set_new(me, "waitlist", waiting);
	if (call->actor.signed_in)
		err = store_waiting_of(call->reader, call->actor.id, &show, add_waiting, waiting);
	/* in this order: a wait that becomes a hold meanwhile is both, rather than neither */
	if (call->actor.signed_in && !err)
		err = store_holds_open(call->reader, call->actor.id, &show, add_hold, holds);
	return err;
}

/* On a jobs thread: everything of the snapshot that the store knows. */
static void join_read(struct api_call *call)
{
	struct join *join = call->extra;
	const struct store_show *show = &join->facts.show;
	json_t *items = NULL, *me = json_object();
	bool host;
	int err = api_room_facts_read(call->reader, join->show, &join->facts);

	if (!err)
		err = api_items_of_show(call->reader, show, &join->facts.wares, &items);
	if (!err)
		err = read_me(call, join->show, me);
	if (err) {
		json_decref(items);
		json_decref(me);
		api_call_store_failed(call, err, "show");
		return;
	}
	host = call->actor.signed_in && base_id_equal(call->actor.id, show->host.id);
	api_call_json(call, 200,
	              json_pack("{s:o, s:o, s:o, s:o}", "show", api_encode_show(&call->api->scene, show, host), "items",
	                        items, "featured", api_encode_id(show->featured), "me", me));
}

static void add_line(const struct chat_line *line, void *ctx)
{
	json_array_append_new(ctx, api_encode_line(line));
}

/* Back on the hub thread: what the room knows. */
static void join_compose(struct api_call *call, struct api_conn *conn, struct api_room *room)
{
	json_t *me = json_object_get(call->output, "me"), *chat = json_array();
	char author[BASE_ID_TEXT], whom[BASE_ID_TEXT];
	const char *who = api_room_author(conn, author);
	int64_t now_ms = base_clock_utc_ms(), muted = who ? chat_room_muted_until(room->chat, who, now_ms) : 0;

	chat_room_history(room->chat, add_line, chat);
	json_object_set_new(call->output, "chat", chat);
	json_object_set_new(call->output, "viewers", json_integer((json_int_t)chat_room_viewers(room->chat)));
	json_object_set_new(call->output, "slow_s", json_integer(chat_room_slow_s(room->chat)));
	json_object_set_new(call->output, "now_ms", json_integer(now_ms));
	/* told here, because a page offers before it hears anything else of its media */
	json_object_set_new(call->output, "ice_servers",
	                    api_ice_servers(conn->api->settings, now_ms,
	                                    conn->actor.signed_in ? base_id_format(conn->actor.id, whom) : NULL));
	json_object_set_new(me, "account", account_or_null(conn));
	json_object_set_new(me, "role", json_string(api_room_role(room, conn)));
	json_object_set_new(me, "muted_until_ms", json_integer(muted));
	json_object_set_new(me, "banned", json_boolean(who && chat_room_banned(room->chat, who)));
}

static void join_fail(struct api_call *call, const char *code, const char *detail)
{
	json_decref(call->output);
	call->output = NULL;
	call->code = code;
	snprintf(call->detail, sizeof call->detail, "%s", detail);
}

static void join_finish(struct api_call *call, struct api_conn *conn)
{
	struct join *join = call->extra;
	struct api_room *room = api_room_find(call->api, join->show);

	if (!room)
		return;
	if (conn && !call->code) {
		adopt(call, conn);
		api_room_learn(room, &join->facts);
		if (!room->known)
			api_room_set_show(room, &join->facts.show);
		if (api_room_enter(room, conn)) {
			join_compose(call, conn, room);
			return;
		}
		join_fail(call, "retry", "Too much happened while you came in: try again.");
	}
	api_room_give_up(room, call->peer);
}

static void join_sent(struct api_call *call, struct api_conn *conn)
{
	struct join *join = call->extra;
	struct api_room *room = api_room_find(call->api, join->show);

	if (room && api_room_has(room, conn))
		api_room_admit(room, conn);
	api_conn_resume(conn);
}

static size_t free_places(const struct api_conn *conn)
{
	size_t count = 0;

	for (size_t i = 0; i < API_CONN_ROOMS; i++)
		count += conn->rooms[i] == NULL;
	return count;
}

void api_chat_join(struct api_conn *conn, struct api_message *message)
{
	struct api_call *call = api_message_call(conn, message);
	struct join *join = g_new0(struct join, 1);
	struct api_room *room;
	struct api_fields fields;

	call->extra = join;
	call->free_extra = join_free;
	api_fields_init(&fields, message->input);
	join->show = api_field_id(&fields, "show", API_REQUIRED);
	if (!api_message_fields(conn, message, &fields) || !take_token(conn, message, call)) {
		api_call_free(call);
		return;
	}
	room = api_room_find(conn->api, join->show);
	if (room && api_room_has(room, conn)) /* once more: as if it had left */
		api_room_leave(room, conn);
	if (!free_places(conn)) {
		api_message_error(conn, message, "limit", "A connection may be in %d shows.", API_CONN_ROOMS);
		api_call_free(call);
		return;
	}
	api_room_expect(api_room_get(conn->api, join->show), conn);
	conn->busy = true;
	call->finish = join_finish;
	call->sent = join_sent;
	api_call_submit(call, BASE_JOBS_READ, join_read);
}

void api_chat_leave(struct api_conn *conn, struct api_message *message)
{
	struct api_fields fields;
	struct base_id show;
	struct api_room *room;

	api_fields_init(&fields, message->input);
	show = api_field_id(&fields, "show", API_OPTIONAL);
	if (!api_message_fields(conn, message, &fields))
		return;
	room = api_room_find(conn->api, show);
	if (base_id_is_zero(show))
		api_rooms_leave_all(conn);
	else if (room)
		api_room_leave(room, conn);
	api_message_ok(conn, message, NULL);
}
