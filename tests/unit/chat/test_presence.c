/* Who is there, and their hearts. */
#include "room.h"

static void counts_guests_and_accounts(void **state)
{
	struct stage stage = stage_open(true, 1, 1, 5);
	assert_int_equal(chat_room_viewers(stage.room), 0);
	chat_room_enter(stage.room, NULL);
	chat_room_enter(stage.room, NULL);
	chat_room_enter(stage.room, "ann");
	chat_room_enter(stage.room, "ann");
	chat_room_enter(stage.room, "bob");
	assert_int_equal(chat_room_viewers(stage.room), 4);
	chat_room_exit(stage.room, "ann");
	assert_int_equal(chat_room_viewers(stage.room), 4);
	chat_room_exit(stage.room, "ann");
	chat_room_exit(stage.room, NULL);
	assert_int_equal(chat_room_viewers(stage.room), 2);
	chat_room_exit(stage.room, "bob");
	chat_room_exit(stage.room, NULL);
	assert_int_equal(chat_room_viewers(stage.room), 0);
	/* more exits than entries change nothing */
	chat_room_exit(stage.room, NULL);
	chat_room_exit(stage.room, "ann");
	assert_int_equal(chat_room_viewers(stage.room), 0);
	chat_room_enter(stage.room, "ann");
	assert_int_equal(chat_room_viewers(stage.room), 1);
	stage_close(&stage);
}

static void gathers_reactions(void **state)
{
	struct stage stage = stage_open(true, 1, 1, 5);
	uint32_t counts[CHAT_REACTIONS] = {9, 9, 9};
	assert_false(chat_room_take_reactions(stage.room, counts));
	assert_int_equal(counts[CHAT_HEART], 0);
	assert_int_equal(chat_room_react(stage.room, stage.now_us, "ann", CHAT_HEART, 3), 0);
	assert_int_equal(chat_room_react(stage.room, stage.now_us, "bob", CHAT_HEART, 20), 0);
	assert_int_equal(chat_room_react(stage.room, stage.now_us, "guest-1", CHAT_CLAP, 1), 0);
	assert_true(chat_room_take_reactions(stage.room, counts));
	assert_int_equal(counts[CHAT_HEART], 23);
	assert_int_equal(counts[CHAT_FIRE], 0);
	assert_int_equal(counts[CHAT_CLAP], 1);
	assert_false(chat_room_take_reactions(stage.room, counts));
	stage_close(&stage);
}

static void refuses_what_is_no_reaction(void **state)
{
	struct stage stage = stage_open(true, 1, 1, 5);
	uint32_t counts[CHAT_REACTIONS];
	assert_int_equal(chat_room_react(stage.room, 0, "ann", CHAT_HEART, 0), -EINVAL);
	assert_int_equal(chat_room_react(stage.room, 0, "ann", CHAT_HEART, -1), -EINVAL);
	assert_int_equal(chat_room_react(stage.room, 0, "ann", CHAT_HEART, 21), -EINVAL);
	assert_int_equal(chat_room_react(stage.room, 0, "ann", CHAT_REACTIONS, 1), -EINVAL);
	assert_int_equal(chat_room_react(stage.room, 0, "ann", (enum chat_reaction) - 1, 1), -EINVAL);
	assert_int_equal(chat_room_react(stage.room, 0, "", CHAT_HEART, 1), -EINVAL);
	assert_false(chat_room_take_reactions(stage.room, counts));
	stage_close(&stage);
}

static void limits_reactions_of_one(void **state)
{
	struct stage stage = stage_open(true, 1, 1, 5);
	assert_int_equal(chat_room_react(stage.room, stage.now_us, "ann", CHAT_HEART, 20), 0);
	assert_int_equal(chat_room_react(stage.room, stage.now_us, "ann", CHAT_FIRE, 20), 0);
	assert_int_equal(chat_room_react(stage.room, stage.now_us, "ann", CHAT_HEART, 1), -EAGAIN);
	assert_int_equal(chat_room_react(stage.room, stage.now_us, "bob", CHAT_HEART, 20), 0);
	stage.now_us += 1000000;
	assert_int_equal(chat_room_react(stage.room, stage.now_us, "ann", CHAT_HEART, 11), -EAGAIN);
	assert_int_equal(chat_room_react(stage.room, stage.now_us, "ann", CHAT_HEART, 10), 0);
	/* hearts take nothing from what one may say */
	assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(counts_guests_and_accounts),
	        cmocka_unit_test(gathers_reactions),
	        cmocka_unit_test(refuses_what_is_no_reaction),
	        cmocka_unit_test(limits_reactions_of_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
