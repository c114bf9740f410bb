/* Reading back what mp4.h writes: init segments and fragments of one track. Bounded; believes nothing. Pure. */
#ifndef PIPELINE_MP4_READ_H
#define PIPELINE_MP4_READ_H

#include "pipeline/mp4.h"

/** What an init segment says. */
struct mp4_read_init {
	bool video;
	uint32_t timescale;
	struct h264_sets sets; /**< video */
	uint32_t rate;         /**< sound */
	int channels;          /**< sound */
};
/** @return 0; -EBADMSG broken, or not one of ours. */
__attribute__((warn_unused_result)) int mp4_read_init(const uint8_t *data, size_t len, struct mp4_read_init *out);

/** A sample where it lies. */
struct mp4_read_sample {
	uint8_t *data; /**< borrowed from the fragment */
	uint32_t size, duration;
	uint64_t start; /**< decode time [timescale] */
	bool key;
};
/** Read moof and mdat that fill len exactly.
 *  @param samples room for max of them. @return how many; -EBADMSG; -ENOSPC more than max. */
__attribute__((warn_unused_result)) int mp4_read_fragment(uint8_t *data, size_t len, struct mp4_read_sample *samples,
                                                          size_t max);
#endif
