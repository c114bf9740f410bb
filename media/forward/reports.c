/* Reports: the host's clock to viewers, reception to the host. */
#include "forward/publisher.h"
#include "forward/stream.h"

void forward_report_sender(struct forward_session *session, const struct forward_track *track)
{
	const struct forward_subscription *s = &session->subscriptions[track->kind];
	uint8_t room[128];
	struct media_rtcp_writer w = {.data = room, .size = sizeof room};
	struct media_rtcp_sr sr = {.ssrc = s->ssrc, .packets = s->packets, .octets = s->octets};
	/* both sides of the host's clock move on together, so that the pair stays on its line: never the time of
	 * arrival */
	forward_track_clock_at(track, session->worker->now_us, &sr.ntp, &sr.rtp_time);
	sr.ntp += (uint64_t)session->stream->ntp_offset;
	sr.rtp_time += s->rewrite.now.timestamp_offset;
	media_rtcp_write_sr(&w, &sr, NULL, 0);
	media_rtcp_write_cname(&w, s->ssrc, session->cname);
	forward_session_send_rtcp(session, &w);
}

void forward_report_receiver(struct forward_session *session, struct media_rtcp_writer *w)
{
	struct media_rtcp_block blocks[FORWARD_TRACKS];
	size_t count = 0;
	for (size_t i = 0; i < FORWARD_TRACKS; i++) {
		const struct forward_source *source = forward_publisher_source(session->publisher, i, false);
		struct forward_track *track = &session->stream->tracks[i];
		if (source->used)
			media_receive_block(&track->receive, source->ssrc, session->worker->now_us, &blocks[count++]);
	}
	media_rtcp_write_rr(w, session->rtcp_ssrc, blocks, count);
	media_rtcp_write_cname(w, session->rtcp_ssrc, session->cname);
}
