#include "check.h"

#include "forward/keyframe.h"

enum { SECOND = 1000000 };

static void nobody_wants_nothing_is_asked(void **state)
{
	struct forward_keyframe k = {.interval_us = SECOND};
	assert_false(forward_keyframe_due(&k, 0));
}

static void the_first_is_asked_at_once(void **state)
{
	struct forward_keyframe k = {.interval_us = SECOND};
	forward_keyframe_want(&k);
	assert_true(forward_keyframe_due(&k, 5)); /* even when the clock has just begun */
	assert_false(forward_keyframe_due(&k, 5));
}

static void many_are_gathered(void **state)
{
	struct forward_keyframe k = {.interval_us = SECOND};
	int asked = 0;
	for (int64_t now = 0; now < 10 * SECOND; now += 1000) {
		forward_keyframe_want(&k);
		asked += forward_keyframe_due(&k, now);
	}
	assert_int_equal(asked, 10);
}

static void asked_again_until_one_arrives(void **state)
{
	struct forward_keyframe k = {.interval_us = SECOND};
	forward_keyframe_want(&k);
	assert_true(forward_keyframe_due(&k, 0));
	assert_false(forward_keyframe_due(&k, SECOND - 1));
	assert_true(forward_keyframe_due(&k, SECOND));
	forward_keyframe_arrived(&k);
	assert_false(forward_keyframe_due(&k, 9 * SECOND));
}

static void a_late_wish_waits_for_the_interval(void **state)
{
	struct forward_keyframe k = {.interval_us = SECOND};
	forward_keyframe_want(&k);
	assert_true(forward_keyframe_due(&k, 0));
	forward_keyframe_arrived(&k);
	forward_keyframe_want(&k);
	assert_false(forward_keyframe_due(&k, 400000));
	assert_true(forward_keyframe_due(&k, SECOND));
	forward_keyframe_arrived(&k);
	forward_keyframe_want(&k);
	assert_true(forward_keyframe_due(&k, 3 * SECOND)); /* none for a second: at once */
}

static void an_insistent_viewer_is_heard_seldom(void **state)
{
	struct forward_keyframe_asker a = {0};
	int heard = 0;
	for (int64_t now = 0; now < 60 * SECOND; now += 10000)
		heard += forward_keyframe_asker_heard(&a, false, now);
	/* after 0.5, 1, 2, 4, then every 8 s */
	assert_in_range(heard, 10, 13);
}

static void a_rare_one_is_heard_at_once(void **state)
{
	struct forward_keyframe_asker a = {0};
	assert_true(forward_keyframe_asker_heard(&a, false, 0));
	assert_false(forward_keyframe_asker_heard(&a, false, FORWARD_ASKER_PAUSE_US - 1));
	assert_true(forward_keyframe_asker_heard(&a, false, FORWARD_ASKER_PAUSE_US));
	for (int64_t now = 20; now < 200; now += 20)
		assert_true(forward_keyframe_asker_heard(&a, false, now * SECOND));
	assert_false(forward_keyframe_asker_heard(&a, false, 180 * SECOND + FORWARD_ASKER_PAUSE_US - 1));
	assert_true(forward_keyframe_asker_heard(&a, false, 180 * SECOND + FORWARD_ASKER_PAUSE_US));
}

static void a_full_line_is_heard_more_seldom(void **state)
{
	struct forward_keyframe_asker a = {0};
	assert_true(forward_keyframe_asker_heard(&a, true, 0));
	assert_false(forward_keyframe_asker_heard(&a, true, FORWARD_ASKER_CONGESTED_US - 1));
	assert_true(forward_keyframe_asker_heard(&a, false, FORWARD_ASKER_PAUSE_US));
	assert_false(forward_keyframe_asker_heard(&a, true, FORWARD_ASKER_PAUSE_US + FORWARD_ASKER_CONGESTED_US - 1));
	assert_true(forward_keyframe_asker_heard(&a, true, FORWARD_ASKER_PAUSE_US + FORWARD_ASKER_CONGESTED_US));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nobody_wants_nothing_is_asked),
	        cmocka_unit_test(the_first_is_asked_at_once),
	        cmocka_unit_test(many_are_gathered),
	        cmocka_unit_test(asked_again_until_one_arrives),
	        cmocka_unit_test(a_late_wish_waits_for_the_interval),
	        cmocka_unit_test(an_insistent_viewer_is_heard_seldom),
	        cmocka_unit_test(a_rare_one_is_heard_at_once),
	        cmocka_unit_test(a_full_line_is_heard_more_seldom),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
