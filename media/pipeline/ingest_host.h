/* One broadcast app: what it sends, from its line (an MPEG transport stream out of SRT, FLV out of RTMP) to RTP. H.264
 * goes on as it is, or encoded anew where it has B-frames and that is wanted; AAC becomes Opus. The main loop's, but
 * for what says otherwise. */
#ifndef PIPELINE_INGEST_HOST_H
#define PIPELINE_INGEST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include "pipeline/ingest_out.h"
#include "rtp/sps.h"

/** What is wrong with what it sends; all but the warnings end it. */
enum ingest_problem {
	INGEST_FINE,
	INGEST_B_FRAMES,
	INGEST_CODEC,    /**< of the picture */
	INGEST_SIZE,     /**< of the picture */
	INGEST_TOO_FAST, /**< more bits than it may send */
	INGEST_NO_TIME,  /**< this machine cannot keep up with it */
	INGEST_DECODER,  /**< what it sends is broken */
	INGEST_WARNINGS,
	INGEST_AUDIO_CODEC = INGEST_WARNINGS, /**< there is no sound */
	INGEST_KEYFRAMES,                     /**< they are far apart */
	INGEST_PROBLEMS
};
/** The word for it in notes. */
const char *ingest_problem_code(enum ingest_problem problem);

struct ingest_limits {
	int64_t max_bps;
	bool reencode;
	int bitrate_bps; /**< of what is encoded anew */
};

/** What one line's pipeline is made of; gone with the line. */
struct ingest_line {
	struct ingest_host *host;
	GstElement *pipeline;
	GstElement *in;  /**< appsrc; NULL: it fetches by itself */
	GstElement *pay; /**< appsrc of the picture's second half */
	GstElement *video_out;
	GstBus *bus;
	gint has_video, has_audio; /**< atomic */

	/* the demultiplexer's thread */
	GstCaps *caps;        /**< of the units */
	struct media_sps sps; /**< width 0: none came yet */
	bool reencode;        /**< pay leads to a decoder and an encoder */
	gint encodes;         /**< atomic: and these are there */
	int64_t key_ns;       /**< running time of the newest keyframe, -1: none */

	/* main loop */
	int64_t bytes, second_us;
	int fast_seconds;
	gint fetched; /**< atomic: bytes that came by themselves since the last second */
	gint unheard; /**< atomic: bytes since the newest access unit */
};

struct ingest_host {
	const struct ingest_limits *limits;
	struct ingest_out out;
	struct ingest_line *line; /**< NULL: none now */
	gint problem;             /**< atomic: enum ingest_problem, until it is told */
	gint warned;              /**< atomic: 1 << warning, for those that were told */
};

/** A line begins. @param url NULL: what it brings will be given to ingest_line_push; else RTMP that is fetched there.
 *  @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int ingest_line_begin(struct ingest_host *host, const char *url);
/** Some of the transport stream. */
void ingest_line_push(struct ingest_line *line, const uint8_t *data, size_t len);
/** What is to be done now and then. @return false: it has broken. */
bool ingest_line_tick(struct ingest_line *line);
void ingest_line_keyframe(struct ingest_line *line);
/** Over. Accepts NULL. */
void ingest_line_end(struct ingest_host *host);

/** Something is wrong. Any thread. */
void ingest_host_problem(struct ingest_host *host, enum ingest_problem problem);
/** What has not been told yet. */
enum ingest_problem ingest_host_take_problem(struct ingest_host *host);

/* ingest_video.c, on the demultiplexer's thread */
/** Access units come out of this sink. */
GstFlowReturn ingest_video_unit(GstAppSink *sink, gpointer line);
/** RTP comes out of these. */
GstFlowReturn ingest_packet(struct ingest_line *line, GstAppSink *sink, enum ingest_track track);
#endif
