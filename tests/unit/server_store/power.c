/* Power cuts under the store's writer, at every point in turn: what was answered is never lost, and what was not is
 * there whole or not at all. */
#include "desk.h"

#include <stdlib.h>

#include "sale.h"

static uint64_t rounds = 1; /* of what goes by dice; the program's argument */

/* Lets the power go at a change, and looks what is there afterwards.
 * @return false: the sale was over before. */
static bool cut(struct desk *d, size_t change, enum vfs_survival survival, uint64_t seed, struct run *run,
                size_t *there)
{
	vfs_restore(d->market);
	desk_open(d);
	vfs_cut_at(change);
	*run = desk_sell(d, 0);
	bool down = vfs_is_down();
	desk_close(d);
	vfs_power_on(survival, seed);
	desk_open(d);
	*there = desk_steps(d);
	return down;
}

static size_t cut_everywhere(struct desk *d, enum vfs_survival survival, uint64_t seed)
{
	size_t change = 1, there;
	struct run run;
	for (; cut(d, change, survival, seed + change, &run, &there); change++) {
		desk_expect_nothing_lost(d, change, survival, seed + change, &run, there);
		if (change % 8 == 0)
			desk_expect_to_go_on(d, there);
		desk_close(d);
	}
	desk_close(d);
	assert_int_equal(run.answered, sale_steps);
	return change;
}

static void test_power_cuts_that_lose_all_that_was_not_synced(void **state)
{
	size_t changes = cut_everywhere(*state, VFS_NOTHING, 0);
	assert_true(changes > 10 * sale_steps); /* there was something to cut */
}

static void test_kills_that_lose_nothing(void **state)
{
	cut_everywhere(*state, VFS_EVERYTHING, 0);
}

static void test_power_cuts_that_tear_sectors(void **state)
{
	for (uint64_t round = 0; round < rounds; round++)
		cut_everywhere(*state, VFS_SOME, 1 + round * 1000000);
}

static void test_power_cuts_in_the_middle_of_a_write(void **state)
{
	for (uint64_t round = 0; round < rounds; round++)
		cut_everywhere(*state, VFS_PREFIX, 1 + round * 1000000);
}

static void test_power_cuts_in_a_log_that_is_written_over(void **state)
{
	struct desk *d = *state;
	d->reserved = 262144;
	cut_everywhere(d, VFS_NOTHING, 0);
	cut_everywhere(d, VFS_SOME, 1);
	cut_everywhere(d, VFS_PREFIX, 1);
}

/* What the tests above would find: without the sync of each commit, answered claims are lost. */
static void test_a_lazier_setting_is_caught(void **state)
{
	struct desk *d = *state;
	size_t change = 1, there, lost = 0, halves = 0;
	struct run run;
	d->pragma = "PRAGMA synchronous = NORMAL";
	for (; cut(d, change, VFS_NOTHING, 0, &run, &there); change++) {
		lost += there < run.answered;
		halves += there == SIZE_MAX;
		desk_close(d);
	}
	desk_close(d);
	assert_true(lost > change / 2);
	assert_int_equal(halves, 0); /* it is still a database */
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, desk_set_up, desk_tear_down)

int main(int argc, char **argv)
{
	if (argc > 1)
		rounds = strtoull(argv[1], NULL, 10);
	const struct CMUnitTest tests[] = {
	        TEST(test_power_cuts_that_lose_all_that_was_not_synced),
	        TEST(test_kills_that_lose_nothing),
	        TEST(test_power_cuts_that_tear_sectors),
	        TEST(test_power_cuts_in_the_middle_of_a_write),
	        TEST(test_power_cuts_in_a_log_that_is_written_over),
	        TEST(test_a_lazier_setting_is_caught),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
