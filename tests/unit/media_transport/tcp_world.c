#include "tcp_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void on_receive(struct media_udp_received *received, void *ctx)
{
	struct world *world = ctx;
	assert_true(world->count < WORLD_MESSAGES);
	assert_true(received->len <= MEDIA_DATAGRAM_MAX);
	struct world_message *m = &world->messages[world->count++];
	m->from = received->from;
	m->len = received->len;
	memcpy(m->data, received->data, received->len);
	if (world->on_message)
		world->on_message(world, received);
}

static struct world *make(struct media_tcp_bounds *bounds)
{
	struct world *world = calloc(1, sizeof *world);
	struct media_tcp_hooks hooks = {.receive = on_receive, .ctx = world};
	assert_non_null(world);
	world->now_us = 1000000;
	world->bounds = bounds;
	assert_int_equal(media_tcp_create(bounds, WORLD_SILENT_US, &hooks, &world->tcp), 0);
	assert_int_equal(media_udp_open(0, &world->udp), 0);
	media_udp_carry_tcp(world->udp, world->tcp);
	return world;
}

struct world *world_open(size_t in_all, size_t by_address)
{
	struct media_tcp_bounds *bounds;
	assert_int_equal(media_tcp_bounds_create(in_all, by_address, &bounds), 0);
	struct world *world = make(bounds);
	assert_int_equal(media_tcp_listen(world->tcp, 0), 0);
	return world;
}

struct world *world_beside(struct world *first)
{
	return make(first->bounds);
}

void world_close_beside(struct world *beside)
{
	media_udp_close(beside->udp);
	media_tcp_destroy(beside->tcp);
	free(beside);
}

void world_close(struct world *world)
{
	struct media_tcp_bounds *bounds = world->bounds;
	world_close_beside(world);
	media_tcp_bounds_destroy(bounds);
}

int world_connect(const struct world *world, const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(media_tcp_port(world->tcp))},
	                   from = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), room = 4096;
	assert_true(fd >= 0);
	to.sin_addr.s_addr = inet_addr("127.0.0.1");
	from.sin_addr.s_addr = inet_addr(address);
	/* a small window: who does not read is soon noticed */
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

/** One round, as the worker makes them. */
static void round_of(struct world *world)
{
	struct pollfd p = {.fd = media_tcp_fd(world->tcp), .events = POLLIN};
	assert_int_equal(poll(&p, 1, 20000), 1);
	media_tcp_poll(world->tcp, world->now_us);
	media_udp_flush(world->udp);
}

void world_until_messages(struct world *world, size_t count)
{
	while (world->count < count)
		round_of(world);
	assert_int_equal(world->count, count);
}

struct media_tcp_stats world_stats(const struct world *world)
{
	struct media_tcp_stats stats;
	media_tcp_stats_get(world->tcp, &stats);
	return stats;
}

void world_until_connected(struct world *world, size_t count)
{
	while (world_stats(world).connections != count)
		round_of(world);
}

void world_reply(struct world *world, const struct media_path *to, const void *data, size_t len)
{
	uint8_t *room = media_udp_reserve(world->udp, len);
	assert_non_null(room);
	memcpy(room, data, len);
	media_udp_commit(world->udp, to, len);
}

size_t world_check(uint8_t *out, size_t len, uint8_t number)
{
	static const uint8_t head[] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42};
	memset(out, number, len);
	memcpy(out, head, sizeof head);
	return len;
}

void world_say(int fd, const void *message, size_t len)
{
	uint8_t frame[70000] = {(uint8_t)(len >> 8), (uint8_t)len};
	memcpy(frame + 2, message, len);
	assert_int_equal(send(fd, frame, len + 2, MSG_NOSIGNAL), (ssize_t)len + 2);
}

static void read_all(int fd, uint8_t *out, size_t len)
{
	for (size_t n = 0; n < len;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		assert_int_equal(poll(&p, 1, 20000), 1);
		ssize_t got = recv(fd, out + n, len - n, 0);
		assert_true(got > 0);
		n += (size_t)got;
	}
}

void world_expect(int fd, const void *message, size_t len)
{
	uint8_t head[2], data[MEDIA_DATAGRAM_MAX];
	read_all(fd, head, 2);
	assert_int_equal(head[0] << 8 | head[1], len);
	read_all(fd, data, len);
	assert_memory_equal(data, message, len);
}

size_t world_expect_closed(int fd)
{
	uint8_t data[4096];
	for (size_t all = 0;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		assert_int_equal(poll(&p, 1, 20000), 1);
		ssize_t n = recv(fd, data, sizeof data, 0);
		if (n <= 0) {
			assert_true(n == 0 || errno == ECONNRESET);
			close(fd);
			return all;
		}
		all += (size_t)n;
	}
}
