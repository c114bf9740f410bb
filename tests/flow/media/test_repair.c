/* Loss on either side, and its repair. */
#include "stage.h"

/** Every counter up to what the viewer has by now, except the newest few, which may still be on their way. */
static bool complete_so_far(struct stage *stage, void *ctx)
{
	const struct stage_peer *viewer = ctx;
	const struct sim_track_stats *t = sim_peer_track(viewer->sim, SIM_VIDEO);
	return t->gaps > 0 && t->recovered + t->reordered == t->gaps;
}

static void what_a_viewer_loses_comes_again(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show"),
	                  *other = stage_viewer(stage, "show");
	stage_until_seen(viewer, SIM_VIDEO, 20);
	host->mute = true; /* sound is not repaired */
	stage_play(stage, 100, NULL, NULL);
	sim_peer_faults(viewer->sim)->drop_rtp_every = 7;
	stage_until_seen(viewer, SIM_VIDEO, 400);
	sim_peer_faults(viewer->sim)->drop_rtp_every = 0;
	stage_until(stage, complete_so_far, viewer);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	stage_assert_one_sequence(viewer, SIM_VIDEO);
	stage_assert_complete(other, SIM_VIDEO, 0);
	const struct sim_track_stats *t = sim_peer_track(viewer->sim, SIM_VIDEO);
	assert_true(t->recovered > 30);
	assert_int_equal(t->duplicates, 0);
	assert_int_equal(t->lost, 0);
	/* nobody asked the host for what only one viewer lost */
	assert_int_equal(sim_peer_track(host->sim, SIM_VIDEO)->nacks, 0);
	stage_close(stage);
}

static bool answered(const struct media_stats *s)
{
	return s->nack_received > 0 && s->nack_answered > 0;
}

static void nacks_are_counted(void **state)
{
	struct stage *stage = stage_open(NULL);
	stage_host(stage, "show");
	struct stage_peer *viewer = stage_viewer(stage, "show");
	stage_until_seen(viewer, SIM_VIDEO, 20);
	sim_peer_faults(viewer->sim)->drop_rtp_every = 9;
	struct media_stats s = stage_until_stats(stage, answered);
	assert_true(s.nack_answered + s.nack_missed <= s.nack_received);
	stage_close(stage);
}

static bool losses_are_told(const struct media_stats *s)
{
	return s->viewers_by_loss[0] == 1 && s->viewers_by_loss[MEDIA_LOSS_BOUNDS] == 1;
}

/** A third of the packets, and none. */
static void viewers_count_by_what_they_lose(void **state)
{
	struct stage *stage = stage_open(NULL);
	stage_host(stage, "show");
	struct stage_peer *viewer = stage_viewer(stage, "show"), *other = stage_viewer(stage, "show");
	stage_until_seen(viewer, SIM_VIDEO, 20);
	stage_until_seen(other, SIM_VIDEO, 20);
	sim_peer_faults(viewer->sim)->no_nack = sim_peer_faults(viewer->sim)->no_pli = true;
	sim_peer_faults(viewer->sim)->drop_rtp_every = 3;
	stage_until_stats(stage, losses_are_told);
	stage_close(stage);
}

/** The host's line loses packets. @return how many of the repairs came as RTX. */
static uint64_t host_loses(bool no_rtx)
{
	struct stage *stage = stage_open(NULL);
	struct sim_peer_config config = {.role = MEDIA_PUBLISH, .no_rtx = no_rtx, .faults = {.drop_sent_every = 11}};
	struct stage_peer *host = stage_enter(stage, "show", &config);
	stage_until_state(host, SIM_CONNECTED);
	host->mute = true;
	struct stage_peer *viewer = stage_viewer(stage, "show"), *other = stage_viewer(stage, "show");
	stage_until_seen(viewer, SIM_VIDEO, 400);
	sim_peer_faults(host->sim)->drop_sent_every = 0;
	stage_until(stage, complete_so_far, viewer);
	stage_until(stage, complete_so_far, other);
	struct stage_peer *viewers[] = {viewer, other};
	for (size_t i = 0; i < 2; i++) {
		stage_assert_complete(viewers[i], SIM_VIDEO, 0);
		stage_assert_one_sequence(viewers[i], SIM_VIDEO);
		assert_int_equal(sim_peer_track(viewers[i]->sim, SIM_VIDEO)->lost, 0);
	}
	const struct sim_track_stats *sent = sim_peer_track(host->sim, SIM_VIDEO);
	uint64_t rtx = sent->rtx, repairs = sent->repairs;
	assert_true(repairs > 20);
	assert_int_equal(sim_peer_agreed(host->sim, SIM_VIDEO)->rtx_pt >= 0, !no_rtx);
	stage_close(stage);
	assert_true(rtx == 0 || rtx == repairs);
	return rtx;
}

static void what_the_host_loses_comes_by_rtx(void **state)
{
	assert_true(host_loses(false) > 20);
}

/** OBS and others repeat the identical packet. */
static void without_rtx_the_host_repeats_in_place(void **state)
{
	assert_int_equal(host_loses(true), 0);
}

static bool asked_again(struct stage *stage, void *ctx)
{
	const struct stage_peer *host = ctx;
	return host->key_requests >= 2;
}

struct loss {
	struct media_stream_stats stats;
};

static bool loss_is_seen(struct stage *stage, void *ctx)
{
	struct loss *l = ctx;
	return media_stream_stats(stage->engine, "show", &l->stats) == 0 && l->stats.loss > 0.03;
}

static void what_stays_lost_costs_a_keyframe(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct sim_peer_config config = {.role = MEDIA_PUBLISH, .faults = {.drop_sent_every = 13, .no_repair = true}};
	struct stage_peer *host = stage_enter(stage, "show", &config);
	struct loss l;
	stage_until_state(host, SIM_CONNECTED);
	stage_until(stage, asked_again, host);
	stage_until(stage, loss_is_seen, &l);
	assert_true(l.stats.loss < 0.2);
	stage_close(stage);
}

/** A viewer that offers no RTX gets nothing twice: its keys would be in danger. */
static void without_rtx_nothing_is_sent_again(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct sim_peer_config config = {.role = MEDIA_VIEW, .no_rtx = true, .faults = {.drop_rtp_every = 7}};
	stage_host(stage, "show");
	struct stage_peer *viewer = stage_enter(stage, "show", &config);
	stage_until_state(viewer, SIM_CONNECTED);
	stage_until_seen(viewer, SIM_VIDEO, 300);
	const struct sim_track_stats *t = sim_peer_track(viewer->sim, SIM_VIDEO);
	assert_true(t->gaps > 20);
	assert_int_equal(t->recovered, 0);
	assert_int_equal(t->duplicates, 0);
	assert_int_equal(sim_peer_stats(viewer->sim)->srtp_failed, 0);
	stage_assert_one_sequence(viewer, SIM_VIDEO);
	stage_close(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_a_viewer_loses_comes_again),
	        cmocka_unit_test(nacks_are_counted),
	        cmocka_unit_test(viewers_count_by_what_they_lose),
	        cmocka_unit_test(what_the_host_loses_comes_by_rtx),
	        cmocka_unit_test(without_rtx_the_host_repeats_in_place),
	        cmocka_unit_test(what_stays_lost_costs_a_keyframe),
	        cmocka_unit_test(without_rtx_nothing_is_sent_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
