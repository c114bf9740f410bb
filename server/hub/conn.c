/* One WebSocket's sending side: its queue, its end, its place on the ping wheel. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "hub/hub_private.h"

#define FRAMES_PER_FLUSH 16

static void wheel_add(struct hub_conn *conn)
{
	struct hub *hub = conn->hub;

	conn->slot = hub->next_slot++ % HUB_WHEEL_SLOTS;
	conn->slot_next = hub->slots[conn->slot];
	if (conn->slot_next)
		conn->slot_next->slot_previous = conn;
	hub->slots[conn->slot] = conn;
}

static void wheel_remove(struct hub_conn *conn)
{
	if (conn->slot_previous)
		conn->slot_previous->slot_next = conn->slot_next;
	else
		conn->hub->slots[conn->slot] = conn->slot_next;
	if (conn->slot_next)
		conn->slot_next->slot_previous = conn->slot_previous;
}

int conn_open(struct hub_peer *peer, const struct hub_request *r, struct hub_conn **out)
{
	struct hub *hub = peer->hub;
	struct hub_conn *conn = calloc(1, sizeof *conn);

	if (!conn)
		return -ENOMEM;
	conn->hub = hub;
	conn->peer = peer;
	conn->wsi = peer->wsi;
	conn->heard_us = base_clock_monotonic_us();
	conn->token = tokens_add(&hub->conn_tokens, conn);
	queue_init(&conn->queue, (size_t)hub->settings->send_queue_bytes);
	conn->headers = &r->headers;
	snprintf(conn->address, sizeof conn->address, "%s", r->address);
	peer->conn = conn;
	wheel_add(conn);
	hub->conn_count++;
	hub->stats.ws_open++;
	hub->stats.ws_opened++;
	*out = conn;
	return 0;
}

static void undirty(struct hub_conn *conn)
{
	for (struct hub_conn **at = &conn->hub->dirty; conn->dirty && *at; at = &(*at)->next_dirty) {
		if (*at == conn) {
			*at = conn->next_dirty;
			conn->dirty = false;
			return;
		}
	}
}

void conn_free(struct hub_conn *conn)
{
	struct hub *hub = conn->hub;

	undirty(conn);
	wheel_remove(conn);
	tokens_remove(&hub->conn_tokens, conn->token);
	conn->peer->conn = NULL;
	hub->conn_count--;
	hub->stats.ws_open--;
	queue_finish(&conn->queue);
	free(conn->memberships);
	free(conn->message);
	free(conn);
}

void conn_touch(struct hub_conn *conn)
{
	if (conn->dirty)
		return;
	conn->dirty = true;
	conn->next_dirty = conn->hub->dirty;
	conn->hub->dirty = conn;
}

void conn_doom(struct hub_conn *conn)
{
	conn->doomed = conn->closing = true;
	conn->hub->doomed = true;
}

/* ---- sending ---- */

static void note_blocked(struct hub_conn *conn)
{
	if (!lws_partial_buffered(conn->wsi))
		conn->blocked_since_us = 0;
	else if (conn->blocked_since_us == 0)
		conn->blocked_since_us = base_clock_monotonic_us();
}

void conn_write(struct hub_conn *conn, struct base_buffer *frame)
{
	struct hub *hub = conn->hub;
	size_t len = frame->len - WS_HEAD_SERVER;
	/* The head comes out the same for everybody who shares the frame. */
	uint8_t *start = ws_frame_put_head(frame->data + WS_HEAD_SERVER, WS_OP_TEXT, len);

	if (peer_write(conn->peer, start, len + ws_frame_head_length(len)) != 0) {
		conn_doom(conn);
		return;
	}
	hub->stats.frames_sent++;
	hub->stats.bytes_sent += len;
	note_blocked(conn);
}

static void write_control(struct hub_conn *conn, enum ws_opcode opcode, const void *payload, size_t len)
{
	uint8_t frame[WS_HEAD_SERVER + WS_CONTROL_BYTES];

	if (len > 0)
		memcpy(frame + WS_HEAD_SERVER, payload, len);
	uint8_t *start = ws_frame_put_head(frame + WS_HEAD_SERVER, opcode, len);
	if (peer_write(conn->peer, start, len + ws_frame_head_length(len)) != 0)
		conn_doom(conn);
}

static void write_close(struct hub_conn *conn)
{
	uint8_t payload[2 + sizeof conn->close_reason];
	size_t len = strlen(conn->close_reason);

	payload[0] = (uint8_t)(conn->close_code >> 8);
	payload[1] = (uint8_t)conn->close_code;
	memcpy(payload + 2, conn->close_reason, len);
	conn->close_sent = true;
	write_control(conn, WS_OP_CLOSE, payload, len + 2);
	/* Who has said goodbye already waits for the end of the connection. */
	if (!conn->doomed && (conn->peer_closed || conn->deaf))
		peer_linger(conn->peer);
}

/* What is due beside messages, when the socket takes it. */
static void write_controls(struct hub_conn *conn)
{
	if (conn->pong_due) {
		conn->pong_due = false;
		write_control(conn, WS_OP_PONG, conn->pong, conn->pong_len);
	}
	if (conn->ping_due && !conn->doomed) {
		conn->ping_due = false;
		write_control(conn, WS_OP_PING, "hub?", 4);
	}
}

void conn_flush(struct hub_conn *conn)
{
	if (conn->doomed || conn->close_sent)
		return;
	if (!lws_partial_buffered(conn->wsi))
		write_controls(conn);
	for (int i = 0; i < FRAMES_PER_FLUSH && !conn->doomed && !lws_partial_buffered(conn->wsi); i++) {
		struct base_buffer *frame = queue_take_frame(&conn->queue, WS_HEAD_SERVER, HUB_FRAME_BYTES);
		if (!frame)
			break;
		conn_write(conn, frame);
		base_buffer_unref(frame);
	}
	/* With something left in lws, it calls again when that is gone. */
	if (conn->doomed || lws_partial_buffered(conn->wsi))
		return;
	if (conn->queue.count > 0)
		lws_callback_on_writable(conn->wsi);
	else if (conn->closing)
		write_close(conn);
}

int conn_writable(struct hub_conn *conn)
{
	note_blocked(conn);
	if (conn->close_sent && (conn->peer_closed || conn->deaf))
		peer_linger(conn->peer);
	conn_flush(conn);
	return conn->doomed ? -1 : 0;
}

void conn_flush_dirty(struct hub *hub)
{
	struct hub_conn *conn = hub->dirty;

	hub->dirty = NULL;
	for (struct hub_conn *next; conn; conn = next) {
		next = conn->next_dirty;
		conn->dirty = false;
		conn_flush(conn);
	}
}

static void count_lost(struct hub_conn *conn, const uint64_t before[HUB_MUST])
{
	conn->hub->stats.dropped_reactions += conn->queue.lost[HUB_REACTION] - before[HUB_REACTION];
	conn->hub->stats.dropped_chat += conn->queue.lost[HUB_CHAT] - before[HUB_CHAT];
}

static void too_slow(struct hub_conn *conn)
{
	conn->hub->stats.closed_slow++;
	queue_clear(&conn->queue);
	hub_conn_close(conn, 4000, "too slow");
}

void conn_push(struct hub_conn *conn, enum hub_class class, uint64_t mark, struct base_buffer *message)
{
	uint64_t before[HUB_MUST];

	if (conn->closing)
		return;
	memcpy(before, conn->queue.lost, sizeof before);
	int err = queue_push(&conn->queue, class, mark, message);
	count_lost(conn, before);
	if (err) {
		/* What is in the kernel's buffer may still be moving: try once before giving up. */
		conn_flush(conn);
		if (!conn->doomed && conn->queue.bytes > conn->queue.limit_bytes)
			too_slow(conn);
		return;
	}
	conn_touch(conn);
}

void hub_conn_send(struct hub_conn *conn, enum hub_class class, struct base_buffer *message)
{
	conn_push(conn, class, 0, message);
}

void hub_conn_close(struct hub_conn *conn, uint16_t code, const char *reason)
{
	if (conn->closing)
		return;
	conn->closing = true;
	conn->close_code = code;
	conn->closing_since_us = base_clock_monotonic_us();
	snprintf(conn->close_reason, sizeof conn->close_reason, "%s", reason ? reason : "");
	topic_forget(conn);
	conn_touch(conn);
}

void conn_close_all(struct hub *hub, struct base_buffer *last_words, uint16_t code, const char *reason)
{
	for (size_t slot = 0; slot < HUB_WHEEL_SLOTS; slot++) {
		for (struct hub_conn *conn = hub->slots[slot]; conn; conn = conn->slot_next) {
			hub_conn_send(conn, HUB_MUST, last_words);
			hub_conn_close(conn, code, reason);
		}
	}
}

/* ---- the wheel ---- */

/* Connections are never closed inside a callback that works on them: they are marked, and end here. */
void conn_reap(struct hub *hub)
{
	if (!hub->doomed)
		return;
	hub->doomed = false;
	for (size_t slot = 0; slot < HUB_WHEEL_SLOTS; slot++) {
		for (struct hub_conn *conn = hub->slots[slot], *next; conn; conn = next) {
			next = conn->slot_next;
			if (conn->doomed)
				peer_kill(conn->peer);
		}
	}
}

static void check(struct hub_conn *conn, int64_t now_us)
{
	if (conn->closing) {
		/* Its last words do not get through, or are not answered. */
		if (now_us - conn->closing_since_us > HUB_CLOSING_US)
			conn_doom(conn);
	} else if (now_us - conn->heard_us > HUB_SILENT_US) {
		conn_doom(conn);
	} else if (conn->blocked_since_us > 0 && now_us - conn->blocked_since_us > HUB_BLOCKED_US) {
		too_slow(conn);
	}
}

void conn_wheel(struct hub *hub, int64_t now_us)
{
	size_t turn = hub->turn++;

	for (struct hub_conn *conn = hub->slots[turn % HUB_WHEEL_SLOTS]; conn; conn = conn->slot_next) {
		check(conn, now_us);
		if (!conn->closing) {
			conn->ping_due = true;
			conn_touch(conn);
		}
	}
	/* Half a turn away, so that everybody is looked at twice as often as pinged. */
	for (struct hub_conn *conn = hub->slots[(turn + HUB_WHEEL_SLOTS / 2) % HUB_WHEEL_SLOTS]; conn;
	     conn = conn->slot_next)
		check(conn, now_us);
}

/* ---- what handlers ask ---- */

void hub_conn_set_data(struct hub_conn *conn, void *data)
{
	conn->data = data;
}

void *hub_conn_data(const struct hub_conn *conn)
{
	return conn->data;
}

uint64_t hub_conn_token(const struct hub_conn *conn)
{
	return conn->token;
}

struct hub_conn *hub_conn_find(struct hub *hub, uint64_t token)
{
	return tokens_find(&hub->conn_tokens, token);
}

const char *hub_conn_address(const struct hub_conn *conn)
{
	return conn->address;
}
