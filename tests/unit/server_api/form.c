/* Bodies of forms, and the board's account of broadcast apps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/board.h"
#include "api/form.h"

static bool field(const char *body, const char *name, char *out, size_t size)
{
	return api_form_field(body, strlen(body), name, out, size);
}

static void fields_are_found_and_decoded(void **state)
{
	static const char body[] = "app=live&name=a%2Fb+c&call=publish&empty=&key=x%3d%3D&name=second";
	char out[16];

	assert_true(field(body, "app", out, sizeof out));
	assert_string_equal(out, "live");
	assert_true(field(body, "name", out, sizeof out));
	assert_string_equal(out, "a/b c");
	assert_true(field(body, "key", out, sizeof out));
	assert_string_equal(out, "x==");
	assert_true(field(body, "empty", out, sizeof out));
	assert_string_equal(out, "");
	assert_false(field(body, "ke", out, sizeof out));
	assert_false(field(body, "pp", out, sizeof out));
	assert_false(field(body, "", out, sizeof out));
}

static void what_is_broken_or_too_long_is_not_taken(void **state)
{
	static const char *const broken[] = {"",    "&",    "&&&",   "k",     "k&",       "=v",
	                                     "k=%", "k=%1", "k=%zz", "k=%00", "k=1234567"};
	char out[7];

	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		assert_false(field(broken[i], "k", out, sizeof out));
		assert_string_equal(out, "");
	}
	assert_true(field("k=123456", "k", out, sizeof out));
	assert_true(field("x&k=%41", "k", out, sizeof out));
	assert_string_equal(out, "A");
	/* only as far as the body goes */
	assert_false(api_form_field("k=%41", 4, "k", out, sizeof out));
	assert_true(api_form_field("k=abc", 4, "k", out, sizeof out));
	assert_string_equal(out, "ab");
}

static void the_board_keeps_room_and_app_apart(void **state)
{
	struct api_board *board = api_board_create();
	struct base_id show = base_id_new();

	api_board_broadcast(board, show, 1, false);
	api_board_set(board, show, &(struct api_board_row){.viewers = 3, .picture = true});
	assert_int_equal(api_board_get(board, show).via, 1);
	assert_int_equal(api_board_get(board, show).viewers, 3);
	api_board_broadcast(board, show, 1, true);
	assert_true(api_board_get(board, show).lost);
	assert_true(api_board_get(board, show).picture);
	api_board_set(board, show, &(struct api_board_row){0});
	assert_int_equal(api_board_get(board, show).via, 1);
	assert_true(api_board_get(board, show).lost);
	api_board_broadcast(board, show, 0, false);
	assert_int_equal(api_board_get(board, show).via, 0);
	api_board_destroy(board);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(fields_are_found_and_decoded),
	        cmocka_unit_test(what_is_broken_or_too_long_is_not_taken),
	        cmocka_unit_test(the_board_keeps_room_and_app_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
