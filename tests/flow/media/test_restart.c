/* Sessions that get a new path: another address, and ICE restarts. Everything else goes on: keys, numbers, picture. */
#include "stage.h"

#include <errno.h>

static bool nominated(struct stage *stage, void *ctx)
{
	const struct stage_peer *peer = ctx;
	return sim_peer_nominated(peer->sim);
}

/** Ask for a restart, by a whole offer or as WHIP does it by a fragment. @return as media_session_restart */
static int ask(struct stage_peer *peer, const char *sdp, bool fragment, struct media_answer *answer)
{
	char why[300];
	return media_session_restart(peer->stage->engine,
	                             &(struct media_restart){.session = peer->session,
	                                                     .sdp = sdp,
	                                                     .sdp_len = strlen(sdp),
	                                                     .fragment = fragment,
	                                                     .local_address = "127.0.0.1"},
	                             answer, why, sizeof why);
}

static void restart(struct stage_peer *peer, bool fragment)
{
	struct media_answer answer;
	const char *offer = sim_peer_restart(peer->sim);
	assert_non_null(offer);
	assert_int_equal(ask(peer, offer, fragment, &answer), 0);
	assert_string_equal(answer.session, peer->session);
	assert_string_not_equal(answer.ufrag, peer->answer.ufrag);
	assert_non_null(strstr(answer.sdp, answer.ufrag));
	assert_int_equal(sim_peer_restarted(peer->sim, answer.sdp, strlen(answer.sdp), sim_now_us()), 0);
	memcpy(peer->answer.ufrag, answer.ufrag, sizeof answer.ufrag);
	free(answer.sdp);
}

static void assert_goes_on(const struct stage_peer *peer)
{
	assert_int_equal(sim_peer_state(peer->sim), SIM_CONNECTED);
	assert_int_equal(sim_peer_stats(peer->sim)->srtp_failed, 0);
	assert_int_equal(stage_events(peer->stage, peer, MEDIA_SESSION_CONNECTED), 1);
	assert_int_equal(stage_events(peer->stage, peer, MEDIA_SESSION_CLOSED), 0);
}

/** Everything a viewer got is one row, with nothing missing once repairs have come. */
static void assert_whole(struct stage_peer *viewer)
{
	stage_until_seen(viewer, SIM_VIDEO, 200);
	assert_goes_on(viewer);
	stage_assert_one_sequence(viewer, SIM_VIDEO);
	stage_assert_one_sequence(viewer, SIM_AUDIO);
	assert_int_equal(sim_peer_track(viewer->sim, SIM_VIDEO)->duplicates, 0);
}

static bool old_answered(struct stage *stage, void *ctx)
{
	const struct stage_peer *peer = ctx;
	return sim_peer_stats(peer->sim)->old_answers > 0;
}

static void old_credentials_are_good_until_a_pair_is_nominated(void **state)
{
	struct stage *stage = stage_open(NULL);
	stage_host(stage, "show");
	struct stage_peer *viewer = stage_viewer(stage, "show");
	stage_until_seen(viewer, SIM_VIDEO, 60);
	sim_peer_faults(viewer->sim)->no_nomination = true;
	restart(viewer, false);
	/* the new ones are checked and answered, but nothing is nominated: all is as it was */
	uint64_t answers = sim_peer_stats(viewer->sim)->stun_responses;
	stage_until_seen(viewer, SIM_VIDEO, 60);
	assert_true(sim_peer_stats(viewer->sim)->stun_responses > answers);
	assert_false(sim_peer_nominated(viewer->sim));
	sim_peer_check_old(viewer->sim);
	stage_until(stage, old_answered, viewer);
	/* now one is */
	sim_peer_faults(viewer->sim)->no_nomination = false;
	stage_until(stage, nominated, viewer);
	uint64_t old = sim_peer_stats(viewer->sim)->old_answers;
	struct media_stats before, after;
	media_engine_stats(stage->engine, &before);
	sim_peer_check_old(viewer->sim);
	stage_until_seen(viewer, SIM_VIDEO, 120);
	stage_play(stage, 1500, NULL, NULL); /* the counters are a second old at most */
	media_engine_stats(stage->engine, &after);
	assert_int_equal(sim_peer_stats(viewer->sim)->old_answers, old);
	assert_true(after.stun_rejected > before.stun_rejected);
	assert_whole(viewer);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	stage_close(stage);
}

static void a_viewer_on_another_network_restarts_and_goes_on(void **state)
{
	struct stage *stage = stage_open(NULL);
	stage_host(stage, "show");
	struct stage_peer *viewer = stage_viewer(stage, "show"), *other = stage_viewer(stage, "show");
	for (int i = 0; i < 3; i++) {
		stage_until_seen(viewer, SIM_VIDEO, 60);
		assert_int_equal(sim_peer_move(viewer->sim, sim_now_us()), 0);
		restart(viewer, i & 1);
		stage_until(stage, nominated, viewer);
	}
	assert_whole(viewer);
	stage_assert_complete(other, SIM_VIDEO, 0);
	stage_close(stage);
}

static void a_host_on_another_network_restarts_and_stays_on_air(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	for (int i = 0; i < 3; i++) {
		stage_until_seen(viewer, SIM_VIDEO, 60);
		assert_int_equal(sim_peer_move(host->sim, sim_now_us()), 0);
		restart(host, i & 1);
		stage_until(stage, nominated, host);
	}
	assert_whole(viewer);
	assert_goes_on(host);
	assert_int_equal(stage_events(stage, NULL, MEDIA_STREAM_PICTURE_LOST), 0);
	stage_close(stage);
}

static void an_address_that_changes_is_followed_without_a_restart(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	for (int i = 0; i < 6; i++) { /* more often than a session has places for addresses */
		struct stage_peer *who = i & 1 ? host : viewer;
		stage_until_seen(viewer, SIM_VIDEO, 40);
		assert_int_equal(sim_peer_move(who->sim, sim_now_us()), 0);
	}
	assert_whole(viewer);
	assert_goes_on(host);
	assert_int_equal(stage_events(stage, NULL, MEDIA_STREAM_PICTURE_LOST), 0);
	stage_close(stage);
}

/** Whoever asks twice is answered twice; the newest counts. */
static void a_second_restart_replaces_the_first(void **state)
{
	struct stage *stage = stage_open(NULL);
	stage_host(stage, "show");
	struct stage_peer *viewer = stage_viewer(stage, "show");
	struct media_answer lost;
	assert_int_equal(ask(viewer, sim_peer_restart(viewer->sim), false, &lost), 0);
	free(lost.sdp);
	restart(viewer, false);
	stage_until(stage, nominated, viewer);
	restart(viewer, true);
	stage_until(stage, nominated, viewer);
	assert_whole(viewer);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	/* one that nobody goes on with is no leak when the session ends */
	assert_int_equal(ask(viewer, sim_peer_restart(viewer->sim), false, &lost), 0);
	free(lost.sdp);
	assert_int_equal(media_session_close(stage->engine, viewer->session), 0);
	stage_until_event(stage, viewer, MEDIA_SESSION_CLOSED);
	assert_int_equal(ask(viewer, sim_peer_offer(viewer->sim), false, &lost), -ENOENT);
	stage_close(stage);
}

static void what_changes_more_is_refused_and_changes_nothing(void **state)
{
	struct stage *stage = stage_open(NULL);
	stage_host(stage, "show");
	struct stage_peer *viewer = stage_viewer(stage, "show");
	struct sim_peer_config fewer = {.role = MEDIA_VIEW, .no_h264 = true};
	struct sim_peer *stranger;
	struct media_answer answer;
	assert_int_equal(sim_peer_create(&fewer, sim_now_us(), &stranger), 0);
	assert_int_equal(ask(viewer, sim_peer_offer(stranger), false, &answer), -ENOTSUP); /* another certificate */
	sim_peer_destroy(stranger);
	char *sdp = strdup(sim_peer_restart(viewer->sim));
	for (char *at = sdp; (at = strstr(at, "H264/90000"));)
		memcpy(at, "H265", 4);
	assert_int_equal(ask(viewer, sdp, false, &answer), -ENOTSUP);
	free(sdp);
	assert_int_equal(ask(viewer, "v=0\r\n", false, &answer), -EPROTO);
	assert_int_equal(ask(viewer, "a=ice-ufrag:abcd\r\n", true, &answer), -EPROTO);
	assert_int_equal(ask(viewer, "a=ice-ufrag:abcd\r\na=ice-pwd:short\r\n", true, &answer), -EPROTO);
	assert_whole(viewer);
	stage_close(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(old_credentials_are_good_until_a_pair_is_nominated),
	        cmocka_unit_test(a_viewer_on_another_network_restarts_and_goes_on),
	        cmocka_unit_test(a_host_on_another_network_restarts_and_stays_on_air),
	        cmocka_unit_test(an_address_that_changes_is_followed_without_a_restart),
	        cmocka_unit_test(a_second_restart_replaces_the_first),
	        cmocka_unit_test(what_changes_more_is_refused_and_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
