/* The layer of one viewer: stories of lines and hosts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "forward/choose.h"

enum { LOW, MIDDLE, HIGH, STEP_US = 200000, SECOND_US = 1000000 };

/** A host's three layers and one line, and the clock. */
struct story {
	struct forward_choice choice;
	struct forward_layer layers[FORWARD_LAYERS];
	struct forward_line line;
	int64_t now_us, want_bps;
	size_t changes;
};

static struct story begin(int64_t bps)
{
	return (struct story){
	        .layers = {{true, 320 * 180, 150000}, {true, 640 * 360, 500000}, {true, 1280 * 720, 2000000}},
	        .line = {.bps = bps, .other = 32000},
	        .now_us = 5 * SECOND_US,
	};
}

/** Let time pass. @return the layer at its end. */
static size_t run(struct story *s, int64_t span_us)
{
	for (int64_t end = s->now_us + span_us; s->now_us < end; s->now_us += STEP_US) {
		size_t before = s->choice.layer;
		bool made = s->choice.made;
		size_t layer = forward_choose(&s->choice, s->layers, &s->line, s->now_us, &s->want_bps);
		s->changes += made && layer != before;
	}
	return s->choice.layer;
}

static void begins_in_the_middle_when_nothing_is_known(void **state)
{
	struct story s = begin(0);
	assert_int_equal(run(&s, STEP_US), MIDDLE);
	/* of a host who has just begun nothing is measured */
	s = begin(0);
	for (size_t i = 0; i < FORWARD_LAYERS; i++)
		s.layers[i].bps = 0;
	assert_int_equal(run(&s, STEP_US), LOW);
}

static void begins_with_what_fits(void **state)
{
	struct story s = begin(300000);
	assert_int_equal(run(&s, STEP_US), LOW);
	s = begin(5000000);
	assert_int_equal(run(&s, STEP_US), HIGH);
	s = begin(50000); /* not even the lowest: it is what there is */
	assert_int_equal(run(&s, SECOND_US), LOW);
}

static void goes_down_at_once(void **state)
{
	struct story s = begin(5000000);
	run(&s, 10 * SECOND_US);
	s.line.bps = 900000;
	assert_int_equal(run(&s, STEP_US), MIDDLE);
	s.line.bps = 250000;
	assert_int_equal(run(&s, STEP_US), LOW);
	s = begin(5000000);
	run(&s, 10 * SECOND_US);
	s.line.bps = 250000; /* past the one that does not fit either */
	assert_int_equal(run(&s, STEP_US), LOW);
	assert_int_equal(s.changes, 1);
}

static void goes_up_after_a_while_of_room(void **state)
{
	struct story s = begin(300000);
	run(&s, SECOND_US);
	s.line.bps = 5000000;
	assert_int_equal(run(&s, FORWARD_CHOOSE_ROOM_US), LOW);
	assert_int_equal(run(&s, 2 * STEP_US), HIGH);
	/* a moment of room is none */
	s = begin(300000);
	run(&s, SECOND_US);
	for (int i = 0; i < 20; i++) {
		s.line.bps = 5000000;
		run(&s, SECOND_US);
		s.line.bps = 300000;
		run(&s, STEP_US);
	}
	assert_int_equal(s.changes, 0);
}

static void asks_for_the_rate_of_the_next_layer(void **state)
{
	struct story s = begin(300000);
	run(&s, SECOND_US);
	assert_int_equal(s.want_bps, 500000 * 12 / 10 + 32000);
	s.line.bps = 5000000;
	run(&s, 5 * SECOND_US);
	assert_int_equal(s.want_bps, 0);
}

static void does_not_flap_on_a_line_between_two_layers(void **state)
{
	struct story s = begin(560000);
	run(&s, SECOND_US);
	/* wavering by a tenth about the middle layer's rate, for ten minutes */
	for (int i = 0; i < 300; i++) {
		s.line.bps = i % 2 ? 620000 : 510000;
		run(&s, 2 * SECOND_US);
	}
	assert_true(s.changes <= 2);
}

static void tries_ever_more_seldom_what_keeps_failing(void **state)
{
	struct story s = begin(300000);
	run(&s, SECOND_US);
	/* the line looks good until it is used */
	for (int i = 0; i < 600; i++) {
		s.line.bps = s.choice.layer == LOW ? 700000 : 300000;
		run(&s, SECOND_US);
	}
	/* up and down after 2, 4, … 64 s, and then every 64 s */
	assert_in_range(s.changes, 20, 30);
	/* the line is mended: up for good, and the next dip is not held against it */
	s.line.bps = 700000;
	run(&s, 70 * SECOND_US);
	assert_int_equal(s.choice.layer, MIDDLE);
	run(&s, FORWARD_CHOOSE_CALM_US);
	s.line.bps = 300000;
	assert_int_equal(run(&s, STEP_US), LOW);
	s.line.bps = 700000;
	assert_int_equal(run(&s, FORWARD_CHOOSE_ROOM_US + 2 * STEP_US), MIDDLE);
}

static void falls_to_the_next_layer_when_one_goes_silent(void **state)
{
	struct story s = begin(5000000);
	assert_int_equal(run(&s, SECOND_US), HIGH);
	s.layers[HIGH].live = false; /* the host's line sinks */
	assert_int_equal(run(&s, STEP_US), MIDDLE);
	s.layers[MIDDLE].live = false;
	assert_int_equal(run(&s, STEP_US), LOW);
	s.layers[LOW].live = false;
	assert_int_equal(run(&s, SECOND_US), LOW);
	for (size_t i = 0; i < FORWARD_LAYERS; i++)
		s.layers[i].live = true;
	/* none of it was the viewer's line: it goes up as soon as ever */
	assert_int_equal(s.choice.setbacks, 0);
	assert_int_equal(run(&s, FORWARD_CHOOSE_ROOM_US + 2 * STEP_US), HIGH);
}

static void goes_by_loss_where_nothing_else_is_known(void **state)
{
	struct story s = begin(0);
	assert_int_equal(run(&s, SECOND_US), MIDDLE);
	assert_int_equal(run(&s, FORWARD_CHOOSE_BLIND_US), HIGH);
	s.line.loss = 0.2;
	run(&s, 2 * SECOND_US);
	assert_int_equal(s.choice.layer, MIDDLE);
	s.line.loss = 0.05; /* neither good nor bad: it stays */
	assert_int_equal(run(&s, 60 * SECOND_US), MIDDLE);
	s.line.loss = 0.2;
	assert_int_equal(run(&s, SECOND_US), LOW);
}

static void knows_layers_by_what_they_are(void **state)
{
	/* best first, as some hosts list them; sizes not known yet */
	struct story s = begin(5000000);
	s.layers[0] = (struct forward_layer){true, 0, 2000000};
	s.layers[1] = (struct forward_layer){true, 0, 500000};
	s.layers[2] = (struct forward_layer){true, 0, 150000};
	assert_int_equal(run(&s, SECOND_US), 0);
	s.line.bps = 700000;
	assert_int_equal(run(&s, SECOND_US), 1);
}

static void stays_with_a_single_layer(void **state)
{
	struct story s = begin(100000);
	s.layers[MIDDLE].live = s.layers[HIGH].live = false;
	s.line.loss = 0.5;
	assert_int_equal(run(&s, 60 * SECOND_US), LOW);
	assert_int_equal(s.changes, 0);
	assert_int_equal(s.want_bps, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(begins_in_the_middle_when_nothing_is_known),
	        cmocka_unit_test(begins_with_what_fits),
	        cmocka_unit_test(goes_down_at_once),
	        cmocka_unit_test(goes_up_after_a_while_of_room),
	        cmocka_unit_test(asks_for_the_rate_of_the_next_layer),
	        cmocka_unit_test(does_not_flap_on_a_line_between_two_layers),
	        cmocka_unit_test(tries_ever_more_seldom_what_keeps_failing),
	        cmocka_unit_test(falls_to_the_next_layer_when_one_goes_silent),
	        cmocka_unit_test(goes_by_loss_where_nothing_else_is_known),
	        cmocka_unit_test(knows_layers_by_what_they_are),
	        cmocka_unit_test(stays_with_a_single_layer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
