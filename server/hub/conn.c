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

int conn_open(struct hub *hub, struct lws *wsi, struct hub_conn **out)
{
	struct hub_conn *conn = calloc(1, sizeof *conn);

	if (!conn)
		return -ENOMEM;
	conn->kind = HUB_KIND_CONN;
	conn->hub = hub;
	conn->wsi = wsi;
	conn->heard_us = base_clock_monotonic_us();
	conn->token = tokens_add(&hub->tokens, conn);
	queue_init(&conn->queue, (size_t)hub->settings->send_queue_bytes);
	request_headers_take(wsi, &conn->headers);
	request_peer_address(wsi, &conn->headers, conn->address, sizeof conn->address);
	wheel_add(conn);
	hub->conn_count++;
	hub->stats.ws_open++;
	hub->stats.ws_opened++;
	lws_set_opaque_user_data(wsi, conn);
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
	tokens_remove(&hub->tokens, conn->token);
	lws_set_opaque_user_data(conn->wsi, NULL);
	hub->conn_count--;
	hub->stats.ws_open--;
	request_headers_finish(&conn->headers);
	queue_finish(&conn->queue);
	free(conn->memberships);
	free(conn->message);
	free(conn);
}

static void mark_dirty(struct hub_conn *conn)
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
	size_t len = frame->len - LWS_PRE;

	/* lws writes the frame's header into the LWS_PRE bytes: the same for everybody who shares the frame. */
	if (lws_write(conn->wsi, frame->data + LWS_PRE, len, LWS_WRITE_TEXT) < 0) {
		conn_doom(conn);
		return;
	}
	hub->stats.frames_sent++;
	hub->stats.bytes_sent += len;
	note_blocked(conn);
}

/* Send what waits until the socket takes no more. */
static void flush(struct hub_conn *conn)
{
	for (int i = 0; i < FRAMES_PER_FLUSH && !conn->doomed && !lws_partial_buffered(conn->wsi); i++) {
		struct base_buffer *frame = queue_take_frame(&conn->queue, LWS_PRE, HUB_FRAME_BYTES);
		if (!frame)
			break;
		conn_write(conn, frame);
		base_buffer_unref(frame);
	}
	if (conn->doomed)
		return;
	if (conn->queue.count > 0 || conn->queue.gap > 0 || conn->closing || conn->ping_due)
		lws_callback_on_writable(conn->wsi);
}

static int ping(struct hub_conn *conn)
{
	/* lws says nothing of an answer without payload, so the ping carries one. */
	unsigned char payload[LWS_PRE + 4] = {0};

	conn->ping_due = false;
	memcpy(payload + LWS_PRE, "hub?", 4);
	return lws_write(conn->wsi, payload + LWS_PRE, 4, LWS_WRITE_PING) < 0 ? -1 : 0;
}

int conn_writable(struct hub_conn *conn)
{
	if (conn->close_sent)
		return 0;
	if (conn->doomed)
		return -1;
	note_blocked(conn);
	if (conn->ping_due && !lws_partial_buffered(conn->wsi) && ping(conn) != 0)
		return -1;
	flush(conn);
	if (conn->doomed)
		return -1;
	if (!conn->closing || conn->queue.count > 0 || lws_partial_buffered(conn->wsi))
		return 0;
	conn->close_sent = true;
	lws_close_reason(conn->wsi, conn->close_code, (unsigned char *)conn->close_reason, strlen(conn->close_reason));
	return -1;
}

void conn_flush_dirty(struct hub *hub)
{
	struct hub_conn *conn = hub->dirty;

	hub->dirty = NULL;
	for (struct hub_conn *next; conn; conn = next) {
		next = conn->next_dirty;
		conn->dirty = false;
		if (!conn->close_sent && !conn->doomed)
			flush(conn);
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
		flush(conn);
		if (!conn->doomed && conn->queue.bytes > conn->queue.limit_bytes)
			too_slow(conn);
		return;
	}
	mark_dirty(conn);
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
	mark_dirty(conn);
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

static void kill_now(struct hub_conn *conn)
{
	conn->close_sent = true;
	lws_set_timeout(conn->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
}

/* Connections are never closed inside a callback that works on them: they are marked, and end here. */
void conn_reap(struct hub *hub)
{
	if (!hub->doomed)
		return;
	hub->doomed = false;
	for (size_t slot = 0; slot < HUB_WHEEL_SLOTS; slot++) {
		for (struct hub_conn *conn = hub->slots[slot], *next; conn; conn = next) {
			next = conn->slot_next;
			if (conn->doomed && !conn->close_sent)
				kill_now(conn);
		}
	}
}

static void check(struct hub_conn *conn, int64_t now_us)
{
	if (conn->closing) {
		/* Its last words do not get through. */
		if (!conn->close_sent && now_us - conn->closing_since_us > HUB_CLOSING_US)
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
			lws_callback_on_writable(conn->wsi);
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
	struct hub_conn *conn = tokens_find(&hub->tokens, token);

	return conn && conn->kind == HUB_KIND_CONN ? conn : NULL;
}

const char *hub_conn_address(const struct hub_conn *conn)
{
	return conn->address;
}
