#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Descriptors, ports, and clients that take their time. */

static struct rig rig;

static void hello(struct hub_request *r, void *ctx)
{
	rig_reply_text(r, "hello");
}

static void start(const char *max_connections)
{
	rig_prepare(&rig);
	if (max_connections)
		rig_set(&rig, "max_connections", max_connections);
	rig_serve(&rig, &(struct hub_route){.method = HUB_GET, .pattern = "/hello", .handle = hello}, 1);
}

/* @return whether a request on the connection is answered */
static bool is_served(int fd)
{
	static const char request[] = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
	char answer[2048];

	if (send(fd, request, sizeof request - 1, MSG_NOSIGNAL) < 0)
		return false;
	return recv(fd, answer, sizeof answer, 0) > 12 && memcmp(answer, "HTTP/1.1 200", 12) == 0;
}

static void count_sockets(struct hub *hub, void *ctx)
{
	*(size_t *)ctx = hub->sockets;
}

static void test_connections_are_limited(void **state)
{
	int fds[16];
	size_t sockets = 16;

	start("16");
	for (int i = 0; i < 16; i++) {
		fds[i] = client_connect(&rig);
		assert_true(is_served(fds[i]));
	}
	for (int i = 0; i < 5; i++) {
		int extra = client_connect(&rig);
		assert_false(is_served(extra));
		close(extra);
	}
	for (int i = 0; i < 16; i++)
		assert_true(is_served(fds[i])); /* nobody else suffered */
	close(fds[3]);
	while (sockets == 16)
		rig_do(&rig, count_sockets, &sockets);
	fds[3] = client_connect(&rig);
	assert_true(is_served(fds[3]));
	for (int i = 0; i < 16; i++)
		close(fds[i]);
	rig_stop(&rig);
}

static void count_everybody(struct hub *hub, void *ctx)
{
	hub->addresses.everybody = true; /* clients of a test come over loopback, which else does not count */
}

static void test_connections_of_one_address_are_limited(void **state)
{
	int fds[4], extra[HUB_CROWD_SPARE];
	struct hub_stats stats = {0};
	struct reply reply;
	size_t sockets = 4;

	rig_prepare(&rig);
	rig_set(&rig, "connections_per_address", "4");
	rig_serve(&rig, &(struct hub_route){.method = HUB_GET, .pattern = "/hello", .handle = hello}, 1);
	rig_do(&rig, count_everybody, NULL);
	for (int i = 0; i < 4; i++) {
		fds[i] = client_connect(&rig);
		assert_true(is_served(fds[i]));
	}
	for (int i = 0; i < HUB_CROWD_SPARE; i++) { /* the next few are told why */
		extra[i] = client_connect(&rig);
		if (i == 0) {
			client_say(extra[i], "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
			client_read(extra[i], false, &reply);
			assert_int_equal(reply.status, 503);
			assert_non_null(strstr(reply.body, "\"code\":\"limit\""));
			assert_string_equal(reply_header(&reply, "Connection"), "close");
			reply_finish(&reply);
		}
	}
	while (sockets != 4 + HUB_CROWD_SPARE)
		rig_do(&rig, count_sockets, &sockets);
	int last = client_connect(&rig); /* further ones are not even heard */
	assert_true(client_is_closed(last));
	close(last);
	for (int i = 0; i < 4; i++)
		assert_true(is_served(fds[i]));
	for (int i = 0; i < HUB_CROWD_SPARE; i++)
		close(extra[i]);
	close(fds[2]);
	while (sockets != 3)
		rig_do(&rig, count_sockets, &sockets);
	fds[2] = client_connect(&rig);
	assert_true(is_served(fds[2]));
	hub_stats_get(rig.hub, &stats);
	assert_int_equal(stats.address_refused, HUB_CROWD_SPARE + 1);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	rig_stop(&rig);
}

static void test_descriptors_run_out(void **state)
{
	struct rlimit before, low;
	int hoard[64], held = 0, waiting, served;

	start(NULL);
	served = client_connect(&rig);
	assert_true(is_served(served));
	waiting = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(waiting >= 0);
	close(waiting); /* one descriptor for the next client, none for the hub */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = before;
	low.rlim_cur = (rlim_t)waiting + 8;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	waiting = client_connect(&rig);
	assert_true(is_served(waiting));
	close(waiting);
	waiting = socket(AF_INET, SOCK_STREAM, 0);
	while (held < 64 && (hoard[held] = open("/dev/null", O_RDONLY)) >= 0)
		held++;
	assert_int_equal(errno, EMFILE);
	close(waiting);
	waiting = client_connect(&rig); /* takes the last one */
	assert_false(is_served(waiting));
	close(waiting);
	assert_true(is_served(served));
	while (held > 0)
		close(hoard[--held]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	waiting = client_connect(&rig);
	assert_true(is_served(waiting));
	close(waiting);
	close(served);
	rig_stop(&rig);
}

static void test_port_in_use(void **state)
{
	struct base_settings second;
	struct hub *hub = NULL;
	char port[16], why[512] = "";

	start(NULL);
	base_settings_init(&second);
	snprintf(port, sizeof port, "%d", rig.port);
	assert_int_equal(base_settings_set(&second, "http_port", port, why, sizeof why), 0);
	assert_int_equal(hub_create(&second, why, sizeof why, &hub), -EADDRINUSE);
	assert_null(hub);
	assert_non_null(strstr(why, port));
	base_settings_finish(&second);
	rig_stop(&rig);
}

static void test_never_run(void **state)
{
	rig_prepare(&rig);
	rig_create(&rig);
	hub_topic_destroy(hub_topic_create(rig.hub));
	hub_destroy(rig.hub);
	base_settings_finish(&rig.settings);
}

static void test_stop_before_run(void **state)
{
	rig_prepare(&rig);
	rig_create(&rig);
	hub_stop(rig.hub);
	hub_run(rig.hub); /* returns */
	hub_destroy(rig.hub);
	base_settings_finish(&rig.settings);
}

static void big(struct hub_request *r, void *ctx)
{
	struct base_buffer *body = base_buffer_new(8 << 20);

	memset(body->data, 'x', body->len);
	hub_request_reply(r, 200, "text/plain", NULL, 0, body);
	base_buffer_unref(body);
}

static double cpu_seconds(void)
{
	struct timespec used;
	clockid_t clock;

	assert_int_equal(pthread_getcpuclockid(rig.thread, &clock), 0);
	clock_gettime(clock, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void flood(struct hub_conn *conn, const char *text, size_t len, int64_t arrived_us, void *ctx)
{
	struct base_buffer *message = base_buffer_new(30000);

	memset(message->data, 'x', message->len);
	for (int i = 0; i < 100; i++)
		hub_conn_send(conn, HUB_CHAT, message);
	base_buffer_unref(message);
}

static void is_blocked(struct hub *hub, void *ctx)
{
	bool *blocked = ctx;

	for (size_t slot = 0; slot < HUB_WHEEL_SLOTS; slot++)
		for (struct hub_conn *conn = hub->slots[slot]; conn; conn = conn->slot_next)
			*blocked = *blocked || conn->blocked_since_us > 0;
}

/* Lines that take nothing while they go on sending: the loop must sleep, not look at them again and again. */
static void test_blocked_lines_cost_nothing(void **state)
{
	bool blocked = false;
	int pipeliner, viewer;

	rig_prepare(&rig);
	rig_create(&rig);
	hub_route(rig.hub, &(struct hub_route){.method = HUB_GET, .pattern = "/big", .handle = big});
	hub_on_ws(rig.hub, &(struct hub_ws_handlers){.message = flood});
	rig_start(&rig);
	pipeliner = client_connect(&rig);
	client_say(pipeliner, "GET /big HTTP/1.1\r\nHost: a\r\n\r\nGET /big HTTP/1.1\r\nHost: a\r\n\r\n");
	viewer = ws_connect(&rig);
	while (!blocked) {
		ws_say(viewer, "more");
		rig_do(&rig, is_blocked, &blocked);
	}
	ws_say(viewer, "more");
	client_say(pipeliner, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
	shutdown(viewer, SHUT_WR);
	usleep(100000);
	double before = cpu_seconds();
	usleep(400000);
	assert_true(cpu_seconds() - before < 0.2); /* in a circle it would take all of the time */
	close(pipeliner);
	close(viewer);
	rig_stop(&rig);
}

/* Headers that do not end: the connection does. Others are served meanwhile. */
static void test_slow_headers(void **state)
{
	int silent, half;

	start(NULL);
	silent = client_connect(&rig);
	half = client_connect(&rig);
	client_say(half, "GET /hello HTTP/1.1\r\nHost: a\r\nX-A: ");
	int other = client_connect(&rig);
	assert_true(is_served(other));
	close(other);
	char sink[4096];
	while (recv(half, sink, sizeof sink, 0) > 0)
		;
	while (recv(silent, sink, sizeof sink, 0) > 0)
		;
	close(half);
	close(silent);
	rig_stop(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_connections_are_limited),
	        cmocka_unit_test(test_connections_of_one_address_are_limited),
	        cmocka_unit_test(test_descriptors_run_out),
	        cmocka_unit_test(test_port_in_use),
	        cmocka_unit_test(test_never_run),
	        cmocka_unit_test(test_stop_before_run),
	        cmocka_unit_test(test_blocked_lines_cost_nothing),
	        cmocka_unit_test(test_slow_headers),
	};

	return cmocka_run_group_tests_name("hub_limits", tests, NULL, NULL);
}
