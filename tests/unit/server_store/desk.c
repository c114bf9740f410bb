#include "desk.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>

#include "sale.h"

#define CHECKPOINT_AFTER 6 /* steps; and another after the last */
#define SETTLE_AFTER 2     /* steps, and again and again */

void desk_open(struct desk *d)
{
	folder_open(d->f);
	store_reserve_log(d->f->store, d->reserved);
	if (d->pragma)
		assert_int_equal(sqlite_connection_execute(&d->f->store->reads.connection, d->pragma), 0);
}

void desk_close(struct desk *d)
{
	store_close(d->f->store);
	d->f->store = NULL;
}

static uint64_t digest(struct desk *d)
{
	uint64_t digest;
	assert_int_equal(sale_digest(d->f->store, &digest), 0);
	return digest;
}

int desk_step(struct desk *d, size_t step, bool *in_doubt)
{
	int error = store_begin(d->f->store);
	if (!error)
		error = sale_step(d->f->store, step);
	*in_doubt = !error;
	return error ? error : store_commit(d->f->store);
}

/* No room: nothing was written, reads go on, and later there may be room again. */
static int make_again(struct desk *d, size_t step, struct run *run)
{
	run->refused++;
	store_rollback(d->f->store);
	assert_true(digest(d) == d->states[step]);
	return desk_step(d, step, &run->in_doubt);
}

static int checkpoint(struct desk *d)
{
	d->f->store->wal_pages = 1 << 20; /* as if it had grown */
	int error = store_checkpoint(d->f->store, false);
	return error == -EIO ? error : 0;
}

/* The last claim stays as it is, for the next start. */
static int settle(struct desk *d)
{
	int settled = store_settle(d->f->store);
	return settled == -EIO ? settled : 0;
}

struct run desk_sell(struct desk *d, size_t from)
{
	struct run run = {.answered = from};
	for (size_t step = from; step < sale_steps && !run.error; step++) {
		run.error = desk_step(d, step, &run.in_doubt);
		if (run.error == -ENOSPC)
			run.error = make_again(d, step, &run);
		if (run.error)
			break;
		run.answered++;
		run.in_doubt = false;
		if (run.answered < sale_steps && run.answered % SETTLE_AFTER == 0)
			run.error = settle(d);
		if (run.error)
			break;
		if (run.answered == CHECKPOINT_AFTER || run.answered == sale_steps)
			run.error = checkpoint(d);
	}
	return run;
}

static int64_t number(struct desk *d, const char *text)
{
	struct sql sql = sql_prepare(&d->f->store->reads.connection, text);
	int64_t value = sql_next(&sql) ? sql_get_int(&sql) : -1;
	assert_int_equal(sql_end(&sql), 0);
	return value;
}

void desk_expect_sound(struct desk *d)
{
	assert_int_equal(number(d, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
	assert_int_equal(sqlite_connection_execute(&d->f->store->reads.connection,
	                                           "INSERT INTO listing_text(listing_text, rank)"
	                                           " VALUES('integrity-check', 1)"),
	                 0);
}

size_t desk_steps(struct desk *d)
{
	uint64_t present = digest(d);
	for (size_t i = 0; i <= sale_steps; i++)
		if (present == d->states[i])
			return i;
	return SIZE_MAX;
}

int desk_set_up(void **state)
{
	struct desk *d = calloc(1, sizeof(*d));
	if (!d || folder_setup((void **)&d->f))
		return -1;
	vfs_install();
	desk_open(d);
	assert_int_equal(store_begin(d->f->store), 0);
	assert_int_equal(sale_open_market(d->f->store), 0);
	assert_int_equal(store_commit(d->f->store), 0);
	desk_close(d);
	d->market = vfs_save();
	desk_open(d);
	d->states[0] = digest(d);
	for (size_t step = 0; step < sale_steps; step++) {
		bool in_doubt;
		assert_int_equal(desk_step(d, step, &in_doubt), 0);
		d->states[step + 1] = digest(d);
		assert_true(d->states[step + 1] != d->states[step]);
	}
	desk_expect_sound(d);
	desk_close(d);
	*state = d;
	return 0;
}

int desk_tear_down(void **state)
{
	struct desk *d = *state;
	desk_close(d);
	vfs_restore(NULL);
	vfs_image_free(d->market);
	vfs_remove();
	folder_teardown((void **)&d->f);
	free(d);
	return 0;
}

void desk_expect_nothing_lost(struct desk *d, size_t change, enum vfs_survival survival, uint64_t seed,
                              const struct run *run, size_t there)
{
	if (there < run->answered || there > run->answered + run->in_doubt)
		fail_msg("cut %zu, survival %d, seed %zu: %zu answered, %zu there", change, survival, (size_t)seed,
		         run->answered, there);
	desk_expect_sound(d);
}

void desk_expect_to_go_on(struct desk *d, size_t there)
{
	struct run rest = desk_sell(d, there);
	assert_int_equal(rest.error, 0);
	desk_close(d);
	vfs_power_on(VFS_NOTHING, 0);
	desk_open(d);
	assert_int_equal(desk_steps(d), sale_steps);
}
