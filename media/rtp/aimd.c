#include "rtp/aimd.h"

#include <math.h>

#define BACK_OFF 0.85
#define GROWTH_A_SECOND 1.08
#define CAPACITY_WEIGHT 0.05
#define VARIANCE_LEAST 400.0
#define VARIANCE_MOST 2500.0
#define PACKET_BITS 9600.0
#define DETECTION_US 100000 /**< until the detector notices */
enum { RTT_DEFAULT_US = 200000, REDUCE_LEAST_US = 10000, REDUCE_MOST_US = 200000, CAUTION_BPS = 5000 };

static int64_t clamp(double bps)
{
	return (int64_t)fmin(fmax(bps, MEDIA_AIMD_LEAST_BPS), MEDIA_AIMD_MOST_BPS);
}

static int64_t rtt_of(const struct media_aimd *a)
{
	return a->rtt_us ? a->rtt_us : RTT_DEFAULT_US;
}

/** Three standard deviations. */
static double spread(const struct media_aimd *a)
{
	return 3 * sqrt(a->variance * a->capacity_bps);
}

static void note_capacity(struct media_aimd *a, double sample)
{
	if (a->capacity_bps <= 0) {
		a->capacity_bps = sample;
		a->variance = VARIANCE_LEAST;
		return;
	}
	a->capacity_bps += CAPACITY_WEIGHT * (sample - a->capacity_bps);
	double error = a->capacity_bps - sample;
	a->variance += CAPACITY_WEIGHT * (error * error / fmax(a->capacity_bps, 1) - a->variance);
	a->variance = fmin(fmax(a->variance, VARIANCE_LEAST), VARIANCE_MOST);
}

/** The queue that a reduction leaves behind takes a round trip to show: not again before. */
static bool may_reduce(const struct media_aimd *a, int64_t acked_bps, int64_t now_us)
{
	int64_t wait_us = rtt_of(a) < REDUCE_LEAST_US ? REDUCE_LEAST_US : rtt_of(a);
	wait_us = wait_us > REDUCE_MOST_US ? REDUCE_MOST_US : wait_us;
	return now_us - a->changed_us >= wait_us || (acked_bps && acked_bps < a->bps / 2);
}

static void reduce(struct media_aimd *a, int64_t acked_bps, int64_t now_us)
{
	if (a->bps && !may_reduce(a, acked_bps, now_us))
		return;
	double acked = (double)acked_bps, to = acked * BACK_OFF - CAUTION_BPS;
	if (acked_bps == 0) /* too early to know what gets through */
		to = (double)a->bps / 2;
	else if (a->bps && to > (double)a->bps && a->capacity_bps > 0)
		to = BACK_OFF * a->capacity_bps;
	if (acked_bps && acked < a->capacity_bps - spread(a))
		a->capacity_bps = 0;
	if (acked_bps)
		note_capacity(a, acked);
	if (to > 0 && (a->bps == 0 || to < (double)a->bps))
		a->bps = clamp(to);
	a->growing = false;
	a->changed_us = now_us;
}

/** Near the capacity about a packet in the time that a reaction takes; far from it by a constant factor. */
static double growth(const struct media_aimd *a, double seconds)
{
	double bps = (double)a->bps, frame = bps / 30;
	if (a->capacity_bps > 0)
		return fmax(4000, frame / ceil(frame / PACKET_BITS) / (2 * (double)(rtt_of(a) + DETECTION_US) / 1e6)) *
		       seconds;
	return fmax(1000 * seconds, bps * (pow(GROWTH_A_SECOND, fmin(seconds, 1)) - 1));
}

/** What was never sent has not been shown to get through: not far beyond what arrives. */
static void grow(struct media_aimd *a, int64_t acked_bps, int64_t now_us)
{
	double seconds = (double)(now_us - a->changed_us) / 1e6, limit = 1.5 * (double)acked_bps + 10000;
	a->changed_us = now_us;
	if (acked_bps == 0)
		return;
	if (a->bps == 0) {
		a->bps = clamp(limit);
		return;
	}
	if (a->capacity_bps > 0 && (double)acked_bps > a->capacity_bps + spread(a))
		a->capacity_bps = 0;
	if ((double)a->bps < limit)
		a->bps = clamp(fmin((double)a->bps + growth(a, seconds), limit));
}

void media_aimd_update(struct media_aimd *a, enum media_usage usage, int64_t acked_bps, int64_t now_us)
{
	if (usage == MEDIA_USAGE_OVER) {
		reduce(a, acked_bps, now_us);
	} else if (usage == MEDIA_USAGE_UNDER) {
		a->growing = false;
	} else if (!a->growing) {
		a->growing = true;
		a->changed_us = now_us;
	}
	if (usage == MEDIA_USAGE_NORMAL)
		grow(a, acked_bps, now_us);
}

void media_aimd_set(struct media_aimd *a, int64_t bps, int64_t now_us)
{
	a->bps = clamp((double)bps);
	a->changed_us = now_us;
}
