#include "rtp/overuse.h"

#include <math.h>

/* libwebrtc's numbers, which years of calls have tuned. */
#define GAIN 4.0
#define BURSTS_MOST 60
#define THRESHOLD_FIRST 12.5
#define THRESHOLD_LEAST 6.0
#define THRESHOLD_MOST 600.0
#define GROWS 0.0087
#define SHRINKS 0.039
#define SPIKE 15.0 /**< so far above the threshold that it must not follow */
enum { QUEUE_LEAST_US = 5000, OVER_FOR_US = 10000, STEP_MOST_US = 100000 };

static void adapt(struct media_overuse *o, double trend, int64_t arrival_us)
{
	double size = fabs(trend), rate = size < o->threshold ? SHRINKS : GROWS;
	int64_t step_us = arrival_us - o->adapted_us;
	o->adapted_us = arrival_us;
	if (size > o->threshold + SPIKE)
		return;
	step_us = step_us < 0 ? 0 : step_us > STEP_MOST_US ? STEP_MOST_US : step_us;
	o->threshold += rate * (size - o->threshold) * (double)step_us / 1000;
	o->threshold = fmin(fmax(o->threshold, THRESHOLD_LEAST), THRESHOLD_MOST);
}

/** Over-use is what lasts for a while and gets no better. */
static void note_over(struct media_overuse *o, double slope, int64_t sent_delta_us)
{
	o->over_us = o->over_us < 0 ? sent_delta_us / 2 : o->over_us + sent_delta_us;
	o->over_count++;
	if (o->over_us <= OVER_FOR_US || o->over_count < 2 || slope < o->slope)
		return;
	o->over_us = 0;
	o->over_count = 0;
	o->usage = MEDIA_USAGE_OVER;
}

enum media_usage media_overuse_judge(struct media_overuse *o, double slope, uint32_t bursts, int64_t queue_us,
                                     int64_t sent_delta_us, int64_t arrival_us)
{
	double trend = (bursts < BURSTS_MOST ? bursts : BURSTS_MOST) * slope * GAIN;
	if (o->threshold <= 0)
		*o = (struct media_overuse){.threshold = THRESHOLD_FIRST, .over_us = -1, .adapted_us = arrival_us};
	if (trend > o->threshold && queue_us >= QUEUE_LEAST_US) {
		note_over(o, slope, sent_delta_us);
	} else {
		o->over_us = -1;
		o->over_count = 0;
		o->usage = trend < -o->threshold ? MEDIA_USAGE_UNDER : MEDIA_USAGE_NORMAL;
	}
	o->slope = slope;
	adapt(o, trend, arrival_us);
	return o->usage;
}
