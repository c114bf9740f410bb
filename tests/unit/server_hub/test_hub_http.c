#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Routes, replies, connections kept alive, and what bad clients do. */

static struct rig rig;

static void reply_text(struct hub_request *r, const char *text)
{
	struct base_buffer *body = base_buffer_copy(text, strlen(text));

	hub_request_reply(r, 200, "text/plain", NULL, 0, body);
	base_buffer_unref(body);
}

/* Says what it was asked. */
static void describe(struct hub_request *r, void *ctx)
{
	const char *query = hub_request_query(r, "q"), *cookie = hub_request_cookie(r, "session"),
	           *authorization = hub_request_header(r, "authorization");
	char text[1024];

	snprintf(text, sizeof text, "%s|%s|%s|%s|%s|%s|%s|%d%d", hub_request_param(r, 0), hub_request_param(r, 1),
	         query ? query : "-", cookie ? cookie : "-", authorization ? authorization : "-",
	         hub_request_address(r), hub_request_param(r, 3), hub_request_is_tls(r), hub_request_same_origin(r));
	reply_text(r, text);
}

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
		reply_text(r, later->text);
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

static void headers(struct hub_request *r, void *ctx)
{
	const struct hub_header extra[] = {{"Set-Cookie", "a=b; HttpOnly"},
	                                   {"Location", "/x\r\nSet-Cookie: evil=1"},
	                                   {"Cache-Control", "max-age=5"}};

	hub_request_reply(r, 201, "application/json", extra, 3, NULL);
}

static void never(struct hub_request *r, void *ctx)
{
}

static int set_up(void **state)
{
	static const struct hub_route routes[] = {
	        {HUB_GET, "/api/things/{thing}", NULL, 0, describe, NULL, NULL},
	        {HUB_GET, "/api/things/{thing}/parts/{part}", NULL, 0, describe, NULL, NULL},
	        {HUB_DELETE, "/api/things/{thing}", NULL, 0, describe, NULL, NULL},
	        {HUB_GET, "/slow/{name}", NULL, 0, slow, NULL, NULL},
	        {HUB_POST, "/slow/{name}", NULL, 1000, slow, NULL, NULL},
	        {HUB_GET, "/big/{len}", NULL, 0, big, NULL, NULL},
	        {HUB_GET, "/headers", NULL, 0, headers, NULL, NULL},
	        {HUB_GET, "/never", NULL, 0, never, NULL, NULL},
	};

	rig_prepare(&rig);
	rig_set(&rig, "public_url", "https://shop.example");
	rig_create(&rig);
	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
		hub_route(rig.hub, &routes[i]);
	rig_start(&rig);
	return 0;
}

static int tear_down(void **state)
{
	rig_stop(&rig);
	return 0;
}

static void expect_body(const char *request, const char *body)
{
	struct reply reply;

	client_ask(&rig, request, &reply);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body, body);
	reply_finish(&reply);
}

static void test_what_a_handler_sees(void **state)
{
	expect_body("GET /api/things/7 HTTP/1.1\r\nHost: a\r\n\r\n", "7||-|-|-|127.0.0.1||01");
	expect_body("GET /api/things/a%20b/parts/c?x=1&q=d%26e+f HTTP/1.1\r\nHost: a\r\nCookie: x=1; session=abc\r\n"
	            "Authorization: Bearer tok\r\n\r\n",
	            "a b|c|d&e f|abc|Bearer tok|127.0.0.1||01");
	expect_body("GET /api/things/7?q HTTP/1.1\r\nHost: a\r\n\r\n", "7|||-|-|127.0.0.1||01");
}

static void test_behind_a_proxy(void **state)
{
	expect_body("GET /api/things/7 HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.1, 203.0.113.5\r\n"
	            "X-Forwarded-Proto: https\r\n\r\n",
	            "7||-|-|-|203.0.113.5||11");
	expect_body("GET /api/things/7 HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: nonsense\r\n\r\n",
	            "7||-|-|-|127.0.0.1||01");
}

static void test_origins(void **state)
{
	expect_body("GET /api/things/7 HTTP/1.1\r\nHost: a:1\r\nOrigin: http://a:1\r\n\r\n", "7||-|-|-|127.0.0.1||01");
	expect_body("GET /api/things/7 HTTP/1.1\r\nHost: a:1\r\nOrigin: https://shop.example\r\n\r\n",
	            "7||-|-|-|127.0.0.1||01");
	expect_body("GET /api/things/7 HTTP/1.1\r\nHost: a:1\r\nOrigin: http://evil\r\n\r\n", "7||-|-|-|127.0.0.1||00");
	expect_body("GET /api/things/7 HTTP/1.1\r\nHost: a:1\r\nOrigin: null\r\n\r\n", "7||-|-|-|127.0.0.1||00");
}

static void test_problems(void **state)
{
	struct reply reply;

	client_ask(&rig, "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", &reply);
	assert_int_equal(reply.status, 404);
	assert_string_equal(reply_header(&reply, "Content-Type"), "application/problem+json");
	assert_non_null(strstr(
	        reply.body, "\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"code\":\"not_found\""));
	reply_finish(&reply);
	client_ask(&rig, "PUT /api/things/7 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", &reply);
	assert_int_equal(reply.status, 405);
	assert_string_equal(reply_header(&reply, "Allow"), "GET, DELETE, OPTIONS, HEAD");
	reply_finish(&reply);
	client_ask(&rig, "OPTIONS /api/things/7 HTTP/1.1\r\nHost: a\r\n\r\n", &reply);
	assert_int_equal(reply.status, 204);
	assert_string_equal(reply_header(&reply, "Allow"), "GET, DELETE, OPTIONS, HEAD");
	assert_null(reply_header(&reply, "Content-Length"));
	reply_finish(&reply);
}

static void test_head(void **state)
{
	struct reply reply;
	int fd = client_connect(&rig);

	client_say(fd, "HEAD /big/5000 HTTP/1.1\r\nHost: a\r\n\r\nGET /api/things/1 HTTP/1.1\r\nHost: a\r\n\r\n");
	client_read(fd, true, &reply);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply_header(&reply, "Content-Length"), "5000");
	reply_finish(&reply);
	client_read(fd, false, &reply); /* had there been a body, this would not be a head */
	assert_int_equal(reply.status, 200);
	reply_finish(&reply);
	close(fd);
}

static void test_headers(void **state)
{
	struct reply reply;

	client_ask(&rig, "GET /headers HTTP/1.1\r\nHost: a\r\n\r\n", &reply);
	assert_int_equal(reply.status, 201);
	assert_string_equal(reply_header(&reply, "Content-Length"), "0");
	assert_string_equal(reply_header(&reply, "Set-Cookie"), "a=b; HttpOnly");
	assert_null(reply_header(&reply, "Location"));
	assert_null(strstr(reply.head, "evil"));
	assert_string_equal(reply_header(&reply, "Cache-Control"), "max-age=5");
	assert_null(strstr(reply.head, "no-store"));
	assert_string_equal(reply_header(&reply, "X-Content-Type-Options"), "nosniff");
	assert_non_null(reply_header(&reply, "Date"));
	assert_non_null(reply_header(&reply, "Referrer-Policy"));
	assert_non_null(strstr(reply_header(&reply, "Permissions-Policy"), "camera=(self)"));
	assert_non_null(strstr(reply_header(&reply, "Content-Security-Policy"), "frame-ancestors 'none'"));
	assert_null(reply_header(&reply, "Strict-Transport-Security"));
	reply_finish(&reply);
	client_ask(&rig, "GET /api/things/7 HTTP/1.1\r\nHost: a\r\n\r\n", &reply);
	assert_string_equal(reply_header(&reply, "Cache-Control"), "no-store");
	reply_finish(&reply);
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
	        "GET /api/things/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	        "GET /api/things/1 HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n",
	        "GET /api/things/1 HTTP/1.0\r\nHost: a\r\n\r\n",
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

static void count_requests(struct hub *hub, void *ctx)
{
	*(size_t *)ctx = hub->request_count;
}

static void test_peer_leaves_before_the_answer(void **state)
{
	size_t waiting = 1;
	int before, now;
	struct linger reset = {1, 0};
	int fd = client_connect(&rig);

	rig_do(&rig, read_lost, &before);
	client_say(fd, "GET /slow/x?ms=20 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset); /* a reset rather than an orderly end */
	close(fd);
	/* Whether the hub sees the end before it answers or when it does: the request must be gone and the hub alive.
	 */
	while (waiting > 0)
		rig_do(&rig, count_requests, &waiting);
	rig_do(&rig, read_lost, &now);
	assert_true(now - before <= 1);
	expect_body("GET /api/things/7 HTTP/1.1\r\nHost: a\r\n\r\n", "7||-|-|-|127.0.0.1||01");
}

static void turn_wheel(struct hub *hub, void *ctx)
{
	peer_wheel(hub, *(int64_t *)ctx);
}

static void test_a_silent_handler_is_overruled(void **state)
{
	int64_t far = INT64_MAX;
	size_t waiting = 0;
	struct reply reply;
	int fd = client_connect(&rig);

	client_say(fd, "GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
	while (waiting == 0)
		rig_do(&rig, count_requests, &waiting);
	rig_do(&rig, turn_wheel, &far);
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
		expect_body("GET /api/things/7 HTTP/1.1\r\nHost: a\r\n\r\n", "7||-|-|-|127.0.0.1||01");
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
	client_say(fd, "GET /api/things/7 HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < 64; i++)
		client_send(fd, line, sizeof line);
	client_read(fd, false, &reply);
	assert_int_equal(reply.status, 431);
	reply_finish(&reply);
	close(fd);
	expect_body("GET /api/things/7 HTTP/1.1\r\nHost: a\r\n\r\n", "7||-|-|-|127.0.0.1||01");
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
	expect_body("GET /api/things/7 HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
	            "7||-|-|-|127.0.0.1||01");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_what_a_handler_sees),
	        cmocka_unit_test(test_behind_a_proxy),
	        cmocka_unit_test(test_origins),
	        cmocka_unit_test(test_problems),
	        cmocka_unit_test(test_head),
	        cmocka_unit_test(test_headers),
	        cmocka_unit_test(test_kept_alive),
	        cmocka_unit_test(test_connection_close),
	        cmocka_unit_test(test_pipelined),
	        cmocka_unit_test(test_byte_by_byte),
	        cmocka_unit_test(test_large_replies),
	        cmocka_unit_test(test_peer_leaves_before_the_answer),
	        cmocka_unit_test(test_a_silent_handler_is_overruled),
	        cmocka_unit_test(test_rubbish),
	        cmocka_unit_test(test_headers_without_end),
	        cmocka_unit_test(test_rubbish_is_answered),
	};

	return cmocka_run_group_tests_name("hub_http", tests, set_up, tear_down);
}
