/* The host's sound, Opus, to one unbroken line of AAC frames: what is missing (lost, muted, not begun yet) is silence,
 * put in as Opus before the decoder, so that decoder and encoder see no gap. Times are counted in samples: they never
 * drift from what comes out. Thread: main loop. */
#ifndef PIPELINE_TO_AAC_H
#define PIPELINE_TO_AAC_H

#include "pipeline/branch.h"
#include "pipeline/package.h"

#define TO_AAC_RATE 48000
#define TO_AAC_CHANNELS 2
#define TO_AAC_BITRATE 96000

/** Zeroed before use. */
struct to_aac {
	struct branch branch;
	int64_t base, position; /**< of the first sample that went in, of the next [samples] */
	int64_t frames;         /**< that came out */
};

/** Begin a line of sound at `start` [samples]. @return false: said on stderr. */
bool to_aac_begin(struct to_aac *a, int64_t start, int wake);
void to_aac_end(struct to_aac *a);
/** One Opus packet of so many samples that belongs at `at`. Takes over data. lost: something is missing before it. */
void to_aac_packet(struct to_aac *a, uint8_t *data, size_t len, uint32_t samples, int64_t at, bool lost);
/** Nothing came: silence up to there. */
void to_aac_fill(struct to_aac *a, int64_t until);
/** The next frame; data is the caller's. @return false: none for now. */
bool to_aac_pull(struct to_aac *a, struct package_sample *out);
#endif
