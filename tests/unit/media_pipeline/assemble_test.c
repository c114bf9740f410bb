/* Pictures and sound out of RTP packets that are lost, late, doubled, and of another host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "assembled.h"

enum { KEYINT = 10, PICTURES = 40 };

static void expect_unit(const struct assembled *got, size_t index, const struct media *m, size_t picture)
{
	const struct assemble_unit *unit = &got->units[index];

	assert_true(index < got->count);
	assert_int_equal(unit->len, m->samples[picture].size);
	assert_memory_equal(unit->data, m->samples[picture].data, unit->len);
	assert_int_equal(unit->keyframe, m->samples[picture].key);
	assert_int_equal(unit->timestamp, (uint32_t)(0xFFFF0000 + picture * m->samples[0].duration));
}

/** All pictures but those from `from` to before `to`. */
static void expect_all_but(const struct assembled *got, const struct media *m, size_t from, size_t to)
{
	size_t i, n = 0;

	assert_int_equal(got->count, m->count - (to - from));
	for (i = 0; i < m->count; i++) {
		if (i >= from && i < to)
			continue;
		assert_int_equal(got->units[n].restarted, i == 0);
		assert_int_equal(got->units[n].lost, i == to && from < to);
		expect_unit(got, n++, m, i);
	}
}

static struct media pictures; /* made once, read by all */

static int make_pictures(void **state)
{
	(void)state;
	pictures = media_pictures("320x240", 30, PICTURES, "keyint=10:min-keyint=10:bframes=0");
	return 0;
}

static int free_pictures(void **state)
{
	(void)state;
	media_free(&pictures);
	return 0;
}

static void what_comes_in_order_comes_out_as_it_was(void **state)
{
	static const int flags[] = {0, SETS_TOGETHER, NO_MARKER, PADDED | SETS_TOGETHER};
	size_t i, k;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct packets p = packets_of(&pictures, false, flags[i]);
		struct assembled got = assembled_run(ASSEMBLE_H264, &p);

		/* without markers the last one has not ended yet */
		if (flags[i] & NO_MARKER)
			assert_int_equal(got.count, PICTURES - 1);
		else
			expect_all_but(&got, &pictures, 0, 0);
		for (k = 0; k < got.count; k++) {
			assert_int_equal(got.units[k].width, k % KEYINT == 0 ? 320 : 0);
			assert_int_equal(got.units[k].height, k % KEYINT == 0 ? 240 : 0);
			assert_int_equal(got.units[k].sets_changed, k == 0);
			assert_false(got.units[k].b_frames);
			assert_int_equal(got.units[k].ssrc, 0x1234);
			assert_int_equal(got.units[k].arrival_us, 1000000 + (int64_t)k * 33333);
		}
		assembled_free(&got);
		packets_free(&p);
	}
}

static void sets_that_are_sent_once_are_in_every_keyframe(void **state)
{
	struct packets p = packets_of(&pictures, false, SETS_ONCE);
	struct assembled got = assembled_run(ASSEMBLE_H264, &p);
	size_t i;

	(void)state;
	assert_int_equal(got.count, PICTURES);
	for (i = 0; i < PICTURES; i += KEYINT) {
		struct h264_unit unit;

		assert_int_equal(h264_unit_read(got.units[i].data, got.units[i].len, &unit), 0);
		assert_true(unit.keyframe && unit.sps && unit.pps && unit.first);
		assert_int_equal(got.units[i].width, 320);
	}
	assembled_free(&got);
	packets_free(&p);
}

static void what_comes_out_of_order_is_put_in_order(void **state)
{
	struct packets p = packets_of(&pictures, false, SETS_TOGETHER);
	struct assembled got;
	size_t i;

	(void)state;
	for (i = 3; i + 4 < p.count; i += 5) /* not the very first: what is older than that is of the past */
		packets_swap(&p, i, i + 3);
	got = assembled_run(ASSEMBLE_H264, &p);
	expect_all_but(&got, &pictures, 0, 0);
	assembled_free(&got);
	packets_free(&p);
}

static void a_packet_that_comes_twice_counts_once(void **state)
{
	struct packets p = packets_of(&pictures, false, SETS_TOGETHER);
	struct assemble a;
	struct assembled got = {.count = 0};
	size_t i;

	(void)state;
	assert_int_equal(assemble_begin(&a, ASSEMBLE_H264, -1), 0);
	for (i = 0; i < p.count; i++) {
		assert_int_equal(assemble_push(&a, p.list[i].data, p.list[i].len, p.list[i].at_us), 0);
		assert_int_equal(assemble_push(&a, p.list[i].data, p.list[i].len, p.list[i].at_us), -EALREADY);
		assembled_pull(&a, p.list[i].at_us, &got);
		assert_int_equal(assemble_push(&a, p.list[i].data, p.list[i].len, p.list[i].at_us), -EALREADY);
	}
	expect_all_but(&got, &pictures, 0, 0);
	assert_int_equal(a.stats.lost, 0);
	assemble_finish(&a);
	assembled_free(&got);
	packets_free(&p);
}

/** Lose a packet and look at what comes out. */
static void lose(size_t picture, size_t nth, size_t from, size_t to)
{
	struct packets p = packets_of(&pictures, false, SETS_TOGETHER);
	struct assembled got;

	packets_remove(&p, packets_find(&p, picture, nth));
	got = assembled_run(ASSEMBLE_H264, &p);
	expect_all_but(&got, &pictures, from, to);
	assembled_free(&got);
	packets_free(&p);
}

static void behind_a_loss_comes_a_keyframe(void **state)
{
	struct packets p = packets_of(&pictures, false, SETS_TOGETHER);
	size_t keyframe = packets_of_picture(&p, 20);

	(void)state;
	assert_true(keyframe > 4);
	lose(13, 0, 13, 20);            /* a delta picture's first, or only one */
	lose(20, 0, 20, 30);            /* a keyframe's sets */
	lose(20, keyframe - 2, 20, 30); /* a piece of it */
	lose(20, keyframe - 1, 20, 30); /* its end */
	lose(19, packets_of_picture(&p, 19) - 1, 19, 20);
	packets_free(&p);
}

static void a_picture_lost_as_a_whole_is_missed(void **state)
{
	struct packets p = packets_of(&pictures, false, SETS_TOGETHER);
	struct assembled got;

	(void)state;
	while (packets_of_picture(&p, 14) > 0)
		packets_remove(&p, packets_find(&p, 14, 0));
	got = assembled_run(ASSEMBLE_H264, &p);
	expect_all_but(&got, &pictures, 14, 20);
	assembled_free(&got);
	packets_free(&p);
}

/** Parameter sets that come alone behind a loss do not make up for it. */
static void sets_alone_do_not_bridge_a_loss(void **state)
{
	struct packets p = {.seq = 1, .timestamp = 0xFFFF0000, .ssrc = 0x1234, .pt = 102, .at_us = 1000000};
	struct assembled got;
	size_t i;

	(void)state;
	for (i = 0; i < PICTURES; i++) {
		p.picture = i;
		if (i == 15) {
			p.seq++; /* one that nobody gets */
			packets_add(&p, pictures.sets.pps[0].data, pictures.sets.pps[0].len, true, false);
		}
		packets_add_h264(&p, &pictures.samples[i], 0);
		p.timestamp += 3000;
		p.at_us += 33333;
	}
	got = assembled_run(ASSEMBLE_H264, &p);
	expect_all_but(&got, &pictures, 15, 20);
	assembled_free(&got);
	packets_free(&p);
}

static void what_is_missing_is_waited_for_as_long_as_agreed(void **state)
{
	struct packets p = packets_of(&pictures, false, SETS_TOGETHER);
	size_t lost = packets_find(&p, 13, 0), i;
	struct packet late = p.list[lost];
	int64_t behind_us;
	struct assemble a;
	struct assembled got = {.count = 0};

	(void)state;
	packets_remove(&p, lost);
	behind_us = p.list[lost].at_us;
	assert_int_equal(assemble_begin(&a, ASSEMBLE_H264, 102), 0);
	assert_true(assemble_wants_keyframe(&a));
	assert_int_equal(assemble_due_us(&a), INT64_MAX);
	for (i = 0; p.list[i].at_us < behind_us + ASSEMBLE_PATIENCE_US; i++) {
		assert_int_equal(assemble_push(&a, p.list[i].data, p.list[i].len, p.list[i].at_us), 0);
		assembled_pull(&a, p.list[i].at_us, &got);
	}
	assert_int_equal(got.count, 13);
	assert_int_equal(assemble_due_us(&a), behind_us + ASSEMBLE_PATIENCE_US);
	assert_false(assemble_wants_keyframe(&a));
	assembled_pull(&a, behind_us + ASSEMBLE_PATIENCE_US - 1, &got);
	assert_int_equal(got.count, 13);
	/* one branch of time: it comes just in time */
	assert_int_equal(assemble_push(&a, late.data, late.len, behind_us + ASSEMBLE_PATIENCE_US - 1), 0);
	assembled_pull(&a, behind_us + ASSEMBLE_PATIENCE_US - 1, &got);
	assert_int_equal(got.count, p.list[i].picture);
	assert_int_equal(a.stats.lost, 0);
	assemble_finish(&a);
	assembled_free(&got);
	/* the other: it does not */
	assert_int_equal(assemble_begin(&a, ASSEMBLE_H264, 102), 0);
	for (i = 0; p.list[i].at_us < behind_us + ASSEMBLE_PATIENCE_US; i++) {
		assert_int_equal(assemble_push(&a, p.list[i].data, p.list[i].len, p.list[i].at_us), 0);
		assembled_pull(&a, p.list[i].at_us, &got);
	}
	assembled_pull(&a, behind_us + ASSEMBLE_PATIENCE_US, &got);
	assert_int_equal(got.count, 13);
	assert_true(assemble_wants_keyframe(&a));
	assert_int_equal(a.stats.lost, 1);
	assert_int_equal(assemble_push(&a, late.data, late.len, behind_us + ASSEMBLE_PATIENCE_US), -EALREADY);
	assemble_finish(&a);
	assembled_free(&got);
	packets_free(&p);
}

static void nothing_is_given_out_before_the_first_keyframe(void **state)
{
	struct packets p = packets_of(&pictures, false, SETS_TOGETHER);
	struct assembled got;

	(void)state;
	while (p.list[0].picture < 4)
		packets_remove(&p, 0);
	got = assembled_run(ASSEMBLE_H264, &p);
	assert_int_equal(got.count, 30);
	assert_true(got.units[0].restarted && !got.units[0].lost);
	expect_unit(&got, 0, &pictures, 10);
	assembled_free(&got);
	packets_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_comes_in_order_comes_out_as_it_was),
	        cmocka_unit_test(sets_that_are_sent_once_are_in_every_keyframe),
	        cmocka_unit_test(what_comes_out_of_order_is_put_in_order),
	        cmocka_unit_test(a_packet_that_comes_twice_counts_once),
	        cmocka_unit_test(behind_a_loss_comes_a_keyframe),
	        cmocka_unit_test(a_picture_lost_as_a_whole_is_missed),
	        cmocka_unit_test(sets_alone_do_not_bridge_a_loss),
	        cmocka_unit_test(what_is_missing_is_waited_for_as_long_as_agreed),
	        cmocka_unit_test(nothing_is_given_out_before_the_first_keyframe),
	};

	return cmocka_run_group_tests(tests, make_pictures, free_pictures);
}
