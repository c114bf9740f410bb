/* Connections: who they are, where they are, how much they may send. Hub thread. */
#include "api/core.h"

#include <stdlib.h>
#include <string.h>

#include "api/rooms.h"
#include "api/tokens.h"
#include "base/clock.h"

#define MESSAGES_BURST 100.0
#define MESSAGES_PER_S 30.0
#define MESSAGE_BYTES 8192 /* a message costs one more for each of these */
#define REFUSED_MAX 200.0  /* as many over the rate, and the connection is closed as a flood */
#define REFUSED_PER_S 30.0 /* of them forgotten */

#define CLOSE_POLICY 1008

static guint id_hash(gconstpointer key)
{
	const struct base_id *id = key;
	guint hash;

	memcpy(&hash, id->bytes + 12, sizeof hash); /* the random end */
	return hash;
}

static gboolean id_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct base_id)) == 0;
}

GHashTable *api_id_table_new(GDestroyNotify destroy)
{
	return g_hash_table_new_full(id_hash, id_equal, g_free, destroy);
}

void api_conn_send(struct api_conn *conn, enum hub_class class, json_t *message)
{
	struct base_buffer *buffer = api_json_take(message);

	hub_conn_send(conn->hub, class, buffer);
	base_buffer_unref(buffer);
}

/* ---- who is there ---- */

/* Who waits for something should be there when the turn comes: the show thread is told who is. */
static void tell_presence(struct api *api, struct base_id account, bool present)
{
	if (!atomic_load(&api->closing))
		show_controller_presence(api->engines.controller, account, present);
}

static void remember(struct api_conn *conn)
{
	struct base_id id = conn->account.person.id;
	GPtrArray *conns = g_hash_table_lookup(conn->api->people, &id);

	if (!conns) {
		conns = g_ptr_array_new();
		g_hash_table_insert(conn->api->people, g_memdup2(&id, sizeof id), conns);
		tell_presence(conn->api, id, true);
	}
	g_ptr_array_add(conns, conn);
}

static void forget(struct api_conn *conn)
{
	struct base_id id = conn->account.person.id;
	GPtrArray *conns = g_hash_table_lookup(conn->api->people, &id);

	if (conns && g_ptr_array_remove_fast(conns, conn) && conns->len == 0) {
		g_hash_table_remove(conn->api->people, &id);
		tell_presence(conn->api, id, false);
	}
}

/* Another account than before, or none. */
static void change_person(struct api_conn *conn, const struct store_account *account)
{
	api_rooms_account_leaves(conn);
	if (conn->actor.signed_in)
		forget(conn);
	memset(&conn->account, 0, sizeof conn->account);
	conn->actor = (struct api_actor){0};
	if (account) {
		conn->account = *account;
		conn->actor = api_actor_of(conn->api->settings, account);
		remember(conn);
	}
	api_rooms_account_enters(conn);
}

void api_conn_set_account(struct api_conn *conn, const struct store_account *account)
{
	if (account && conn->actor.signed_in && base_id_equal(conn->account.person.id, account->person.id)) {
		conn->account = *account;
		conn->actor = api_actor_of(conn->api->settings, account);
	} else {
		change_person(conn, account);
	}
	api_rooms_role_changed(conn);
}

void api_people_each(struct api *api, struct base_id account, void (*visit)(struct api_conn *conn, void *ctx),
                     void *ctx)
{
	GPtrArray *conns = g_hash_table_lookup(api->people, &account);
	GPtrArray *copy;

	if (!conns)
		return;
	/* A visit may change who is there. */
	copy = g_ptr_array_copy(conns, NULL, NULL);
	for (guint i = 0; i < copy->len; i++)
		visit(copy->pdata[i], ctx);
	g_ptr_array_free(copy, TRUE);
}

struct parcel {
	enum hub_class class;
	struct base_buffer *message;
};

static void hand_over(struct api_conn *conn, void *ctx)
{
	struct parcel *parcel = ctx;

	hub_conn_send(conn->hub, parcel->class, parcel->message);
}

void api_people_send(struct api *api, struct base_id account, enum hub_class class, struct base_buffer *message)
{
	api_people_each(api, account, hand_over, &(struct parcel){class, message});
}

static void sign_out(struct api_conn *conn, void *ctx)
{
	if (!conn->has_token || memcmp(conn->token_hash, ctx, sizeof conn->token_hash) != 0)
		return;
	conn->has_token = false;
	api_conn_set_account(conn, NULL);
}

void api_people_sign_out(struct api *api, struct base_id account, const uint8_t token_hash[32])
{
	api_people_each(api, account, sign_out, (void *)token_hash);
}

/* ---- life ---- */

static void open_conn(struct hub_conn *hub_conn, void *ctx)
{
	struct api_conn *conn = g_new0(struct api_conn, 1);

	conn->api = ctx;
	conn->hub = hub_conn;
	conn->token = hub_conn_token(hub_conn);
	conn->budget = MESSAGES_BURST;
	conn->budget_us = base_clock_monotonic_us();
	/* Looked up with the first message that needs it: hello and join wait for the store anyway. */
	conn->has_token = api_token_hash(hub_conn_cookie(hub_conn, "trunkshow_session"), conn->token_hash);
	api_host_address(hub_conn_header(hub_conn, "host"), conn->host);
	g_queue_init(&conn->waiting);
	hub_conn_set_data(hub_conn, conn);
}

static void close_conn(struct hub_conn *hub_conn, void *ctx)
{
	struct api_conn *conn = hub_conn_data(hub_conn);

	if (!conn)
		return;
	hub_conn_set_data(hub_conn, NULL);
	api_rooms_leave_all(conn);
	if (conn->actor.signed_in)
		forget(conn);
	g_queue_clear_full(&conn->waiting, (GDestroyNotify)api_message_free);
	g_free(conn);
}

/* ---- what it says ---- */

static bool within_rate(struct api_conn *conn, size_t len, int64_t now_us)
{
	double seconds = (double)(now_us - conn->budget_us) / 1e6, cost = 1.0 + (double)(len / MESSAGE_BYTES);

	if (!conn->api->settings->rate_limits)
		return true;
	conn->budget = MIN(MESSAGES_BURST, conn->budget + seconds * MESSAGES_PER_S);
	conn->refused = MAX(0.0, conn->refused - seconds * REFUSED_PER_S);
	conn->budget_us = now_us;
	if (conn->budget < cost) {
		conn->refused += cost;
		return false;
	}
	conn->budget -= cost;
	return true;
}

static void send_error(struct api_conn *conn, json_t *id, const char *code, const char *why)
{
	json_t *error = json_pack("{s:s, s:s, s:o}", "type", "error", "code", code, "detail", api_json_string(why));

	if (id)
		json_object_set_new(error, "id", id);
	conn->api->counters.ws_errors++;
	api_conn_send(conn, HUB_MUST, error);
}

/* Over the rate: told so, with the id if that costs little to find out. */
static void refuse(struct api_conn *conn, const char *text, size_t len)
{
	struct api_message *message = NULL;
	const char *code = NULL;
	json_t *id = NULL;
	char why[192];

	if (len < MESSAGE_BYTES)
		message = api_message_decode(text, len, &code, why, sizeof why, &id);
	send_error(conn, message ? json_incref(message->id) : id, "rate_limited",
	           "This connection sends too many messages.");
	api_message_free(message);
	if (conn->refused > REFUSED_MAX)
		hub_conn_close(conn->hub, CLOSE_POLICY, "flood");
}

static void on_message(struct hub_conn *hub_conn, const char *text, size_t len, int64_t arrived_us, void *ctx)
{
	struct api_conn *conn = hub_conn_data(hub_conn);
	struct api_message *message;
	const char *code = NULL;
	json_t *id = NULL;
	char why[192];

	if (!conn)
		return;
	conn->api->counters.ws_messages++;
	if (!within_rate(conn, len, arrived_us)) {
		refuse(conn, text, len);
		return;
	}
	message = api_message_decode(text, len, &code, why, sizeof why, &id);
	if (!message) {
		send_error(conn, id, code, why);
		return;
	}
	message->arrived_us = arrived_us;
	if (!conn->busy) {
		api_message_handle(conn, message);
	} else if (g_queue_get_length(&conn->waiting) < API_WAITING_MAX) {
		g_queue_push_tail(&conn->waiting, message);
	} else {
		api_message_error(conn, message, "rate_limited", "Too many messages before the join was answered.");
		api_message_free(message);
	}
}

void api_conn_resume(struct api_conn *conn)
{
	struct api_message *message;

	conn->busy = false;
	while (!conn->busy && (message = g_queue_pop_head(&conn->waiting)))
		api_message_handle(conn, message);
}

void api_conns_register(struct api *api)
{
	hub_on_ws(api->hub, &(struct hub_ws_handlers){
	                            .open = open_conn, .message = on_message, .closed = close_conn, .ctx = api});
}
