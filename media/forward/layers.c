#include "forward/layers.h"

#include "forward/estimate.h"
#include "forward/stream.h"

#define STOPPED_US 100000 /**< without a packet for so long, a frame will not be completed */
#define LOOKED_BACK 64    /**< packets, for one that has numbers */
#define ALIGNED_S 10      /**< sender reports that put two layers further apart are not believed [s] */

static void describe(const struct forward_stream *stream, struct forward_layer layers[FORWARD_LAYERS],
                     struct forward_line *line)
{
	for (size_t i = 0; i < FORWARD_LAYERS; i++) {
		const struct forward_track *track = &stream->tracks[FORWARD_VIDEO + i];
		layers[i] = (struct forward_layer){
		        .live = forward_track_live(track, stream->worker->now_us) && track->key_seen,
		        .pixels = (int64_t)track->width * track->height,
		        .bps = track->meter.steady_bps,
		};
	}
	line->other = stream->tracks[FORWARD_AUDIO].meter.steady_bps;
}

/** The track that it should get. */
static struct forward_track *choose(struct forward_session *session)
{
	struct forward_stream *stream = session->stream;
	struct forward_subscription *s = &session->subscriptions[FORWARD_VIDEO];
	struct forward_layer layers[FORWARD_LAYERS];
	struct forward_line line = {.bps = forward_estimate_bps(session), .loss = s->loss};
	int64_t want_bps;
	describe(stream, layers, &line);
	size_t layer = forward_choose(&s->choice, layers, &line, session->worker->now_us, &want_bps);
	forward_estimate_want(session, want_bps);
	return &stream->tracks[FORWARD_VIDEO + layer];
}

struct forward_track *forward_layers_first(struct forward_session *session)
{
	struct forward_subscription *s = &session->subscriptions[FORWARD_VIDEO];
	struct forward_track *track = choose(session);
	s->track = s->wanted = track->index;
	track->watched_us = session->worker->now_us;
	return track;
}

static bool fresh(const struct forward_track *track, const struct forward_subscription *s)
{
	return track->key_seen && track->key_us >= s->wanted_us - FORWARD_LAYERS_FRESH_US;
}

void forward_layers_choose(struct forward_session *session)
{
	struct forward_stream *stream = session->stream;
	struct forward_subscription *s = &session->subscriptions[FORWARD_VIDEO];
	int64_t now_us = session->worker->now_us;
	if (!s->active)
		return;
	stream->tracks[s->track].watched_us = now_us;
	if (forward_subscription_catching_up(s))
		return;
	struct forward_track *track = choose(session);
	if (s->wanted != track->index)
		s->wanted_us = now_us;
	s->wanted = track->index;
	track->watched_us = now_us;
	if (s->track == s->wanted)
		return;
	/* where there is nothing to go on with meanwhile */
	if (s->rewrite.now.epoch == 0 || !forward_track_live(&stream->tracks[s->track], now_us)) {
		s->track = s->wanted;
		session->worker->stats.layer_switches++;
	}
	if (!fresh(track, s) || now_us - track->key_us > FORWARD_LAYERS_FRESH_US)
		forward_stream_want_keyframe(stream, track);
}

bool forward_layers_switch(struct forward_session *session, struct forward_track *track)
{
	struct forward_subscription *s = &session->subscriptions[track->kind];
	int64_t now_us = session->worker->now_us;
	if (s->wanted != track->index || !fresh(track, s) || now_us - track->key_us > FORWARD_LAYERS_FRESH_US)
		return false;
	/* half a frame would be left over */
	if (s->frame_open && now_us - session->stream->tracks[s->track].newest_us < STOPPED_US)
		return false;
	const struct forward_packet *key = forward_cache_get(track->cache, track->epoch, track->key_number);
	if (!key || !forward_subscription_decodes(session, track))
		return false;
	s->track = track->index;
	session->worker->stats.layer_switches++;
	forward_subscription_begin(session, track, key);
	return true;
}

/** The packet's time on the line of times of another track, both being tied to the host's clock. @return false: they
 * are not, or not credibly. */
static bool align(const struct forward_track *from, const struct forward_track *to, uint32_t timestamp, uint32_t *out)
{
	int64_t clock = from->codec.clock;
	if (!from->clock.known || !to->clock.known || clock == 0 || to->codec.clock != from->codec.clock)
		return false;
	/* how much later the packet was taken than the old layer's report says [NTP 32.32] */
	int64_t later = (int64_t)(to->clock.ntp - from->clock.ntp) +
	                (int64_t)(int32_t)(timestamp - to->clock.rtp_time) * (INT64_C(1) << 32) / clock;
	if (later > INT64_C(60) << 32 || later < -(INT64_C(60) << 32))
		return false;
	*out = from->clock.rtp_time + (uint32_t)(later * clock / (INT64_C(1) << 32));
	return true;
}

/** VP8's numbers of the newest packet that was sent, as the viewer saw them. @return false: there are none, or they are
 * not known any more. */
static bool newest_numbers(const struct forward_rewrite *r, const struct forward_track *from,
                           struct forward_vp8_place *out)
{
	int64_t ext = r->highest - r->now.offset, least = ext - LOOKED_BACK;
	bool found = false;
	for (; from->cache && !found && ext >= r->now.first_in && ext > least; ext--) {
		const struct forward_packet *p = forward_cache_get(from->cache, r->now.epoch, ext);
		found = p && !p->padded && forward_vp8_find(p->data + MEDIA_RTP_HEADER, p->len - MEDIA_RTP_HEADER, out);
	}
	if (!found) { /* what the track's last host had last is no older */
		out->picture_id = from->vp8.picture.newest;
		out->layer_index = (uint8_t)from->vp8.layer.newest;
	}
	out->picture_id = (uint16_t)(out->picture_id + r->now.vp8.picture);
	out->layer_index = (uint8_t)(out->layer_index + r->now.vp8.layer);
	return found || from->vp8.picture.told || from->vp8.layer.told;
}

static struct forward_vp8_offsets go_on(const struct forward_rewrite *r, const struct forward_track *from,
                                        const struct forward_track *to, const struct forward_packet *packet)
{
	struct forward_vp8_place sent, begins;
	if (to->codec.codec != MEDIA_VP8 || r->now.epoch == 0)
		return (struct forward_vp8_offsets){0};
	if (from == to || !newest_numbers(r, from, &sent) ||
	    !forward_vp8_find(packet->data + MEDIA_RTP_HEADER, packet->len - MEDIA_RTP_HEADER, &begins))
		return r->now.vp8;
	return (struct forward_vp8_offsets){
	        .picture = (sent.picture_id + 1 - begins.picture_id) & 0x7FFF,
	        .layer = (uint8_t)(sent.layer_index + 1 - begins.layer_index),
	};
}

void forward_layers_map(struct forward_session *session, const struct forward_track *track,
                        const struct forward_packet *packet)
{
	struct forward_rewrite *r = &session->subscriptions[track->kind].rewrite;
	const struct forward_track *from = &session->stream->tracks[forward_epoch_track(r->now.epoch)];
	struct forward_vp8_offsets vp8 = go_on(r, from, track, packet);
	uint32_t timestamp;
	if (r->now.epoch != 0 && from != track && from->epoch == r->now.epoch &&
	    align(from, track, packet->timestamp, &timestamp)) {
		timestamp += r->now.timestamp_offset;
		if ((int32_t)(timestamp - r->timestamp) < ALIGNED_S * (int32_t)track->codec.clock) {
			forward_rewrite_begin_at(r, packet->epoch, packet->ext, packet->timestamp, timestamp, vp8);
			return;
		}
	}
	forward_rewrite_begin(r, packet->epoch, packet->ext, packet->timestamp, track->codec.clock,
	                      session->worker->now_us);
	r->now.vp8 = vp8;
}
