/* Mutes, bans and slow mode. */
#include "room.h"

static void mutes_until_a_time(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 5);
	int64_t until_ms = stage_ms(&stage) + 60000;
	chat_room_mute(stage.room, "ann", until_ms);
	assert_int_equal(chat_room_muted_until(stage.room, "ann", stage_ms(&stage)), until_ms);
	assert_int_equal(chat_room_muted_until(stage.room, "bob", stage_ms(&stage)), 0);
	assert_int_equal(stage_say(&stage, "ann", "hi"), -EPERM);
	assert_int_equal(stage.retry_ms, 60000);
	assert_int_equal(stage_say(&stage, "bob", "hi"), 0);
	stage.now_us += 59999000;
	assert_int_equal(stage_say(&stage, "ann", "hi"), -EPERM);
	assert_int_equal(stage.retry_ms, 1);
	stage.now_us += 1000;
	assert_int_equal(chat_room_muted_until(stage.room, "ann", stage_ms(&stage)), 0);
	assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	stage_close(&stage);
}

static void changes_and_lifts_a_mute(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 5);
	chat_room_mute(stage.room, "ann", INT64_MAX);
	chat_room_mute(stage.room, "ann", stage_ms(&stage) + 10);
	assert_int_equal(stage_say(&stage, "ann", "hi"), -EPERM);
	assert_int_equal(stage.retry_ms, 10);
	chat_room_mute(stage.room, "ann", 0);
	assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	stage_close(&stage);
}

static void forgets_the_mute_that_ends_first(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 5);
	char id[CHAT_ID_TEXT];
	for (int i = 0; i <= CHAT_MUTES_MAX; i++) {
		snprintf(id, sizeof id, "person%d", i);
		chat_room_mute(stage.room, id, stage_ms(&stage) + (i == 77 ? 1000 : 100000 + i));
	}
	assert_int_equal(chat_room_muted_until(stage.room, "person77", stage_ms(&stage)), 0);
	assert_true(chat_room_muted_until(stage.room, "person0", stage_ms(&stage)) > 0);
	assert_true(chat_room_muted_until(stage.room, id, stage_ms(&stage)) > 0);
	stage_close(&stage);
}

static void bans_and_lifts(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 5);
	assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "hi", "key"), 0);
	chat_room_ban(stage.room, "ann", true);
	chat_room_ban(stage.room, "ann", true);
	assert_true(chat_room_banned(stage.room, "ann"));
	assert_false(chat_room_banned(stage.room, "bob"));
	/* rather than muted, and with a known key too */
	chat_room_mute(stage.room, "ann", INT64_MAX);
	assert_int_equal(stage_say(&stage, "ann", "hi"), -EACCES);
	assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "hi", "key"), -EACCES);
	chat_room_mute(stage.room, "ann", 0);
	chat_room_ban(stage.room, "ann", false);
	chat_room_ban(stage.room, "ann", false);
	assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	stage_close(&stage);
}

static void forgets_the_oldest_ban(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 5);
	char id[CHAT_ID_TEXT];
	for (int i = 0; i <= CHAT_BANS_MAX; i++) {
		snprintf(id, sizeof id, "person%d", i);
		chat_room_ban(stage.room, id, true);
	}
	assert_false(chat_room_banned(stage.room, "person0"));
	assert_true(chat_room_banned(stage.room, "person1"));
	assert_true(chat_room_banned(stage.room, id));
	stage_close(&stage);
}

static void takes_no_rule_about_what_is_nobody(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 5);
	static const char *const ids[] = {"", "an id of thirty-two characters!!",
	                                  "an id that is much longer than any id may be"};
	for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
		chat_room_ban(stage.room, ids[i], true);
		chat_room_mute(stage.room, ids[i], INT64_MAX);
		assert_false(chat_room_banned(stage.room, ids[i]));
		assert_int_equal(chat_room_muted_until(stage.room, ids[i], 0), 0);
	}
	stage_close(&stage);
}

static void slows_viewers_down(void **state)
{
	struct stage stage = stage_open(true, 5, 5, 5);
	chat_room_slow(stage.room, 30);
	assert_int_equal(chat_room_slow_s(stage.room), 30);
	assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	assert_int_equal(stage_say(&stage, "ann", "hi"), -EAGAIN);
	assert_int_equal(stage.retry_ms, 30000);
	assert_int_equal(stage_say(&stage, "bob", "hi"), 0);
	stage.now_us += 29999000;
	assert_int_equal(stage_say(&stage, "ann", "hi"), -EAGAIN);
	assert_int_equal(stage.retry_ms, 1);
	/* trying does not start it anew */
	stage.now_us += 1000;
	assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	chat_room_slow(stage.room, 0);
	assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	stage_close(&stage);
}

static void spares_those_who_run_the_show(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 5);
	static const enum chat_role roles[] = {CHAT_HOST, CHAT_MODERATOR, CHAT_ADMIN};
	chat_room_slow(stage.room, 30);
	for (size_t i = 0; i < G_N_ELEMENTS(roles); i++) {
		assert_int_equal(stage_post(&stage, "ann", roles[i], "hi", NULL), 0);
		assert_int_equal(stage_post(&stage, "ann", roles[i], "hi", NULL), 0);
	}
	assert_int_equal(stage_say(&stage, "ann", "hi"), -EAGAIN);
	stage_close(&stage);
}

static void tells_the_longer_wait(void **state)
{
	struct stage stage = stage_open(true, 1, 1, 5);
	chat_room_slow(stage.room, 3);
	assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	assert_int_equal(stage_say(&stage, "ann", "hi"), -EAGAIN);
	assert_int_equal(stage.retry_ms, 10000);
	chat_room_slow(stage.room, 60);
	assert_int_equal(stage_say(&stage, "ann", "hi"), -EAGAIN);
	assert_int_equal(stage.retry_ms, 60000);
	stage_close(&stage);
}

static void bounds_slow_mode(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 5);
	chat_room_slow(stage.room, -5);
	assert_int_equal(chat_room_slow_s(stage.room), 0);
	chat_room_slow(stage.room, INT64_MAX);
	assert_int_equal(chat_room_slow_s(stage.room), 86400);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(mutes_until_a_time),
	        cmocka_unit_test(changes_and_lifts_a_mute),
	        cmocka_unit_test(forgets_the_mute_that_ends_first),
	        cmocka_unit_test(bans_and_lifts),
	        cmocka_unit_test(forgets_the_oldest_ban),
	        cmocka_unit_test(takes_no_rule_about_what_is_nobody),
	        cmocka_unit_test(slows_viewers_down),
	        cmocka_unit_test(spares_those_who_run_the_show),
	        cmocka_unit_test(tells_the_longer_wait),
	        cmocka_unit_test(bounds_slow_mode),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
