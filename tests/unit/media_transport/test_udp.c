/* The UDP port on loopback: both families, whole batches, and answers from the address that was addressed. */
#include "port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "transport/udp_address.h"

static void kinds(void **state)
{
	static const struct {
		uint8_t first, second;
		enum media_datagram want;
	} cases[] = {
	        {0, 1, MEDIA_DATAGRAM_STUN},      {1, 1, MEDIA_DATAGRAM_STUN},
	        {3, 0, MEDIA_DATAGRAM_STUN},      {4, 0, MEDIA_DATAGRAM_UNKNOWN},
	        {16, 0, MEDIA_DATAGRAM_UNKNOWN},  {19, 0, MEDIA_DATAGRAM_UNKNOWN},
	        {20, 254, MEDIA_DATAGRAM_DTLS},   {22, 254, MEDIA_DATAGRAM_DTLS},
	        {63, 254, MEDIA_DATAGRAM_DTLS},   {64, 0, MEDIA_DATAGRAM_UNKNOWN},
	        {79, 0, MEDIA_DATAGRAM_UNKNOWN},  {127, 0, MEDIA_DATAGRAM_UNKNOWN},
	        {128, 96, MEDIA_DATAGRAM_RTP},    {144, 96 | 128, MEDIA_DATAGRAM_RTP},
	        {191, 111, MEDIA_DATAGRAM_RTP},   {128, 191, MEDIA_DATAGRAM_RTP},
	        {128, 192, MEDIA_DATAGRAM_RTCP},  {129, 200, MEDIA_DATAGRAM_RTCP},
	        {143, 205, MEDIA_DATAGRAM_RTCP},  {128, 223, MEDIA_DATAGRAM_RTCP},
	        {128, 224, MEDIA_DATAGRAM_RTP},   {192, 200, MEDIA_DATAGRAM_UNKNOWN},
	        {255, 0, MEDIA_DATAGRAM_UNKNOWN},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t data[32] = {cases[i].first, cases[i].second, 0, 0, 0x21, 0x12, 0xa4, 0x42};
		assert_int_equal(media_datagram_kind(data, sizeof data), cases[i].want);
	}
}

static void short_datagrams_are_unknown(void **state)
{
	static const struct {
		uint8_t first, second;
		size_t least;
	} cases[] = {{0, 1, 20}, {22, 254, 13}, {128, 96, 12}, {128, 200, 8}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t data[32] = {cases[i].first, cases[i].second, 0, 0, 0x21, 0x12, 0xa4, 0x42};
		for (size_t len = 0; len < sizeof data; len++)
			assert_int_equal(media_datagram_kind(data, len) == MEDIA_DATAGRAM_UNKNOWN,
			                 len < cases[i].least);
	}
	uint8_t no_cookie[20] = {0, 1};
	assert_int_equal(media_datagram_kind(no_cookie, sizeof no_cookie), MEDIA_DATAGRAM_UNKNOWN);
}

static void reply(struct media_udp *udp, const struct media_path *to, const void *data, size_t len)
{
	uint8_t *room = media_udp_reserve(udp, len);
	assert_non_null(room);
	memcpy(room, data, len);
	media_udp_commit(udp, to, len);
	media_udp_flush(udp);
}

static void ipv4_is_answered_from_where_it_was_addressed(void **state)
{
	struct media_udp *udp = port_open();
	static const char *const addresses[] = {"127.0.0.1", "127.0.0.2", "127.9.8.7"};
	for (size_t i = 0; i < 3; i++) {
		int fd = port_connect4(udp, addresses[i]);
		struct sockaddr_in self;
		socklen_t self_len = sizeof self;
		assert_int_equal(getsockname(fd, (struct sockaddr *)&self, &self_len), 0);
		assert_int_equal(send(fd, "hello", 5, 0), 5);
		struct media_udp_received *got = port_receive(udp);
		assert_int_equal(got->len, 5);
		assert_memory_equal(got->data, "hello", 5);
		assert_int_equal(got->from.remote.ss_family, AF_INET);
		assert_memory_equal(&got->from.remote, &self, sizeof self);
		const struct sockaddr_in *local = (const struct sockaddr_in *)&got->from.local;
		assert_int_equal(local->sin_family, AF_INET);
		assert_int_equal(local->sin_addr.s_addr, inet_addr(addresses[i]));
		struct media_path to = got->from;
		reply(udp, &to, "welcome", 7);
		port_expect(fd, "welcome", 7);
		close(fd);
	}
	media_udp_close(udp);
}

static bool has_ipv6(void)
{
	struct sockaddr_in6 self = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool has = fd >= 0 && bind(fd, (struct sockaddr *)&self, sizeof self) == 0;
	if (fd >= 0)
		close(fd);
	return has;
}

static void ipv6_is_answered_from_where_it_was_addressed(void **state)
{
	struct media_udp *udp = port_open();
	if (!has_ipv6()) { /* then the port must say so rather than lose datagrams silently */
		struct media_path to = {0};
		struct media_udp_stats stats;
		((struct sockaddr_in6 *)&to.remote)->sin6_family = AF_INET6;
		reply(udp, &to, "x", 1);
		media_udp_stats_get(udp, &stats);
		assert_int_equal(stats.dropped, 1);
		media_udp_close(udp);
		return;
	}
	int fd = port_connect6(udp);
	assert_int_equal(send(fd, "hello", 5, 0), 5);
	struct media_udp_received *got = port_receive(udp);
	const struct sockaddr_in6 *local = (const struct sockaddr_in6 *)&got->from.local;
	assert_int_equal(got->from.remote.ss_family, AF_INET6);
	assert_int_equal(local->sin6_family, AF_INET6);
	assert_memory_equal(&local->sin6_addr, &in6addr_loopback, sizeof in6addr_loopback);
	struct media_path to = got->from;
	reply(udp, &to, "welcome", 7);
	port_expect(fd, "welcome", 7);
	close(fd);
	media_udp_close(udp);
}

static void an_unknown_local_address_is_left_to_the_kernel(void **state)
{
	struct media_udp *udp = port_open();
	int fd = port_connect4(udp, "127.0.0.1");
	assert_int_equal(send(fd, "hello", 5, 0), 5);
	struct media_path to = port_receive(udp)->from;
	memset(&to.local, 0, sizeof to.local);
	reply(udp, &to, "welcome", 7);
	port_expect(fd, "welcome", 7);
	close(fd);
	media_udp_close(udp);
}

static void many_come_in_batches(void **state)
{
	struct media_udp *udp = port_open();
	int fd = port_connect4(udp, "127.0.0.1");
	for (uint16_t i = 0; i < 150; i++)
		assert_int_equal(send(fd, &i, sizeof i, 0), sizeof i);
	uint16_t next = 0;
	while (next < 150) {
		struct media_udp_received *got;
		port_wait(media_udp_fd(udp));
		int n = media_udp_receive(udp, &got);
		assert_true(n > 0 && n <= MEDIA_UDP_BATCH);
		for (int i = 0; i < n; i++, next++) {
			assert_int_equal(got[i].len, sizeof next);
			assert_memory_equal(got[i].data, &next, sizeof next);
		}
	}
	struct media_udp_received *got;
	assert_int_equal(media_udp_receive(udp, &got), 0);
	close(fd);
	media_udp_close(udp);
}

static void an_oversized_datagram_has_no_content(void **state)
{
	static uint8_t large[MEDIA_DATAGRAM_MAX + 1];
	struct media_udp *udp = port_open();
	int fd = port_connect4(udp, "127.0.0.1");
	assert_int_equal(send(fd, large, sizeof large, 0), sizeof large);
	assert_int_equal(port_receive(udp)->len, 0);
	assert_int_equal(send(fd, large, MEDIA_DATAGRAM_MAX, 0), MEDIA_DATAGRAM_MAX);
	assert_int_equal(port_receive(udp)->len, MEDIA_DATAGRAM_MAX);
	close(fd);
	media_udp_close(udp);
}

static void a_port_in_use_is_said(void **state)
{
	struct media_udp *udp = port_open(), *second = udp;
	assert_int_equal(media_udp_open(media_udp_port(udp), &second), -EADDRINUSE);
	assert_null(second);
	media_udp_close(udp);
	media_udp_close(NULL);
}

static void large_buffers(void **state)
{
	struct media_udp *udp = port_open();
	int fresh = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ours = 0, usual = 0;
	socklen_t len = sizeof ours;
	assert_int_equal(getsockopt(media_udp_fd(udp), SOL_SOCKET, SO_RCVBUF, &ours, &len), 0);
	assert_int_equal(getsockopt(fresh, SOL_SOCKET, SO_RCVBUF, &usual, &len), 0);
	assert_true(ours >= usual);
	close(fresh);
	media_udp_close(udp);
}

static void addresses_of_an_ipv4_socket(void **state)
{
	struct sockaddr_storage in4 = {0}, in6 = {0}, out;
	((struct sockaddr_in *)&in4)->sin_family = AF_INET;
	((struct sockaddr_in *)&in4)->sin_port = htons(7);
	((struct sockaddr_in *)&in4)->sin_addr.s_addr = inet_addr("192.0.2.1");
	((struct sockaddr_in6 *)&in6)->sin6_family = AF_INET6;
	assert_int_equal(udp_address_to_kernel(&in4, AF_INET, &out), sizeof(struct sockaddr_in));
	assert_memory_equal(&out, &in4, sizeof(struct sockaddr_in));
	assert_int_equal(udp_address_to_kernel(&in6, AF_INET, &out), 0);
	assert_int_equal(udp_address_to_kernel(&in4, AF_INET6, &out), sizeof(struct sockaddr_in6));
	struct sockaddr_storage back;
	udp_address_from_kernel(&out, &back);
	assert_memory_equal(&back, &in4, sizeof(struct sockaddr_in));
	assert_int_equal(udp_address_port(&back), 7);
	union udp_control control;
	struct msghdr header = {.msg_control = &control};
	udp_control_write(&header, &in4, AF_INET);
	assert_int_equal(CMSG_FIRSTHDR(&header)->cmsg_type, IP_PKTINFO);
	udp_control_read(&header, &back);
	assert_int_equal(((struct sockaddr_in *)&back)->sin_addr.s_addr, inet_addr("192.0.2.1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(kinds),
	        cmocka_unit_test(short_datagrams_are_unknown),
	        cmocka_unit_test(ipv4_is_answered_from_where_it_was_addressed),
	        cmocka_unit_test(ipv6_is_answered_from_where_it_was_addressed),
	        cmocka_unit_test(an_unknown_local_address_is_left_to_the_kernel),
	        cmocka_unit_test(many_come_in_batches),
	        cmocka_unit_test(an_oversized_datagram_has_no_content),
	        cmocka_unit_test(a_port_in_use_is_said),
	        cmocka_unit_test(large_buffers),
	        cmocka_unit_test(addresses_of_an_ipv4_socket),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
