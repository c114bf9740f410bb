/* A host with layers, and viewers whose lines differ. */
#include "stage.h"

static struct media_config layered_config(void)
{
	struct media_config config = stage_config();
	config.keyframe_min_ms = 200;
	return config;
}

static unsigned newest_layer(const struct stage_peer *viewer)
{
	const struct stage_log *log = &viewer->logs[SIM_VIDEO];
	return log->count ? STAGE_COUNTER_LAYER(log->seen[log->count - 1].counter) : SIM_LAYERS;
}

struct on_layer {
	const struct stage_peer *viewer;
	unsigned layer;
};

static bool is_on(struct stage *stage, void *ctx)
{
	const struct on_layer *want = ctx;
	return newest_layer(want->viewer) == want->layer;
}

static void until_on(struct stage_peer *viewer, unsigned layer)
{
	struct on_layer want = {viewer, layer};
	stage_until(viewer->stage, is_on, &want);
}

static size_t switches(const struct stage_peer *viewer)
{
	const struct stage_log *log = &viewer->logs[SIM_VIDEO];
	size_t count = 0;
	for (size_t i = 1; i < log->count; i++)
		count += STAGE_COUNTER_LAYER(log->seen[i].counter) != STAGE_COUNTER_LAYER(log->seen[i - 1].counter);
	return count;
}

/** When the host took what a packet shows. */
static int64_t taken_us(const struct stage_peer *host, const struct stage_seen *s)
{
	return host->layers[STAGE_COUNTER_LAYER(s->counter)].capture_us[STAGE_COUNTER_NUMBER(s->counter)];
}

/** Whatever layer it gets: one source, number after number; times that go on with the host's; VP8's pictures counted
 * on. */
static void assert_one_picture(const struct stage_peer *host, const struct stage_peer *viewer, size_t from, bool vp8)
{
	const struct stage_log *log = &viewer->logs[SIM_VIDEO];
	assert_true(log->count > from + 1);
	for (size_t i = from + 1; i < log->count; i++) {
		const struct stage_seen *s = &log->seen[i], *before = s - 1;
		bool next = s->timestamp != before->timestamp;
		assert_true(s->intact);
		assert_int_equal(s->ssrc, before->ssrc);
		assert_int_equal(s->seq, (uint16_t)(before->seq + 1));
		assert_true((int32_t)(s->timestamp - before->timestamp) >= 0);
		int64_t passed_us = taken_us(host, s) - taken_us(host, before);
		int64_t told_us = (int64_t)(s->timestamp - before->timestamp) * 1000 / 90;
		/* a frame that both layers have is told a tick later */
		assert_in_range(told_us + 1000, passed_us + 1000 - 500, passed_us + 1000 + 500);
		if (!vp8)
			continue;
		assert_int_equal(s->picture, (before->picture + next) & 0x7FFF);
		assert_int_equal(s->layer, (before->layer + next) & 0xFF);
	}
}

static bool three_switches(const struct media_stats *stats)
{
	return stats->layer_switches >= 3;
}

static void each_gets_what_its_line_carries(enum media_codec codec)
{
	struct media_config config = layered_config();
	struct stage *stage = stage_open(&config);
	struct stage_peer *host = stage_layered_host(stage, "s", codec);
	stage_play(stage, 2500, NULL, NULL); /* its layers are measured */
	struct sim_peer_config losses_alone = {.role = MEDIA_VIEW, .no_arrivals = true};
	struct stage_peer *fast = stage_enter(stage, "s", &losses_alone),
	                  *slow = stage_enter(stage, "s", &losses_alone);
	until_on(slow, 1);                   /* nothing is known of the line: not the best, not the worst */
	stage_play(stage, 1000, NULL, NULL); /* they have caught up with live */
	size_t live = fast->logs[SIM_VIDEO].count;
	sim_peer_faults(slow->sim)->drop_rtp_every = 3;
	sim_peer_faults(slow->sim)->no_nack = true;
	until_on(slow, 0);
	until_on(fast, 2);
	assert_int_equal(switches(fast), 1);
	/* where there are gaps, the line made them */
	sim_peer_faults(slow->sim)->drop_rtp_every = 0;
	size_t from = slow->logs[SIM_VIDEO].count;
	until_on(slow, 1);
	stage_until_seen(slow, SIM_VIDEO, 200);
	assert_int_equal(newest_layer(fast), 2);
	assert_int_equal(switches(fast), 1);
	struct media_stream_stats shown;
	assert_int_equal(media_stream_stats(stage->engine, "s", &shown), 0);
	for (int i = 0; i < SIM_LAYERS; i++) {
		assert_int_equal(shown.layers[i].width, codec == MEDIA_VP8 ? 320 << i : 640);
		assert_true(shown.layers[i].bps > (i ? 2 * shown.layers[i - 1].bps : 50000));
	}
	assert_int_equal(shown.width, shown.layers[2].width);
	assert_one_picture(host, fast, live, codec == MEDIA_VP8);
	assert_one_picture(host, slow, from, codec == MEDIA_VP8);
	stage_until_stats(stage, three_switches);
	stage_close(stage);
}

static void each_gets_what_its_line_carries_in_vp8(void **state)
{
	each_gets_what_its_line_carries(MEDIA_VP8);
}

static void each_gets_what_its_line_carries_in_h264(void **state)
{
	each_gets_what_its_line_carries(MEDIA_H264);
}

/** A host's line sinks: its browser stops the best layers, and starts them again. */
static void a_layer_that_stops_leaves_the_next(void **state)
{
	struct media_config config = layered_config();
	struct stage *stage = stage_open(&config);
	struct stage_peer *host = stage_layered_host(stage, "s", MEDIA_VP8);
	struct stage_peer *viewer = stage_viewer(stage, "s");
	until_on(viewer, 2);
	host->layers[2].silent = true;
	until_on(viewer, 1);
	host->layers[1].silent = true;
	until_on(viewer, 0);
	stage_until_seen(viewer, SIM_VIDEO, 100);
	host->layers[1].silent = host->layers[2].silent = false;
	until_on(viewer, 2);
	stage_until_seen(viewer, SIM_VIDEO, 100);
	/* the host was there all the time */
	assert_int_equal(stage_events(stage, NULL, MEDIA_STREAM_PICTURE_LOST), 0);
	const struct stage_log *log = &viewer->logs[SIM_VIDEO];
	for (size_t i = 1; i < log->count; i++) {
		assert_int_equal(log->seen[i].seq, (uint16_t)(log->seen[i - 1].seq + 1));
		assert_true((int32_t)(log->seen[i].timestamp - log->seen[i - 1].timestamp) >= 0);
	}
	stage_close(stage);
}

/** A keyframe costs the host: layers that nobody watches are left alone. */
static void asks_for_keyframes_of_what_is_watched(void **state)
{
	struct media_config config = layered_config();
	config.keyframe_every_us = 500000;
	struct stage *stage = stage_open(&config);
	struct stage_peer *host = stage_layered_host(stage, "s", MEDIA_VP8);
	struct stage_peer *viewer = stage_viewer(stage, "s");
	until_on(viewer, 2);
	stage_play(stage, 8000, NULL, NULL); /* it is forgotten, by every worker, that others were watched */
	int before[SIM_LAYERS];
	for (int i = 0; i < SIM_LAYERS; i++)
		before[i] = host->layers[i].key_requests;
	stage_play(stage, 3000, NULL, NULL);
	assert_int_equal(newest_layer(viewer), 2);
	assert_int_equal(host->layers[0].key_requests, before[0]);
	assert_int_equal(host->layers[1].key_requests, before[1]);
	assert_true(host->layers[2].key_requests >= before[2] + 3);
	/* what the viewer asks for is what it watches */
	assert_int_equal(sim_peer_send_pli(viewer->sim), 0);
	stage_play(stage, 1000, NULL, NULL);
	assert_int_equal(host->layers[0].key_requests, before[0]);
	stage_close(stage);
}

static int by_seq(const void *a, const void *b)
{
	return (int16_t)(((const struct stage_seen *)a)->seq - ((const struct stage_seen *)b)->seq);
}

/** Now and then a packet is lost on both ways, before, in and after changes of layers: all of them are repaired. */
static void repairs_reach_across_a_change(void **state)
{
	struct media_config config = layered_config();
	struct stage *stage = stage_open(&config);
	struct stage_peer *host = stage_layered_host(stage, "s", MEDIA_VP8);
	sim_peer_faults(host->sim)->drop_sent_every = 97;
	stage_play(stage, 2500, NULL, NULL);
	struct stage_peer *viewer = stage_viewer(stage, "s");
	sim_peer_faults(viewer->sim)->drop_rtp_every = 61;
	until_on(viewer, 2);
	for (int i = 0; i < 3; i++) { /* down and up, not by the line */
		host->layers[2].silent = true;
		until_on(viewer, 1);
		host->layers[2].silent = false;
		until_on(viewer, 2);
	}
	sim_peer_faults(viewer->sim)->drop_rtp_every = 0;
	sim_peer_faults(host->sim)->drop_sent_every = 0;
	stage_until_seen(viewer, SIM_VIDEO, 300);
	stage_play(stage, 500, NULL, NULL);
	const struct stage_log *log = &viewer->logs[SIM_VIDEO];
	assert_true(sim_peer_track(viewer->sim, SIM_VIDEO)->recovered > 10);
	/* less than half the circle of numbers passed by */
	assert_true(log->count < 32000);
	qsort(log->seen, log->count, sizeof *log->seen, by_seq);
	for (size_t i = 1; i < log->count; i++) {
		const struct stage_seen *s = &log->seen[i], *before = s - 1;
		assert_true(s->intact);
		assert_int_equal(s->seq, (uint16_t)(before->seq + 1));
		assert_int_equal(s->picture, (before->picture + (s->timestamp != before->timestamp)) & 0x7FFF);
	}
	stage_close(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_gets_what_its_line_carries_in_vp8),
	        cmocka_unit_test(each_gets_what_its_line_carries_in_h264),
	        cmocka_unit_test(a_layer_that_stops_leaves_the_next),
	        cmocka_unit_test(asks_for_keyframes_of_what_is_watched),
	        cmocka_unit_test(repairs_reach_across_a_change),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
