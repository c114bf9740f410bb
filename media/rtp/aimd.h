/* The rate that the delay allows: up by a little while nothing stands in the queue, down to below what arrives when
 * something does (draft-ietf-rmcat-gcc-02 §5.5). Pure. */
#ifndef MEDIA_RTP_AIMD_H
#define MEDIA_RTP_AIMD_H

#include <stdbool.h>
#include <stdint.h>

#include "rtp/overuse.h"

#define MEDIA_AIMD_LEAST_BPS 30000
#define MEDIA_AIMD_MOST_BPS 200000000

/** Zeroed before use. */
struct media_aimd {
	int64_t bps; /**< 0: nothing known yet */
	int64_t rtt_us;
	int64_t changed_us;  /**< newest change or look at it */
	bool growing;        /**< not before the queue has drained */
	double capacity_bps; /**< mean of what got through when the queue grew; 0: not known */
	double variance;     /**< of it, relative to it [bps] */
};

/** What the newest feedback showed. @param acked_bps what arrives, 0: not known */
void media_aimd_update(struct media_aimd *a, enum media_usage usage, int64_t acked_bps, int64_t now_us);
/** A probe has measured it. */
void media_aimd_set(struct media_aimd *a, int64_t bps, int64_t now_us);
#endif
