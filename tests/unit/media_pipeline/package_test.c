/* Where parts and segments are cut, with the clock in the test's hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pipeline/package.h"

#define MS 90 /* ticks of the picture */
#define SECOND (1000 * MS)
#define FRAME 3000 /* 30 a second */
#define PART (300 * MS)
#define SEGMENT (2000 * MS)
#define LATE (400 * MS)
#define SOUND_FRAME 1024
#define PARTS 2048

struct told {
	struct package_part parts[PARTS];
	struct package_segment segments[PARTS];
	size_t part_count, segment_count;
	int keyframes_asked, stills, pictures, begins;
	bool still_is_key, no_still;
	struct package *package;
};

static void on_part(const struct package_part *part, void *ctx)
{
	struct told *t = ctx;
	int64_t at = part->start;

	assert_true(part->count > 0 && t->part_count < PARTS);
	for (size_t i = 0; i < part->count; i++) { /* no hole, no overlap */
		assert_true(part->samples[i].start == at && part->samples[i].duration > 0);
		assert_int_equal(part->samples[i].init, part->init);
		at += part->samples[i].duration;
	}
	assert_true(at == part->start + part->duration);
	assert_true(part->independent == part->samples[0].key);
	t->parts[t->part_count++] = *part;
}

static void on_segment(const struct package_segment *segment, void *ctx)
{
	struct told *t = ctx;

	assert_true(t->segment_count < PARTS);
	t->segments[t->segment_count++] = *segment;
}

static void on_picture(const struct package_sample *sample, bool begins, void *ctx)
{
	struct told *t = ctx;

	assert_true(!begins || sample->key);
	t->pictures++;
	t->begins += begins;
}

static bool on_still(bool key, struct package_sample *out, void *ctx)
{
	struct told *t = ctx;

	if (t->no_still)
		return false;
	t->stills++;
	out->data = malloc(1);
	out->len = 1;
	out->key = key || t->still_is_key;
	return out->data != NULL;
}

static void on_keyframe(void *ctx)
{
	struct told *t = ctx;

	t->keyframes_asked++;
}

static int set_up(void **state)
{
	struct package_config config = {.part_us = 300000, .segment_us = 2000000, .late_us = 400000};
	struct told *t = calloc(1, sizeof(*t));
	struct package_sink sink = {on_part, on_segment, on_picture, on_still, on_keyframe, t};

	t->package = package_create(&config, &sink);
	*state = t;
	return t->package ? 0 : -1;
}

static int tear_down(void **state)
{
	struct told *t = *state;

	package_destroy(t->package);
	free(t);
	return 0;
}

static struct package_sample sample(int64_t start, bool key)
{
	return (struct package_sample){.data = malloc(1), .len = 1, .start = start, .key = key};
}

static bool picture(struct told *t, int64_t start, bool key)
{
	struct package_sample s = sample(start, key);

	return package_picture(t->package, &s);
}

static void sound(struct told *t, int64_t frame)
{
	struct package_sample s = sample(frame * SOUND_FRAME, true);

	s.duration = SOUND_FRAME;
	package_sound(t->package, &s);
}

/** Pictures of a host who answers requests for a keyframe with the next one. */
static int64_t film(struct told *t, int64_t from, int64_t until)
{
	static int answered;

	if (from == 0)
		answered = 0;
	for (; from < until; from += FRAME) {
		bool key = from == 0 || t->keyframes_asked > answered;

		answered = t->keyframes_asked;
		picture(t, from, key);
		package_advance(t->package, from);
	}
	return from;
}

/** What holds of every track whatever happens: at the end of a story. @return parts seen. */
static size_t check(const struct told *t, enum package_track track)
{
	const int64_t clock = track == PACKAGE_SOUND ? PACKAGE_SOUND_CLOCK : PACKAGE_PICTURE_CLOCK;
	const struct package_part *before = NULL;
	size_t n = 0;

	for (size_t i = 0; i < t->part_count; i++) {
		const struct package_part *p = &t->parts[i];

		if (p->track != track)
			continue;
		n++;
		assert_true(p->duration * 1000 <= 300 * clock);
		assert_true(!p->discontinuity || p->part == 0);
		if (before) {
			bool same = before->segment == p->segment;

			assert_true(same ? p->part == before->part + 1 : p->part == 0 && p->segment > before->segment);
			assert_true(p->start >= before->start + before->duration);
			if (!p->discontinuity && p->segment <= before->segment + 1)
				assert_true(p->start == before->start + before->duration);
			if (same && !p->independent) /* LL-HLS: only a segment's last part may be short */
				assert_true(before->duration * 1000 >= 255 * clock);
		}
		before = p;
	}
	return n;
}

static const struct package_segment *segment(const struct told *t, enum package_track track, uint32_t number)
{
	for (size_t i = 0; i < t->segment_count; i++)
		if (t->segments[i].track == track && t->segments[i].segment == number)
			return &t->segments[i];
	return NULL;
}

static void segments_begin_at_the_keyframes_that_were_asked_for(void **state)
{
	struct told *t = *state;

	film(t, 0, 21 * SECOND);
	assert_in_range(t->segment_count, 9, 11);
	assert_in_range(t->keyframes_asked, 9, 11); /* once a segment */
	for (size_t i = 0; i < t->segment_count; i++) {
		assert_in_range(t->segments[i].duration, 1800 * MS, 2200 * MS);
		assert_int_equal(t->segments[i].segment, i);
		assert_false(t->segments[i].discontinuity);
	}
	assert_in_range(t->segments[t->segment_count - 1].duration, 1930 * MS,
	                2070 * MS); /* it learns how long the host takes */
	for (size_t i = 0; i < t->part_count; i++)
		assert_true(t->parts[i].independent == (t->parts[i].part == 0));
	assert_int_equal(check(t, PACKAGE_PICTURE), t->part_count);
	assert_int_equal(t->stills, 0);
}

static void a_part_is_told_as_soon_as_nothing_more_fits(void **state)
{
	struct told *t = *state;

	film(t, 0, 9 * FRAME);
	assert_int_equal(t->part_count, 0);
	film(t, 9 * FRAME, 10 * FRAME); /* now it is known how long the ninth picture lasts */
	assert_int_equal(t->part_count, 1);
	assert_int_equal(t->parts[0].duration, PART);
}

static void without_a_keyframe_a_segment_ends_all_the_same(void **state)
{
	struct told *t = *state;

	for (int64_t at = 0; at < 13 * SECOND; at += FRAME) {
		picture(t, at, at == 0);
		package_advance(t->package, at + 40 * MS);
	}
	assert_int_equal(t->segment_count, 3);
	for (size_t i = 0; i < t->segment_count; i++)
		assert_in_range(t->segments[i].duration, 2 * SEGMENT - PART, 2 * SEGMENT);
	assert_in_range(t->keyframes_asked, 12, 24); /* twice a second at most, once it is due */
	assert_false(t->parts[t->part_count - 1].independent);
	check(t, PACKAGE_PICTURE);
}

static void keyframes_that_nobody_asked_for_cut_only_segments_of_some_length(void **state)
{
	struct told *t = *state;

	for (int64_t at = 0; at < 8 * SECOND; at += FRAME) {
		picture(t, at, at % (10 * FRAME) == 0); /* three a second */
		package_advance(t->package, at);
	}
	for (size_t i = 0; i < t->segment_count; i++)
		assert_in_range(t->segments[i].duration, 1000 * MS, 1400 * MS);
	assert_int_equal(t->keyframes_asked, 0);
	check(t, PACKAGE_PICTURE);
}

static void while_no_picture_comes_parts_go_on(void **state)
{
	struct told *t = *state;
	int64_t end = film(t, 0, SECOND);
	size_t parts;

	package_advance(t->package, end + LATE - MS); /* late, but not too late */
	assert_int_equal(t->stills, 0);
	for (int64_t now = end; now < end + 6 * SECOND; now += 20 * MS)
		package_advance(t->package, now);
	assert_in_range(t->stills, 17, 20); /* one a part */
	parts = check(t, PACKAGE_PICTURE);
	assert_in_range(parts, 20, 23); /* 7 s less what may still come */
	assert_true(t->segment_count >= 2);
	for (size_t i = 0; i < t->part_count; i++) /* who joins now can begin with any segment */
		assert_true(t->parts[i].part > 0 || t->parts[i].independent);
	assert_int_equal(t->keyframes_asked, 1); /* who sends nothing is not asked again and again */

	assert_false(picture(t, end + 6 * SECOND, false)); /* it builds on what was never shown */
	assert_int_equal(t->keyframes_asked, 2);
	assert_true(picture(t, end + 6 * SECOND + FRAME, true));
	assert_true(picture(t, end + 6 * SECOND + 2 * FRAME, false));
	check(t, PACKAGE_PICTURE);
}

static void a_keyframe_older_than_what_was_filled_follows_it(void **state)
{
	struct told *t = *state;
	int64_t end = film(t, 0, SECOND);

	package_advance(t->package, end + 2 * SECOND);
	assert_true(t->stills > 0);
	assert_true(picture(t, end + 3 * FRAME, true));
	film(t, end + 2 * SECOND, end + 4 * SECOND);
	check(t, PACKAGE_PICTURE);
}

static void a_hole_between_pictures_is_filled(void **state)
{
	struct told *t = *state;
	int64_t end = film(t, 0, SECOND);

	assert_false(picture(t, end + SECOND, false)); /* more than a part later: no part may be so long */
	assert_true(picture(t, end + SECOND + FRAME, true));
	film(t, end + SECOND + 2 * FRAME, end + 2 * SECOND);
	assert_in_range(t->stills, 3, 4);
	check(t, PACKAGE_PICTURE);
}

static void sound_is_cut_where_the_picture_is(void **state)
{
	struct told *t = *state;
	int64_t frame = 0, at = 0;

	while (at < 20 * SECOND) { /* the sound comes a little ahead of the picture */
		while (frame * SOUND_FRAME * 15 / 8 < at + 100 * MS)
			sound(t, frame++);
		at = film(t, at, at + FRAME);
	}
	package_end(t->package);
	check(t, PACKAGE_PICTURE);
	check(t, PACKAGE_SOUND);
	assert_true(t->segment_count >= 20);
	for (uint32_t n = 0; n < 9; n++) {
		const struct package_segment *v = segment(t, PACKAGE_PICTURE, n), *a = segment(t, PACKAGE_SOUND, n);
		int64_t start = a->start * 15 / 8, end = (a->start + a->duration) * 15 / 8;

		assert_non_null(v);
		assert_non_null(a);
		assert_in_range(start, v->start, v->start + SOUND_FRAME * 15 / 8);
		assert_in_range(end, v->start + v->duration, v->start + v->duration + SOUND_FRAME * 15 / 8);
	}
}

static void sound_waits_for_the_cut(void **state)
{
	struct told *t = *state;

	film(t, 0, 10 * FRAME);
	for (int64_t frame = 0; frame < 200; frame++) /* 4 s of it */
		sound(t, frame);
	for (size_t i = 0; i < t->part_count; i++)
		if (t->parts[i].track == PACKAGE_SOUND)
			assert_true((t->parts[i].start + t->parts[i].duration) * 15 / 8 <=
			            10 * FRAME + SOUND_FRAME * 2);
}

static void every_track_has_the_discontinuity(void **state)
{
	struct told *t = *state;
	int64_t frame = 0, at = 0;
	uint32_t broken;

	for (; at < SECOND; at += FRAME) {
		for (; frame * SOUND_FRAME * 15 / 8 < at; frame++)
			sound(t, frame);
		picture(t, at, at == 0);
	}
	package_end(t->package);
	assert_false(package_open(t->package));
	broken = package_segment(t->package);
	assert_int_equal(t->segment_count, 2);
	assert_false(picture(t, 10 * SECOND, false)); /* nothing begins without a keyframe */
	for (int64_t end = 12 * SECOND; at < end; at += FRAME) {
		for (; frame * SOUND_FRAME * 15 / 8 < at; frame++)
			sound(t, frame);
		if (at > 11 * SECOND)
			picture(t, at, !package_open(t->package));
	}
	package_end(t->package);
	check(t, PACKAGE_PICTURE);
	check(t, PACKAGE_SOUND);
	for (int track = PACKAGE_PICTURE; track <= PACKAGE_SOUND; track++) {
		const struct package_segment *s = segment(t, (enum package_track)track, broken);

		assert_non_null(s);
		assert_true(s->discontinuity && s->parts > 0);
		assert_false(segment(t, (enum package_track)track, 0)->discontinuity);
	}
}

static void another_init_segment_is_a_discontinuity(void **state)
{
	struct told *t = *state;
	struct package_sample s;

	film(t, 0, 600 * MS);
	s = sample(600 * MS, true);
	s.init = 1;
	assert_true(package_picture(t->package, &s)); /* it cuts, however short the segment is */
	assert_int_equal(t->segment_count, 1);
	s = sample(633 * MS, false);
	assert_false(package_picture(t->package, &s)); /* of the old one */
	for (int64_t at = 633 * MS; at < 2000 * MS; at += FRAME) {
		s = sample(at, false);
		s.init = 1;
		assert_true(package_picture(t->package, &s));
	}
	package_end(t->package);
	assert_true(segment(t, PACKAGE_PICTURE, 1)->discontinuity);
	check(t, PACKAGE_PICTURE);
}

static void the_rung_has_the_same_segments_later(void **state)
{
	struct told *t = *state;
	int64_t at = 0;
	bool key;

	for (; at < 12 * SECOND; at += FRAME) { /* ten pictures behind; on from 2 s, off at 9 s */
		int64_t behind = at - 10 * FRAME;

		picture(t, at, at % SEGMENT == 0);
		key = behind % SEGMENT == 0;
		if (behind >= SEGMENT && behind < 9 * SECOND) {
			struct package_sample s = sample(behind, key);

			package_rung(t->package, &s);
		} else if (behind >= 9 * SECOND) {
			package_rung_stop(t->package);
		}
	}
	package_end(t->package);
	check(t, PACKAGE_RUNG);
	check(t, PACKAGE_PICTURE);
	for (uint32_t n = 1; n <= 5; n++) {
		const struct package_segment *v = segment(t, PACKAGE_PICTURE, n), *r = segment(t, PACKAGE_RUNG, n);

		assert_non_null(r);
		assert_true(n == 5 ? r->parts == 0 : r->start == v->start);
		if (n < 4)
			assert_true(r->duration == v->duration);
	}
}

static void sound_alone_is_cut_by_the_clock(void **state)
{
	struct told *t = *state;
	int64_t frame = 0;

	package_begin_sound(t->package, 0);
	for (int64_t now = 0; now < 9 * SECOND; now += 20 * MS) {
		for (; frame * SOUND_FRAME * 15 / 8 < now; frame++)
			sound(t, frame);
		package_advance(t->package, now);
	}
	check(t, PACKAGE_SOUND);
	assert_int_equal(segment(t, PACKAGE_SOUND, 2)->parts, 7);
	assert_int_equal(segment(t, PACKAGE_PICTURE, 2)->parts, 0);
	assert_int_equal(t->keyframes_asked, 0);
	assert_true(picture(t, 9 * SECOND, true)); /* now there is a picture, too */
	assert_true(package_open(t->package));
	assert_int_equal(package_began(t->package), 9 * SECOND);
}

static void nothing_to_show_ends_the_stretch(void **state)
{
	struct told *t = *state;
	int64_t end = film(t, 0, SECOND);

	t->no_still = true;
	package_advance(t->package, end + 2 * SECOND);
	assert_false(package_open(t->package));
	assert_int_equal(t->segment_count, 2); /* the sound's is empty */
	check(t, PACKAGE_PICTURE);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/** Jitter, holes, bursts, resets: whatever comes, the rules hold. */
static void any_host_makes_a_line_that_players_can_play(void **state)
{
	uint32_t seed;

	for (seed = 1; seed <= 40; seed++) {
		uint32_t r = seed;
		int64_t at = 0, now = 0, frame = 0;
		struct told *t;

		assert_int_equal(set_up(state), 0);
		t = *state;
		t->still_is_key = seed % 2;
		for (int i = 0; i < 1500; i++) {
			uint32_t dice = next_random(&r) % 1000;

			at += 1 + (int64_t)(next_random(&r) % (dice < 20 ? 2 * SECOND : 2 * FRAME));
			if (at + 50 * MS > now && dice != 1)
				now = at + 50 * MS;
			picture(t, at, dice % 30 == 0);
			for (; dice > 5 && frame * SOUND_FRAME * 15 / 8 < now; frame++)
				sound(t, frame);
			package_advance(t->package, now);
			if (dice == 999)
				package_end(t->package);
		}
		package_end(t->package);
		check(t, PACKAGE_PICTURE);
		check(t, PACKAGE_SOUND);
		for (size_t s = 0; s < t->segment_count; s++)
			if (t->segments[s].track == PACKAGE_PICTURE)
				assert_in_range(t->segments[s].duration, 1, 2 * SEGMENT);
		tear_down(state);
	}
	assert_int_equal(set_up(state), 0);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        STORY(segments_begin_at_the_keyframes_that_were_asked_for),
	        STORY(a_part_is_told_as_soon_as_nothing_more_fits),
	        STORY(without_a_keyframe_a_segment_ends_all_the_same),
	        STORY(keyframes_that_nobody_asked_for_cut_only_segments_of_some_length),
	        STORY(while_no_picture_comes_parts_go_on),
	        STORY(a_keyframe_older_than_what_was_filled_follows_it),
	        STORY(a_hole_between_pictures_is_filled),
	        STORY(sound_is_cut_where_the_picture_is),
	        STORY(sound_waits_for_the_cut),
	        STORY(every_track_has_the_discontinuity),
	        STORY(another_init_segment_is_a_discontinuity),
	        STORY(the_rung_has_the_same_segments_later),
	        STORY(sound_alone_is_cut_by_the_clock),
	        STORY(nothing_to_show_ends_the_stretch),
	        cmocka_unit_test_setup_teardown(any_host_makes_a_line_that_players_can_play, NULL, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
