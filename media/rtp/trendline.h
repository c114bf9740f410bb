/* How fast the queue before a bottleneck grows: the slope of one-way delay over time, fitted to the newest bursts. It
 * takes the place of the Kalman filter of draft-ietf-rmcat-gcc-02 §5.3. Pure. */
#ifndef MEDIA_RTP_TRENDLINE_H
#define MEDIA_RTP_TRENDLINE_H

#include <stdint.h>

#define MEDIA_TRENDLINE_WINDOW 20 /**< bursts */

/** Zeroed before use. */
struct media_trendline {
	double delay_ms, smoothed_ms; /**< since the first burst */
	double slope;                 /**< newest [ms of delay per ms of time] */
	uint32_t count;               /**< bursts so far */
	struct {
		uint32_t arrival_us; /**< wraps */
		float smoothed_ms;
	} window[MEDIA_TRENDLINE_WINDOW];
};

/** One more burst. @return the slope: 0 until the window is full; above 0 what arrives is more than what gets through,
 * relative to the latter. */
double media_trendline_add(struct media_trendline *t, int64_t sent_delta_us, int64_t arrival_delta_us,
                           int64_t arrival_us);
#endif
