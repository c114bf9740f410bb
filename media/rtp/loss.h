/* The rate that losses allow (draft-ietf-rmcat-gcc-02 §6), for bottlenecks that drop rather than queue. What a line
 * loses however little is sent is no sign of congestion: only what goes beyond it counts. Pure. */
#ifndef MEDIA_RTP_LOSS_H
#define MEDIA_RTP_LOSS_H

#include <stdint.h>

#define MEDIA_LOSS_PERIODS 8

/** Zeroed before use. */
struct media_loss {
	int64_t bps; /**< 0: losses set no bound */
	int64_t window_us, period_us, reduced_us;
	uint16_t window_lost, window_count; /**< packets told of, of the running window */
	uint16_t period_lost, period_count; /**< of the running period, several windows long */
	float share;                        /**< lost of late, 0..1 */
	float periods[MEDIA_LOSS_PERIODS];  /**< of the newest periods */
	uint8_t period_next, period_known;
};

/** One feedback's losses. @param lost below 0 where packets given up came after all @param rate_bps what arrives @param
 * allowed_bps what is allowed at present, of all */
void media_loss_update(struct media_loss *l, int lost, int count, int64_t rate_bps, int64_t allowed_bps, int64_t rtt_us,
                       int64_t now_us);
/** A probe came through at this rate. */
void media_loss_probed(struct media_loss *l, int64_t bps);
#endif
