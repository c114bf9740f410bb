#include "forward/subscription.h"

#include <stdlib.h>
#include <string.h>

#include "forward/estimate.h"
#include "forward/layers.h"
#include "forward/publisher.h"
#include "forward/random.h"
#include "forward/stream.h"

enum { REPORT_US = 900000, REPORT_SPREAD_US = 200000, PADDING_MOST = 255, PADS_AT_ONCE = 128 };
#define HEADER_ROOM (MEDIA_RTP_HEADER + FORWARD_ESTIMATE_EXTENSION)

void forward_subscription_init(struct forward_subscription *s, enum forward_kind kind,
                               const struct forward_agreed *agreed)
{
	*s = (struct forward_subscription){
	        .active = agreed->accepted,
	        .track = (uint8_t)kind,
	        .wanted = (uint8_t)kind,
	        .ssrc = agreed->ssrc,
	        .rtx_ssrc = agreed->rtx_ssrc,
	        .ext_twcc = agreed->ext_twcc,
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

/** @param header the fixed one, with room for what is put behind it */
static void encrypt(struct forward_session *session, const struct forward_subscription *s, uint8_t *header,
                    struct media_srtp_parts *packet)
{
	size_t behind = packet->prefix_len + packet->payload_len + packet->padding + MEDIA_SRTP_TAG;
	packet->header = header;
	packet->header_len = MEDIA_RTP_HEADER + forward_estimate_number(session, s->ext_twcc, header, behind);
	struct media_udp *udp = session->worker->udp;
	size_t room = media_srtp_parts_len(packet) + MEDIA_SRTP_OVERHEAD;
	uint8_t *out = media_udp_reserve(udp, room);
	int n = out ? media_srtp_protect_parts(session->out, packet, out, room) : -1;
	if (n > 0)
		media_udp_commit(udp, forward_session_path(session), (size_t)n);
}

/** The packet's time as this viewer is told it, on the host's clock. */
static uint32_t time_of(const struct forward_subscription *s, const struct forward_packet *p)
{
	return s->catch_up && s->catch_up->epoch == p->epoch
	               ? forward_catch_up_timestamp(s->catch_up, p->ext, p->timestamp)
	               : p->timestamp;
}

/** How the payload begins for this viewer, behind what is in the prefix already: in VP8, once it has changed layers,
 * with numbers that go on. */
static void put_payload(struct media_srtp_parts *parts, const struct forward_mapping *m, const struct forward_packet *p,
                        const uint8_t *payload, size_t len, uint8_t *prefix, size_t used)
{
	size_t begun = 0;
	if (!p->padded && (m->vp8.picture || m->vp8.layer))
		begun = forward_vp8_shift(payload, len, m->vp8, prefix + used);
	parts->prefix = prefix;
	parts->prefix_len = used + begun;
	parts->payload = payload + begun;
	parts->payload_len = len - begun;
}

static void send_one(struct forward_session *session, struct forward_subscription *s, const struct forward_outgoing *o)
{
	const struct forward_packet *p = o->packet;
	uint8_t header[HEADER_ROOM], prefix[FORWARD_VP8_DESCRIPTOR];
	size_t len = p->len - MEDIA_RTP_HEADER;
	struct media_srtp_parts parts = {.padding = o->payload ? 0 : o->padding};
	uint16_t seq;
	uint32_t timestamp;
	if (!forward_rewrite_map(&s->rewrite, p->epoch, p->ext, time_of(s, p), session->worker->now_us, &seq,
	                         &timestamp))
		return;
	media_rtp_write_header(header, p->padded || o->padding, (uint8_t)((p->marker ? 0x80 : 0) | s->pt), seq,
	                       timestamp, s->ssrc);
	if (o->payload)
		put_payload(&parts, &s->rewrite.now, p, o->payload, len + o->padding, prefix, 0);
	else
		put_payload(&parts, &s->rewrite.now, p, p->data + MEDIA_RTP_HEADER, len, prefix, 0);
	encrypt(session, s, header, &parts);
	s->frame_open = !p->marker && !p->padded;
	s->packets++;
	s->octets += p->padded ? 0 : (uint32_t)len;
}

static void send_plain(struct forward_session *session, struct forward_subscription *s, const struct forward_packet *p)
{
	send_one(session, s, &(struct forward_outgoing){.packet = p});
}

void forward_subscription_begin(struct forward_session *session, struct forward_track *track,
                                const struct forward_packet *p)
{
	struct forward_subscription *s = &session->subscriptions[track->kind];
	forward_layers_map(session, track, p);
	s->begun_gather = session->stream->gather.serial;
	s->begun_through = forward_track_newest(track);
	send_plain(session, s, p);
	for (int64_t ext = p->ext + 1; ext <= forward_track_newest(track); ext++) {
		const struct forward_packet *next = forward_cache_get(track->cache, track->epoch, ext);
		if (next)
			send_plain(session, s, next);
	}
}

static void report_if_due(struct forward_session *session, const struct forward_track *track)
{
	struct forward_subscription *s = &session->subscriptions[track->kind];
	int64_t now = session->worker->now_us;
	if (!track->clock.known || (now < s->report_us && s->report_epoch == track->epoch))
		return;
	s->report_epoch = track->epoch;
	/* spread, so that many viewers' reports do not fall together */
	s->report_us = now + REPORT_US + (int64_t)((s->ssrc ^ s->packets * 2654435761u) % REPORT_SPREAD_US);
	forward_report_sender(session, track);
}

bool forward_subscription_catching_up(const struct forward_subscription *s)
{
	return s->catch_up && s->catch_up->done_us == 0;
}

bool forward_subscription_decodes(struct forward_session *session, const struct forward_track *track)
{
	struct forward_subscription *s = &session->subscriptions[track->kind];
	if (s->active && s->chosen_epoch != track->epoch)
		choose(s, &session->tracks[track->kind], track);
	return s->active && s->pt >= 0;
}

/** Who began during this gathering was sent what was in the cache, and some of that still waits in it. */
static bool has_it(const struct forward_session *session, const struct forward_subscription *s,
                   const struct forward_packet *packet)
{
	return s->begun_gather == session->stream->gather.serial && packet->ext <= s->begun_through;
}

/** One of those packets, whatever state the subscription is in. @return whether it has gone on to it. */
static bool send_any(struct forward_session *session, struct forward_subscription *s, struct forward_track *track,
                     const struct forward_outgoing *o)
{
	const struct forward_packet *packet = o->packet;
	if (s->track != track->index && !forward_layers_switch(session, track))
		return false;
	if (!forward_subscription_decodes(session, track))
		return false;
	if (forward_subscription_catching_up(s) &&
	    s->catch_up->epoch == packet->epoch) /* it waits in the cache behind what goes before it */
		return false;
	if (s->rewrite.now.epoch == packet->epoch && has_it(session, s, packet))
		return false;
	if (s->rewrite.now.epoch == packet->epoch)
		send_one(session, s, o);
	else if (packet->starts)
		forward_subscription_begin(session, track, packet);
	else
		return false;
	return true;
}

/** Is it simply live, so that every packet of the track's epoch is sent on? */
static bool is_live(const struct forward_session *session, const struct forward_subscription *s,
                    const struct forward_track *track)
{
	return s->track == track->index && s->active && s->chosen_epoch == track->epoch && s->pt >= 0 &&
	       s->rewrite.now.epoch == track->epoch && !forward_subscription_catching_up(s) &&
	       s->begun_gather != session->stream->gather.serial;
}

void forward_subscription_send(struct forward_session *session, struct forward_track *track,
                               const struct forward_outgoing *packets, size_t count)
{
	struct forward_subscription *s = &session->subscriptions[track->kind];
	bool any = is_live(session, s, track);
	if (any) {
		/* collected packets are all of the track's epoch */
		for (size_t i = 0; i < count; i++)
			send_one(session, s, &packets[i]);
	} else {
		for (size_t i = 0; i < count; i++)
			any = send_any(session, s, track, &packets[i]) || any;
	}
	if (any)
		report_if_due(session, track);
}

static void end_catch_up(struct forward_session *session, struct forward_subscription *s)
{
	s->catch_up->done_us = session->worker->now_us;
	session->worker->catching--;
	/* what waits to be sent live went out of the cache already */
	if (s->rewrite.now.epoch != s->catch_up->epoch)
		return;
	s->begun_gather = session->stream->gather.serial;
	s->begun_through = s->catch_up->next - 1;
}

/** A viewer over TCP that takes less than it is sent: what its queue had no room for would be a hole in the picture.
 * One that is still not through after a while must do with what live has for it. */
static bool must_wait(const struct forward_session *session, const struct forward_catch_up *c)
{
	uint64_t tcp = forward_session_path(session)->tcp;
	return tcp && session->worker->now_us < c->patient_us &&
	       media_tcp_waiting(session->worker->tcp, tcp) > MEDIA_TCP_QUEUE_BYTES / 2;
}

void forward_subscription_catch_up(struct forward_session *session, enum forward_kind kind)
{
	struct forward_subscription *s = &session->subscriptions[kind];
	struct forward_catch_up *c = s->catch_up;
	if (!forward_subscription_catching_up(s))
		return;
	struct forward_track *track = &session->stream->tracks[s->track];
	int64_t newest = forward_track_newest(track), now_us = session->worker->now_us;
	while (c->epoch == track->epoch && c->next <= newest) {
		const struct forward_packet *p = forward_cache_get(track->cache, c->epoch, c->next);
		if (p && (must_wait(session, c) || !forward_catch_up_allow(c, p->len, now_us)))
			return;
		if (p)
			send_plain(session, s, p);
		c->next++;
	}
	end_catch_up(session, s);
	report_if_due(session, track);
}

bool forward_subscription_join(struct forward_session *session, struct forward_track *track)
{
	struct forward_subscription *s = &session->subscriptions[track->kind];
	const struct media_config *config = session->worker->config;
	int64_t now_us = session->worker->now_us;
	if (track->epoch == 0 || !track->key_seen || !forward_subscription_decodes(session, track))
		return false;
	const struct forward_packet *key = forward_cache_get(track->cache, track->epoch, track->key_number);
	struct forward_catch_up *c =
	        key ? forward_catch_up_plan(track->cache, track->epoch, track->key_number, forward_track_newest(track),
	                                    config->join_bitrate_bps, config->join_most_us, track->codec.clock, now_us)
	            : NULL;
	if (!c)
		return false;
	s->catch_up = c;
	session->worker->catching++;
	forward_estimate_catch_up(session);
	forward_layers_map(session, track, key);
	forward_subscription_catch_up(session, track->kind);
	report_if_due(session, track);
	return true;
}

void forward_subscription_finish(struct forward_session *session, enum forward_kind kind)
{
	struct forward_subscription *s = &session->subscriptions[kind];
	if (forward_subscription_catching_up(s))
		end_catch_up(session, s);
	free(s->catch_up);
	s->catch_up = NULL;
}

void forward_subscription_tidy(struct forward_session *session, enum forward_kind kind)
{
	const struct forward_catch_up *c = session->subscriptions[kind].catch_up;
	if (c && c->done_us && session->worker->now_us - c->done_us > FORWARD_CATCH_UP_KEPT_US)
		forward_subscription_finish(session, kind);
}

/** What the viewer saw under a number: of the track that it gets, or of the one it had before. NULL: not known, or
 * gone. */
static const struct forward_packet *sent_as(const struct forward_session *session, const struct forward_subscription *s,
                                            uint16_t seq, const struct forward_mapping **m)
{
	int64_t ext;
	*m = forward_rewrite_unmap(&s->rewrite, seq, &ext);
	if (!*m)
		return NULL;
	const struct forward_track *track = &session->stream->tracks[forward_epoch_track((*m)->epoch)];
	const struct forward_packet *p = track->cache ? forward_cache_get(track->cache, (*m)->epoch, ext) : NULL;
	if (!p && track->epoch == (*m)->epoch)
		forward_stream_want_packet(session->stream, track, ext);
	return p;
}

/** RFC 4588 §4: its own source and numbers; the original number goes before the payload. */
static void send_repair(struct forward_session *session, struct forward_subscription *s,
                        const struct forward_mapping *m, const struct forward_packet *p, uint16_t seq)
{
	uint8_t header[HEADER_ROOM], prefix[2 + FORWARD_VP8_DESCRIPTOR];
	struct media_srtp_parts parts = {.padding = 0};
	media_rtp_write_header(header, p->padded, (uint8_t)((p->marker ? 0x80 : 0) | s->rtx_pt), s->rtx_seq++,
	                       time_of(s, p) + m->timestamp_offset, s->rtx_ssrc);
	media_put16(prefix, seq);
	put_payload(&parts, m, p, p->data + MEDIA_RTP_HEADER, p->len - MEDIA_RTP_HEADER, prefix, 2);
	encrypt(session, s, header, &parts);
}

size_t forward_subscription_pad(struct forward_session *session, size_t bytes)
{
	struct forward_subscription *s = &session->subscriptions[FORWARD_VIDEO];
	const size_t each = HEADER_ROOM + PADDING_MOST + MEDIA_SRTP_TAG;
	size_t count = forward_subscription_repairs(s) ? (bytes + each - 1) / each : 0;
	count = count < PADS_AT_ONCE ? count : PADS_AT_ONCE;
	for (size_t i = 0; i < count; i++) {
		uint8_t header[HEADER_ROOM];
		struct media_srtp_parts parts = {.padding = PADDING_MOST};
		media_rtp_write_header(header, true, (uint8_t)s->rtx_pt, s->rtx_seq++, s->rewrite.timestamp,
		                       s->rtx_ssrc);
		encrypt(session, s, header, &parts);
	}
	return count;
}

/** Audio and picture beside the repairs, and how long a packet and word of it take. */
static struct forward_repair_line line_of(const struct forward_session *session)
{
	const struct forward_track *tracks = session->stream->tracks;
	return (struct forward_repair_line){
	        .bps = forward_estimate_bps(session),
	        .others = tracks[session->subscriptions[FORWARD_VIDEO].track].meter.steady_bps +
	                  tracks[FORWARD_AUDIO].meter.steady_bps,
	        .rtt_us = forward_estimate_rtt_us(session),
	};
}

bool forward_subscription_congested(const struct forward_session *session)
{
	struct forward_repair_line line = line_of(session);
	return line.bps && line.others > line.bps;
}

static bool may_repair(struct forward_session *session, struct forward_subscription *s, const struct forward_packet *p,
                       uint16_t seq)
{
	const struct forward_track *track = &session->stream->tracks[s->track];
	/* the picture goes on at a newer keyframe, of whichever track */
	bool stale = s->rewrite.now.epoch != p->epoch || (track->key_seen && p->ext < track->key_number);
	struct forward_repair_line line = line_of(session);
	if (!s->repairs)
		s->repairs = calloc(1, sizeof *s->repairs);
	return s->repairs && forward_repairs_allow(s->repairs, seq, p->len, stale && track->kind == FORWARD_VIDEO,
	                                           &line, session->worker->now_us);
}

void forward_subscription_repair(struct forward_session *session, enum forward_kind kind, const uint16_t *seqs,
                                 size_t count)
{
	struct forward_subscription *s = &session->subscriptions[kind];
	struct media_stats *stats = &session->worker->stats;
	for (size_t i = 0; i < count; i++) {
		const struct forward_packet *p = NULL;
		const struct forward_mapping *m;
		stats->nack_received++;
		/* without RTX a second packet under one number would have to be the identical ciphertext: nothing is
		 * sent */
		if (s->rtx_pt >= 0)
			p = sent_as(session, s, seqs[i], &m);
		if (!p || !may_repair(session, s, p, seqs[i])) {
			stats->nack_missed++;
			continue;
		}
		send_repair(session, s, m, p, seqs[i]);
		stats->nack_answered++;
	}
}
