#include "sim/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "transport/udp.h"

#define RECEIVE_BURST 256
#define UNREACHABLE_US 500000
#define STREAM_RETRY_US 2000

int64_t sim_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void sim_random(void *out, size_t len)
{
	if (getrandom(out, len, 0) != (ssize_t)len)
		abort();
}

void sim_random_text(char *out, size_t len)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";
	size_t i;

	sim_random(out, len);
	for (i = 0; i < len; i++)
		out[i] = alphabet[(uint8_t)out[i] & 63];
	out[len] = '\0';
}

/** A dual-stack socket, or IPv4 alone where the kernel has no IPv6. */
int sim_socket(sa_family_t *family)
{
	int fd, off = 0, room = 1 << 20;

	*family = AF_INET6;
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	} else {
		*family = AF_INET;
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	}
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return fd;
}

static int make_certificate(struct sim_peer *peer)
{
	if (peer->config.dtls) {
		peer->dtls_context = peer->config.dtls;
		return 0;
	}
	peer->own_context = true;
	if (peer->config.aes_cm)
		return media_dtls_context_create_only(MEDIA_SRTP_AES128_CM_SHA1_80, &peer->dtls_context);
	return media_dtls_context_create(&peer->dtls_context);
}

char *sim_make_offer(const struct sim_peer *peer)
{
	char fingerprint[MEDIA_FINGERPRINT_TEXT];

	snprintf(fingerprint, sizeof(fingerprint), "%s", media_dtls_fingerprint(peer->dtls_context));
	if (peer->config.faults.wrong_fingerprint)
		fingerprint[0] = fingerprint[0] == '0' ? '1' : '0';
	return sim_sdp_offer(peer, fingerprint);
}

int sim_peer_create(const struct sim_peer_config *config, int64_t now_us, struct sim_peer **out)
{
	struct sim_peer *peer = calloc(1, sizeof(*peer));
	int rc;

	*out = NULL;
	if (!peer)
		return -ENOMEM;
	peer->config = *config;
	peer->now_us = peer->stats.created_us = now_us;
	if (peer->config.consent_timeout_us == 0)
		peer->config.consent_timeout_us = 15000000;
	peer->fd = sim_socket(&peer->family);
	rc = peer->fd < 0 ? peer->fd : make_certificate(peer);
	if (rc < 0)
		goto fail;
	if (config->arrivals)
		sim_arrivals_watch(peer->fd);
	sim_random_text(peer->ufrag, sizeof(peer->ufrag) - 1);
	sim_random_text(peer->pwd, sizeof(peer->pwd) - 1);
	sim_random_text(peer->cname, sizeof(peer->cname) - 1);
	sim_send_init(peer);
	peer->offer = sim_make_offer(peer);
	rc = peer->offer ? 0 : -ENOMEM;
	if (rc < 0)
		goto fail;
	*out = peer;
	return 0;
fail:
	sim_peer_destroy(peer);
	return rc;
}

void sim_peer_destroy(struct sim_peer *peer)
{
	if (!peer)
		return;
	sim_secure_free(peer);
	sim_send_free(peer);
	if (peer->own_context)
		media_dtls_context_destroy(peer->dtls_context);
	if (peer->fd >= 0)
		close(peer->fd);
	free(peer->stream);
	free(peer->narrow);
	free(peer->offer);
	free(peer);
}

const char *sim_peer_offer(struct sim_peer *peer)
{
	return peer->offer;
}

int sim_peer_answer(struct sim_peer *peer, const char *sdp, size_t len, int64_t now_us)
{
	int rc;

	peer->now_us = now_us;
	if (peer->state != SIM_NEW)
		return -EALREADY;
	rc = sim_sdp_answer(peer, sdp, len);
	if (rc == 0 && peer->config.tcp)
		rc = sim_stream_connect(peer);
	if (rc == 0)
		rc = sim_send_ready(peer);
	if (rc < 0)
		return rc;
	sim_peer_enter(peer, SIM_CHECKING, "");
	sim_ice_start(peer);
	if (peer->config.faults.skip_ice)
		return sim_secure_start(peer);
	return 0;
}

void sim_peer_enter(struct sim_peer *peer, enum sim_state state, const char *reason)
{
	if (peer->state == state || peer->state >= SIM_CLOSED)
		return;
	peer->state = state;
	snprintf(peer->reason, sizeof(peer->reason), "%s", reason);
	if (state == SIM_CONNECTED)
		peer->stats.connected_us = peer->now_us;
	if (peer->config.on_state)
		peer->config.on_state(peer, state, peer->reason, peer->config.ctx);
}

const struct sim_candidate *sim_peer_target(const struct sim_peer *peer)
{
	int chosen = peer->ice.chosen;

	if (peer->config.tcp)
		return peer->answer.passive.address_len ? &peer->answer.passive : NULL;
	if (chosen < 0)
		chosen = 0;
	return peer->answer.candidate_count ? &peer->answer.candidates[chosen] : NULL;
}

/** The port is closed. Once may be a restart of something in between; for a while means that the server has gone. */
static void note_refusal(struct sim_peer *peer)
{
	if (peer->refused_us == 0)
		peer->refused_us = peer->now_us;
	if (peer->now_us - peer->refused_us >= UNREACHABLE_US)
		sim_peer_enter(peer, SIM_FAILED, "nobody listens there");
}

int sim_peer_output(struct sim_peer *peer, const struct sim_candidate *to, const uint8_t *data, size_t len)
{
	if (!to)
		return -ENOTCONN;
	if (peer->config.faults.silent)
		return 0;
	peer->stats.datagrams_out++;
	if (peer->config.tcp)
		return sim_stream_output(peer, data, len);
	if (sendto(peer->fd, data, len, MSG_NOSIGNAL, (const struct sockaddr *)&to->address, to->address_len) < 0) {
		int error = errno;

		if (error == ECONNREFUSED)
			note_refusal(peer);
		return -error;
	}
	return 0;
}

int sim_peer_send_raw(struct sim_peer *peer, const uint8_t *data, size_t len)
{
	return sim_peer_output(peer, sim_peer_target(peer), data, len);
}

static bool every(unsigned n, uint64_t count)
{
	return n > 0 && count % n == 0;
}

void sim_peer_input(struct sim_peer *peer, uint8_t *data, size_t len)
{
	const struct sim_faults *faults = &peer->config.faults;

	if (peer->state == SIM_NEW || peer->state >= SIM_CLOSED)
		return;
	peer->stats.datagrams_in++;
	switch (media_datagram_kind(data, len)) {
	case MEDIA_DATAGRAM_STUN:
		sim_ice_input(peer, data, len);
		break;
	case MEDIA_DATAGRAM_DTLS:
		if (!every(faults->drop_dtls_every, ++peer->dtls_arrived))
			sim_secure_input(peer, data, len);
		break;
	case MEDIA_DATAGRAM_RTP:
		if (!every(faults->drop_rtp_every, ++peer->rtp_arrived))
			sim_receive_rtp(peer, data, len);
		break;
	case MEDIA_DATAGRAM_RTCP:
		sim_reports_input(peer, data, len);
		break;
	case MEDIA_DATAGRAM_UNKNOWN:
		break;
	}
}

enum sim_state sim_peer_poll(struct sim_peer *peer, int64_t now_us)
{
	uint8_t data[MEDIA_DATAGRAM_MAX];
	int i;

	peer->now_us = peer->arrived_us = now_us;
	if (peer->stream)
		sim_stream_poll(peer);
	for (i = 0; !peer->stream && i < RECEIVE_BURST; i++) {
		ssize_t n = sim_arrival(peer, data, sizeof(data));

		if (n < 0 && errno == ECONNREFUSED)
			note_refusal(peer);
		if (n < 0)
			break;
		peer->refused_us = 0;
		if (peer->config.faults.narrow_bps)
			sim_narrow_take(peer, data, (size_t)n);
		else
			sim_peer_input(peer, data, (size_t)n);
	}
	sim_narrow_deliver(peer);
	if (peer->state == SIM_NEW || peer->state >= SIM_CLOSED)
		return peer->state;
	sim_ice_timers(peer);
	sim_secure_timers(peer);
	if (peer->state == SIM_CONNECTED) {
		sim_receive_timers(peer);
		sim_reports_timers(peer);
	}
	return peer->state;
}

int64_t sim_peer_timeout_us(const struct sim_peer *peer, int64_t now_us)
{
	int64_t timeout = 1000000, t;
	int kind;

	if (peer->state == SIM_NEW || peer->state >= SIM_CLOSED)
		return timeout;
	if (sim_stream_waits(peer))
		timeout = STREAM_RETRY_US;
	t = sim_narrow_timeout_us(peer, now_us);
	timeout = t < timeout ? t : timeout;
	t = sim_ice_timeout_us(peer) - now_us;
	timeout = t < timeout ? t : timeout;
	t = sim_secure_timeout_us(peer);
	timeout = t >= 0 && t < timeout ? t : timeout;
	for (kind = 0; kind < SIM_KINDS; kind++) {
		if (peer->receivers[kind].missing_count > 0 && timeout > 20000)
			timeout = 20000;
	}
	if (peer->state == SIM_CONNECTED && peer->report_us - now_us < timeout)
		timeout = peer->report_us - now_us;
	return timeout > 0 ? timeout : 0;
}

void sim_peer_close(struct sim_peer *peer)
{
	if (peer->state == SIM_CONNECTED) {
		sim_reports_bye(peer);
		sim_secure_close(peer);
	}
	sim_peer_enter(peer, SIM_CLOSED, "closed by us");
}

struct until {
	struct sim_peer *peer;
	enum sim_state state;
};

static bool until_done(void *ctx)
{
	struct until *until = ctx;

	return until->peer->state == until->state || until->peer->state >= SIM_CLOSED;
}

int sim_peer_run_until(struct sim_peer *peer, enum sim_state state, int64_t timeout_ms)
{
	struct until until = {peer, state};

	if (!sim_peers_run(&peer, 1, timeout_ms, until_done, &until))
		return -ETIMEDOUT;
	return peer->state == state ? 0 : -ECONNRESET;
}

bool sim_peers_run(struct sim_peer *const *peers, size_t count, int64_t timeout_ms, bool (*done)(void *ctx), void *ctx)
{
	struct pollfd *waits = calloc(count ? count : 1, sizeof(*waits));
	int64_t now = sim_now_us(), end = now + timeout_ms * 1000, wait;
	bool reached = false;
	size_t i;

	if (!waits)
		return false;
	for (;;) {
		wait = end - now;
		for (i = 0; i < count; i++) {
			int64_t t;

			sim_peer_poll(peers[i], now);
			t = sim_peer_timeout_us(peers[i], now);
			wait = t < wait ? t : wait;
			waits[i] =
			        (struct pollfd){.fd = sim_stream_deaf(peers[i]) ? -1 : peers[i]->fd, .events = POLLIN};
		}
		reached = done && done(ctx);
		if (reached || now >= end)
			break;
		poll(waits, count, (int)((wait + 999) / 1000));
		now = sim_now_us();
	}
	free(waits);
	return reached;
}

int sim_peer_fd(const struct sim_peer *peer)
{
	return peer->fd;
}

enum sim_state sim_peer_state(const struct sim_peer *peer)
{
	return peer->state;
}

const char *sim_peer_reason(const struct sim_peer *peer)
{
	return peer->reason;
}

struct sim_faults *sim_peer_faults(struct sim_peer *peer)
{
	return &peer->config.faults;
}

void *sim_peer_ctx(const struct sim_peer *peer)
{
	return peer->config.ctx;
}

const struct sim_agreed *sim_peer_agreed(const struct sim_peer *peer, enum sim_kind kind)
{
	return &peer->answer.tracks[kind];
}

bool sim_peer_remote(const struct sim_peer *peer, char *address, size_t size)
{
	const struct sim_candidate *c = peer->ice.chosen >= 0 ? sim_peer_target(peer) : NULL;
	const struct sockaddr_in6 *in6 = c ? (const struct sockaddr_in6 *)&c->address : NULL;
	const struct sockaddr_in *in = c ? (const struct sockaddr_in *)&c->address : NULL;

	if (!c)
		return false;
	if (c->address.ss_family == AF_INET)
		return inet_ntop(AF_INET, &in->sin_addr, address, (socklen_t)size) != NULL;
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		return inet_ntop(AF_INET, in6->sin6_addr.s6_addr + 12, address, (socklen_t)size) != NULL;
	return inet_ntop(AF_INET6, &in6->sin6_addr, address, (socklen_t)size) != NULL;
}

const char *sim_peer_remote_ufrag(const struct sim_peer *peer)
{
	return peer->answer.ufrag;
}

enum media_srtp_profile sim_peer_profile(const struct sim_peer *peer)
{
	return peer->profile;
}

const struct sim_track_stats *sim_peer_track(const struct sim_peer *peer, enum sim_kind kind)
{
	return &peer->tracks[kind];
}

const struct sim_peer_stats *sim_peer_stats(const struct sim_peer *peer)
{
	return &peer->stats;
}
