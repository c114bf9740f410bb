/* Cutting a show into parts and segments: which samples make which part, when a segment begins, what is shown while no
 * picture comes. Pure: the clock comes in, bytes are not looked at. One thread.
 *
 *   picture  leads: segments begin at its keyframes, in all tracks. While none comes the last one goes on being shown:
 *            still pictures, so that every track has something in every part and no player stalls.
 *   sound    follows: a frame of it is placed once the picture has come so far that no cut can lie before it.
 *   rung     follows: the same pictures made smaller, some time later.
 *
 * A stretch is what lies between two discontinuities: it begins with a keyframe and ends when everything is silent or
 * the caller says so. Time: ticks of the track (PACKAGE_PICTURE_CLOCK, PACKAGE_SOUND_CLOCK) since the epoch's origin.
 */
#ifndef PIPELINE_PACKAGE_H
#define PIPELINE_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKAGE_PICTURE_CLOCK 90000
#define PACKAGE_SOUND_CLOCK 48000
#define PACKAGE_SAMPLES 512 /**< of a part at most */

enum package_track { PACKAGE_PICTURE, PACKAGE_SOUND, PACKAGE_RUNG, PACKAGE_TRACKS };

struct package_sample {
	uint8_t *data; /**< malloc(3) */
	size_t len;
	int64_t start;    /**< [ticks] */
	int64_t duration; /**< [ticks]; of the sound's only, pictures last until the next */
	uint32_t init;    /**< number of the init segment that it needs */
	bool key;
};

/** A part is whole. Samples are borrowed until the call returns. */
struct package_part {
	enum package_track track;
	uint32_t segment, part, init;
	const struct package_sample *samples;
	size_t count;
	int64_t start, duration; /**< [ticks of the track] */
	bool independent, discontinuity;
};

/** A segment is whole; parts 0: the track has nothing in it. */
struct package_segment {
	enum package_track track;
	uint32_t segment, parts;
	int64_t start, duration; /**< [ticks of the track] */
	bool discontinuity;
};

/** What a package tells. Calls must not call back. */
struct package_sink {
	void (*part)(const struct package_part *part, void *ctx);
	void (*segment)(const struct package_segment *segment, void *ctx);
	/** A picture has taken its place: what the rung is made of. begins: the rung needs a keyframe here. */
	void (*picture)(const struct package_sample *sample, bool begins, void *ctx);
	/** What to show while nothing comes: fill data, len and key. @param key  a decoder must be able to begin
	 * there. @return false: there is nothing (the stretch ends). */
	bool (*still)(bool key, struct package_sample *out, void *ctx);
	/** A keyframe of the picture is wanted soon. */
	void (*keyframe)(void *ctx);
	void *ctx;
};

struct package_config {
	int64_t part_us;    /**< no part is longer */
	int64_t segment_us; /**< about so long; never longer than twice that */
	int64_t late_us;    /**< a picture that is later than this is not waited for */
};

struct package;

/** @return NULL: no memory. */
struct package *package_create(const struct package_config *config, const struct package_sink *sink);
void package_destroy(struct package *package); /**< accepts NULL; tells nothing */

/** The next picture; takes over data. Outside a stretch a keyframe begins one. @return whether it was taken. */
bool package_picture(struct package *package, struct package_sample *sample);
/** Begin a stretch without pictures: sound alone. */
void package_begin_sound(struct package *package, int64_t start);
/** The next frame of sound, of the rung; takes over data. */
void package_sound(struct package *package, struct package_sample *sample);
void package_rung(struct package *package, struct package_sample *sample);
/** The rung has ended, for now: its segments are empty from here on. */
void package_rung_stop(struct package *package);
/** How late it is. @param now  of the picture's clock: the time of a picture that would come in now [ticks]. */
void package_advance(struct package *package, int64_t now);
/** End the stretch: what comes next begins with a discontinuity. */
void package_end(struct package *package);

bool package_open(const struct package *package);        /**< inside a stretch? */
int64_t package_began(const struct package *package);    /**< start of the stretch [ticks of the picture] */
int64_t package_reached(const struct package *package);  /**< up to where pictures have been placed [ticks] */
uint32_t package_segment(const struct package *package); /**< number of the open segment, or of the next */
#endif
