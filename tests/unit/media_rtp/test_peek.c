#include "check.h"

#include <errno.h>
#include <stdio.h>

#include "rtp/peek.h"

/* Sequence parameter sets as encoders write them: OpenH264 (constrained baseline), x264 (high, main). */
static const struct {
	const char *hex;
	int width, height;
} sets[] = {
        {"6742c01e8c8d405017fcb00f08846a", 640, 360},
        {"6742c01f8c8d402802dd00f08846a0", 1280, 720},
        {"6742c0288c8d403c0113f2c03c2211a8", 1920, 1080},
        {"6742c0158c8d40d8fb2700f08846a0", 426, 240},
        {"67640028acd940780227e5c05a808080a0000003002000000791e30632c0", 1920, 1080},
        {"674d4028eca03c0113f2e02d40404050000003001000000303c8f1831960", 1920, 1080},
};

static size_t from_hex(const char *hex, uint8_t *out)
{
	size_t n = 0;
	for (; hex[2 * n]; n++) {
		unsigned value;
		assert_int_equal(sscanf(hex + 2 * n, "%2x", &value), 1);
		out[n] = (uint8_t)value;
	}
	return n;
}

static void reads_sizes(void **state)
{
	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
		uint8_t nal[64];
		size_t len = from_hex(sets[i].hex, nal);
		int width, height;
		assert_int_equal(media_peek_sps(nal, len, &width, &height), 0);
		assert_int_equal(width, sets[i].width);
		assert_int_equal(height, sets[i].height);
	}
}

static void short_sets_are_refused_or_whole(void **state)
{
	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
		uint8_t nal[64];
		size_t len = from_hex(sets[i].hex, nal);
		for (size_t cut = 0; cut < len; cut++) {
			uint8_t *copy = exact_copy(nal, cut);
			int width, height;
			/* the size stands near the front: once it is there it must be right */
			if (media_peek_sps(copy, cut, &width, &height) == 0) {
				assert_int_equal(width, sets[i].width);
				assert_int_equal(height, sets[i].height);
				assert_true(cut >= 9);
			} else {
				assert_true(cut < 14);
			}
			free(copy);
		}
	}
}

static struct media_peek h264(const void *payload, size_t len)
{
	struct media_peek peek;
	uint8_t *copy = exact_copy(payload, len);
	assert_int_equal(media_peek_h264(copy, len, &peek), 0);
	free(copy);
	return peek;
}

static void h264_single_units(void **state)
{
	uint8_t nal[64];
	size_t len = from_hex(sets[1].hex, nal);
	struct media_peek peek = h264(nal, len);
	assert_true(peek.keyframe && peek.parameters);
	assert_int_equal(peek.width, 1280);
	assert_int_equal(peek.height, 720);
	peek = h264("\x65\x88", 2);
	assert_true(peek.keyframe && !peek.parameters);
	assert_false(h264("\x41\x9A", 2).keyframe);
	assert_false(h264("\x68\xCE", 2).keyframe); /* PPS alone */
}

static void h264_stap_a(void **state)
{
	uint8_t payload[64] = {0x78, 0};
	size_t len = from_hex(sets[0].hex, payload + 3);
	payload[2] = (uint8_t)len;
	memcpy(payload + 3 + len, "\0\x03\x68\xCE\x3C\0\x02\x65\x88", 9);
	size_t whole = 3 + len + 9;
	struct media_peek peek = h264(payload, whole);
	assert_true(peek.keyframe && peek.parameters);
	assert_int_equal(peek.width, 640);
	for (size_t cut = 1; cut < whole; cut++) {
		uint8_t *copy = exact_copy(payload, cut);
		bool at_border = cut == 3 + len || cut == 3 + len + 5;
		assert_int_equal(media_peek_h264(copy, cut, &peek), at_border ? 0 : -EBADMSG);
		free(copy);
	}
}

static void h264_fragments(void **state)
{
	assert_true(h264("\x7C\x85\x88", 3).keyframe);  /* first of an IDR slice */
	assert_false(h264("\x7C\x05\x88", 3).keyframe); /* its middle */
	assert_false(h264("\x7C\x45\x88", 3).keyframe); /* its end */
	assert_false(h264("\x5C\x81\x9A", 3).keyframe); /* another slice */
	assert_true(h264("\x7C\x87\x42", 3).parameters);
}

static void h264_refuses(void **state)
{
	struct media_peek peek;
	assert_int_equal(media_peek_h264((const uint8_t *)"", 0, &peek), -EBADMSG);
	assert_int_equal(media_peek_h264((const uint8_t *)"\x7C", 1, &peek), -EBADMSG);
	assert_int_equal(media_peek_h264((const uint8_t *)"\x78\0\0\x65", 4, &peek), -EBADMSG);
	assert_int_equal(media_peek_h264((const uint8_t *)"\x60", 1, &peek), -EBADMSG);
	assert_int_equal(media_peek_h264((const uint8_t *)"\x7E\x01", 2, &peek), -EBADMSG);
}

/* A key frame's first bytes: tag with its lowest bit 0, start code, 640x360 with scaling bits set. */
#define VP8_KEY "\x50\x4A\x02\x9D\x01\x2A\x80\x42\x68\x81"

static struct media_peek vp8(const void *payload, size_t len)
{
	struct media_peek peek;
	uint8_t *copy = exact_copy(payload, len);
	assert_int_equal(media_peek_vp8(copy, len, &peek), 0);
	free(copy);
	return peek;
}

static void vp8_keyframes(void **state)
{
	struct media_peek peek = vp8("\x10" VP8_KEY, 11);
	assert_true(peek.keyframe);
	assert_int_equal(peek.width, 640);
	assert_int_equal(peek.height, 360);
	/* picture id of 15 bits, then of 7 with TL0PICIDX and TID */
	assert_true(vp8("\x90\x80\x81\x23" VP8_KEY, 14).keyframe);
	assert_true(vp8("\x90\xE0\x11\x22\x40" VP8_KEY, 15).keyframe);
	assert_false(vp8("\x10\x51\x4A\x02", 4).keyframe); /* an inter frame */
	assert_false(vp8("\x00" VP8_KEY, 11).keyframe);    /* not the start */
	assert_false(vp8("\x11" VP8_KEY, 11).keyframe);    /* start of the second partition */
	assert_int_equal(vp8("\x10\x50\x4A", 3).width, 0); /* a keyframe too short to tell its size */
}

static void vp8_refuses_truncated_descriptors(void **state)
{
	static const uint8_t payload[] = {0x90, 0xF0, 0x81, 0x23, 0x01, 0x40, 0x50};
	struct media_peek peek;
	for (size_t cut = 0; cut < sizeof payload; cut++) {
		uint8_t *copy = exact_copy(payload, cut);
		assert_int_equal(media_peek_vp8(copy, cut, &peek), -EBADMSG);
		free(copy);
	}
	assert_int_equal(media_peek_vp8(payload, sizeof payload, &peek), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_sizes),       cmocka_unit_test(short_sets_are_refused_or_whole),
	        cmocka_unit_test(h264_single_units), cmocka_unit_test(h264_stap_a),
	        cmocka_unit_test(h264_fragments),    cmocka_unit_test(h264_refuses),
	        cmocka_unit_test(vp8_keyframes),     cmocka_unit_test(vp8_refuses_truncated_descriptors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
