#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bodies: their limits, their types, and how they may be announced. */

static struct rig rig;

static void echo(struct hub_request *r, void *ctx)
{
	const uint8_t *data;
	size_t len;

	hub_request_body(r, &data, &len);
	struct base_buffer *body = base_buffer_copy(data, len);
	hub_request_reply(r, 200, "application/octet-stream", NULL, 0, body);
	base_buffer_unref(body);
}

/* Asked about a body: yes at once, no, or later by an errand. */
static void admit(struct hub_request *r, void *ctx)
{
	const char *answer = hub_request_header(r, "x-answer");

	if (answer && strcmp(answer, "no") == 0)
		hub_request_problem(r, 401, "unauthenticated", "who are you");
	else if (answer && strcmp(answer, "later") == 0)
		*(uint64_t *)ctx = hub_request_token(r);
	else
		hub_request_receive(r);
}

static uint64_t asked; /* the token of a request that waits for its admission */

static int set_up(void **state)
{
	static const struct hub_route routes[] = {
	        {HUB_POST, "/echo", NULL, 100000, echo, NULL, NULL},
	        {HUB_PUT, "/echo", NULL, 100000, echo, NULL, NULL},
	        {HUB_PATCH, "/echo", NULL, 100000, echo, NULL, NULL},
	        {HUB_DELETE, "/echo", NULL, 0, echo, NULL, NULL},
	        {HUB_GET, "/echo", NULL, 0, echo, NULL, NULL},
	        {HUB_POST, "/json", "application/json", 1000, echo, NULL, NULL},
	        {HUB_POST, "/photo", NULL, 12 << 20, echo, &asked, admit},
	        {HUB_POST, "/open", NULL, 12 << 20, echo, NULL, NULL},
	};

	rig_prepare(&rig);
	rig_set(&rig, "max_photo_bytes", "2097152"); /* eight times that may be in memory */
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

/* Send head and a body of len bytes; read the answer. */
static void ask_with_body(int fd, const char *line, size_t len, struct reply *reply)
{
	char head[512];
	char *body = malloc(len + 1);

	for (size_t i = 0; i < len; i++)
		body[i] = (char)('a' + i % 23);
	snprintf(head, sizeof head, "%s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", line, len);
	client_say(fd, head);
	client_send(fd, body, len);
	client_read(fd, false, reply);
	if (reply->status == 200) {
		assert_int_equal(reply->body_len, len);
		assert_memory_equal(reply->body, body, len);
	}
	free(body);
}

static void test_bodies_come_whole(void **state)
{
	static const size_t sizes[] = {1, 4095, 4096, 4097, 16384, 70000, 100000};
	static const char *const lines[] = {"POST /echo", "PUT /echo", "PATCH /echo"};
	int fd = client_connect(&rig); /* one connection for all of it */

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		for (size_t m = 0; m < 3; m++) {
			struct reply reply;
			ask_with_body(fd, lines[m], sizes[i], &reply);
			assert_int_equal(reply.status, 200);
			reply_finish(&reply);
		}
	}
	close(fd);
}

static void test_a_photo(void **state)
{
	struct reply reply;
	int fd = client_connect(&rig);

	ask_with_body(fd, "POST /photo", 12 << 20, &reply);
	assert_int_equal(reply.status, 200);
	reply_finish(&reply);
	close(fd);
}

static void read_body_bytes(struct hub *hub, void *ctx)
{
	*(size_t *)ctx = hub->body_bytes[0] + hub->body_bytes[1];
}

static void await_body_bytes(size_t wanted)
{
	size_t bytes = 0;

	for (int i = 0; i < RIG_PATIENCE_S * 200; i++) {
		rig_do(&rig, read_body_bytes, &bytes);
		if (bytes == wanted)
			return;
		usleep(5000);
	}
	fail_msg("%zu bytes are counted", bytes);
}

static void bounded_together(const char *path, const char *other)
{
	char head[128];
	char *body = calloc(1, 12 << 20);
	int first = client_connect(&rig), second = client_connect(&rig), third;
	struct reply reply;

	snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 12582912\r\n\r\n", path);
	await_body_bytes(0);
	client_say(first, head);
	client_send(first, body, 11 << 20);
	await_body_bytes(12 << 20);
	client_say(second, head);
	client_send(second, body, 5 << 20);
	client_read(second, false, &reply);
	assert_int_equal(reply.status, 503);
	assert_non_null(strstr(reply.body, "\"code\":\"retry\""));
	reply_finish(&reply);
	close(second);

	third = client_connect(&rig);
	ask_with_body(third, "POST /echo", 16384, &reply); /* small ones come through */
	assert_int_equal(reply.status, 200);
	reply_finish(&reply);
	ask_with_body(third, other, 12 << 20, &reply); /* and those of the other kind */
	assert_int_equal(reply.status, 200);
	reply_finish(&reply);
	close(third);

	client_send(first, body, 1 << 20);
	client_read(first, false, &reply);
	assert_int_equal(reply.status, 200);
	reply_finish(&reply);
	close(first);
	await_body_bytes(0);
	free(body);
}

static void test_large_bodies_are_bounded_together(void **state)
{
	bounded_together("/photo", "POST /open");
}

static void test_those_of_strangers_have_their_own_bound(void **state)
{
	bounded_together("/open", "POST /photo");
}

static void test_nobody_is_asked_about_a_small_body(void **state)
{
	struct reply reply;
	int fd = client_connect(&rig);

	ask_with_body(fd, "POST /photo HTTP/1.1\r\nX-Answer: no\r\nX-Rest:", HUB_SMALL_BODY, &reply);
	assert_int_equal(reply.status, 200);
	reply_finish(&reply);
	close(fd);
}

/* The answer comes before the body, of which nothing is kept. */
static void test_a_body_that_is_not_admitted(void **state)
{
	struct reply reply;
	int fd = client_connect(&rig);

	client_say(fd, "POST /photo HTTP/1.1\r\nHost: a\r\nX-Answer: no\r\nContent-Length: 1000000\r\n\r\n");
	client_read(fd, false, &reply);
	assert_int_equal(reply.status, 401);
	assert_string_equal(reply_header(&reply, "Connection"), "close");
	reply_finish(&reply);
	close(fd);
	await_body_bytes(0);
}

static void receive(struct hub *hub, void *ctx)
{
	struct hub_request *r = hub_request_find(hub, *(uint64_t *)ctx);

	assert_non_null(r);
	assert_int_equal(r->body_len, 0); /* what has come waits in the socket */
	hub_request_receive(r);
}

static void read_asked(struct hub *hub, void *ctx)
{
	*(uint64_t *)ctx = asked;
}

static void test_a_body_that_is_admitted_later(void **state)
{
	char *body = calloc(1, 1000001);
	struct reply reply;
	uint64_t token = 0;
	int fd = client_connect(&rig);

	asked = 0;
	client_say(fd, "POST /photo HTTP/1.1\r\nHost: a\r\nX-Answer: later\r\nContent-Length: 1000000\r\n\r\n");
	client_send(fd, "begin", 5);
	while (token == 0)
		rig_do(&rig, read_asked, &token);
	rig_do(&rig, receive, &token);
	client_send(fd, body, 999995);
	client_read(fd, false, &reply);
	assert_int_equal(reply.status, 200);
	assert_int_equal(reply.body_len, 1000000);
	assert_memory_equal(reply.body, "begin", 5);
	reply_finish(&reply);
	close(fd);
	free(body);
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
			ask_with_body(fd, lines[i], 0, &reply);
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

static void turn_wheel(struct hub *hub, void *ctx)
{
	peer_wheel(hub, INT64_MAX);
	*(size_t *)ctx = hub->request_count;
}

/* How long the one request that reads its body may still take [us]. */
static void read_patience(struct hub *hub, void *ctx)
{
	for (struct hub_peer *peer = hub->peers; peer; peer = peer->next)
		if (peer->request && peer->request->state == REQUEST_BODY && peer->request->body_len == 65536)
			*(int64_t *)ctx = peer->request->deadline_us - peer->request->body_begun_us;
}

/* Its time grows with what has come, not with what was promised: whoever stops sending is done with soon. */
static void test_a_body_must_move_on(void **state)
{
	char *body = calloc(1, 65536);
	int64_t patience_us = 0;
	int fd = client_connect(&rig);

	client_say(fd, "POST /photo HTTP/1.1\r\nHost: a\r\nContent-Length: 12000000\r\n\r\n");
	client_send(fd, body, 65536);
	while (patience_us == 0)
		rig_do(&rig, read_patience, &patience_us);
	assert_int_equal(patience_us, HUB_PROGRESS_US + 65536 / HUB_BODY_BPS * 1000000);
	close(fd);
	free(body);
}

static void count_requests(struct hub *hub, void *ctx)
{
	*(size_t *)ctx = hub->request_count;
}

static void test_a_body_that_does_not_come(void **state)
{
	size_t waiting = 0;
	struct reply reply;
	int fd = client_connect(&rig);

	client_say(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
	while (waiting == 0)
		rig_do(&rig, count_requests, &waiting);
	rig_do(&rig, turn_wheel, &waiting);
	client_read(fd, false, &reply);
	assert_int_equal(reply.status, 408);
	reply_finish(&reply);
	/* Now it lingers for the rest; the next turn ends that. */
	while (waiting > 0)
		rig_do(&rig, turn_wheel, &waiting);
	assert_true(client_is_closed(fd));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_bodies_come_whole),
	        cmocka_unit_test(test_a_photo),
	        cmocka_unit_test(test_large_bodies_are_bounded_together),
	        cmocka_unit_test(test_those_of_strangers_have_their_own_bound),
	        cmocka_unit_test(test_nobody_is_asked_about_a_small_body),
	        cmocka_unit_test(test_a_body_that_is_not_admitted),
	        cmocka_unit_test(test_a_body_that_is_admitted_later),
	        cmocka_unit_test(test_a_body_must_move_on),
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
