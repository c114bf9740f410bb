/* Two tracks on one clock. A simulated host stamps what it sends with two RTP clocks and tells its own wall clock in
 * sender reports; the picture takes longer to arrive than the sound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/timeline.h"
#include "rtp/ntp.h"
#include "rtp/rtcp.h"

enum { VIDEO, AUDIO };
#define NEAR 100 /* us: rounding, and corrections that reach the tracks one after the other */
#define SECOND INT64_C(1000000)
#define WALL (1790000000 * SECOND) /* the server's, where its monotonic clock says NOW */
#define NOW (5000 * SECOND)

struct host {
	struct timeline t;
	int64_t clock_us;           /* what its wall clock is off from the server's */
	int64_t track_clock_us[2];  /* and each track's beside that */
	uint32_t first[2], ssrc[2]; /* RTP timestamps at time 0 */
	int64_t late_us[2];         /* from capture to arrival */
	int64_t ppm[2];             /* how much faster its RTP clocks run */
};

static const uint32_t rates[2] = {90000, 48000};

static struct host host_make(void)
{
	struct host h = {.clock_us = -777 * SECOND,
	                 .first = {0xFFFFF000, 0x80000000},
	                 .ssrc = {11, 22},
	                 .late_us = {180000, 30000}};

	timeline_begin(&h.t, NOW, WALL);
	timeline_track(&h.t, VIDEO, rates[VIDEO]);
	timeline_track(&h.t, AUDIO, rates[AUDIO]);
	return h;
}

/** The timestamp of what is captured at this time since the begin. */
static uint32_t stamp(const struct host *h, int track, int64_t at_us)
{
	int64_t us = at_us + at_us / SECOND * h->ppm[track];

	return h->first[track] + (uint32_t)((us / SECOND * rates[track]) + us % SECOND * rates[track] / SECOND);
}

static void note(struct host *h, int track, int64_t at_us)
{
	timeline_note(&h->t, track, h->ssrc[track], stamp(h, track, at_us), NOW + at_us + h->late_us[track]);
}

static int64_t map(struct host *h, int track, int64_t at_us, bool *stepped)
{
	return timeline_map(&h->t, track, stamp(h, track, at_us), stepped) - WALL;
}

/** Both at once; @return the time given, from the begin. */
static int64_t send_one(struct host *h, int track, int64_t at_us, bool *stepped)
{
	note(h, track, at_us);
	return map(h, track, at_us, stepped);
}

static void report_as(struct host *h, int track, uint32_t ssrc, int64_t at_us)
{
	uint8_t data[64];
	struct media_rtcp_writer w = {.data = data, .size = sizeof(data)};
	struct media_rtcp_sr sr = {.ssrc = ssrc,
	                           .ntp = media_ntp_from_unix_us(WALL + at_us + h->clock_us + h->track_clock_us[track]),
	                           .rtp_time = stamp(h, track, at_us)};

	media_rtcp_write_sr(&w, &sr, NULL, 0);
	assert_false(w.failed);
	assert_int_equal(timeline_rtcp(&h->t, data, w.len, NOW + at_us + 20000), 0);
}

static void report(struct host *h, int track, int64_t at_us)
{
	report_as(h, track, h->ssrc[track], at_us);
}

static void report_both(struct host *h, int64_t at_us)
{
	report(h, VIDEO, at_us);
	report(h, AUDIO, at_us);
}

static void expect_near(int64_t a, int64_t b, int64_t within)
{
	if (llabs(a - b) > within)
		fail_msg("%lld is not %lld", (long long)a, (long long)b);
}

/** From the begin, both reported. */
static struct host host_settled(void)
{
	struct host h = host_make();

	note(&h, AUDIO, 0);
	note(&h, VIDEO, 0);
	report(&h, AUDIO, 0);
	report(&h, VIDEO, 0);
	assert_true(timeline_settled(&h.t, NOW + 30000 + TIMELINE_LEAST_US));
	return h;
}

/** Both tracks from `from` to `to`, a picture every 40 ms, sound every 20, reports every `reports`; checks that the
 * same moment has the same time in both and that no time goes back. @return how many steps were told */
static int go_on(struct host *h, int64_t from, int64_t to, int64_t reports_us, int64_t within)
{
	int64_t at, last = -1;
	int steps = 0;

	for (at = from; at < to; at += 40000) {
		bool video = false, audio = false, half = false;
		int64_t v, a;

		if (at % reports_us == 0)
			report_both(h, at);
		v = send_one(h, VIDEO, at, &video);
		a = send_one(h, AUDIO, at, &audio);
		send_one(h, AUDIO, at + 20000, &half);
		expect_near(v, a, within);
		assert_true(v > last);
		last = v;
		steps += video + audio + half;
	}
	return steps;
}

static void without_reports_arrival_counts(void **state)
{
	struct host h = host_make();
	bool stepped = true;

	(void)state;
	assert_int_equal(send_one(&h, VIDEO, 0, &stepped), 180000);
	assert_false(stepped);
	assert_int_equal(send_one(&h, AUDIO, 0, &stepped), 30000);
	assert_int_equal(send_one(&h, VIDEO, 10 * SECOND, &stepped), 10180000);
	assert_false(stepped);
}

static void reports_bring_picture_and_sound_together(void **state)
{
	struct host h = host_make();
	bool stepped;
	int64_t v, a;

	(void)state;
	note(&h, AUDIO, 0);
	note(&h, VIDEO, 0);
	report(&h, AUDIO, 10000);
	assert_false(timeline_settled(&h.t, NOW + 30000 + TIMELINE_LEAST_US));
	report(&h, VIDEO, 15000);
	assert_true(timeline_settled(&h.t, NOW + 30000 + TIMELINE_LEAST_US));
	v = map(&h, VIDEO, 0, &stepped);
	assert_false(stepped); /* nobody has seen it before */
	a = map(&h, AUDIO, 0, &stepped);
	assert_false(stepped);
	expect_near(v, a, NEAR);
	expect_near(a, 30000, 0); /* near the server's clock: when the sound came */
	assert_int_equal(go_on(&h, 40000, 20 * SECOND, 5 * SECOND, NEAR), 0);
}

static void who_sends_no_reports_is_not_waited_for_forever(void **state)
{
	struct host h = host_make();

	(void)state;
	assert_false(timeline_settled(&h.t, NOW + 60 * SECOND));
	note(&h, AUDIO, 0);
	report(&h, AUDIO, 0);
	assert_false(timeline_settled(&h.t, NOW + 30000 + TIMELINE_SETTLE_US - 1)); /* the picture may come yet */
	assert_true(timeline_settled(&h.t, NOW + 30000 + TIMELINE_SETTLE_US));
	note(&h, VIDEO, 10 * SECOND);
	assert_false(timeline_settled(&h.t, NOW + 11 * SECOND));
	report(&h, VIDEO, 10 * SECOND);
	assert_true(timeline_settled(&h.t, NOW + 11 * SECOND));
}

static void a_report_before_the_first_packet_counts(void **state)
{
	struct host h = host_make();

	(void)state;
	report_both(&h, 0);
	note(&h, AUDIO, 0);
	note(&h, VIDEO, 0);
	assert_true(timeline_settled(&h.t, NOW + 30000 + TIMELINE_LEAST_US));
	expect_near(map(&h, VIDEO, 0, NULL), map(&h, AUDIO, 0, NULL), NEAR);
}

static void clocks_that_drift_and_wrap_stay_together_for_a_day(void **state)
{
	struct host h = host_settled();
	int64_t at, last = -1;

	(void)state;
	h.ppm[VIDEO] = 100; /* the sound's clock against the picture's: 200 ms an hour each */
	h.ppm[AUDIO] = -100;
	for (at = SECOND; at < 86400 * SECOND; at += SECOND) {
		int64_t v, a;

		if (at % (5 * SECOND) == 0)
			report_both(&h, at);
		v = send_one(&h, VIDEO, at, NULL);
		a = send_one(&h, AUDIO, at, NULL);
		expect_near(v, a, 5000);
		expect_near(a, at + 30000, 5000);
		assert_true(v > last);
		last = v;
	}
}

/** The process began while the host was on air: 1.5 s wait in the seam and are read at once, reports among them. */
static void what_waited_at_the_begin_is_not_from_the_future(void **state)
{
	struct host h = host_make();
	int64_t at, late[2] = {h.late_us[VIDEO], h.late_us[AUDIO]};
	bool stepped;

	(void)state;
	for (at = 0; at <= 1500000; at += 20000) {
		h.late_us[VIDEO] = 1500000 + late[VIDEO] - at;
		h.late_us[AUDIO] = 1500000 + late[VIDEO] - at;
		note(&h, AUDIO, at);
		if (at % 40000 == 0)
			note(&h, VIDEO, at);
		if (at == 400000)
			report_both(&h, at);
	}
	assert_false(timeline_settled(&h.t, NOW + 1500000 + late[VIDEO]));
	h.late_us[VIDEO] = late[VIDEO];
	h.late_us[AUDIO] = late[AUDIO];
	for (; at < 2400000; at += 20000) {
		note(&h, AUDIO, at);
		note(&h, VIDEO, at);
	}
	assert_true(timeline_settled(&h.t, NOW + 2400000));
	expect_near(map(&h, AUDIO, 2000000, &stepped), 2000000 + late[AUDIO], 30); /* when it came */
	assert_false(stepped);
	expect_near(map(&h, VIDEO, 2000000, &stepped), 2000000 + late[AUDIO], 30); /* which is before it came */
	assert_false(stepped);
	assert_int_equal(go_on(&h, 2400000, 20 * SECOND, 5 * SECOND, NEAR), 0);
}

/** The line was slow, too, when it began: that is seen later, and nobody sees it corrected. */
static void what_was_late_at_the_begin_is_corrected_slowly(void **state)
{
	struct host h = host_make();
	int64_t at, before[2] = {0, 0}, times[2];
	int track;
	bool stepped;

	(void)state;
	h.late_us[AUDIO] = h.late_us[VIDEO] = 330000;
	note(&h, AUDIO, 0);
	note(&h, VIDEO, 0);
	report_both(&h, 0);
	h.late_us[AUDIO] = 30000;
	h.late_us[VIDEO] = 180000;
	for (at = 400000; at < 400 * SECOND; at += 40000) {
		if (at % (5 * SECOND) == 0)
			report_both(&h, at);
		/* the first one is mapped before it can be known */
		for (track = 0; track < 2; track++) {
			if (at > 400000)
				note(&h, track, at);
			times[track] = map(&h, track, at > 400000 ? at : 0, &stepped);
			assert_false(stepped);
			if (at > 440000)
				expect_near(times[track] - before[track], 40000, 40 * 3);
			before[track] = times[track];
		}
		expect_near(times[VIDEO], times[AUDIO], 2000); /* what is not worth smoothing */
	}
	expect_near(times[AUDIO], at - 40000 + 30000, 1000);
}

static void a_small_difference_is_smoothed(void **state)
{
	struct host h = host_make();
	int64_t at, last;
	bool stepped;

	(void)state;
	/* all had to go by arrival: the picture is 150 ms behind */
	last = send_one(&h, VIDEO, 0, NULL);
	send_one(&h, AUDIO, 0, NULL);
	report_both(&h, SECOND);
	for (at = 40000; at < 12 * SECOND; at += 40000) {
		int64_t v = send_one(&h, VIDEO, at, &stepped), a = send_one(&h, AUDIO, at, NULL);

		assert_false(stepped);
		expect_near(v - last, 40000, 40000 * TIMELINE_SLEW_PERMILLE / 1000 + 1);
		if (at > 8 * SECOND)
			expect_near(v, a, 100);
		last = v;
	}
}

/** The picture begins later, and slowly: its first packets wait for one another, and it has no report yet. */
static void a_track_that_begins_late_does_not_tear_the_others_along(void **state)
{
	struct host h = host_make();
	int64_t at, last = 0;
	bool stepped;

	(void)state;
	for (at = 0; at < 5 * SECOND; at += 20000) {
		note(&h, AUDIO, at);
		if (at == 0)
			report(&h, AUDIO, at);
		if (at >= 2 * SECOND)
			map(&h, AUDIO, at, NULL);
	}
	for (; at < 30 * SECOND; at += 40000) {
		h.late_us[VIDEO] = at < 6 * SECOND ? 180000 + 6 * SECOND - at : 180000;
		note(&h, VIDEO, at);
		if (at > 8 * SECOND && at % SECOND == 0)
			report_both(&h, at);
		if (at >= 7 * SECOND) {
			int64_t v = map(&h, VIDEO, at, &stepped);

			assert_false(stepped);
			assert_true(v > last);
			last = v;
		}
		expect_near(send_one(&h, AUDIO, at, &stepped), at + 30000, 1000); /* it goes its way */
		assert_false(stepped);
	}
	expect_near(last, at - 40000 + 30000, 1000);
}

static void a_report_after_a_long_silence_is_smoothed_as_well(void **state)
{
	struct host h = host_settled();
	int64_t at, last;
	bool stepped;

	(void)state;
	last = send_one(&h, VIDEO, 40000, NULL);
	for (at = 80000; at < 100 * SECOND; at += 40000) {
		int64_t v = send_one(&h, VIDEO, at, &stepped);

		if (at == 60 * SECOND) { /* late by what can be smoothed */
			h.clock_us += 300000;
			report(&h, VIDEO, at);
		}
		assert_false(stepped);
		expect_near(v - last, 40000, 40000 * TIMELINE_SLEW_PERMILLE / 1000 + 1);
		last = v;
	}
	expect_near(last, at - 40000 + 330000, 50000); /* and goes back by and by: it is from the future now */
}

static void a_host_that_sets_its_clock_notices_nothing(void **state)
{
	struct host h = host_settled();

	(void)state;
	assert_int_equal(go_on(&h, 40000, 10 * SECOND, 5 * SECOND, NEAR), 0);
	h.clock_us += 3600 * SECOND;
	assert_int_equal(go_on(&h, 10 * SECOND, 30 * SECOND, 5 * SECOND, NEAR), 0);
	h.clock_us -= 7200 * SECOND;
	assert_int_equal(go_on(&h, 30 * SECOND, 60 * SECOND, 5 * SECOND, NEAR), 0);
	expect_near(send_one(&h, AUDIO, 60 * SECOND, NULL), 60 * SECOND + 30000, 1000);
}

/** One track's timestamps leave its reports: the other is right, and after two reports it steps. */
static void jump(int track, int64_t by_us)
{
	struct host h = host_settled();
	bool stepped[2] = {false, false}, now;
	int64_t at, v = 0, a = 0, last = 0, steps = 0;

	go_on(&h, 40000, 10 * SECOND, 5 * SECOND, NEAR);
	h.first[track] += (uint32_t)(by_us * rates[track] / SECOND);
	for (at = 10 * SECOND; at < 40 * SECOND; at += 40000) {
		if (at % (5 * SECOND) == 0)
			report_both(&h, at);
		v = send_one(&h, VIDEO, at, &now);
		assert_true(v > last);
		last = v;
		steps += now;
		stepped[VIDEO] |= now;
		a = send_one(&h, AUDIO, at, &now);
		steps += now;
		stepped[AUDIO] |= now;
	}
	expect_near(v, a, 3 * NEAR); /* the whole is on its way back from the future */
	assert_true(stepped[track]);
	assert_true(steps <= 2);
}

static void a_track_that_jumps_alone_is_brought_back(void **state)
{
	(void)state;
	jump(VIDEO, 2 * SECOND);
	jump(VIDEO, -2 * SECOND);
	jump(AUDIO, 2 * SECOND);
	jump(AUDIO, -2 * SECOND);
}

static void one_wrong_report_moves_nothing(void **state)
{
	struct host h = host_settled();

	(void)state;
	go_on(&h, 40000, 10 * SECOND, 5 * SECOND, NEAR);
	h.clock_us += 5 * SECOND;
	report(&h, VIDEO, 10 * SECOND);
	h.clock_us -= 5 * SECOND;
	assert_int_equal(go_on(&h, 10 * SECOND, 60 * SECOND, 5 * SECOND, NEAR), 0);
}

static void tracks_with_clocks_of_their_own_go_by_arrival(void **state)
{
	struct host h = host_make();

	(void)state;
	h.late_us[VIDEO] = h.late_us[AUDIO];
	h.track_clock_us[VIDEO] = 100000 * SECOND;
	note(&h, AUDIO, 0);
	note(&h, VIDEO, 0);
	report_both(&h, 0);
	assert_int_equal(go_on(&h, 0, 60 * SECOND, 5 * SECOND, 1000), 0);
}

static void another_layer_goes_on_at_once(void **state)
{
	struct host h = host_settled();
	bool stepped;

	(void)state;
	go_on(&h, 40000, 10 * SECOND, 5 * SECOND, NEAR);
	h.ssrc[VIDEO] = 33;
	h.first[VIDEO] = 123456;
	h.late_us[VIDEO] = 300000;
	report(&h, VIDEO, 9 * SECOND); /* of a layer that was not heard then */
	expect_near(send_one(&h, VIDEO, 10 * SECOND, &stepped), send_one(&h, AUDIO, 10 * SECOND, NULL), NEAR);
	assert_true(stepped);
	assert_true(timeline_settled(&h.t, NOW + 10 * SECOND));
	assert_int_equal(go_on(&h, 10 * SECOND + 40000, 30 * SECOND, 5 * SECOND, NEAR), 0);
}

static void a_host_that_comes_again_may_have_another_clock(void **state)
{
	static const int64_t clocks[] = {0, 900, -900, -86400 * 365};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct host h = host_settled();
		int64_t last, v, a;
		bool stepped;

		go_on(&h, 40000, 10 * SECOND, 5 * SECOND, NEAR);
		last = send_one(&h, VIDEO, 10 * SECOND, NULL);
		h.clock_us = clocks[i] * SECOND;
		h.ssrc[VIDEO] = 33;
		h.ssrc[AUDIO] = 44;
		h.first[VIDEO] = 1;
		h.first[AUDIO] = 2;
		note(&h, VIDEO, 15 * SECOND);
		note(&h, AUDIO, 15 * SECOND);
		assert_false(timeline_settled(&h.t, NOW + 15300000));
		report_both(&h, 15300000);
		assert_true(timeline_settled(&h.t, NOW + 15400000));
		v = map(&h, VIDEO, 15 * SECOND, &stepped);
		assert_true(stepped);
		a = map(&h, AUDIO, 15 * SECOND, &stepped);
		assert_true(stepped);
		expect_near(v, a, NEAR);
		expect_near(v, 15 * SECOND, 200000);
		assert_true(v > last);
		assert_int_equal(go_on(&h, 15 * SECOND + 40000, 30 * SECOND, 5 * SECOND, NEAR), 0);
	}
}

static void timestamps_that_begin_anew_are_followed(void **state)
{
	struct host h = host_settled();
	bool stepped;

	(void)state;
	go_on(&h, 40000, 10 * SECOND, 5 * SECOND, NEAR);
	h.first[VIDEO] += 50000000; /* the same source: 555 s */
	expect_near(send_one(&h, VIDEO, 10 * SECOND, &stepped), 10 * SECOND, 300000);
	assert_true(stepped);
	report_both(&h, 10 * SECOND);
	go_on(&h, 10 * SECOND + 40000, 30 * SECOND, 5 * SECOND, 200000);
	assert_int_equal(go_on(&h, 30 * SECOND, 40 * SECOND, 5 * SECOND, 100), 0);
}

static void what_is_no_report_is_refused_or_ignored(void **state)
{
	struct host h = host_make();
	uint8_t data[64];
	struct media_rtcp_writer w = {.data = data, .size = sizeof(data)};

	(void)state;
	note(&h, AUDIO, 0);
	assert_int_equal(timeline_rtcp(&h.t, (const uint8_t *)"\x80\xC8\x00\x06", 4, NOW), -EBADMSG);
	media_rtcp_write_sr(&w, &(struct media_rtcp_sr){.ssrc = 22, .ntp = 0, .rtp_time = 5}, NULL, 0);
	assert_int_equal(timeline_rtcp(&h.t, data, w.len, NOW), 0);
	assert_false(timeline_settled(&h.t, NOW));
	assert_int_equal(timeline_map(&h.t, VIDEO, 5, NULL), 0); /* nothing was noted of it */
}

static void ticks_add_up(void **state)
{
	uint64_t sum = 0;
	int64_t us;

	(void)state;
	assert_int_equal(timeline_ticks(5, 10, 90000), 0);
	assert_int_equal(timeline_ticks(WALL + 3600 * SECOND, WALL, 90000), UINT64_C(324000000));
	for (us = 0; us < 100 * SECOND; us += 33333)
		sum += timeline_ticks(us + 33333, 0, 90000) - timeline_ticks(us, 0, 90000);
	assert_int_equal(sum, timeline_ticks(us, 0, 90000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(without_reports_arrival_counts),
	        cmocka_unit_test(reports_bring_picture_and_sound_together),
	        cmocka_unit_test(who_sends_no_reports_is_not_waited_for_forever),
	        cmocka_unit_test(a_report_before_the_first_packet_counts),
	        cmocka_unit_test(clocks_that_drift_and_wrap_stay_together_for_a_day),
	        cmocka_unit_test(what_waited_at_the_begin_is_not_from_the_future),
	        cmocka_unit_test(what_was_late_at_the_begin_is_corrected_slowly),
	        cmocka_unit_test(a_small_difference_is_smoothed),
	        cmocka_unit_test(a_track_that_begins_late_does_not_tear_the_others_along),
	        cmocka_unit_test(a_report_after_a_long_silence_is_smoothed_as_well),
	        cmocka_unit_test(a_host_that_sets_its_clock_notices_nothing),
	        cmocka_unit_test(a_track_that_jumps_alone_is_brought_back),
	        cmocka_unit_test(one_wrong_report_moves_nothing),
	        cmocka_unit_test(tracks_with_clocks_of_their_own_go_by_arrival),
	        cmocka_unit_test(another_layer_goes_on_at_once),
	        cmocka_unit_test(a_host_that_comes_again_may_have_another_clock),
	        cmocka_unit_test(timestamps_that_begin_anew_are_followed),
	        cmocka_unit_test(what_is_no_report_is_refused_or_ignored),
	        cmocka_unit_test(ticks_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
