#include "forward/publisher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "forward/stream.h"
#include "rtp/ntp.h"

int forward_publisher_create(struct forward_session *session)
{
	session->publisher = calloc(1, sizeof *session->publisher);
	return session->publisher ? 0 : -ENOMEM;
}

/** Which payload type is it of this kind? @return false: neither the media nor its RTX. */
static bool payload_fits(const struct forward_agreed *track, uint8_t pt, bool *rtx)
{
	*rtx = track->codec_count && track->codecs[0].rtx_pt == pt;
	return track->codec_count && (*rtx || track->codecs[0].pt == pt);
}

/** Whose is a source not seen before? The MID tells, or the SDP; else the payload type, which inside a bundle means one
 * thing. */
static bool kind_of(const struct forward_session *session, const struct media_rtp *rtp, enum forward_kind *kind)
{
	bool rtx;
	for (int k = 0; k < FORWARD_KINDS; k++) {
		const struct forward_agreed *track = &session->tracks[k];
		size_t len;
		const uint8_t *mid = media_rtp_element_find(rtp, track->ext_mid, &len);
		*kind = (enum forward_kind)k;
		if (track->accepted && mid && len == strlen(track->mid) && memcmp(mid, track->mid, len) == 0)
			return true;
		if (track->accepted && rtp->ssrc && (track->ssrc == rtp->ssrc || track->rtx_ssrc == rtp->ssrc))
			return true;
	}
	for (int k = 0; k < FORWARD_KINDS; k++) {
		*kind = (enum forward_kind)k;
		if (session->tracks[k].accepted && payload_fits(&session->tracks[k], rtp->pt, &rtx))
			return true;
	}
	return false;
}

static struct forward_source *known_source(struct forward_publisher *p, uint32_t ssrc)
{
	for (size_t i = 0; i < FORWARD_SOURCES; i++)
		if (p->sources[i].used && p->sources[i].ssrc == ssrc)
			return &p->sources[i];
	return NULL;
}

/** Which of the picture's layers is it? Its rid tells; that of RTX is the repaired one's (RFC 8852). A host without
 * layers has one track of a kind. */
static bool track_of(const struct forward_session *session, const struct media_rtp *rtp, enum forward_kind kind,
                     bool rtx, size_t *track)
{
	const struct forward_agreed *agreed = &session->tracks[kind];
	size_t len = 0;
	*track = kind;
	if (agreed->layer_count == 0)
		return true;
	const uint8_t *rid = media_rtp_element_find(rtp, rtx ? agreed->ext_rrid : agreed->ext_rid, &len);
	for (size_t i = 0; rid && i < agreed->layer_count; i++, (*track)++)
		if (len == strlen(agreed->layers[i]) && memcmp(rid, agreed->layers[i], len) == 0)
			return true;
	return false;
}

static struct forward_source *learn_source(struct forward_session *session, const struct media_rtp *rtp)
{
	enum forward_kind kind;
	size_t index;
	bool rtx;
	int64_t now = session->worker->now_us;
	if (!kind_of(session, rtp, &kind) || !payload_fits(&session->tracks[kind], rtp->pt, &rtx) ||
	    !track_of(session, rtp, kind, rtx, &index))
		return NULL;
	struct forward_source *source = forward_publisher_source(session->publisher, index, rtx);
	/* one source of a track: a second only after the first has fallen silent */
	if (source->used && !source->gone && now - source->newest_us < FORWARD_SOURCE_SILENT_US)
		return NULL;
	struct forward_track *track = &session->stream->tracks[index];
	if (!rtx && forward_track_begin(track, &session->tracks[kind].codecs[0], rtp->ssrc) != 0)
		return NULL;
	*source = (struct forward_source){.used = true, .rtx = rtx, .ssrc = rtp->ssrc, .track = (uint8_t)index};
	return source;
}

static struct forward_source *find_source(struct forward_session *session, const struct media_rtp *rtp)
{
	struct forward_source *source = known_source(session->publisher, rtp->ssrc);
	bool rtx;
	if (!source)
		source = learn_source(session, rtp);
	if (!source || !payload_fits(&session->tracks[forward_kind_of(source->track)], rtp->pt, &rtx) ||
	    rtx != source->rtx)
		return NULL;
	source->newest_us = session->worker->now_us;
	source->gone = false;
	return source;
}

static void note_transport(struct forward_session *session, const struct media_rtp *rtp)
{
	uint8_t id = session->tracks[FORWARD_VIDEO].ext_twcc;
	size_t len;
	if (id == 0)
		id = session->tracks[FORWARD_AUDIO].ext_twcc;
	const uint8_t *number = media_rtp_element_find(rtp, id, &len);
	if (number && len == 2)
		media_twcc_note(&session->publisher->twcc, media_get16(number), session->worker->now_us);
}

/** RFC 4588 §4: the original number stands before the original payload. @return false: nothing in it. */
static bool unwrap_rtx(struct forward_session *session, const struct forward_source *source, struct media_rtp *rtp)
{
	const struct forward_source *media = forward_publisher_source(session->publisher, source->track, false);
	if (!media->used || rtp->payload_len <= 2)
		return false;
	rtp->seq = media_get16(rtp->payload);
	rtp->payload += 2;
	rtp->payload_len -= 2;
	rtp->pt = session->tracks[forward_kind_of(source->track)].codecs[0].pt;
	rtp->ssrc = media->ssrc;
	return true;
}

static void follow_up(struct forward_session *session, struct forward_track *track, const struct forward_taken *taken)
{
	struct forward_stream *stream = session->stream;
	if (taken->rtt_us > 0)
		session->rtt_us = session->rtt_us ? (7 * session->rtt_us + taken->rtt_us) / 8 : taken->rtt_us;
	if (taken->packet)
		forward_stream_packet(stream, track, taken->packet);
	if (taken->wants_keyframe && forward_stream_wants(stream, track))
		forward_stream_want_keyframe(stream, track);
	if (taken->completes_picture && !stream->picture)
		forward_stream_set_picture(stream, true);
}

void forward_publisher_rtp(struct forward_session *session, const uint8_t *data, size_t len)
{
	struct media_stats *stats = &session->worker->stats;
	struct media_rtp rtp;
	if (len > FORWARD_RTP_MAX || media_rtp_parse(data, len, &rtp) != 0) {
		stats->rtp_malformed++;
		return;
	}
	stats->packets_in++;
	stats->bytes_in += len;
	note_transport(session, &rtp);
	struct forward_source *source = find_source(session, &rtp);
	if (!source) {
		stats->datagrams_unknown++;
		return;
	}
	if (source->rtx && !unwrap_rtx(session, source, &rtp))
		return;
	struct forward_track *track = &session->stream->tracks[source->track];
	struct forward_packet *sets = forward_track_complete(track, &rtp, source->rtx, session->worker->now_us);
	if (sets)
		forward_stream_packet(session->stream, track, sets);
	struct forward_taken taken = forward_track_take(track, &rtp, source->rtx, session->worker->now_us);
	follow_up(session, track, &taken);
}

static void on_sender_report(struct forward_session *session, const struct media_rtcp *p)
{
	struct forward_stream *stream = session->stream;
	struct media_rtcp_sr sr;
	int64_t now = session->worker->now_us;
	if (media_rtcp_read_sr(p, &sr) != 0)
		return;
	const struct forward_source *source = known_source(session->publisher, sr.ssrc);
	if (!source || source->rtx)
		return;
	struct forward_track *track = &stream->tracks[source->track];
	media_receive_sender_report(&track->receive, &sr, now);
	track->clock = (struct forward_clock){.known = true, .ntp = sr.ntp, .rtp_time = sr.rtp_time, .at_us = now};
	/* one constant for both tracks and for as long as this host is here */
	if (!stream->clocked) {
		stream->ntp_offset = (int64_t)(forward_worker_ntp(session->worker, now) - sr.ntp);
		stream->clocked = true;
	}
}

/** A host that stops one of its tracks says BYE for it; it has left when none is left. */
static void on_bye(struct forward_session *session, const struct media_rtcp *p)
{
	struct forward_publisher *publisher = session->publisher;
	bool known = false;
	uint32_t ssrc;
	for (size_t i = 0; media_rtcp_read_bye(p, i, &ssrc) == 0; i++) {
		struct forward_source *source = known_source(publisher, ssrc);
		if (!source)
			continue;
		source->gone = known = true;
	}
	if (!known)
		return;
	for (size_t track = 0; track < FORWARD_TRACKS; track++) {
		const struct forward_source *source = forward_publisher_source(publisher, track, false);
		if (source->used && !source->gone)
			return;
	}
	forward_session_close(session, "closed by peer");
}

void forward_publisher_rtcp(struct forward_session *session, const uint8_t *data, size_t len)
{
	const uint8_t *at = data;
	size_t left = len;
	struct media_rtcp p;
	while (!session->closed && media_rtcp_next(&at, &left, &p) == 1) {
		if (p.type == MEDIA_RTCP_SR)
			on_sender_report(session, &p);
		else if (p.type == MEDIA_RTCP_BYE)
			on_bye(session, &p);
	}
	if (!session->closed)
		forward_tap_rtcp(session->stream, data, len);
}
