/* trunkshow-pipeline --photo and --draw as processes. The test picture is 96 x 64, blue, its upper left quarter red. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"

static struct output clean_bytes(const void *data, size_t len, const char *max_edge)
{
	const char *argv[] = {PIPELINE_PROGRAM, "--photo", "--max-edge", max_edge, NULL};

	return process_run(argv, data, len);
}

static uint8_t *load(const char *name, size_t *len)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", TEST_DATA, name);
	return read_file(path, len);
}

static struct output clean_file(const char *name, const char *max_edge)
{
	size_t len;
	uint8_t *data = load(name, &len);
	struct output o = clean_bytes(data, len, max_edge);

	free(data);
	return o;
}

/** Which quarter is red: 0 upper left, 1 upper right, 2 lower left, 3 lower right; -1 none alone. */
static int red_quarter(const struct rgb *p)
{
	int i, found = -1;

	for (i = 0; i < 4; i++) {
		int x = p->width * (i & 1 ? 3 : 1) / 4, y = p->height * (i & 2 ? 3 : 1) / 4;
		const uint8_t *c = p->pixels + ((size_t)y * (size_t)p->width + (size_t)x) * 3;
		int red = c[0] > 190 && c[1] < 70 && c[2] < 70, blue = c[0] < 70 && c[2] > 150;

		assert_true(red || blue);
		if (red && found >= 0)
			return -1;
		if (red)
			found = i;
	}
	return found;
}

static void check_picture(struct output *o, int width, int height, int quarter)
{
	struct rgb picture;

	assert_string_equal(o->errors, "");
	assert_int_equal(o->code, 0);
	picture = decode_picture("jpeg_pipe", o->data, o->len);
	assert_int_equal(picture.width, width);
	assert_int_equal(picture.height, height);
	assert_int_equal(red_quarter(&picture), quarter);
	rgb_free(&picture);
	output_free(o);
}

static void check_refusal(struct output *o, int code)
{
	const char *line_end = strchr(o->errors, '\n');

	assert_int_equal(o->code, code);
	assert_int_equal(o->len, 0);
	assert_non_null(line_end); /* one line that says why */
	assert_true(line_end > o->errors && line_end[1] == '\0');
	output_free(o);
}

static void good_pictures_come_out_clean(void **state)
{
	static const char *const names[] = {"corner.jpg", "corner.png", "corner.webp", "lossless.webp"};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct output o = clean_file(names[i], "1600");

		check_picture(&o, 96, 64, 0);
	}
}

static void large_pictures_are_made_smaller_and_small_ones_stay(void **state)
{
	struct output o = clean_file("corner.png", "48");

	(void)state;
	check_picture(&o, 48, 32, 0);
	o = clean_file("corner.jpg", "97");
	check_picture(&o, 96, 64, 0);
}

static void transparency_becomes_white(void **state)
{
	struct output o = clean_file("clear.png", "1600");
	struct rgb picture = decode_picture("jpeg_pipe", o.data, o.len);

	(void)state;
	assert_int_equal(picture.width, 32);
	assert_true(picture.pixels[0] > 250 && picture.pixels[1] > 250 && picture.pixels[2] > 250);
	rgb_free(&picture);
	output_free(&o);
}

/** The test picture with an orientation, and a place and a name that must not get out. */
static size_t with_exif(uint8_t *out, int orientation)
{
	uint8_t exif[] = "\xff\xe1\0\x40"
	                 "Exif\0\0MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0\0\0\0\0\0\0\0"
	                 "SECRET-PLACE-48.2N-16.3E-AND";
	size_t len, n = sizeof(exif) - 1;
	uint8_t *data = load("corner.jpg", &len);

	exif[3] = (uint8_t)(n - 2);
	exif[29] = (uint8_t)orientation;
	memcpy(out, data, 2);
	memcpy(out + 2, exif, n);
	memcpy(out + 2 + n, data + 2, len - 2);
	free(data);
	return len + n;
}

static void orientation_is_applied_and_metadata_gone(void **state)
{
	static const int quarter[] = {0, 0, 1, 3, 2, 0, 1, 3, 2};
	uint8_t data[4096];
	int i;

	(void)state;
	for (i = 1; i <= 8; i++) {
		struct output o = clean_bytes(data, with_exif(data, i), "1600");

		assert_null(memmem(o.data, o.len, "SECRET", 6));
		assert_null(memmem(o.data, o.len, "Exif", 4));
		check_picture(&o, i >= 5 ? 64 : 96, i >= 5 ? 96 : 64, quarter[i]);
	}
}

static void what_is_no_picture_is_refused(void **state)
{
	static const char text[] = "Dear server, please decode this.\n";
	struct output o = clean_bytes(text, sizeof(text) - 1, "1600");

	(void)state;
	check_refusal(&o, 2);
	o = clean_file("corner.gif", "1600");
	check_refusal(&o, 2);
	o = clean_bytes("", 0, "1600");
	check_refusal(&o, 2);
}

static void cut_pictures_are_refused(void **state)
{
	static const char *const names[] = {"corner.jpg", "corner.png", "corner.webp"};
	size_t i, len;

	(void)state;
	for (i = 0; i < 3; i++) {
		uint8_t *data = load(names[i], &len);
		struct output o = clean_bytes(data, len / 2, "1600");

		check_refusal(&o, 2);
		free(data);
	}
}

/** The header promises a picture, the rest is noise. */
static void noise_behind_a_good_header_is_refused(void **state)
{
	size_t len, i;
	uint8_t *data = load("corner.png", &len);
	struct output o;

	(void)state;
	for (i = 43; i < len - 16; i++)
		data[i] ^= (uint8_t)(i * 37 + 11);
	o = clean_bytes(data, len, "1600");
	check_refusal(&o, 2);
	free(data);
}

static void bombs_are_refused_before_they_are_decoded(void **state)
{
	size_t len;
	uint8_t *data = load("corner.png", &len);
	struct output o;

	(void)state;
	memcpy(data + 16, "\0\0\xea\x60\0\0\xea\x60", 8); /* 60,000 x 60,000 */
	o = clean_bytes(data, len, "1600");
	check_refusal(&o, 3);
	free(data);
	data = load("corner.jpg", &len);
	memcpy((uint8_t *)memmem(data, len, "\xff\xc0", 2) + 5, "\xff\xff\xff\xff", 4);
	o = clean_bytes(data, len, "1600");
	check_refusal(&o, 3);
	free(data);
}

static void a_file_too_long_is_refused(void **state)
{
	size_t len, all = (16 << 20) + 1000;
	uint8_t *picture = load("corner.jpg", &len), *data = calloc(1, all);
	struct output o;

	(void)state;
	assert_non_null(data);
	memcpy(data, picture, len);
	o = clean_bytes(data, all, "1600");
	check_refusal(&o, 3);
	free(picture);
	free(data);
}

static void a_drawing_becomes_a_picture(void **state)
{
	static const char svg[] =
	        "<svg xmlns='http://www.w3.org/2000/svg' width='960' height='640' viewBox='0 0 96 64'>"
	        "<rect width='96' height='64' fill='#2040c0'/><rect width='48' height='32' fill='#e02020'/></svg>";
	char path[] = "/tmp/trunkshow-draw-XXXXXX";
	int fd = mkstemp(path);
	const char *argv[] = {PIPELINE_PROGRAM, "--draw", path, "--max-edge", "480", NULL};
	struct output o;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, svg, sizeof(svg) - 1), sizeof(svg) - 1);
	close(fd);
	o = process_run(argv, NULL, 0);
	unlink(path);
	check_picture(&o, 480, 320, 0);
	o = process_run(argv, NULL, 0);
	check_refusal(&o, 2);
}

static void wrong_options_are_refused(void **state)
{
	const char *both[] = {PIPELINE_PROGRAM, "--photo", "--source", NULL};
	const char *none[] = {PIPELINE_PROGRAM, NULL};
	const char *edge[] = {PIPELINE_PROGRAM, "--photo", "--max-edge", "0", NULL};
	const char *unknown[] = {PIPELINE_PROGRAM, "--sing", NULL};
	const char *const *all[] = {both, none, edge, unknown};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct output o = process_run(all[i], NULL, 0);

		check_refusal(&o, 64);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(good_pictures_come_out_clean),
	        cmocka_unit_test(large_pictures_are_made_smaller_and_small_ones_stay),
	        cmocka_unit_test(transparency_becomes_white),
	        cmocka_unit_test(orientation_is_applied_and_metadata_gone),
	        cmocka_unit_test(what_is_no_picture_is_refused),
	        cmocka_unit_test(cut_pictures_are_refused),
	        cmocka_unit_test(noise_behind_a_good_header_is_refused),
	        cmocka_unit_test(bombs_are_refused_before_they_are_decoded),
	        cmocka_unit_test(a_file_too_long_is_refused),
	        cmocka_unit_test(a_drawing_becomes_a_picture),
	        cmocka_unit_test(wrong_options_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
