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

/* Bodies: their sizes, their types, and how they may be announced. */

static struct rig rig;

static int set_up(void **state)
{
	static const struct hub_route routes[] = {
	        {HUB_POST, "/echo", NULL, 100000, rig_reply_body, NULL, NULL},
	        {HUB_PUT, "/echo", NULL, 100000, rig_reply_body, NULL, NULL},
	        {HUB_PATCH, "/echo", NULL, 100000, rig_reply_body, NULL, NULL},
	        {HUB_DELETE, "/echo", NULL, 0, rig_reply_body, NULL, NULL},
	        {HUB_GET, "/echo", NULL, 0, rig_reply_body, NULL, NULL},
	        {HUB_POST, "/json", "application/json", 1000, rig_reply_body, NULL, NULL},
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

static void test_bodies_come_whole(void **state)
{
	static const size_t sizes[] = {1, 4095, 4096, 4097, 16384, 70000, 100000};
	static const char *const lines[] = {"POST /echo", "PUT /echo", "PATCH /echo"};
	int fd = client_connect(&rig); /* one connection for all of it */

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		for (size_t m = 0; m < 3; m++) {
			struct reply reply;
			client_ask_with_body(fd, lines[m], sizes[i], &reply);
			assert_int_equal(reply.status, 200);
			reply_finish(&reply);
		}
	}
	close(fd);
}

static void expect_refused(const char *request, int status, const char *code)
{
	struct reply reply;
	char member[64];
	int fd = client_connect(&rig);

	client_say(fd, request);
	client_read(fd, false, &reply);
	assert_int_equal(reply.status, status);
	snprintf(member, sizeof member, "\"code\":\"%s\"", code);
	assert_non_null(strstr(reply.body, member));
	assert_string_equal(reply_header(&reply, "Connection"), "close");
	reply_finish(&reply);
	close(fd);
}

/* The answer comes although not a byte of the body has been sent. */
static void test_too_large(void **state)
{
	expect_refused("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n", 413, "too_large");
	expect_refused("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000000000\r\n\r\n", 413, "too_large");
	expect_refused("GET /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", 413, "too_large");
	expect_refused("DELETE /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde", 413, "too_large");
}

static void test_bad_announcements(void **state)
{
	expect_refused("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", 400, "bad_request");
	expect_refused("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5x\r\n\r\n", 400, "bad_request");
	expect_refused("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400,
	               "bad_request");
	expect_refused("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400,
	               "bad_request");
	expect_refused("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	               411, "bad_request");
	expect_refused("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
	               411, "bad_request");
	expect_refused("GET /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411,
	               "bad_request");
	expect_refused("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde", 404, "not_found");
}

/* A refused client that goes on sending its body still reads why. */
static void test_refusal_is_seen_by_who_sends_on(void **state)
{
	size_t len = 2 << 20;
	char *body = calloc(1, len);
	struct reply reply;
	int fd = client_connect(&rig);

	client_say(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2097152\r\n\r\n");
	client_send(fd, body, len);
	client_read(fd, false, &reply);
	assert_int_equal(reply.status, 413);
	reply_finish(&reply);
	close(fd);
	free(body);
}

/* What follows a refused request on the same connection is not served. */
static void test_nothing_after_a_refusal(void **state)
{
	struct reply reply;
	int fd = client_connect(&rig);

	client_say(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	               "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\nsmuggle");
	client_read(fd, false, &reply);
	assert_int_equal(reply.status, 411);
	reply_finish(&reply);
	char rest[4096] = "";
	for (ssize_t n, got = 0; (n = recv(fd, rest + got, sizeof rest - 1 - (size_t)got, 0)) > 0;)
		got += n;
	assert_null(strstr(rest, "smuggle"));
	close(fd);
}

static void test_no_length_is_no_body(void **state)
{
	struct reply reply;
	int fd = client_connect(&rig);

	client_say(
	        fd,
	        "POST /echo HTTP/1.1\r\nHost: a\r\n\r\nPUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
	client_read(fd, false, &reply);
	assert_int_equal(reply.status, 200);
	assert_int_equal(reply.body_len, 0);
	reply_finish(&reply);
	client_read(fd, false, &reply);
	assert_string_equal(reply.body, "abc");
	reply_finish(&reply);
	close(fd);
}

static void test_empty_bodies(void **state)
{
	static const char *const lines[] = {"POST /echo", "PUT /echo", "PATCH /echo", "DELETE /echo", "GET /echo"};
	int fd = client_connect(&rig);

	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
			struct reply reply;
			client_ask_with_body(fd, lines[i], 0, &reply);
			assert_int_equal(reply.status, 200);
			reply_finish(&reply);
		}
	}
	close(fd);
}

static void test_types(void **state)
{
	static const struct {
		const char *type;
		int status;
	} cases[] = {
	        {"application/json", 200}, {"application/json; charset=utf-8", 200},
	        {"Application/JSON", 200}, {"application/jsonx", 415},
	        {"text/plain", 415},       {NULL, 415},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct reply reply;
		char request[256];
		snprintf(request, sizeof request, "POST /json HTTP/1.1\r\nHost: a\r\n%s%s%sContent-Length: 2\r\n\r\n{}",
		         cases[i].type ? "Content-Type: " : "", cases[i].type ? cases[i].type : "",
		         cases[i].type ? "\r\n" : "");
		client_ask(&rig, request, &reply);
		assert_int_equal(reply.status, cases[i].status);
		reply_finish(&reply);
	}
}

static void test_expect_continue(void **state)
{
	struct reply reply;
	int fd = client_connect(&rig);

	client_say(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
	client_read(fd, false, &reply);
	assert_int_equal(reply.status, 100);
	reply_finish(&reply);
	client_say(fd, "abc");
	client_read(fd, false, &reply);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body, "abc");
	reply_finish(&reply);
	close(fd);
	expect_refused("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\nExpect: 100-continue\r\n\r\n", 413,
	               "too_large");
}

static void test_a_body_that_does_not_come(void **state)
{
	struct reply reply;
	int fd = client_connect(&rig);

	client_say(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
	rig_await_request(&rig);
	rig_turn_wheel(&rig, INT64_MAX);
	client_read(fd, false, &reply);
	assert_int_equal(reply.status, 408);
	reply_finish(&reply);
	/* Now it lingers for the rest; the next turn ends that. */
	while (rig_requests(&rig) > 0)
		rig_turn_wheel(&rig, INT64_MAX);
	assert_true(client_is_closed(fd));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_bodies_come_whole),
	        cmocka_unit_test(test_too_large),
	        cmocka_unit_test(test_bad_announcements),
	        cmocka_unit_test(test_refusal_is_seen_by_who_sends_on),
	        cmocka_unit_test(test_nothing_after_a_refusal),
	        cmocka_unit_test(test_no_length_is_no_body),
	        cmocka_unit_test(test_empty_bodies),
	        cmocka_unit_test(test_types),
	        cmocka_unit_test(test_expect_continue),
	        cmocka_unit_test(test_a_body_that_does_not_come),
	};

	return cmocka_run_group_tests_name("hub_body", tests, set_up, tear_down);
}
