#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Large bodies: who may send one, how much of them is in memory, how long they may take. */

static struct rig rig;

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
	        {HUB_POST, "/echo", NULL, 100000, rig_reply_body, NULL, NULL},
	        {HUB_POST, "/photo", NULL, 12 << 20, rig_reply_body, &asked, admit},
	        {HUB_POST, "/open", NULL, 12 << 20, rig_reply_body, NULL, NULL},
	};

	rig_prepare(&rig);
	rig_set(&rig, "max_photo_bytes", "2097152"); /* eight times that may be in memory */
	rig_serve(&rig, routes, sizeof routes / sizeof routes[0]);
	return 0;
}

static int tear_down(void **state)
{
	rig_stop(&rig);
	return 0;
}

static void test_a_photo(void **state)
{
	struct reply reply;
	int fd = client_connect(&rig);

	client_ask_with_body(fd, "POST /photo", 12 << 20, &reply);
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

	for (int i = 0; i < CLIENT_PATIENCE_S * 200; i++) {
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
	client_ask_with_body(third, "POST /echo", 16384, &reply); /* small ones come through */
	assert_int_equal(reply.status, 200);
	reply_finish(&reply);
	client_ask_with_body(third, other, 12 << 20, &reply); /* and those of the other kind */
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

	client_ask_with_body(fd, "POST /photo HTTP/1.1\r\nX-Answer: no\r\nX-Rest:", HUB_SMALL_BODY, &reply);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_photo),
	        cmocka_unit_test(test_large_bodies_are_bounded_together),
	        cmocka_unit_test(test_those_of_strangers_have_their_own_bound),
	        cmocka_unit_test(test_nobody_is_asked_about_a_small_body),
	        cmocka_unit_test(test_a_body_that_is_not_admitted),
	        cmocka_unit_test(test_a_body_that_is_admitted_later),
	        cmocka_unit_test(test_a_body_must_move_on),
	};

	return cmocka_run_group_tests_name("hub_body_large", tests, set_up, tear_down);
}
