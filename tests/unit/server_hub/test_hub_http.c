#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client.h"

#include <stdio.h>
#include <string.h>

/* What a handler is told and what a reply carries: routes, origins, headers. */

static struct rig rig;

/* Says what it was asked. */
static void describe(struct hub_request *r, void *ctx)
{
	const char *query = hub_request_query(r, "q"), *cookie = hub_request_cookie(r, "session"),
	           *authorization = hub_request_header(r, "authorization");
	char text[1024];

	snprintf(text, sizeof text, "%s|%s|%s|%s|%s|%s|%s|%d%d", hub_request_param(r, 0), hub_request_param(r, 1),
	         query ? query : "-", cookie ? cookie : "-", authorization ? authorization : "-",
	         hub_request_address(r), hub_request_param(r, 3), hub_request_is_tls(r), hub_request_same_origin(r));
	rig_reply_text(r, text);
}

static void headers(struct hub_request *r, void *ctx)
{
	const struct hub_header extra[] = {{"Set-Cookie", "a=b; HttpOnly"},
	                                   {"Location", "/x\r\nSet-Cookie: evil=1"},
	                                   {"Cache-Control", "max-age=5"}};

	hub_request_reply(r, 201, "application/json", extra, 3, NULL);
}

static int set_up(void **state)
{
	static const struct hub_route routes[] = {
	        {HUB_GET, "/api/things/{thing}", NULL, 0, describe, NULL, NULL},
	        {HUB_GET, "/api/things/{thing}/parts/{part}", NULL, 0, describe, NULL, NULL},
	        {HUB_DELETE, "/api/things/{thing}", NULL, 0, describe, NULL, NULL},
	        {HUB_GET, "/headers", NULL, 0, headers, NULL, NULL},
	};

	rig_prepare(&rig);
	rig_set(&rig, "public_url", "https://shop.example");
	rig_serve(&rig, routes, sizeof routes / sizeof routes[0]);
	return 0;
}

static int tear_down(void **state)
{
	rig_stop(&rig);
	return 0;
}

static void test_what_a_handler_sees(void **state)
{
	client_expect(&rig, "GET /api/things/7 HTTP/1.1\r\nHost: a\r\n\r\n", "7||-|-|-|127.0.0.1||01");
	client_expect(&rig,
	              "GET /api/things/a%20b/parts/c?x=1&q=d%26e+f HTTP/1.1\r\nHost: a\r\nCookie: x=1; session=abc\r\n"
	              "Authorization: Bearer tok\r\n\r\n",
	              "a b|c|d&e f|abc|Bearer tok|127.0.0.1||01");
	client_expect(&rig, "GET /api/things/7?q HTTP/1.1\r\nHost: a\r\n\r\n", "7|||-|-|127.0.0.1||01");
}

static void test_behind_a_proxy(void **state)
{
	client_expect(&rig,
	              "GET /api/things/7 HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.1, 203.0.113.5\r\n"
	              "X-Forwarded-Proto: https\r\n\r\n",
	              "7||-|-|-|203.0.113.5||11");
	client_expect(&rig, "GET /api/things/7 HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: nonsense\r\n\r\n",
	              "7||-|-|-|127.0.0.1||01");
}

static void test_origins(void **state)
{
	client_expect(&rig, "GET /api/things/7 HTTP/1.1\r\nHost: a:1\r\nOrigin: http://a:1\r\n\r\n",
	              "7||-|-|-|127.0.0.1||01");
	client_expect(&rig, "GET /api/things/7 HTTP/1.1\r\nHost: a:1\r\nOrigin: https://shop.example\r\n\r\n",
	              "7||-|-|-|127.0.0.1||01");
	client_expect(&rig, "GET /api/things/7 HTTP/1.1\r\nHost: a:1\r\nOrigin: http://evil\r\n\r\n",
	              "7||-|-|-|127.0.0.1||00");
	client_expect(&rig, "GET /api/things/7 HTTP/1.1\r\nHost: a:1\r\nOrigin: null\r\n\r\n",
	              "7||-|-|-|127.0.0.1||00");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_what_a_handler_sees),
	        cmocka_unit_test(test_behind_a_proxy),
	        cmocka_unit_test(test_origins),
	        cmocka_unit_test(test_problems),
	        cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests_name("hub_http", tests, set_up, tear_down);
}
