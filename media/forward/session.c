#include "forward/session.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "forward/connections.h"
#include "forward/estimate.h"
#include "forward/mirror.h"
#include "forward/peers.h"
#include "forward/publisher.h"
#include "forward/random.h"
#include "forward/source.h"
#include "forward/stream.h"

/** A connected session keeps an address to itself that long after it was last heard there. */
#define ADDRESS_HELD_US 10000000
/** While media comes from it by another worker's socket, that worker is told so at least so often. */
#define ADDRESS_TOLD_US 2000000

void forward_credentials_free(struct media_ice_credentials *credentials)
{
	if (credentials)
		explicit_bzero(credentials->local_pwd, sizeof credentials->local_pwd);
	free(credentials);
}

void forward_session_free(struct forward_session *session)
{
	if (!session)
		return;
	media_dtls_destroy(session->dtls);
	media_srtp_destroy(session->in);
	media_srtp_destroy(session->out);
	if (session->plain && session->plain_fd >= 0)
		close(session->plain_fd);
	free(session->publisher);
	for (int kind = 0; kind < FORWARD_KINDS; kind++)
		free(session->subscriptions[kind].repairs);
	forward_credentials_free(session->restart);
	explicit_bzero(session->ice.now.local_pwd, sizeof session->ice.now.local_pwd);
	free(session);
}

void forward_session_move(struct forward_session *session, struct forward_session_list *to)
{
	if (session->list) {
		if (session->previous)
			session->previous->next = session->next;
		else
			session->list->first = session->next;
		if (session->next)
			session->next->previous = session->previous;
		session->list->count--;
	}
	session->list = to;
	session->previous = session->next = NULL;
	if (!to)
		return;
	session->next = to->first;
	if (to->first)
		to->first->previous = session;
	to->first = session;
	to->count++;
}

static void ufrag_add(struct forward_session *session, struct forward_ufrag *ufrag,
                      const struct media_ice_credentials *credentials)
{
	struct forward_map *map = &session->worker->ufrags;
	ufrag->session = session;
	memcpy(ufrag->text, credentials->local_ufrag, sizeof ufrag->text);
	forward_map_insert(map, &ufrag->node, forward_map_hash(map, ufrag->text, strlen(ufrag->text)));
}

static void ufrag_remove(struct forward_session *session, struct forward_ufrag *ufrag)
{
	if (ufrag->text[0])
		forward_map_remove(&session->worker->ufrags, &ufrag->node);
	ufrag->text[0] = '\0';
}

void forward_session_restart(struct forward_session *session, struct media_ice_credentials *next)
{
	ufrag_remove(session, &session->next_ufrag);
	forward_credentials_free(session->restart);
	session->restart = next;
	session->ice.next = next;
	ufrag_add(session, &session->next_ufrag, next);
}

void forward_session_settle_restart(struct forward_session *session)
{
	if (!session->restart || session->ice.next)
		return;
	ufrag_remove(session, &session->next_ufrag);
	ufrag_remove(session, &session->ufrag);
	ufrag_add(session, &session->ufrag, &session->ice.now);
	forward_credentials_free(session->restart);
	session->restart = NULL;
}

void forward_session_adopt(struct forward_worker *worker, struct forward_session *session)
{
	struct forward_stream *stream = forward_stream_get(worker, session->stream_name, session->home);
	if (!stream) {
		forward_worker_unlist(worker, session);
		forward_session_free(session);
		return;
	}
	stream->references++;
	session->stream = stream;
	session->worker = worker;
	if (stream->mirror)
		forward_mirror_enter(stream);
	session->serial = ++worker->serial;
	session->opened_us = worker->now_us;
	session->rtcp_ssrc = forward_random32();
	session->viewer_index = SIZE_MAX;
	for (int kind = 0; kind < FORWARD_KINDS && session->role == MEDIA_VIEW; kind++)
		forward_subscription_init(&session->subscriptions[kind], (enum forward_kind)kind,
		                          &session->tracks[kind]);
	const char *name = session->listed.name;
	if (!session->plain)
		ufrag_add(session, &session->ufrag, &session->ice.now);
	forward_map_insert(&worker->names, &session->by_name, forward_map_hash(&worker->names, name, strlen(name)));
	forward_session_move(session, &worker->opening);
	if (session->plain)
		forward_source_begin(session);
}

struct forward_session *forward_session_by_ufrag(struct forward_worker *worker, const char *ufrag, size_t len)
{
	struct forward_map_node *n = forward_map_first(&worker->ufrags, forward_map_hash(&worker->ufrags, ufrag, len));
	for (; n; n = forward_map_next(n)) {
		const struct forward_ufrag *u = forward_container(n, struct forward_ufrag, node);
		if (strlen(u->text) == len && memcmp(u->text, ufrag, len) == 0)
			return u->session;
	}
	return NULL;
}

struct forward_session *forward_session_by_name(struct forward_worker *worker, const char *name)
{
	struct forward_map_node *n =
	        forward_map_first(&worker->names, forward_map_hash(&worker->names, name, strlen(name)));
	for (; n; n = forward_map_next(n)) {
		struct forward_session *s = forward_container(n, struct forward_session, by_name);
		if (strcmp(s->listed.name, name) == 0)
			return s;
	}
	return NULL;
}

static struct forward_address_key address_key(const struct media_path *from)
{
	const struct sockaddr_storage *address = &from->remote;
	struct forward_address_key key;
	memset(&key, 0, sizeof key); /* padding is hashed too */
	key.family = address->ss_family;
	key.tcp = from->tcp;
	if (address->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)address;
		key.port = in->sin_port;
		memcpy(key.ip, &in->sin_addr, 4);
	} else if (address->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
		key.port = in6->sin6_port;
		key.scope = in6->sin6_scope_id;
		memcpy(key.ip, &in6->sin6_addr, 16);
	}
	return key;
}

/** What the key is of; its local end is not known. */
static struct media_path path_of(const struct forward_address_key *key)
{
	struct media_path path = {.tcp = key->tcp};
	if (key->family == AF_INET) {
		struct sockaddr_in *in = (struct sockaddr_in *)&path.remote;
		in->sin_port = key->port;
		memcpy(&in->sin_addr, key->ip, 4);
	} else {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&path.remote;
		in6->sin6_port = key->port;
		in6->sin6_scope_id = key->scope;
		memcpy(&in6->sin6_addr, key->ip, 16);
	}
	path.remote.ss_family = key->family;
	return path;
}

static struct forward_address *address_find(struct forward_worker *worker, const struct forward_address_key *key)
{
	struct forward_map_node *n =
	        forward_map_first(&worker->addresses, forward_map_hash(&worker->addresses, key, sizeof *key));
	for (; n; n = forward_map_next(n)) {
		struct forward_address *a = forward_container(n, struct forward_address, node);
		if (memcmp(&a->key, key, sizeof *key) == 0)
			return a;
	}
	return NULL;
}

struct forward_session *forward_session_by_address(struct forward_worker *worker, const struct media_path *from)
{
	struct forward_address_key key = address_key(from);
	struct forward_address *a = address_find(worker, &key);
	return a ? a->session : NULL;
}

void forward_session_hear(struct forward_session *session, const struct media_path *from)
{
	struct forward_address_key key = address_key(from);
	for (size_t i = 0; i < FORWARD_SESSION_ADDRESSES; i++) {
		struct forward_address *a = &session->addresses[i];
		if (!a->session || memcmp(&a->key, &key, sizeof key) != 0)
			continue;
		a->heard_us = session->worker->now_us;
		if (a->heard_us - a->told_us >= ADDRESS_TOLD_US) {
			a->told_us = a->heard_us;
			forward_peers_tell_route(session->worker, from);
		}
	}
}

uint64_t forward_session_address_hash(const struct forward_worker *worker, const struct media_path *from)
{
	struct forward_address_key key = address_key(from);
	uint64_t hash = forward_map_hash(&worker->addresses, &key, sizeof key);
	return hash ? hash : 1;
}

bool forward_session_silent_at(const struct forward_session *session, const struct media_path *from)
{
	struct forward_address_key key = address_key(from);
	const struct forward_address *a = address_find(session->worker, &key);
	return !a || session->worker->now_us - a->heard_us >= ADDRESS_HELD_US;
}

static void address_forget(struct forward_worker *worker, struct forward_address *a)
{
	if (!a->session)
		return;
	struct media_path path = path_of(&a->key);
	forward_peers_tell_unroute(worker, a->via, &path);
	forward_map_remove(&worker->addresses, &a->node);
	a->session = NULL;
}

/** An unused place of the session's, else that of the address heard of longest ago. */
static struct forward_address *address_place(struct forward_session *session)
{
	struct forward_address *oldest = &session->addresses[0];
	for (size_t i = 0; i < FORWARD_SESSION_ADDRESSES; i++) {
		struct forward_address *a = &session->addresses[i];
		if (!a->session)
			return a;
		if (a->heard_us < oldest->heard_us)
			oldest = a;
	}
	address_forget(session->worker, oldest);
	return oldest;
}

void forward_session_learn_address(struct forward_session *session, const struct media_path *from)
{
	struct forward_worker *worker = session->worker;
	struct forward_address_key key = address_key(from);
	struct forward_address *a = address_find(worker, &key);
	if (a && a->session != session) {
		/* whoever spoofs a viewer's address in a check of their own session must not take its datagrams away */
		if (a->session->connected && worker->now_us - a->heard_us < ADDRESS_HELD_US)
			return;
		address_forget(worker, a);
		a = NULL;
	}
	if (!a && forward_peers_holds(worker, from))
		return;
	if (!a) {
		a = address_place(session);
		a->session = session;
		a->key = key;
		forward_map_insert(&worker->addresses, &a->node,
		                   forward_map_hash(&worker->addresses, &key, sizeof key));
	}
	a->heard_us = a->told_us = worker->now_us;
	a->via = worker->via;
	forward_peers_tell_route(worker, from);
}

void forward_session_send_rtcp(struct forward_session *session, const struct media_rtcp_writer *compound)
{
	struct media_udp *udp = session->worker->udp;
	if (compound->failed || compound->len == 0 || !session->out)
		return;
	size_t room = compound->len + MEDIA_SRTP_OVERHEAD;
	uint8_t *out = media_udp_reserve(udp, room);
	int n = out ? media_srtp_protect_rtcp(session->out, compound->data, compound->len, out, room) : -1;
	if (n > 0)
		media_udp_commit(udp, forward_session_path(session), (size_t)n);
}

/** RTCP BYE and close_notify. */
static void say_goodbye(struct forward_session *session)
{
	uint8_t room[64];
	struct media_rtcp_writer w = {.data = room, .size = sizeof room};
	uint32_t ssrcs[FORWARD_KINDS];
	size_t count = 0;
	for (int kind = 0; kind < FORWARD_KINDS; kind++)
		if (session->subscriptions[kind].active)
			ssrcs[count++] = session->subscriptions[kind].ssrc;
	if (count == 0)
		ssrcs[count++] = session->rtcp_ssrc;
	media_rtcp_write_rr(&w, ssrcs[0], NULL, 0);
	media_rtcp_write_bye(&w, ssrcs, count);
	forward_session_send_rtcp(session, &w);
	if (session->dtls)
		media_dtls_close(session->dtls);
}

void forward_session_close(struct forward_session *session, const char *reason)
{
	struct forward_worker *worker = session->worker;
	struct forward_stream *stream = session->stream;
	if (session->closed)
		return;
	session->closed = true;
	say_goodbye(session);
	if (session->plain)
		forward_source_end(session);
	ufrag_remove(session, &session->ufrag);
	ufrag_remove(session, &session->next_ufrag);
	forward_map_remove(&worker->names, &session->by_name);
	forward_connections_end(worker, session);
	for (size_t i = 0; i < FORWARD_SESSION_ADDRESSES; i++)
		address_forget(worker, &session->addresses[i]);
	forward_session_move(session, NULL);
	forward_subscription_finish(session, FORWARD_VIDEO);
	forward_estimate_destroy(session);
	forward_stream_remove_viewer(stream, session);
	forward_stream_unpublish(stream, session);
	forward_worker_unlist(worker, session);
	forward_session_event(session, MEDIA_SESSION_CLOSED, reason);
	forward_worker_log(worker, 0, "session-closed", reason);
	session->next = worker->reaped;
	worker->reaped = session;
	session->stream = NULL;
	stream->references--;
	forward_stream_release(stream);
}
