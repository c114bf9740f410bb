#include "base/jobs.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define JOBS_MAX_THREADS 64

/* How many may wait in each class: beyond it a caller is told to try later, so that a flood cannot grow memory. */
static const size_t max_waiting[BASE_JOBS_CLASSES] = {
        [BASE_JOBS_READ] = 4096,
        [BASE_JOBS_HASH] = 256,
        [BASE_JOBS_PICTURE] = 64,
        [BASE_JOBS_PROVIDER] = 1024,
};

struct job {
	struct job *next;
	void (*run)(void *arg, void *local);
	void *arg;
};

struct lane {
	struct job *first, **tail;
	size_t waiting, running, max_running;
};

struct base_jobs {
	struct base_jobs_hooks hooks; /* constant */

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	struct lane lanes[BASE_JOBS_CLASSES];
	unsigned next_lane; /* where to look first, so that no class starves another */
	bool stopping;

	size_t thread_count;
	pthread_t threads[JOBS_MAX_THREADS];
};

/* The next job that may run now, or NULL. Caller holds the lock. */
static struct job *take(struct base_jobs *jobs, struct lane **from)
{
	for (unsigned i = 0; i < BASE_JOBS_CLASSES; i++) {
		struct lane *lane = &jobs->lanes[(jobs->next_lane + i) % BASE_JOBS_CLASSES];
		struct job *job = lane->first;

		if (!job || lane->running >= lane->max_running)
			continue;
		lane->first = job->next;
		if (!lane->first)
			lane->tail = &lane->first;
		lane->waiting--;
		lane->running++;
		jobs->next_lane = (jobs->next_lane + i + 1) % BASE_JOBS_CLASSES;
		*from = lane;
		return job;
	}
	return NULL;
}

static bool all_empty(const struct base_jobs *jobs)
{
	for (int i = 0; i < BASE_JOBS_CLASSES; i++)
		if (jobs->lanes[i].waiting > 0)
			return false;
	return true;
}

static void *worker(void *arg)
{
	struct base_jobs *jobs = arg;
	void *local = jobs->hooks.thread_start ? jobs->hooks.thread_start(jobs->hooks.ctx) : NULL;
	struct lane *lane;
	struct job *job;

	pthread_mutex_lock(&jobs->lock);
	for (;;) {
		while (!(job = take(jobs, &lane)) && !(jobs->stopping && all_empty(jobs)))
			pthread_cond_wait(&jobs->changed, &jobs->lock);
		if (!job)
			break;
		pthread_mutex_unlock(&jobs->lock);
		job->run(job->arg, local);
		free(job);
		pthread_mutex_lock(&jobs->lock);
		/* A class at its limit may have been what others were waiting for. */
		if (lane->running-- == lane->max_running || jobs->stopping)
			pthread_cond_broadcast(&jobs->changed);
	}
	pthread_mutex_unlock(&jobs->lock);
	if (jobs->hooks.thread_stop)
		jobs->hooks.thread_stop(local);
	return NULL;
}

int base_jobs_create(size_t threads, const struct base_jobs_hooks *hooks, struct base_jobs **out)
{
	if (threads < 1 || threads > JOBS_MAX_THREADS)
		return -EINVAL;
	struct base_jobs *jobs = calloc(1, sizeof *jobs);
	if (!jobs)
		return -ENOMEM;
	if (hooks)
		jobs->hooks = *hooks;
	pthread_mutex_init(&jobs->lock, NULL);
	pthread_cond_init(&jobs->changed, NULL);
	for (int i = 0; i < BASE_JOBS_CLASSES; i++) {
		jobs->lanes[i].tail = &jobs->lanes[i].first;
		jobs->lanes[i].max_running = threads;
	}
	jobs->lanes[BASE_JOBS_HASH].max_running = threads > 1 ? threads / 2 : 1;
	jobs->lanes[BASE_JOBS_PICTURE].max_running = threads > 3 ? threads / 4 : 1;
	for (; jobs->thread_count < threads; jobs->thread_count++) {
		int err = pthread_create(&jobs->threads[jobs->thread_count], NULL, worker, jobs);
		if (err) {
			base_jobs_destroy(jobs);
			return -err;
		}
	}
	*out = jobs;
	return 0;
}

int base_jobs_submit(struct base_jobs *jobs, enum base_jobs_class class, void (*run)(void *arg, void *local), void *arg)
{
	struct lane *lane = &jobs->lanes[class];
	struct job *job = malloc(sizeof *job);

	if (!job)
		return -EAGAIN;
	*job = (struct job){.run = run, .arg = arg};
	pthread_mutex_lock(&jobs->lock);
	if (lane->waiting >= max_waiting[class]) {
		pthread_mutex_unlock(&jobs->lock);
		free(job);
		return -EAGAIN;
	}
	*lane->tail = job;
	lane->tail = &job->next;
	lane->waiting++;
	pthread_cond_signal(&jobs->changed);
	pthread_mutex_unlock(&jobs->lock);
	return 0;
}

void base_jobs_destroy(struct base_jobs *jobs)
{
	if (!jobs)
		return;
	pthread_mutex_lock(&jobs->lock);
	jobs->stopping = true;
	pthread_cond_broadcast(&jobs->changed);
	pthread_mutex_unlock(&jobs->lock);
	for (size_t i = 0; i < jobs->thread_count; i++)
		pthread_join(jobs->threads[i], NULL);
	pthread_cond_destroy(&jobs->changed);
	pthread_mutex_destroy(&jobs->lock);
	free(jobs);
}
