/* What strangers and dishonest peers try. */
#include "stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/stun.h"

static void refused_handshake(const struct sim_faults *faults, const char *reason, enum media_failure failure)
{
	struct stage *stage = stage_open(NULL);
	struct sim_peer_config config = {.role = MEDIA_VIEW, .faults = *faults};
	struct stage_peer *host = stage_host(stage, "show"), *stranger = stage_enter(stage, "show", &config);
	struct media_event event;
	struct media_stats stats;
	stage_until_event(stage, stranger, MEDIA_SESSION_CLOSED);
	assert_true(stage_event(stage, stranger, MEDIA_SESSION_CLOSED, &event));
	assert_string_equal(event.reason, reason);
	assert_int_equal(stage_events(stage, stranger, MEDIA_SESSION_CONNECTED), 0);
	assert_int_equal(stranger->logs[SIM_VIDEO].count + stranger->logs[SIM_AUDIO].count, 0);
	stage_play(stage, 1100, NULL, NULL);
	media_engine_stats(stage->engine, &stats);
	assert_int_equal(stats.failed[failure], 1);
	assert_int_equal(sim_peer_state(host->sim), SIM_CONNECTED);
	stage_close(stage);
}

static void wrong_fingerprint(void **state)
{
	refused_handshake(&(struct sim_faults){.wrong_fingerprint = true}, "wrong fingerprint",
	                  MEDIA_FAILED_FINGERPRINT);
}

static void no_certificate(void **state)
{
	refused_handshake(&(struct sim_faults){.no_certificate = true}, "no certificate", MEDIA_FAILED_CERTIFICATE);
}

static bool unvalidated(const struct media_stats *s)
{
	return s->dtls_unvalidated > 0;
}

static void dtls_without_ice_gets_no_answer(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct sim_peer_config config = {.role = MEDIA_VIEW, .faults = {.skip_ice = true}};
	struct stage_peer *stranger = stage_enter(stage, "show", &config);
	stage_until_stats(stage, unvalidated);
	stage_play(stage, 500, NULL, NULL);
	assert_int_equal(sim_peer_stats(stranger->sim)->datagrams_in, 0);
	assert_int_equal(stage_events(stage, stranger, MEDIA_SESSION_CONNECTED), 0);
	stage_close(stage);
}

static bool checks_rejected(const struct media_stats *s)
{
	return s->stun_rejected >= 2;
}

static void checks_with_a_wrong_password_count_for_nothing(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct sim_peer_config config = {.role = MEDIA_VIEW, .faults = {.bad_integrity = true}};
	struct stage_peer *stranger = stage_enter(stage, "show", &config);
	struct media_stats stats = stage_until_stats(stage, checks_rejected);
	assert_int_equal(stats.viewers, 0);
	assert_int_equal(stage_events(stage, stranger, MEDIA_SESSION_CONNECTED), 0);
	stage_close(stage);
}

static bool forged_and_replayed(const struct media_stats *s)
{
	return s->srtp_failed >= 20 && s->srtp_replayed >= 20;
}

static void forged_and_replayed_packets_reach_nobody(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	stage_until_seen(viewer, SIM_VIDEO, 30);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(sim_peer_send_forged(host->sim, SIM_VIDEO), 0);
		assert_int_equal(sim_peer_replay(host->sim), 0);
		stage_play(stage, 10, NULL, NULL);
	}
	stage_until_stats(stage, forged_and_replayed);
	stage_until_seen(viewer, SIM_VIDEO, 60);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	stage_assert_one_sequence(viewer, SIM_VIDEO);
	assert_int_equal(sim_peer_track(viewer->sim, SIM_VIDEO)->duplicates, 0);
	assert_int_equal(sim_peer_stats(viewer->sim)->srtp_failed, 0);
	stage_close(stage);
}

static bool malformed(const struct media_stats *s)
{
	return s->rtp_malformed == 6;
}

/** Authentic, and nonsense. */
static void malformed_reports_change_nothing(void **state)
{
	static const uint8_t bad[][16] = {
	        {0x80, 201, 0, 9, 0, 0, 0, 1},             /* longer than it is */
	        {0x81, 203, 0, 1, 0, 0, 0, 1, 0x40},       /* rubbish behind a BYE: none of it counts */
	        {0xA0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0}, /* padding of nothing */
	};
	static const size_t lengths[] = {8, 9, 12};
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	stage_until_seen(viewer, SIM_VIDEO, 30);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(sim_peer_send_rtcp(host->sim, bad[i], lengths[i]), 0);
		assert_int_equal(sim_peer_send_rtcp(viewer->sim, bad[i], lengths[i]), 0);
	}
	stage_until_stats(stage, malformed);
	stage_until_seen(viewer, SIM_VIDEO, 30);
	assert_int_equal(sim_peer_state(host->sim), SIM_CONNECTED);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	stage_close(stage);
}

static bool noise_counted(const struct media_stats *s)
{
	return s->datagrams_unknown + s->stun_rejected + s->dtls_unvalidated >= 150;
}

/** Random datagrams of every kind from nowhere, while a show is on. */
static void noise_is_counted_and_dropped(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	struct sockaddr_in to = {.sin_family = AF_INET,
	                         .sin_port = htons(media_engine_port(stage->engine)),
	                         .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	unsigned seed = 1;
	assert_true(fd >= 0);
	for (int i = 0; i < 200; i++) {
		uint8_t data[1500];
		size_t len = (size_t)(i * 7 % 1400);
		for (size_t k = 0; k < len; k++)
			data[k] = (uint8_t)(seed = seed * 1103515245 + 12345, seed >> 16);
		static const uint8_t kinds[] = {0, 22, 128, 200};
		data[0] = kinds[i % 4];
		if (i % 4 == 3)
			data[0] = 0x80, data[1] = 201;
		assert_int_equal(sendto(fd, data, len, 0, (struct sockaddr *)&to, sizeof to), (ssize_t)len);
		if (i % 20 == 0)
			stage_play(stage, 10, NULL, NULL);
	}
	close(fd);
	stage_until_stats(stage, noise_counted);
	stage_until_seen(viewer, SIM_VIDEO, 60);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	assert_int_equal(sim_peer_state(host->sim), SIM_CONNECTED);
	stage_close(stage);
}

static void a_viewer_cannot_publish(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *viewer = stage_viewer(stage, "show"), *other = stage_viewer(stage, "show");
	uint8_t packet[100] = {0x80, 102};
	for (int i = 0; i < 20; i++) {
		packet[3] = (uint8_t)i;
		sim_peer_forward_rtp(viewer->sim, SIM_VIDEO, packet, sizeof packet);
		stage_play(stage, 5, NULL, NULL);
	}
	stage_play(stage, 300, NULL, NULL);
	assert_int_equal(other->logs[SIM_VIDEO].count, 0);
	assert_int_equal(stage_events(stage, NULL, MEDIA_STREAM_PICTURE), 0);
	stage_close(stage);
}

/** A session that only exists on paper, and a check for it. @return length. */
static size_t check_of_another(struct stage *stage, uint8_t out[MEDIA_STUN_MAX])
{
	struct sim_peer_config view = {.role = MEDIA_VIEW};
	struct sim_peer *sim;
	struct media_answer answer;
	char why[200], ufrag[64], theirs[64], pwd[64], username[160];
	static const uint8_t txid[MEDIA_STUN_TXID_BYTES] = {1, 2, 3};
	assert_int_equal(sim_peer_create(&view, sim_now_us(), &sim), 0);
	const char *sdp = sim_peer_offer(sim);
	struct media_offer offer = {.role = MEDIA_VIEW, .stream = "show", .sdp = sdp, .sdp_len = strlen(sdp)};
	assert_int_equal(media_session_open(stage->engine, &offer, &answer, why, sizeof why), 0);
	assert_int_equal(sscanf(strstr(answer.sdp, "a=ice-ufrag:"), "a=ice-ufrag:%63s", ufrag), 1);
	assert_int_equal(sscanf(strstr(answer.sdp, "a=ice-pwd:"), "a=ice-pwd:%63s", pwd), 1);
	assert_int_equal(sscanf(strstr(sdp, "a=ice-ufrag:"), "a=ice-ufrag:%63s", theirs), 1);
	snprintf(username, sizeof username, "%s:%s", ufrag, theirs);
	struct media_stun_build b = {.type = MEDIA_STUN_BINDING_REQUEST,
	                             .txid = txid,
	                             .username = username,
	                             .use_candidate = true,
	                             .controlling = true,
	                             .priority = 1,
	                             .password = pwd};
	int len = media_stun_build(&b, out, MEDIA_STUN_MAX);
	assert_true(len > 0);
	free(answer.sdp);
	sim_peer_destroy(sim);
	return (size_t)len;
}

/** Checks for a session of their own under the host's address: whoever can write a sender address into a datagram could
 * take the host's packets away, if being heard meant no more than being asked. */
static void nobody_takes_an_address_away(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	/* so many that each worker owns one: that by whose socket the host's datagrams come, too */
	enum { OTHERS = 8 };
	uint8_t checks[OTHERS][MEDIA_STUN_MAX];
	size_t lengths[OTHERS];
	stage_until_seen(viewer, SIM_VIDEO, 30);
	for (int i = 0; i < OTHERS; i++)
		lengths[i] = check_of_another(stage, checks[i]);
	/* longer than an address is kept for one that has fallen silent */
	sim_peer_faults(host->sim)->no_consent = sim_peer_faults(viewer->sim)->no_consent = true;
	stage_play(stage, 11000, NULL, NULL);
	for (int i = 0; i < 3 * OTHERS; i++) {
		assert_int_equal(sim_peer_send_raw(host->sim, checks[i % OTHERS], lengths[i % OTHERS]), 0);
		assert_int_equal(sim_peer_send_raw(viewer->sim, checks[i % OTHERS], lengths[i % OTHERS]), 0);
		stage_play(stage, 50, NULL, NULL);
	}
	stage_until_seen(viewer, SIM_VIDEO, 60);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	sim_peer_close(viewer->sim);
	stage_until_event(stage, viewer, MEDIA_SESSION_CLOSED); /* its goodbye is heard, too */
	stage_close(stage);
}

static bool heard(const struct media_stats *s)
{
	return s->publishers == 1 && s->packets_in > 0;
}

/** A BYE for a source that never was (browsers send one for each they had planned) does not end the show. */
static void a_goodbye_of_nobody_ends_nothing(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct sim_peer_config config = {.role = MEDIA_PUBLISH};
	struct stage_peer *host = stage_enter(stage, "show", &config);
	static const uint8_t bye[] = {0x80, 201, 0, 1, 0, 0, 0, 1, 0x81, 203, 0, 1, 0, 0, 0, 77},
	                     empty[] = {0x80, 201, 0, 1, 0, 0, 0, 1, 0x80, 203, 0, 0};
	host->on_air = false;
	stage_until_state(host, SIM_CONNECTED);
	stage_until_event(stage, host, MEDIA_SESSION_CONNECTED);
	assert_int_equal(sim_peer_send_rtcp(host->sim, bye, sizeof bye), 0);
	assert_int_equal(sim_peer_send_rtcp(host->sim, empty, sizeof empty), 0);
	stage_play(stage, 100, NULL, NULL);
	host->on_air = true;
	stage_until_stats(stage, heard);
	assert_int_equal(sim_peer_state(host->sim), SIM_CONNECTED);
	assert_int_equal(stage_events(stage, host, MEDIA_SESSION_CLOSED), 0);
	struct stage_peer *viewer = stage_viewer(stage, "show");
	assert_int_equal(sim_peer_send_rtcp(viewer->sim, empty, sizeof empty), 0);
	stage_until_seen(viewer, SIM_VIDEO, 30);
	assert_int_equal(stage_events(stage, viewer, MEDIA_SESSION_CLOSED), 0);
	stage_close(stage);
}

static int open_with(struct stage *stage, const char *stream, const char *sdp, size_t len, char *why, size_t why_len)
{
	struct media_offer offer = {.role = MEDIA_VIEW, .stream = stream, .sdp = sdp, .sdp_len = len};
	struct media_answer answer;
	int status = media_session_open(stage->engine, &offer, &answer, why, why_len);
	if (status == 0)
		free(answer.sdp);
	return status;
}

static void offers_are_bounded_and_explained(void **state)
{
	struct media_config config = stage_config();
	config.max_sessions = 2;
	struct stage *stage = stage_open(&config);
	struct sim_peer_config view = {.role = MEDIA_VIEW};
	struct sim_peer *sim;
	char why[200], *large = calloc(1, 1 << 20);
	assert_int_equal(sim_peer_create(&view, sim_now_us(), &sim), 0);
	const char *sdp = sim_peer_offer(sim);
	assert_int_equal(open_with(stage, "show", large, 1 << 20, why, sizeof why), -EMSGSIZE);
	assert_true(why[0]);
	assert_int_equal(open_with(stage, "show", "hello", 5, why, sizeof why), -EBADMSG);
	assert_true(why[0]);
	assert_int_equal(open_with(stage, "a-name-of-a-stream-that-is-longer-than-forty-bytes", sdp, strlen(sdp), why,
	                           sizeof why),
	                 -EINVAL);
	assert_int_equal(open_with(stage, "show", sdp, strlen(sdp), why, sizeof why), 0);
	assert_int_equal(open_with(stage, "show", sdp, strlen(sdp), why, sizeof why), 0);
	assert_int_equal(open_with(stage, "show", sdp, strlen(sdp), why, sizeof why), -EUSERS);
	assert_true(why[0]);
	free(large);
	sim_peer_destroy(sim);
	stage_close(stage);
}

static void a_port_in_use_is_named(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct media_config config = stage_config();
	struct media_engine *engine;
	char why[200];
	config.port = media_engine_port(stage->engine);
	assert_int_equal(media_engine_create(&config, why, sizeof why, &engine), -EADDRINUSE);
	assert_non_null(strstr(why, "in use"));
	config.port = 0;
	config.announce = "127.0.0.1,nowhere";
	assert_int_equal(media_engine_create(&config, why, sizeof why, &engine), -EINVAL);
	assert_non_null(strstr(why, "nowhere"));
	stage_close(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(wrong_fingerprint),
	        cmocka_unit_test(no_certificate),
	        cmocka_unit_test(dtls_without_ice_gets_no_answer),
	        cmocka_unit_test(checks_with_a_wrong_password_count_for_nothing),
	        cmocka_unit_test(forged_and_replayed_packets_reach_nobody),
	        cmocka_unit_test(malformed_reports_change_nothing),
	        cmocka_unit_test(noise_is_counted_and_dropped),
	        cmocka_unit_test(a_viewer_cannot_publish),
	        cmocka_unit_test(nobody_takes_an_address_away),
	        cmocka_unit_test(a_goodbye_of_nobody_ends_nothing),
	        cmocka_unit_test(offers_are_bounded_and_explained),
	        cmocka_unit_test(a_port_in_use_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
