#include "direction.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { IPV4 = 4, IPV4_PROTOCOL = 9, IPV6_NEXT_HEADER = 6, UDP = 17 };

int line_direction_init(struct line_direction *d, uint64_t seed)
{
	*d = (struct line_direction){.random = seed * 2 + 1,
	                             .room = malloc((size_t)LINE_WAITING_MAX * LINE_PACKET_MAX)};
	if (!d->room)
		return -ENOMEM;
	for (size_t i = 0; i < LINE_WAITING_MAX; i++)
		d->packets[i].data = d->room + i * LINE_PACKET_MAX;
	return 0;
}

void line_direction_finish(struct line_direction *d)
{
	free(d->room);
	d->room = NULL;
}

/** xorshift64*: 0 up to 1. */
static double chance(struct line_direction *d)
{
	d->random ^= d->random >> 12;
	d->random ^= d->random << 25;
	d->random ^= d->random >> 27;
	return (double)((d->random * 0x2545F4914F6CDD1DULL) >> 11) / (double)(1ULL << 53);
}

static bool is_udp(const uint8_t *data, size_t len)
{
	if (len <= IPV4_PROTOCOL)
		return false;
	return (data[0] >> 4 == IPV4 ? data[IPV4_PROTOCOL] : data[IPV6_NEXT_HEADER]) == UDP;
}

/** When a packet that comes now is through the narrowest place. @return -1: the queue before it is full. */
static int64_t through_us(struct line_direction *d, const struct line_quality *q, size_t len, int64_t now_us)
{
	if (q->rate_bps == 0)
		return now_us;
	int64_t begin_us = d->busy_us > now_us ? d->busy_us : now_us;
	if (begin_us - now_us > q->queue_us)
		return -1;
	d->busy_us = begin_us + (int64_t)len * 8 * 1000000 / q->rate_bps;
	return d->busy_us;
}

static void insert(struct line_direction *d, const uint8_t *data, size_t len, int64_t due_us)
{
	struct line_packet packet = d->packets[d->count];
	size_t at = d->count++;
	for (; at > 0 && d->packets[at - 1].due_us > due_us; at--)
		d->packets[at] = d->packets[at - 1];
	packet.due_us = due_us;
	packet.len = len;
	memcpy(packet.data, data, len);
	d->packets[at] = packet;
}

bool line_direction_take(struct line_direction *d, const struct line_quality *q, const uint8_t *data, size_t len,
                         int64_t now_us)
{
	bool unlucky = chance(d) < q->loss; /* drawn for each, so that a seed's losses do not depend on the rest */
	double jitter = chance(d), overtaking = chance(d);
	int64_t due_us = -1;
	if (!q->down && !unlucky && !(q->no_udp && is_udp(data, len)) && len <= LINE_PACKET_MAX &&
	    d->count < LINE_WAITING_MAX)
		due_us = through_us(d, q, len, now_us);
	if (due_us < 0) {
		d->lost++;
		return false;
	}
	due_us += q->delay_us + (int64_t)(jitter * (double)q->jitter_us);
	if (due_us < d->newest_us)
		due_us = d->newest_us;
	d->newest_us = due_us;
	insert(d, data, len, due_us + (int64_t)(overtaking * (double)q->reorder_us));
	return true;
}

const struct line_packet *line_direction_arrived(struct line_direction *d, int64_t now_us)
{
	if (d->count == 0 || d->packets[0].due_us > now_us)
		return NULL;
	struct line_packet first = d->packets[0];
	memmove(d->packets, d->packets + 1, --d->count * sizeof first);
	d->packets[d->count] = first;
	d->passed++;
	return &d->packets[d->count];
}

int64_t line_direction_next_us(const struct line_direction *d)
{
	return d->count ? d->packets[0].due_us : INT64_MAX;
}
