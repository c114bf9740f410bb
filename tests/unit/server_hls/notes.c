/* One line of a pipeline's notes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hls/notes.h"

#define PART                                                                                                           \
	"part track=v0 segment=12 part=3 init=1 offset=84211 bytes=30211 start_us=1790000000000000 "                   \
	"duration_us=300000 independent=1 discontinuity=0"

/* From memory of exactly its length, so that a sanitizer sees who reads on. */
static int read_line(const char *text, struct hls_note *out)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);
	int err;

	assert_non_null(copy);
	memcpy(copy, text, len);
	err = hls_note_read(copy, len, out);
	free(copy);
	return err;
}

static void every_verb_is_read(void **state)
{
	struct hls_note note;

	assert_int_equal(read_line("hello epoch=0123456789abcdef", &note), 0);
	assert_int_equal(note.verb, HLS_HELLO);
	assert_string_equal(note.epoch, "0123456789abcdef");
	assert_int_equal(read_line("track name=v0 init=2 kind=video codecs=avc1.42e01f width=720 height=1280 "
	                           "fps_milli=29970 bitrate=2500000",
	                           &note),
	                 0);
	assert_int_equal(note.verb, HLS_TRACK);
	assert_string_equal(note.track.name, "v0");
	assert_string_equal(note.track.codecs, "avc1.42e01f");
	assert_true(note.track.video && note.track.init == 2);
	assert_true(note.track.width == 720 && note.track.height == 1280 && note.track.fps_milli == 29970);
	assert_int_equal(note.track.bitrate_bps, 2500000);
	assert_int_equal(
	        read_line("track name=a0 init=0 kind=audio codecs=mp4a.40.2 rate=48000 channels=2 bitrate=96000",
	                  &note),
	        0);
	assert_true(!note.track.video && note.track.rate == 48000 && note.track.channels == 2);
	assert_int_equal(read_line(PART, &note), 0);
	assert_int_equal(note.verb, HLS_PART);
	assert_true(note.part.segment == 12 && note.part.part == 3 && note.part.init == 1);
	assert_true(note.part.offset == 84211 && note.part.bytes == 30211);
	assert_true(note.part.start_us == 1790000000000000 && note.part.duration_us == 300000);
	assert_true(note.part.independent && !note.part.discontinuity);
	assert_int_equal(
	        read_line("segment track=a0 segment=0 parts=0 bytes=0 start_us=5 duration_us=2000000 discontinuity=1",
	                  &note),
	        0);
	assert_true(note.verb == HLS_SEGMENT && note.segment.discontinuity && note.segment.duration_us == 2000000);
	assert_int_equal(read_line("status frames=1 video_packets=2 dropped=3 cpu_us=4", &note), 0);
	assert_true(note.verb == HLS_STATUS && note.status.dropped == 3 && note.status.cpu_us == 4);
}

static void problems_are_decoded(void **state)
{
	struct hls_note note;

	assert_int_equal(read_line("problem code=disk_full detail=No%20space%20left%0aon%20device", &note), 0);
	assert_int_equal(note.verb, HLS_PROBLEM);
	assert_string_equal(note.problem.code, "disk_full");
	assert_string_equal(note.problem.detail, "No space left on device");
	assert_int_equal(read_line("problem code=no_time", &note), 0);
	assert_string_equal(note.problem.detail, "");
	assert_int_equal(read_line("problem code=x detail=%2", &note), -EBADMSG);
	assert_int_equal(read_line("problem code=x detail=%", &note), -EBADMSG);
	assert_int_equal(read_line("problem code=x detail=%zz", &note), -EBADMSG);
	assert_int_equal(read_line("problem code=x detail=%4", &note), -EBADMSG);
	assert_int_equal(read_line("problem code=x detail=%41", &note), 0);
	assert_string_equal(note.problem.detail, "A");
}

static void what_is_not_known_is_passed_over(void **state)
{
	struct hls_note note;

	assert_int_equal(read_line(PART " colour=blue", &note), 0);
	assert_int_equal(read_line("  " PART "  ", &note), 0);
	assert_int_equal(read_line("dance step=1", &note), -ENOENT);
	assert_int_equal(read_line("", &note), -ENOENT);
	assert_int_equal(read_line("   ", &note), -ENOENT);
}

static void nonsense_is_refused(void **state)
{
	static const char *const lines[] = {
	        "hello",
	        "hello epoch=0123456789abcde",
	        "hello epoch=0123456789abcdef0",
	        "hello epoch=0123456789ABCDEF",
	        "hello epoch=../../../../etc/p",
	        "hello epoch=0123456789abcdef epoch=0123456789abcdef",
	        "track name=x0 init=0 kind=video codecs=avc1 bitrate=1",
	        "track name=v init=0 kind=video codecs=avc1 bitrate=1",
	        "track name=v/ init=0 kind=video codecs=avc1 bitrate=1",
	        "track name=v000 init=0 kind=video codecs=avc1 bitrate=1",
	        "track name=v0 init=0 kind=film codecs=avc1 bitrate=1",
	        "track name=v0 init=0 kind=video codecs=\"evil\" bitrate=1",
	        "track name=v0 init=0 kind=video codecs= bitrate=1",
	        "track name=v0 init=-1 kind=video codecs=avc1 bitrate=1",
	        "track name=v0 init=0 kind=video codecs=avc1 bitrate=1 width=99999",
	        "track name=v0 init=0 kind=video codecs=avc1",
	        "part track=v0 segment=1 part=64 init=0 offset=0 bytes=1 start_us=0 duration_us=1 independent=1",
	        "part track=v0 segment=1 part=0 init=0 offset=0 bytes=0 start_us=0 duration_us=1 independent=1",
	        "part track=v0 segment=1 part=0 init=0 offset=0 bytes=1 start_us=0 duration_us=0 independent=1",
	        "part track=v0 segment=1 part=0 init=0 offset=0 bytes=1 start_us=0 duration_us=1 independent=2",
	        "segment track=v0 segment=99999999999999999999 parts=1 bytes=1 start_us=0 duration_us=1",
	        "part track=v0 segment= part=0 init=0 offset=0 bytes=1 start_us=0 duration_us=1 independent=1",
	        "part track=v0 segment=1 part=0 init=0 offset=0 bytes=1 start_us=0 duration_us=1",
	        "part track",
	        "problem code=Loud",
	        "problem detail=x",
	};
	struct hls_note note;

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		if (read_line(lines[i], &note) != -EBADMSG)
			fail_msg("taken: %s", lines[i]);
}

static void lines_are_cut(void **state)
{
	const char *text = "one\n\ntwo\nunfinished", *line;
	size_t len = strlen(text), line_len;

	assert_true(hls_note_next(&text, &len, &line, &line_len));
	assert_true(line_len == 3 && memcmp(line, "one", 3) == 0);
	assert_true(hls_note_next(&text, &len, &line, &line_len));
	assert_int_equal(line_len, 0);
	assert_true(hls_note_next(&text, &len, &line, &line_len));
	assert_true(line_len == 3 && memcmp(line, "two", 3) == 0);
	assert_false(hls_note_next(&text, &len, &line, &line_len));
	assert_int_equal(len, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_verb_is_read),
	        cmocka_unit_test(problems_are_decoded),
	        cmocka_unit_test(what_is_not_known_is_passed_over),
	        cmocka_unit_test(nonsense_is_refused),
	        cmocka_unit_test(lines_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
