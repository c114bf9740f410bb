/* WebSockets (RFC 6455): who may connect, and what they say. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "hub/hub_private.h"
#include "hub/text.h"

#define KEY_CHARS 24 /* 16 bytes in base64 */

enum close_code {
	CLOSE_NORMAL = 1000,
	CLOSE_PROTOCOL = 1002,
	CLOSE_NO_CODE = 1005,
	CLOSE_POLICY = 1008,
	CLOSE_TOO_LARGE = 1009
};

/* ---- the handshake ---- */

/* Why a handshake is refused: a status and words; status 0 for fine. */
static int judge(const struct hub_request *r, const char **words)
{
	const char *version = hub_request_header(r, "sec-websocket-version"),
	           *key = hub_request_header(r, "sec-websocket-key");

	*words = "this is a WebSocket: upgrade the connection";
	if (!request_headers_have(&r->headers, "upgrade", "websocket") ||
	    !request_headers_have(&r->headers, "connection", "upgrade"))
		return 426;
	*words = "only version 13 is spoken";
	if (!version || strcmp(version, "13") != 0)
		return 426;
	*words = "Sec-WebSocket-Key is missing or no key";
	if (!key || strlen(key) != KEY_CHARS || r->length > 0)
		return 400;
	*words = "the subprotocol " HUB_SUBPROTOCOL " must be offered";
	if (!request_headers_have(&r->headers, "sec-websocket-protocol", HUB_SUBPROTOCOL))
		return 400;
	*words = "a page of another origin may not connect";
	if (!hub_request_same_origin(r))
		return 403;
	*words = "the server restarts";
	return r->hub->stopping_since_us > 0 || !r->hub->ws.message ? 503 : 0;
}

static int refuse(struct hub_request *r, int status, const char *words)
{
	static const struct hub_header headers[] = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
	const char *code = status == 403 ? "forbidden" : status == 503 ? "unavailable" : "bad_request";
	struct base_buffer *body = reply_problem_body(status, code, words);

	r->hub->stats.ws_refused++;
	r->close = true;
	hub_request_reply(r, status, "application/problem+json", headers, status == 426 ? 2 : 0, body);
	base_buffer_unref(body);
	return 0;
}

static int accept_handshake(struct hub_request *r)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char digest[20];
	char text[KEY_CHARS + sizeof guid], accept[32], reply[256];

	snprintf(text, sizeof text, "%s%s", hub_request_header(r, "sec-websocket-key"), guid);
	lws_SHA1((unsigned char *)text, strlen(text), digest);
	if (lws_b64_encode_string((char *)digest, sizeof digest, accept, sizeof accept) < 0)
		return -1;
	int len = snprintf(reply, sizeof reply,
	                   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	                   "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: " HUB_SUBPROTOCOL "\r\n\r\n",
	                   accept);
	return peer_write(r->peer, (uint8_t *)reply, (size_t)len);
}

int ws_upgrade(struct hub_request *r)
{
	struct hub_peer *peer = r->peer;
	struct hub *hub = r->hub;
	struct hub_conn *conn;
	const char *words;
	int status = judge(r, &words);

	if (status)
		return refuse(r, status, words);
	if (accept_handshake(r) != 0 || conn_open(peer, r, &conn) != 0)
		return -1;
	peer_unlist(peer);
	if (hub->ws.open)
		hub->ws.open(conn, hub->ws.ctx);
	conn->headers = NULL;
	http_request_free(r);
	/* The first frames may have come with the handshake. */
	size_t len = peer->in_len;
	peer->in_len = 0;
	return len > 0 ? ws_feed(conn, (uint8_t *)peer->in, len) : 0;
}

void ws_gone(struct hub_conn *conn)
{
	struct hub *hub = conn->hub;

	conn->closing = conn->close_sent = true;
	topic_forget(conn);
	if (hub->ws.closed)
		hub->ws.closed(conn, hub->ws.ctx);
	conn_free(conn);
}

/* ---- messages ---- */

static void complain(struct hub_conn *conn, const char *code, const char *detail)
{
	char text[256];
	int len = snprintf(text, sizeof text, "{\"type\":\"error\",\"id\":null,\"code\":\"%s\",\"detail\":\"%s\"}",
	                   code, detail);
	struct base_buffer *message;

	if (++conn->nonsense > HUB_NONSENSE) {
		hub_conn_close(conn, CLOSE_POLICY, "flood");
		return;
	}
	message = base_buffer_copy(text, (size_t)len);
	hub_conn_send(conn, HUB_MUST, message);
	base_buffer_unref(message);
}

static void deliver(struct hub_conn *conn, const char *text, size_t len)
{
	if (conn->message_binary)
		complain(conn, "bad_request", "binary frames are not taken, send text");
	else if (!text_is_utf8(text, len))
		complain(conn, "bad_json", "the text is not UTF-8");
	else
		conn->hub->ws.message(conn, text, len, conn->heard_us, conn->hub->ws.ctx);
}

static int gather(struct hub_conn *conn, const uint8_t *data, size_t len)
{
	if (conn->message_len + len > conn->message_capacity) {
		size_t capacity = conn->message_capacity ? conn->message_capacity : 4096;
		while (capacity < conn->message_len + len)
			capacity *= 2;
		char *message = realloc(conn->message, capacity);
		if (!message)
			return -1;
		conn->message = message;
		conn->message_capacity = capacity;
	}
	if (len > 0)
		memcpy(conn->message + conn->message_len, data, len);
	conn->message_len += len;
	return 0;
}

/* A piece of a text frame's payload, unmasked. `last` when it ends the message. */
static int take_text(struct hub_conn *conn, const uint8_t *data, size_t len, bool last)
{
	if (last && conn->message_len == 0) {
		conn->in_message = false;
		deliver(conn, (const char *)data, len);
		return 0;
	}
	if (gather(conn, data, len) != 0)
		return -1;
	if (!last)
		return 0;
	size_t whole = conn->message_len;
	conn->message_len = 0;
	conn->in_message = false;
	deliver(conn, conn->message, whole);
	/* A message in pieces is rare: do not keep its room for the life of the connection. */
	free(conn->message);
	conn->message = NULL;
	conn->message_capacity = 0;
	return 0;
}

/* ---- control frames ---- */

static int take_close(struct hub_conn *conn, size_t len)
{
	uint16_t code = len >= 2 ? (uint16_t)(conn->control[0] << 8 | conn->control[1]) : CLOSE_NORMAL;

	conn->peer_closed = true;
	if (conn->close_sent)
		return -1; /* that was the answer to ours */
	if (len == 1 || (len >= 2 && !ws_frame_is_close_code(code)))
		code = CLOSE_PROTOCOL;
	queue_clear(&conn->queue);
	hub_conn_close(conn, code, "");
	conn_flush(conn);
	return 0;
}

static int take_control(struct hub_conn *conn, size_t len)
{
	if (conn->frame.opcode == WS_OP_CLOSE)
		return take_close(conn, len);
	if (conn->frame.opcode == WS_OP_PING) {
		/* Only the last of several pings needs its answer (RFC 6455 §5.5.3). */
		memcpy(conn->pong, conn->control, len);
		conn->pong_len = len;
		conn->pong_due = true;
		conn_touch(conn);
	}
	return 0;
}

/* ---- frames ---- */

/* What the peer sends makes no sense any more: say so and listen to nothing else. */
static int fail(struct hub_conn *conn, enum close_code code, const char *reason)
{
	conn->deaf = true;
	hub_conn_close(conn, (uint16_t)code, reason);
	return 0;
}

/* A frame's head is there. @return 0; -1 to close */
static int begin_frame(struct hub_conn *conn)
{
	const struct ws_head *frame = &conn->frame;

	conn->in_frame = true;
	conn->frame_done = 0;
	if (frame->opcode >= WS_OP_CLOSE)
		return 0;
	if ((frame->opcode == WS_OP_CONTINUATION) != conn->in_message)
		return fail(conn, CLOSE_PROTOCOL, "fragments out of order");
	if (!conn->in_message) {
		conn->in_message = true;
		conn->message_binary = frame->opcode == WS_OP_BINARY;
		conn->message_len = 0;
	}
	if (frame->len > (uint64_t)conn->hub->settings->max_frame_bytes - conn->message_len)
		return fail(conn, CLOSE_TOO_LARGE, "message too large");
	return 0;
}

/* Take what has come of the head. @return bytes used */
static size_t take_head(struct hub_conn *conn, const uint8_t *data, size_t len, int *result)
{
	size_t had = conn->frame_head_len,
	       more = sizeof conn->frame_head - had < len ? sizeof conn->frame_head - had : len;

	memcpy(conn->frame_head + had, data, more);
	int head = ws_frame_parse(conn->frame_head, had + more, &conn->frame);
	if (head <= 0) {
		conn->frame_head_len = had + more;
		*result = head < 0 ? fail(conn, CLOSE_PROTOCOL, "no frame of a client") : 0;
		return more;
	}
	conn->frame_head_len = 0;
	*result = begin_frame(conn);
	return (size_t)head - had;
}

/* Take what has come of the payload. @return bytes used */
static size_t take_payload(struct hub_conn *conn, uint8_t *data, size_t len, int *result)
{
	uint64_t left = conn->frame.len - conn->frame_done;
	size_t now = left < len ? (size_t)left : len;
	bool whole = now == left;

	ws_frame_unmask(data, now, conn->frame.mask, conn->frame_done);
	if (conn->frame.opcode >= WS_OP_CLOSE)
		memcpy(conn->control + conn->frame_done, data, now);
	conn->frame_done += now;
	conn->in_frame = !whole;
	if (conn->frame.opcode >= WS_OP_CLOSE)
		*result = whole ? take_control(conn, (size_t)conn->frame.len) : 0;
	else if (!conn->closing)
		*result = take_text(conn, data, now, whole && conn->frame.final);
	else if (whole && conn->frame.final)
		conn->in_message = false;
	return now;
}

int ws_feed(struct hub_conn *conn, uint8_t *data, size_t len)
{
	int result = 0;

	conn->heard_us = base_clock_monotonic_us();
	while (result == 0 && !conn->deaf && !conn->peer_closed &&
	       (len > 0 || (conn->in_frame && conn->frame.len == 0))) {
		size_t used =
		        conn->in_frame ? take_payload(conn, data, len, &result) : take_head(conn, data, len, &result);
		data += used;
		len -= used;
	}
	return result;
}
