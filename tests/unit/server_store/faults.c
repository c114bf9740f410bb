/* A disk that fails or is full under the store's writer, at every call in turn: each error is of the kind that the
 * writer promises, and what was answered is there after the next start. */
#include "desk.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "sale.h"

static size_t calls_of_a_sale(struct desk *d, enum vfs_call call, size_t *before)
{
	vfs_restore(d->market);
	desk_open(d);
	*before = vfs_count(call);
	struct run run = desk_sell(d, 0);
	assert_int_equal(run.error, 0);
	size_t after = vfs_count(call);
	desk_close(d);
	return after;
}

/* The process ends at once, without closing anything; then comes the next. */
static void end_and_start(struct desk *d, enum vfs_survival survival)
{
	vfs_cut_at(vfs_changes() + 1);
	desk_close(d);
	vfs_power_on(survival, 0);
	desk_open(d);
}

/* Has the n-th call of a kind fail, which ends the server or not; afterwards there is a start, every other time after a
 * power cut. */
static struct run fail_at(struct desk *d, enum vfs_call call, size_t nth, int error)
{
	vfs_restore(d->market);
	desk_open(d);
	vfs_fail(call, nth, error);
	struct run run = desk_sell(d, 0);
	assert_true(vfs_has_failed());
	enum vfs_survival survival = nth % 2 ? VFS_NOTHING : VFS_EVERYTHING;
	end_and_start(d, survival);
	size_t there = desk_steps(d);
	desk_expect_nothing_lost(d, nth, survival, (uint64_t)call, &run, there);
	if (nth % 8 < 2)
		desk_expect_to_go_on(d, there);
	desk_close(d);
	return run;
}

static size_t fail_everywhere(struct desk *d, enum vfs_call call, int error, int expected)
{
	size_t before, all = calls_of_a_sale(d, call, &before), met = 0;
	for (size_t nth = before + 1; nth <= all; nth++) {
		struct run run = fail_at(d, call, nth, error);
		if (run.error != 0 && run.error != expected)
			fail_msg("call %d, number %zu: %d", call, nth, run.error);
		met += run.error != 0 || run.refused > 0;
	}
	return met;
}

static void test_a_disk_that_fails_ends_the_sale(void **state)
{
	assert_true(fail_everywhere(*state, VFS_WRITE, EIO, -EIO) > 0);
	assert_true(fail_everywhere(*state, VFS_SYNC, EIO, -EIO) > 0);
	assert_true(fail_everywhere(*state, VFS_SYNC, ENOSPC, -EIO) > 0); /* what was to be synced is unknown */
	assert_true(fail_everywhere(*state, VFS_SHM_LOCK, EIO, -EIO) > 0);
	fail_everywhere(*state, VFS_READ, EIO, -EIO);
	fail_everywhere(*state, VFS_TRUNCATE, EIO, -EIO);
	fail_everywhere(*state, VFS_SIZE, EIO, -EIO);
	fail_everywhere(*state, VFS_SHM_MAP, EIO, -EIO);
}

static void test_a_full_disk_refuses_and_goes_on(void **state)
{
	assert_true(fail_everywhere(*state, VFS_WRITE, ENOSPC, 0) > 0);
}

/* What a failed sync left in the system's memory looks well after the restart, but is not on the disk, and no later
 * sync brings it there. So the start must not build on it. */
static void test_a_failed_sync_is_not_believed_after_the_restart(void **state)
{
	struct desk *d = *state;
	size_t before, all = calls_of_a_sale(d, VFS_SYNC, &before);
	for (size_t nth = before + 1; nth <= all; nth++) {
		vfs_restore(d->market);
		desk_open(d);
		vfs_fail(VFS_SYNC, nth, EIO);
		assert_int_equal(desk_sell(d, 0).error, -EIO);
		end_and_start(d, VFS_EVERYTHING);
		struct run run = {.answered = desk_steps(d)};
		if (run.answered < sale_steps) {
			assert_int_equal(desk_step(d, run.answered, &run.in_doubt), 0);
			run = (struct run){.answered = run.answered + 1};
		}
		end_and_start(d, VFS_NOTHING);
		desk_expect_nothing_lost(d, nth, VFS_NOTHING, 0, &run, desk_steps(d));
		desk_close(d);
	}
}

static void test_opening_fails_with_a_reason(void **state)
{
	static const enum vfs_call calls[] = {VFS_OPEN, VFS_READ,   VFS_WRITE,  VFS_SYNC,
	                                      VFS_SIZE, VFS_ACCESS, VFS_SHM_MAP};
	struct desk *d = *state;
	for (size_t i = 0; i < G_N_ELEMENTS(calls); i++)
		for (size_t nth = 1;; nth++) {
			vfs_restore(d->market);
			vfs_fail(calls[i], nth, EIO);
			int error = store_open(d->f->dir, d->f->why, sizeof(d->f->why), &d->f->store);
			bool failed = vfs_has_failed();
			vfs_fail(calls[i], 0, 0);
			if (error) {
				assert_true(error == -EIO || error == -EACCES);
				assert_non_null(strstr(d->f->why, d->f->db));
				d->f->store = NULL;
				desk_open(d); /* and the next start is as good as ever */
			}
			assert_int_equal(desk_steps(d), 0);
			desk_close(d);
			if (!failed)
				break;
		}
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, desk_set_up, desk_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_a_disk_that_fails_ends_the_sale),
	        TEST(test_a_full_disk_refuses_and_goes_on),
	        TEST(test_a_failed_sync_is_not_believed_after_the_restart),
	        TEST(test_opening_fails_with_a_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
