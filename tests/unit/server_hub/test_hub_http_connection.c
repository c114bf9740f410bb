#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* HTTP connections: kept alive, pipelined, slow, left, and what bad clients do. */

static struct rig rig;

struct later {
	struct hub *hub;
	uint64_t token;
	char text[64];
};

static int lost; /* hub thread: replies that found nobody */

static void answer_later(void *ctx)
{
	struct later *later = ctx;
	struct hub_request *r = hub_request_find(later->hub, later->token);

	if (r)
		rig_reply_text(r, later->text);
	else
		lost++;
	free(later);
}

static void slow(struct hub_request *r, void *ctx)
{
	struct later *later = calloc(1, sizeof *later);
	const char *ms = hub_request_query(r, "ms");

	later->hub = rig.hub;
	later->token = hub_request_token(r);
	snprintf(later->text, sizeof later->text, "late %s", hub_request_param(r, 0));
	hub_timer_start(rig.hub, atoll(ms ? ms : "1") * 1000, answer_later, later);
}

static void big(struct hub_request *r, void *ctx)
{
	size_t len = (size_t)atoll(hub_request_param(r, 0));
	struct base_buffer *body = base_buffer_new(len);

	for (size_t i = 0; i < len; i++)
		body->data[i] = (uint8_t)(i % 251);
	hub_request_reply(r, 200, "application/octet-stream", NULL, 0, body);
	base_buffer_unref(body);
}

static void never(struct hub_request *r, void *ctx)
{
}

static void patient(struct hub_request *r, void *ctx)
{
	hub_request_wait(r);
}

static void hello(struct hub_request *r, void *ctx)
{
	rig_reply_text(r, "hello");
}

static int set_up(void **state)
{
	static const struct hub_route routes[] = {
	        {HUB_GET, "/hello", NULL, 0, hello, NULL, NULL},
	        {HUB_GET, "/slow/{name}", NULL, 0, slow, NULL, NULL},
	        {HUB_POST, "/slow/{name}", NULL, 1000, slow, NULL, NULL},
	        {HUB_GET, "/big/{len}", NULL, 0, big, NULL, NULL},
	        {HUB_GET, "/never", NULL, 0, never, NULL, NULL},
	        {HUB_GET, "/patient", NULL, 0, patient, NULL, NULL},
	};

	rig_prepare(&rig);
	rig_serve(&rig, routes, sizeof routes / sizeof routes[0]);
	return 0;
}

static int tear_down(void **state)
{
	rig_stop(&rig);
	return 0;
}

static void test_head(void **state)
{
	struct reply reply;
	int fd = client_connect(&rig);

	client_say(fd, "HEAD /big/5000 HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
	client_read(fd, true, &reply);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply_header(&reply, "Content-Length"), "5000");
	reply_finish(&reply);
	client_read(fd, false, &reply); /* had there been a body, this would not be a head */
	assert_int_equal(reply.status, 200);
	reply_finish(&reply);
	close(fd);
}

static void test_kept_alive(void **state)
{
	struct reply reply;
	int fd = client_connect(&rig);

	for (int i = 0; i < 20; i++) {
		char request[128], expected[64];
		snprintf(request, sizeof request, "GET /slow/n%d?ms=1 HTTP/1.1\r\nHost: a\r\n\r\n", i);
		snprintf(expected, sizeof expected, "late n%d", i);
		client_say(fd, request);
		client_read(fd, false, &reply);
		assert_string_equal(reply.body, expected);
		assert_string_equal(reply_header(&reply, "Connection"), "keep-alive");
		reply_finish(&reply);
	}
	close(fd);
}

static void test_connection_close(void **state)
{
	static const char *const requests[] = {
	        "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	        "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n",
	        "GET /hello HTTP/1.0\r\nHost: a\r\n\r\n",
	        "GET /slow/x?ms=2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		struct reply reply;
		int fd = client_connect(&rig);
		client_say(fd, requests[i]);
		client_read(fd, false, &reply);
		assert_int_equal(reply.status, 200);
		assert_string_equal(reply_header(&reply, "Connection"), "close");
		reply_finish(&reply);
		assert_true(client_is_closed(fd));
		close(fd);
	}
}

/* Answers come late and the next requests are there already: they must be answered one by one, in order. */
static void test_pipelined(void **state)
{
	char all[4096] = "";
	size_t len = 0;
	int fd = client_connect(&rig);

	for (int i = 0; i < 12; i++) {
		const char *body = i % 3 == 1 ? "hello" : "";
		len += (size_t)snprintf(all + len, sizeof all - len, "%s /slow/n%d?ms=%d HTTP/1.1\r\nHost: a\r\n",
		                        *body ? "POST" : "GET", i, (12 - i) % 4);
		if (*body)
			len += (size_t)snprintf(all + len, sizeof all - len, "Content-Length: 5\r\n");
		len += (size_t)snprintf(all + len, sizeof all - len, "\r\n%s", body);
	}
	client_send(fd, all, len);
	for (int i = 0; i < 12; i++) {
		struct reply reply;
		char expected[32];
		client_read(fd, false, &reply);
		snprintf(expected, sizeof expected, "late n%d", i);
		assert_int_equal(reply.status, 200);
		assert_string_equal(reply.body, expected);
		reply_finish(&reply);
	}
	close(fd);
}

static void test_byte_by_byte(void **state)
{
	static const char request[] = "POST /slow/x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd"
	                              "GET /slow/y HTTP/1.1\r\nHost: a\r\n\r\n";
	struct reply reply;
	int fd = client_connect(&rig);

	for (size_t i = 0; i < sizeof request - 1; i++)
		client_send(fd, request + i, 1);
	client_read(fd, false, &reply);
	assert_string_equal(reply.body, "late x");
	reply_finish(&reply);
	client_read(fd, false, &reply);
	assert_string_equal(reply.body, "late y");
	reply_finish(&reply);
	close(fd);
}

static void test_large_replies(void **state)
{
	static const size_t sizes[] = {16384, 16385, 65536, 131073, 5000000};
	int fd = client_connect(&rig), small = 65536;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct reply reply;
		char request[128];
		snprintf(request, sizeof request, "GET /big/%zu HTTP/1.1\r\nHost: a\r\n\r\n", sizes[i]);
		client_say(fd, request);
		client_read(fd, false, &reply);
		assert_int_equal(reply.body_len, sizes[i]);
		for (size_t at = 0; at < reply.body_len; at++)
			if ((uint8_t)reply.body[at] != at % 251)
				fail_msg("byte %zu of %zu is wrong", at, sizes[i]);
		reply_finish(&reply);
	}
	close(fd);
}

static void read_lost(struct hub *hub, void *ctx)
{
	*(int *)ctx = lost;
}

static void test_peer_leaves_before_the_answer(void **state)
{
	int before, now;
	struct linger reset = {1, 0};
	int fd = client_connect(&rig);

	rig_do(&rig, read_lost, &before);
	client_say(fd, "GET /slow/x?ms=20 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset); /* a reset rather than an orderly end */
	close(fd);
	/* Whether the hub sees the end before it answers or when it does: the request must be gone and the hub alive.
	 */
	while (rig_requests(&rig) > 0)
		;
	rig_do(&rig, read_lost, &now);
	assert_true(now - before <= 1);
	client_expect(&rig, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", "hello");
}

static void test_a_silent_handler_is_overruled(void **state)
{
	struct reply reply;
	int fd = client_connect(&rig);

	client_say(fd, "GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
	rig_await_request(&rig);
	rig_turn_wheel(&rig, INT64_MAX);
	client_read(fd, false, &reply);
	assert_int_equal(reply.status, 504);
	reply_finish(&reply);
	assert_true(client_is_closed(fd));
	close(fd);
}

static void test_rubbish(void **state)
{
	static const char *const rubbish[] = {
	        "\r\n\r\n",
	        "hello\r\n\r\n",
	        "GET\r\n\r\n",
	        "GET  HTTP/1.1\r\n\r\n",
	        "FROB / HTTP/1.1\r\nHost: a\r\n\r\n",
	        "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n",
	        "CONNECT example.org:443 HTTP/1.1\r\nHost: a\r\n\r\n",
	        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: nonsense\r\nConnection: Upgrade\r\n\r\n",
	        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
	        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: nonsense\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
	        "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
	        "GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n",
	        "GET /?a=%00 HTTP/1.1\r\nHost: a\r\n\r\n",
	        "GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n",
	        "GET /api/things/\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
	        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	        "GET / HTTP/1.1\nHost: a\n\n",
	        "GET / HTTP/9.9\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof rubbish / sizeof rubbish[0]; i++) {
		char sink[4096];
		int fd = client_connect(&rig);
		client_say(fd, rubbish[i]);
		shutdown(fd, SHUT_WR);
		while (recv(fd, sink, sizeof sink, 0) > 0)
			;
		close(fd);
		client_expect(&rig, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", "hello");
	}
}

static void test_headers_without_end(void **state)
{
	char line[1024];
	struct reply reply;
	int fd = client_connect(&rig);

	memset(line, 'x', sizeof line);
	memcpy(line, "X-Long: ", 8);
	memcpy(line + sizeof line - 2, "\r\n", 2);
	client_say(fd, "GET /hello HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < 64; i++)
		client_send(fd, line, sizeof line);
	client_read(fd, false, &reply);
	assert_int_equal(reply.status, 431);
	reply_finish(&reply);
	close(fd);
	client_expect(&rig, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", "hello");
}

/* What cannot be read gets a status that says why, and the end of the connection. */
static void test_rubbish_is_answered(void **state)
{
	static const struct {
		const char *request;
		int status;
	} cases[] = {
	        {"hello\r\n\r\n", 400},
	        {"GET / HTTP/1.1\r\n\r\n", 400}, /* no Host */
	        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
	        {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
	        {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400},
	        {"GET / HTTP/1.1\nHost: a\n\n", 400},
	        {"GET /../x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
	        {"GET /%2e%2e/x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
	        {"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
	        {"GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
	        {"FROB / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
	        {"CONNECT example.org:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501},
	        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
	        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct reply reply;
		int fd = client_connect(&rig);
		client_say(fd, cases[i].request);
		client_read(fd, false, &reply);
		assert_int_equal(reply.status, cases[i].status);
		assert_string_equal(reply_header(&reply, "Connection"), "close");
		reply_finish(&reply);
		assert_true(client_is_closed(fd));
		close(fd);
	}
	/* An upgrade that we do not know is no reason to refuse the request. */
	client_expect(&rig, "GET /hello HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", "hello");
}

/* While a request waits for its answer, its peer's going is noticed, with more input before it or not. */
static void test_peer_leaves_while_it_waits(void **state)
{
	static char more[4000];

	for (int i = 0; i < 2; i++) {
		int fd = client_connect(&rig);

		client_say(fd, "GET /patient HTTP/1.1\r\nHost: a\r\n\r\n");
		rig_await_request(&rig);
		memset(more, 'x', sizeof more);
		if (i == 1)
			client_send(fd, more, sizeof more);
		close(fd);
		while (rig_requests(&rig) > 0)
			usleep(1000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_head),
	        cmocka_unit_test(test_kept_alive),
	        cmocka_unit_test(test_connection_close),
	        cmocka_unit_test(test_pipelined),
	        cmocka_unit_test(test_byte_by_byte),
	        cmocka_unit_test(test_large_replies),
	        cmocka_unit_test(test_peer_leaves_before_the_answer),
	        cmocka_unit_test(test_peer_leaves_while_it_waits),
	        cmocka_unit_test(test_a_silent_handler_is_overruled),
	        cmocka_unit_test(test_rubbish),
	        cmocka_unit_test(test_headers_without_end),
	        cmocka_unit_test(test_rubbish_is_answered),
	};

	return cmocka_run_group_tests_name("hub_http_connection", tests, set_up, tear_down);
}
