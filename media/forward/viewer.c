/* What viewers say: they lack packets, they need a keyframe, they leave. */
#include "forward/estimate.h"
#include "forward/publisher.h"
#include "forward/stream.h"

enum { NACKS_AT_ONCE = 256 };

static bool kind_of(const struct forward_session *session, uint32_t ssrc, enum forward_kind *kind)
{
	for (int k = 0; k < FORWARD_KINDS; k++) {
		if (session->subscriptions[k].active && session->subscriptions[k].ssrc == ssrc) {
			*kind = (enum forward_kind)k;
			return true;
		}
	}
	return false;
}

static void on_nack(struct forward_session *session, const struct media_rtcp *p)
{
	uint32_t sender, media;
	uint16_t seqs[NACKS_AT_ONCE];
	enum forward_kind kind;
	int count = media_rtcp_read_nack(p, seqs, NACKS_AT_ONCE);
	if (count > 0 && media_rtcp_read_feedback(p, &sender, &media) == 0 && kind_of(session, media, &kind))
		forward_subscription_repair(session, kind, seqs, (size_t)count);
}

static void on_keyframe_request(struct forward_session *session)
{
	struct forward_stream *stream = session->stream;
	struct forward_subscription *s = &session->subscriptions[FORWARD_VIDEO];
	bool congested = forward_subscription_congested(session);
	session->worker->stats.pli_received++;
	if (forward_keyframe_asker_heard(&s->asker, congested, session->worker->now_us))
		forward_stream_want_keyframe(stream, &stream->tracks[s->track]);
}

static void on_pli(struct forward_session *session, const struct media_rtcp *p)
{
	uint32_t sender, media;
	if (media_rtcp_read_feedback(p, &sender, &media) == 0 && media == session->subscriptions[FORWARD_VIDEO].ssrc)
		on_keyframe_request(session);
}

static void on_fir(struct forward_session *session, const struct media_rtcp *p)
{
	if (media_rtcp_fir_names(p, session->subscriptions[FORWARD_VIDEO].ssrc))
		on_keyframe_request(session);
}

/** How much of the picture is lost on the way to it; what came by repair counts as lost. */
static void on_report(struct forward_session *session, const struct media_rtcp *p)
{
	struct forward_subscription *s = &session->subscriptions[FORWARD_VIDEO];
	struct media_rtcp_block block;
	for (size_t i = 0; media_rtcp_read_block(p, i, &block) == 0; i++) {
		if (!s->active || block.ssrc != s->ssrc)
			continue;
		s->loss = (s->loss + block.fraction_lost / 256.0) / 2;
		s->reported = true;
	}
}

static void on_bye(struct forward_session *session, const struct media_rtcp *p)
{
	uint32_t ssrc;
	/* one that names nobody is valid and says nothing (RFC 3550 §6.6) */
	if (media_rtcp_read_bye(p, 0, &ssrc) == 0)
		forward_session_close(session, "closed by peer");
}

static void on_remb(struct forward_session *session, const struct media_rtcp *p)
{
	uint64_t bps;
	if (media_rtcp_read_remb(p, &bps) == 0)
		forward_estimate_limit(session, bps);
}

static const struct {
	uint8_t type;
	int format; /**< -1: any */
	void (*handle)(struct forward_session *session, const struct media_rtcp *p);
} handlers[] = {
        {MEDIA_RTCP_RTPFB, MEDIA_RTPFB_NACK, on_nack},
        {MEDIA_RTCP_RTPFB, MEDIA_RTPFB_TWCC, forward_estimate_feedback},
        {MEDIA_RTCP_PSFB, MEDIA_PSFB_AFB, on_remb},
        {MEDIA_RTCP_PSFB, MEDIA_PSFB_PLI, on_pli},
        {MEDIA_RTCP_PSFB, MEDIA_PSFB_FIR, on_fir},
        {MEDIA_RTCP_RR, -1, on_report},
        {MEDIA_RTCP_SR, -1, on_report},
        {MEDIA_RTCP_BYE, -1, on_bye},
};

void forward_viewer_rtcp(struct forward_session *session, const uint8_t *data, size_t len)
{
	struct media_rtcp p;
	while (!session->closed && media_rtcp_next(&data, &len, &p) == 1) {
		for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++)
			if (handlers[i].type == p.type && (handlers[i].format < 0 || handlers[i].format == p.count))
				handlers[i].handle(session, &p);
	}
}
