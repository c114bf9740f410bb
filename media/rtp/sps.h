/* H.264 sequence parameter sets (§7.3.2.1.1, E.1.1). Pure. */
#ifndef MEDIA_RTP_SPS_H
#define MEDIA_RTP_SPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct media_sps {
	uint8_t profile, constraints, level; /**< profile_idc, constraint flags, level_idc: "avc1.%02x%02x%02x" */
	uint8_t id;                          /**< seq_parameter_set_id, 0 to 31 */
	uint8_t chroma;                      /**< chroma_format_idc: 1 is 4:2:0 */
	uint8_t luma_bits, chroma_bits;      /**< per sample, 8 or more */
	int width, height;                   /**< cropped [luma samples] */
	/** How many pictures may be shown after one that was sent later; -1: the set does not say. 0 where
	 *  max_num_reorder_frames, the profile or the order count rules B-frames out. A set that is cut off behind its
	 *  size is read as one that does not say. */
	int reorder;
};

/** @param nal  NAL header included. @return 0; -EBADMSG. */
__attribute__((warn_unused_result)) int media_sps_read(const uint8_t *nal, size_t len, struct media_sps *out);
#endif
