/* What the host sends: packets of the seam to pictures and sound with times of one clock. Units are held back until
 * both tracks' clocks are known. Thread: main loop. */
#ifndef PIPELINE_HOST_H
#define PIPELINE_HOST_H

#include <glib.h>

#include "pipeline/assemble.h"
#include "pipeline/timeline.h"

struct host_unit {
	bool picture;  /**< else sound */
	uint8_t *data; /**< malloc; who is given the unit takes it over and sets it NULL */
	size_t len;
	int64_t arrival_us; /**< monotonic */
	int64_t time_us;    /**< Unix, of the host's clock */
	bool key, lost, restarted, b_frames;
	bool stepped; /**< the time jumped before this */
	int width, height;
	uint32_t samples;       /**< sound: [1/48000 s] */
	struct h264_sets *sets; /**< of H.264 key pictures; freed with the unit */
	uint32_t timestamp, ssrc;
};

struct host_sink {
	/** As soon as it is whole, before its time is known. Borrows. */
	void (*keyframe)(const struct host_unit *unit, void *ctx);
	void (*unit)(struct host_unit *unit, void *ctx);
	/** The host has begun to send something else. */
	void (*codecs)(void *ctx);
	void *ctx;
};

struct host {
	struct host_sink sink;
	bool video, audio; /**< is there such a track? */
	enum assemble_codec codec;
	bool wanted; /**< are units? else they are dropped once their clock is noted */
	struct assemble picture, sound;
	struct timeline timeline;
	GQueue *held; /**< of struct host_unit *, which wait for their clocks */
	int held_keys;
	uint64_t packets, frames, dropped; /**< of the picture: packets, marked ends; units that had no room */
	int64_t heard_us, seen_us;         /**< monotonic: newest packet of any track, of the picture */
	int64_t ahead_us;                  /**< time of a unit that comes in now, less the monotonic clock */
	bool clocked;                      /**< ahead_us counts */
};

void host_begin(struct host *host, const struct host_sink *sink, int64_t now_us, int64_t wall_us);
void host_finish(struct host *host);
/** The seam's line of codecs, with its NUL. */
void host_codecs(struct host *host, const char *text);
/** A packet of the seam (MEDIA_SEAM_VIDEO, MEDIA_SEAM_AUDIO, MEDIA_SEAM_RTCP). */
void host_packet(struct host *host, char kind, const uint8_t *data, size_t len, int64_t now_us);
/** What waited long enough. @return when to call again at the latest [monotonic µs]. */
int64_t host_advance(struct host *host, int64_t now_us);
/** Can nothing be shown before the host sends a keyframe? */
bool host_wants_keyframe(const struct host *host);
/** The host's time now, as units that come in tell. */
int64_t host_time_us(const struct host *host, int64_t now_us);
#endif
