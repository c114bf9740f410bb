/* The full, controlling ICE agent towards an ICE-lite server: checks to every candidate, regular nomination, consent
 * (RFC 8445, RFC 7675). */
#include "sim/internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "transport/ice.h"

#define PACE_US 20000
#define FIRST_RETRY_US 100000
#define MOST_TRIES 12
#define CONSENT_US 5000000
#define CONSENT_RETRY_US 1000000
#define CONNECT_US 15000000
#define HOST_PRIORITY 1862270975u /* peer-reflexive, component 1 */

void sim_ice_start(struct sim_peer *peer)
{
	struct sim_ice *ice = &peer->ice;
	size_t i;

	ice->chosen = -1;
	ice->started_us = peer->now_us;
	sim_random(&ice->tie_breaker, sizeof(ice->tie_breaker));
	for (i = 0; i < peer->answer.candidate_count; i++) {
		ice->checks[i] = (struct sim_check){.next_us = peer->now_us + (int64_t)i * PACE_US};
		sim_random(ice->checks[i].txid, sizeof(ice->checks[i].txid));
	}
	sim_ice_timers(peer);
}

void sim_ice_send(struct sim_peer *peer, const struct sim_check *check, const struct sim_candidate *to,
                  const char *ufrag, const char *remote_ufrag, const char *password)
{
	char username[sizeof(peer->answer.ufrag) + sizeof(peer->ufrag) + 1];
	struct media_stun_build build = {
	        .type = MEDIA_STUN_BINDING_REQUEST,
	        .txid = check->txid,
	        .username = username,
	        .use_candidate = check->nominating && !peer->config.faults.no_nomination,
	        .controlling = true,
	        .priority = HOST_PRIORITY,
	        .tie_breaker = peer->ice.tie_breaker,
	        .password = peer->config.faults.bad_integrity ? "not the password at all!" : password,
	};
	uint8_t data[MEDIA_STUN_MAX];
	int len;

	snprintf(username, sizeof(username), "%s:%s", remote_ufrag, ufrag);
	len = media_stun_build(&build, data, sizeof(data));
	if (len > 0)
		sim_peer_output(peer, to, data, (size_t)len);
}

static void send_check(struct sim_peer *peer, struct sim_check *check, const struct sim_candidate *to)
{
	sim_ice_send(peer, check, to, peer->ufrag, peer->answer.ufrag, peer->answer.pwd);
	check->sent = true;
	check->tries++;
}

static void pair_timers(struct sim_peer *peer)
{
	struct sim_ice *ice = &peer->ice;
	size_t i;

	for (i = 0; i < peer->answer.candidate_count; i++) {
		struct sim_check *check = &ice->checks[i];

		if (check->done || check->tries >= MOST_TRIES || peer->now_us < check->next_us)
			continue;
		if (ice->chosen >= 0 && ice->chosen != (int)i)
			continue;
		send_check(peer, check, &peer->answer.candidates[i]);
		check->next_us = peer->now_us + (check->tries < 4 ? FIRST_RETRY_US << (check->tries - 1) : 1000000);
	}
	if (peer->now_us - ice->started_us > CONNECT_US)
		sim_peer_enter(peer, SIM_FAILED, "no candidate answered");
}

static void consent_timers(struct sim_peer *peer)
{
	struct sim_ice *ice = &peer->ice;

	if (peer->config.faults.no_consent)
		return;
	if (peer->now_us - ice->last_answer_us > peer->config.consent_timeout_us) {
		sim_peer_enter(peer, SIM_FAILED, "consent timeout");
		return;
	}
	if (peer->now_us < ice->consent.next_us)
		return;
	if (!ice->consent.sent)
		sim_random(ice->consent.txid, sizeof(ice->consent.txid));
	ice->consent.nominating = true;
	send_check(peer, &ice->consent, sim_peer_target(peer));
	ice->consent.next_us = peer->now_us + CONSENT_RETRY_US;
}

void sim_ice_timers(struct sim_peer *peer)
{
	if (peer->config.faults.skip_ice)
		return;
	if (peer->ice.nominated)
		consent_timers(peer);
	else
		pair_timers(peer);
}

int64_t sim_ice_timeout_us(const struct sim_peer *peer)
{
	const struct sim_ice *ice = &peer->ice;
	int64_t next = INT64_MAX / 2;
	size_t i;

	if (peer->config.faults.skip_ice)
		return next;
	if (ice->nominated)
		return peer->config.faults.no_consent ? next : ice->consent.next_us;
	for (i = 0; i < peer->answer.candidate_count; i++) {
		const struct sim_check *check = &ice->checks[i];

		if (!check->done && check->tries < MOST_TRIES && (ice->chosen < 0 || ice->chosen == (int)i) &&
		    check->next_us < next)
			next = check->next_us;
	}
	return next;
}

/** The first pair that answers is nominated with one more check; the pair is ours once that is answered, too. */
static void pair_answered(struct sim_peer *peer, size_t i)
{
	struct sim_ice *ice = &peer->ice;
	struct sim_check *check = &ice->checks[i];

	if (check->done)
		return;
	if (!check->nominating || peer->config.faults.no_nomination) {
		if (ice->chosen >= 0 || peer->config.faults.no_nomination)
			return;
		ice->chosen = (int)i;
		*check = (struct sim_check){.nominating = true, .next_us = peer->now_us};
		sim_random(check->txid, sizeof(check->txid));
		pair_timers(peer);
		return;
	}
	check->done = true;
	ice->nominated = true;
	/* From now on the kernel tells us when nobody listens there any more. */
	if (!peer->stream)
		(void)!connect(peer->fd, (const struct sockaddr *)&sim_peer_target(peer)->address,
		               sim_peer_target(peer)->address_len);
	ice->consent = (struct sim_check){.next_us = peer->now_us + CONSENT_US};
	ice->last_answer_us = peer->now_us;
	if (!peer->dtls && sim_secure_start(peer) < 0)
		sim_peer_enter(peer, SIM_FAILED, "the handshake cannot start");
}

/** An answer counts only if it left from where the check went (RFC 8445 §7.2.5.2.1). */
static bool answers(struct sim_peer *peer, const struct sim_check *check, const struct sim_candidate *asked,
                    const struct media_stun *m)
{
	if (!check->sent || memcmp(check->txid, m->txid, MEDIA_STUN_TXID_BYTES) != 0)
		return false;
	if (media_address_equal(&peer->from, &asked->address))
		return true;
	peer->stats.asymmetric++;
	return false;
}

/** A server that is a full agent checks back, and sends nothing before that is answered. */
static void answer_check(struct sim_peer *peer, const uint8_t *data, size_t len, const struct media_stun *m)
{
	struct sim_candidate from = {.address = peer->from, .address_len = sizeof(struct sockaddr_in6)};
	struct media_stun_build b = {.type = MEDIA_STUN_BINDING_SUCCESS, .txid = m->txid, .password = peer->pwd};
	uint8_t out[256];
	int n;

	if (media_stun_check_integrity(data, len, m, peer->pwd) < 0)
		return;
	if (from.address.ss_family == AF_INET)
		from.address_len = sizeof(struct sockaddr_in);
	b.mapped = (const struct sockaddr *)&from.address;
	n = media_stun_build(&b, out, sizeof(out));
	if (n > 0)
		sim_peer_output(peer, &from, out, (size_t)n);
	if (peer->state != SIM_CONNECTED) /* what was nominated before this may not have counted */
		peer->ice.consent.next_us = peer->now_us;
}

void sim_ice_input(struct sim_peer *peer, const uint8_t *data, size_t len)
{
	struct sim_ice *ice = &peer->ice;
	struct media_stun m;
	size_t i;

	if (media_stun_parse(data, len, &m) < 0)
		return;
	if (m.type == MEDIA_STUN_BINDING_REQUEST)
		answer_check(peer, data, len, &m);
	if (m.type != MEDIA_STUN_BINDING_SUCCESS)
		return;
	if (media_stun_check_integrity(data, len, &m, peer->answer.pwd) < 0) {
		sim_restart_input(peer, data, len, &m);
		return;
	}
	peer->stats.stun_responses++;
	if (ice->nominated && answers(peer, &ice->consent, sim_peer_target(peer), &m)) {
		ice->last_answer_us = peer->now_us;
		ice->consent = (struct sim_check){.next_us = peer->now_us + CONSENT_US};
		return;
	}
	for (i = 0; !ice->nominated && i < peer->answer.candidate_count; i++) {
		if (answers(peer, &ice->checks[i], &peer->answer.candidates[i], &m)) {
			pair_answered(peer, i);
			return;
		}
	}
}
