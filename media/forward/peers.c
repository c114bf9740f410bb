#include "forward/peers.h"

#include <string.h>

#include "forward/connections.h"
#include "forward/routes.h"
#include "forward/session.h"

struct forward_message *forward_peers_claim(struct forward_worker *worker, uint8_t to, enum forward_message_type type)
{
	struct forward_message *m = forward_ring_claim(&worker->peers[to]->inbox->messages);
	if (!m)
		return NULL;
	m->type = type;
	m->from = worker->index;
	m->track = 0;
	m->early = false;
	return m;
}

void forward_peers_publish(struct forward_worker *worker, uint8_t to, struct forward_message *message)
{
	forward_ring_publish(message);
	worker->wake[to] = true;
}

void forward_peers_wake(struct forward_worker *worker)
{
	for (size_t i = 0; i < worker->peer_count; i++) {
		if (!worker->wake[i])
			continue;
		worker->wake[i] = false;
		forward_inbox_wake(worker->peers[i]->inbox);
	}
}

static void pass_on(struct forward_worker *worker, uint8_t to, const struct media_udp_received *r)
{
	struct forward_datagram *d = forward_ring_claim(&worker->peers[to]->inbox->datagrams);
	if (!d) {
		worker->stats.handover_drops++;
		return;
	}
	d->from = worker->index;
	d->len = r->len;
	d->path = r->from;
	memcpy(d->data, r->data, r->len);
	forward_ring_publish(d);
	worker->wake[to] = true;
	worker->stats.datagrams_passed++;
}

/** A connection goes to its owner as it is, with the message just read. */
static void move(struct forward_worker *worker, uint8_t to, const struct media_udp_received *r)
{
	struct media_tcp_connection *connection = media_tcp_detach(worker->tcp, r->from.tcp);
	struct forward_message *m = connection ? forward_peers_claim(worker, to, FORWARD_CONNECTION) : NULL;
	if (!m) {
		media_tcp_discard(connection);
		return;
	}
	m->connection = connection;
	forward_peers_publish(worker, to, m);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/** Only what came by this worker's own ports is passed on: nothing goes round in circles. */
bool forward_peers_pass_check(struct forward_worker *worker, const struct media_udp_received *r, const char *ufrag,
                              size_t ufrag_len)
{
	int high = ufrag_len > 2 ? digit(ufrag[0]) : -1, low = ufrag_len > 2 ? digit(ufrag[1]) : -1;
	size_t owner = high < 0 || low < 0 ? SIZE_MAX : (size_t)(high << 4 | low);
	if (worker->via != worker->index || owner >= worker->peer_count || owner == worker->index)
		return false;
	if (r->from.tcp)
		move(worker, (uint8_t)owner, r);
	else
		pass_on(worker, (uint8_t)owner, r);
	return true;
}

bool forward_peers_pass(struct forward_worker *worker, const struct media_udp_received *r)
{
	if (worker->via != worker->index || r->from.tcp || worker->peer_count == 1)
		return false;
	int owner = forward_routes_find(worker->routes, forward_session_address_hash(worker, &r->from));
	if (owner < 0 || owner == worker->index)
		return false;
	pass_on(worker, (uint8_t)owner, r);
	return true;
}

static void tell(struct forward_worker *worker, uint8_t via, enum forward_message_type type,
                 const struct media_path *path)
{
	if (via == worker->index || path->tcp)
		return;
	struct forward_message *m = forward_peers_claim(worker, via, type);
	if (!m) /* the next check says it again; and what is not given up runs out */
		return;
	m->path = *path;
	forward_peers_publish(worker, via, m);
}

void forward_peers_tell_route(struct forward_worker *worker, const struct media_path *path)
{
	tell(worker, worker->via, FORWARD_ROUTE, path);
}

void forward_peers_tell_unroute(struct forward_worker *worker, uint8_t via, const struct media_path *path)
{
	tell(worker, via, FORWARD_UNROUTE, path);
}

bool forward_peers_holds(const struct forward_worker *worker, const struct media_path *path)
{
	return worker->via == worker->index && !path->tcp && worker->peer_count > 1 &&
	       forward_routes_held(worker->routes, forward_session_address_hash(worker, path), worker->now_us);
}

void forward_peers_on_unroute(struct forward_worker *worker, const struct forward_message *m)
{
	forward_routes_forget(worker->routes, forward_session_address_hash(worker, &m->path), m->from);
}

void forward_peers_on_route(struct forward_worker *worker, const struct forward_message *m)
{
	const struct forward_session *own = forward_session_by_address(worker, &m->path);
	/* an address that a session here is heard from is not another's */
	if (own && own->connected && !forward_session_silent_at(own, &m->path))
		return;
	forward_routes_learn(worker->routes, forward_session_address_hash(worker, &m->path), m->from, worker->now_us);
	struct forward_early_hello *h = forward_early_find(&worker->early, &m->path, worker->now_us);
	for (size_t i = 0; h && i < h->count; i++)
		pass_on(worker, m->from,
		        &(struct media_udp_received){.data = h->parts[i], .len = h->lengths[i], .from = m->path});
	if (h)
		h->count = 0;
}

void forward_peers_on_connection(struct forward_worker *worker, const struct forward_message *m)
{
	if (!worker->tcp) {
		media_tcp_discard(m->connection);
		return;
	}
	/* a peer may be faster than the message that tells us of its session */
	forward_worker_commands(worker);
	media_tcp_adopt(worker->tcp, m->connection, worker->now_us);
}

void forward_peers_receive(struct forward_worker *worker)
{
	enum { AT_ONCE = 256 };
	struct forward_datagram *d;
	for (int i = 0; i < AT_ONCE && (d = forward_ring_front(&worker->inbox->datagrams)); i++) {
		struct media_udp_received r = {.data = d->data, .len = d->len, .from = d->path};
		if (i == 0)
			forward_worker_commands(worker);
		worker->via = d->from;
		forward_ingress_message(worker, &r);
		forward_ring_pop(&worker->inbox->datagrams);
	}
	worker->via = worker->index;
}
