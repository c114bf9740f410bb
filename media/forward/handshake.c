/* DTLS of a session, up to its SRTP keys and its place in the stream. */
#include <string.h>

#include "forward/failure.h"
#include "forward/estimate.h"
#include "forward/publisher.h"
#include "forward/stream.h"

#define RTT_MAX_US 3000000

static void on_send(const uint8_t *data, size_t len, void *ctx)
{
	struct forward_session *session = ctx;
	uint8_t *out = media_udp_reserve(session->worker->udp, len);
	if (!out)
		return;
	memcpy(out, data, len);
	media_udp_commit(session->worker->udp, forward_session_path(session), len);
	session->dtls_sent_us = session->worker->now_us;
}

/** Hosts' packets are few: libsrtp; what goes to many viewers goes the fast way. */
static int make_keys(struct forward_session *session)
{
	enum media_srtp_profile profile;
	enum media_srtp_back back = session->role == MEDIA_PUBLISH ? MEDIA_SRTP_BACK_LIBSRTP : MEDIA_SRTP_BACK_OPENSSL;
	struct media_srtp_key send, receive;
	int status = media_dtls_keys(session->dtls, &profile, &send, &receive);
	if (status == 0)
		status = media_srtp_create(profile, back, true, &send, &session->out);
	if (status == 0)
		status = media_srtp_create(profile, back, false, &receive, &session->in);
	explicit_bzero(&send, sizeof send);
	explicit_bzero(&receive, sizeof receive);
	return status;
}

static int join_stream(struct forward_session *session)
{
	if (session->role == MEDIA_VIEW) {
		forward_estimate_create(session);
		return forward_stream_add_viewer(session->stream, session);
	}
	int status = forward_publisher_create(session);
	if (status == 0)
		forward_stream_publish(session->stream, session);
	return status;
}

static void on_ready(struct forward_session *session)
{
	struct forward_worker *worker = session->worker;
	if (make_keys(session) != 0) {
		forward_failure_count(&worker->stats, "no media keys");
		forward_session_close(session, "no media keys");
		return;
	}
	forward_session_connect(session);
}

void forward_session_connect(struct forward_session *session)
{
	struct forward_worker *worker = session->worker;
	session->connected = true;
	forward_session_move(session, session->role == MEDIA_PUBLISH ? &worker->publishers : &worker->viewers);
	forward_session_event(session, MEDIA_SESSION_CONNECTED, "");
	if (join_stream(session) != 0)
		forward_session_close(session, "out of memory");
}

static void on_state(struct forward_session *session, enum media_dtls_state state)
{
	const char *why;
	switch (state) {
	case MEDIA_DTLS_HANDSHAKING:
		break;
	case MEDIA_DTLS_READY:
		if (!session->connected)
			on_ready(session);
		break;
	case MEDIA_DTLS_CLOSED:
		forward_session_close(session, "closed by peer");
		break;
	case MEDIA_DTLS_FAILED:
		why = media_dtls_failure(session->dtls);
		why = why && *why ? why : "handshake failed";
		if (!session->connected)
			forward_failure_count(&session->worker->stats, why);
		forward_worker_log(session->worker, 2, "handshake-failed", why);
		forward_session_close(session, why);
		break;
	}
}

/** Made only when the peer begins, so that an offer that nobody follows up costs little. */
static int start(struct forward_session *session)
{
	struct forward_worker *worker = session->worker;
	struct media_dtls_hooks hooks = {.send = on_send, .ctx = session};
	int status = media_dtls_create(worker->dtls, true, session->fingerprint, &hooks, &session->dtls);
	if (status == 0) {
		forward_session_move(session, &worker->handshaking);
		return 0;
	}
	forward_failure_count(&worker->stats, "handshake failed");
	forward_session_close(session, "handshake failed");
	return status;
}

void forward_handshake_input(struct forward_session *session, const struct media_path *from, const uint8_t *data,
                             size_t len, int64_t came_us)
{
	struct forward_worker *worker = session->worker;
	if (session->closed)
		return;
	session->dtls_path = *from;
	if (!session->dtls && start(session) != 0)
		return;
	/* from our newest flight to its answer; the peer's arithmetic is in it, so it is an upper bound until a repair
	 * is measured */
	if (!session->connected && session->dtls_sent_us && came_us > session->dtls_sent_us &&
	    came_us - session->dtls_sent_us < RTT_MAX_US)
		session->rtt_us = came_us - session->dtls_sent_us;
	on_state(session, media_dtls_input(session->dtls, data, len, worker->now_us));
}

void forward_handshake_queue(struct forward_session *session, const struct media_path *from, const uint8_t *data,
                             size_t len)
{
	struct forward_worker *worker = session->worker;
	if (session->connected || !forward_turns_add(&worker->turns, from, data, len, worker->now_us))
		forward_handshake_input(session, from, data, len, worker->now_us);
}

bool forward_handshakes_turn(struct forward_worker *worker)
{
	struct forward_turn *turn = forward_turns_next(&worker->turns);
	if (!turn)
		return false;
	for (int64_t end_us = forward_now_us() + FORWARD_TURNS_US; turn; turn = forward_turns_next(&worker->turns)) {
		worker->now_us = forward_now_us();
		if (worker->now_us >= end_us)
			break;
		/* it may be over by now */
		struct forward_session *session = forward_session_by_address(worker, &turn->from);
		if (session)
			forward_handshake_input(session, &turn->from, turn->data, turn->len, turn->came_us);
		forward_turns_done(&worker->turns);
	}
	media_udp_flush(worker->udp);
	return turn != NULL;
}

void forward_handshake_timers(struct forward_session *session)
{
	int64_t now = session->worker->now_us;
	if (session->closed || !session->dtls || media_dtls_timer_us(session->dtls, now) != 0)
		return;
	on_state(session, media_dtls_timeout(session->dtls, now));
}
