/* Packets of hosts that leave and come again, that send what is no media, or too much; VP8 and Opus. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "assembled.h"
#include "rtp/rtp.h"

enum { PICTURES = 20, KEYINT = 10, OTHER = 97 };

static struct media pictures;

static int make_pictures(void **state)
{
	(void)state;
	pictures = media_pictures("160x120", 30, PICTURES, "keyint=10:min-keyint=10:bframes=0");
	return 0;
}

static int free_pictures(void **state)
{
	(void)state;
	media_free(&pictures);
	return 0;
}

/** The units from `at` on are those of the pictures from `picture` on. */
static void expect_units(const struct assembled *got, size_t at, size_t picture, size_t count)
{
	size_t i;

	assert_true(at + count <= got->count);
	for (i = 0; i < count; i++) {
		assert_int_equal(got->units[at + i].len, pictures.samples[picture + i].size);
		assert_memory_equal(got->units[at + i].data, pictures.samples[picture + i].data,
		                    got->units[at + i].len);
	}
}

static void set_source(struct packets *p, uint32_t ssrc, int64_t later_us)
{
	size_t i;

	for (i = 0; i < p->count; i++) {
		media_put32(p->list[i].data + 8, ssrc);
		p->list[i].at_us += later_us;
	}
}

static void another_source_begins_with_a_keyframe(void **state)
{
	struct packets first = packets_of(&pictures, false, SETS_TOGETHER), second = packets_of(&pictures, false, 0),
	               stray;
	struct assemble a;
	struct assembled got = {.count = 0};

	(void)state;
	set_source(&second, 0x9999, 2000000);
	while (second.list[0].picture < 3) /* it has been on air for a while */
		packets_remove(&second, 0);
	stray = packets_of(&pictures, false, 0);
	assert_int_equal(assemble_begin(&a, ASSEMBLE_H264, 102), 0);
	assembled_push(&a, &first, &got);
	assert_int_equal(got.count, PICTURES);
	assembled_push(&a, &second, &got);
	assert_int_equal(got.count, PICTURES + 10);
	expect_units(&got, PICTURES, 10, 10);
	assert_true(got.units[PICTURES].restarted && got.units[PICTURES].sets_changed && got.units[PICTURES].keyframe);
	assert_false(got.units[PICTURES].lost || got.units[PICTURES + 1].restarted);
	assert_int_equal(got.units[PICTURES].ssrc, 0x9999);
	/* what was still on its way from the first is late */
	assert_int_equal(assemble_push(&a, stray.list[0].data, stray.list[0].len, second.list[0].at_us + 1000000),
	                 -EALREADY);
	assert_int_equal(a.ssrc, 0x9999);
	/* it may come back */
	set_source(&stray, 0x1234, 10000000);
	assembled_push(&a, &stray, &got);
	assert_int_equal(got.count, 2 * PICTURES + 10);
	assert_true(got.units[PICTURES + 10].restarted);
	expect_units(&got, PICTURES + 10, 0, PICTURES);
	assemble_finish(&a);
	assembled_free(&got);
	packets_free(&first);
	packets_free(&second);
	packets_free(&stray);
}

/** The same name, but numbers that begin anew: @param seq the first of them. */
static void begin_anew(uint16_t seq, uint64_t lost_max)
{
	struct packets first = packets_of(&pictures, false, 0), second = packets_of(&pictures, false, 0);
	struct assemble a;
	struct assembled got = {.count = 0};
	size_t i;

	for (i = 0; i < second.count; i++)
		media_put16(second.list[i].data + 2, (uint16_t)(seq + i));
	set_source(&second, 0x1234, 1000000);
	assert_int_equal(assemble_begin(&a, ASSEMBLE_H264, 102), 0);
	assembled_push(&a, &first, &got);
	assembled_push(&a, &second, &got);
	assert_true(a.stats.lost <= lost_max);
	assert_true(got.count >= PICTURES + 10);
	expect_units(&got, got.count - 10, 10, 10);
	assert_true(got.units[PICTURES].keyframe);
	assert_true(got.units[PICTURES].lost || got.units[PICTURES].restarted);
	assemble_finish(&a);
	assembled_free(&got);
	packets_free(&first);
	packets_free(&second);
}

static void numbers_that_begin_anew_are_followed(void **state)
{
	(void)state;
	begin_anew(40000, 0);     /* far behind */
	begin_anew(20000, 40000); /* far ahead */
	begin_anew(500, 1000);    /* a little ahead: it looks like a loss */
}

static void one_packet_from_nowhere_does_not_end_the_show(void **state)
{
	struct packets p = packets_of(&pictures, false, 0);
	struct assembled got;
	size_t at = packets_find(&p, 5, 0), i;

	(void)state;
	for (i = 0; i < 2; i++) { /* half of all numbers ahead; behind */
		media_put16(p.list[at].data + 2, i ? 64000 : 30000);
		got = assembled_run(ASSEMBLE_H264, &p);
		assert_int_equal(got.count, 5 + 10);
		expect_units(&got, 5, 10, 10);
		assembled_free(&got);
	}
	/* beside all others it is not even noticed */
	packets_free(&p);
	p = packets_of(&pictures, false, 0);
	packets_add(&p, "\x41\xE0", 2, true, false);
	media_put16(p.list[p.count - 1].data + 2, 30000);
	for (i = p.count - 1; i > at; i--)
		packets_swap(&p, i, i - 1);
	got = assembled_run(ASSEMBLE_H264, &p);
	assert_int_equal(got.count, PICTURES);
	expect_units(&got, 0, 0, PICTURES);
	assembled_free(&got);
	packets_free(&p);
}

/** Empty packets (padding alone) and those of another payload type between all others. */
static void what_is_no_media_only_counts(void **state)
{
	struct packets p = {.seq = 65500, .timestamp = 0xFFFF0000, .ssrc = 0x1234, .at_us = 1000000};
	struct assembled got;
	size_t i;

	(void)state;
	for (i = 0; i < PICTURES; i++) {
		p.picture = i;
		p.pt = 102;
		packets_add(&p, "", 0, false, true);
		packets_add_h264(&p, &pictures.samples[i], 0);
		p.pt = OTHER;
		packets_add(&p, "telephone", 9, true, false);
		p.timestamp += 3000;
	}
	got = assembled_run(ASSEMBLE_H264, &p);
	assert_int_equal(got.count, PICTURES);
	expect_units(&got, 0, 0, PICTURES);
	assembled_free(&got);
	packets_free(&p);
}

static void a_picture_too_large_is_dropped_and_the_next_keyframe_is_not(void **state)
{
	uint8_t piece[1402] = {0x7C, 0x05}; /* FU-A of an IDR */
	struct packets p = {.seq = 1, .ssrc = 7, .pt = 102, .at_us = 1000000}, good = packets_of(&pictures, false, 0);
	struct assemble a;
	struct assembled got = {.count = 0};
	size_t i, count = ASSEMBLE_UNIT_MAX / 1400 + 10;

	(void)state;
	packets_add_h264(&p, &pictures.samples[0], NO_MARKER);
	for (i = 0; i < count; i++) {
		piece[1] = (uint8_t)(0x05 | (i == 0 ? 0x80 : 0) | (i + 1 == count ? 0x40 : 0));
		packets_add(&p, piece, sizeof(piece), i + 1 == count, false);
	}
	for (i = 0; i < good.count; i++) {
		media_put16(good.list[i].data + 2, (uint16_t)(p.seq + i));
		media_put32(good.list[i].data + 8, 7);
		good.list[i].at_us += 2000000;
	}
	assert_int_equal(assemble_begin(&a, ASSEMBLE_H264, 102), 0);
	assembled_push(&a, &p, &got);
	assert_int_equal(got.count, 0);
	assert_int_equal(a.stats.dropped, 1);
	assert_true(a.picture.size <= 2 * ASSEMBLE_UNIT_MAX);
	assembled_push(&a, &good, &got);
	assert_int_equal(got.count, PICTURES);
	expect_units(&got, 0, 0, PICTURES);
	assemble_finish(&a);
	assembled_free(&got);
	packets_free(&p);
	packets_free(&good);
}

static void what_is_malformed_is_a_loss_and_no_more(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} wrong[] = {{"\x00", 1},
	             {"\x1D\x41", 2},
	             {"\x1E", 1},
	             {"\x7C", 1},
	             {"\x7C\x85", 2},
	             {"\x7C\x45\x00", 3},
	             {"\x78\x00\x05\x41", 4},
	             {"\x78\x00\x00", 3},
	             {"\x78\x00", 2},
	             {"\x41", 1},
	             {"\x78", 1},
	             {"\x41\x00\x00", 3},
	             {"\x78\x00\x01\x18", 4}};
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct packets p = {.seq = 65500, .timestamp = 0xFFFF0000, .ssrc = 0x1234, .pt = 102, .at_us = 1000000};
		struct assembled got;

		for (k = 0; k < PICTURES; k++) {
			p.picture = k;
			if (k == 4)
				packets_add(&p, wrong[i].bytes, wrong[i].len, true, false);
			else
				packets_add_h264(&p, &pictures.samples[k], 0);
			p.timestamp += 3000;
		}
		got = assembled_run(ASSEMBLE_H264, &p);
		assert_int_equal(got.count, 4 + 10);
		assert_true(got.units[4].lost);
		expect_units(&got, 4, 10, 10);
		assembled_free(&got);
		packets_free(&p);
	}
}

static void what_is_no_rtp_is_refused(void **state)
{
	struct assemble a;

	(void)state;
	assert_int_equal(assemble_begin(&a, ASSEMBLE_H264, 102), 0);
	assert_int_equal(assemble_push(&a, (const uint8_t *)"\x80\x66", 2, 1), -EBADMSG);
	assert_int_equal(assemble_push(&a, (const uint8_t *)"\x40\x66\0\0\0\0\0\0\0\0\0\0\0", 13, 1), -EBADMSG);
	assert_int_equal(a.held, 0);
	assemble_finish(&a);
	assemble_finish(&a);
}

static void pictures_that_are_shown_in_another_order_are_told(void **state)
{
	struct media m = media_pictures("160x120", 30, 12, "keyint=12:bframes=2:b-adapt=0");
	struct packets p = packets_of(&m, false, 0);
	struct assembled got = assembled_run(ASSEMBLE_H264, &p);
	size_t i, n = 0;

	(void)state;
	assert_int_equal(got.count, 12);
	for (i = 0; i < got.count; i++)
		n += got.units[i].b_frames;
	assert_true(n >= 6 && n < 12);
	assembled_free(&got);
	packets_free(&p);
	media_free(&m);
}

/** IVF: a header of 32 bytes, then each frame behind 12. */
static struct media vp8_pictures(void)
{
	const char *argv[] = {
	        "ffmpeg",    "-nostdin", "-v",   "error",  "-f", "lavfi", "-i",       "testsrc=size=320x240:rate=30",
	        "-frames:v", "20",       "-c:v", "libvpx", "-g", "10",    "-pix_fmt", "yuv420p",
	        "-f",        "ivf",      "-",    NULL};
	struct output o = process_run(argv, "", 0);
	struct media m = {.samples = calloc(PICTURES, sizeof(*m.samples)), .bytes = malloc(o.len)};
	size_t at = 32;

	assert_int_equal(o.code, 0);
	assert_true(m.samples && m.bytes);
	memcpy(m.bytes, o.data, o.len);
	for (; at + 12 < o.len && m.count < PICTURES; m.count++) {
		size_t size = (size_t)m.bytes[at] | (size_t)m.bytes[at + 1] << 8 | (size_t)m.bytes[at + 2] << 16;

		m.samples[m.count] =
		        (struct mp4_sample){m.bytes + at + 12, (uint32_t)size, 3000, !(m.bytes[at + 12] & 1)};
		at += 12 + size;
	}
	assert_int_equal(m.count, PICTURES);
	output_free(&o);
	return m;
}

static void vp8_comes_out_as_it_was(void **state)
{
	struct media m = vp8_pictures();
	struct packets p = packets_of(&m, true, 0);
	struct assembled got = assembled_run(ASSEMBLE_VP8, &p);
	size_t i;

	(void)state;
	assert_int_equal(got.count, PICTURES);
	for (i = 0; i < PICTURES; i++) {
		assert_int_equal(got.units[i].len, m.samples[i].size);
		assert_memory_equal(got.units[i].data, m.samples[i].data, m.samples[i].size);
		assert_int_equal(got.units[i].keyframe, i % 10 == 0);
		assert_int_equal(got.units[i].width, i % 10 == 0 ? 320 : 0);
		assert_int_equal(got.units[i].height, i % 10 == 0 ? 240 : 0);
	}
	assembled_free(&got);
	packets_remove(&p, packets_find(&p, 4, 0));
	got = assembled_run(ASSEMBLE_VP8, &p);
	assert_int_equal(got.count, 4 + 10);
	assert_true(got.units[4].keyframe && got.units[4].lost);
	assembled_free(&got);
	packets_free(&p);
	media_free(&m);
}

static void opus_tells_how_long_it_is(void **state)
{
	static const struct {
		uint8_t bytes[2];
		size_t len;
		uint32_t samples;
	} packets[] = {
	        {{0x00}, 1, 480},        {{0x08}, 1, 960},  {{0x10}, 1, 1920},
	        {{0x18}, 1, 2880},       {{0x60}, 1, 480},  {{0x68}, 1, 960},
	        {{0x80}, 1, 120},        {{0x98}, 1, 960},  {{0xF8}, 1, 960},
	        {{0xF9}, 1, 1920},       {{0xFA}, 1, 1920}, {{0xFB, 0x03}, 2, 2880},
	        {{0xFB, 0x06}, 2, 5760}, {{0xFB, 7}, 2, 0}, {{0xFB}, 1, 0},
	        {{0xFB, 0x00}, 2, 0},    {{0}, 0, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(packets) / sizeof(packets[0]); i++)
		assert_int_equal(assemble_opus_samples(packets[i].bytes, packets[i].len), packets[i].samples);
}

static void sound_goes_on_over_a_loss(void **state)
{
	struct packets p = {.seq = 65530, .ssrc = 7, .pt = 102, .at_us = 1000000};
	struct assembled got;
	uint8_t i;

	(void)state;
	for (i = 0; i < 20; i++) {
		uint8_t packet[3] = {0xF8, i, i};

		packets_add(&p, packet, sizeof(packet), i == 0, i % 3 == 0);
		p.timestamp += 960;
		p.at_us = 1000000 + (i + 1) * 20000;
	}
	packets_remove(&p, 8);
	packets_swap(&p, 14, 15);
	got = assembled_run(ASSEMBLE_OPUS, &p);
	assert_int_equal(got.count, 19);
	for (i = 0; i < 19; i++) {
		const struct assemble_unit *unit = &got.units[i];
		uint8_t sent = i < 8 ? i : i + 1;

		assert_int_equal(unit->len, 3);
		assert_int_equal(unit->data[1], sent);
		assert_int_equal(unit->timestamp, sent * 960);
		assert_int_equal(unit->samples, 960);
		assert_true(unit->keyframe);
		assert_int_equal(unit->lost, i == 8);
		assert_int_equal(unit->restarted, i == 0);
	}
	assembled_free(&got);
	packets_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(another_source_begins_with_a_keyframe),
	        cmocka_unit_test(numbers_that_begin_anew_are_followed),
	        cmocka_unit_test(one_packet_from_nowhere_does_not_end_the_show),
	        cmocka_unit_test(what_is_no_media_only_counts),
	        cmocka_unit_test(a_picture_too_large_is_dropped_and_the_next_keyframe_is_not),
	        cmocka_unit_test(what_is_malformed_is_a_loss_and_no_more),
	        cmocka_unit_test(what_is_no_rtp_is_refused),
	        cmocka_unit_test(pictures_that_are_shown_in_another_order_are_told),
	        cmocka_unit_test(vp8_comes_out_as_it_was),
	        cmocka_unit_test(opus_tells_how_long_it_is),
	        cmocka_unit_test(sound_goes_on_over_a_loss),
	};

	return cmocka_run_group_tests(tests, make_pictures, free_pictures);
}
