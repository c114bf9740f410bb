/* What the files of recordings share: the thread and its news (recordings.c), what is found, closed and removed
 * (recordings_keep.c), clips (recordings_clips.c). */
#ifndef TRUNKSHOW_RECORDINGS_PRIVATE_H
#define TRUNKSHOW_RECORDINGS_PRIVATE_H

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "api/replays.h"
#include "recordings.h"
#include "store/store.h"

enum recordings_news {
	RECORDINGS_BEGUN,
	RECORDINGS_FULL,
	RECORDINGS_FEATURED, /**< something else is featured, or nothing */
	RECORDINGS_ENDED,    /**< the show has */
	RECORDINGS_REMOVED
};

enum recordings_task { RECORDINGS_BEGIN, RECORDINGS_STOP, RECORDINGS_CLOSE, RECORDINGS_CUT, RECORDINGS_REMOVE };

struct recordings_due {
	enum recordings_task task;
	struct base_id show;
	int64_t us; /**< monotonic */
};

/** A show that is not recorded any more. */
struct recordings_full {
	struct recordings_full *next;
	struct base_id show;
};

struct recordings {
	/* constant */
	const struct base_settings *settings;
	void (*stop)(const char *show, void *ctx);
	void *ctx;
	struct base_mailbox *box;

	/* any thread */
	atomic_bool stopping;
	pthread_mutex_t lock;
	struct recordings_full *full; /**< guarded */

	/* the creator's */
	bool runs;
	pthread_t thread;

	/* the thread's own */
	struct show_controller *controller;
	struct store_reader *reader;
	GArray *due;    /**< struct recordings_due */
	GArray *on_air; /**< struct base_id, of the shows whose recording is open */
	int64_t watch_us, sweep_us;
	struct {
		pid_t pid; /**< 0: nothing is cut */
		struct store_clip clip;
		int64_t until_us;
	} cutter;
};

void recordings_take(struct recordings *recordings, enum recordings_news news, struct base_id show);
/** Have a task done then; once for a show, at the latest of the times given. */
void recordings_plan(struct recordings *recordings, enum recordings_task task, struct base_id show, int64_t us);
void recordings_off_air(struct recordings *recordings, struct base_id show);
/** @return false: it could not be stored now. */
bool recordings_put(struct recordings *recordings, const struct store_recording *recording);
bool recordings_has_room(const struct base_settings *settings);

/* recordings_keep.c */
void recordings_find_work(struct recordings *recordings); /**< what an earlier process left */
/** The show is over: what its journal names is what there is. @return false: later. */
bool recordings_close(struct recordings *recordings, struct base_id show);
void recordings_sweep(struct recordings *recordings); /**< by age, by size */
void recordings_remove_files(struct recordings *recordings, struct base_id show);

/* recordings_clips.c */
/** Begin with the next clip of a show. @return 0; -EBUSY one is being cut; -ENOENT there is none; -errno. */
int recordings_cut(struct recordings *recordings, struct base_id show);
bool recordings_is_cutting(const struct recordings *recordings);
void recordings_look_after_cutter(struct recordings *recordings);
void recordings_cut_nothing_of(struct recordings *recordings, struct base_id show);
void recordings_stop_cutter(struct recordings *recordings);
/** Remove what a cutter left that was killed. */
void recordings_clear_clips(struct recordings *recordings, struct base_id show);
#endif
