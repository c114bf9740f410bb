/* Inside of package.c: one track's parts, the list of cuts, and tracks that follow it. Pure. */
#ifndef PIPELINE_PACKAGE_TRACK_H
#define PIPELINE_PACKAGE_TRACK_H

#include "pipeline/package.h"

#define PACKAGE_CUTS 64   /**< segments that a follower may lag behind */
#define PACKAGE_HELD 2048 /**< samples that a follower holds at most */

/** One segment's place [ticks of the picture]. */
struct package_cut {
	uint32_t number;
	int64_t start, end; /**< end -1: still open */
	bool discontinuity;
};

/** The newest segments. Zeroed before use. */
struct package_cuts {
	struct package_cut ring[PACKAGE_CUTS];
	uint32_t next; /**< number of the next segment */
	int64_t known; /**< no further cut lies before this, nor exactly here */
};
void package_cuts_begin(struct package_cuts *cuts, int64_t start, bool discontinuity);
void package_cuts_end(struct package_cuts *cuts, int64_t end);
struct package_cut *package_cuts_newest(struct package_cuts *cuts);

/** The open part and segment of one track. */
struct package_line {
	enum package_track track;
	int64_t part_most; /**< [ticks of the track] */
	const struct package_sink *sink;
	struct package_sample samples[PACKAGE_SAMPLES];
	size_t count;
	uint32_t parts;
	struct package_cut cut;
	int64_t first, end; /**< of the segment's samples [ticks of the track] */
	int64_t usual;      /**< duration of the sample before */
	bool open;
};
void package_line_init(struct package_line *line, enum package_track track, int64_t part_most,
                       const struct package_sink *sink);
void package_line_clear(struct package_line *line); /**< frees samples */
void package_line_open(struct package_line *line, const struct package_cut *cut);
/** Ends the part and the segment, whose end is known. */
void package_line_close(struct package_line *line, const struct package_cut *cut);
/** Takes over the sample's data; ends the part first when it would become too long. */
void package_line_place(struct package_line *line, struct package_sample *sample);
/** Where the open part begins, or would with a sample that starts then [ticks]. */
int64_t package_line_part_start(const struct package_line *line, int64_t start);
/** How long samples are, about. */
int64_t package_line_usual(const struct package_line *line);

/** A track whose segments are another's. */
struct package_follower {
	struct package_line line;
	struct package_sample *held; /**< ring of PACKAGE_HELD, oldest at head */
	size_t head, count;
	uint32_t segment; /**< the one that is open, or the next to be opened */
};
void package_follower_init(struct package_follower *f, enum package_track track, int64_t part_most,
                           const struct package_sink *sink);
void package_follower_clear(struct package_follower *f);
/** Takes over data. When too many are held the oldest is dropped. */
void package_follower_push(struct package_follower *f, struct package_sample *sample);
/** Place what can be placed. */
void package_follow(struct package_follower *f, struct package_cuts *cuts);
/** The stretch has ended: end the segment, drop what is held. */
void package_follower_end(struct package_follower *f, struct package_cuts *cuts);
/** It has nothing more: end the segment with what there is. */
void package_follower_drop(struct package_follower *f, struct package_cuts *cuts);
/** It has nothing: tell the segments that have ended as empty. */
void package_follower_skip(struct package_follower *f, struct package_cuts *cuts);
/** It begins, or begins again, in the segment where a sample of that start belongs. */
void package_follower_restart(struct package_follower *f, struct package_cuts *cuts, int64_t start);
#endif
