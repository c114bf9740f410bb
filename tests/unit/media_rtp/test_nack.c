#include "check.h"

#include "rtp/nack.h"

static struct media_nack nack;
static int64_t gap, rtt;
static bool overrun, given_up;
static uint16_t seqs[MEDIA_NACK_MAX];

static int setup(void **state)
{
	memset(&nack, 0, sizeof nack);
	return 0;
}

static enum media_nack_result note(int64_t ext, int64_t now)
{
	return media_nack_note(&nack, ext, now, &gap, &rtt, &overrun);
}

static size_t due(int64_t now, int64_t round_trip)
{
	return media_nack_due(&nack, now, round_trip, seqs, MEDIA_NACK_MAX, &given_up);
}

static void order_needs_nothing(void **state)
{
	for (int64_t i = 0; i < 100; i++)
		assert_int_equal(note(65500 + i, i * 1000), MEDIA_NACK_IN_ORDER);
	assert_int_equal(due(1000000, 0), 0);
}

static void a_gap_is_asked_for_after_a_moment(void **state)
{
	note(100, 0);
	assert_int_equal(note(103, 0), MEDIA_NACK_GAP);
	assert_int_equal(gap, 2);
	assert_int_equal(due(MEDIA_NACK_WAIT_US - 1, 0), 0);
	assert_int_equal(due(MEDIA_NACK_WAIT_US, 0), 2);
	assert_int_equal(seqs[0], 101);
	assert_int_equal(seqs[1], 102);
}

static void reordering_is_no_loss(void **state)
{
	note(100, 0);
	note(102, 0);
	assert_int_equal(note(101, 1000), MEDIA_NACK_LATE);
	assert_int_equal(due(1000000, 0), 0);
	assert_int_equal(note(101, 2000), MEDIA_NACK_UNKNOWN);
}

static void asks_again_after_a_round_trip(void **state)
{
	note(100, 0);
	note(102, 0);
	assert_int_equal(due(10000, 80000), 1);
	assert_int_equal(due(10000 + 79999, 80000), 0);
	assert_int_equal(due(10000 + 80000, 80000), 1);
	/* a round trip of nothing still leaves a pause */
	assert_int_equal(due(90000 + MEDIA_NACK_MIN_INTERVAL_US - 1, 0), 0);
	assert_int_equal(due(90000 + MEDIA_NACK_MIN_INTERVAL_US, 0), 1);
}

static void a_repair_measures_the_round_trip_if_asked_once(void **state)
{
	note(100, 0);
	note(103, 0);
	due(10000, 0);
	assert_int_equal(note(101, 52000), MEDIA_NACK_REPAIRED);
	assert_int_equal(rtt, 42000);
	due(60000, 0);
	assert_int_equal(note(102, 70000), MEDIA_NACK_REPAIRED);
	assert_int_equal(rtt, 0);
	assert_int_equal(nack.count, 0);
}

static void gives_up_after_its_retries(void **state)
{
	int64_t now = 10000;
	int asked = 0;
	note(100, 0);
	note(102, 0);
	for (; nack.count && now < 10000000; now += MEDIA_NACK_MIN_INTERVAL_US)
		asked += (int)due(now, 0);
	assert_int_equal(asked, MEDIA_NACK_RETRIES);
	assert_true(given_up);
}

static void gives_up_with_age(void **state)
{
	note(100, 0);
	note(102, 0);
	assert_int_equal(due(MEDIA_NACK_MAX_AGE_US + 1, 500000), 0);
	assert_true(given_up);
	assert_int_equal(nack.count, 0);
}

static void too_many_missing_is_beyond_repair(void **state)
{
	note(100, 0);
	note(100 + MEDIA_NACK_MAX + 2, 0);
	assert_true(overrun);
	assert_int_equal(nack.count, 0);
	/* exactly as many as fit are kept */
	note(nack.highest + MEDIA_NACK_MAX + 1, 0);
	assert_false(overrun);
	assert_int_equal(nack.count, MEDIA_NACK_MAX);
}

static void what_does_not_fit_into_one_request_comes_next(void **state)
{
	note(100, 0);
	note(111, 0);
	assert_int_equal(media_nack_due(&nack, 10000, 0, seqs, 4, &given_up), 4);
	assert_int_equal(media_nack_due(&nack, 10000, 0, seqs, 4, &given_up), 4);
	assert_int_equal(seqs[0], 105);
	assert_int_equal(media_nack_due(&nack, 10000, 0, seqs, 4, &given_up), 2);
}

static void tells_what_is_missing(void **state)
{
	assert_false(media_nack_misses(&nack, 100));
	note(100, 0);
	note(104, 0);
	note(106, 0);
	note(102, 0);
	static const bool missing[] = {false, false, true, false, true, false, true, false, false};
	for (int64_t i = 0; i < 9; i++)
		assert_int_equal(media_nack_misses(&nack, 99 + i), missing[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(order_needs_nothing, setup),
	        cmocka_unit_test_setup(a_gap_is_asked_for_after_a_moment, setup),
	        cmocka_unit_test_setup(reordering_is_no_loss, setup),
	        cmocka_unit_test_setup(asks_again_after_a_round_trip, setup),
	        cmocka_unit_test_setup(a_repair_measures_the_round_trip_if_asked_once, setup),
	        cmocka_unit_test_setup(gives_up_after_its_retries, setup),
	        cmocka_unit_test_setup(gives_up_with_age, setup),
	        cmocka_unit_test_setup(too_many_missing_is_beyond_repair, setup),
	        cmocka_unit_test_setup(tells_what_is_missing, setup),
	        cmocka_unit_test_setup(what_does_not_fit_into_one_request_comes_next, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
