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
	struct h264_sets *sets; /**< of a picture's newest init segment */
	int width, height;      /**< of a picture */
	uint64_t recorded;      /**< bytes of the open segment in the recording */
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

/** The sound's track, once. */
void publish_sound(struct publish *publish, uint32_t rate, int channels, uint32_t bitrate);
/** A picture's track, or its next init segment where these sets are not those of the newest. @param bitrate  about
 * [bit/s]; 0: guessed from the size. @return false: the sets are of no use. */
bool publish_picture(struct publish *publish, enum package_track which, const struct h264_sets *sets, uint32_t bitrate);
/** For a package's sink. */
void publish_part(struct publish *publish, const struct package_part *part);
void publish_segment(struct publish *publish, const struct package_segment *segment);

/** Record from this segment on, or no more. */
void publish_record(struct publish *publish, bool on, uint32_t from);
/** Look whether something has become full; tells the server once. */
void publish_check(struct publish *publish);
#endif
