/* Frames, the queue of a connection, and how many there may be. */
#include "bytes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "transport/tcp_bounds.h"
#include "transport/tcp_frame.h"
#include "transport/tcp_queue.h"

static void frames(void **state)
{
	static const uint8_t data[] = {0, 3, 'a', 'b', 'c', 0, 0, 0x08, 0x01};
	size_t len = 77;
	assert_int_equal(media_frame_next(data, 0, 2048, &len), 0);
	assert_int_equal(media_frame_next(data, 1, 2048, &len), 0);
	for (size_t n = 2; n < 5; n++)
		assert_int_equal(media_frame_next(data, n, 2048, &len), 0);
	for (size_t n = 5; n <= sizeof data; n++) {
		assert_int_equal(media_frame_next(data, n, 2048, &len), 1);
		assert_int_equal(len, 3);
	}
	assert_int_equal(media_frame_next(data + 5, 2, 2048, &len), 1);
	assert_int_equal(len, 0);
	/* what cannot be taken is known from the head alone */
	assert_int_equal(media_frame_next(data + 7, 2, 2048, &len), -EMSGSIZE);
	assert_int_equal(media_frame_next(data + 7, 2, 2049, &len), 0);
	assert_int_equal(media_frame_next((const uint8_t *)"\xff\xff", 2, 2048, &len), -EMSGSIZE);
}

static size_t drain(struct media_tcp_queue *q, uint8_t *out, size_t most)
{
	struct iovec pieces[2];
	size_t count = media_tcp_queue_peek(q, pieces), n = 0;
	for (size_t i = 0; i < count; i++) {
		size_t part = pieces[i].iov_len < most - n ? pieces[i].iov_len : most - n;
		memcpy(out + n, pieces[i].iov_base, part);
		n += part;
	}
	media_tcp_queue_drop(q, n);
	return n;
}

/** Whatever is added and taken in whatever portions: what comes out is what went in, frame for frame. */
static void queue_keeps_order_and_whole_frames(void **state)
{
	static uint8_t ring[1000], stream[400000];
	struct media_tcp_queue q = {.data = ring, .size = sizeof ring};
	uint64_t seed = 9;
	size_t len = 0, added = 0, refused = 0, at = 0, seen = 0;
	uint8_t message[300];
	for (int i = 0; i < 4000 && len < sizeof stream - 2000; i++) {
		size_t size = next_random(&seed) % sizeof message;
		memset(message, (int)(added & 0xff), size);
		bool room = sizeof ring - q.used >= size + 2, took = media_tcp_queue_add(&q, message, size, 0);
		assert_int_equal(took, room);
		added += took;
		refused += !took;
		len += drain(&q, stream + len, next_random(&seed) % 250);
	}
	while (q.used)
		len += drain(&q, stream + len, sizeof stream - len);
	assert_true(refused > 100 && added > 100);
	for (size_t size; at < len; at += size + 2, seen++) {
		assert_int_equal(media_frame_next(stream + at, len - at, 2048, &size), 1);
		for (size_t k = 0; k < size; k++)
			assert_int_equal(stream[at + 2 + k], seen & 0xff);
	}
	assert_int_equal(seen, added);
}

static void queue_keeps_room(void **state)
{
	static uint8_t ring[100];
	struct media_tcp_queue q = {.data = ring, .size = sizeof ring};
	struct iovec pieces[2];
	uint8_t message[100] = {0};
	assert_int_equal(media_tcp_queue_peek(&q, pieces), 0);
	assert_false(media_tcp_queue_add(&q, message, 79, 20));
	assert_true(media_tcp_queue_add(&q, message, 78, 20));
	assert_false(media_tcp_queue_add(&q, message, 0, 20));
	assert_true(media_tcp_queue_add(&q, message, 18, 0));
	assert_int_equal(q.used, 100);
	assert_false(media_tcp_queue_add(&q, message, 0, 0));
	media_tcp_queue_drop(&q, 99);
	assert_int_equal(q.used, 1);
	media_tcp_queue_drop(&q, 1);
	assert_int_equal(q.head, 0);
	static uint8_t huge[70000];
	struct media_tcp_queue large = {.data = huge, .size = sizeof huge};
	static const uint8_t long_message[66000];
	assert_false(media_tcp_queue_add(&large, long_message, 65536, 0)); /* its length cannot be said */
	assert_true(media_tcp_queue_add(&large, long_message, 65535, 0));
}

static struct sockaddr_storage address(const char *text)
{
	struct sockaddr_storage a = {0};
	bool six = strchr(text, ':');
	a.ss_family = six ? AF_INET6 : AF_INET;
	void *to =
	        six ? (void *)&((struct sockaddr_in6 *)&a)->sin6_addr : (void *)&((struct sockaddr_in *)&a)->sin_addr;
	assert_int_equal(inet_pton(a.ss_family, text, to), 1);
	return a;
}

static void connections_are_bounded(void **state)
{
	struct media_tcp_bounds *b;
	struct sockaddr_storage a = address("192.0.2.1"), c = address("192.0.2.2"), six = address("2001:db8::1"),
	                        neighbour = address("2001:db8::ffff:2"), elsewhere = address("2001:db8:0:1::1");
	assert_int_equal(media_tcp_bounds_create(6, 2, &b), 0);
	assert_int_equal(media_tcp_bounds_in_all(b), 6);
	assert_int_equal(media_tcp_bounds_enter(b, &a), 0);
	assert_int_equal(media_tcp_bounds_enter(b, &a), 0);
	assert_int_equal(media_tcp_bounds_enter(b, &a), -EDQUOT);
	assert_int_equal(media_tcp_bounds_enter(b, &six), 0);
	assert_int_equal(media_tcp_bounds_enter(b, &neighbour), 0);
	assert_int_equal(media_tcp_bounds_enter(b, &six), -EDQUOT); /* one network is one address */
	assert_int_equal(media_tcp_bounds_enter(b, &elsewhere), 0);
	media_tcp_bounds_leave(b, &a);
	assert_int_equal(media_tcp_bounds_enter(b, &a), 0);
	assert_int_equal(media_tcp_bounds_enter(b, &c), 0);
	assert_int_equal(media_tcp_bounds_enter(b, &c), -EUSERS);
	media_tcp_bounds_leave(b, &six);
	media_tcp_bounds_leave(b, &neighbour);
	assert_int_equal(media_tcp_bounds_enter(b, &c), 0);
	assert_int_equal(media_tcp_bounds_enter(b, &six), 0);
	for (int i = 0; i < 2; i++) {
		media_tcp_bounds_leave(b, &a);
		media_tcp_bounds_leave(b, &c);
	}
	media_tcp_bounds_leave(b, &six);
	media_tcp_bounds_leave(b, &elsewhere);
	for (int i = 0; i < 2; i++)
		assert_int_equal(media_tcp_bounds_enter(b, &elsewhere), 0);
	assert_int_equal(media_tcp_bounds_enter(b, &elsewhere), -EDQUOT);
	media_tcp_bounds_destroy(b);
	media_tcp_bounds_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(frames),
	        cmocka_unit_test(queue_keeps_order_and_whole_frames),
	        cmocka_unit_test(queue_keeps_room),
	        cmocka_unit_test(connections_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
