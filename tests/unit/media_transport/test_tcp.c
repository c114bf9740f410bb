/* The TCP port: messages in and out, and who may stay connected. */
#include "tcp_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void vouch(struct world *world, const struct media_udp_received *received)
{
	media_tcp_vouch(world->tcp, received->from.tcp, world->now_us);
}

static void messages_come_whole(void **state)
{
	struct world *world = world_open(10, 10);
	int fd = world_connect(world, "127.0.0.2");
	uint8_t check[100], frames[3 * 102];
	for (uint8_t i = 0; i < 3; i++) {
		frames[i * 102] = 0;
		frames[i * 102 + 1] = 100;
		world_check(frames + i * 102 + 2, 100, i);
	}
	for (size_t i = 0; i < sizeof frames; i++) { /* byte by byte */
		assert_int_equal(send(fd, frames + i, 1, 0), 1);
		if (i % 7 == 0)
			world_until_connected(world, 1);
		media_tcp_poll(world->tcp, world->now_us);
	}
	world_until_messages(world, 3);
	assert_int_equal(send(fd, frames, sizeof frames, 0), sizeof frames); /* and all at once */
	world_until_messages(world, 6);
	for (uint8_t i = 0; i < 6; i++) {
		const struct world_message *m = &world->messages[i];
		const struct sockaddr_in *remote = (const struct sockaddr_in *)&m->from.remote,
		                         *local = (const struct sockaddr_in *)&m->from.local;
		assert_int_equal(m->len, world_check(check, 100, i % 3));
		assert_memory_equal(m->data, check, 100);
		assert_true(m->from.tcp != 0 && m->from.tcp == world->messages[0].from.tcp);
		assert_int_equal(remote->sin_addr.s_addr, inet_addr("127.0.0.2"));
		assert_int_equal(local->sin_addr.s_addr, inet_addr("127.0.0.1"));
	}
	close(fd);
	world_until_connected(world, 0);
	world_close(world);
}

static void the_longest_message_and_the_empty_one(void **state)
{
	struct world *world = world_open(10, 10);
	int fd = world_connect(world, "127.0.0.1");
	uint8_t check[MEDIA_DATAGRAM_MAX];
	world->on_message = vouch;
	for (uint8_t i = 0; i < 20; i++)
		world_say(fd, check, world_check(check, MEDIA_DATAGRAM_MAX, i));
	world_until_messages(world, 20);
	world_say(fd, "", 0);
	world_until_messages(world, 21);
	assert_int_equal(world->messages[19].len, MEDIA_DATAGRAM_MAX);
	assert_memory_equal(world->messages[19].data, check, MEDIA_DATAGRAM_MAX);
	assert_int_equal(world->messages[20].len, 0);
	close(fd);
	world_close(world);
}

static void answers_are_framed(void **state)
{
	struct world *world = world_open(10, 10);
	int a = world_connect(world, "127.0.0.1"), b = world_connect(world, "127.0.0.1");
	uint8_t check[20], answer[1200];
	world_say(a, check, world_check(check, 20, 1));
	world_until_messages(world, 1);
	world_say(b, check, world_check(check, 20, 2));
	world_until_messages(world, 2);
	memset(answer, 'x', sizeof answer);
	world_reply(world, &world->messages[0].from, "first", 5);
	world_reply(world, &world->messages[1].from, answer, sizeof answer);
	world_reply(world, &world->messages[0].from, "second", 6);
	media_udp_flush(world->udp);
	world_expect(a, "first", 5);
	world_expect(a, "second", 6);
	world_expect(b, answer, sizeof answer);
	assert_int_equal(world_stats(world).sent, 3);
	assert_int_equal(world_stats(world).sends, 2); /* one for each of them */
	close(a);
	world_until_connected(world, 1);
	world_reply(world, &world->messages[0].from, "gone", 4); /* a path that is no more */
	media_udp_flush(world->udp);
	assert_int_equal(world_stats(world).dropped, 1);
	int c = world_connect(world, "127.0.0.1"); /* nor does who took its place get it */
	world_until_connected(world, 2);
	world_reply(world, &world->messages[0].from, "gone", 4);
	media_udp_flush(world->udp);
	assert_int_equal(world_stats(world).dropped, 2);
	close(b);
	close(c);
	world_close(world);
}

static void a_giant_frame_ends_the_connection(void **state)
{
	struct world *world = world_open(10, 10);
	int fd = world_connect(world, "127.0.0.1");
	uint8_t check[20];
	world->on_message = vouch;
	world_say(fd, check, world_check(check, 20, 1));
	world_until_messages(world, 1);
	assert_int_equal(send(fd, "\x08\x01", 2, 0), 2);
	world_until_connected(world, 0);
	assert_int_equal(world_expect_closed(fd), 0);
	assert_int_equal(world_stats(world).malformed, 1);
	world_close(world);
}

static void who_does_not_begin_with_a_check_is_no_peer(void **state)
{
	static const char *const openings[] = {"\x16\xfe\xfd 0123456789", "\x80\x60 0123456789", "", "GET / HTTP/1.1"};
	struct world *world = world_open(10, 10);
	for (size_t i = 0; i < 4; i++) {
		int fd = world_connect(world, "127.0.0.1");
		world_until_connected(world, 1);
		world_say(fd, openings[i], strlen(openings[i]));
		world_until_connected(world, 0);
		world_expect_closed(fd);
	}
	assert_int_equal(world->count, 0);
	assert_int_equal(world_stats(world).malformed, 4);
	/* once vouched for, everything passes */
	int fd = world_connect(world, "127.0.0.1");
	uint8_t check[20];
	world->on_message = vouch;
	world_say(fd, check, world_check(check, 20, 1));
	world_say(fd, openings[0], strlen(openings[0]));
	world_until_messages(world, 2);
	close(fd);
	world_close(world);
}

static void strangers_and_the_silent_are_closed(void **state)
{
	struct world *world = world_open(10, 10);
	int silent = world_connect(world, "127.0.0.1"), slow = world_connect(world, "127.0.0.1"),
	    refused = world_connect(world, "127.0.0.1"), good;
	uint8_t check[100];
	world_until_connected(world, 3);
	world_say(refused, check, world_check(check, 100, 1)); /* a check that nobody vouches for */
	world_until_messages(world, 1);
	for (int s = 0; s < 10; s++) { /* a byte a second */
		assert_int_equal(send(slow, s ? "d" : "\0", 1, MSG_NOSIGNAL), 1);
		media_tcp_tick(world->tcp, world->now_us + s * 1000000);
		media_tcp_poll(world->tcp, world->now_us + s * 1000000);
	}
	assert_int_equal(world_stats(world).connections, 3);
	world->now_us += MEDIA_TCP_STRANGER_US;
	media_tcp_tick(world->tcp, world->now_us);
	assert_int_equal(world_stats(world).connections, 0);
	assert_int_equal(world_stats(world).timed_out, 3);
	world_expect_closed(silent);
	world_expect_closed(slow);
	world_expect_closed(refused);
	good = world_connect(world, "127.0.0.1");
	world->on_message = vouch;
	for (size_t i = 0; i < 3; i++) {
		world_say(good, check, world_check(check, 100, 1));
		world_until_messages(world, 2 + i);
		world->now_us += WORLD_SILENT_US - 1;
		media_tcp_tick(world->tcp, world->now_us);
		assert_int_equal(world_stats(world).connections, 1);
	}
	media_tcp_tick(world->tcp, world->now_us + 1);
	assert_int_equal(world_stats(world).connections, 0);
	world_expect_closed(good);
	world_close(world);
}

static void a_flood_keeps_nobody_out(void **state)
{
	struct world *world = world_open(6, 4);
	int fds[12], good[2];
	uint8_t check[20];
	world->on_message = vouch;
	for (int i = 0; i < 2; i++) {
		good[i] = world_connect(world, "127.0.0.1");
		world_say(good[i], check, world_check(check, 20, 1));
		world_until_messages(world, (size_t)i + 1);
	}
	for (size_t i = 0; i < 6; i++) /* from one address */
		fds[i] = world_connect(world, "127.0.0.9");
	world_until_connected(world, 6);
	while (world_stats(world).accepted + world_stats(world).refused < 8)
		media_tcp_poll(world->tcp, world->now_us);
	assert_int_equal(world_stats(world).refused, 2);
	for (size_t i = 6; i < 12; i++) { /* and from many: the oldest strangers make room, the peers stay */
		char address[20];
		snprintf(address, sizeof address, "127.0.1.%zu", i);
		world->now_us++;
		fds[i] = world_connect(world, address);
		while (world_stats(world).accepted < i + 1)
			media_tcp_poll(world->tcp, world->now_us);
		assert_int_equal(world_stats(world).connections, 6);
	}
	assert_int_equal(world_stats(world).refused, 8);
	for (int i = 0; i < 2; i++)
		world_say(good[i], check, world_check(check, 20, 2));
	world_until_messages(world, 4);
	world_say(fds[11], check, world_check(check, 20, 3));
	world_until_messages(world, 5);
	/* when all are peers, there is no place for one more */
	for (size_t i = 8; i < 11; i++)
		world_say(fds[i], check, world_check(check, 20, 3));
	world_until_messages(world, 8);
	int late = world_connect(world, "127.0.2.1");
	while (world_stats(world).refused < 9)
		media_tcp_poll(world->tcp, world->now_us);
	world_expect_closed(late);
	assert_int_equal(world_stats(world).connections, 6);
	for (size_t i = 0; i < 12; i++)
		close(fds[i]);
	for (int i = 0; i < 2; i++)
		close(good[i]);
	world_until_connected(world, 0);
	world_close(world);
}

static void out_of_descriptors_the_port_rests(void **state)
{
	struct world *world = world_open(10, 10);
	struct rlimit before, none;
	int fd = world_connect(world, "127.0.0.1"), top = dup(fd);
	struct pollfd p = {.fd = media_tcp_fd(world->tcp), .events = POLLIN};
	close(top);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){.rlim_cur = (rlim_t)top, .rlim_max = before.rlim_max};
	assert_int_equal(poll(&p, 1, 20000), 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	media_tcp_poll(world->tcp, world->now_us);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(poll(&p, 1, 0), 0); /* it does not ask again and again */
	assert_int_equal(world_stats(world).connections, 0);
	media_tcp_tick(world->tcp, world->now_us + 1000000);
	world_until_connected(world, 1);
	close(fd);
	world_close(world);
}

static void a_closed_direction_closes_both(void **state)
{
	struct world *world = world_open(10, 10);
	int fd = world_connect(world, "127.0.0.1");
	uint8_t check[20];
	world_say(fd, check, world_check(check, 20, 1));
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	world_until_messages(world, 1); /* what came before counts */
	world_until_connected(world, 0);
	world_expect_closed(fd);
	world_close(world);
}

static void a_port_in_use_is_said(void **state)
{
	struct world *world = world_open(10, 10), *other = world_beside(world);
	assert_int_equal(media_tcp_listen(other->tcp, media_tcp_port(world->tcp)), -EADDRINUSE);
	assert_int_equal(media_tcp_port(other->tcp), 0);
	world_close_beside(other);
	world_close(world);
	media_tcp_destroy(NULL);
	media_tcp_discard(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(messages_come_whole),
	        cmocka_unit_test(the_longest_message_and_the_empty_one),
	        cmocka_unit_test(answers_are_framed),
	        cmocka_unit_test(a_giant_frame_ends_the_connection),
	        cmocka_unit_test(who_does_not_begin_with_a_check_is_no_peer),
	        cmocka_unit_test(strangers_and_the_silent_are_closed),
	        cmocka_unit_test(a_flood_keeps_nobody_out),
	        cmocka_unit_test(out_of_descriptors_the_port_rests),
	        cmocka_unit_test(a_closed_direction_closes_both),
	        cmocka_unit_test(a_port_in_use_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
