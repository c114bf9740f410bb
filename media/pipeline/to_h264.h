/* Pictures to H.264 by openh264: the host's VP8 in its full size, or H.264 once more and smaller (the rung). What goes
 * in comes out in the same order with the same times. Thread: main loop. */
#ifndef PIPELINE_TO_H264_H
#define PIPELINE_TO_H264_H

#include "pipeline/branch.h"
#include "pipeline/h264.h"
#include "pipeline/package.h"

/** Zeroed before use. */
struct to_h264 {
	struct branch branch;
	struct h264_sets sets; /**< newest */
	uint32_t changes;      /**< sets.changes of the newest key picture given out */
	int64_t late_since_us; /**< monotonic; 0: it keeps up */
};

enum to_h264_from { TO_H264_VP8, TO_H264_H264 };

/** @param width  of what comes out; 0: as it goes in. @return false: said on stderr. */
bool to_h264_open(struct to_h264 *t, enum to_h264_from from, int width, int height, int bitrate_bps, int wake);
void to_h264_close(struct to_h264 *t);
/** Takes over data (H.264 with start codes). @param start [ticks of PACKAGE_PICTURE_CLOCK]. */
void to_h264_push(struct to_h264 *t, uint8_t *data, size_t len, int64_t start, bool force_key);
/** The next picture; data (with lengths) is the caller's. @param changed  it needs a new init segment, made of t->sets.
 * @return false: none for now. */
bool to_h264_pull(struct to_h264 *t, struct package_sample *out, bool *changed);
/** The time by which it shall be judged what is late: pictures that are being encoded are not. @return now; or, while
 * some are, patience after the newest that came out [ticks]. */
int64_t to_h264_not_after(const struct to_h264 *t, int64_t now, int64_t patience);
/** Has it been behind by more than behind_us for for_us? */
bool to_h264_late(struct to_h264 *t, int64_t behind_us, int64_t for_us, int64_t now_us);
#endif
