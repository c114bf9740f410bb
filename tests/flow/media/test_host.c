/* Hosts and viewers come and go. */
#include "stage.h"

#include <errno.h>
#include <stdio.h>

/** Numbers go on by one and time goes forward by what has passed from packet `at - 1` to packet `at`, although the host
 * is another. */
static void assert_continues(const struct stage_peer *viewer, enum sim_kind kind, size_t at, int64_t least_us,
                             int64_t most_us)
{
	const struct stage_seen *before = &viewer->logs[kind].seen[at - 1], *after = &viewer->logs[kind].seen[at];
	int64_t rate = kind == SIM_VIDEO ? 90000 : 48000;
	int64_t step_us = (int64_t)(uint32_t)(after->timestamp - before->timestamp) * 1000000 / rate;
	assert_int_equal(after->ssrc, before->ssrc);
	assert_int_equal((uint16_t)(after->seq - before->seq), 1);
	assert_in_range(step_us, least_us, most_us);
}

/** The host goes; its show goes on with another who sends the other codec. */
static void come_back(void (*leave)(struct stage_peer *host))
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	struct sim_peer_config h264_only = {.role = MEDIA_VIEW, .no_vp8 = true},
	                       vp8 = {.role = MEDIA_PUBLISH, .no_h264 = true};
	struct stage_peer *narrow = stage_enter(stage, "show", &h264_only);
	struct media_event event;
	stage_until_state(narrow, SIM_CONNECTED);
	stage_until_seen(narrow, SIM_VIDEO, 60);
	int64_t still_on_air = sim_now_us();
	host->on_air = false;
	stage_play(stage, 200, NULL, NULL); /* what is on its way arrives */
	size_t switched[] = {viewer->logs[SIM_AUDIO].count, viewer->logs[SIM_VIDEO].count};
	leave(host);
	struct stage_peer *back = stage_enter(stage, "show", &vp8);
	stage_until_state(back, SIM_CONNECTED);
	stage_until_seen(viewer, SIM_VIDEO, 60);
	stage_until_event(stage, host, MEDIA_SESSION_CLOSED);
	assert_int_equal(stage_events(stage, host, MEDIA_STREAM_PICTURE_LOST), 1);
	assert_int_equal(stage_events(stage, back, MEDIA_STREAM_PICTURE), 1);
	assert_true(stage_event(stage, back, MEDIA_STREAM_PICTURE, &event));
	assert_int_equal(event.video, MEDIA_VP8);
	assert_int_equal(sim_peer_state(viewer->sim), SIM_CONNECTED);
	int64_t pause = sim_now_us() - still_on_air;
	for (int kind = 0; kind < SIM_KINDS; kind++) {
		const struct stage_log *log = &viewer->logs[kind];
		size_t at = switched[kind];
		assert_true(log->count > at);
		assert_int_equal(log->seen[at].counter, 0);
		assert_continues(viewer, (enum sim_kind)kind, at, 150000, pause + 100000);
		stage_assert_complete(viewer, (enum sim_kind)kind, at);
	}
	assert_int_equal(viewer->logs[SIM_VIDEO].seen[switched[SIM_VIDEO]].pt,
	                 sim_peer_agreed(viewer->sim, SIM_VIDEO)->vp8_pt);
	/* who cannot decode it is told so, once, keeps the sound, and stays */
	assert_int_equal(stage_events(stage, narrow, MEDIA_SESSION_CODEC), 1);
	assert_true(stage_event(stage, narrow, MEDIA_SESSION_CODEC, &event));
	assert_int_equal(event.video, MEDIA_VP8);
	assert_int_equal(stage_events(stage, viewer, MEDIA_SESSION_CODEC), 0);
	stage_until_seen(narrow, SIM_AUDIO, 30);
	assert_int_equal(sim_peer_state(narrow->sim), SIM_CONNECTED);
	stage_close(stage);
}

static void leave_politely(struct stage_peer *host)
{
	sim_peer_close(host->sim);
}

static void leave_silently(struct stage_peer *host)
{
	sim_peer_faults(host->sim)->silent = true;
}

static void a_host_leaves_and_comes_back(void **state)
{
	come_back(leave_politely);
}

static void a_host_falls_away_and_comes_back(void **state)
{
	come_back(leave_silently);
}

static void a_second_host_takes_over(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	struct media_event event;
	stage_until_seen(viewer, SIM_VIDEO, 30);
	struct stage_peer *second = stage_host(stage, "show");
	stage_until_event(stage, host, MEDIA_SESSION_CLOSED);
	assert_true(stage_event(stage, host, MEDIA_SESSION_CLOSED, &event));
	assert_string_equal(event.reason, "replaced");
	stage_until_state(host, SIM_CLOSED);
	stage_until_event(stage, second, MEDIA_STREAM_PICTURE);
	stage_until_seen(viewer, SIM_VIDEO, 60);
	assert_int_equal(sim_peer_state(viewer->sim), SIM_CONNECTED);
	stage_close(stage);
}

/** A decoder that has seen picture 30,000 must not take the next host's picture 5 for one of the past. */
static void picture_numbers_go_on_with_the_next_host(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct sim_peer_config vp8 = {.role = MEDIA_PUBLISH, .no_h264 = true};
	struct stage_peer *host = stage_enter(stage, "show", &vp8);
	host->pictures_base = 32760;
	stage_until_state(host, SIM_CONNECTED);
	struct stage_peer *viewer = stage_viewer(stage, "show");
	const struct stage_log *log = &viewer->logs[SIM_VIDEO];
	stage_until_seen(viewer, SIM_VIDEO, 60);
	host->on_air = false;
	stage_play(stage, 200, NULL, NULL);
	size_t at = log->count;
	struct stage_peer *next = stage_enter(stage, "show", &vp8);
	next->pictures_base = 5;
	stage_until_state(next, SIM_CONNECTED);
	stage_until_seen(viewer, SIM_VIDEO, 60);
	assert_int_equal(log->seen[at].counter, 0);
	for (size_t i = 1; i < log->count; i++) {
		const struct stage_seen *before = &log->seen[i - 1], *s = &log->seen[i];
		int pictures = (s->picture - before->picture) & 0x7fff, layers = (s->layer - before->layer) & 0xff;
		if (i == at)
			assert_true(pictures > 0 && pictures < 32 && layers > 0 && layers < 32);
		else
			assert_true(pictures <= 1 && layers == pictures);
	}
	stage_close(stage);
}

static bool found_again(struct stage *stage, void *ctx)
{
	return stage_events(stage, ctx, MEDIA_STREAM_PICTURE) == 2;
}

static void a_picture_that_stops_is_lost_and_found(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	stage_until_seen(viewer, SIM_VIDEO, 30);
	host->on_air = false;
	stage_until_event(stage, host, MEDIA_STREAM_PICTURE_LOST);
	assert_int_equal(sim_peer_state(host->sim), SIM_CONNECTED);
	host->on_air = true;
	stage_until_seen(viewer, SIM_VIDEO, 30);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	stage_assert_one_sequence(viewer, SIM_VIDEO);
	stage_until(stage, found_again, host);
	stage_close(stage);
}

static void viewers_who_came_first_wait_for_the_host(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *viewer = stage_viewer(stage, "show");
	assert_int_equal(viewer->answer.host_video, MEDIA_NO_CODEC);
	struct stage_peer *host = stage_host(stage, "show");
	stage_until_seen(viewer, SIM_VIDEO, 60);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	assert_int_equal(viewer->logs[SIM_VIDEO].seen[0].counter, 0);
	/* and one who comes now learns from the answer what there is */
	struct stage_peer *late = stage_viewer(stage, "show");
	assert_int_equal(late->answer.host_video, MEDIA_H264);
	assert_int_equal(late->answer.host_audio, MEDIA_OPUS);
	assert_int_equal(sim_peer_state(host->sim), SIM_CONNECTED);
	stage_close(stage);
}

static void sound_does_not_wait_for_the_picture(void **state)
{
	struct media_config config = stage_config();
	config.join_bitrate_bps = 0; /* who joins waits for a keyframe of their own */
	struct stage *stage = stage_open(&config);
	struct stage_peer *host = stage_host(stage, "show");
	stage_until_event(stage, host, MEDIA_STREAM_PICTURE);
	host->no_keyframes = true;
	struct stage_peer *viewer = stage_viewer(stage, "show");
	stage_until_seen(viewer, SIM_AUDIO, 50);
	assert_int_equal(viewer->logs[SIM_VIDEO].count, 0);
	host->no_keyframes = false;
	stage_until_seen(viewer, SIM_VIDEO, 30);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	stage_close(stage);
}

static bool nobody(const struct media_stats *s)
{
	return s->sessions == 0;
}

static void who_says_goodbye_is_gone(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	struct media_event event;
	stage_until_seen(viewer, SIM_VIDEO, 30);
	sim_peer_close(viewer->sim);
	stage_until_event(stage, viewer, MEDIA_SESSION_CLOSED);
	assert_true(stage_event(stage, viewer, MEDIA_SESSION_CLOSED, &event));
	assert_string_equal(event.reason, "closed by peer");
	sim_peer_close(host->sim);
	stage_until_event(stage, host, MEDIA_SESSION_CLOSED);
	stage_until_stats(stage, nobody);
	struct media_stream_stats none;
	assert_int_equal(media_stream_stats(stage->engine, "show", &none), -ENOENT);
	stage_close(stage);
}

static bool timed_out(const struct media_stats *s)
{
	return s->consent_timeouts == 2 && s->sessions == 0;
}

static void who_falls_silent_is_forgotten(void **state)
{
	struct media_config config = stage_config();
	struct media_event event;
	config.consent_timeout_s = 2;
	struct stage *stage = stage_open(&config);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	stage_until_seen(viewer, SIM_VIDEO, 30);
	sim_peer_faults(host->sim)->silent = sim_peer_faults(viewer->sim)->silent = true;
	stage_until_stats(stage, timed_out);
	assert_true(stage_event(stage, viewer, MEDIA_SESSION_CLOSED, &event));
	assert_string_equal(event.reason, "consent timeout");
	stage_close(stage);
}

static void closing_from_our_side(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	stage_until_seen(viewer, SIM_VIDEO, 30);
	assert_int_equal(media_session_close(stage->engine, viewer->session), 0);
	assert_int_equal(media_session_close(stage->engine, viewer->session), -ENOENT);
	assert_int_equal(media_session_close(stage->engine, "0123456789abcdef0123456789abcdef"), -ENOENT);
	stage_until_state(viewer, SIM_CLOSED);
	stage_until_event(stage, viewer, MEDIA_SESSION_CLOSED);
	media_stream_close(stage->engine, "show");
	stage_until_state(host, SIM_CLOSED);
	stage_until_stats(stage, nobody);
	stage_close(stage);
}

static void an_engine_that_stops_says_so(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	stage_until_seen(viewer, SIM_VIDEO, 30);
	media_engine_destroy(stage->engine);
	stage->engine = NULL;
	stage_until_state(host, SIM_CLOSED);
	stage_until_state(viewer, SIM_CLOSED);
	assert_int_equal(stage_events(stage, NULL, MEDIA_SESSION_CLOSED), 2);
	stage_close(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_host_leaves_and_comes_back),
	        cmocka_unit_test(a_host_falls_away_and_comes_back),
	        cmocka_unit_test(a_second_host_takes_over),
	        cmocka_unit_test(picture_numbers_go_on_with_the_next_host),
	        cmocka_unit_test(a_picture_that_stops_is_lost_and_found),
	        cmocka_unit_test(viewers_who_came_first_wait_for_the_host),
	        cmocka_unit_test(sound_does_not_wait_for_the_picture),
	        cmocka_unit_test(who_says_goodbye_is_gone),
	        cmocka_unit_test(who_falls_silent_is_forgotten),
	        cmocka_unit_test(closing_from_our_side),
	        cmocka_unit_test(an_engine_that_stops_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
