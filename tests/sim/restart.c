/* New paths for a peer that is connected: another socket, other ICE credentials. */
#include "sim/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sim_peer_move(struct sim_peer *peer, int64_t now_us)
{
	int fd, rc;

	if (peer->config.tcp) {
		peer->now_us = now_us;
		peer->ice.consent = (struct sim_check){.next_us = now_us};
		rc = sim_stream_connect(peer);
		if (rc == 0)
			sim_ice_timers(peer); /* who begins with anything but a check is nobody */
		return rc;
	}
	fd = sim_socket(&peer->family);
	if (fd < 0)
		return fd;
	if (peer->config.arrivals)
		sim_arrivals_watch(fd);
	close(peer->fd);
	peer->fd = fd;
	free(peer->stream);
	peer->stream = NULL;
	peer->now_us = now_us;
	peer->ice.consent = (struct sim_check){.next_us = now_us};
	return 0;
}

int sim_peer_change_way(struct sim_peer *peer, bool tcp, int64_t now_us)
{
	peer->config.tcp = tcp;
	return sim_peer_move(peer, now_us);
}

const char *sim_peer_restart(struct sim_peer *peer)
{
	char before[sizeof(peer->ufrag)];
	char *offer;

	sim_random_text(peer->next_ufrag, sizeof(peer->next_ufrag) - 1);
	sim_random_text(peer->pwd,
	                sizeof(peer->pwd) - 1); /* a lite server never asks us, so nothing needs the old one */
	memcpy(before, peer->ufrag, sizeof(before));
	memcpy(peer->ufrag, peer->next_ufrag, sizeof(peer->ufrag));
	offer = sim_make_offer(peer);
	memcpy(peer->ufrag, before, sizeof(peer->ufrag));
	if (!offer)
		return NULL;
	free(peer->offer);
	peer->offer = offer;
	return offer;
}

/** The value of the first line that starts so. */
static bool find(const char *text, size_t len, const char *prefix, char *out, size_t size)
{
	size_t prefix_len = strlen(prefix), n;
	const char *end = text + len, *eol;

	for (; text < end; text = eol + 1) {
		eol = memchr(text, '\n', (size_t)(end - text));
		eol = eol ? eol : end;
		n = (size_t)(eol - text);
		if (n > 0 && text[n - 1] == '\r')
			n--;
		if (n <= prefix_len || memcmp(text, prefix, prefix_len) != 0 || n - prefix_len >= size)
			continue;
		memcpy(out, text + prefix_len, n - prefix_len);
		out[n - prefix_len] = '\0';
		return true;
	}
	return false;
}

int sim_peer_restarted(struct sim_peer *peer, const char *sdp, size_t len, int64_t now_us)
{
	char ufrag[sizeof(peer->answer.ufrag)], pwd[sizeof(peer->answer.pwd)];

	if (!peer->next_ufrag[0] || !find(sdp, len, "a=ice-ufrag:", ufrag, sizeof(ufrag)) ||
	    !find(sdp, len, "a=ice-pwd:", pwd, sizeof(pwd)))
		return -EBADMSG;
	peer->now_us = now_us;
	peer->old = (struct sim_old){0};
	memcpy(peer->old.ufrag, peer->ufrag, sizeof(peer->old.ufrag));
	memcpy(peer->old.remote_ufrag, peer->answer.ufrag, sizeof(peer->old.remote_ufrag));
	memcpy(peer->old.remote_pwd, peer->answer.pwd, sizeof(peer->old.remote_pwd));
	memcpy(peer->ufrag, peer->next_ufrag, sizeof(peer->ufrag));
	memcpy(peer->answer.ufrag, ufrag, sizeof(ufrag));
	memcpy(peer->answer.pwd, pwd, sizeof(pwd));
	peer->next_ufrag[0] = '\0';
	peer->ice.nominated = false;
	sim_ice_start(peer);
	return 0;
}

void sim_peer_check_old(struct sim_peer *peer)
{
	struct sim_old *old = &peer->old;

	sim_random(old->check.txid, sizeof(old->check.txid));
	old->check.sent = old->check.nominating = true;
	sim_ice_send(peer, &old->check, sim_peer_target(peer), old->ufrag, old->remote_ufrag, old->remote_pwd);
}

void sim_restart_input(struct sim_peer *peer, const uint8_t *data, size_t len, const struct media_stun *m)
{
	const struct sim_old *old = &peer->old;

	if (old->check.sent && memcmp(old->check.txid, m->txid, MEDIA_STUN_TXID_BYTES) == 0 &&
	    media_stun_check_integrity(data, len, m, old->remote_pwd) == 0)
		peer->stats.old_answers++;
}

bool sim_peer_nominated(const struct sim_peer *peer)
{
	return peer->ice.nominated;
}
