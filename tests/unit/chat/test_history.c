/* What a room keeps of what was said, and what it answers to a line that comes twice. */
#include "room.h"

static void keeps_the_last_lines(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 3);
	for (int i = 0; i < 5; i++)
		assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	assert_string_equal(stage_history(&stage), "line3 line4 line5 ");
	assert_null(chat_room_find(stage.room, "line2"));
	const struct chat_line *line = chat_room_find(stage.room, "line5");
	assert_non_null(line);
	assert_string_equal(line->author.id, "ann");
	assert_string_equal(line->author.name, "Name of ann");
	assert_int_equal(line->at_ms, stage_ms(&stage));
	stage_close(&stage);
}

static void keeps_none_when_told(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 0);
	assert_int_equal(stage_say(&stage, "ann", "  hi \n all "), 0);
	assert_string_equal(stage.line->text, "hi all");
	assert_string_equal(stage_history(&stage), "");
	stage_close(&stage);
}

static void bounds_a_history_of_any_size(void **state)
{
	struct stage stage = stage_open(false, 1, 1, SIZE_MAX);
	for (int i = 0; i < CHAT_HISTORY_MAX + 2; i++)
		assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	assert_null(chat_room_find(stage.room, "line2"));
	assert_non_null(chat_room_find(stage.room, "line3"));
	stage_close(&stage);
}

static void refuses_what_is_no_line(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 5);
	assert_int_equal(stage_say(&stage, "ann", " \u200b "), -EINVAL);
	assert_int_equal(stage_say(&stage, "ann", "\xff"), -EINVAL);
	assert_int_equal(stage_say(&stage, "ann", "012345678901234567890"), -E2BIG);
	assert_int_equal(stage_say(&stage, "", "hi"), -EINVAL);
	assert_null(stage.line);
	assert_int_equal(stage.retry_ms, 0);
	assert_string_equal(stage_history(&stage), "");
	assert_int_equal(stage_say(&stage, "ann", "01234567890123456789"), 0);
	stage_close(&stage);
}

static void deletes_a_line(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 5);
	for (int i = 0; i < 3; i++)
		assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
	/* with the id in the very line that goes */
	assert_int_equal(chat_room_delete(stage.room, chat_room_find(stage.room, "line2")->id), 0);
	assert_string_equal(stage_history(&stage), "line1 line3 ");
	assert_int_equal(chat_room_delete(stage.room, "line2"), -ENOENT);
	assert_int_equal(chat_room_delete(stage.room, "what is longer than any id that there may ever be"), -ENOENT);
	stage_close(&stage);
}

static void note_deleted(const char *line_id, void *ctx)
{
	char *out = ctx;
	size_t len = strlen(out);
	snprintf(out + len, 256 - len, "%s ", line_id);
}

static void deletes_the_lines_of_an_author(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 5);
	char deleted[256] = "";
	assert_int_equal(stage_say(&stage, "bob", "out of sight soon"), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(stage_say(&stage, "ann", "hi"), 0);
		assert_int_equal(stage_say(&stage, "bob", "buy"), 0);
	}
	/* with the name in one of the very lines that go */
	const char *bob = chat_room_find(stage.room, "line3")->author.id;
	assert_int_equal(chat_room_delete_author(stage.room, bob, note_deleted, deleted), 3);
	assert_string_equal(deleted, "line3 line5 line7 ");
	assert_string_equal(stage_history(&stage), "line4 line6 ");
	assert_int_equal(chat_room_delete_author(stage.room, "bob", note_deleted, deleted), 0);
	assert_int_equal(chat_room_delete_author(stage.room, "a name that is longer than any name may be", note_deleted,
	                                         deleted),
	                 0);
	stage_close(&stage);
}

static void replaces_a_line_of_the_same_id(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 5);
	assert_int_equal(stage_say(&stage, "ann", "first"), 0);
	stage.ids = 0;
	assert_int_equal(stage_say(&stage, "ann", "second"), 0);
	assert_string_equal(stage_history(&stage), "line1 ");
	assert_string_equal(chat_room_find(stage.room, "line1")->text, "second");
	stage_close(&stage);
}

static void answers_a_repeat_with_the_first_line(void **state)
{
	struct stage stage = stage_open(true, 2, 1, 1);
	assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "one", "k1"), 0);
	assert_string_equal(stage.line->id, "line1");
	assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "other text", "k1"), 0);
	assert_string_equal(stage.line->id, "line1");
	assert_string_equal(stage.line->text, "one");
	assert_string_equal(stage_history(&stage), "line1 ");
	/* a key is its author's alone */
	assert_int_equal(stage_post(&stage, "bob", CHAT_VIEWER, "two", "k1"), 0);
	assert_string_equal(stage.line->id, "line3");
	/* the line is out of the history, deleted, its author muted: the answer stays */
	assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "three", "k2"), 0);
	assert_int_equal(chat_room_delete(stage.room, "line4"), 0);
	chat_room_mute(stage.room, "ann", INT64_MAX);
	assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "three", "k2"), 0);
	assert_string_equal(stage.line->text, "three");
	assert_string_equal(stage_history(&stage), "");
	assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "four", "k3"), -EPERM);
	/* a repeat takes nothing of the rate limit, and what was refused is no key */
	chat_room_mute(stage.room, "ann", 0);
	assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "four", "k3"), -EAGAIN);
	stage.now_us += 10000000;
	assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "four", "k3"), 0);
	assert_string_equal(stage.line->text, "four");
	stage_close(&stage);
}

static void forgets_the_oldest_keys(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 2);
	char key[32];
	for (int i = 0; i <= CHAT_KEYS_MAX; i++) {
		snprintf(key, sizeof key, "key%d", i);
		assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "hi", key), 0);
	}
	assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "hi", "key1"), 0);
	assert_string_equal(stage.line->id, "line2");
	unsigned next = stage.ids + 1;
	char want[32];
	snprintf(want, sizeof want, "line%u", next);
	assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "hi", "key0"), 0);
	assert_string_equal(stage.line->id, want);
	stage_close(&stage);
}

static void takes_keys_up_to_a_size(void **state)
{
	struct stage stage = stage_open(false, 1, 1, 2);
	char key[CHAT_KEY_BYTES + 1];
	memset(key, 'k', sizeof key);
	key[CHAT_KEY_BYTES] = '\0';
	assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "hi", key), -EINVAL);
	key[CHAT_KEY_BYTES - 1] = '\0';
	assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "hi", key), 0);
	assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "hi", key), 0);
	assert_string_equal(stage.line->id, "line2");
	/* an empty one is none */
	assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "hi", ""), 0);
	assert_int_equal(stage_post(&stage, "ann", CHAT_VIEWER, "hi", ""), 0);
	assert_string_equal(stage.line->id, "line5");
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(keeps_the_last_lines),
	        cmocka_unit_test(keeps_none_when_told),
	        cmocka_unit_test(bounds_a_history_of_any_size),
	        cmocka_unit_test(refuses_what_is_no_line),
	        cmocka_unit_test(deletes_a_line),
	        cmocka_unit_test(deletes_the_lines_of_an_author),
	        cmocka_unit_test(replaces_a_line_of_the_same_id),
	        cmocka_unit_test(answers_a_repeat_with_the_first_line),
	        cmocka_unit_test(forgets_the_oldest_keys),
	        cmocka_unit_test(takes_keys_up_to_a_size),
	};
	chat_room_destroy(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
