/* A host and viewers when all goes well. */
#include "stage.h"

#include <stdlib.h>

#include <errno.h>

static void two_viewers_get_what_the_host_sends(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show");
	struct sim_peer_config shifted = {.role = MEDIA_VIEW, .pt_shift = 3, .back = MEDIA_SRTP_BACK_LIBSRTP};
	struct stage_peer *a = stage_viewer(stage, "show"), *b = stage_enter(stage, "show", &shifted);
	struct media_event event;
	stage_until_state(b, SIM_CONNECTED);
	stage_until_seen(a, SIM_VIDEO, 300);
	stage_until_seen(b, SIM_VIDEO, 300);
	struct stage_peer *viewers[] = {a, b};
	for (size_t i = 0; i < 2; i++) {
		for (int kind = 0; kind < SIM_KINDS; kind++) {
			stage_assert_complete(viewers[i], (enum sim_kind)kind, 0);
			stage_assert_one_sequence(viewers[i], (enum sim_kind)kind);
			const struct sim_agreed *agreed = sim_peer_agreed(viewers[i]->sim, (enum sim_kind)kind);
			assert_int_equal(viewers[i]->logs[kind].seen[0].ssrc, agreed->ssrc);
			assert_int_equal(viewers[i]->logs[kind].seen[0].pt,
			                 kind == SIM_VIDEO ? agreed->h264_pt : agreed->pt);
		}
		/* the picture begins with a keyframe */
		assert_true(sim_peer_track(viewers[i]->sim, SIM_VIDEO)->keyframes >= 1);
		assert_int_equal(sim_peer_track(viewers[i]->sim, SIM_VIDEO)->first_keyframe_us,
		                 sim_peer_track(viewers[i]->sim, SIM_VIDEO)->first_packet_us);
		assert_int_equal(sim_peer_stats(viewers[i]->sim)->srtp_failed, 0);
		assert_int_equal(sim_peer_profile(viewers[i]->sim), MEDIA_SRTP_AEAD_AES_128_GCM);
	}
	assert_true(stage_event(stage, host, MEDIA_STREAM_PICTURE, &event));
	assert_int_equal(event.video, MEDIA_H264);
	assert_int_equal(event.audio, MEDIA_OPUS);
	assert_int_equal(stage_events(stage, NULL, MEDIA_SESSION_CONNECTED), 3);
	/* the host hears how its packets arrive */
	assert_true(sim_peer_stats(host->sim)->twcc_feedback > 10);
	assert_true(sim_peer_track(host->sim, SIM_VIDEO)->reports >= 1);
	stage_close(stage);
}

static bool counted(const struct media_stats *s)
{
	return s->sessions == 2 && s->publishers == 1 && s->viewers == 1 && s->packets_in > 200 && s->packets_out > 200;
}

struct numbers {
	struct media_stream_stats stats;
};

static bool measured(struct stage *stage, void *ctx)
{
	struct numbers *n = ctx;
	return media_stream_stats(stage->engine, "show", &n->stats) == 0 && n->stats.fps > 5 && n->stats.viewers == 1 &&
	       n->stats.rtt_us > 0;
}

static void numbers_are_told(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct media_stream_stats none;
	assert_int_equal(media_stream_stats(stage->engine, "show", &none), -ENOENT);
	stage_host(stage, "show");
	stage_viewer(stage, "show");
	struct media_stats stats = stage_until_stats(stage, counted);
	assert_true(stats.bytes_in > 40000 && stats.bytes_out > 40000 && stats.sends > 0);
	struct numbers n;
	stage_until(stage, measured, &n);
	assert_true(n.stats.picture);
	assert_int_equal(n.stats.video, MEDIA_H264);
	assert_int_equal(n.stats.audio, MEDIA_OPUS);
	assert_int_equal(n.stats.width, 640);
	assert_int_equal(n.stats.height, 360);
	assert_true(n.stats.video_bps > 100000 && n.stats.audio_bps > 5000);
	assert_true(n.stats.loss == 0.0);
	stage_close(stage);
}

/** Wall-clock time of a packet, as the viewer works it out from the newest sender report [µs, modulo]. */
static int64_t presented_us(const struct stage_peer *viewer, enum sim_kind kind, const struct stage_seen *s)
{
	const struct sim_track_stats *t = sim_peer_track(viewer->sim, kind);
	int64_t rate = kind == SIM_VIDEO ? 90000 : 48000;
	int64_t report = (int64_t)(t->sr_ntp >> 32) * 1000000 + (int64_t)((t->sr_ntp & 0xFFFFFFFF) * 1000000 >> 32);
	return report + (int64_t)(int32_t)(s->timestamp - t->sr_rtp) * 1000000 / rate;
}

static bool reported(struct stage *stage, void *ctx)
{
	const struct stage_peer *viewer = ctx;
	return sim_peer_track(viewer->sim, SIM_VIDEO)->reports >= 2 &&
	       sim_peer_track(viewer->sim, SIM_AUDIO)->reports >= 2;
}

/** Sound and picture of one moment at the host are of one moment at the viewer, on our wall clock. */
static void assert_in_sync(const struct stage_peer *host, const struct stage_peer *viewer)
{
	const struct stage_log *video = &viewer->logs[SIM_VIDEO], *audio = &viewer->logs[SIM_AUDIO];
	const struct stage_seen *v = &video->seen[video->count - 1], *a = &audio->seen[audio->count - 1];
	int64_t seen = presented_us(viewer, SIM_VIDEO, v) - presented_us(viewer, SIM_AUDIO, a);
	int64_t meant = host->capture_us[SIM_VIDEO][v->counter] - host->capture_us[SIM_AUDIO][a->counter];
	assert_in_range(seen - meant + 2000, 0, 4000);
}

static void sound_and_picture_keep_together(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	stage_until(stage, reported, viewer);
	assert_in_sync(host, viewer);
	/* and for one who comes later */
	struct stage_peer *late = stage_viewer(stage, "show");
	stage_until(stage, reported, late);
	assert_in_sync(host, late);
	stage_close(stage);
}

/** Without a cache to begin from, all who join wait for one and the same. */
static void joiners_share_keyframes(void **state)
{
	struct media_config without = stage_config();
	without.join_bitrate_bps = 0;
	struct stage *stage = stage_open(&without);
	struct stage_peer *host = stage_host(stage, "show"), *viewers[12];
	struct sim_peer_config config = {.role = MEDIA_VIEW};
	stage_until_event(stage, host, MEDIA_STREAM_PICTURE);
	int64_t began = sim_now_us();
	for (size_t i = 0; i < 12; i++)
		viewers[i] = stage_enter(stage, "show", &config);
	for (size_t i = 0; i < 12; i++) {
		stage_until_seen(viewers[i], SIM_VIDEO, 30);
		stage_assert_complete(viewers[i], SIM_VIDEO, 0);
	}
	/* at most one request a second, and one that went out at once */
	int64_t seconds = (sim_now_us() - began) / 1000000;
	assert_true(host->key_requests >= 1);
	assert_true(host->key_requests <= 2 + seconds);
	stage_close(stage);
}

/** The picture since the newest keyframe, frame by frame: no packet missing, no timestamp that goes back. */
static void assert_caught_up(const struct stage_peer *host, const struct stage_peer *viewer)
{
	const struct stage_log *log = &viewer->logs[SIM_VIDEO];
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	stage_assert_one_sequence(viewer, SIM_VIDEO);
	assert_int_equal(sim_peer_track(viewer->sim, SIM_VIDEO)->duplicates, 0);
	assert_int_equal(sim_peer_stats(viewer->sim)->srtp_failed, 0);
	assert_int_equal(log->seen[0].counter, 0); /* the host's first and only keyframe */
	for (size_t i = 1; i < log->count; i++)
		assert_true((int32_t)(log->seen[i].timestamp - log->seen[i - 1].timestamp) >= 0);
	assert_int_equal(host->key_requests, 0);
}

static void joiners_begin_from_the_cache(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewers[12];
	struct sim_peer_config config = {.role = MEDIA_VIEW};
	stage_until_event(stage, host, MEDIA_STREAM_PICTURE);
	for (size_t i = 0; i < 12; i++) {
		stage_play(stage, 50, NULL, NULL);
		viewers[i] = stage_enter(stage, "show", &config);
	}
	stage_until_seen(viewers[11], SIM_VIDEO, 150);
	for (size_t i = 0; i < 12; i++)
		assert_caught_up(host, viewers[i]);
	/* cached frames are drawn together, so the last to come is in sync like the first */
	stage_until(stage, reported, viewers[11]);
	assert_in_sync(host, viewers[11]);
	stage_close(stage);
}

static bool repaired(struct stage *stage, void *ctx)
{
	const struct stage_peer *viewer = ctx;
	const struct sim_track_stats *t = sim_peer_track(viewer->sim, SIM_VIDEO);
	return t->recovered >= 10 && t->gaps == t->recovered;
}

static int by_sequence(const void *a, const void *b)
{
	const struct stage_seen *x = a, *y = b;
	return (int16_t)(x->seq - y->seq);
}

/** What is lost of it is repaired under the timestamps that it was sent with. */
static void catching_up_is_repaired(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show");
	struct sim_peer_config config = {.role = MEDIA_VIEW, .faults = {.drop_rtp_every = 5}};
	stage_until_event(stage, host, MEDIA_STREAM_PICTURE);
	stage_play(stage, 600, NULL, NULL);
	struct stage_peer *viewer = stage_enter(stage, "show", &config);
	stage_until_seen(viewer, SIM_VIDEO, 100);
	sim_peer_faults(viewer->sim)->drop_rtp_every = 0;
	stage_until(stage, repaired, viewer);
	struct stage_log *log = &viewer->logs[SIM_VIDEO];
	qsort(log->seen, log->count, sizeof log->seen[0], by_sequence);
	for (size_t i = 1; i < log->count; i++) {
		assert_int_equal((uint16_t)(log->seen[i].seq - log->seen[i - 1].seq), 1);
		assert_true((int32_t)(log->seen[i].timestamp - log->seen[i - 1].timestamp) >= 0);
	}
	stage_close(stage);
}

static void one_viewer_cannot_drain_the_host(void **state)
{
	struct media_config config = stage_config();
	config.keyframe_min_ms = 200;
	struct stage *stage = stage_open(&config);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	stage_until_seen(viewer, SIM_VIDEO, 10);
	int before = host->key_requests;
	int64_t began = sim_now_us();
	for (int i = 0; i < 100; i++) {
		sim_peer_send_pli(viewer->sim);
		stage_play(stage, 15, NULL, NULL);
	}
	int64_t half_seconds = (sim_now_us() - began) / 500000;
	assert_true(host->key_requests > before);
	assert_true(host->key_requests - before <= 2 + half_seconds);
	stage_close(stage);
}

static void aes_cm_works_both_ways(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct sim_peer_config publish = {.role = MEDIA_PUBLISH, .aes_cm = true},
	                       view = {.role = MEDIA_VIEW, .aes_cm = true};
	struct stage_peer *host = stage_enter(stage, "show", &publish);
	stage_until_state(host, SIM_CONNECTED);
	struct stage_peer *viewer = stage_enter(stage, "show", &view), *other = stage_viewer(stage, "show");
	stage_until_seen(viewer, SIM_VIDEO, 100);
	stage_until_seen(other, SIM_VIDEO, 100);
	assert_int_equal(sim_peer_profile(viewer->sim), MEDIA_SRTP_AES128_CM_SHA1_80);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	stage_assert_complete(other, SIM_VIDEO, 0);
	stage_close(stage);
}

static void streams_do_not_mix(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "one"), *other = stage_host(stage, "two");
	struct stage_peer *viewer = stage_viewer(stage, "one");
	other->mute = true;
	stage_until_seen(viewer, SIM_VIDEO, 60);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	media_stream_close(stage->engine, "two");
	stage_until_state(other, SIM_CLOSED);
	assert_int_equal(sim_peer_state(host->sim), SIM_CONNECTED);
	stage_until_seen(viewer, SIM_VIDEO, 60);
	stage_close(stage);
}

static void a_handshake_survives_loss(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct sim_peer_config config = {.role = MEDIA_VIEW, .faults = {.drop_dtls_every = 3}};
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_enter(stage, "show", &config);
	stage_until_state(viewer, SIM_CONNECTED);
	stage_until_seen(viewer, SIM_VIDEO, 30);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	assert_int_equal(sim_peer_state(host->sim), SIM_CONNECTED);
	stage_close(stage);
}

static bool shown(struct stage *stage, void *ctx)
{
	const struct stage_peer *viewer = ctx;
	return sim_peer_track(viewer->sim, SIM_VIDEO)->keyframes >= 2;
}

/** Who comes late to a host that tells its parameter sets only once gets them as well, and misses nothing. */
static void parameter_sets_told_once_serve_late_viewers(void **state)
{
	struct media_config config = stage_config();
	config.join_bitrate_bps = 0; /* so that the late one waits for a second keyframe */
	struct stage *stage = stage_open(&config);
	struct stage_peer *host = stage_host(stage, "show"), *early = stage_viewer(stage, "show");
	host->sets_once = true;
	stage_until_seen(early, SIM_VIDEO, 60);
	struct stage_peer *late = stage_viewer(stage, "show");
	sim_peer_faults(late->sim)->drop_rtp_every = 11;
	stage_until_seen(late, SIM_VIDEO, 100);
	sim_peer_send_pli(early->sim);
	stage_until(stage, shown, early);
	stage_until(stage, shown, late);
	sim_peer_faults(late->sim)->drop_rtp_every = 0;
	stage_play(stage, 500, NULL, NULL);
	/* the first packet brings the sets: it is none of the host's */
	const struct stage_seen *first = &late->logs[SIM_VIDEO].seen[0];
	assert_false(first->intact);
	assert_int_equal(first->timestamp, late->logs[SIM_VIDEO].seen[1].timestamp);
	assert_int_equal(sim_peer_track(late->sim, SIM_VIDEO)->first_keyframe_us,
	                 sim_peer_track(late->sim, SIM_VIDEO)->first_packet_us);
	for (size_t i = 0; i < 2; i++) {
		const struct stage_peer *viewer = i ? late : early;
		const struct sim_track_stats *t = sim_peer_track(viewer->sim, SIM_VIDEO);
		assert_int_equal(t->lost, 0);
		assert_int_equal(t->duplicates, 0);
		assert_int_equal(sim_peer_stats(viewer->sim)->srtp_failed, 0);
		assert_int_equal((uint16_t)(t->sequence - viewer->logs[SIM_VIDEO].seen[0].seq),
		                 (uint16_t)(viewer->logs[SIM_VIDEO].count - 1));
	}
	stage_close(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(two_viewers_get_what_the_host_sends),
	        cmocka_unit_test(numbers_are_told),
	        cmocka_unit_test(sound_and_picture_keep_together),
	        cmocka_unit_test(joiners_share_keyframes),
	        cmocka_unit_test(joiners_begin_from_the_cache),
	        cmocka_unit_test(catching_up_is_repaired),
	        cmocka_unit_test(one_viewer_cannot_drain_the_host),
	        cmocka_unit_test(aes_cm_works_both_ways),
	        cmocka_unit_test(streams_do_not_mix),
	        cmocka_unit_test(parameter_sets_told_once_serve_late_viewers),
	        cmocka_unit_test(a_handshake_survives_loss),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
