#include "forward/latency.h"

const int64_t media_histogram_bounds_us[MEDIA_HISTOGRAM_BOUNDS] = {50,   100,   250,   500,   1000,   2000,
                                                                   5000, 10000, 20000, 33333, 100000, 500000};

void forward_histogram_note(struct media_histogram *h, int64_t us)
{
	size_t i = 0;
	us = us > 0 ? us : 0;
	while (i < MEDIA_HISTOGRAM_BOUNDS && us > media_histogram_bounds_us[i])
		i++;
	h->counts[i]++;
	h->sum_us += (uint64_t)us;
}

void forward_latency_begin(struct forward_latency *latency, int64_t came_us, int64_t now_us)
{
	if (latency->count == FORWARD_LATENCY_MAX)
		return;
	latency->passing[latency->count].came_us = came_us;
	latency->passing[latency->count++].began_us = now_us;
}

void forward_latency_end(struct forward_latency *latency, int64_t now_us, struct media_stats *stats)
{
	for (size_t i = 0; i < latency->count; i++) {
		int64_t came_us = latency->passing[i].came_us, began_us = latency->passing[i].began_us;
		forward_histogram_note(&stats->inside, now_us - came_us);
		forward_histogram_note(&stats->hold, began_us - came_us);
		forward_histogram_note(&stats->pass, now_us - began_us);
	}
	latency->count = 0;
}
