/* The live thumbnail of a show, made from keyframes alone. Thread: main loop. */
#ifndef PIPELINE_THUMBNAIL_H
#define PIPELINE_THUMBNAIL_H

#include <limits.h>

#include "pipeline/branch.h"

/** Zeroed before use. */
struct thumbnail {
	char path[PATH_MAX], part[PATH_MAX];
	struct branch branch;
	bool vp8;
	uint64_t made;
	int failures;
	int64_t begun_us, made_us, taken_us, asked_us;
};

/** In this folder; what an earlier process left half-written goes. */
void thumbnail_begin(struct thumbnail *t, const char *folder);
void thumbnail_finish(struct thumbnail *t);
/** The host's codec, as it begins. @return false: the decoder cannot be made. */
bool thumbnail_codec(struct thumbnail *t, bool vp8, int wake, int64_t now_us);
/** A key picture (H.264 with lengths, or VP8). Borrows. */
void thumbnail_keyframe(struct thumbnail *t, const uint8_t *data, size_t len, int64_t now_us);
/** Write what is finished. @return false: the decoder fails again and again. */
bool thumbnail_advance(struct thumbnail *t, int wake, int64_t now_us);
/** Is a keyframe to be asked for? None comes of itself, and each costs the host quality. True counts as asked. */
bool thumbnail_wants_keyframe(struct thumbnail *t, int64_t now_us);
#endif
