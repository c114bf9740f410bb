/* The estimator's parts, one by one. */
#include "check.h"

#include "rtp/acked.h"
#include "rtp/aimd.h"
#include "rtp/interarrival.h"
#include "rtp/loss.h"
#include "rtp/overuse.h"
#include "rtp/probe.h"
#include "rtp/sent.h"
#include "rtp/trendline.h"

#define MS INT64_C(1000)

static void sent_packets_are_found_by_number(void **state)
{
	static struct media_sent s;
	struct media_sent_packet p;
	memset(&s, 0, sizeof s);
	s.next = 65534;
	for (int i = 0; i < 4; i++)
		assert_int_equal(media_sent_add(&s, (size_t)(1000 + i), (uint8_t)i, (9000 + 2 * i) * MS),
		                 (uint16_t)(65534 + i));
	for (int i = 0; i < 4; i++) {
		assert_true(media_sent_get(&s, (uint16_t)(65534 + i), 9100 * MS, &p));
		assert_int_equal(p.size, 1000 + i);
		assert_int_equal(p.cluster, i);
		assert_int_equal(p.sent_us, (9000 + 2 * i) * MS);
		assert_int_equal(p.fate, MEDIA_SENT_FLYING);
	}
	media_sent_settle(&s, 1, MEDIA_SENT_LOST);
	assert_true(media_sent_get(&s, 1, 9100 * MS, &p));
	assert_int_equal(p.fate, MEDIA_SENT_LOST);
	assert_int_equal(p.size, 1003);
	assert_false(media_sent_get(&s, 2, 9100 * MS, &p));
	assert_false(media_sent_get(&s, 65533, 9100 * MS, &p));
}

static void sent_packets_are_forgotten(void **state)
{
	static struct media_sent s;
	struct media_sent_packet p;
	memset(&s, 0, sizeof s);
	for (int i = 0; i < MEDIA_SENT_PACKETS + 10; i++)
		media_sent_add(&s, 100, 0, 1000 * MS + i);
	assert_false(media_sent_get(&s, 9, 1000 * MS, &p));
	assert_true(media_sent_get(&s, 10, 1000 * MS, &p));
	/* by age, and after a pause as long as the time's 16 bits take to come round */
	media_sent_add(&s, 100, 0, 1000 * MS + MEDIA_SENT_KEPT_US + 100 * MS);
	assert_false(media_sent_get(&s, MEDIA_SENT_PACKETS + 9, 1000 * MS + MEDIA_SENT_KEPT_US + 100 * MS, &p));
	media_sent_add(&s, 100, 0, 1000 * MS + 65536 * 125);
	assert_int_equal(s.count, 1);
	assert_false(media_sent_get(&s, (uint16_t)(s.next - 1), 1000 * MS + 65536 * 125 + MEDIA_SENT_KEPT_US + 1, &p));
}

static void packets_that_feedback_passed(void **state)
{
	static struct media_sent s;
	struct media_sent_packet p;
	memset(&s, 0, sizeof s);
	for (int i = 0; i < 6; i++)
		media_sent_add(&s, 100, 0, 1000 * MS);
	media_sent_settle(&s, 1, MEDIA_SENT_RECEIVED);
	assert_int_equal(media_sent_pass(&s, 5), 300);
	assert_int_equal(media_sent_pass(&s, 5), 0);
	assert_true(media_sent_get(&s, 2, 1000 * MS, &p));
	assert_int_equal(p.fate, MEDIA_SENT_PASSED);
	assert_true(media_sent_get(&s, 0, 1000 * MS, &p));
	assert_int_equal(p.fate, MEDIA_SENT_FLYING);
	/* all there is, and not beyond it */
	assert_int_equal(media_sent_pass(&s, 1), 100);
	assert_int_equal(media_sent_pass(&s, 0), 0);
}

static void bursts_are_paired(void **state)
{
	struct media_interarrival i = {.bursts = 0};
	struct media_interarrival_step step;
	/* two frames of three packets, 33 ms apart; the second one meets a queue of 7 ms */
	for (int k = 0; k < 3; k++)
		assert_false(media_interarrival_add(&i, 1000 * MS + k, 1020 * MS + k * MS, &step));
	for (int k = 0; k < 3; k++)
		assert_false(media_interarrival_add(&i, 1033 * MS + k, 1060 * MS + k * MS, &step));
	assert_true(media_interarrival_add(&i, 1066 * MS, 1086 * MS, &step));
	assert_int_equal(step.sent_us, 33 * MS);
	assert_int_equal(step.arrival_us, 40 * MS);
	assert_in_range(step.queue_us, 6900, 7000);
	/* told of late: nothing */
	assert_false(media_interarrival_add(&i, 1033 * MS, 1090 * MS, &step));
}

/** What the air held back and let go at once is one burst, however long apart it was sent. */
static void what_comes_at_once_is_one_burst(void **state)
{
	struct media_interarrival i = {.bursts = 0};
	struct media_interarrival_step step;
	assert_false(media_interarrival_add(&i, 1000 * MS, 1020 * MS, &step));
	assert_false(media_interarrival_add(&i, 1010 * MS, 1080 * MS, &step));
	for (int k = 2; k < 6; k++)
		assert_false(media_interarrival_add(&i, 1000 * MS + k * 10 * MS, 1080 * MS + k * MS, &step));
	assert_true(media_interarrival_add(&i, 1080 * MS, 1120 * MS, &step));
	assert_int_equal(step.sent_us, 50 * MS);
	assert_int_equal(step.arrival_us, 65 * MS);
}

static double slope_of(double grows)
{
	struct media_trendline t = {.count = 0};
	double slope = 0, delay = 0, before;
	for (int i = 1; i < 200; i++) {
		before = delay;
		delay += 33 * grows;
		slope = media_trendline_add(&t, 33 * MS, (int64_t)((33 + delay - before) * 1000),
		                            (int64_t)((i * 33 + delay) * 1000));
	}
	return slope;
}

static void the_slope_is_that_of_the_delay(void **state)
{
	assert_true(slope_of(0) == 0);
	/* per millisecond of arrival, and that goes by faster while delay grows */
	assert_true(slope_of(0.1) > 0.089 && slope_of(0.1) < 0.093);
	assert_true(slope_of(-0.1) < -0.10 && slope_of(-0.1) > -0.12);
}

static void over_use_must_last_and_the_queue_stand(void **state)
{
	struct media_overuse o = {.threshold = 0};
	int64_t now = 1000 * MS;
	assert_int_equal(media_overuse_judge(&o, 0, 60, 0, 10 * MS, now), MEDIA_USAGE_NORMAL);
	assert_int_equal(media_overuse_judge(&o, 0.1, 60, 20 * MS, 10 * MS, now + 10 * MS), MEDIA_USAGE_NORMAL);
	assert_int_equal(media_overuse_judge(&o, 0.1, 60, 20 * MS, 10 * MS, now + 20 * MS), MEDIA_USAGE_OVER);
	assert_int_equal(media_overuse_judge(&o, 0.1, 60, 0, 10 * MS, now + 30 * MS), MEDIA_USAGE_NORMAL);
	assert_int_equal(media_overuse_judge(&o, -0.1, 60, 0, 10 * MS, now + 40 * MS), MEDIA_USAGE_UNDER);
	assert_int_equal(media_overuse_judge(&o, 0, 60, 0, 10 * MS, now + 50 * MS), MEDIA_USAGE_NORMAL);
}

/** Beside a flow that keeps the queue in motion the threshold rises, else we would give way for ever. */
static void the_threshold_adapts(void **state)
{
	struct media_overuse o = {.threshold = 0};
	for (int i = 0; i < 2000; i++) {
		double slope = i / 10 % 2 ? 0.08 : -0.08;
		media_overuse_judge(&o, slope, 60, 20 * MS, 33 * MS, 1000 * MS + i * 33 * MS);
	}
	assert_true(o.threshold > 15);
	for (int i = 0; i < 100; i++)
		media_overuse_judge(&o, 0, 60, 0, 33 * MS, 70000 * MS + i * 33 * MS);
	assert_true(o.threshold < 7);
}

static void what_arrives_is_a_rate(void **state)
{
	struct media_acked a = {.first_us = 0};
	assert_int_equal(media_acked_bps(&a, MEDIA_ACKED_LONG_US), 0);
	for (int i = 0; i < 1000; i++)
		media_acked_add(&a, 5000 * MS + i * 2 * MS, 1000);
	assert_in_range(media_acked_bps(&a, MEDIA_ACKED_LONG_US), 3900000, 4200000);
	for (int i = 0; i < 100; i++)
		media_acked_add(&a, 7000 * MS + i * 2 * MS, 250);
	assert_in_range(media_acked_bps(&a, MEDIA_ACKED_SHORT_US), 950000, 1100000);
	/* after a pause it is not known again */
	media_acked_add(&a, 9000 * MS, 1000);
	assert_int_equal(media_acked_bps(&a, MEDIA_ACKED_SHORT_US), 0);
	/* from long ago */
	media_acked_add(&a, 5000 * MS, 1000);
	assert_int_equal(a.newest_us, 9000 * MS);
}

static void the_rate_goes_up_by_little_and_down_at_once(void **state)
{
	struct media_aimd a = {.bps = 0};
	media_aimd_update(&a, MEDIA_USAGE_NORMAL, 1000000, 1000 * MS);
	assert_int_equal(a.bps, 1510000); /* nothing spoke against what arrives and half of it again */
	media_aimd_update(&a, MEDIA_USAGE_OVER, 1000000, 2000 * MS);
	assert_int_equal(a.bps, 845000);
	media_aimd_update(&a, MEDIA_USAGE_OVER, 1000000, 2010 * MS); /* too soon to judge it */
	media_aimd_update(&a, MEDIA_USAGE_UNDER, 800000, 2100 * MS); /* the queue drains */
	assert_int_equal(a.bps, 845000);
	for (int i = 0; i <= 10; i++)
		media_aimd_update(&a, MEDIA_USAGE_NORMAL, 840000, 3000 * MS + i * 100 * MS);
	assert_in_range(a.bps, 848000, 880000); /* near the capacity: a packet in a reaction's time */
	media_aimd_update(&a, MEDIA_USAGE_OVER, 300000, 5000 * MS);
	assert_int_equal(a.bps, 250000);
	for (int i = 0; i < 200; i++)
		media_aimd_update(&a, MEDIA_USAGE_OVER, 0, 6000 * MS + i * 300 * MS);
	assert_int_equal(a.bps, MEDIA_AIMD_LEAST_BPS);
}

static void feed_losses(struct media_loss *l, int share_pc, int seconds, int64_t *now)
{
	for (int i = 0; i < seconds * 20; i++, *now += 50 * MS)
		media_loss_update(l, share_pc * 20 / 100, 20, 1000000, l->bps ? l->bps : 2000000, 50 * MS, *now);
}

static void losses_bound_the_rate(void **state)
{
	struct media_loss l = {.bps = 0};
	int64_t now = 1000 * MS;
	feed_losses(&l, 0, 5, &now);
	assert_int_equal(l.bps, 0);
	feed_losses(&l, 30, 2, &now);
	assert_in_range(l.bps, 200000, 900000);
	int64_t low = l.bps;
	feed_losses(&l, 5, 2, &now); /* stays, as long as it is not known to be the line's nature */
	assert_in_range(l.bps, low / 2, low);
	feed_losses(&l, 0, 5, &now);
	assert_true(l.bps > low * 12 / 10);
	media_loss_probed(&l, 3000000);
	assert_int_equal(l.bps, 3000000);
}

static void a_line_that_always_loses_is_not_bound(void **state)
{
	struct media_loss l = {.bps = 0};
	int64_t now = 1000 * MS;
	feed_losses(&l, 5, 60, &now);
	assert_int_equal(l.bps, 0);
}

/** 30 ms at a rate, over a line of a capacity. @param lost of the 12 packets */
static struct media_probe_result probed(int64_t capacity_bps, int lost)
{
	struct media_probe p = {.cluster = 7};
	struct media_probe_result r = {.bps = -1};
	int64_t free_us = 0;
	media_probe_begin(&p, 3000000, 100 * MS, 1000 * MS);
	assert_int_equal(p.cluster, 1);
	for (uint16_t i = 0; i < 12; i++) {
		int64_t at = 1000 * MS + i / 3 * 10 * MS;
		assert_int_equal(media_probe_sent(&p, i, 1250), 1);
		free_us = (free_us > at ? free_us : at) + 1250 * INT64_C(8000000) / capacity_bps;
		if (i % 2 == 0 || i > 2 * lost)
			media_probe_arrived(&p, 1, 1250, at, free_us + 30 * MS);
	}
	assert_true(media_probe_sending(&p, 1020 * MS));
	assert_false(media_probe_told(&p, 20, 50 * MS, 1030 * MS, &r));
	assert_false(media_probe_sending(&p, 1030 * MS));
	assert_int_equal(media_probe_sent(&p, 12, 1250), 0);
	assert_false(media_probe_told(&p, 10, 50 * MS, 1100 * MS, &r));
	assert_true(media_probe_told(&p, 11, 50 * MS, 1100 * MS, &r));
	return r;
}

static void probes_measure(void **state)
{
	struct media_probe_result r = probed(100000000, 0);
	assert_in_range(r.bps, 2900000, 3100000);
	assert_false(r.saturated);
	assert_true(r.lossless);
	r = probed(1000000, 0);
	assert_in_range(r.bps, 900000, 1000000);
	assert_true(r.saturated);
	r = probed(100000000, 1);
	assert_true(r.bps > 0);
	assert_false(r.lossless);
	assert_int_equal(probed(100000000, 4).bps, 0);
}

static void a_probe_that_nobody_tells_of_fails(void **state)
{
	struct media_probe p = {.cluster = 0};
	struct media_probe_result r = {.bps = -1};
	media_probe_begin(&p, 1000000, 100 * MS, 1000 * MS);
	assert_true(media_probe_lacks(&p, 1000 * MS) >= 1250);
	for (uint16_t i = 0; i < 9; i++)
		media_probe_sent(&p, i, 1250);
	assert_int_equal(media_probe_lacks(&p, 1010 * MS), 0);
	assert_false(media_probe_sending(&p, 1030 * MS));
	assert_false(media_probe_told(&p, 3, 50 * MS, 1500 * MS, &r));
	assert_true(media_probe_told(&p, 3, 50 * MS, 1600 * MS, &r));
	assert_int_equal(r.bps, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(sent_packets_are_found_by_number),
	        cmocka_unit_test(sent_packets_are_forgotten),
	        cmocka_unit_test(packets_that_feedback_passed),
	        cmocka_unit_test(bursts_are_paired),
	        cmocka_unit_test(what_comes_at_once_is_one_burst),
	        cmocka_unit_test(the_slope_is_that_of_the_delay),
	        cmocka_unit_test(over_use_must_last_and_the_queue_stand),
	        cmocka_unit_test(the_threshold_adapts),
	        cmocka_unit_test(what_arrives_is_a_rate),
	        cmocka_unit_test(the_rate_goes_up_by_little_and_down_at_once),
	        cmocka_unit_test(losses_bound_the_rate),
	        cmocka_unit_test(a_line_that_always_loses_is_not_bound),
	        cmocka_unit_test(probes_measure),
	        cmocka_unit_test(a_probe_that_nobody_tells_of_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
