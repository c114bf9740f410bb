/* What a UDP port sends: whole batches, runs of equal datagrams, and what is not to be sent. */
#include "port.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"

static void many_go_out_in_batches(void **state)
{
	struct media_udp *udp = port_open();
	int fds[3] = {port_connect4(udp, "127.0.0.1"), port_connect4(udp, "127.0.0.2"),
	              port_connect4(udp, "127.0.0.1")};
	struct media_path to[3];
	uint64_t bytes = 0;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(send(fds[i], "x", 1, 0), 1);
		to[i] = port_receive(udp)->from;
	}
	for (uint16_t i = 0; i < 150; i++) { /* each client its own, lengths from 2 to 1300 bytes */
		size_t len = 2 + (size_t)i * 8 % 1299;
		uint8_t *room = media_udp_reserve(udp, MEDIA_DATAGRAM_MAX);
		assert_non_null(room);
		memset(room, i, len);
		memcpy(room, &i, sizeof i);
		media_udp_commit(udp, &to[i % 3], len);
		bytes += len;
	}
	media_udp_flush(udp);
	for (uint16_t i = 0; i < 150; i++) {
		size_t len = 2 + (size_t)i * 8 % 1299;
		uint8_t want[1500];
		memset(want, i, len);
		memcpy(want, &i, sizeof i);
		port_expect(fds[i % 3], want, len);
	}
	struct media_udp_stats stats;
	media_udp_stats_get(udp, &stats);
	assert_int_equal(stats.sent, 150);
	assert_int_equal(stats.sent_bytes, bytes);
	assert_int_equal(stats.dropped, 0);
	assert_true(stats.sends >= 3 && stats.sends < 150);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	media_udp_close(udp);
}

/** Commit `count` datagrams of len bytes, filled with their number from *next on. */
static void commit_some(struct media_udp *udp, const struct media_path *to, size_t count, size_t len, uint8_t *next)
{
	for (size_t i = 0; i < count; i++, (*next)++) {
		uint8_t *room = media_udp_reserve(udp, MEDIA_DATAGRAM_MAX);
		assert_non_null(room);
		memset(room, *next, len);
		media_udp_commit(udp, to, len);
	}
}

static void expect_some(int fd, size_t count, size_t len, uint8_t *next)
{
	for (size_t i = 0; i < count; i++, (*next)++) {
		uint8_t want[1500];
		memset(want, *next, len);
		port_expect(fd, want, len);
	}
}

/** What two peers were sent arrives datagram by datagram, whether the kernel cut it up or we did. */
static struct media_udp_stats send_runs(bool offload)
{
	struct media_udp *udp = port_open();
	int a = port_connect4(udp, "127.0.0.1"), b = port_connect6(udp);
	struct media_udp_stats stats;
	uint8_t sent = 0, got = 0;
	assert_int_equal(send(a, "x", 1, 0), 1);
	struct media_path to_a = port_receive(udp)->from;
	assert_int_equal(send(b, "x", 1, 0), 1);
	struct media_path to_b = port_receive(udp)->from;
	media_udp_offload(udp, offload);
	commit_some(udp, &to_a, 10, 1200, &sent);
	commit_some(udp, &to_a, 1, 300, &sent); /* rides along, and ends the run */
	commit_some(udp, &to_a, 2, 300, &sent);
	commit_some(udp, &to_b, 3, 1000, &sent);
	commit_some(udp, &to_a, 1, 1200, &sent);
	commit_some(udp, &to_a, 100, 1100, &sent); /* more than one message takes */
	media_udp_flush(udp);
	expect_some(a, 10, 1200, &got);
	expect_some(a, 3, 300, &got);
	expect_some(b, 3, 1000, &got);
	expect_some(a, 1, 1200, &got);
	expect_some(a, 100, 1100, &got);
	media_udp_stats_get(udp, &stats);
	assert_int_equal(stats.sent, 117);
	assert_int_equal(stats.sent_bytes, 10 * 1200 + 3 * 300 + 3 * 1000 + 1200 + 100 * 1100);
	assert_int_equal(stats.dropped, 0);
	close(a);
	close(b);
	media_udp_close(udp);
	return stats;
}

static void equal_datagrams_leave_as_runs(void **state)
{
	struct media_udp_stats whole = send_runs(false), runs = send_runs(true);
	assert_int_equal(whole.messages, 117);
	assert_false(whole.offload);
	if (!runs.offload) /* a kernel without it: all the same on the other side */
		return;
	/* 11; 2; 3; 1 and the first 1100, which ends it; 57 of 64000 bytes; the other 42 */
	assert_int_equal(runs.messages, 6);
}

/** A run that the kernel refuses goes apart, and nothing is lost; when that is how it always is, runs are no longer
 * tried. A socket that sends no checksums is one that the kernel makes no runs for. */
static void refused_runs_go_apart(void **state)
{
	struct media_udp *udp = port_open();
	int fd = port_connect4(udp, "127.0.0.1"), on = 1;
	struct media_udp_stats stats;
	uint8_t sent = 0, got = 0;
	assert_int_equal(send(fd, "x", 1, 0), 1);
	struct media_path to = port_receive(udp)->from;
	assert_int_equal(setsockopt(media_udp_fd(udp), SOL_SOCKET, SO_NO_CHECK, &on, sizeof on), 0);
	for (int i = 0; i < 10; i++) {
		commit_some(udp, &to, 2, 100, &sent);
		commit_some(udp, &to, 1, 60, &sent);
		media_udp_flush(udp);
	}
	for (int i = 0; i < 10; i++) {
		expect_some(fd, 2, 100, &got);
		expect_some(fd, 1, 60, &got);
	}
	media_udp_stats_get(udp, &stats);
	assert_int_equal(stats.sent, 30);
	assert_int_equal(stats.messages, 30);
	assert_int_equal(stats.dropped, 0);
	assert_false(stats.offload);
	close(fd);
	media_udp_close(udp);
}

static void reserving_without_commit_sends_nothing(void **state)
{
	struct media_udp *udp = port_open();
	struct media_udp_stats stats;
	assert_null(media_udp_reserve(udp, MEDIA_DATAGRAM_MAX + 1));
	for (int i = 0; i < 1000; i++)
		assert_non_null(media_udp_reserve(udp, MEDIA_DATAGRAM_MAX));
	media_udp_flush(udp);
	media_udp_stats_get(udp, &stats);
	assert_int_equal(stats.sent + stats.sends + stats.dropped, 0);
	media_udp_close(udp);
}

static void one_bad_destination_costs_only_itself(void **state)
{
	struct media_udp *udp = port_open();
	int fd = port_connect4(udp, "127.0.0.1");
	assert_int_equal(send(fd, "x", 1, 0), 1);
	struct media_path good = port_receive(udp)->from, foreign = good, nowhere = {0};
	((struct sockaddr_in *)&foreign.local)->sin_addr.s_addr = inet_addr("192.0.2.99"); /* not an address of ours */
	const struct media_path *const order[] = {&good, &foreign, &nowhere, &good};
	for (size_t i = 0; i < 4; i++) {
		uint8_t *room = media_udp_reserve(udp, 1);
		assert_non_null(room);
		*room = (uint8_t)('a' + i);
		media_udp_commit(udp, order[i], 1);
	}
	media_udp_flush(udp);
	port_expect(fd, "a", 1);
	port_expect(fd, "d", 1);
	struct media_udp_stats stats;
	media_udp_stats_get(udp, &stats);
	assert_int_equal(stats.sent, 2);
	assert_int_equal(stats.dropped, 2);
	close(fd);
	media_udp_close(udp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(many_go_out_in_batches),
	        cmocka_unit_test(equal_datagrams_leave_as_runs),
	        cmocka_unit_test(refused_runs_go_apart),
	        cmocka_unit_test(reserving_without_commit_sends_nothing),
	        cmocka_unit_test(one_bad_destination_costs_only_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
