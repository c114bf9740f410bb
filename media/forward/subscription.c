#include "forward/subscription.h"

#include <string.h>

#include "forward/publisher.h"
#include "forward/random.h"
#include "forward/stream.h"

enum { REPORT_US = 900000, REPORT_SPREAD_US = 200000 };

void forward_subscription_init(struct forward_subscription *s, const struct forward_agreed *agreed)
{
	*s = (struct forward_subscription){
	        .active = agreed->accepted,
	        .ssrc = agreed->ssrc,
	        .rtx_ssrc = agreed->rtx_ssrc,
	        .pt = -1,
	        .rtx_pt = -1,
	        .rtx_seq = (uint16_t)(forward_random32() & 0x7FFF),
	};
	forward_rewrite_init(&s->rewrite, (uint16_t)(forward_random32() & 0x7FFF), forward_random32());
}

/** Payload types for the codec of this epoch. */
static void choose(struct forward_subscription *s, const struct forward_agreed *agreed,
                   const struct forward_track *track)
{
	const struct forward_codec *codec = forward_agreed_codec(agreed, track->codec.codec);
	s->chosen_epoch = track->epoch;
	s->pt = codec ? codec->pt : -1;
	s->rtx_pt = codec && s->rtx_ssrc ? codec->rtx_pt : -1;
}

static void encrypt(struct forward_session *session, const uint8_t *packet, size_t len)
{
	struct media_udp *udp = session->worker->udp;
	size_t room = len + MEDIA_SRTP_OVERHEAD;
	uint8_t *out = media_udp_reserve(udp, room);
	int n = out ? media_srtp_protect(session->out, packet, len, out, room) : -1;
	if (n > 0)
		media_udp_commit(udp, forward_session_path(session), (size_t)n);
}

static void send_one(struct forward_session *session, struct forward_subscription *s, struct forward_packet *p)
{
	uint16_t seq;
	uint32_t timestamp;
	if (!forward_rewrite_map(&s->rewrite, p->epoch, p->ext, p->timestamp, session->worker->now_us, &seq,
	                         &timestamp))
		return;
	media_rtp_write_header(p->data, p->padded || p->padding, (uint8_t)((p->marker ? 0x80 : 0) | s->pt), seq,
	                       timestamp, s->ssrc);
	encrypt(session, p->data, p->len + p->padding);
	s->packets++;
	s->octets += p->padded ? 0 : (uint32_t)(p->len - MEDIA_RTP_HEADER);
}

/** Map the epoch from this packet on. When it came late, what followed it is in the cache already. */
static void begin(struct forward_session *session, struct forward_subscription *s, struct forward_track *track,
                  struct forward_packet *p)
{
	forward_rewrite_begin(&s->rewrite, p->epoch, p->ext, p->timestamp, track->codec.clock, session->worker->now_us);
	s->begun_gather = session->stream->gather.serial;
	s->begun_through = forward_track_newest(track);
	send_one(session, s, p);
	for (int64_t ext = p->ext + 1; ext <= forward_track_newest(track); ext++) {
		struct forward_packet *next = forward_cache_get(track->cache, track->epoch, ext);
		if (next)
			send_one(session, s, next);
	}
}

static void report_if_due(struct forward_session *session, enum forward_kind kind, struct forward_track *track)
{
	struct forward_subscription *s = &session->subscriptions[kind];
	int64_t now = session->worker->now_us;
	if (!track->clock.known || (now < s->report_us && s->report_epoch == track->epoch))
		return;
	s->report_epoch = track->epoch;
	/* spread, so that many viewers' reports do not fall together */
	s->report_us = now + REPORT_US + (int64_t)((s->ssrc ^ s->packets * 2654435761u) % REPORT_SPREAD_US);
	forward_report_sender(session, kind, track);
}

/** Who began during this gathering was sent what was in the cache, and some of that still waits in it. */
static bool has_it(const struct forward_session *session, const struct forward_subscription *s,
                   const struct forward_packet *packet)
{
	return s->begun_gather == session->stream->gather.serial && packet->ext <= s->begun_through;
}

void forward_subscription_send(struct forward_session *session, enum forward_kind kind, struct forward_track *track,
                               struct forward_packet *packet)
{
	struct forward_subscription *s = &session->subscriptions[kind];
	if (!s->active)
		return;
	if (s->chosen_epoch != track->epoch)
		choose(s, &session->tracks[kind], track);
	if (s->pt < 0)
		return;
	if (s->rewrite.epoch == packet->epoch && has_it(session, s, packet))
		return;
	if (s->rewrite.epoch == packet->epoch)
		send_one(session, s, packet);
	else if (packet->starts)
		begin(session, s, track, packet);
	else
		return;
	report_if_due(session, kind, track);
}

bool forward_subscription_join(struct forward_session *session, enum forward_kind kind, struct forward_track *track)
{
	struct forward_packet *key = forward_track_fresh_key(track, session->worker->now_us);
	if (key)
		forward_subscription_send(session, kind, track, key);
	return key != NULL;
}

bool forward_repairs_allow(struct forward_repairs *r, uint16_t seq, int64_t now_us)
{
	const int64_t cost = 1000000 / FORWARD_REPAIR_RATE, full = cost * FORWARD_REPAIR_BURST;
	size_t slot = seq % FORWARD_REPAIRS_REMEMBERED;
	int64_t credit = r->tokens_us + (now_us - r->filled_us);
	r->tokens_us = r->filled_us == 0 || credit > full ? full : credit;
	r->filled_us = now_us;
	if (r->newest[slot].at_us && r->newest[slot].seq == seq &&
	    now_us - r->newest[slot].at_us < FORWARD_REPAIR_PAUSE_US)
		return false;
	if (r->tokens_us < cost)
		return false;
	r->tokens_us -= cost;
	r->newest[slot].seq = seq;
	r->newest[slot].at_us = now_us;
	return true;
}

/** RFC 4588 §4: its own source and numbers; the original number goes before the payload. */
static void send_repair(struct forward_session *session, struct forward_subscription *s, const struct forward_packet *p,
                        uint16_t seq)
{
	uint8_t out[FORWARD_RTP_MAX + 2];
	if (p->len > FORWARD_RTP_MAX)
		return;
	media_rtp_write_header(out, p->padded, (uint8_t)((p->marker ? 0x80 : 0) | s->rtx_pt), s->rtx_seq++,
	                       p->timestamp + s->rewrite.timestamp_offset, s->rtx_ssrc);
	media_put16(out + MEDIA_RTP_HEADER, seq);
	memcpy(out + MEDIA_RTP_HEADER + 2, p->data + MEDIA_RTP_HEADER, p->len - MEDIA_RTP_HEADER);
	encrypt(session, out, p->len + 2);
}

void forward_subscription_repair(struct forward_session *session, enum forward_kind kind, const uint16_t *seqs,
                                 size_t count)
{
	struct forward_subscription *s = &session->subscriptions[kind];
	struct forward_track *track = &session->stream->tracks[kind];
	struct media_stats *stats = &session->worker->stats;
	for (size_t i = 0; i < count; i++) {
		int64_t ext;
		struct forward_packet *p = NULL;
		stats->nack_received++;
		/* without RTX a second packet under one number would have to be the identical ciphertext: nothing is
		 * sent */
		if (s->rtx_pt >= 0 && track->cache && forward_rewrite_unmap(&s->rewrite, seqs[i], &ext))
			p = forward_cache_get(track->cache, s->rewrite.epoch, ext);
		if (!p || !forward_repairs_allow(&s->repairs, seqs[i], session->worker->now_us)) {
			stats->nack_missed++;
			continue;
		}
		send_repair(session, s, p, seqs[i]);
		stats->nack_answered++;
	}
}
