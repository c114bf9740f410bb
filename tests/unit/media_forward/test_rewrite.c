#include "check.h"

#include "forward/rewrite.h"

static struct forward_rewrite r;
static uint16_t seq;
static uint32_t timestamp;

static bool map(uint32_t epoch, int64_t ext, uint32_t ts, int64_t now)
{
	return forward_rewrite_map(&r, epoch, ext, ts, now, &seq, &timestamp);
}

static void starts_where_it_was_told(void **state)
{
	forward_rewrite_init(&r, 0x1234, 777);
	assert_false(map(1, 70000, 90000, 0)); /* not begun */
	forward_rewrite_begin(&r, 1, 70000, 90000, 90000, 0);
	assert_true(map(1, 70000, 90000, 0));
	assert_int_equal(seq, 0x1234);
	assert_int_equal(timestamp, 777);
	assert_true(map(1, 70001, 93000, 33000));
	assert_int_equal(seq, 0x1235);
	assert_int_equal(timestamp, 3777);
}

static void start_is_below_half(void **state)
{
	forward_rewrite_init(&r, 0xFFFF, 0);
	forward_rewrite_begin(&r, 1, 65536, 0, 90000, 0);
	assert_true(map(1, 65536, 0, 0));
	assert_int_equal(seq, 0x7FFF);
}

static void wraps_on_both_sides(void **state)
{
	uint16_t expected = 0x7FF0;
	forward_rewrite_init(&r, expected, 0);
	forward_rewrite_begin(&r, 1, 131000, 0xFFFFFFFF, 90000, 0);
	for (int64_t ext = 131000; ext < 131000 + 70000; ext++, expected++) {
		assert_true(map(1, ext, 0xFFFFFFFFu + (uint32_t)(ext - 131000), ext));
		assert_int_equal(seq, expected);
		assert_int_equal(timestamp, (uint32_t)(ext - 131000));
	}
}

static void gaps_and_reordering_show_through(void **state)
{
	forward_rewrite_init(&r, 100, 0);
	forward_rewrite_begin(&r, 1, 65600, 0, 90000, 0);
	assert_true(map(1, 65600, 0, 0));
	assert_true(map(1, 65605, 0, 0));
	assert_int_equal(seq, 105);
	assert_true(map(1, 65603, 0, 0));
	assert_int_equal(seq, 103);
}

static void older_than_the_start_is_dropped(void **state)
{
	forward_rewrite_init(&r, 100, 0);
	forward_rewrite_begin(&r, 1, 65600, 0, 90000, 0);
	assert_true(map(1, 65600, 0, 0));
	assert_false(map(1, 65599, 0, 0));
	assert_false(map(2, 65601, 0, 0)); /* another source */
}

static void another_host_continues(void **state)
{
	forward_rewrite_init(&r, 100, 5000);
	forward_rewrite_begin(&r, 1, 65600, 1000, 90000, 1000000);
	assert_true(map(1, 65600, 1000, 1000000));
	assert_true(map(1, 65610, 4000, 1100000));
	/* two seconds later, numbers and times from elsewhere */
	forward_rewrite_begin(&r, 2, 99999, 0x80000000, 90000, 3100000);
	assert_true(map(2, 99999, 0x80000000, 3100000));
	assert_int_equal(seq, 111);
	assert_int_equal(timestamp, 5000 + 3000 + 180000);
	assert_false(
	        map(1, 65609, 0, 3100000)); /* the old host's late packet: its number would be free, but it is over */
	assert_false(map(2, 99998, 0, 3100000));
}

static void a_switch_within_a_tick_still_moves_time(void **state)
{
	forward_rewrite_init(&r, 0, 0);
	forward_rewrite_begin(&r, 1, 65536, 0, 48000, 500);
	assert_true(map(1, 65536, 0, 500));
	forward_rewrite_begin(&r, 2, 65536, 77, 48000, 500);
	assert_true(map(2, 65536, 77, 500));
	assert_int_equal(timestamp, 1);
}

/** Whatever hosts do, no number is given twice. */
static void numbers_are_never_given_twice(void **state)
{
	static bool used[4 * 65536];
	int64_t last = -1;
	unsigned seed = 7;
	memset(used, 0, sizeof used);
	forward_rewrite_init(&r, 500, 0);
	for (uint32_t epoch = 1; epoch < 200; epoch++) {
		bool seen[400] = {false};
		seed = seed * 1103515245 + 12345;
		int64_t base = 65536 + (seed >> 8) % 60000;
		forward_rewrite_begin(&r, epoch, base, seed, 90000, epoch);
		for (int i = 0; i < 300; i++) {
			seed = seed * 1103515245 + 12345;
			int64_t ext = base + i + (seed >> 16) % 5 - 2;
			if (ext < base) {
				assert_false(map(epoch, ext, 0, epoch));
				continue;
			}
			/* duplicates are kept away by the track's cache */
			if (seen[ext - base])
				continue;
			seen[ext - base] = true;
			assert_true(map(epoch, ext, 0, epoch));
			int64_t out = last < 0 ? seq : last + (int16_t)(uint16_t)(seq - (uint16_t)last);
			assert_in_range(out, 0, 4 * 65536 - 1);
			assert_false(used[out]);
			used[out] = true;
			last = out > last ? out : last;
		}
	}
}

static void unmaps_what_was_sent(void **state)
{
	int64_t ext;
	forward_rewrite_init(&r, 0x7FFF, 0);
	assert_false(forward_rewrite_unmap(&r, 5, &ext));
	forward_rewrite_begin(&r, 3, 80000, 0, 90000, 0);
	for (int64_t i = 80000; i < 160000; i++)
		assert_true(map(3, i, 0, 0));
	assert_true(forward_rewrite_unmap(&r, seq, &ext));
	assert_int_equal(ext, 159999);
	assert_true(forward_rewrite_unmap(&r, (uint16_t)(seq - 1000), &ext));
	assert_int_equal(ext, 158999);
	forward_rewrite_begin(&r, 4, 70000, 0, 90000, 0);
	assert_true(map(4, 70000, 0, 0));
	assert_true(forward_rewrite_unmap(&r, seq, &ext));
	assert_int_equal(ext, 70000);
	/* the epoch before, for repairs; and none before that */
	const struct forward_mapping *before = forward_rewrite_unmap(&r, (uint16_t)(seq - 1), &ext);
	assert_non_null(before);
	assert_int_equal(before->epoch, 3);
	assert_int_equal(ext, 159999);
	forward_rewrite_begin(&r, 5, 90000, 0, 90000, 0);
	assert_true(map(5, 90000, 0, 0));
	assert_int_equal(forward_rewrite_unmap(&r, (uint16_t)(seq - 1), &ext)->epoch, 4);
	assert_null(forward_rewrite_unmap(&r, (uint16_t)(seq - 2), &ext));
}

static void begins_at_a_time_of_choice(void **state)
{
	struct forward_vp8_offsets none = {0, 0};
	forward_rewrite_init(&r, 100, 5000);
	forward_rewrite_begin(&r, 1, 65600, 1000, 90000, 0);
	assert_true(map(1, 65600, 1000, 0));
	forward_rewrite_begin_at(&r, 2, 80000, 777, 8000, none);
	assert_true(map(2, 80000, 777, 0));
	assert_int_equal(seq, 101);
	assert_int_equal(timestamp, 8000);
	/* never back, and never still */
	forward_rewrite_begin_at(&r, 1, 65700, 1234, 7000, none);
	assert_true(map(1, 65700, 1234, 0));
	assert_int_equal(seq, 102);
	assert_int_equal(timestamp, 8001);
	forward_rewrite_begin_at(&r, 2, 80100, 0, 8001, none);
	assert_true(map(2, 80100, 0, 0));
	assert_int_equal(timestamp, 8002);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(starts_where_it_was_told),
	        cmocka_unit_test(start_is_below_half),
	        cmocka_unit_test(wraps_on_both_sides),
	        cmocka_unit_test(gaps_and_reordering_show_through),
	        cmocka_unit_test(older_than_the_start_is_dropped),
	        cmocka_unit_test(another_host_continues),
	        cmocka_unit_test(a_switch_within_a_tick_still_moves_time),
	        cmocka_unit_test(numbers_are_never_given_twice),
	        cmocka_unit_test(unmaps_what_was_sent),
	        cmocka_unit_test(begins_at_a_time_of_choice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
