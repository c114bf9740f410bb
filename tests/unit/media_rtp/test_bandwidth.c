#include "check.h"

#include <errno.h>

#include "bottleneck.h"
#include "rtp/rtp.h"

static struct bottleneck l;

static void in_range(int64_t bps, int64_t least, int64_t most)
{
	if (bps < least || bps > most)
		fail_msg("%lld is not within %lld and %lld bit/s", (long long)bps, (long long)least, (long long)most);
}

static void size_per_viewer(void **state)
{
	assert_true(sizeof(struct media_bandwidth) <= 3072);
}

static void nothing_is_known_before_feedback(void **state)
{
	bottleneck_init(&l, 2000000, 1);
	l.feedback_loss_pc = 100;
	bottleneck_run(&l, 5000);
	assert_int_equal(bottleneck_bps(&l), 0);
}

/** A sender that sends what the estimate says: it finds the capacity and stays near it, with hardly a queue. */
static void converges_from_below(void **state)
{
	static const int64_t capacities[] = {500000, 2000000, 8000000};
	for (size_t i = 0; i < 3; i++) {
		int64_t least, most;
		bottleneck_init(&l, capacities[i], 7 + i);
		media_bandwidth_want(&l.b, 2 * capacities[i]);
		bottleneck_run(&l, 15000);
		l.longest_queue_us = 0;
		bottleneck_range(&l, 30000, &least, &most);
		in_range(least, capacities[i] * 78 / 100, capacities[i]);
		in_range(most, capacities[i] * 9 / 10, capacities[i] * 115 / 100);
		in_range(l.longest_queue_us, 0, 250000);
		assert_int_equal(l.lost, 0);
	}
}

/** The same without probes: slower, by a constant factor. */
static void converges_without_probes(void **state)
{
	int64_t least, most;
	bottleneck_init(&l, 2000000, 3);
	bottleneck_run(&l, 25000);
	bottleneck_range(&l, 30000, &least, &most);
	in_range(least, 1600000, 2000000);
	in_range(most, 1800000, 2300000);
	assert_int_equal(l.padding_bytes, 0);
}

static void converges_from_above(void **state)
{
	int64_t least, most;
	bottleneck_init(&l, 1000000, 4);
	l.start_bps = 5000000;
	bottleneck_run(&l, 2000);
	in_range(bottleneck_bps(&l), 500000, 1000000);
	bottleneck_run(&l, 8000);
	bottleneck_range(&l, 20000, &least, &most);
	in_range(least, 780000, 1000000);
	in_range(most, 900000, 1150000);
}

static void drops_quickly_and_recovers(void **state)
{
	bottleneck_init(&l, 5000000, 5);
	media_bandwidth_want(&l.b, 8000000);
	bottleneck_run(&l, 15000);
	in_range(bottleneck_bps(&l), 4000000, 5700000);
	l.capacity_bps = 1000000;
	bottleneck_run(&l, 1500);
	in_range(bottleneck_bps(&l), 400000, 1000000);
	bottleneck_run(&l, 15000);
	in_range(bottleneck_bps(&l), 780000, 1150000);
	l.capacity_bps = 5000000;
	bottleneck_run(&l, 25000);
	in_range(bottleneck_bps(&l), 4000000, 5700000);
}

/** What is lost at random is no congestion. */
static void random_loss_does_not_starve(void **state)
{
	int64_t least, most;
	bottleneck_init(&l, 3000000, 6);
	l.loss_pc = 5;
	media_bandwidth_want(&l.b, 4000000);
	bottleneck_run(&l, 15000);
	bottleneck_range(&l, 30000, &least, &most);
	in_range(least, 2100000, 3300000);
	in_range(most, 2600000, 3500000);
}

/** A line that drops what is too much for it, without a queue to speak of. */
static void losses_of_a_policer_are_congestion(void **state)
{
	bottleneck_init(&l, 1500000, 7);
	l.queue_us = 40000;
	l.start_bps = 3000000;
	bottleneck_run(&l, 5000);
	in_range(bottleneck_bps(&l), 800000, 1800000);
	bottleneck_run(&l, 20000);
	in_range(bottleneck_bps(&l), 800000, 1800000);
}

static void drifting_clocks_do_not_matter(void **state)
{
	static const int drifts[] = {-500, -50, 50, 500};
	for (size_t i = 0; i < 4; i++) {
		int64_t least, most;
		bottleneck_init(&l, 2000000, 8);
		l.drift_ppm = drifts[i];
		media_bandwidth_want(&l.b, 4000000);
		bottleneck_run(&l, 15000);
		bottleneck_range(&l, 20000, &least, &most);
		in_range(least, 1560000, 2000000);
		in_range(most, 1800000, 2300000);
	}
}

static void jitter_does_not_matter_much(void **state)
{
	int64_t least, most;
	bottleneck_init(&l, 4000000, 9);
	l.jitter_us = 30000;
	media_bandwidth_want(&l.b, 6000000);
	bottleneck_run(&l, 20000);
	bottleneck_range(&l, 20000, &least, &most);
	in_range(least, 2600000, 4000000);
	in_range(most, 3400000, 4900000);
}

/** Lost, twice, late, out of order. */
static void bad_feedback_is_put_up_with(void **state)
{
	int64_t least, most;
	bottleneck_init(&l, 2000000, 10);
	l.feedback_loss_pc = l.feedback_twice_pc = l.feedback_late_pc = 20;
	media_bandwidth_want(&l.b, 4000000);
	bottleneck_run(&l, 15000);
	bottleneck_range(&l, 30000, &least, &most);
	in_range(least, 1300000, 2000000);
	in_range(most, 1700000, 2500000);
}

/** The receiver's reference time rolls over (24 bits of 64 ms), and so do the packets' numbers, while all goes on. */
static void everything_wraps(void **state)
{
	int64_t least, most;
	bottleneck_init(&l, 2000000, 11);
	l.clock_us = (INT64_C(1) << 24) * 64000 - l.now_us - 20000000;
	l.b.sent.next = 65000;
	media_bandwidth_want(&l.b, 4000000);
	bottleneck_run(&l, 15000);
	assert_true(l.b.sent.next < 65000);
	bottleneck_range(&l, 20000, &least, &most);
	in_range(least, 1560000, 2000000);
	in_range(most, 1800000, 2300000);
}

/** Somebody sets the receiver's clock. */
static void a_jump_of_the_clock_is_no_queue(void **state)
{
	int64_t least, most;
	bottleneck_init(&l, 2000000, 12);
	media_bandwidth_want(&l.b, 4000000);
	bottleneck_run(&l, 15000);
	l.clock_us += 60000000;
	bottleneck_range(&l, 5000, &least, &most);
	in_range(least, 1560000, 2000000);
	l.clock_us += INT64_C(600000000);
	bottleneck_range(&l, 5000, &least, &most);
	in_range(least, 1560000, 2000000);
	in_range(most, 1700000, 2300000);
}

/** Video of 2.5 Mb/s with a keyframe of eight times a frame's size every 4 s: on a line of 4 Mb/s each is a queue of
 * 170 ms, and shows what the line can carry rather than that it cannot. */
static void keyframes_do_not_look_like_congestion(void **state)
{
	int64_t least, most;
	bottleneck_init(&l, 4000000, 13);
	l.fixed_bps = 2500000;
	l.key_every = 120;
	l.key_size = 8;
	bottleneck_run(&l, 10000);
	bottleneck_range(&l, 60000, &least, &most);
	in_range(least, 2700000, 4000000);
	in_range(most, 3000000, 4400000);
}

/** A small layer is sent over a fast line. Nothing shows how fast it is but probes, and they stop once it is enough. */
static void a_better_layer_is_probed_for(void **state)
{
	bottleneck_init(&l, 50000000, 14);
	l.fixed_bps = 500000;
	bottleneck_run(&l, 20000);
	in_range(bottleneck_bps(&l), 500000, 1000000);
	assert_int_equal(l.padding_bytes, 0);
	media_bandwidth_want(&l.b, 3000000);
	bottleneck_run(&l, 1500);
	in_range(bottleneck_bps(&l), 3000000, 4500000);
	int64_t padding = l.padding_bytes;
	in_range(padding, 1, 40000);
	bottleneck_run(&l, 20000);
	assert_int_equal(l.padding_bytes, padding);
}

/** A line that cannot carry it shows its capacity, and is not probed all the time. */
static void probes_stop_at_the_capacity(void **state)
{
	bottleneck_init(&l, 1500000, 15);
	l.fixed_bps = 500000;
	media_bandwidth_want(&l.b, 3000000);
	bottleneck_run(&l, 10000);
	in_range(bottleneck_bps(&l), 1100000, 1600000);
	l.padding_bytes = 0;
	bottleneck_run(&l, 60000);
	in_range(bottleneck_bps(&l), 1100000, 1600000);
	in_range(l.padding_bytes, 1, 60000);
}

/** Media sent faster than it came, as one who joins is sent, says what a probe would say. */
static void media_can_be_the_probe(void **state)
{
	bottleneck_init(&l, 6000000, 16);
	l.fixed_bps = 1000000;
	l.next_frame_us += 300000;
	media_bandwidth_probe_with(&l.b, 100000, l.now_us);
	for (int i = 0; i < 12; i++) {
		for (int k = 0; k < 10; k++)
			bottleneck_send(&l, 1200);
		bottleneck_run(&l, 10);
	}
	bottleneck_run(&l, 180);
	in_range(bottleneck_bps(&l), 5000000, 6300000);
	assert_int_equal(l.padding_bytes, 0);
}

/** Nothing gets through for five seconds: the estimate sinks, and is back soon after the line. */
static void a_blackout_is_noticed_and_forgotten(void **state)
{
	bottleneck_init(&l, 5000000, 17);
	l.fixed_bps = 1500000;
	media_bandwidth_want(&l.b, 3000000);
	bottleneck_run(&l, 10000);
	in_range(bottleneck_bps(&l), 3000000, 5500000);
	l.dead = true;
	bottleneck_run(&l, 5000);
	in_range(bottleneck_bps(&l), MEDIA_AIMD_LEAST_BPS, 1000000);
	l.dead = false;
	bottleneck_run(&l, 3000);
	in_range(bottleneck_bps(&l), 2500000, 5500000);
}

/** Nothing is sent for a while, so nothing is told: that is no reason to sink. */
static void a_pause_is_no_blackout(void **state)
{
	bottleneck_init(&l, 5000000, 18);
	l.fixed_bps = 1500000;
	bottleneck_run(&l, 10000);
	int64_t before = bottleneck_bps(&l);
	l.next_frame_us += 30000000;
	bottleneck_run(&l, 35000);
	in_range(bottleneck_bps(&l), before * 9 / 10, before * 3 / 2);
}

static void what_the_receiver_says_is_a_bound(void **state)
{
	bottleneck_init(&l, 5000000, 19);
	media_bandwidth_limit(&l.b, 700000);
	assert_int_equal(bottleneck_bps(&l), 700000);
	bottleneck_run(&l, 10000);
	in_range(bottleneck_bps(&l), 600000, 700000);
}

/** Feedback about packets that were never sent, or long ago, changes nothing. */
static void lies_about_unknown_packets(void **state)
{
	static uint8_t body[] = {0, 0, 0, 1, 0, 0, 0, 2, 0x40, 0, 0x07, 0xFF, 0, 0, 1, 0, 0x07, 0xFF, 0, 0};
	struct media_rtcp p = {.type = MEDIA_RTCP_RTPFB, .count = MEDIA_RTPFB_TWCC, .body = body, .len = sizeof body};
	static struct media_bandwidth before;
	bottleneck_init(&l, 2000000, 20);
	bottleneck_run(&l, 5000);
	before = l.b;
	assert_int_equal(media_bandwidth_feedback(&l.b, &p, l.now_us), 0);
	assert_int_equal(media_bandwidth_bps(&l.b), media_bandwidth_bps(&before));
	assert_memory_equal(&l.b.loss, &before.loss, sizeof before.loss);
	assert_memory_equal(&l.b.acked, &before.acked, sizeof before.acked);
	body[11] = 0xFE; /* fewer than the run holds is well-formed, more than can be told of is not */
	assert_int_equal(media_bandwidth_feedback(&l.b, &p, l.now_us), 0);
	media_put16(body + 10, MEDIA_TWCC_READ_MAX + 1);
	assert_int_equal(media_bandwidth_feedback(&l.b, &p, l.now_us), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(size_per_viewer),
	        cmocka_unit_test(nothing_is_known_before_feedback),
	        cmocka_unit_test(converges_from_below),
	        cmocka_unit_test(converges_without_probes),
	        cmocka_unit_test(converges_from_above),
	        cmocka_unit_test(drops_quickly_and_recovers),
	        cmocka_unit_test(random_loss_does_not_starve),
	        cmocka_unit_test(losses_of_a_policer_are_congestion),
	        cmocka_unit_test(drifting_clocks_do_not_matter),
	        cmocka_unit_test(jitter_does_not_matter_much),
	        cmocka_unit_test(bad_feedback_is_put_up_with),
	        cmocka_unit_test(everything_wraps),
	        cmocka_unit_test(a_jump_of_the_clock_is_no_queue),
	        cmocka_unit_test(keyframes_do_not_look_like_congestion),
	        cmocka_unit_test(a_better_layer_is_probed_for),
	        cmocka_unit_test(probes_stop_at_the_capacity),
	        cmocka_unit_test(media_can_be_the_probe),
	        cmocka_unit_test(a_blackout_is_noticed_and_forgotten),
	        cmocka_unit_test(a_pause_is_no_blackout),
	        cmocka_unit_test(what_the_receiver_says_is_a_bound),
	        cmocka_unit_test(lies_about_unknown_packets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
