/* A sale on a disk that can fail, and what must hold afterwards. */
#ifndef TEST_SERVER_STORE_DESK_H
#define TEST_SERVER_STORE_DESK_H

#include "folder.h"
#include "vfs.h"

#define STEPS_MAX 16

struct desk {
	struct folder *f;
	struct vfs_image *market;
	uint64_t states[STEPS_MAX + 1]; /* what the database is after so many steps */
	const char *pragma;             /* run before the sale; NULL: none */
	int64_t reserved;               /* bytes of the log, written before the sale */
};

/* How far a sale came. */
struct run {
	size_t answered;
	bool in_doubt;  /* a commit was asked for and not answered */
	size_t refused; /* transactions that found no room and were made again */
	int error;      /* that ended it; 0: it went through */
};

/** cmocka set-up and tear-down: *state is a struct desk with an open market on the disk, closed; each state that the
 * sale passes through is known. */
int desk_set_up(void **state);
int desk_tear_down(void **state);

void desk_open(struct desk *d);
void desk_close(struct desk *d);

/** One transaction of the sale. @param in_doubt  its commit was asked for. @return 0 or the writer's error. */
int desk_step(struct desk *d, size_t step, bool *in_doubt);
/** The sale from a step to its end, or to an error that ends the process. */
struct run desk_sell(struct desk *d, size_t from);
/** @return after how many steps the database is; SIZE_MAX: after none, it is half of something. */
size_t desk_steps(struct desk *d);

void desk_expect_sound(struct desk *d);
/** All that was answered is there, and of what was not, at most the one in doubt. */
void desk_expect_nothing_lost(struct desk *d, size_t change, enum vfs_survival survival, uint64_t seed,
                              const struct run *run, size_t there);
/** The shop goes on where it was, and what is answered then lasts as well. */
void desk_expect_to_go_on(struct desk *d, size_t there);
#endif
