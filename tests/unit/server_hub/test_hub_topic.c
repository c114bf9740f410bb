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

/* Many WebSockets: topics, slow viewers, what is lost and what is not. */

#define CROWD 200

static struct rig rig;
static struct hub_topic *room;  /* hub thread */
static struct hub_conn *latest; /* hub thread */
static int here;                /* hub thread */

/* "join" and "leave" move the sender; everything else is returned to him. */
static void on_message(struct hub_conn *conn, const char *text, size_t len, int64_t arrived_us, void *ctx)
{
	latest = conn;
	if (len == 4 && memcmp(text, "join", 4) == 0)
		hub_topic_join(room, conn);
	if (len == 5 && memcmp(text, "leave", 5) == 0)
		hub_topic_leave(room, conn);
	rig_send_text(conn, text, len);
}

static void on_open(struct hub_conn *conn, void *ctx)
{
	here++;
}

static void on_closed(struct hub_conn *conn, void *ctx)
{
	here--;
}

static int set_up(void **state)
{
	rig_prepare(&rig);
	rig_set(&rig, "send_queue_bytes", "65536");
	rig_create(&rig);
	room = hub_topic_create(rig.hub);
	hub_on_ws(rig.hub, &(struct hub_ws_handlers){.open = on_open, .message = on_message, .closed = on_closed});
	rig_start(&rig);
	return 0;
}

static int tear_down(void **state)
{
	/* The topic lives until after the loop has ended. */
	hub_stop(rig.hub);
	pthread_join(rig.thread, NULL);
	hub_topic_destroy(room);
	hub_destroy(rig.hub);
	base_settings_finish(&rig.settings);
	return here == 0 ? 0 : -1;
}

static int join(void)
{
	int fd = ws_connect(&rig);

	ws_say(fd, "join");
	ws_expect(fd, "[join]");
	return fd;
}

struct burst {
	enum hub_class class;
	int first, count;
	size_t len; /* bytes of each message */
};

/* Publish {"n":first,...}, padded. */
static void publish(struct hub *hub, void *ctx)
{
	const struct burst *burst = ctx;

	for (int i = 0; i < burst->count; i++) {
		struct base_buffer *message = base_buffer_new(burst->len);
		char text[64];
		int len = snprintf(text, sizeof text, "{\"n\":%d,\"c\":%d,\"p\":\"", burst->first + i, burst->class);
		memset(message->data, '.', burst->len);
		memcpy(message->data, text, (size_t)len);
		memcpy(message->data + burst->len - 2, "\"}", 2);
		hub_topic_publish(room, burst->class, message);
		base_buffer_unref(message);
	}
}

static void send_burst(enum hub_class class, int first, int count, size_t len)
{
	struct burst burst = {class, first, count, len};

	rig_do(&rig, publish, &burst);
}

/* What a viewer got. */
struct tally {
	int next[HUB_MUST + 1]; /* the number expected next, by class */
	int got[HUB_MUST + 1], frames, dropped, out_of_order;
};

static void count_frame(struct tally *tally, const char *text)
{
	tally->frames++;
	for (const char *at = text; (at = strstr(at, "{\"n\":")); at++) {
		int n, class;
		assert_int_equal(sscanf(at, "{\"n\":%d,\"c\":%d", &n, &class), 2);
		if (n < tally->next[class])
			tally->out_of_order++;
		tally->next[class] = n + 1;
		tally->got[class]++;
	}
	for (const char *at = text; (at = strstr(at, "{\"type\":\"gap\",\"dropped\":")); at++)
		tally->dropped += atoi(at + 24);
}

/* Read until so many messages were seen or lost. @return false when the connection ended before */
static bool read_all(int fd, struct tally *tally, int messages)
{
	while (tally->got[0] + tally->got[1] + tally->got[2] + tally->got[3] + tally->dropped < messages) {
		struct frame frame;
		ws_read(fd, &frame);
		if (frame.opcode == WS_TEXT)
			count_frame(tally, (char *)frame.data);
		int opcode = frame.opcode;
		free(frame.data);
		if (opcode == WS_CLOSE || opcode == -1)
			return false;
	}
	return true;
}

static void test_everybody_gets_everything(void **state)
{
	static int crowd[CROWD];

	for (int i = 0; i < CROWD; i++)
		crowd[i] = join();
	for (int i = 0; i < 20; i++)
		send_burst(HUB_CHAT, i * 5, 5, 120);
	for (int i = 0; i < CROWD; i++) {
		struct tally tally = {.frames = 0};
		assert_true(read_all(crowd[i], &tally, 100));
		assert_int_equal(tally.got[HUB_CHAT], 100);
		assert_int_equal(tally.out_of_order, 0);
		assert_int_equal(tally.dropped, 0);
		assert_true(tally.frames <= 20); /* those of one burst came together */
		close(crowd[i]);
	}
}

static void count_members(struct hub *hub, void *ctx)
{
	*(size_t *)ctx = hub_topic_members(room);
}

static void test_leaving(void **state)
{
	int stays = join(), leaves = join(), vanishes = join();
	struct tally tally = {.frames = 0};
	size_t members = 0;

	ws_say(leaves, "leave");
	ws_expect(leaves, "[leave]");
	ws_say(leaves, "leave"); /* twice does no harm */
	ws_expect(leaves, "[leave]");
	close(vanishes);
	while (members != 1)
		rig_do(&rig, count_members, &members);
	send_burst(HUB_CHAT, 0, 3, 100);
	assert_true(read_all(stays, &tally, 3));
	ws_say(leaves, "{}");
	ws_expect(leaves, "[{}]"); /* and nothing before it */
	ws_say(leaves, "join");
	ws_expect(leaves, "[join]");
	ws_say(leaves, "join");
	ws_expect(leaves, "[join]");
	rig_do(&rig, count_members, &members);
	assert_int_equal(members, 2);
	close(stays);
	close(leaves);
}

static void publish_and_join(struct hub *hub, void *ctx)
{
	struct burst before = {HUB_CHAT, 0, 2, 100}, after = {HUB_CHAT, 2, 1, 100};

	publish(hub, &before);
	hub_topic_join(room, ctx);
	publish(hub, &after);
}

static void take_latest(struct hub *hub, void *ctx)
{
	*(struct hub_conn **)ctx = latest;
}

/* What was published before somebody joined is in his snapshot, and must not come again. */
static void test_a_joiner_hears_what_comes_after(void **state)
{
	int member = join(), joiner = ws_connect(&rig);
	struct tally first = {.frames = 0}, second = {.frames = 0};
	struct hub_conn *conn;

	ws_say(joiner, "{}");
	ws_expect(joiner, "[{}]");
	rig_do(&rig, take_latest, &conn);
	rig_do(&rig, publish_and_join, conn);
	assert_true(read_all(member, &first, 3));
	assert_true(read_all(joiner, &second, 1));
	assert_int_equal(second.next[HUB_CHAT], 3);
	assert_int_equal(second.got[HUB_CHAT], 1);
	close(member);
	close(joiner);
}

static void read_stats(struct hub *hub, void *ctx)
{
	hub_stats_get(hub, ctx);
}

static void test_too_slow_for_what_must_come(void **state)
{
	int slow = join(), quick = join();
	struct hub_stats before, after;
	struct tally tally = {.frames = 0};
	int sent = 0;

	rig_do(&rig, read_stats, &before);
	do {
		send_burst(HUB_MUST, sent, 10, 1000);
		sent += 10;
		assert_true(read_all(quick, &tally, sent)); /* who reads gets everything, at once */
		rig_do(&rig, read_stats, &after);
		assert_true(sent < 1000000);
	} while (after.closed_slow == before.closed_slow);
	assert_int_equal(tally.got[HUB_MUST], sent);
	assert_int_equal(tally.out_of_order, 0);
	assert_int_equal(ws_read_close(slow), 4000); /* once he reads, he learns why */
	close(slow);
	close(quick);
}

static void test_what_is_lost(void **state)
{
	int slow = join(), quick = join();
	struct hub_stats before, after;
	struct tally all = {.frames = 0}, some = {.frames = 0};
	int sent = 0;

	rig_do(&rig, read_stats, &before);
	/* Much chat and many reactions, now and then something about money, until chat was lost; then a little more. */
	for (int more = 20; more > 0;) {
		send_burst(HUB_REACTION, sent, 10, 500);
		send_burst(HUB_CHAT, sent, 10, 500);
		send_burst(HUB_MUST, sent, 1, 100);
		send_burst(HUB_MUST, sent + 1, 9, 20 + 40);
		sent += 10;
		assert_true(read_all(quick, &all, 3 * sent));
		rig_do(&rig, read_stats, &after);
		more -= after.dropped_chat > before.dropped_chat;
		assert_true(sent < 1000000);
	}
	assert_int_equal(after.closed_slow, before.closed_slow);
	assert_true(after.dropped_reactions - before.dropped_reactions >= after.dropped_chat - before.dropped_chat);
	assert_int_equal(all.dropped, 0);
	assert_true(read_all(slow, &some, 3 * sent));
	assert_int_equal(some.got[HUB_MUST], sent); /* not one of these */
	assert_int_equal(some.out_of_order, 0);
	assert_true(some.got[HUB_CHAT] < sent && some.got[HUB_REACTION] < sent);
	assert_int_equal(some.dropped,
	                 after.dropped_reactions - before.dropped_reactions + after.dropped_chat - before.dropped_chat);
	assert_int_equal(some.next[HUB_MUST], sent);
	assert_int_equal(some.next[HUB_CHAT], sent); /* old chat was lost, not the newest */
	close(slow);
	close(quick);
}

static void count_blocked(struct hub *hub, void *ctx)
{
	int *blocked = ctx;

	*blocked = 0;
	for (size_t slot = 0; slot < HUB_WHEEL_SLOTS; slot++)
		for (struct hub_conn *conn = hub->slots[slot]; conn; conn = conn->slot_next)
			*blocked += conn->blocked_since_us > 0;
}

/* A line that takes nothing for ten seconds is closed even when little waits for it. */
static void test_a_dead_line(void **state)
{
	int slow = join(), blocked = 0, sent = 0;
	struct hub_stats before, after;

	while (blocked == 0) {
		send_burst(HUB_CHAT, sent++, 1, 8000);
		rig_do(&rig, count_blocked, &blocked);
		assert_true(sent < 100000);
	}
	rig_do(&rig, read_stats, &before);
	rig_turn_ws_wheel(&rig, HUB_BLOCKED_US + 1000000);
	rig_do(&rig, read_stats, &after);
	assert_int_equal(after.closed_slow, before.closed_slow + 1);
	/* and if he does not even take the goodbye, that is it */
	rig_turn_ws_wheel(&rig, HUB_BLOCKED_US + HUB_CLOSING_US + 2000000);
	int left = 1;
	while (left)
		rig_do(&rig, count_blocked, &left);
	close(slow);
}

static void destroy_room(struct hub *hub, void *ctx)
{
	hub_topic_destroy(room);
	room = hub_topic_create(hub);
}

static void publish_and_destroy(struct hub *hub, void *ctx)
{
	struct burst burst = {HUB_CHAT, 0, 5, 100};

	publish(hub, &burst);
	destroy_room(hub, NULL);
}

static void test_topics_come_and_go(void **state)
{
	int fd = join();
	struct tally tally = {.frames = 0};

	rig_do(&rig, publish_and_destroy, NULL);
	ws_say(fd, "{}");
	ws_expect(fd, "[{}]"); /* what had not gone out went with the topic */
	ws_say(fd, "join");
	ws_expect(fd, "[join]");
	send_burst(HUB_CHAT, 0, 2, 100);
	assert_true(read_all(fd, &tally, 2));
	close(fd);
}

/* Passes, joins, leaves and ends, all at once: the sanitizers watch, and who stays misses nothing. */
static void test_a_busy_room(void **state)
{
	int stays[5], restless[40], sent = 0;

	for (int i = 0; i < 5; i++)
		stays[i] = join();
	for (int i = 0; i < 40; i++)
		restless[i] = join();
	for (int round = 0; round < 30; round++) {
		send_burst(HUB_CHAT, sent, 3, 200);
		sent += 3;
		int victim = round * 7 % 40;
		switch (round % 3) {
		case 0:
			close(restless[victim]);
			restless[victim] = join();
			break;
		case 1:
			ws_say(restless[victim], "leave");
			break;
		default:
			ws_say(restless[victim], "join");
			break;
		}
	}
	for (int i = 0; i < 5; i++) {
		struct tally tally = {.frames = 0};
		assert_true(read_all(stays[i], &tally, sent));
		assert_int_equal(tally.got[HUB_CHAT], sent);
		assert_int_equal(tally.out_of_order, 0);
		close(stays[i]);
	}
	for (int i = 0; i < 40; i++)
		close(restless[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_everybody_gets_everything),
	        cmocka_unit_test(test_leaving),
	        cmocka_unit_test(test_a_joiner_hears_what_comes_after),
	        cmocka_unit_test(test_too_slow_for_what_must_come),
	        cmocka_unit_test(test_what_is_lost),
	        cmocka_unit_test(test_a_dead_line),
	        cmocka_unit_test(test_topics_come_and_go),
	        cmocka_unit_test(test_a_busy_room),
	};

	return cmocka_run_group_tests_name("hub_topic", tests, set_up, tear_down);
}
