/* A TCP connection between lws and what is spoken on it.
 *
 * lws gives sockets, TLS and the loop; HTTP and WebSocket are ours. lws 4.1.6 as an HTTP server runs in circles for
 * ever when a request with a body is pipelined behind another one, reads that body from the wrong place, touches freed
 * headers on a strange Upgrade, and keeps CONNECT sockets. As raw sockets its connections have none of that. */
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "hub/hub_private.h"

static struct hub *hub_of(struct lws *wsi)
{
	return lws_context_user(lws_get_context(wsi));
}

static void list_add(struct hub_peer *peer)
{
	peer->next = peer->hub->peers;
	if (peer->next)
		peer->next->previous = peer;
	peer->hub->peers = peer;
	peer->listed = true;
}

void peer_unlist(struct hub_peer *peer)
{
	if (!peer->listed)
		return;
	if (peer->previous)
		peer->previous->next = peer->next;
	else
		peer->hub->peers = peer->next;
	if (peer->next)
		peer->next->previous = peer->previous;
	peer->next = peer->previous = NULL;
	peer->listed = false;
}

struct hub_peer *peer_new(struct hub *hub, struct address_row *from, bool over)
{
	struct hub_peer *peer = calloc(1, sizeof *peer);

	if (!peer)
		abort();
	peer->hub = hub;
	peer->from = from;
	peer->over = over;
	return peer;
}

void peer_free(struct hub_peer *peer)
{
	addresses_give(&peer->hub->addresses, peer->from);
	free(peer->in);
	free(peer);
}

static int on_adopt(struct lws *wsi, struct hub_peer *peer)
{
	if (!peer)
		return -1;
	peer->wsi = wsi;
	peer->deadline_us = base_clock_monotonic_us() + HUB_HEAD_US;
	list_add(peer);
	return 0;
}

static void on_gone(struct lws *wsi)
{
	struct hub_peer *peer = lws_get_opaque_user_data(wsi);

	if (!peer)
		return;
	lws_set_opaque_user_data(wsi, NULL);
	peer_unlist(peer);
	if (peer->conn)
		ws_gone(peer->conn);
	http_request_free(peer->request);
	if (peer->hub->newcomer == peer)
		peer->hub->newcomer = NULL;
	peer_free(peer);
}

/* Input that is not wanted now stays in the socket; where an answer is long in coming, all but a little is taken, or
 * nobody would notice that the peer has gone. */
static bool unwanted(const struct hub_peer *peer)
{
	const struct hub_request *r = peer->request;

	if (!r || r->state == REQUEST_BODY)
		return false;
	return !(r->patient && r->state == REQUEST_HANDLING) || peer->in_len >= HUB_HEADER_BYTES;
}

void peer_settle(struct hub_peer *peer)
{
	/* lws reads nothing while it has something left to write, so that waiting input would wake the loop in vain. */
	bool hold = lws_partial_buffered(peer->wsi) || unwanted(peer);

	if (hold == peer->held)
		return;
	peer->held = hold;
	lws_rx_flow_control(peer->wsi, !hold);
	if (!hold && peer->hub->tls)
		hub_wake(peer->hub); /* what TLS has decrypted already is no event of the socket */
}

int peer_write(struct hub_peer *peer, const uint8_t *data, size_t len)
{
	/* lws only reads from the buffer of a raw connection. */
	if (lws_write(peer->wsi, (unsigned char *)data, len, LWS_WRITE_RAW) < 0)
		return -1;
	peer_settle(peer);
	return 0;
}

void peer_linger(struct hub_peer *peer)
{
	SSL *ssl = lws_get_ssl(peer->wsi);

	peer->lingering = true;
	peer->deadline_us = base_clock_monotonic_us() + HUB_LINGER_US;
	peer->in_len = 0;
	peer_settle(peer);
	if (lws_partial_buffered(peer->wsi))
		return; /* when that is gone this comes again */
	/* Closing while the peer still sends would reset the connection, and our last words with it. */
	if (ssl)
		SSL_shutdown(ssl);
	shutdown(lws_get_socket_fd(peer->wsi), SHUT_WR);
}

void peer_kill(struct hub_peer *peer)
{
	lws_set_timeout(peer->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
}

static int keep(struct hub_peer *peer, const uint8_t *data, size_t len)
{
	if (peer->in_len + len > peer->in_capacity) {
		size_t capacity = peer->in_len + len > 4096 ? HUB_HEADER_BYTES + 2 * HUB_READ_BYTES : 4096;
		char *in = peer->in_len + len <= capacity ? realloc(peer->in, capacity) : NULL;
		if (!in)
			return -1;
		peer->in = in;
		peer->in_capacity = capacity;
	}
	if (peer->in_len == 0 && !peer->request)
		peer->deadline_us = base_clock_monotonic_us() + HUB_HEAD_US;
	memcpy(peer->in + peer->in_len, data, len);
	peer->in_len += len;
	return 0;
}

static int on_read(struct hub_peer *peer, uint8_t *data, size_t len)
{
	int result = 0;

	if (!peer->heard)
		lws_set_timeout(peer->wsi, NO_PENDING_TIMEOUT, 0); /* lws' time for the TLS handshake */
	peer->heard = true;
	if (peer->conn)
		result = ws_feed(peer->conn, data, len);
	else if (!peer->lingering)
		result = keep(peer, data, len) ? -1 : http_advance(peer);
	if (result == 0)
		peer_settle(peer);
	return result;
}

static int on_writable(struct hub_peer *peer)
{
	int result = 0;

	peer_settle(peer);
	if (peer->conn)
		result = conn_writable(peer->conn);
	else if (peer->lingering)
		peer_linger(peer);
	else
		result = http_writable(peer);
	if (result == 0)
		peer_settle(peer);
	return result;
}

void peer_wheel(struct hub *hub, int64_t now_us)
{
	for (struct hub_peer *peer = hub->peers, *next; peer; peer = next) {
		next = peer->next;
		if (peer->request ? now_us >= peer->request->deadline_us && http_late(peer->request)
		                  : now_us >= peer->deadline_us)
			peer_kill(peer);
	}
}

int peer_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct hub_peer *peer = lws_get_opaque_user_data(wsi);

	switch (reason) {
	case LWS_CALLBACK_WSI_CREATE:
		hub_of(wsi)->sockets++;
		return 0;
	case LWS_CALLBACK_RAW_ADOPT:
		return on_adopt(wsi, peer);
	case LWS_CALLBACK_RAW_RX:
		return peer ? on_read(peer, in, len) : -1;
	case LWS_CALLBACK_RAW_WRITEABLE:
		return peer ? on_writable(peer) : -1;
	case LWS_CALLBACK_RAW_CLOSE:
		on_gone(wsi);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		on_gone(wsi);
		if (hub_of(wsi)->sockets > 0)
			hub_of(wsi)->sockets--;
		return 0;
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		base_mailbox_drain(hub_of(wsi)->mailbox, hub_of(wsi)->owner);
		return 0;
	default:
		return 0;
	}
}
