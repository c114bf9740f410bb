/* For how long packets are inside. */
#include "forward/latency.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t total(const struct media_histogram *h)
{
	uint64_t sum = 0;
	for (size_t i = 0; i <= MEDIA_HISTOGRAM_BOUNDS; i++)
		sum += h->counts[i];
	return sum;
}

static void each_time_falls_into_the_bucket_whose_bound_holds_it(void **state)
{
	struct media_histogram h = {0};
	for (size_t i = 0; i < MEDIA_HISTOGRAM_BOUNDS; i++) {
		if (i > 0)
			assert_true(media_histogram_bounds_us[i] > media_histogram_bounds_us[i - 1]);
		forward_histogram_note(&h, media_histogram_bounds_us[i]);
		assert_int_equal(h.counts[i], 1);
		forward_histogram_note(&h, media_histogram_bounds_us[i] + 1);
		assert_int_equal(h.counts[i + 1], 1);
		h.counts[i + 1] = 0;
	}
	uint64_t sum = h.sum_us;
	forward_histogram_note(&h, -5); /* a clock that was read in another order */
	assert_int_equal(h.counts[0], 2);
	assert_int_equal(h.sum_us, sum);
}

static void hold_and_pass_make_up_the_whole(void **state)
{
	struct forward_latency latency = {0};
	struct media_stats stats = {0};
	forward_latency_begin(&latency, 1000, 4000);
	forward_latency_begin(&latency, 3990, 4000);
	assert_int_equal(total(&stats.inside), 0); /* not over yet */
	forward_latency_end(&latency, 4500, &stats);
	forward_latency_end(&latency, 9000, &stats); /* a round in which nothing passed */
	assert_int_equal(total(&stats.inside), 2);
	assert_int_equal(stats.inside.sum_us, 3500 + 510);
	assert_int_equal(stats.hold.sum_us, 3000 + 10);
	assert_int_equal(stats.pass.sum_us, 500 + 500);
}

static void a_round_of_very_many_times_the_first(void **state)
{
	struct forward_latency latency = {0};
	struct media_stats stats = {0};
	for (int i = 0; i < 3 * FORWARD_LATENCY_MAX; i++)
		forward_latency_begin(&latency, i, 100000);
	forward_latency_end(&latency, 100001, &stats);
	assert_int_equal(total(&stats.pass), FORWARD_LATENCY_MAX);
	assert_int_equal(stats.pass.sum_us, FORWARD_LATENCY_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_time_falls_into_the_bucket_whose_bound_holds_it),
	        cmocka_unit_test(hold_and_pass_make_up_the_whole),
	        cmocka_unit_test(a_round_of_very_many_times_the_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
