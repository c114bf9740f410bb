#include "rtp/loss.h"

#include <math.h>

#define LOW 0.02f
#define HIGH 0.10f
#define INHERENT_MOST 0.08f
#define GROWTH_A_SECOND 1.08
enum {
	WINDOW_PACKETS = 20,
	WINDOW_FULL_PACKETS = 60,
	WINDOW_US = 250000,
	WINDOW_SPARSE_US = 1000000,
	PERIOD_PACKETS = 100,
	PERIOD_US = 1000000,
	REDUCE_US = 300000,
	WINDOW_MOST = 20000,
};

/** What the line loses anyway: the least of the newest periods. */
static float inherent(const struct media_loss *l)
{
	float least = l->period_known ? INHERENT_MOST : 0;
	for (uint8_t i = 0; i < l->period_known; i++)
		least = fminf(least, l->periods[i]);
	return least;
}

static void end_period(struct media_loss *l, int64_t now_us)
{
	l->periods[l->period_next] = (float)l->period_lost / (float)l->period_count;
	l->period_next = (uint8_t)((l->period_next + 1) % MEDIA_LOSS_PERIODS);
	l->period_known = l->period_known < MEDIA_LOSS_PERIODS ? (uint8_t)(l->period_known + 1) : MEDIA_LOSS_PERIODS;
	l->period_lost = l->period_count = 0;
	l->period_us = now_us;
}

/** @return how long the window was [µs]; 0: it goes on. */
static int64_t end_window(struct media_loss *l, int64_t now_us)
{
	int64_t us = now_us - l->window_us;
	if (l->window_count < WINDOW_PACKETS || us < WINDOW_US ||
	    (l->window_count < WINDOW_FULL_PACKETS && us < WINDOW_SPARSE_US))
		return 0;
	float share = (float)l->window_lost / (float)l->window_count;
	l->share = (l->share + share) / 2;
	l->period_lost = (uint16_t)(l->period_lost + l->window_lost);
	l->period_count = (uint16_t)(l->period_count + l->window_count);
	l->window_lost = l->window_count = 0;
	l->window_us = now_us;
	if (l->period_count >= PERIOD_PACKETS && now_us - l->period_us >= PERIOD_US)
		end_period(l, now_us);
	return us;
}

void media_loss_update(struct media_loss *l, int lost, int count, int64_t rate_bps, int64_t allowed_bps, int64_t rtt_us,
                       int64_t now_us)
{
	if (l->window_us == 0)
		l->window_us = l->period_us = now_us;
	if (l->window_count < WINDOW_MOST) {
		l->window_lost = l->window_lost + lost > 0 ? (uint16_t)(l->window_lost + lost) : 0;
		l->window_count = (uint16_t)(l->window_count + count);
	}
	int64_t us = end_window(l, now_us);
	if (us == 0)
		return;
	float excess = l->share - inherent(l);
	if (excess > HIGH && now_us - l->reduced_us >= REDUCE_US + rtt_us) {
		int64_t from_bps = rate_bps && rate_bps < allowed_bps ? rate_bps : allowed_bps;
		l->bps = (int64_t)((double)from_bps * (1 - 0.5 * (double)excess));
		l->reduced_us = now_us;
	} else if (excess < LOW && l->bps) {
		l->bps = (int64_t)((double)l->bps * pow(GROWTH_A_SECOND, fmin((double)us / 1e6, 1)));
		if (l->bps > 2 * allowed_bps)
			l->bps = 0;
	}
}

void media_loss_probed(struct media_loss *l, int64_t bps)
{
	if (l->bps && bps > l->bps)
		l->bps = bps;
}
