/* Catching up with live: how much may be sent when, and the timestamps that it is sent with. */
#include "forward/catch_up.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RATE 10000000 /* 1,250 bytes a millisecond */
#define MOST_US 300000
#define CLOCK 90000
#define EPOCH 7

static struct forward_cache *cache;

static int make_cache(void **state)
{
	return forward_cache_create(NULL, 1 << 20, 2048, &cache);
}

static int free_cache(void **state)
{
	forward_cache_destroy(cache);
	return 0;
}

/** A frame every 33 ms: the first of `key` packets, the others of one; 1250 bytes each. @return the number after the
 * last. */
static int64_t put_frames(int64_t first, size_t frames, size_t key)
{
	int64_t ext = first;
	for (size_t f = 0; f < frames; f++)
		for (size_t i = 0; i < (f == 0 ? key : 1); i++) {
			struct forward_packet *p = forward_cache_add(cache, EPOCH, ext++, 1250);
			assert_non_null(p);
			p->timestamp = 1000000 + (uint32_t)f * 2970;
		}
	return ext;
}

static struct forward_catch_up *plan(int64_t first, int64_t last)
{
	return forward_catch_up_plan(cache, EPOCH, first, last, RATE, MOST_US, CLOCK, 5000000);
}

static void frames_are_drawn_together_to_how_they_are_sent(void **state)
{
	int64_t end = put_frames(100, 10, 50);
	struct forward_catch_up *c = plan(100, end - 1);
	assert_non_null(c);
	assert_int_equal(c->frame_count, 10);
	uint32_t live = 1000000 + 9 * 2970;
	/* the last is live; those before it are 1 ms of sending apart; the keyframe takes 50 */
	assert_int_equal(forward_catch_up_timestamp(c, end - 1, live), live);
	for (int i = 1; i < 9; i++)
		assert_int_equal(forward_catch_up_timestamp(c, 149 + i, 1000000 + (uint32_t)i * 2970),
		                 live - (uint32_t)(9 - i) * 90);
	for (int64_t ext = 100; ext < 150; ext++)
		assert_int_equal(forward_catch_up_timestamp(c, ext, 1000000), live - 8 * 90 - 50 * 90);
	/* what comes after is live, what came before was never sent */
	assert_int_equal(forward_catch_up_timestamp(c, end, 77), 77);
	assert_int_equal(forward_catch_up_timestamp(c, 99, 78), 78);
	free(c);
}

static void timestamps_rise_and_never_before_the_real_ones(void **state)
{
	int64_t end = put_frames(100, 60, 30);
	struct forward_catch_up *c = plan(100, end - 1);
	assert_non_null(c);
	uint32_t before = 0;
	for (int64_t ext = 100; ext < end; ext++) {
		const struct forward_packet *p = forward_cache_get(cache, EPOCH, ext);
		uint32_t timestamp = forward_catch_up_timestamp(c, ext, p->timestamp);
		assert_true(timestamp >= before && timestamp >= p->timestamp);
		before = timestamp;
	}
	free(c);
}

/** The host's repairs bring what lacked as the plan was made. */
static void what_lacked_gets_its_own_frames_time(void **state)
{
	for (int i = 0; i < 20; i++) { /* frames of two packets, but the 6th's first and all of the 11th */
		if (i == 10 || i == 20 || i == 21)
			continue;
		struct forward_packet *p = forward_cache_add(cache, EPOCH, 100 + i, 1250);
		assert_non_null(p);
		p->timestamp = 1000000 + (uint32_t)i / 2 * 2970;
	}
	for (int i = 22; i < 30; i++)
		forward_cache_add(cache, EPOCH, 100 + i, 1250)->timestamp = 1000000 + (uint32_t)i / 2 * 2970;
	struct forward_catch_up *c = plan(100, 129);
	assert_non_null(c);
	assert_int_equal(forward_catch_up_timestamp(c, 110, 1000000 + 5 * 2970),
	                 forward_catch_up_timestamp(c, 111, 1000000 + 5 * 2970));
	uint32_t before = forward_catch_up_timestamp(c, 119, 1000000 + 9 * 2970),
	         lacked = forward_catch_up_timestamp(c, 120, 1000000 + 10 * 2970),
	         after = forward_catch_up_timestamp(c, 122, 1000000 + 11 * 2970);
	assert_int_equal(forward_catch_up_timestamp(c, 121, 1000000 + 10 * 2970), lacked);
	assert_true((int32_t)(lacked - before) > 0 && (int32_t)(after - lacked) > 0);
	free(c);
}

static void what_takes_too_long_is_not_begun(void **state)
{
	int64_t end = put_frames(100, 2, 299); /* 300 packets, 300 ms */
	struct forward_catch_up *c = plan(100, end - 1);
	assert_non_null(c);
	free(c);
	put_frames(2000, 2, 300);
	assert_null(plan(2000, 2300));
	put_frames(4000, FORWARD_CATCH_UP_FRAMES + 1, 1);
	assert_null(plan(4000, 4000 + FORWARD_CATCH_UP_FRAMES));
}

static void what_left_the_cache_cannot_be_caught_up_with(void **state)
{
	int64_t end = put_frames(100, 5, 10);
	assert_null(plan(99, end - 1)); /* the beginning lacks */
	/* a host's losses that are being repaired do not matter */
	struct forward_catch_up *c = plan(100, end - 1 + 4);
	assert_non_null(c);
	free(c);
	assert_null(plan(100, end - 1 + 5));
	assert_null(forward_catch_up_plan(cache, EPOCH + 1, 100, end - 1, RATE, MOST_US, CLOCK, 0));
	assert_null(forward_catch_up_plan(cache, EPOCH, 100, end - 1, 0, MOST_US, CLOCK, 0)); /* switched off */
}

static void it_is_paced(void **state)
{
	int64_t end = put_frames(100, 2, 199), now_us = 5000000;
	struct forward_catch_up *c = plan(100, end - 1);
	size_t sent = 0;
	assert_non_null(c);
	while (forward_catch_up_allow(c, 1250, now_us))
		sent++;
	assert_int_equal(sent, 10); /* 10 ms of the rate at once */
	for (int i = 0; i < 5; i++) {
		now_us += 10000;
		for (sent = 0; forward_catch_up_allow(c, 1250, now_us);)
			sent++;
		assert_int_equal(sent, 10);
	}
	now_us += 1000000; /* the thread was busy: no flood afterwards */
	for (sent = 0; forward_catch_up_allow(c, 1250, now_us);)
		sent++;
	assert_int_equal(sent, 30);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(frames_are_drawn_together_to_how_they_are_sent, make_cache, free_cache),
	        cmocka_unit_test_setup_teardown(timestamps_rise_and_never_before_the_real_ones, make_cache, free_cache),
	        cmocka_unit_test_setup_teardown(what_lacked_gets_its_own_frames_time, make_cache, free_cache),
	        cmocka_unit_test_setup_teardown(what_takes_too_long_is_not_begun, make_cache, free_cache),
	        cmocka_unit_test_setup_teardown(what_left_the_cache_cannot_be_caught_up_with, make_cache, free_cache),
	        cmocka_unit_test_setup_teardown(it_is_paced, make_cache, free_cache),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
