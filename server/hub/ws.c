/* WebSockets: who may connect, and what they say. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "hub/hub_private.h"
#include "hub/text.h"

static struct hub *hub_of(struct lws *wsi)
{
	return lws_context_user(lws_get_context(wsi));
}

/* Why a handshake is refused: a status and words, status 0 for fine. */
static int judge(struct hub *hub, struct lws *wsi, const struct hub_header_store *headers, const char **words)
{
	const char *upgrade = request_headers_get(headers, "upgrade"),
	           *version = request_headers_get(headers, "sec-websocket-version");
	char *path = NULL;
	int len = 0, method = lws_http_get_uri_and_method(wsi, &path, &len);

	*words = "upgrade to a WebSocket at " HUB_WS_PATH;
	if (strcasecmp(upgrade, "websocket") != 0 || method != LWSHUMETH_GET)
		return 400;
	if (len != (int)strlen(HUB_WS_PATH) || memcmp(path, HUB_WS_PATH, (size_t)len) != 0)
		return 404;
	*words = "only version 13 is spoken";
	if (!version || strcmp(version, "13") != 0)
		return 426;
	*words = "the subprotocol " HUB_SUBPROTOCOL " must be offered";
	if (!text_has_token(request_headers_get(headers, "sec-websocket-protocol"), HUB_SUBPROTOCOL))
		return 400;
	*words = "a page of another origin may not connect";
	if (!request_same_origin(hub, request_is_tls(wsi, headers), headers))
		return 403;
	*words = "the server restarts";
	return hub->stopping_since_us > 0 || !hub->ws.message ? 503 : 0;
}

/* Called with LWS_CALLBACK_HTTP_CONFIRM_UPGRADE. The callback's `in` may point into a freed header table when the
 * Upgrade header is unknown: lws has answered then and dropped the table, and only hanging up keeps it from looking
 * there itself. */
int ws_confirm(struct hub *hub, struct lws *wsi)
{
	struct hub_header_store headers;
	const char *words = NULL;
	int status;

	if (lws_get_opaque_user_data(wsi) || lws_hdr_total_length(wsi, WSI_TOKEN_UPGRADE) <= 0)
		return -1;
	request_headers_take(wsi, &headers);
	status = judge(hub, wsi, &headers, &words);
	request_headers_finish(&headers);
	if (status == 0)
		return 0;
	hub->stats.ws_refused++;
	reply_raw_problem(hub, wsi, status,
	                  status == 403   ? "forbidden"
	                  : status == 503 ? "unavailable"
	                                  : "bad_request",
	                  words);
	return -1;
}

static void complain(struct hub_conn *conn, const char *code, const char *detail)
{
	char text[256];
	int len = snprintf(text, sizeof text, "{\"type\":\"error\",\"id\":null,\"code\":\"%s\",\"detail\":\"%s\"}",
	                   code, detail);
	struct base_buffer *message = base_buffer_copy(text, (size_t)len);

	hub_conn_send(conn, HUB_MUST, message);
	base_buffer_unref(message);
}

static void deliver(struct hub_conn *conn, const char *text, size_t len, int64_t now_us)
{
	if (conn->message_binary)
		complain(conn, "bad_request", "binary frames are not taken, send text");
	else if (!text_is_utf8(text, len))
		complain(conn, "bad_json", "the text is not UTF-8");
	else
		conn->hub->ws.message(conn, text, len, now_us, conn->hub->ws.ctx);
}

/* Append a fragment. @return false when there is no memory */
static bool gather(struct hub_conn *conn, const char *data, size_t len)
{
	if (conn->message_len + len > conn->message_capacity) {
		size_t capacity = conn->message_capacity ? conn->message_capacity : 4096;
		while (capacity < conn->message_len + len)
			capacity *= 2;
		char *message = realloc(conn->message, capacity);
		if (!message)
			return false;
		conn->message = message;
		conn->message_capacity = capacity;
	}
	if (len > 0)
		memcpy(conn->message + conn->message_len, data, len);
	conn->message_len += len;
	return true;
}

static int on_receive(struct hub_conn *conn, const char *data, size_t len)
{
	size_t limit = (size_t)conn->hub->settings->max_frame_bytes;
	int64_t now_us = base_clock_monotonic_us();

	conn->heard_us = now_us;
	if (conn->closing)
		return 0;
	if (lws_is_first_fragment(conn->wsi)) {
		conn->message_len = 0;
		conn->message_binary = lws_frame_is_binary(conn->wsi) != 0;
	}
	if (conn->message_len + len + lws_remaining_packet_payload(conn->wsi) > limit) {
		hub_conn_close(conn, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "message too large");
		return 0;
	}
	if (conn->message_len == 0 && lws_is_final_fragment(conn->wsi)) {
		deliver(conn, len ? data : "", len, now_us);
		return 0;
	}
	if (!gather(conn, data, len))
		return -1;
	if (lws_is_final_fragment(conn->wsi)) {
		size_t whole = conn->message_len;
		conn->message_len = 0;
		deliver(conn, conn->message, whole, now_us);
		/* A large message is rare: do not keep its room for the life of the connection. */
		if (conn->message_capacity > 4096) {
			free(conn->message);
			conn->message = NULL;
			conn->message_capacity = 0;
		}
	}
	return 0;
}

static int on_established(struct lws *wsi)
{
	struct hub *hub = hub_of(wsi);
	struct hub_conn *conn;

	if (conn_open(hub, wsi, &conn) != 0)
		return -1;
	conn->opened = true;
	if (hub->ws.open)
		hub->ws.open(conn, hub->ws.ctx);
	request_headers_finish(&conn->headers);
	return 0;
}

static void on_closed(struct hub_conn *conn)
{
	struct hub *hub = conn->hub;

	conn->closing = conn->close_sent = true;
	topic_forget(conn);
	if (conn->opened && hub->ws.closed)
		hub->ws.closed(conn, hub->ws.ctx);
	conn_free(conn);
}

int ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct hub_conn *conn = lws_get_opaque_user_data(wsi);

	if (reason == LWS_CALLBACK_ESTABLISHED)
		return on_established(wsi);
	if (!conn || conn->kind != HUB_KIND_CONN)
		return 0;
	switch (reason) {
	case LWS_CALLBACK_RECEIVE:
		return on_receive(conn, in, len);
	case LWS_CALLBACK_RECEIVE_PONG:
		conn->heard_us = base_clock_monotonic_us();
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return conn_writable(conn);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		/* lws returns the close; nothing may be written after it. */
		conn->closing = conn->close_sent = true;
		topic_forget(conn);
		return 0;
	case LWS_CALLBACK_CLOSED:
		on_closed(conn);
		return 0;
	default:
		return 0;
	}
}
