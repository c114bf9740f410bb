/* What viewers' lines carry, as the engine finds out by their feedback. */
#include "stage.h"

#include "rtp/rtcp.h"

static struct media_config layered_config(void)
{
	struct media_config config = stage_config();
	config.keyframe_min_ms = 200;
	return config;
}

static int64_t counted(const struct media_stats *stats)
{
	int64_t count = 0;
	for (size_t i = 0; i <= MEDIA_ESTIMATE_BOUNDS; i++)
		count += stats->viewers_by_estimate[i];
	return count;
}

static bool one_is_known(const struct media_stats *stats)
{
	return counted(stats) == 1;
}

static bool nobody_is_known(const struct media_stats *stats)
{
	return stats->viewers == 0 && counted(stats) == 0 && stats->estimates_bps == 0;
}

static bool told_often(const struct media_stats *stats)
{
	return stats->feedback_received >= 30;
}

/** A line that carries all: known to carry what it is sent. */
static void a_viewers_line_is_estimated(void **state)
{
	struct stage *stage = stage_open(NULL);
	stage_host(stage, "show");
	struct stage_peer *viewer = stage_viewer(stage, "show");
	struct media_stats stats = stage_until_stats(stage, one_is_known);
	assert_true(stats.estimates_bps > 30000);
	stats = stage_until_stats(stage, told_often);
	assert_int_equal(stats.rtp_malformed, 0);
	/* nothing more is wanted, so nothing is sent that says nothing */
	assert_int_equal(stats.probe_packets, 0);
	assert_int_equal(sim_peer_stats(viewer->sim)->paddings, 0);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	stage_assert_one_sequence(viewer, SIM_VIDEO);
	stage_assert_one_sequence(viewer, SIM_AUDIO);
	sim_peer_close(viewer->sim);
	stage_until_stats(stage, nobody_is_known);
	stage_close(stage);
}

static unsigned newest_layer(const struct stage_peer *viewer)
{
	const struct stage_log *log = &viewer->logs[SIM_VIDEO];
	return log->count ? STAGE_COUNTER_LAYER(log->seen[log->count - 1].counter) : SIM_LAYERS;
}

static bool on_the_middle(struct stage *stage, void *ctx)
{
	return newest_layer(ctx) == 1;
}

static bool on_the_best(struct stage *stage, void *ctx)
{
	return newest_layer(ctx) == 2;
}

static bool below_a_megabit(const struct media_stats *stats)
{
	return counted(stats) == 1 && stats->estimates_bps < 1000000;
}

/** A line of 700 kb/s among layers of 150, 430 and 1,500: the middle one is what it gets, and stays; when the line gets
 * wide, probes find that out. */
static void a_slow_line_gets_what_it_carries(void **state)
{
	struct media_config config = layered_config();
	struct stage *stage = stage_open(&config);
	stage_layered_host(stage, "s", MEDIA_VP8);
	stage_play(stage, 2500, NULL, NULL); /* its layers are measured */
	struct sim_peer_config slow = {.role = MEDIA_VIEW, .faults = {.line_bps = 700000}};
	struct stage_peer *viewer = stage_enter(stage, "s", &slow);
	stage_until_stats(stage, below_a_megabit);
	stage_until(stage, on_the_middle, viewer);
	assert_false(stage_play(stage, 6000, on_the_best, viewer));
	assert_int_equal(newest_layer(viewer), 1);
	sim_peer_faults(viewer->sim)->line_bps = 0;
	stage_until(stage, on_the_best, viewer);
	struct media_stats stats;
	media_engine_stats(stage->engine, &stats);
	assert_true(stats.probes > 0);
	assert_true(sim_peer_stats(viewer->sim)->paddings > 0);
	assert_int_equal(sim_peer_stats(viewer->sim)->srtp_failed, 0);
	assert_int_equal(sim_peer_track(viewer->sim, SIM_VIDEO)->gaps, 0);
	stage_close(stage);
}

static bool on_the_least(struct stage *stage, void *ctx)
{
	return newest_layer(ctx) == 0;
}

/** A line of 250 kb/s with 300 ms of queue, overfilled by the 430 that every line is begun with: the least layer fits
 * it, and must come through whole again, whatever is asked for of what was lost. */
static void a_line_that_was_overfilled_recovers(void **state)
{
	struct media_config config = layered_config();
	struct stage *stage = stage_open(&config);
	stage_layered_host(stage, "s", MEDIA_VP8);
	struct stage_peer *healthy = stage_viewer(stage, "s");
	stage_play(stage, 2500, NULL, NULL); /* its layers are measured */
	struct sim_peer_config narrow = {.role = MEDIA_VIEW};
	struct stage_peer *viewer = stage_enter(stage, "s", &narrow);
	stage_until_seen(viewer, SIM_VIDEO, 30);
	sim_peer_faults(viewer->sim)->narrow_bps = 250000;
	stage_until(stage, on_the_least, viewer);
	stage_play(stage, 3000, NULL, NULL); /* what waits before it drains */
	uint64_t packets = sim_peer_track(viewer->sim, SIM_VIDEO)->packets,
	         lost = sim_peer_stats(viewer->sim)->narrow_lost;
	stage_play(stage, 6000, NULL, NULL);
	/* a frame of the least layer is a packet, a keyframe three */
	assert_true(sim_peer_track(viewer->sim, SIM_VIDEO)->packets - packets >= 120);
	assert_true(sim_peer_stats(viewer->sim)->narrow_lost - lost <= 30);
	assert_int_equal(newest_layer(viewer), 0);
	assert_int_equal(sim_peer_track(healthy->sim, SIM_VIDEO)->gaps, 0);
	assert_int_equal(newest_layer(healthy), 2);
	stage_close(stage);
}

static bool says_300_kb(const struct media_stats *stats)
{
	return counted(stats) == 1 && stats->estimates_bps == 300000;
}

/** A viewer that knows no numbers says itself what it can take. */
static void a_viewers_own_estimate_counts(void **state)
{
	struct stage *stage = stage_open(NULL);
	stage_host(stage, "show");
	struct sim_peer_config config = {.role = MEDIA_VIEW, .no_arrivals = true};
	struct stage_peer *viewer = stage_enter(stage, "show", &config);
	stage_until_seen(viewer, SIM_VIDEO, 30);
	stage_assert_one_sequence(viewer, SIM_VIDEO);
	uint8_t room[64];
	uint32_t ssrc = sim_peer_agreed(viewer->sim, SIM_VIDEO)->ssrc;
	struct media_rtcp_writer w = {.data = room, .size = sizeof room};
	media_rtcp_write_rr(&w, 1, NULL, 0);
	media_rtcp_write_remb(&w, 1, 300000, &ssrc, 1);
	assert_false(w.failed);
	assert_int_equal(sim_peer_send_rtcp(viewer->sim, room, w.len), 0);
	stage_until_stats(stage, says_300_kb);
	stage_close(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_viewers_line_is_estimated),
	        cmocka_unit_test(a_slow_line_gets_what_it_carries),
	        cmocka_unit_test(a_line_that_was_overfilled_recovers),
	        cmocka_unit_test(a_viewers_own_estimate_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
