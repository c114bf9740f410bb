/* H.264 access units of length-prefixed NAL units (ISO/IEC 14496-15: four bytes each, big endian): what they bring, and
 * whether their pictures are shown in another order than they are sent (for that look at media_sps_read, too). Pure. */
#ifndef PIPELINE_H264_H
#define PIPELINE_H264_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtp/sps.h"

#define H264_SET_MAX 256 /**< largest parameter set we keep [bytes] */
#define H264_PPS_MAX 8   /**< picture parameter sets that are kept beside one another */

enum { H264_SLICE = 1, H264_IDR = 5, H264_SEI = 6, H264_SPS = 7, H264_PPS = 8, H264_AUD = 9, H264_FILLER = 12 };

/** One parameter set, NAL header included; len 0: none. */
struct h264_set {
	uint16_t len;
	uint8_t data[H264_SET_MAX];
};

/** The newest parameter sets of a stream. Zeroed before use. */
struct h264_sets {
	struct h264_set sps, pps[H264_PPS_MAX]; /**< pps in order of their ids */
	size_t pps_count;
	uint32_t changes; /**< rises with each set that differs from the one it replaces */
};

/** What one access unit holds. */
struct h264_unit {
	bool keyframe; /**< an IDR picture */
	bool sps, pps; /**< brings parameter sets */
	bool b_frames; /**< has a B slice */
	bool first;    /**< its first slice begins at macroblock 0: the start of the picture is there */
	bool slices;   /**< there is a picture in it at all */
};

/** Walk the NAL units of an access unit. *at starts at 0. @return a NAL unit with its header, borrowed from the unit;
 *  NULL at the end or where a length is wrong (then *at differs from len). */
const uint8_t *h264_next(const uint8_t *unit, size_t len, size_t *at, size_t *nal_len);
/** @return 0; -EBADMSG lengths do not fit, or a slice header is broken. */
__attribute__((warn_unused_result)) int h264_unit_read(const uint8_t *unit, size_t len, struct h264_unit *out);

/** Keep the parameter sets of one NAL unit; others are ignored. A new SPS that differs forgets the PPS of the old one.
 *  @return 0; -EMSGSIZE larger than we keep, -ENOSPC too many, -EBADMSG: nothing kept. */
__attribute__((warn_unused_result)) int h264_sets_take(struct h264_sets *sets, const uint8_t *nal, size_t len);
static inline bool h264_sets_whole(const struct h264_sets *sets)
{
	return sets->sps.len > 0 && sets->pps_count > 0;
}
/** Write the sets as length-prefixed NAL units. @return bytes written; 0 when they do not fit. */
size_t h264_sets_write(const struct h264_sets *sets, uint8_t *out, size_t size);
/** Replace lengths by start codes (Annex B), in place: four bytes for four bytes. @return 0; -EBADMSG. */
__attribute__((warn_unused_result)) int h264_to_start_codes(uint8_t *unit, size_t len);
#endif
