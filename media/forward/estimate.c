#include "forward/estimate.h"

#include <stdlib.h>
#include <string.h>

#include "forward/session.h"

enum { CATCH_UP_MOST_US = 100000, ONE_BYTE_PROFILE = 0xBEDE };

const int64_t media_estimate_bounds_bps[MEDIA_ESTIMATE_BOUNDS] = {150000,  300000,  600000,  1200000,
                                                                  2500000, 5000000, 10000000};

void forward_estimate_create(struct forward_session *session)
{
	for (int k = 0; k < FORWARD_KINDS && !session->estimate; k++)
		if (session->tracks[k].accepted && session->tracks[k].ext_twcc)
			session->estimate = calloc(1, sizeof *session->estimate);
}

static void end_probe(struct forward_session *session)
{
	struct forward_session **at = &session->worker->probing;
	if (!session->estimate->probing)
		return;
	while (*at != session)
		at = &(*at)->estimate->next_probe;
	*at = session->estimate->next_probe;
	session->estimate->probing = false;
}

void forward_estimate_destroy(struct forward_session *session)
{
	if (!session->estimate)
		return;
	end_probe(session);
	free(session->estimate);
	session->estimate = NULL;
}

/** When a round's packets for a viewer leave: a round of many viewers takes too long to be one moment, a viewer's part
 * of it does not. */
static int64_t sent_at(struct forward_estimate *e, int64_t round_us)
{
	if (e->round_us != round_us) {
		e->round_us = round_us;
		e->sent_us = forward_now_us();
	}
	return e->sent_us;
}

/*   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |       0xBE    |      0xDE     |        length = 1 word        |
 *  |  id   |  L=1  |     transport-wide number     |  0 (padding)  |
 */
size_t forward_estimate_number(struct forward_session *session, uint8_t id, uint8_t *header, size_t len)
{
	struct forward_estimate *e = session->estimate;
	uint8_t *extension = header + MEDIA_RTP_HEADER;
	if (!e || id == 0)
		return 0;
	len += MEDIA_RTP_HEADER + FORWARD_ESTIMATE_EXTENSION;
	uint16_t number = media_bandwidth_sent(&e->bandwidth, len, sent_at(e, session->worker->now_us));
	header[0] |= 0x10;
	media_put16(extension, ONE_BYTE_PROFILE);
	media_put16(extension + 2, 1);
	extension[4] = (uint8_t)(id << 4 | 1);
	media_put16(extension + 5, number);
	extension[7] = 0;
	return FORWARD_ESTIMATE_EXTENSION;
}

static void begin_probe(struct forward_session *session)
{
	struct forward_estimate *e = session->estimate;
	if (!e->probing) {
		e->next_probe = session->worker->probing;
		session->worker->probing = session;
		e->probing = true;
	}
}

/** Send what the probe lacks. @return whether it goes on. */
static bool pad(struct forward_session *session)
{
	size_t lacks;
	bool goes_on = media_bandwidth_probing(&session->estimate->bandwidth, session->worker->now_us, &lacks);
	if (lacks)
		session->worker->stats.probe_packets += forward_subscription_pad(session, lacks);
	return goes_on;
}

static void probe_if_due(struct forward_session *session)
{
	if (!forward_subscription_repairs(&session->subscriptions[FORWARD_VIDEO]) ||
	    !media_bandwidth_probe(&session->estimate->bandwidth, session->worker->now_us))
		return;
	session->worker->stats.probes++;
	begin_probe(session);
	pad(session);
}

void forward_estimate_feedback(struct forward_session *session, const struct media_rtcp *p)
{
	if (!session->estimate)
		return;
	session->worker->stats.feedback_received++;
	if (media_bandwidth_feedback(&session->estimate->bandwidth, p, session->worker->now_us) != 0)
		session->worker->stats.rtp_malformed++;
	probe_if_due(session);
}

void forward_estimate_limit(struct forward_session *session, uint64_t bps)
{
	session->most_bps = bps < MEDIA_AIMD_MOST_BPS ? (int64_t)bps : MEDIA_AIMD_MOST_BPS;
	if (session->estimate)
		media_bandwidth_limit(&session->estimate->bandwidth, session->most_bps);
}

int64_t forward_estimate_bps(const struct forward_session *session)
{
	return session->estimate ? media_bandwidth_bps(&session->estimate->bandwidth) : session->most_bps;
}

int64_t forward_estimate_rtt_us(const struct forward_session *session)
{
	return session->estimate ? session->estimate->bandwidth.aimd.rtt_us : 0;
}

void forward_estimate_want(struct forward_session *session, int64_t bps)
{
	if (!session->estimate)
		return;
	media_bandwidth_want(&session->estimate->bandwidth, bps);
	probe_if_due(session);
}

void forward_estimate_catch_up(struct forward_session *session)
{
	if (!session->estimate)
		return;
	media_bandwidth_probe_with(&session->estimate->bandwidth, CATCH_UP_MOST_US, session->worker->now_us);
	begin_probe(session);
}

void forward_estimate_tick(struct forward_worker *worker)
{
	for (struct forward_session *s = worker->probing, *next; s; s = next) {
		next = s->estimate->next_probe;
		if (!pad(s))
			end_probe(s);
	}
}

static size_t bucket_of(int64_t bps)
{
	size_t i = 0;
	while (i < MEDIA_ESTIMATE_BOUNDS && bps > media_estimate_bounds_bps[i])
		i++;
	return i;
}

void forward_estimate_second(struct forward_worker *worker)
{
	struct media_stats *stats = &worker->stats;
	memset(stats->viewers_by_estimate, 0, sizeof stats->viewers_by_estimate);
	stats->estimates_bps = 0;
	for (struct forward_session *s = worker->viewers.first; s; s = s->next) {
		if (s->estimate) {
			media_bandwidth_silence(&s->estimate->bandwidth, worker->now_us);
			probe_if_due(s);
		}
		int64_t bps = forward_estimate_bps(s);
		stats->estimates_bps += bps;
		if (bps)
			stats->viewers_by_estimate[bucket_of(bps)]++;
	}
}
