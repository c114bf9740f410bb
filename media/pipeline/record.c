#include "pipeline/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "pipeline/spool.h"

#define MODE 0640
#define FAREWELL_US 1000000

struct job {
	enum package_track track;
	uint32_t number;
	bool init, last;
	uint8_t *data;
	size_t len;
	char *line;
};

struct record {
	const char *folder, *epoch;
	GAsyncQueue *jobs;
	GThread *thread;
	_Atomic int failure;
	_Atomic size_t waiting; /* bytes */
	_Atomic bool done;
	bool told, dead; /* main loop */
	/* the writing thread's */
	int journal;
	struct {
		int fd;
		uint32_t segment;
	} files[PACKAGE_TRACKS];
};

static int open_in(const struct record *r, const char *name, int flags)
{
	char path[4200];
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", r->folder, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, MODE);
	return fd < 0 ? -errno : fd;
}

static int write_init(struct record *r, const struct job *job)
{
	char name[SPOOL_NAME];
	int fd, rc;

	spool_init_name(name, r->epoch, job->track, job->number);
	fd = open_in(r, name, O_TRUNC);
	if (fd < 0)
		return fd;
	rc = spool_write_all(fd, job->data, job->len);
	close(fd);
	return rc;
}

static int write_part(struct record *r, const struct job *job)
{
	char name[SPOOL_NAME];

	if (r->files[job->track].fd < 0 || r->files[job->track].segment != job->number) {
		if (r->files[job->track].fd >= 0)
			close(r->files[job->track].fd);
		spool_segment_name(name, r->epoch, job->track, job->number);
		r->files[job->track].fd = open_in(r, name, O_TRUNC);
		r->files[job->track].segment = job->number;
		if (r->files[job->track].fd < 0)
			return r->files[job->track].fd;
	}
	return spool_write_all(r->files[job->track].fd, job->data, job->len);
}

/** Its last line may be torn: the one before us was killed. */
static int open_journal(const struct record *r)
{
	int fd = open_in(r, "journal", O_APPEND), read_fd;
	char path[4200], last = '\n';
	off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);

	if (end <= 0)
		return fd;
	snprintf(path, sizeof(path), "%s/journal", r->folder);
	read_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (read_fd >= 0) {
		if (pread(read_fd, &last, 1, end - 1) == 1 && last != '\n')
			(void)!write(fd, "\n", 1);
		close(read_fd);
	}
	return fd;
}

static int write_line(struct record *r, const char *line)
{
	if (r->journal < 0)
		r->journal = open_journal(r);
	if (r->journal < 0)
		return r->journal;
	return spool_write_all(r->journal, (const uint8_t *)line, strlen(line));
}

static void close_all(struct record *r)
{
	for (int i = 0; i < PACKAGE_TRACKS; i++) {
		if (r->files[i].fd >= 0)
			close(r->files[i].fd);
		r->files[i].fd = -1;
	}
	if (r->journal >= 0)
		close(r->journal);
	r->journal = -1;
}

static gpointer run(gpointer user)
{
	struct record *r = user;
	bool last = false;

	while (!last) {
		struct job *job = g_async_queue_pop(r->jobs);
		int rc = 0;

		last = job->last;
		if (!atomic_load(&r->failure) && !last) {
			if (job->data)
				rc = job->init ? write_init(r, job) : write_part(r, job);
			if (rc == 0 && job->line)
				rc = write_line(r, job->line);
			if (rc < 0) {
				atomic_store(&r->failure, rc);
				close_all(r);
			}
		}
		atomic_fetch_sub(&r->waiting, job->len);
		free(job->data);
		free(job->line);
		free(job);
	}
	close_all(r);
	atomic_store(&r->done, true);
	return NULL;
}

struct record *record_create(const char *folder, const char *epoch)
{
	struct record *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->folder = folder;
	r->epoch = epoch;
	r->journal = -1;
	for (int i = 0; i < PACKAGE_TRACKS; i++)
		r->files[i].fd = -1;
	r->jobs = g_async_queue_new();
	r->thread = g_thread_new("record", run, r);
	return r;
}

static void push(struct record *r, const struct job *job, const char *line)
{
	struct job *copy = malloc(sizeof(*copy));

	if (copy) {
		*copy = *job;
		copy->line = line ? strdup(line) : NULL;
	}
	if (r->dead || !copy || (line && !copy->line) || atomic_load(&r->waiting) + job->len > RECORD_WAITING_MAX) {
		/* what comes after a hole would be of no use */
		if (!r->dead && !atomic_load(&r->failure))
			atomic_store(&r->failure, copy ? -ETIMEDOUT : -ENOMEM);
		r->dead = true;
		free(job->data);
		if (copy)
			free(copy->line);
		free(copy);
		return;
	}
	atomic_fetch_add(&r->waiting, job->len);
	g_async_queue_push(r->jobs, copy);
}

void record_append(struct record *r, enum package_track track, uint32_t segment, uint8_t *data, size_t len,
                   const char *line)
{
	push(r, &(struct job){.track = track, .number = segment, .data = data, .len = len}, line);
}

void record_init(struct record *r, enum package_track track, uint32_t number, uint8_t *data, size_t len,
                 const char *line)
{
	push(r, &(struct job){.track = track, .number = number, .init = true, .data = data, .len = len}, line);
}

int record_failure(struct record *r)
{
	int rc = atomic_load(&r->failure);

	if (rc == 0 || r->told)
		return 0;
	r->told = r->dead = true;
	return rc;
}

void record_destroy(struct record *r)
{
	struct job *last;
	int i;

	if (!r)
		return;
	last = calloc(1, sizeof(*last));
	if (last) {
		last->last = true;
		g_async_queue_push(r->jobs, last);
	}
	for (i = 0; i < FAREWELL_US / 10000 && !atomic_load(&r->done); i++)
		g_usleep(10000);
	if (!atomic_load(&r->done))
		return; /* the disk hangs: the thread ends with the process */
	g_thread_join(r->thread);
	g_async_queue_unref(r->jobs);
	free(r);
}
