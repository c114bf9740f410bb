/* What is shown while no picture comes: a picture that says "as before"; where a player must be able to begin, the
 * newest keyframe once more. Pure. Thread: main loop. */
#ifndef PIPELINE_FREEZE_H
#define PIPELINE_FREEZE_H

#include "pipeline/package.h"
#include "pipeline/skip.h"

/** Zeroed before use. */
struct freeze {
	uint8_t *key; /**< newest keyframe */
	size_t key_len;
	struct skip_sets sets;
	struct skip_place place; /**< of the newest picture */
	bool readable, placed;   /**< are they known? */
};

void freeze_clear(struct freeze *freeze);
/** A picture is shown. @param sets  of its init segment. */
void freeze_note(struct freeze *freeze, const struct h264_sets *sets, const struct package_sample *sample);
/** Fill data (malloc), len and key. @param key  a keyframe is needed. @return false: there is nothing. */
bool freeze_make(struct freeze *freeze, bool key, struct package_sample *out);
#endif
