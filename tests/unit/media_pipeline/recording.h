/* A recording as the pipeline leaves it: init segments, segments of parts, a journal. Made by the writer itself. */
#ifndef TEST_RECORDING_H
#define TEST_RECORDING_H

#include "media_files.h"

#define RECORDING_ORIGIN INT64_C(1790000000000000) /**< when it begins [Unix, us] */

struct recording {
	char folder[64];
	char epoch[17];
	int64_t epoch_us; /**< origin of the epoch's decode times */
	uint32_t segment, init, sequence;
};

struct recording recording_make(void);
void recording_free(struct recording *r);
/** Another life of the pipeline. */
void recording_epoch(struct recording *r, char digit, int64_t at_us);

struct stretch {
	const struct media *pictures;         /**< keyframes begin segments */
	const struct media *sound;            /**< NULL: none; the first frame is priming, and sounds before `at_us` */
	int64_t at_us;                        /**< from the recording's origin */
	int64_t silent_from_us, silent_to_us; /**< from its begin: sound parts that are missing */
	bool discontinuity;
};
/** Append segments of parts of 300 ms. Each call has init segments of its own. */
void recording_add(struct recording *r, const struct stretch *s);
/** Append to the journal as it is. */
void recording_journal(const struct recording *r, const char *text);
/** Path of a file in the folder. */
void recording_path(const struct recording *r, const char *name, char *out, size_t size);
#endif
