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

#include "base/clock.h"

/* One WebSocket at a time: handshake, messages, their limits, and its end. */

static struct rig rig;
static int opened, closed; /* hub thread */
static uint64_t last_token;

static void on_open(struct hub_conn *conn, void *ctx)
{
	const char *cookie = hub_conn_cookie(conn, "session");

	opened++;
	last_token = hub_conn_token(conn);
	hub_conn_set_data(conn, &opened);
	if (cookie && strcmp(cookie, "greet") == 0)
		rig_send_text(conn, "{\"hello\":1}", 11);
}

static void on_message(struct hub_conn *conn, const char *text, size_t len, int64_t arrived_us, void *ctx)
{
	int64_t age_us = base_clock_monotonic_us() - arrived_us;

	assert_true(age_us >= 0 && age_us < 10000000);
	assert_ptr_equal(hub_conn_data(conn), &opened);
	assert_string_equal(hub_conn_address(conn), "127.0.0.1");
	if (len == 7 && memcmp(text, "{bye:1}", 7) == 0) {
		rig_send_text(conn, "{\"last\":1}", 10);
		hub_conn_close(conn, 1008, "banned");
		rig_send_text(conn, "{\"never\":1}", 11);
		return;
	}
	rig_send_text(conn, text, len);
}

static void on_closed(struct hub_conn *conn, void *ctx)
{
	closed++;
}

static int set_up(void **state)
{
	rig_prepare(&rig);
	rig_create(&rig);
	hub_on_ws(rig.hub, &(struct hub_ws_handlers){.open = on_open, .message = on_message, .closed = on_closed});
	rig_start(&rig);
	return 0;
}

static int tear_down(void **state)
{
	rig_stop(&rig);
	return opened == closed ? 0 : -1;
}

static void test_echo(void **state)
{
	int fd = ws_connect(&rig);

	ws_say(fd, "{\"a\":\"\xe2\x82\xac\"}");
	ws_expect(fd, "[{\"a\":\"\xe2\x82\xac\"}]");
	for (int i = 0; i < 100; i++) {
		char text[32], expected[40];
		snprintf(text, sizeof text, "{\"n\":%d}", i);
		snprintf(expected, sizeof expected, "[%s]", text);
		ws_say(fd, text);
		ws_expect(fd, expected);
	}
	close(fd);
}

static void test_handshake_cookie(void **state)
{
	int fd = client_connect(&rig);

	assert_int_equal(ws_handshake(fd, "/ws",
	                              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat, trunkshow.v1\r\n"
	                              "Cookie: session=greet\r\nOrigin: http://localhost\r\n"),
	                 101);
	ws_expect(fd, "[{\"hello\":1}]");
	close(fd);
}

static void test_refused_handshakes(void **state)
{
#define V "Sec-WebSocket-Version: 13\r\n"
#define P "Sec-WebSocket-Protocol: trunkshow.v1\r\n"
	static const struct {
		const char *path, *headers;
		int status;
	} cases[] = {
	        {"/ws", V, 400},
	        {"/ws", V "Sec-WebSocket-Protocol: other\r\n", 400},
	        {"/ws", P, 426},
	        {"/ws", P "Sec-WebSocket-Version: 8\r\n", 426},
	        {"/wsx", V P, 404},
	        {"/", V P, 404},
	        {"/ws", V P "Origin: https://evil.example\r\n", 403},
	        {"/ws", V P "Origin: https://localhost\r\n", 403},
	        {"/ws", V P "Origin: null\r\n", 403},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int fd = client_connect(&rig);
		assert_int_equal(ws_handshake(fd, cases[i].path, cases[i].headers), cases[i].status);
		if (cases[i].status != 404) /* an address like others, which is not there */
			assert_true(client_is_closed(fd));
		close(fd);
	}
	struct reply reply;
	client_ask(&rig, "GET /ws HTTP/1.1\r\nHost: a\r\n\r\n", &reply);
	assert_int_equal(reply.status, 426);
	reply_finish(&reply);
}

/* The first message may come in the same packet as the handshake. */
static void test_early_message(void **state)
{
	static const char handshake[] =
	        "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" V P "\r\n"
	        "\x81\x82\x00\x00\x00\x00{}";
	struct reply reply;
	int fd = client_connect(&rig);

	/* the literal holds NUL bytes (an all-zero mask) */
	client_send(fd, handshake, sizeof handshake - 1);
	client_read(fd, false, &reply);
	assert_int_equal(reply.status, 101);
	reply_finish(&reply);
	ws_expect(fd, "[{}]");
	close(fd);
}

static void test_fragments(void **state)
{
	int fd = ws_connect(&rig);

	ws_send(fd, false, WS_TEXT, "{\"a\":", 5);
	ws_send(fd, true, WS_PING, "p", 1); /* control frames may come between */
	ws_send(fd, false, 0, "", 0);
	ws_send(fd, false, 0, "\"\xe2\x82", 3); /* a character cut in two */
	ws_send(fd, true, 0, "\xac\"}", 3);
	for (int text = 0, pong = 0; text + pong < 2;) {
		struct frame frame;
		ws_read(fd, &frame);
		assert_true(frame.opcode == WS_TEXT || frame.opcode == WS_PONG);
		text += frame.opcode == WS_TEXT;
		pong += frame.opcode == WS_PONG;
		assert_string_equal((char *)frame.data, frame.opcode == WS_TEXT ? "[{\"a\":\"\xe2\x82\xac\"}]" : "p");
		free(frame.data);
	}
	ws_say(fd, "{}");
	ws_expect(fd, "[{}]");
	close(fd);
}

static void test_sizes(void **state)
{
	static const size_t sizes[] = {0, 1, 125, 126, 4095, 4096, 4097, 65535, 65536};
	int fd = ws_connect(&rig);

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		char *text = malloc(sizes[i] + 1);
		struct frame frame;
		memset(text, 'x', sizes[i]);
		ws_send(fd, true, WS_TEXT, text, sizes[i]);
		ws_read(fd, &frame);
		assert_int_equal(frame.opcode, WS_TEXT);
		assert_int_equal(frame.len, sizes[i] + 2);
		assert_memory_equal(frame.data + 1, text, sizes[i]);
		free(frame.data);
		free(text);
	}
	close(fd);
}

static void test_too_large(void **state)
{
	char *text = calloc(1, 65537);
	int fd = ws_connect(&rig);

	memset(text, 'x', 65537);
	ws_send(fd, true, WS_TEXT, text, 65537);
	assert_int_equal(ws_read_close(fd), 1009);
	close(fd);
	/* The same in pieces, none of them too large by itself. */
	fd = ws_connect(&rig);
	ws_send(fd, false, WS_TEXT, text, 40000);
	ws_send(fd, true, 0, text, 40000);
	assert_int_equal(ws_read_close(fd), 1009);
	close(fd);
	/* Ten megabytes: refused by its announcement. */
	fd = ws_connect(&rig);
	client_send(fd, "\x81\xff\x00\x00\x00\x00\x00\xa0\x00\x00\x01\x02\x03\x04zzz", 17);
	assert_int_equal(ws_read_close(fd), 1009);
	close(fd);
	free(text);
}

static void expect_error(int fd, const char *code)
{
	struct frame frame;
	char start[128];

	ws_read(fd, &frame);
	assert_int_equal(frame.opcode, WS_TEXT);
	snprintf(start, sizeof start, "[{\"type\":\"error\",\"id\":null,\"code\":\"%s\"", code);
	assert_memory_equal(frame.data, start, strlen(start));
	free(frame.data);
}

static void test_bad_text_is_told(void **state)
{
	int fd = ws_connect(&rig);

	ws_say(fd, "{\"a\":\"\xff\xfe\"}");
	expect_error(fd, "bad_json");
	ws_say(fd, "{\"a\":\"\xe2\x82"); /* a character cut off */
	expect_error(fd, "bad_json");
	ws_send(fd, true, WS_BINARY, "{}", 2);
	expect_error(fd, "bad_request");
	ws_say(fd, "{}");
	ws_expect(fd, "[{}]"); /* the connection has survived all of it */
	close(fd);
}

static void test_broken_frames(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
	        {"\x83\x80\x00\x00\x00\x00", 6},                          /* a reserved opcode */
	        {"\xf1\x82\x00\x00\x00\x00{}", 8},                        /* reserved bits */
	        {"\x81\x02{}", 4},                                        /* not masked */
	        {"\x89\xfe\x00\xff\x00\x00\x00\x00", 8},                  /* a ping of 255 bytes */
	        {"\x80\x82\x00\x00\x00\x00{}", 8},                        /* a continuation of nothing */
	        {"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00", 12}, /* 2^64 bytes */
	        {"\x88\x81\x00\x00\x00\x00\x01", 7},                      /* a close with half a code */
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char sink[1024];
		int fd = ws_connect(&rig);
		client_send(fd, cases[i].bytes, cases[i].len);
		shutdown(fd, SHUT_WR);
		while (recv(fd, sink, sizeof sink, 0) > 0)
			;
		close(fd);
	}
	test_echo(state);
}

static void test_close_after_the_last_words(void **state)
{
	int fd = ws_connect(&rig);
	struct frame frame;

	ws_say(fd, "{bye:1}");
	ws_expect(fd, "[{\"last\":1}]");
	ws_read(fd, &frame);
	assert_int_equal(frame.opcode, WS_CLOSE);
	assert_int_equal(frame.data[0] << 8 | frame.data[1], 1008);
	assert_string_equal((char *)frame.data + 2, "banned");
	free(frame.data);
	ws_send(fd, true, WS_CLOSE, "\x03\xf0", 2);
	assert_true(client_is_closed(fd));
	close(fd);
}

static void find_last(struct hub *hub, void *ctx)
{
	*(bool *)ctx = hub_conn_find(hub, last_token) != NULL;
}

static void test_a_token_outlives_its_connection(void **state)
{
	bool there = false;
	int fd = ws_connect(&rig);

	ws_say(fd, "{}");
	ws_expect(fd, "[{}]");
	rig_do(&rig, find_last, &there);
	assert_true(there);
	ws_send(fd, true, WS_CLOSE, "\x03\xe8", 2);
	assert_int_equal(ws_read_close(fd), 1000);
	close(fd);
	while (there)
		rig_do(&rig, find_last, &there);
}

static void test_pings(void **state)
{
	struct frame frame;
	int fd = ws_connect(&rig);

	rig_turn_ws_wheel(&rig, 0);
	ws_read(fd, &frame);
	assert_int_equal(frame.opcode, WS_PING);
	ws_send(fd, true, WS_PONG, frame.data, frame.len);
	free(frame.data);
	ws_say(fd, "{}");
	ws_expect(fd, "[{}]");
	rig_turn_ws_wheel(&rig, HUB_SILENT_US + 1000000); /* as if nothing had been heard for so long */
	assert_int_equal(ws_read_close(fd), 0);
	close(fd);
}

static void test_nonsense_ends(void **state)
{
	int fd = ws_connect(&rig);

	for (int i = 0; i < HUB_NONSENSE; i++)
		ws_send(fd, true, WS_BINARY, "x", 1);
	ws_say(fd, "{alive}");
	for (int i = 0; i <= HUB_NONSENSE;) {
		struct frame frame;
		ws_read(fd, &frame);
		assert_int_equal(frame.opcode, WS_TEXT);
		/* Several messages may share a frame. */
		for (char *at = (char *)frame.data; (at = strpbrk(at, "{")); at++)
			i++;
		free(frame.data);
	}
	ws_send(fd, true, WS_BINARY, "x", 1);
	assert_int_equal(ws_read_close(fd), 1008);
	close(fd);
}

/* However many pings come in one go, the last is answered, and few of the others. */
static void test_pings_are_gathered(void **state)
{
	enum { PINGS = 1000 };
	uint8_t pings[PINGS * 8];
	struct frame frame;
	int fd = ws_connect(&rig), pongs = 0;

	for (int i = 0; i < PINGS; i++)
		memcpy(pings + i * 8, (uint8_t[]){0x89, 0x82, 0, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}, 8);
	client_send(fd, pings, sizeof pings);
	for (bool last = false; !last; pongs++) {
		ws_read(fd, &frame);
		assert_int_equal(frame.opcode, WS_PONG);
		assert_int_equal(frame.len, 2);
		last = frame.data[0] == (PINGS - 1) >> 8 && frame.data[1] == ((PINGS - 1) & 0xff);
		free(frame.data);
	}
	assert_in_range(pongs, 1, PINGS / 4);
	close(fd);
}

static void test_stop_says_goodbye(void **state)
{
	int fd = ws_connect(&rig);
	struct frame frame;

	hub_stop(rig.hub);
	ws_read(fd, &frame);
	assert_int_equal(frame.opcode, WS_TEXT);
	assert_non_null(strstr((char *)frame.data, "\"code\":\"restarting\""));
	free(frame.data);
	assert_int_equal(ws_read_close(fd), 1001);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_echo),
	        cmocka_unit_test(test_handshake_cookie),
	        cmocka_unit_test(test_refused_handshakes),
	        cmocka_unit_test(test_early_message),
	        cmocka_unit_test(test_fragments),
	        cmocka_unit_test(test_sizes),
	        cmocka_unit_test(test_too_large),
	        cmocka_unit_test(test_bad_text_is_told),
	        cmocka_unit_test(test_broken_frames),
	        cmocka_unit_test(test_close_after_the_last_words),
	        cmocka_unit_test(test_a_token_outlives_its_connection),
	        cmocka_unit_test(test_pings),
	        cmocka_unit_test(test_nonsense_ends),
	        cmocka_unit_test(test_pings_are_gathered),
	        cmocka_unit_test(test_stop_says_goodbye), /* the last: the hub is gone then */
	};

	return cmocka_run_group_tests_name("hub_ws", tests, set_up, tear_down);
}
