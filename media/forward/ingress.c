/* What comes in by the ports, sorted by kind and session (RFC 7983). */
#include <errno.h>
#include <string.h>

#include "forward/connections.h"
#include "forward/peers.h"
#include "forward/publisher.h"
#include "forward/session.h"
#include "forward/worker.h"
#include "transport/stun.h"

enum { BATCHES_AT_ONCE = 8 };

/** A check was answered from an address: what came from it too early is no longer too early. */
static void on_validated(struct forward_session *session, const struct media_udp_received *r)
{
	struct forward_worker *worker = session->worker;
	forward_session_learn_address(session, &r->from);
	forward_connections_checked(worker, &r->from);
	if (session->connected)
		return;
	struct forward_early_hello *h = forward_early_find(&worker->early, &r->from, worker->now_us);
	for (size_t i = 0; h && i < h->count; i++)
		forward_handshake_queue(session, &r->from, h->parts[i], h->lengths[i]);
	if (h)
		h->count = 0;
}

/** How long our end's name is in it. */
static size_t ufrag_len(const struct media_stun *m)
{
	const char *colon = m->username ? memchr(m->username, ':', m->username_len) : NULL;
	return colon ? (size_t)(colon - m->username) : 0;
}

static void on_stun(struct forward_worker *worker, struct media_udp_received *r)
{
	struct media_stun m;
	bool moved;
	size_t error_len = 0;
	if (media_stun_parse(r->data, r->len, &m) != 0) {
		worker->stats.stun_rejected++;
		return;
	}
	/* a lite agent asks nothing, so there are no answers to it; indications are keep-alives */
	if (m.type != MEDIA_STUN_BINDING_REQUEST)
		return;
	size_t ours = ufrag_len(&m);
	struct forward_session *session = forward_session_by_ufrag(worker, m.username, ours);
	if (!session && forward_peers_pass_check(worker, r, m.username, ours))
		return;
	uint8_t *out = session ? media_udp_reserve(worker->udp, MEDIA_STUN_MAX) : NULL;
	if (!out) {
		worker->stats.stun_rejected++;
		return;
	}
	int n = media_ice_check(&session->ice, r->data, r->len, &m, &r->from, worker->now_us, out, MEDIA_STUN_MAX,
	                        &error_len, &moved);
	if (n < 0)
		worker->stats.stun_rejected++;
	size_t len = n > 0 ? (size_t)n : error_len;
	if (len)
		media_udp_commit(worker->udp, &r->from, len);
	forward_session_settle_restart(session);
	if (n > 0 && media_ice_knows(&session->ice, &r->from))
		on_validated(session, r);
}

static void on_dtls(struct forward_worker *worker, struct media_udp_received *r)
{
	struct forward_session *session = forward_session_by_address(worker, &r->from);
	if (session && media_ice_knows(&session->ice, &r->from)) {
		forward_handshake_queue(session, &r->from, r->data, r->len);
		return;
	}
	if (!session && forward_peers_pass(worker, r))
		return;
	worker->stats.dtls_unvalidated++;
	forward_early_keep(&worker->early, &r->from, r->data, r->len, worker->now_us);
}

static void count_refused(struct forward_worker *worker, int status)
{
	if (status == -EALREADY)
		worker->stats.srtp_replayed++;
	else if (status == -EBADMSG)
		worker->stats.rtp_malformed++;
	else
		worker->stats.srtp_failed++;
}

static void on_rtp(struct forward_worker *worker, struct media_udp_received *r)
{
	struct forward_session *session = forward_session_by_address(worker, &r->from);
	if (!session && forward_peers_pass(worker, r))
		return;
	if (!session || !session->connected || !session->publisher) {
		worker->stats.datagrams_unknown++;
		return;
	}
	int n = media_srtp_unprotect(session->in, r->data, r->len);
	if (n < 0) {
		count_refused(worker, n);
		return;
	}
	forward_session_hear(session, &r->from);
	forward_publisher_rtp(session, r->data, (size_t)n);
}

static void on_rtcp(struct forward_worker *worker, struct media_udp_received *r)
{
	struct forward_session *session = forward_session_by_address(worker, &r->from);
	if (!session && forward_peers_pass(worker, r))
		return;
	if (!session || !session->connected) {
		worker->stats.datagrams_unknown++;
		return;
	}
	int n = media_srtp_unprotect_rtcp(session->in, r->data, r->len);
	if (n < 0) {
		count_refused(worker, n);
		return;
	}
	forward_session_hear(session, &r->from);
	/* it has our last flight: OpenSSL's state of many viewers can go. Hosts are few, and their close_notify is
	 * worth hearing. */
	if (!session->proven && session->role == MEDIA_VIEW)
		media_dtls_settle(session->dtls);
	session->proven = true;
	if (media_rtcp_check(r->data, (size_t)n) != 0)
		worker->stats.rtp_malformed++;
	else if (session->role == MEDIA_PUBLISH)
		forward_publisher_rtcp(session, r->data, (size_t)n);
	else
		forward_viewer_rtcp(session, r->data, (size_t)n);
}

static void on_unknown(struct forward_worker *worker, struct media_udp_received *r)
{
	worker->stats.datagrams_unknown++;
}

static void (*const handlers[])(struct forward_worker *worker, struct media_udp_received *r) = {
        [MEDIA_DATAGRAM_STUN] = on_stun, [MEDIA_DATAGRAM_DTLS] = on_dtls,       [MEDIA_DATAGRAM_RTP] = on_rtp,
        [MEDIA_DATAGRAM_RTCP] = on_rtcp, [MEDIA_DATAGRAM_UNKNOWN] = on_unknown,
};

void forward_ingress_message(struct forward_worker *worker, struct media_udp_received *received)
{
	handlers[media_datagram_kind(received->data, received->len)](worker, received);
}

void forward_ingress(struct forward_worker *worker)
{
	for (int round = 0; round < BATCHES_AT_ONCE; round++) {
		struct media_udp_received *batch;
		int n = media_udp_receive(worker->udp, &batch);
		worker->now_us = forward_now_us();
		/* a peer may be faster than the message that tells us of its session */
		forward_worker_commands(worker);
		for (int i = 0; i < n; i++)
			forward_ingress_message(worker, &batch[i]);
		if (n < MEDIA_UDP_BATCH)
			return;
	}
}
