/* A stream over the lives of its pipeline: killed, started again, with gaps, other sizes, tracks that come and go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipe.h"

#define SECOND "1111111111111111"

/* Killed in the middle of a segment: v0 has come further than a0. */
static struct pipe killed(void)
{
	struct pipe pipe = pipe_open();

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 3);
	pipe_part(&pipe, "v0", 3, 0);
	pipe_part(&pipe, "v0", 3, 1);
	return pipe;
}

static void another_life_goes_on_behind_a_discontinuity(void **state)
{
	struct pipe pipe = killed();

	pipe_hello(&pipe, SECOND, 10000000);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 1);
	pipe_part(&pipe, "v0", 1, 0);
	pipe_part(&pipe, "a0", 1, 0);
	assert_golden(hls_stream_playlist(pipe.stream, pipe_track(&pipe, "v0"), false), "second_life_v0.m3u8");
	assert_golden(hls_stream_playlist(pipe.stream, pipe_track(&pipe, "a0"), false), "second_life_a0.m3u8");
	pipe_close(&pipe);
}

static void hints_are_of_the_life_that_is(void **state)
{
	struct pipe pipe = killed();
	struct hls_place place;
	char *text;

	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-3.2.m4s", &place), HLS_COMING);
	pipe_hello(&pipe, SECOND, 10000000);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-3.2.m4s", &place), HLS_GONE);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-4.0.m4s", &place), HLS_GONE);
	assert_int_equal(pipe_find(&pipe, SECOND "-v0-0.0.m4s", &place), HLS_COMING);
	/* What the killed one has noted stays there, and no more of it. */
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-3.m4s", &place), HLS_THERE);
	assert_int_equal(place.bytes, 90000 + 90001);
	text = pipe_playlist(&pipe, "v0", false);
	assert_non_null(strstr(text, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"" SECOND "-v0-0.0.m4s\"\n"));
	free(text);
	pipe_tracks(&pipe, true, true);
	pipe_part(&pipe, "v0", 0, 0);
	assert_int_equal(pipe_find(&pipe, SECOND "-v0-0.0.m4s", &place), HLS_THERE);
	assert_int_equal(pipe_reached(&pipe, "v0", 4, 0), HLS_THERE);
	pipe_close(&pipe);
}

static void discontinuities_are_counted_as_they_leave(void **state)
{
	struct pipe pipe = killed();
	char *text;

	pipe_hello(&pipe, SECOND, 10000000);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 14);
	text = pipe_playlist(&pipe, "a0", false);
	assert_non_null(strstr(text, "#EXT-X-MEDIA-SEQUENCE:3\n"));
	assert_non_null(strstr(text, "#EXT-X-DISCONTINUITY-SEQUENCE:0\n"));
	assert_int_equal(count_of(text, "#EXT-X-DISCONTINUITY\n"), 1);
	free(text);
	pipe_segments(&pipe, 14, 2);
	text = pipe_playlist(&pipe, "a0", false);
	assert_non_null(strstr(text, "#EXT-X-MEDIA-SEQUENCE:5\n"));
	assert_non_null(strstr(text, "#EXT-X-DISCONTINUITY-SEQUENCE:1\n"));
	assert_int_equal(count_of(text, "#EXT-X-DISCONTINUITY\n"), 0);
	free(text);
	pipe_close(&pipe);
}

/* A pipeline that fails at once, again and again, for hours. */
static void lives_without_a_word_leave_nothing(void **state)
{
	struct pipe pipe = killed();
	struct hls_place place;
	char epoch[HLS_EPOCH_BYTES];

	for (int i = 0; i < 100000; i++) {
		snprintf(epoch, sizeof epoch, "%016x", i);
		pipe_hello(&pipe, epoch, 10000000);
	}
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 2);
	assert_int_equal(pipe_find(&pipe, "000000000001869f-v0-1.m4s", &place), HLS_THERE);
	assert_int_equal(pipe_find(&pipe, "000000000001869e-v0-i0.mp4", &place), HLS_GONE);
	assert_int_equal(pipe_reached(&pipe, "v0", 5, -1), HLS_THERE);
	assert_int_equal(pipe_reached(&pipe, "v0", 6, -1), HLS_COMING);
	pipe_close(&pipe);
}

static void a_track_without_media_has_gaps(void **state)
{
	struct pipe pipe = pipe_open();
	char *text;

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 2);
	/* Told of one, not of the other. */
	for (unsigned p = 0; p < 7; p++)
		pipe_part(&pipe, "a0", 2, p);
	pipe_segment(&pipe, "v0", 2, 0);
	pipe_segment(&pipe, "a0", 2, 7);
	for (unsigned p = 0; p < 7; p++)
		pipe_part(&pipe, "a0", 3, p);
	pipe_segment(&pipe, "a0", 3, 7);
	pipe_segments(&pipe, 4, 1);
	text = pipe_playlist(&pipe, "v0", false);
	assert_int_equal(count_of(text, "#EXT-X-GAP\n#EXTINF:2.1,\n"), 2);
	assert_non_null(strstr(text, "#EXT-X-GAP\n#EXTINF:2.1,\n" EPOCH "-v0-2.m4s\n"));
	assert_non_null(strstr(text, "#EXT-X-GAP\n#EXTINF:2.1,\n" EPOCH "-v0-3.m4s\n"));
	free(text);
	assert_int_equal(pipe_reached(&pipe, "v0", 2, 0), HLS_THERE);
	pipe_close(&pipe);
}

static void missing_segments_are_gaps_and_a_break(void **state)
{
	struct pipe pipe = pipe_open();
	char *text;

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 2);
	pipe_segments(&pipe, 4, 2);
	text = pipe_playlist(&pipe, "a0", false);
	assert_int_equal(count_of(text, "#EXT-X-GAP\n"), 2);
	assert_int_equal(count_of(text, "#EXT-X-DISCONTINUITY\n"), 1);
	free(text);
	/* So many that they were not made: the numbers go on without them. */
	pipe_segments(&pipe, 1000, 2);
	assert_int_equal(pipe_reached(&pipe, "a0", 7, -1), HLS_THERE);
	assert_int_equal(pipe_reached(&pipe, "a0", 8, -1), HLS_COMING);
	pipe_close(&pipe);
}

static void another_size_is_another_init_segment(void **state)
{
	struct pipe pipe = pipe_open();
	struct hls_place place;
	char *text;

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 2);
	pipe_say(&pipe, "track name=v0 init=1 kind=video codecs=avc1.64001f width=1280 height=720 fps_milli=30000 "
	                "bitrate=2500000\n");
	pipe_say(&pipe,
	         "part track=v0 segment=2 part=0 init=1 offset=0 bytes=10 start_us=%" PRId64
	         " duration_us=300000 independent=1 discontinuity=1\n",
	         pipe.start_us + 4200000);
	text = pipe_playlist(&pipe, "v0", false);
	assert_non_null(strstr(text, "#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"" EPOCH "-v0-i1.mp4\"\n"));
	free(text);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-i0.mp4", &place), HLS_THERE);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-i1.mp4", &place), HLS_THERE);
	pipe_close(&pipe);
}

static void a_rung_comes_and_goes(void **state)
{
	struct pipe pipe = pipe_open();
	struct base_buffer *index;
	char *text;

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 5);
	pipe_say(&pipe, "track name=v1 init=0 kind=video codecs=avc1.42c01e width=360 height=640 fps_milli=30000 "
	                "bitrate=500000\n");
	pipe_part(&pipe, "v1", 5, 0);
	assert_golden(hls_stream_index(pipe.stream), "rung_index.m3u8");
	text = pipe_playlist(&pipe, "v1", false);
	assert_int_equal(count_of(text, "#EXT-X-GAP\n"), 5);
	assert_int_equal(count_of(text, "#EXT-X-PART:"), 1);
	free(text);
	pipe_segment(&pipe, "v1", 5, 1);
	pipe_segments(&pipe, 5, 40);
	index = hls_stream_index(pipe.stream);
	text = strndup((char *)index->data, index->len);
	assert_null(strstr(text, "v1.m3u8"));
	free(text);
	base_buffer_unref(index);
	pipe_close(&pipe);
}

static void without_a_keyframe_at_the_start_nothing_is_promised(void **state)
{
	struct pipe pipe = pipe_open();
	char *text;

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 1);
	pipe_say(&pipe,
	         "part track=v0 segment=1 part=0 init=0 offset=0 bytes=10 start_us=%" PRId64
	         " duration_us=300000 independent=0 discontinuity=0\n",
	         pipe.start_us + 2100000);
	text = pipe_playlist(&pipe, "v0", false);
	assert_null(strstr(text, "#EXT-X-INDEPENDENT-SEGMENTS"));
	free(text);
	text = pipe_playlist(&pipe, "a0", false);
	assert_non_null(strstr(text, "#EXT-X-INDEPENDENT-SEGMENTS"));
	free(text);
	pipe_close(&pipe);
}

static void what_does_not_fit_is_left_out(void **state)
{
	struct pipe pipe = pipe_open();
	char *before, *after;

	assert_false(pipe_say(&pipe, "track name=v0 init=0 kind=video codecs=avc1 bitrate=1\n"));
	assert_false(pipe_say(&pipe, "part track=v0 segment=0 part=0 init=0 offset=0 bytes=1 start_us=1 duration_us=1 "
	                             "independent=1\n"));
	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 3);
	before = pipe_playlist(&pipe, "v0", false);
	pipe_say(&pipe, "hello epoch=" EPOCH "\n");
	pipe_say(&pipe, "part track=v0 segment=1 part=7 init=0 offset=630021 bytes=9 start_us=1 duration_us=1 "
	                "independent=0\n");
	pipe_say(&pipe, "segment track=v0 segment=1 parts=0 bytes=0 start_us=0 duration_us=0\n");
	pipe_say(&pipe, "part track=v0 segment=3 part=1 init=0 offset=0 bytes=9 start_us=1 duration_us=1 "
	                "independent=0\n");
	pipe_say(&pipe, "part track=v0 segment=3 part=0 init=9 offset=0 bytes=9 start_us=1 duration_us=1 "
	                "independent=0\n");
	pipe_say(&pipe, "part track=v9 segment=3 part=0 init=0 offset=0 bytes=9 start_us=1 duration_us=1 "
	                "independent=0\n");
	pipe_say(&pipe, "nonsense\n\n=\npart\n");
	after = pipe_playlist(&pipe, "v0", false);
	assert_string_equal(before, after);
	free(before);
	free(after);
	pipe_close(&pipe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(another_life_goes_on_behind_a_discontinuity),
	        cmocka_unit_test(hints_are_of_the_life_that_is),
	        cmocka_unit_test(discontinuities_are_counted_as_they_leave),
	        cmocka_unit_test(lives_without_a_word_leave_nothing),
	        cmocka_unit_test(a_track_without_media_has_gaps),
	        cmocka_unit_test(missing_segments_are_gaps_and_a_break),
	        cmocka_unit_test(another_size_is_another_init_segment),
	        cmocka_unit_test(a_rung_comes_and_goes),
	        cmocka_unit_test(without_a_keyframe_at_the_start_nothing_is_promised),
	        cmocka_unit_test(what_does_not_fit_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
