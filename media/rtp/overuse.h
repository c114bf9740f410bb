/* From the slope of the delay to a verdict, against a threshold that adapts, so that one does not starve beside flows
 * that fill the queue (draft-ietf-rmcat-gcc-02 §5.4). Pure. */
#ifndef MEDIA_RTP_OVERUSE_H
#define MEDIA_RTP_OVERUSE_H

#include <stdbool.h>
#include <stdint.h>

enum media_usage { MEDIA_USAGE_NORMAL, MEDIA_USAGE_OVER, MEDIA_USAGE_UNDER };

/** Zeroed before use. */
struct media_overuse {
	enum media_usage usage;
	double threshold; /**< 0: not begun */
	double slope;     /**< the one before */
	int64_t adapted_us;
	int64_t over_us; /**< how long the slope has been above the threshold; -1: it is not */
	uint32_t over_count;
};

/** @param bursts how many the slope was made of so far @param sent_delta_us since the burst before
 *  @param queue_us what the newest burst waited: the slope outlasts the queue that a single large burst made
 *  @return what it shows. */
enum media_usage media_overuse_judge(struct media_overuse *o, double slope, uint32_t bursts, int64_t queue_us,
                                     int64_t sent_delta_us, int64_t arrival_us);
#endif
