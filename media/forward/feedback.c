/* What goes back to a host: lost packets, arrival times, reports, keyframe requests. */
#include "forward/publisher.h"
#include "forward/source.h"
#include "forward/stream.h"

enum { COMPOUND = 1200, NACKS_AT_ONCE = 128 };

/** Begin a compound as RFC 3550 wants it: with a report, be it empty. */
static struct media_rtcp_writer compound(const struct forward_session *session, uint8_t *room)
{
	struct media_rtcp_writer w = {.data = room, .size = COMPOUND};
	media_rtcp_write_rr(&w, session->rtcp_ssrc, NULL, 0);
	return w;
}

static uint32_t media_ssrc(const struct forward_session *session, enum forward_kind kind)
{
	const struct forward_source *source = forward_publisher_source(session->publisher, kind, false);
	return source->used ? source->ssrc : session->tracks[kind].ssrc;
}

void forward_publisher_keyframe(struct forward_session *session, struct forward_track *track)
{
	const struct forward_codec *codec = &session->tracks[FORWARD_VIDEO].codecs[0];
	const struct forward_source *source = forward_publisher_source(session->publisher, track->index, false);
	uint8_t room[COMPOUND];
	/* a host's first picture is a keyframe: to ask before it comes would only use up the clock */
	if (!source->used || (!session->out && !session->plain) ||
	    !forward_keyframe_due(&track->keyframe, session->worker->now_us))
		return;
	session->worker->stats.keyframes_asked++;
	if (session->plain) {
		forward_source_keyframe(session);
		return;
	}
	struct media_rtcp_writer w = compound(session, room);
	if (codec->fir && !codec->pli)
		media_rtcp_write_fir(&w, session->rtcp_ssrc, source->ssrc, session->publisher->fir_number++);
	else
		media_rtcp_write_pli(&w, session->rtcp_ssrc, source->ssrc);
	forward_session_send_rtcp(session, &w);
}

static void send_nacks(struct forward_session *session, struct forward_track *track)
{
	uint16_t seqs[NACKS_AT_ONCE];
	uint8_t room[COMPOUND];
	bool given_up;
	if (!forward_publisher_source(session->publisher, track->index, false)->used || !track->codec.nack ||
	    track->nack.count == 0)
		return;
	size_t count =
	        media_nack_due(&track->nack, session->worker->now_us, session->rtt_us, seqs, NACKS_AT_ONCE, &given_up);
	if (given_up && track->kind == FORWARD_VIDEO)
		forward_keyframe_want(&track->keyframe);
	if (count == 0)
		return;
	struct media_rtcp_writer w = compound(session, room);
	media_rtcp_write_nack(&w, session->rtcp_ssrc, track->ssrc, seqs, count);
	forward_session_send_rtcp(session, &w);
	session->worker->stats.nack_sent += count;
}

static void send_transport_feedback(struct forward_session *session)
{
	struct forward_publisher *p = session->publisher;
	uint32_t media = media_ssrc(session, FORWARD_VIDEO);
	uint8_t room[COMPOUND];
	bool more = p->twcc.pending;
	if (!more || session->worker->now_us < p->next_twcc_us)
		return;
	p->next_twcc_us = session->worker->now_us + FORWARD_TWCC_US;
	if (media == 0)
		media = media_ssrc(session, FORWARD_AUDIO);
	/* bounded: what is left goes with the next one */
	for (int i = 0; more && i < 8; i++) {
		struct media_rtcp_writer w = compound(session, room);
		more = media_twcc_write(&p->twcc, &w, session->rtcp_ssrc, media);
		forward_session_send_rtcp(session, &w);
	}
}

static void send_report(struct forward_session *session)
{
	struct forward_publisher *p = session->publisher;
	const struct forward_agreed *video = &session->tracks[FORWARD_VIDEO];
	uint32_t ssrc = media_ssrc(session, FORWARD_VIDEO);
	uint8_t room[COMPOUND];
	struct media_rtcp_writer w = {.data = room, .size = sizeof room};
	if (session->worker->now_us < p->next_report_us)
		return;
	p->next_report_us = session->worker->now_us + FORWARD_REPORT_US;
	forward_report_receiver(session, &w);
	/* a host without transport-wide feedback would stay at its start bitrate */
	if (video->accepted && video->codecs[0].remb && video->ext_twcc == 0 && ssrc)
		media_rtcp_write_remb(&w, session->rtcp_ssrc, (uint64_t)session->worker->config->max_bitrate_bps, &ssrc,
		                      1);
	forward_session_send_rtcp(session, &w);
}

/** So that who joins finds a young one in the cache. */
static void want_regular_keyframe(struct forward_session *session, struct forward_track *video)
{
	int64_t every_us = session->worker->config->keyframe_every_us, now_us = session->worker->now_us;
	if (every_us && forward_track_watched(video, now_us) && video->key_seen && now_us - video->key_us >= every_us)
		forward_keyframe_want(&video->keyframe);
}

void forward_publisher_timers(struct forward_session *session)
{
	struct forward_track *tracks = session->stream->tracks;
	for (size_t i = 0; i < FORWARD_TRACKS; i++)
		send_nacks(session, &tracks[i]);
	send_transport_feedback(session);
	send_report(session);
	for (size_t i = FORWARD_VIDEO; i < FORWARD_TRACKS; i++) {
		want_regular_keyframe(session, &tracks[i]);
		forward_publisher_keyframe(session, &tracks[i]);
	}
}
