/* A recording's journal: VOD playlists, gaps cut, moments found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipe.h"

#define SECOND "1111111111111111"

/* Two lives: three segments and a torn fourth, then, half a minute later, two more. */
static struct pipe recorded(void)
{
	struct pipe pipe = pipe_open_recording();

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 3);
	pipe_part(&pipe, "v0", 3, 0);
	pipe_part(&pipe, "a0", 3, 0);
	pipe_hello(&pipe, SECOND, 30000000);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 2);
	hls_stream_end(pipe.stream);
	return pipe;
}

static void it_plays_from_end_to_end(void **state)
{
	struct pipe pipe = recorded();
	struct hls_span span;

	assert_golden(hls_stream_index(pipe.stream), "recording_index.m3u8");
	assert_golden(hls_stream_vod(pipe.stream, 0, NULL), "recording_v0.m3u8");
	assert_golden(hls_stream_vod(pipe.stream, 1, "#EXT-X-DATERANGE:ID=\"one\"\n"), "recording_a0.m3u8");
	hls_stream_span(pipe.stream, &span);
	assert_true(span.start_us == START_US && span.end_us == START_US + 34200000);
	assert_int_equal(span.duration_us, 5 * 2100000 + 300000);
	assert_int_equal(span.segments, 6);
	assert_int_equal(span.bytes, 5 * (7 * 90000 + 21 + 28000) + 94000);
	pipe_close(&pipe);
}

static void moments_are_found(void **state)
{
	struct pipe pipe = recorded();

	assert_int_equal(hls_stream_position_us(pipe.stream, START_US - 5), 0);
	assert_int_equal(hls_stream_position_us(pipe.stream, START_US + 5000000), 5000000);
	/* In the gap: where it goes on. */
	assert_int_equal(hls_stream_position_us(pipe.stream, START_US + 20000000), 6600000);
	assert_int_equal(hls_stream_position_us(pipe.stream, START_US + 31000000), 7600000);
	assert_int_equal(hls_stream_position_us(pipe.stream, START_US + 99000000), 10800000);
	pipe_close(&pipe);
}

static void what_nobody_has_is_cut(void **state)
{
	struct pipe pipe = pipe_open_recording();
	struct base_buffer *body;
	char *text;

	pipe_hello(&pipe, EPOCH, 0);
	pipe_tracks(&pipe, true, true);
	pipe_segments(&pipe, 0, 2);
	pipe_segments(&pipe, 5, 2);
	hls_stream_end(pipe.stream);
	body = hls_stream_vod(pipe.stream, 0, NULL);
	text = strndup((char *)body->data, body->len);
	assert_int_equal(count_of(text, "#EXTINF:"), 4);
	assert_int_equal(count_of(text, "#EXT-X-GAP"), 0);
	assert_int_equal(count_of(text, "#EXT-X-DISCONTINUITY\n"), 1);
	free(text);
	base_buffer_unref(body);
	pipe_close(&pipe);
}

static void its_files_are_known(void **state)
{
	struct pipe pipe = recorded();
	struct hls_place place;

	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-0.m4s", &place), HLS_THERE);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-i0.mp4", &place), HLS_THERE);
	assert_int_equal(pipe_find(&pipe, SECOND "-a0-1.m4s", &place), HLS_THERE);
	assert_int_equal(pipe_find(&pipe, SECOND "-a0-2.m4s", &place), HLS_GONE);
	assert_int_equal(pipe_find(&pipe, EPOCH "-v0-0.0.m4s", &place), HLS_GONE);
	pipe_close(&pipe);
}

static void an_empty_one_plays_nothing(void **state)
{
	struct pipe pipe = pipe_open_recording();
	struct hls_span span;

	hls_stream_end(pipe.stream);
	hls_stream_span(pipe.stream, &span);
	assert_true(span.duration_us == 0 && span.segments == 0);
	assert_null(hls_stream_index(pipe.stream));
	assert_null(hls_stream_vod(pipe.stream, 0, NULL));
	assert_int_equal(hls_stream_position_us(pipe.stream, START_US), 0);
	pipe_close(&pipe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(it_plays_from_end_to_end),   cmocka_unit_test(moments_are_found),
	        cmocka_unit_test(what_nobody_has_is_cut),     cmocka_unit_test(its_files_are_known),
	        cmocka_unit_test(an_empty_one_plays_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
