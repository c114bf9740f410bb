/* A picture of H.264 that says "as before": a P picture of nothing but skipped macroblocks, a few bytes long, that
 * follows the picture before it (ITU-T H.264 §7.3.3, §7.3.4, §9.3.4). Pure. */
#ifndef PIPELINE_SKIP_H
#define PIPELINE_SKIP_H

#include "pipeline/h264.h"

#define SKIP_MAX 2048 /**< longest [bytes], with its length in front */

/** What the sets say that a slice header needs. */
struct skip_sets {
	uint32_t sps_id, pps_id;
	uint32_t frame_num_bits, order_type, order_bits;
	bool order_always_zero; /**< delta_pic_order_always_zero_flag */
	bool order_present;     /**< bottom_field_pic_order_in_frame_present_flag */
	bool cabac, weighted, deblocking, redundant;
	uint32_t macroblocks; /**< of a picture */
	int32_t qp;           /**< pic_init_qp */
};

/** Read the sets. @return 0; -EBADMSG; -ENOTSUP interlaced pictures, several slice groups. */
__attribute__((warn_unused_result)) int skip_read_sets(const struct h264_sets *sets, struct skip_sets *out);
/** The numbers that a picture carries. */
struct skip_place {
	uint32_t frame_num, order;
	bool reference; /**< others may build on it */
};
/** Read them off an access unit (with lengths). @return 0; -EBADMSG; -ENOTSUP it uses another PPS than the first. */
__attribute__((warn_unused_result)) int skip_read_place(const struct skip_sets *sets, const uint8_t *unit, size_t len,
                                                        struct skip_place *out);
/** Write one that follows `place`, which becomes its own. @return bytes, length in front; 0: it cannot be done. */
size_t skip_write(const struct skip_sets *sets, struct skip_place *place, uint8_t out[SKIP_MAX]);
#endif
