/* A live stream: what playlists say as parts come, what is there, what is coming. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipe.h"

static void nothing_before_all_tracks_have_begun(void **state)
{
	struct pipe pipe = pipe_open();

	assert_null(hls_stream_index(pipe.stream));
	pipe_hello(&pipe, EPOCH, 0);
	assert_int_equal(pipe_track(&pipe, "v0"), -1);
	pipe_tracks(&pipe, true, true);
	assert_false(hls_stream_ready(pipe.stream));
	pipe_part(&pipe, "a0", 0, 0);
	assert_null(hls_stream_index(pipe.stream));
	assert_null(hls_stream_playlist(pipe.stream, pipe_track(&pipe, "v0"), false));
	pipe_part(&pipe, "v0", 0, 0);
	assert_true(hls_stream_ready(pipe.stream));
	assert_golden(hls_stream_index(pipe.stream), "first_index.m3u8");
	assert_golden(hls_stream_playlist(pipe.stream, pipe_track(&pipe, "v0"), false), "first_part.m3u8");
	pipe_close(&pipe);
}

static void a_track_that_never_comes_holds_nobody_up(void **state)
{
	struct pipe pipe = pipe_open();
	char *text;
	struct base_buffer *index;

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	for (unsigned s = 0; s < 3; s++)
		pipe_part(&pipe, "a0", s, 0);
	index = hls_stream_index(pipe.stream);
	assert_non_null(index);
	text = strndup((char *)index->data, index->len);
	assert_null(strstr(text, "v0.m3u8"));
	assert_non_null(strstr(text, "CODECS=\"mp4a.40.2\"\na0.m3u8\n"));
	free(text);
	base_buffer_unref(index);
	pipe_close(&pipe);
}

static void playlists_are_as_they_were(void **state)
{
	struct pipe pipe = pipe_open();

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 20);
	pipe_part(&pipe, "v0", 20, 0);
	pipe_part(&pipe, "v0", 20, 1);
	pipe_part(&pipe, "a0", 20, 0);
	assert_golden(hls_stream_index(pipe.stream), "index.m3u8");
	assert_golden(hls_stream_playlist(pipe.stream, pipe_track(&pipe, "v0"), false), "v0.m3u8");
	assert_golden(hls_stream_playlist(pipe.stream, pipe_track(&pipe, "a0"), false), "a0.m3u8");
	assert_golden(hls_stream_playlist(pipe.stream, pipe_track(&pipe, "v0"), true), "v0_skip.m3u8");
	pipe_close(&pipe);
}

static void everybody_gets_the_same_buffer(void **state)
{
	struct pipe pipe = pipe_open();
	struct base_buffer *one, *two, *other;

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 3);
	one = hls_stream_playlist(pipe.stream, 0, false);
	/* What another track does changes nothing. */
	pipe_part(&pipe, "a0", 3, 0);
	two = hls_stream_playlist(pipe.stream, 0, false);
	assert_ptr_equal(one, two);
	pipe_part(&pipe, "v0", 3, 0);
	other = hls_stream_playlist(pipe.stream, 0, false);
	assert_ptr_not_equal(one, other);
	base_buffer_unref(one);
	base_buffer_unref(two);
	base_buffer_unref(other);
	pipe_close(&pipe);
}

static void files_are_found(void **state)
{
	struct pipe pipe = pipe_open();
	struct hls_place place;

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 2);
	pipe_part(&pipe, "v0", 2, 0);
	pipe_part(&pipe, "v0", 2, 1);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-i0.mp4", &place), HLS_THERE);
	assert_string_equal(place.file, EPOCH "-v0-i0.mp4");
	assert_int_equal(place.bytes, 0);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-i1.mp4", &place), HLS_GONE);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-1.m4s", &place), HLS_THERE);
	assert_true(place.offset == 0 && place.bytes == 7 * 90000 + 21);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-1.3.m4s", &place), HLS_THERE);
	assert_string_equal(place.file, EPOCH "-v0-1.m4s");
	assert_true(place.offset == 3 * 90000 + 3 && place.bytes == 90003 && place.part);
	/* The next ones are worth waiting for, no others. */
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-2.1.m4s", &place), HLS_THERE);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-2.2.m4s", &place), HLS_COMING);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-2.3.m4s", &place), HLS_GONE);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-2.m4s", &place), HLS_COMING);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-3.0.m4s", &place), HLS_GONE);
	assert_int_equal(pipe_find(&pipe, EPOCH "-a0-2.0.m4s", &place), HLS_COMING);
	assert_int_equal(pipe_find(&pipe, EPOCH "-a0-2.1.m4s", &place), HLS_GONE);
	/* A segment that ends takes the hint with it. */
	pipe_segment(&pipe, "v0", 2, 2);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-2.2.m4s", &place), HLS_GONE);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-3.0.m4s", &place), HLS_COMING);
	pipe_close(&pipe);
}

static void strange_names_are_nothing(void **state)
{
	static const char *const names[] = {
	        "",
	        "-",
	        "v0.m3u8",
	        "thumbnail.jpg",
	        "../" EPOCH "-v0-0.m4s",
	        EPOCH,
	        EPOCH "-",
	        EPOCH "-v0",
	        EPOCH "-v0-",
	        EPOCH "-v0-0",
	        EPOCH "-v0-00.m4s",
	        EPOCH "-v0-0.m4s.",
	        EPOCH "-v0-0.00.m4s",
	        EPOCH "-v0-0..m4s",
	        EPOCH "-v0-0.0.0.m4s",
	        EPOCH "-v0-i0.m4s",
	        EPOCH "-v0-0.mp4",
	        EPOCH "-v9-0.m4s",
	        EPOCH "-v0--1.m4s",
	        EPOCH "-v0-9999999999999999999.m4s",
	        "fedcba9876543210-v0-0.m4s",
	        EPOCH "-v0-0.m4s-and-much-more-that-is-longer-than-any-name-of-a-file",
	};
	struct pipe pipe = pipe_open();
	struct hls_place place;

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 1);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (pipe_find(&pipe, names[i], &place) != HLS_GONE)
			fail_msg("found: %s", names[i]);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-0.m4s", &place), HLS_THERE);
	pipe_close(&pipe);
}

static void reload_blocks_until_it_is_there(void **state)
{
	struct pipe pipe = pipe_open();

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 5);
	pipe_part(&pipe, "v0", 5, 0);
	pipe_part(&pipe, "v0", 5, 1);
	assert_int_equal(pipe_reached(&pipe, "v0", 0, -1), HLS_THERE);
	assert_int_equal(pipe_reached(&pipe, "v0", 4, -1), HLS_THERE);
	assert_int_equal(pipe_reached(&pipe, "v0", 4, 6), HLS_THERE);
	assert_int_equal(pipe_reached(&pipe, "v0", 5, -1), HLS_COMING);
	assert_int_equal(pipe_reached(&pipe, "v0", 5, 1), HLS_THERE);
	assert_int_equal(pipe_reached(&pipe, "v0", 5, 2), HLS_COMING);
	assert_int_equal(pipe_reached(&pipe, "v0", 5, 12), HLS_COMING);
	assert_int_equal(pipe_reached(&pipe, "v0", 5, 13), HLS_GONE);
	assert_int_equal(pipe_reached(&pipe, "v0", 6, 0), HLS_COMING);
	assert_int_equal(pipe_reached(&pipe, "v0", 7, -1), HLS_COMING);
	assert_int_equal(pipe_reached(&pipe, "v0", 8, -1), HLS_GONE);
	/* A part beyond the end of a segment is the first of the next. */
	pipe_segment(&pipe, "v0", 5, 2);
	assert_int_equal(pipe_reached(&pipe, "v0", 5, -1), HLS_THERE);
	assert_int_equal(pipe_reached(&pipe, "v0", 5, 1), HLS_THERE);
	assert_int_equal(pipe_reached(&pipe, "v0", 5, 2), HLS_COMING);
	pipe_part(&pipe, "v0", 6, 0);
	assert_int_equal(pipe_reached(&pipe, "v0", 5, 2), HLS_THERE);
	pipe_close(&pipe);
}

static void the_window_moves(void **state)
{
	struct pipe pipe = pipe_open();
	struct hls_place place;
	char *text;

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 200);
	text = pipe_playlist(&pipe, "v0", false);
	/* 15 of 2.1 s are the first that last 30 s. */
	assert_non_null(strstr(text, "#EXT-X-MEDIA-SEQUENCE:185\n"));
	assert_int_equal(count_of(text, "#EXTINF:2.1,\n"), 15);
	free(text);
	/* What has left the playlist is there for as long again. */
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-185.0.m4s", &place), HLS_THERE);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-171.m4s", &place), HLS_THERE);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-169.m4s", &place), HLS_GONE);
	pipe_close(&pipe);
}

static void after_a_pause_the_old_is_gone(void **state)
{
	struct pipe pipe = pipe_open();
	char *text;

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 5);
	pipe.start_us += 600000000;
	pipe_say(&pipe,
	         "part track=v0 segment=5 part=0 init=0 offset=0 bytes=10 start_us=%lld duration_us=300000 "
	         "independent=1 discontinuity=1\n",
	         (long long)pipe.start_us);
	text = pipe_playlist(&pipe, "v0", false);
	assert_non_null(strstr(text, "#EXT-X-MEDIA-SEQUENCE:5\n"));
	assert_int_equal(count_of(text, "#EXTINF:"), 0);
	free(text);
	pipe_close(&pipe);
}

static void it_ends(void **state)
{
	struct pipe pipe = pipe_open();
	struct hls_place place;

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 2);
	pipe_part(&pipe, "v0", 2, 0);
	hls_stream_end(pipe.stream);
	assert_true(hls_stream_ended(pipe.stream));
	assert_golden(hls_stream_playlist(pipe.stream, pipe_track(&pipe, "v0"), false), "ended.m3u8");
	assert_int_equal(pipe_reached(&pipe, "v0", 3, 0), HLS_THERE);
	assert_int_equal(pipe_reached(&pipe, "v0", 99, 0), HLS_THERE);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-2.1.m4s", &place), HLS_GONE);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-2.m4s", &place), HLS_THERE);
	pipe_part(&pipe, "v0", 3, 0);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-3.0.m4s", &place), HLS_GONE);
	pipe_close(&pipe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nothing_before_all_tracks_have_begun),
	        cmocka_unit_test(a_track_that_never_comes_holds_nobody_up),
	        cmocka_unit_test(playlists_are_as_they_were),
	        cmocka_unit_test(everybody_gets_the_same_buffer),
	        cmocka_unit_test(files_are_found),
	        cmocka_unit_test(strange_names_are_nothing),
	        cmocka_unit_test(reload_blocks_until_it_is_there),
	        cmocka_unit_test(the_window_moves),
	        cmocka_unit_test(after_a_pause_the_old_is_gone),
	        cmocka_unit_test(it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
