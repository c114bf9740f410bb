/* What is shown while no picture comes: the newest keyframe once more. Thread: main loop. */
#ifndef PIPELINE_FREEZE_H
#define PIPELINE_FREEZE_H

#include "pipeline/package.h"

/** Zeroed before use. */
struct freeze {
	uint8_t *key; /**< newest keyframe */
	size_t key_len;
};

void freeze_clear(struct freeze *freeze);
/** A picture has been shown. */
void freeze_note(struct freeze *freeze, const struct package_sample *sample);
/** Fill data (malloc), len and key. @return false: there is nothing. */
bool freeze_make(struct freeze *freeze, bool key, struct package_sample *out);
#endif
