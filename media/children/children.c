/* The supervisor: one thread that starts children, hears them end, and starts them again. */
#include "media.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "children/internal.h"

#define GIVE_UP_US 3000000

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void wake(struct media_children *c)
{
	uint64_t one = 1;
	ssize_t ignored = write(c->wake, &one, sizeof(one));

	(void)ignored;
}

/* ---- the thread ---- */

/** Step every child, drop those that are done. Only this thread removes from the list, so it may walk without the lock
 * between steps. */
static size_t step_all(struct media_children *c, int64_t now)
{
	struct child **at, *child;
	size_t left = 0;
	bool stop;

	pthread_mutex_lock(&c->lock);
	at = &c->list;
	while ((child = *at)) {
		stop = child->stop |= c->ending;
		pthread_mutex_unlock(&c->lock);
		if (!child_step(c, child, stop, now)) {
			left++;
			pthread_mutex_lock(&c->lock);
			at = &child->next;
			continue;
		}
		pthread_mutex_lock(&c->lock);
		for (at = &c->list; *at != child; at = &(*at)->next) /* newcomers may stand in front by now */
			;
		*at = child->next;
		child_free(child);
	}
	pthread_mutex_unlock(&c->lock);
	return left;
}

/** Whose a descriptor is, and what comes out of it; no reader: the child has ended. */
struct source {
	struct child *child;
	void (*read)(struct media_children *c, struct child *child, int64_t now);
};

static size_t list_child(struct child *child, struct pollfd *waits, struct source *sources)
{
	const struct source all[] = {{child, NULL}, {child, child_read_output}, {child, child_read_notes}};
	const int fds[] = {child->process.pidfd, child->process.output, child->process.notes};
	size_t n = 0, i;

	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (fds[i] < 0)
			continue;
		waits[n] = (struct pollfd){.fd = fds[i], .events = POLLIN};
		sources[n++] = all[i];
	}
	return n;
}

static size_t list_waits(struct media_children *c, struct pollfd *waits, struct source *sources, size_t size,
                         int64_t *due)
{
	struct child *child;
	size_t n = 0;

	pthread_mutex_lock(&c->lock);
	for (child = c->list; child; child = child->next) {
		if (child->process.pidfd >= 0 && n + 3 <= size)
			n += list_child(child, waits + n, sources + n);
		if (child_due_us(child) < *due)
			*due = child_due_us(child);
		if (child->stop && (child->state == CHILD_WAITING || child->state == CHILD_RUNNING))
			*due = 0;
	}
	pthread_mutex_unlock(&c->lock);
	return n;
}

#define MOST_WAITS 3072

static void wait_for_news(struct media_children *c, int64_t until, struct pollfd *waits, struct source *sources)
{
	int64_t now, due = until;
	uint64_t count;
	size_t n, i;

	n = list_waits(c, waits + 1, sources + 1, MOST_WAITS - 1, &due) + 1;
	waits[0] = (struct pollfd){.fd = c->wake, .events = POLLIN};
	now = now_us();
	poll(waits, n, due <= now ? 0 : (int)((due - now + 999) / 1000));
	if (waits[0].revents && read(c->wake, &count, sizeof(count)) < 0)
		return;
	now = now_us();
	for (i = 1; i < n; i++) {
		if (sources[i].read && waits[i].revents)
			sources[i].read(c, sources[i].child, now);
	}
}

static void *supervise(void *arg)
{
	struct media_children *c = arg;
	struct pollfd *waits = calloc(MOST_WAITS, sizeof(*waits));
	struct source *sources = calloc(MOST_WAITS, sizeof(*sources));
	int64_t end = INT64_MAX, now;
	bool ending;

	pthread_setname_np(pthread_self(), "children");
	while (waits && sources) {
		size_t left;

		now = now_us();
		left = step_all(c, now);
		pthread_mutex_lock(&c->lock);
		ending = c->ending;
		pthread_mutex_unlock(&c->lock);
		if (ending && end == INT64_MAX)
			end = now + GIVE_UP_US;
		if (ending && (left == 0 || now >= end))
			break;
		wait_for_news(c, ending ? end : now + 60000000, waits, sources);
	}
	free(waits);
	free(sources);
	return NULL;
}

/* ---- the face ---- */

int media_children_create(void (*log)(int level, const char *event, const char *detail, void *ctx), void *ctx,
                          struct media_children **out)
{
	struct media_children *c = calloc(1, sizeof(*c));
	sigset_t all, before;
	int rc;

	*out = NULL;
	if (!c)
		return -ENOMEM;
	c->log = log;
	c->ctx = ctx;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->called, NULL);
	c->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	rc = c->wake < 0 ? -errno : 0;
	if (rc == 0) {
		sigfillset(&all); /* signals are the main thread's */
		pthread_sigmask(SIG_SETMASK, &all, &before);
		rc = -pthread_create(&c->thread, NULL, supervise, c);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	if (rc < 0) {
		if (c->wake >= 0)
			close(c->wake);
		free(c);
		return rc;
	}
	*out = c;
	return 0;
}

/** The one of that name which nobody has stopped. Lock held. */
static struct child *find(struct media_children *c, const char *name)
{
	struct child *child;

	for (child = c->list; child; child = child->next) {
		if (!child->stop && strcmp(child->name, name) == 0)
			return child;
	}
	return NULL;
}

int media_children_run(struct media_children *children, const char *name, const struct media_child_spec *spec)
{
	struct child *child;
	int rc = 0;

	if (strlen(name) >= sizeof(child->name) || !spec->argv || !spec->argv[0])
		return -EINVAL;
	child = child_make(name, spec);
	if (!child)
		return -ENOMEM;
	pthread_mutex_lock(&children->lock);
	if (find(children, name) || children->ending) {
		rc = -EEXIST;
	} else {
		child->next = children->list;
		children->list = child;
	}
	pthread_mutex_unlock(&children->lock);
	if (rc < 0)
		child_free(child);
	else
		wake(children);
	return rc;
}

void media_children_stop(struct media_children *children, const char *name)
{
	struct child *child;

	pthread_mutex_lock(&children->lock);
	child = find(children, name);
	if (child)
		child->stop = true;
	while (child && children->calling == child && !pthread_equal(pthread_self(), children->thread))
		pthread_cond_wait(&children->called, &children->lock);
	pthread_mutex_unlock(&children->lock);
	if (child)
		wake(children);
}

int media_children_tell(struct media_children *children, const char *name, const char *text, size_t len)
{
	struct child *child;
	int rc = -ENOENT;

	if (len > MEDIA_NOTE_BYTES)
		return -EMSGSIZE;
	pthread_mutex_lock(&children->lock);
	child = find(children, name);
	if (child && child->process.notes >= 0)
		rc = send(child->process.notes, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
	pthread_mutex_unlock(&children->lock);
	return rc;
}

void media_children_destroy(struct media_children *children)
{
	struct child *child;

	if (!children)
		return;
	pthread_mutex_lock(&children->lock);
	children->ending = true;
	pthread_mutex_unlock(&children->lock);
	wake(children);
	pthread_join(children->thread, NULL);
	while ((child = children->list)) {
		children->list = child->next;
		if (child->process.pidfd >= 0)
			close(child->process.pidfd);
		if (child->process.output >= 0)
			close(child->process.output);
		if (child->process.notes >= 0)
			close(child->process.notes);
		child_free(child);
	}
	close(children->wake);
	pthread_mutex_destroy(&children->lock);
	pthread_cond_destroy(&children->called);
	free(children);
}
