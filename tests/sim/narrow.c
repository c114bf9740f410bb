/* A narrow line: what arrives waits before it, comes out of it at its rate, and what finds no place there is lost. */
#include <stdlib.h>
#include <string.h>

#include "sim/internal.h"
#include "transport/udp.h"

#define QUEUE_US 300000 /**< that a line holds */
#define WAITING 256

struct sim_narrow {
	int64_t busy_us; /**< until then the line is */
	size_t first, count;
	struct {
		int64_t out_us;
		size_t len;
		uint8_t data[MEDIA_DATAGRAM_MAX];
	} waiting[WAITING];
};

void sim_narrow_take(struct sim_peer *peer, const uint8_t *data, size_t len)
{
	struct sim_narrow *n = peer->narrow ? peer->narrow : calloc(1, sizeof(*n));
	int64_t begin_us;
	size_t at;

	peer->narrow = n;
	if (!n)
		return;
	begin_us = n->busy_us > peer->now_us ? n->busy_us : peer->now_us;
	if (n->count == WAITING || begin_us - peer->now_us > QUEUE_US) {
		peer->stats.narrow_lost++;
		return;
	}
	n->busy_us = begin_us + (int64_t)len * 8000000 / peer->config.faults.narrow_bps;
	at = (n->first + n->count++) % WAITING;
	n->waiting[at].out_us = n->busy_us;
	n->waiting[at].len = len;
	memcpy(n->waiting[at].data, data, len);
}

void sim_narrow_deliver(struct sim_peer *peer)
{
	struct sim_narrow *n = peer->narrow;

	while (n && n->count > 0 && n->waiting[n->first].out_us <= peer->now_us) {
		size_t at = n->first;

		n->first = (at + 1) % WAITING;
		n->count--;
		sim_peer_input(peer, n->waiting[at].data, n->waiting[at].len);
	}
}

int64_t sim_narrow_timeout_us(const struct sim_peer *peer, int64_t now_us)
{
	const struct sim_narrow *n = peer->narrow;

	return n && n->count > 0 ? n->waiting[n->first].out_us - now_us : INT64_MAX;
}
