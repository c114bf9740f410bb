/* Connections that take less than they are sent, that end, and that move to another owner. */
#include "tcp_world.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LARGE = 1200, SMALL = 160 };

static void vouch(struct world *world, const struct media_udp_received *received)
{
	media_tcp_vouch(world->tcp, received->from.tcp, world->now_us);
}

static int enter(struct world *world, struct media_path *path)
{
	int fd = world_connect(world, "127.0.0.1");
	uint8_t check[20];
	size_t count = world->count;
	world->on_message = vouch;
	world_say(fd, check, world_check(check, 20, 1));
	world_until_messages(world, count + 1);
	*path = world->messages[count].from;
	return fd;
}

/** An RTP packet as far as the port looks at it, filled with a number. @return how many bytes it is in the stream. */
static size_t send_rtp(struct world *world, const struct media_path *to, size_t len, uint8_t number)
{
	uint8_t packet[LARGE];
	memset(packet, number, len);
	packet[0] = 0x80;
	packet[1] = 100;
	uint64_t before = world_stats(world).sent;
	world_reply(world, to, packet, len);
	media_udp_flush(world->udp);
	return world_stats(world).sent > before ? len + 2 : 0;
}

/** Read so many bytes. @return how many messages they are; each is whole, and of one of both kinds. */
static size_t read_whole(struct world *world, int fd, size_t bytes, size_t *large)
{
	static uint8_t data[1 << 20];
	size_t len = 0, at = 0, count = 0;
	assert_true(bytes <= sizeof data);
	while (len < bytes) {
		ssize_t n = recv(fd, data + len, bytes - len, MSG_DONTWAIT);
		len += n > 0 ? (size_t)n : 0;
		media_tcp_poll(world->tcp, world->now_us);
	}
	for (*large = 0; at < len; count++) {
		size_t size = (size_t)data[at] << 8 | data[at + 1];
		assert_true(size == LARGE || size == SMALL || size == 5);
		assert_true(at + 2 + size <= len);
		for (size_t i = 3; i < size && size != 5; i++)
			assert_int_equal(data[at + 2 + i], data[at + 4]);
		*large += size == LARGE;
		at += 2 + size;
	}
	assert_int_equal(recv(fd, data, 1, MSG_DONTWAIT), -1);
	return count;
}

static void a_blocked_peer_loses_whole_packets_and_picture_first(void **state)
{
	struct world *world = world_open(10, 10);
	struct media_path blocked, healthy;
	int stuck = enter(world, &blocked), fd = enter(world, &healthy);
	size_t sent = 0, bytes = 0, large;
	while (world_stats(world).dropped == 0 && sent < 2000) {
		bytes += send_rtp(world, &blocked, LARGE, (uint8_t)sent++);
		send_rtp(world, &healthy, SMALL, 7);
		uint8_t expected[SMALL];
		memset(expected, 7, SMALL);
		expected[0] = 0x80;
		expected[1] = 100;
		world_expect(fd, expected, SMALL); /* the other does not notice */
	}
	assert_true(sent < 2000);
	for (size_t i = 0; i < 10; i++) /* sound still has room, and so have reports and checks */
		bytes += send_rtp(world, &blocked, SMALL, 9);
	world_reply(world, &blocked, "hello", 5);
	bytes += 7;
	assert_int_equal(world_stats(world).dropped, 1);
	assert_int_equal(world_stats(world).dropped_large, 1);
	for (size_t i = 0; i < 1000; i++)
		bytes += send_rtp(world, &blocked, SMALL, 9);
	assert_true(world_stats(world).dropped > 500); /* not without end */
	assert_int_equal(world_stats(world).dropped_large, 1);
	uint64_t calls = world_stats(world).sends;
	send_rtp(world, &blocked, LARGE, 1);
	assert_int_equal(world_stats(world).sends, calls); /* nothing is tried in vain */
	/* it goes on: what was queued arrives, and everything is whole */
	size_t count = read_whole(world, stuck, bytes, &large);
	assert_int_equal(large, sent - 1);
	assert_true(count > large + 11);
	bytes = send_rtp(world, &blocked, LARGE, 3);
	assert_int_equal(read_whole(world, stuck, bytes, &large), 1);
	assert_int_equal(large, 1);
	close(stuck);
	close(fd);
	world_close(world);
}

static void a_peer_that_leaves_while_blocked(void **state)
{
	struct world *world = world_open(10, 10);
	struct media_path blocked;
	int stuck = enter(world, &blocked);
	while (world_stats(world).dropped == 0)
		send_rtp(world, &blocked, LARGE, 1);
	close(stuck);
	world_until_connected(world, 0);
	send_rtp(world, &blocked, LARGE, 1);
	world_close(world);
}

static void what_was_said_last_still_leaves(void **state)
{
	struct world *world = world_open(10, 10);
	struct media_path path, blocked;
	int fd = enter(world, &path), stuck = enter(world, &blocked);
	world_reply(world, &path, "good", 4);
	world_reply(world, &path, "bye", 3);
	media_tcp_end(world->tcp, path.tcp, world->now_us);
	world_reply(world, &path, "too late", 8);
	media_udp_flush(world->udp);
	assert_int_equal(world_stats(world).connections, 1);
	world_expect(fd, "good", 4);
	world_expect(fd, "bye", 3);
	assert_int_equal(world_expect_closed(fd), 0);
	/* but it is not waited for without end */
	while (world_stats(world).dropped < 2)
		send_rtp(world, &blocked, LARGE, 1);
	media_tcp_end(world->tcp, blocked.tcp, world->now_us);
	media_udp_flush(world->udp);
	assert_int_equal(world_stats(world).connections, 1);
	media_tcp_tick(world->tcp, world->now_us + 2000000);
	assert_int_equal(world_stats(world).connections, 0);
	assert_int_equal(world_stats(world).timed_out, 0);
	world_expect_closed(stuck);
	media_tcp_end(world->tcp, blocked.tcp, world->now_us);
	world_close(world);
}

static void end_it(struct world *world, const struct media_udp_received *received)
{
	media_tcp_end(world->tcp, received->from.tcp, world->now_us);
}

static void it_may_end_with_the_message_just_received(void **state)
{
	struct world *world = world_open(10, 10);
	int fd = world_connect(world, "127.0.0.1");
	uint8_t check[20], frames[44] = {0, 20, [22] = 0, 20};
	world_check(check, 20, 1);
	memcpy(frames + 2, check, 20);
	memcpy(frames + 24, check, 20);
	world->on_message = end_it;
	assert_int_equal(send(fd, frames, sizeof frames, 0), sizeof frames);
	world_until_connected(world, 1);
	world_until_connected(world, 0);
	assert_int_equal(world->count, 1);
	world_expect_closed(fd);
	world_close(world);
}

static struct media_tcp_connection *on_its_way;

/** The second message shows that it is another's. */
static void detach_second(struct world *world, const struct media_udp_received *received)
{
	if (world->count == 2)
		on_its_way = media_tcp_detach(world->tcp, received->from.tcp);
}

static void a_connection_moves_with_what_was_read(void **state)
{
	struct world *world = world_open(1, 10), *other = world_beside(world);
	int fd = world_connect(world, "127.0.0.1");
	uint8_t frames[3 * 52 + 10], check[50];
	for (uint8_t i = 0; i < 3; i++) {
		frames[i * 52] = 0;
		frames[i * 52 + 1] = 50;
		world_check(frames + i * 52 + 2, 50, i);
	}
	memcpy(frames + 3 * 52, "\0\x10 half", 7);
	on_its_way = NULL;
	world->on_message = detach_second;
	assert_int_equal(send(fd, frames, 3 * 52 + 7, 0), 3 * 52 + 7);
	world_until_messages(world, 2);
	assert_non_null(on_its_way);
	assert_int_equal(world_stats(world).connections, 0);
	other->on_message = vouch;
	media_tcp_adopt(other->tcp, on_its_way, other->now_us);
	assert_int_equal(other->count, 2); /* the one it was known by, and the one behind it */
	for (uint8_t i = 0; i < 2; i++)
		assert_memory_equal(other->messages[i].data, check, world_check(check, 50, (uint8_t)(i + 1)));
	assert_int_equal(send(fd, "of a frame", 11, 0), 11);
	world_until_messages(other, 3);
	assert_int_equal(other->messages[2].len, 16);
	assert_memory_equal(other->messages[2].data,
	                    " half"
	                    "of a frame",
	                    16);
	world_reply(other, &other->messages[2].from, "hello", 5);
	media_udp_flush(other->udp);
	world_expect(fd, "hello", 5);
	/* it is counted once: its place is free only when it is gone */
	int late = world_connect(world, "127.0.0.1");
	while (world_stats(world).refused == 0)
		media_tcp_poll(world->tcp, world->now_us);
	world_expect_closed(late);
	close(fd);
	world_until_connected(other, 0);
	fd = world_connect(world, "127.0.0.1");
	world_until_connected(world, 1);
	close(fd);
	world_close_beside(other);
	world_close(world);
}

static void detach_all(struct world *world, const struct media_udp_received *received)
{
	on_its_way = media_tcp_detach(world->tcp, received->from.tcp);
}

static void one_that_finds_no_owner_is_closed(void **state)
{
	struct world *world = world_open(2, 10);
	int fd = world_connect(world, "127.0.0.1");
	uint8_t check[20];
	world->on_message = detach_all;
	world_say(fd, check, world_check(check, 20, 1));
	world_until_messages(world, 1);
	media_tcp_discard(on_its_way);
	world_expect_closed(fd);
	assert_null(media_tcp_detach(world->tcp, world->messages[0].from.tcp));
	world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_blocked_peer_loses_whole_packets_and_picture_first),
	        cmocka_unit_test(a_peer_that_leaves_while_blocked),
	        cmocka_unit_test(what_was_said_last_still_leaves),
	        cmocka_unit_test(it_may_end_with_the_message_just_received),
	        cmocka_unit_test(a_connection_moves_with_what_was_read),
	        cmocka_unit_test(one_that_finds_no_owner_is_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
