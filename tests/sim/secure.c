/* DTLS as the client, then the SRTP keys. */
#include "sim/internal.h"

#include <errno.h>
#include <string.h>

static void dtls_send(const uint8_t *data, size_t len, void *ctx)
{
	struct sim_peer *peer = ctx;

	sim_peer_output(peer, sim_peer_target(peer), data, len);
}

static int make_keys(struct sim_peer *peer)
{
	struct media_srtp_key send, receive;
	int rc = media_dtls_keys(peer->dtls, &peer->profile, &send, &receive);

	if (rc == 0)
		rc = media_srtp_create(peer->profile, peer->config.back, 1, &send, &peer->send);
	if (rc == 0)
		rc = media_srtp_create(peer->profile, peer->config.back, 0, &receive, &peer->receive);
	explicit_bzero(&send, sizeof(send));
	explicit_bzero(&receive, sizeof(receive));
	return rc;
}

static void follow(struct sim_peer *peer, enum media_dtls_state state)
{
	if (state == MEDIA_DTLS_READY && peer->state < SIM_CONNECTED) {
		if (make_keys(peer) < 0) {
			sim_peer_enter(peer, SIM_FAILED, "no SRTP keys");
			return;
		}
		peer->report_us = peer->now_us + 1000000;
		sim_peer_enter(peer, SIM_CONNECTED, "");
	} else if (state == MEDIA_DTLS_CLOSED) {
		sim_peer_enter(peer, SIM_CLOSED, "closed by the other side");
	} else if (state == MEDIA_DTLS_FAILED) {
		const char *failure = media_dtls_failure(peer->dtls);

		sim_peer_enter(peer, SIM_FAILED, failure ? failure : "handshake failed");
	}
}

int sim_secure_start(struct sim_peer *peer)
{
	struct media_dtls_hooks hooks = {.send = dtls_send, .ctx = peer};
	int rc;

	sim_peer_enter(peer, SIM_HANDSHAKING, "");
	if (peer->config.faults.no_certificate) {
		peer->bare = sim_bare_create(peer);
		return peer->bare ? 0 : -EIO;
	}
	rc = media_dtls_create(peer->dtls_context, false, peer->answer.fingerprint, &hooks, &peer->dtls);
	if (rc == 0)
		follow(peer, media_dtls_input(peer->dtls, NULL, 0, peer->now_us));
	return rc;
}

void sim_secure_input(struct sim_peer *peer, const uint8_t *data, size_t len)
{
	if (peer->bare && !sim_bare_input(peer->bare, data, len))
		sim_peer_enter(peer, SIM_FAILED, "handshake refused");
	if (peer->dtls)
		follow(peer, media_dtls_input(peer->dtls, data, len, peer->now_us));
}

void sim_secure_timers(struct sim_peer *peer)
{
	if (peer->bare && !sim_bare_timeout(peer->bare))
		sim_peer_enter(peer, SIM_FAILED, "handshake timeout");
	if (peer->dtls && media_dtls_timer_us(peer->dtls, peer->now_us) == 0)
		follow(peer, media_dtls_timeout(peer->dtls, peer->now_us));
}

int64_t sim_secure_timeout_us(const struct sim_peer *peer)
{
	if (peer->bare)
		return 50000;
	return peer->dtls ? media_dtls_timer_us(peer->dtls, peer->now_us) : -1;
}

void sim_secure_close(struct sim_peer *peer)
{
	if (peer->dtls)
		media_dtls_close(peer->dtls);
}

void sim_secure_free(struct sim_peer *peer)
{
	media_srtp_destroy(peer->send);
	media_srtp_destroy(peer->receive);
	media_dtls_destroy(peer->dtls);
	sim_bare_destroy(peer->bare);
}
