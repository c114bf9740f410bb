#include "bottleneck.h"

#include <stdlib.h>
#include <string.h>

enum { STEP_US = 1000, FRAME_US = 33333, PACKET = 1200, TICK_US = 10000, PADDING = 255 };

void bottleneck_init(struct bottleneck *l, int64_t capacity_bps, uint64_t seed)
{
	memset(l, 0, sizeof *l);
	l->capacity_bps = capacity_bps;
	l->delay_us = 25000;
	l->queue_us = 500000;
	l->feedback_us = 50000;
	l->clock_us = 123456789;
	l->start_bps = 300000;
	l->seed = seed;
	l->now_us = 50000000;
	l->next_frame_us = l->next_feedback_us = l->now_us;
}

uint32_t bottleneck_random(struct bottleneck *l, uint32_t below)
{
	l->seed = l->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(l->seed >> 33) % below;
}

static bool chance(struct bottleneck *l, int percent)
{
	return percent > 0 && (int)bottleneck_random(l, 100) < percent;
}

int64_t bottleneck_bps(const struct bottleneck *l)
{
	return media_bandwidth_bps(&l->b);
}

void bottleneck_send(struct bottleneck *l, size_t size)
{
	uint16_t number = media_bandwidth_sent(&l->b, size, l->now_us);
	int64_t start_us = l->free_us > l->now_us ? l->free_us : l->now_us, wait_us = start_us - l->now_us;
	l->sent++;
	if (l->dead || wait_us > l->queue_us) {
		l->lost++;
		return;
	}
	l->longest_queue_us = wait_us > l->longest_queue_us ? wait_us : l->longest_queue_us;
	l->free_us = start_us + (int64_t)size * 8000000 / l->capacity_bps;
	if (chance(l, l->loss_pc)) {
		l->lost++;
		return;
	}
	int64_t at_us =
	        l->free_us + l->delay_us + (l->jitter_us ? (int64_t)bottleneck_random(l, (uint32_t)l->jitter_us) : 0);
	at_us = at_us > l->newest_arrival_us ? at_us : l->newest_arrival_us;
	l->newest_arrival_us = at_us;
	l->flying[l->flying_end % BOTTLENECK_FLYING].at_us = at_us;
	l->flying[l->flying_end++ % BOTTLENECK_FLYING].number = number;
}

/** A frame leaves at once, cut into packets of one size. */
static void send_frame(struct bottleneck *l)
{
	int64_t bps = l->fixed_bps ? l->fixed_bps : bottleneck_bps(l) ? bottleneck_bps(l) : l->start_bps;
	int64_t bytes = bps / 8 * FRAME_US / 1000000 * (80 + bottleneck_random(l, 41)) / 100;
	bool key = l->key_every && l->frames % (uint32_t)l->key_every == 0;
	if (l->key_every) /* the same rate on the whole */
		bytes = bytes * l->key_every / (l->key_every - 1 + l->key_size) * (key ? l->key_size : 1);
	int64_t packets = bytes / PACKET + 1;
	for (int64_t i = 0; i < packets; i++)
		bottleneck_send(l, (size_t)(bytes / packets + 1));
	l->frames++;
	l->next_frame_us += FRAME_US;
}

static void pad(struct bottleneck *l)
{
	size_t lacks;
	media_bandwidth_probe(&l->b, l->now_us);
	if (!media_bandwidth_probing(&l->b, l->now_us, &lacks))
		return;
	l->padding_bytes += (int64_t)lacks;
	for (; lacks > 0; lacks -= lacks < PADDING ? lacks : PADDING)
		bottleneck_send(l, PADDING);
}

static int64_t receiver_time(const struct bottleneck *l, int64_t us)
{
	return us + l->clock_us + (us - 50000000) * l->drift_ppm / 1000000;
}

static void arrive(struct bottleneck *l)
{
	while (l->flying_first < l->flying_end && l->flying[l->flying_first % BOTTLENECK_FLYING].at_us <= l->now_us) {
		int64_t at_us = l->flying[l->flying_first % BOTTLENECK_FLYING].at_us;
		media_twcc_note(&l->twcc, l->flying[l->flying_first++ % BOTTLENECK_FLYING].number,
		                receiver_time(l, at_us));
	}
}

static void tell_at(struct bottleneck *l, const uint8_t *data, size_t len, int64_t at_us)
{
	if (l->told_count == BOTTLENECK_TOLD)
		abort();
	l->told[l->told_count].at_us = at_us;
	l->told[l->told_count].len = len;
	memcpy(l->told[l->told_count++].data, data, len);
}

static void tell(struct bottleneck *l)
{
	bool more = true;
	while (more) {
		uint8_t room[1200];
		struct media_rtcp_writer w = {.data = room, .size = sizeof room};
		more = media_twcc_write(&l->twcc, &w, 1, 2);
		if (w.len == 0 || l->dead || chance(l, l->feedback_loss_pc))
			continue;
		int64_t at_us = l->now_us + l->delay_us + (chance(l, l->feedback_late_pc) ? 3 * l->feedback_us / 2 : 0);
		tell_at(l, room, w.len, at_us);
		if (chance(l, l->feedback_twice_pc))
			tell_at(l, room, w.len, at_us + l->feedback_us);
	}
	l->next_feedback_us += l->feedback_us;
}

static void hear(struct bottleneck *l)
{
	for (size_t i = 0; i < l->told_count; i++) {
		const uint8_t *at = l->told[i].data;
		size_t len = l->told[i].len;
		struct media_rtcp p;
		if (l->told[i].at_us > l->now_us)
			continue;
		if (media_rtcp_next(&at, &len, &p) != 1 || media_bandwidth_feedback(&l->b, &p, l->now_us) != 0)
			abort();
		l->told[i--] = l->told[--l->told_count];
	}
}

void bottleneck_run(struct bottleneck *l, int64_t ms)
{
	for (int64_t end_us = l->now_us + ms * 1000; l->now_us < end_us; l->now_us += STEP_US) {
		arrive(l);
		if (l->now_us >= l->next_feedback_us)
			tell(l);
		hear(l);
		if (l->now_us >= l->next_frame_us)
			send_frame(l);
		if (l->now_us % TICK_US == 0)
			pad(l);
		if (l->now_us % 1000000 == 0)
			media_bandwidth_silence(&l->b, l->now_us);
	}
}

void bottleneck_range(struct bottleneck *l, int64_t ms, int64_t *least, int64_t *most)
{
	*least = INT64_MAX;
	*most = 0;
	for (int64_t i = 0; i < ms; i += 20) {
		bottleneck_run(l, 20);
		int64_t bps = bottleneck_bps(l);
		*least = bps < *least ? bps : *least;
		*most = bps > *most ? bps : *most;
	}
}
