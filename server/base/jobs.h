/* A small pool of threads for calls that block: password hashing, reads of the store, payment providers. */
#ifndef TRUNKSHOW_BASE_JOBS_H
#define TRUNKSHOW_BASE_JOBS_H

#include <stddef.h>

enum base_jobs_class { BASE_JOBS_READ, BASE_JOBS_HASH, BASE_JOBS_PICTURE, BASE_JOBS_PROVIDER, BASE_JOBS_CLASSES };

struct base_jobs;

/** Per-thread state, e.g. a read-only connection of the store. Either hook may be NULL. */
struct base_jobs_hooks {
	void *(*thread_start)(void *ctx); /**< runs first on each pool thread; what it returns is `local` */
	void (*thread_stop)(void *local);
	void *ctx;
};

/** @param threads 1..64. At most half of them (at least one) run BASE_JOBS_HASH at once, so that sign-ins never hold up
 * reads, and a quarter BASE_JOBS_PICTURE, which may take half a minute each.
 *  @return 0; -errno. */
__attribute__((warn_unused_result)) int base_jobs_create(size_t threads, const struct base_jobs_hooks *hooks,
                                                         struct base_jobs **out);

/** Queue run(arg, local). @return 0; -EAGAIN when max_waiting jobs of the class wait already (arg stays the caller's).
 * Thread: any. */
__attribute__((warn_unused_result)) int base_jobs_submit(struct base_jobs *jobs, enum base_jobs_class class,
                                                         void (*run)(void *arg, void *local), void *arg);

/** Finish what is queued, join the threads, free. Accepts NULL. */
void base_jobs_destroy(struct base_jobs *jobs);
#endif
