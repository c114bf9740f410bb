/* Peers whose network lets no UDP through: the same show over TCP (RFC 6544), beside others who do not notice. */
#include "stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static struct stage_peer *enter_by_tcp(struct stage *stage, enum media_role role)
{
	struct sim_peer_config config = {.role = role, .tcp = true, .consent_timeout_us = 60000000};
	struct stage_peer *peer = stage_enter(stage, "show", &config);
	stage_until_state(peer, SIM_CONNECTED);
	return peer;
}

static void assert_goes_on(const struct stage_peer *peer)
{
	assert_int_equal(sim_peer_state(peer->sim), SIM_CONNECTED);
	assert_int_equal(sim_peer_stats(peer->sim)->srtp_failed, 0);
	assert_int_equal(stage_events(peer->stage, peer, MEDIA_SESSION_CONNECTED), 1);
	assert_int_equal(stage_events(peer->stage, peer, MEDIA_SESSION_CLOSED), 0);
}

static bool one_by_tcp(const struct media_stats *s)
{
	return s->tcp_connections == 1 && s->tcp_packets_out > 100;
}

static void a_viewer_watches_by_tcp_beside_others(void **state)
{
	struct stage *stage = stage_open(NULL);
	stage_host(stage, "show");
	struct stage_peer *viewer = enter_by_tcp(stage, MEDIA_VIEW), *other = stage_viewer(stage, "show");
	stage_until_seen(viewer, SIM_VIDEO, 200);
	stage_until_seen(other, SIM_VIDEO, 1);
	for (int kind = 0; kind < SIM_KINDS; kind++) {
		stage_assert_complete(viewer, (enum sim_kind)kind, 0);
		stage_assert_complete(other, (enum sim_kind)kind, 0);
		stage_assert_one_sequence(viewer, (enum sim_kind)kind);
	}
	assert_int_equal(sim_peer_track(viewer->sim, SIM_VIDEO)->lost, 0);
	assert_goes_on(viewer);
	assert_int_equal(stage_until_stats(stage, one_by_tcp).tcp_dropped, 0);
	stage_close(stage);
}

static void a_host_is_on_air_by_tcp(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = enter_by_tcp(stage, MEDIA_PUBLISH), *viewer = stage_viewer(stage, "show"),
	                  *another = enter_by_tcp(stage, MEDIA_VIEW);
	stage_until_seen(viewer, SIM_VIDEO, 200);
	stage_until_seen(another, SIM_VIDEO, 100);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	stage_assert_complete(another, SIM_VIDEO, 0);
	assert_true(sim_peer_track(host->sim, SIM_VIDEO)->reports > 0 || sim_peer_stats(host->sim)->twcc_feedback > 0);
	assert_goes_on(host);
	stage_close(stage);
}

static bool closed_by_the_server(struct stage *stage, void *ctx)
{
	const struct stage_peer *peer = ctx;
	return sim_peer_connection_lost(peer->sim);
}

static bool nobody_by_tcp(const struct media_stats *s)
{
	return s->tcp_connections == 0 && s->tcp_accepted > 0;
}

static void the_end_is_told_and_closes_the_connection(void **state)
{
	struct stage *stage = stage_open(NULL);
	stage_host(stage, "show");
	struct stage_peer *viewer = enter_by_tcp(stage, MEDIA_VIEW), *leaver = enter_by_tcp(stage, MEDIA_VIEW);
	stage_until_seen(viewer, SIM_VIDEO, 30);
	assert_int_equal(media_session_close(stage->engine, viewer->session), 0);
	stage_until_state(viewer, SIM_CLOSED); /* by its goodbye, not by the connection's end */
	stage_until(stage, closed_by_the_server, viewer);
	sim_peer_close(leaver->sim);
	stage_until_event(stage, leaver, MEDIA_SESSION_CLOSED);
	stage_until(stage, closed_by_the_server, leaver);
	stage_until_stats(stage, nobody_by_tcp);
	stage_close(stage);
}

static bool drops(const struct media_stats *s)
{
	return s->tcp_dropped > 50;
}

static void a_blocked_viewer_costs_only_itself(void **state)
{
	struct media_config config = stage_config();
	config.keyframe_min_ms = 200;
	struct stage *stage = stage_open(&config);
	stage_host(stage, "show");
	struct stage_peer *stuck = enter_by_tcp(stage, MEDIA_VIEW), *by_tcp = enter_by_tcp(stage, MEDIA_VIEW),
	                  *by_udp = stage_viewer(stage, "show");
	stage_until_seen(stuck, SIM_VIDEO, 60);
	sim_peer_faults(stuck->sim)->stuck = true;
	stage_until_stats(stage, drops);
	stage_until_seen(by_udp, SIM_VIDEO, 60);
	stage_until_seen(by_tcp, SIM_VIDEO, 60);
	stage_assert_complete(by_udp, SIM_VIDEO, 0);
	stage_assert_complete(by_tcp, SIM_VIDEO, 0);
	assert_int_equal(sim_peer_track(by_tcp->sim, SIM_VIDEO)->lost, 0);
	/* it comes back to a show that goes on: a hole, and then all is as before */
	sim_peer_faults(stuck->sim)->stuck = false;
	uint64_t keyframes = sim_peer_track(stuck->sim, SIM_VIDEO)->keyframes;
	stage_until_seen(stuck, SIM_VIDEO, 600);
	assert_true(sim_peer_track(stuck->sim, SIM_VIDEO)->keyframes > keyframes);
	size_t from = stuck->logs[SIM_VIDEO].count;
	stage_until_seen(stuck, SIM_VIDEO, 100);
	for (size_t i = from; i < stuck->logs[SIM_VIDEO].count; i++)
		assert_true(stuck->logs[SIM_VIDEO].seen[i].intact);
	stage_assert_one_sequence(stuck, SIM_VIDEO);
	assert_goes_on(stuck);
	stage_assert_complete(by_udp, SIM_VIDEO, 0);
	stage_close(stage);
}

static bool has_all(struct stage *stage, void *ctx)
{
	const struct stage_peer *viewer = ctx;
	return viewer->logs[SIM_VIDEO].count >= 450;
}

static bool many_by_tcp(const struct media_stats *s)
{
	return s->tcp_packets_out >= 450;
}

/** 200 KB have come since the newest keyframe, at 40 Mb/s at once: more than a connection of 1.5 Mb/s takes, and more
 * than its queue. */
static void who_joins_slowly_gets_the_picture_whole(void **state)
{
	struct media_config config = stage_config();
	config.join_bitrate_bps = 40000000;
	struct stage *stage = stage_open(&config);
	stage_host(stage, "show");
	struct stage_peer *other = stage_viewer(stage, "show");
	stage_until_seen(other, SIM_VIDEO, 330);
	struct sim_peer_config slow = {
	        .role = MEDIA_VIEW, .tcp = true, .consent_timeout_us = 60000000, .faults = {.narrow_bps = 1500000}};
	struct stage_peer *viewer = stage_enter(stage, "show", &slow);
	stage_until(stage, has_all, viewer);
	assert_int_equal(stage_until_stats(stage, many_by_tcp).tcp_dropped, 0);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	stage_assert_one_sequence(viewer, SIM_VIDEO);
	assert_int_equal(sim_peer_track(viewer->sim, SIM_VIDEO)->lost, 0);
	stage_assert_complete(other, SIM_VIDEO, 0);
	assert_goes_on(viewer);
	stage_close(stage);
}

static void a_new_connection_goes_on_with_the_session(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = enter_by_tcp(stage, MEDIA_PUBLISH), *viewer = enter_by_tcp(stage, MEDIA_VIEW);
	for (int i = 0; i < 6; i++) { /* more often than a session has places for addresses */
		struct stage_peer *who = i & 1 ? host : viewer;
		stage_until_seen(viewer, SIM_VIDEO, 40);
		assert_int_equal(sim_peer_move(who->sim, sim_now_us()), 0);
	}
	stage_until_seen(viewer, SIM_VIDEO, 200);
	stage_assert_one_sequence(viewer, SIM_VIDEO);
	assert_goes_on(viewer);
	assert_goes_on(host);
	assert_int_equal(stage_events(stage, NULL, MEDIA_STREAM_PICTURE_LOST), 0);
	stage_close(stage);
}

static bool by_udp_alone(const struct media_stats *s)
{
	return s->tcp_connections == 0 && s->tcp_packets_out > 0;
}

static void from_udp_to_tcp_and_back(void **state)
{
	struct stage *stage = stage_open(NULL);
	stage_host(stage, "show");
	struct stage_peer *viewer = stage_viewer(stage, "show"), *other = stage_viewer(stage, "show");
	for (int i = 0; i < 2; i++) {
		stage_until_seen(viewer, SIM_VIDEO, 60);
		assert_int_equal(sim_peer_change_way(viewer->sim, true, sim_now_us()), 0);
		stage_until_seen(viewer, SIM_VIDEO, 60);
		assert_int_equal(sim_peer_change_way(viewer->sim, false, sim_now_us()), 0);
	}
	stage_until_seen(viewer, SIM_VIDEO, 60);
	stage_until_stats(stage, by_udp_alone);
	stage_assert_one_sequence(viewer, SIM_VIDEO);
	assert_goes_on(viewer);
	stage_assert_complete(other, SIM_VIDEO, 0);
	stage_close(stage);
}

static bool nominated(struct stage *stage, void *ctx)
{
	const struct stage_peer *peer = ctx;
	return sim_peer_nominated(peer->sim);
}

static void ice_restarts_over_tcp(void **state)
{
	struct stage *stage = stage_open(NULL);
	stage_host(stage, "show");
	struct stage_peer *viewer = enter_by_tcp(stage, MEDIA_VIEW);
	for (int i = 0; i < 2; i++) {
		struct media_answer answer;
		char why[300];
		stage_until_seen(viewer, SIM_VIDEO, 60);
		if (i)
			assert_int_equal(sim_peer_move(viewer->sim, sim_now_us()), 0);
		const char *offer = sim_peer_restart(viewer->sim);
		struct media_restart restart = {.session = viewer->session,
		                                .sdp = offer,
		                                .sdp_len = strlen(offer),
		                                .fragment = i,
		                                .local_address = "127.0.0.1"};
		assert_int_equal(media_session_restart(stage->engine, &restart, &answer, why, sizeof why), 0);
		assert_non_null(strstr(answer.sdp, " typ host tcptype passive\r\n"));
		assert_int_equal(sim_peer_restarted(viewer->sim, answer.sdp, strlen(answer.sdp), sim_now_us()), 0);
		free(answer.sdp);
		stage_until(stage, nominated, viewer);
	}
	stage_until_seen(viewer, SIM_VIDEO, 100);
	stage_assert_one_sequence(viewer, SIM_VIDEO);
	assert_goes_on(viewer);
	stage_close(stage);
}

static void without_tcp_nothing_listens_and_nothing_is_offered(void **state)
{
	struct media_config config = stage_config();
	config.tcp = false;
	struct stage *stage = stage_open(&config);
	struct sim_peer_config by_tcp = {.role = MEDIA_VIEW, .tcp = true};
	struct sim_peer *sim;
	struct media_answer answer;
	char why[300];
	struct sockaddr_in to = {.sin_family = AF_INET,
	                         .sin_port = htons(media_engine_port(stage->engine)),
	                         .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), -1);
	assert_int_equal(errno, ECONNREFUSED);
	close(fd);
	assert_int_equal(sim_peer_create(&by_tcp, sim_now_us(), &sim), 0);
	const char *sdp = sim_peer_offer(sim);
	struct media_offer offer = {.role = MEDIA_VIEW, .stream = "show", .sdp = sdp, .sdp_len = strlen(sdp)};
	assert_int_equal(media_session_open(stage->engine, &offer, &answer, why, sizeof why), 0);
	assert_null(strstr(answer.sdp, " tcp "));
	free(answer.sdp);
	sim_peer_destroy(sim);
	stage_close(stage);
}

/* ---- hostile ---- */

static int stranger(struct stage *stage, const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	                         .sin_port = htons(media_engine_port(stage->engine)),
	                         .sin_addr = {htonl(INADDR_LOOPBACK)}},
	                   from = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	from.sin_addr.s_addr = inet_addr(address);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

static bool flooded(const struct media_stats *s)
{
	return s->tcp_accepted + s->tcp_refused >= 60;
}

/** Connections that say nothing, half of something, or nonsense, from one address and from many. */
static void strangers_keep_nobody_out(void **state)
{
	static const char *const says[] = {"", "\0\x14\0\1\0\0\x21\x12", "GET / HTTP/1.1\r\n\r\n", "\xff\xff"};
	static const size_t lengths[] = {0, 8, 18, 2};
	struct media_config config = stage_config();
	config.tcp_connections = 10;
	config.tcp_per_address = 5;
	struct stage *stage = stage_open(&config);
	int fds[60];
	stage_host(stage, "show");
	struct stage_peer *viewer = enter_by_tcp(stage, MEDIA_VIEW), *by_udp = stage_viewer(stage, "show");
	for (size_t i = 0; i < 60; i++) {
		char address[20];
		snprintf(address, sizeof address, "127.0.1.%zu", i < 30 ? (size_t)9 : 100 + i);
		fds[i] = stranger(stage, address);
		(void)!send(fds[i], says[i % 4], lengths[i % 4], MSG_NOSIGNAL);
		if (i % 10 == 0)
			stage_play(stage, 10, NULL, NULL);
	}
	struct media_stats stats = stage_until_stats(stage, flooded);
	assert_true(stats.tcp_connections <= 10 && stats.tcp_refused > 20);
	struct stage_peer *late = enter_by_tcp(stage, MEDIA_VIEW);
	stage_until_seen(late, SIM_VIDEO, 60);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	stage_assert_complete(by_udp, SIM_VIDEO, 0);
	assert_goes_on(viewer);
	for (size_t i = 0; i < 60; i++)
		close(fds[i]);
	stage_close(stage);
}

/** A peer of ours that sends nonsense by its connection loses it; the session can go on by another. */
static void nonsense_closes_the_connection_alone(void **state)
{
	struct stage *stage = stage_open(NULL);
	stage_host(stage, "show");
	struct stage_peer *viewer = enter_by_tcp(stage, MEDIA_VIEW);
	uint8_t giant[4000] = {0};
	stage_until_seen(viewer, SIM_VIDEO, 30);
	assert_int_equal(sim_peer_send_raw(viewer->sim, giant, sizeof giant), 0);
	stage_until(stage, closed_by_the_server, viewer);
	assert_int_equal(sim_peer_move(viewer->sim, sim_now_us()), 0);
	stage_until_seen(viewer, SIM_VIDEO, 100);
	assert_goes_on(viewer);
	stage_assert_one_sequence(viewer, SIM_VIDEO);
	stage_close(stage);
}

static void a_host_is_nobody_by_another_connection(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *host = enter_by_tcp(stage, MEDIA_PUBLISH), *viewer = stage_viewer(stage, "show");
	stage_until_seen(viewer, SIM_VIDEO, 30);
	int fd = stranger(stage, "127.0.0.1");
	uint8_t packet[102] = {0, 100, 0x80, 102};
	assert_int_equal(send(fd, packet, sizeof packet, MSG_NOSIGNAL), sizeof packet);
	char byte;
	assert_true(recv(fd, &byte, 1, 0) <= 0);
	close(fd);
	stage_until_seen(viewer, SIM_VIDEO, 30);
	stage_assert_complete(viewer, SIM_VIDEO, 0);
	assert_goes_on(host);
	stage_close(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_viewer_watches_by_tcp_beside_others),
	        cmocka_unit_test(a_host_is_on_air_by_tcp),
	        cmocka_unit_test(the_end_is_told_and_closes_the_connection),
	        cmocka_unit_test(a_blocked_viewer_costs_only_itself),
	        cmocka_unit_test(who_joins_slowly_gets_the_picture_whole),
	        cmocka_unit_test(a_new_connection_goes_on_with_the_session),
	        cmocka_unit_test(from_udp_to_tcp_and_back),
	        cmocka_unit_test(ice_restarts_over_tcp),
	        cmocka_unit_test(without_tcp_nothing_listens_and_nothing_is_offered),
	        cmocka_unit_test(strangers_keep_nobody_out),
	        cmocka_unit_test(nonsense_closes_the_connection_alone),
	        cmocka_unit_test(a_host_is_nobody_by_another_connection),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
