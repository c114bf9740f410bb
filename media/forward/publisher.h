/* A connected host: its sources, and what is reported back to it. Thread: owning worker. */
#ifndef MEDIA_FORWARD_PUBLISHER_H
#define MEDIA_FORWARD_PUBLISHER_H

#include "forward/session.h"
#include "forward/track.h"
#include "rtp/twcc.h"

#define FORWARD_SOURCES (2 * FORWARD_TRACKS) /**< the media of each track, and its RTX */
#define FORWARD_SOURCE_SILENT_US                                                                                       \
	1000000               /**< a source may be replaced by another of its kind once it has been silent that long */
#define FORWARD_TWCC_US 50000 /**< between transport-wide feedbacks */
#define FORWARD_REPORT_US 1000000 /**< between receiver reports */
#define FORWARD_RTP_MAX 1600      /**< largest packet that is forwarded [bytes] */

struct forward_source {
	bool used, rtx, gone; /**< gone: it said BYE */
	uint32_t ssrc;
	uint8_t track; /**< of the stream */
	int64_t newest_us;
};

struct forward_publisher {
	struct forward_source sources[FORWARD_SOURCES];
	struct media_twcc twcc;
	int64_t next_twcc_us, next_report_us;
	uint8_t fir_number;
};

/** @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int forward_publisher_create(struct forward_session *session);
/** A decrypted RTP packet. */
void forward_publisher_rtp(struct forward_session *session, const uint8_t *data, size_t len);
/** A decrypted compound. */
void forward_publisher_rtcp(struct forward_session *session, const uint8_t *data, size_t len);
/** What is due: NACKs, feedback, reports, a keyframe request. */
void forward_publisher_timers(struct forward_session *session);
/** Ask for a keyframe of a track now if its clock lets us. */
void forward_publisher_keyframe(struct forward_session *session, struct forward_track *track);
/** The source of a track's media, or of its RTX. */
static inline struct forward_source *forward_publisher_source(struct forward_publisher *p, size_t track, bool rtx)
{
	return &p->sources[2 * track + (rtx ? 1 : 0)];
}

/* viewer.c */
/** A viewer's decrypted compound. */
void forward_viewer_rtcp(struct forward_session *session, const uint8_t *data, size_t len);
/* reports.c */
/** A sender report to one viewer for one track, if the host's clock is known. */
void forward_report_sender(struct forward_session *session, const struct forward_track *track);
/** Receiver reports to the host. */
void forward_report_receiver(struct forward_session *session, struct media_rtcp_writer *w);
#endif
