/* What picture files say of themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/picture_header.h"

static size_t load(const char *name, uint8_t *data, size_t size)
{
	char path[512];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", TEST_DATA, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	len = fread(data, 1, size, file);
	fclose(file);
	assert_true(len > 0 && len < size);
	return len;
}

static void sizes_are_read(void **state)
{
	static const struct {
		const char *name;
		enum picture_kind kind;
	} files[] = {{"corner.jpg", PICTURE_JPEG},
	             {"corner.png", PICTURE_PNG},
	             {"corner.webp", PICTURE_WEBP},
	             {"lossless.webp", PICTURE_WEBP}};
	struct picture_header header;
	uint8_t data[4096];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		size_t len = load(files[i].name, data, sizeof(data));

		assert_int_equal(picture_header_read(data, len, &header), 0);
		assert_int_equal(header.kind, files[i].kind);
		assert_int_equal(header.width, 96);
		assert_int_equal(header.height, 64);
		assert_int_equal(header.orientation, 1);
	}
}

/** Every beginning of a picture that is not the whole of it is refused, and reads nothing beyond its end. */
static void every_cut_is_refused(void **state)
{
	static const char *const names[] = {"corner.jpg", "corner.png", "corner.webp", "lossless.webp"};
	struct picture_header header;
	uint8_t data[4096], *exact;
	size_t i, cut;

	(void)state;
	for (i = 0; i < 4; i++) {
		size_t len = load(names[i], data, sizeof(data));

		for (cut = 0; cut < len - 4; cut++) {
			exact = malloc(cut ? cut : 1);
			memcpy(exact, data, cut);
			assert_int_equal(picture_header_read(exact, cut, &header), -EBADMSG);
			assert_non_null(header.problem);
			free(exact);
		}
	}
}

static void other_files_are_refused(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: example\r\n\r\n";
	struct picture_header header;
	uint8_t data[4096];
	size_t len = load("corner.gif", data, sizeof(data));

	(void)state;
	assert_int_equal(picture_header_read(data, len, &header), -EBADMSG);
	assert_int_equal(header.kind, PICTURE_NONE);
	assert_int_equal(picture_header_read((const uint8_t *)text, sizeof(text), &header), -EBADMSG);
	assert_int_equal(picture_header_read(data, 0, &header), -EBADMSG);
}

/** A JPEG with an Exif block behind the start of image. */
static size_t with_exif(uint8_t *out, const uint8_t *tiff, size_t tiff_len)
{
	uint8_t data[4096];
	size_t len = load("corner.jpg", data, sizeof(data)), n = tiff_len + 8;

	memcpy(out, data, 2);
	out[2] = 0xff;
	out[3] = 0xe1;
	out[4] = (uint8_t)(n >> 8);
	out[5] = (uint8_t)n;
	memcpy(out + 6, "Exif\0\0", 6);
	memcpy(out + 12, tiff, tiff_len);
	memcpy(out + 12 + tiff_len, data + 2, len - 2);
	return len + 10 + tiff_len;
}

static void orientation_is_read_in_both_byte_orders(void **state)
{
	static const uint8_t big[] = "MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0\6\0\0";
	static const uint8_t little[] = "II*\0\10\0\0\0\1\0\22\1\3\0\1\0\0\0\3\0\0\0";
	struct picture_header header;
	uint8_t data[8192];

	(void)state;
	assert_int_equal(picture_header_read(data, with_exif(data, big, sizeof(big)), &header), 0);
	assert_int_equal(header.orientation, 6);
	assert_int_equal(picture_header_read(data, with_exif(data, little, sizeof(little)), &header), 0);
	assert_int_equal(header.orientation, 3);
}

static void hostile_exif_does_no_harm(void **state)
{
	static const uint8_t far_away[] = "MM\0*\xff\xff\xff\xff\0\1";
	static const uint8_t many[] = "II*\0\10\0\0\0\xff\xff\22\2\3\0\1\0\0\0\3\0\0\0";
	static const uint8_t nonsense[] = "II*\0\10\0\0\0\1\0\22\1\3\0\1\0\0\0\x63\0\0\0";
	struct picture_header header;
	uint8_t data[8192];

	(void)state;
	assert_int_equal(picture_header_read(data, with_exif(data, far_away, sizeof(far_away)), &header), 0);
	assert_int_equal(header.orientation, 1);
	assert_int_equal(picture_header_read(data, with_exif(data, many, sizeof(many)), &header), 0);
	assert_int_equal(header.orientation, 1);
	assert_int_equal(picture_header_read(data, with_exif(data, nonsense, sizeof(nonsense)), &header), 0);
	assert_int_equal(header.orientation, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(sizes_are_read),
	        cmocka_unit_test(every_cut_is_refused),
	        cmocka_unit_test(other_files_are_refused),
	        cmocka_unit_test(orientation_is_read_in_both_byte_orders),
	        cmocka_unit_test(hostile_exif_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
