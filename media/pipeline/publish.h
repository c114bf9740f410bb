/* What has been cut becomes files and notes: fragments into the spool and the recording, init segments, lines that name
 * them. Thread: main loop. */
#ifndef PIPELINE_PUBLISH_H
#define PIPELINE_PUBLISH_H

#include "pipeline/mp4.h"
#include "pipeline/package.h"
#include "pipeline/record.h"
#include "pipeline/spool.h"

#define PUBLISH_EPOCH 17 /* 16 hex digits and NUL */

struct publish_track {
	bool announced;
	uint32_t init;     /**< number of the newest init segment */
	uint32_t sequence; /**< of fragments */
	uint8_t *data;     /**< the newest init segment, for recordings that begin later */
	size_t len;
	char line[256];
	uint64_t recorded; /**< bytes of the open segment in the recording */
};

struct publish {
	char epoch[PUBLISH_EPOCH];
	int64_t origin_us; /**< Unix time of tick 0 */
	struct spool spool;
	struct record *record;
	const char *record_folder; /**< NULL: none */
	bool recording;
	uint32_t record_from; /**< first segment that is recorded */
	struct publish_track tracks[PACKAGE_TRACKS];
	struct mp4_buffer buffer;
	int spool_failure; /**< the last one's, until it has been told: 0 or -errno */
};

/** Begin an epoch: opens the spool, says hello. Borrows the folders. @return 0; -errno. */
int publish_begin(struct publish *publish, const char *spool, const char *record_folder);
void publish_finish(struct publish *publish);

/** A track, or its next init segment. track->id, timescale and codec are filled in. @return whether it was written; its
 * number is publish->tracks[which].init. */
bool publish_init(struct publish *publish, enum package_track which, struct mp4_track *track);
/** For a package's sink. */
void publish_part(struct publish *publish, const struct package_part *part);
void publish_segment(struct publish *publish, const struct package_segment *segment);

/** Record from this segment on, or no more. */
void publish_record(struct publish *publish, bool on, uint32_t from);
/** Look whether something has become full; tells the server once. */
void publish_check(struct publish *publish);
#endif
