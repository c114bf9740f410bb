#include "rtp/trendline.h"

#define SMOOTHING 0.9

/** Least squares over the window, times counted from its oldest burst. */
static double fit(const struct media_trendline *t, double otherwise)
{
	double sum_x = 0, sum_y = 0, above = 0, below = 0;
	uint32_t oldest = t->window[t->count % MEDIA_TRENDLINE_WINDOW].arrival_us;
	double x[MEDIA_TRENDLINE_WINDOW];
	for (int i = 0; i < MEDIA_TRENDLINE_WINDOW; i++) {
		x[i] = (int32_t)(t->window[i].arrival_us - oldest) / 1000.0;
		sum_x += x[i];
		sum_y += (double)t->window[i].smoothed_ms;
	}
	for (int i = 0; i < MEDIA_TRENDLINE_WINDOW; i++) {
		double dx = x[i] - sum_x / MEDIA_TRENDLINE_WINDOW;
		above += dx * ((double)t->window[i].smoothed_ms - sum_y / MEDIA_TRENDLINE_WINDOW);
		below += dx * dx;
	}
	return below > 0 ? above / below : otherwise;
}

double media_trendline_add(struct media_trendline *t, int64_t sent_delta_us, int64_t arrival_delta_us,
                           int64_t arrival_us)
{
	uint32_t slot = t->count % MEDIA_TRENDLINE_WINDOW;
	t->delay_ms += (double)(arrival_delta_us - sent_delta_us) / 1000;
	t->smoothed_ms = SMOOTHING * t->smoothed_ms + (1 - SMOOTHING) * t->delay_ms;
	t->window[slot].arrival_us = (uint32_t)arrival_us;
	t->window[slot].smoothed_ms = (float)t->smoothed_ms;
	t->count++;
	if (t->count >= MEDIA_TRENDLINE_WINDOW)
		t->slope = fit(t, t->slope);
	return t->slope;
}
