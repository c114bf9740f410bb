/* Choosing what a clip is made of: the longest stretch of a recording that goes on without a break, its pictures from a
 * keyframe on, its sound beside them. Pure: files are read by the caller. */
#ifndef PIPELINE_CUT_H
#define PIPELINE_CUT_H

#include "pipeline/journal.h"
#include "pipeline/mp4_read.h"

#define CUT_MAX_US 60000000       /**< the longest clip */
#define CUT_LOOK_BACK_US 60000000 /**< so far in front of the begin a keyframe is looked for */

/** Indexes of journal parts: pictures from `first`, the last part at or before the begin that starts with a keyframe
 *  (or the first there is), to before `end`; sound lies among them and around. */
struct cut_stretch {
	size_t first, end;
	uint32_t sound_first, sound_last; /**< segments whose sound is of the stretch */
	int64_t from_us, to_us;           /**< of what was wanted, what it has */
	bool whole;                       /**< it has all that was wanted */
};
/** The longest stretch between two times. @return 0; -ENOENT nothing was recorded then. */
__attribute__((warn_unused_result)) int cut_choose(const struct journal *j, int64_t from_us, int64_t to_us,
                                                   struct cut_stretch *out);
/** Is this part to be read for the stretch? */
bool cut_wants(const struct journal *j, const struct cut_stretch *stretch, size_t part);

/** Samples of one track, in order. Zeroed before use. */
struct cut_track {
	struct mp4_read_init init;
	bool there;
	struct mp4_read_sample *samples;
	size_t count, size;
};
/** Append a fragment's samples, borrowed. @return 0; -EBADMSG; -ENOMEM. */
__attribute__((warn_unused_result)) int cut_add(struct cut_track *track, uint8_t *fragment, size_t len);
void cut_track_finish(struct cut_track *track);

/** Trim both tracks to one another, as mp4_movie wants them: begins at the last keyframe at or before `from_ticks` (of
 *  the pictures), ends before `to_ticks`, CUT_MAX_US at most; the sound begins with the picture (its first picture is
 *  shown longer by what the sound begins earlier) and has no gaps (silence). Parameter sets are taken out of the
 *  pictures; where others than those of the init segment begin, the clip ends.
 *  @param whole cleared when it ended early. @return 0; -ENODATA no keyframe; -ENOMEM. */
__attribute__((warn_unused_result)) int cut_trim(struct cut_track *pictures, struct cut_track *sound,
                                                 uint64_t from_ticks, uint64_t to_ticks, bool *whole);
#endif
