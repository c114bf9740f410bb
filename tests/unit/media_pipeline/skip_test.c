/* Pictures that say "as before", behind those of other encoders: ffmpeg decodes them to the picture before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/avc.h"
#include "pipeline/skip.h"
#include "process.h"

#define FRAMES 7
#define SKIPS 5

/** @param options of libx264. @return its stream with start codes, to be freed. */
static struct output encode(const char *profile, const char *options, const char *size)
{
	char source[64];

	snprintf(source, sizeof(source), "testsrc2=size=%s:rate=30", size);

	const char *argv[] = {
	        "ffmpeg",     "-v",    "error",        "-nostdin", "-f",       "lavfi",    "-i",    source,
	        "-frames:v",  "7",     "-c:v",         "libx264",  "-preset",  "veryfast", "-tune", "zerolatency",
	        "-profile:v", profile, "-x264-params", options,    "-pix_fmt", "yuv420p",  "-f",    "h264",
	        "-",          NULL};

	return process_run(argv, NULL, 0);
}

/** Where the access unit ends: before the next AUD. */
static size_t unit_end(const uint8_t *data, size_t len, size_t from)
{
	static const uint8_t aud[] = {0, 0, 0, 1, H264_AUD};
	size_t at;

	for (at = from + sizeof(aud); at + sizeof(aud) <= len; at++)
		if (memcmp(data + at, aud, sizeof(aud)) == 0)
			return at;
	return len;
}

/** Hashes of all pictures, one a line. */
static struct output hashes(const uint8_t *data, size_t len)
{
	const char *argv[] = {"ffmpeg",    "-v",          "error", "-f",       "h264", "-i", "-",
	                      "-fps_mode", "passthrough", "-f",    "framemd5", "-",    NULL};

	return process_run(argv, data, len);
}

/** Each picture's hash: the last column. @return how many. */
static size_t read_hashes(struct output *o, char out[][33], size_t most)
{
	size_t n = 0;
	char *line, *rest = (char *)o->data;

	o->data[o->len < OUTPUT_MAX ? o->len : OUTPUT_MAX - 1] = '\0';
	while (n < most && (line = strsep(&rest, "\n")))
		if (line[0] && line[0] != '#')
			snprintf(out[n++], 33, "%s", strrchr(line, ' ') + 1);
	return n;
}

static void follow(const char *profile, const char *options, const char *size, bool cabac)
{
	struct output stream = encode(profile, options, size), told;
	struct h264_sets sets = {.changes = 0};
	struct skip_sets read;
	struct skip_place place = {.frame_num = 0};
	uint8_t *all = malloc(stream.len + SKIPS * SKIP_MAX), out[SKIP_MAX];
	size_t at = 0, len = stream.len, n, i;
	char hash[FRAMES + SKIPS + 1][33];

	assert_int_equal(stream.code, 0);
	while (at < stream.len) {
		size_t end = unit_end(stream.data, stream.len, at), unit_len;
		uint8_t *unit = avc_from_start_codes(stream.data + at, end - at, &sets, &unit_len);

		assert_non_null(unit);
		assert_int_equal(skip_read_sets(&sets, &read), 0);
		assert_int_equal(skip_read_place(&read, unit, unit_len, &place), 0);
		free(unit);
		at = end;
	}
	assert_int_equal(read.cabac, cabac);
	memcpy(all, stream.data, stream.len);
	for (i = 0; i < SKIPS; i++) {
		n = skip_write(&read, &place, out);
		assert_in_range(n, 8, 400);
		assert_int_equal(h264_to_start_codes(out, n), 0);
		memcpy(all + len, out, n);
		len += n;
	}
	told = hashes(all, len);
	assert_int_equal(told.code, 0);
	assert_string_equal(told.errors, "");
	assert_int_equal(read_hashes(&told, hash, FRAMES + SKIPS + 1), FRAMES + SKIPS);
	assert_string_not_equal(hash[FRAMES - 1], hash[FRAMES - 2]);
	for (i = 0; i < SKIPS; i++)
		assert_string_equal(hash[FRAMES + i], hash[FRAMES - 1]);
	output_free(&told);
	output_free(&stream);
	free(all);
}

static void behind_baseline(void **state)
{
	follow("baseline", "aud=1:keyint=100", "320x240", false);
	follow("baseline", "aud=1:keyint=100:ref=4:no-deblock=1", "720x1280", false);
}

static void behind_arithmetic_coding(void **state)
{
	follow("main", "aud=1:keyint=100:bframes=0", "320x240", true);
	follow("main", "aud=1:keyint=100:bframes=0:weightp=2:ref=3", "720x1280", true);
	follow("high", "aud=1:keyint=100:bframes=0:qp=40", "1920x1080", true);
	follow("high", "aud=1:keyint=100:bframes=0:crf=12:slices=4", "176x144", true);
}

static void what_is_not_understood_is_left_alone(void **state)
{
	struct output stream = encode("high", "aud=1:interlaced=1:bframes=0", "320x240");
	struct h264_sets sets = {.changes = 0};
	struct skip_sets read;
	size_t len;
	uint8_t *unit = avc_from_start_codes(stream.data, stream.len, &sets, &len);

	assert_non_null(unit);
	assert_int_equal(skip_read_sets(&sets, &read), -ENOTSUP);
	sets.pps_count = 0;
	assert_int_equal(skip_read_sets(&sets, &read), -EBADMSG);
	free(unit);
	output_free(&stream);
}

/** Whatever a host sends as its sets and slices, nothing is read or written out of bounds. */
static void rubbish_is_survived(void **state)
{
	uint8_t unit[64], out[SKIP_MAX];
	int i;

	srand(7);
	for (i = 0; i < 20000; i++) {
		struct h264_sets sets = {.pps_count = 1};
		struct skip_sets read;
		struct skip_place place;
		size_t j;

		sets.sps.len = (uint16_t)(1 + rand() % 40);
		sets.pps[0].len = (uint16_t)(1 + rand() % 20);
		for (j = 0; j < sizeof(unit); j++) {
			sets.sps.data[j] = (uint8_t)(rand() & rand());
			sets.pps[0].data[j] = (uint8_t)rand();
			unit[j] = (uint8_t)rand();
		}
		memcpy(unit, "\0\0\0\x3c\x65", 5);
		if (skip_read_sets(&sets, &read) == 0 && skip_read_place(&read, unit, sizeof(unit), &place) == 0)
			assert_in_range(skip_write(&read, &place, out), 0, SKIP_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(behind_baseline),
	        cmocka_unit_test(behind_arithmetic_coding),
	        cmocka_unit_test(what_is_not_understood_is_left_alone),
	        cmocka_unit_test(rubbish_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
