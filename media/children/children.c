/* The supervisor: one thread that starts children, hears them end, and starts them again. */
#include "media.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "children/internal.h"

#define BACKOFF_FIRST_US 100000
#define BACKOFF_MOST_US 10000000
#define LONG_LIFE_US 30000000
#define KILL_AFTER_US 2000000
#define GIVE_UP_US 3000000
#define LINE_BYTES 256
#define LINES_A_LIFE_SECOND 20

enum child_state { CHILD_WAITING, CHILD_RUNNING, CHILD_TERMINATED, CHILD_KILLED };

/** One child; the list is guarded by the mutex, the rest belongs to the supervisor thread, but for `stop`, guarded too.
 */
struct child {
	struct child *next;
	char name[64];
	char **argv;
	struct media_child_spec spec;
	bool stop;
	enum child_state state;
	struct child_process process;
	int64_t started_us, due_us; /**< due: of the next start, or of SIGKILL */
	int64_t backoff_us;
	char line[LINE_BYTES];
	size_t line_len;
	uint64_t lines;
};

struct media_children {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t called; /**< a started() callback has returned */
	struct child *list;    /**< guarded */
	struct child *calling; /**< guarded: whose callback runs now */
	bool ending;           /**< guarded */
	int wake;              /**< eventfd */
	void (*log)(int level, const char *event, const char *detail, void *ctx);
	void *ctx;
};

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

__attribute__((format(printf, 4, 5))) static void note(const struct media_children *c, int level, const char *event,
                                                       const char *format, ...)
{
	char detail[LINE_BYTES + 128];
	va_list args;

	if (!c->log)
		return;
	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	c->log(level, event, detail, c->ctx);
}

static void wake(struct media_children *c)
{
	uint64_t one = 1;
	ssize_t ignored = write(c->wake, &one, sizeof(one));

	(void)ignored;
}

/* ---- one child ---- */

static void child_free(struct child *child)
{
	size_t i;

	for (i = 0; child->argv && child->argv[i]; i++)
		free(child->argv[i]);
	free(child->argv);
	free(child);
}

static struct child *child_make(const char *name, const struct media_child_spec *spec)
{
	struct child *child = calloc(1, sizeof(*child));
	size_t count = 0, i;

	if (!child)
		return NULL;
	while (spec->argv[count])
		count++;
	child->argv = calloc(count + 1, sizeof(*child->argv));
	for (i = 0; child->argv && i < count; i++) {
		child->argv[i] = strdup(spec->argv[i]);
		if (!child->argv[i])
			break;
	}
	if (!child->argv || i < count) {
		child_free(child);
		return NULL;
	}
	snprintf(child->name, sizeof(child->name), "%s", name);
	child->spec = *spec;
	child->spec.argv = NULL;
	child->process = (struct child_process){-1, -1, -1, -1};
	return child;
}

/** Wait longer the oftener it fails, from the start again after a long life. */
static void back_off(struct child *child, int64_t now)
{
	bool long_life = now - child->started_us >= LONG_LIFE_US;

	child->backoff_us = child->backoff_us == 0 || long_life ? BACKOFF_FIRST_US : child->backoff_us * 2;
	if (child->backoff_us > BACKOFF_MOST_US)
		child->backoff_us = BACKOFF_MOST_US;
	child->state = CHILD_WAITING;
	child->due_us = now + child->backoff_us;
}

/** Hand over our end of the seam, unless somebody said stop meanwhile. */
static void hand_over(struct media_children *c, struct child *child)
{
	int seam = child->process.seam;

	child->process.seam = -1;
	pthread_mutex_lock(&c->lock);
	if (child->stop || !child->spec.started) {
		pthread_mutex_unlock(&c->lock);
		if (seam >= 0)
			close(seam);
		return;
	}
	c->calling = child;
	pthread_mutex_unlock(&c->lock);
	child->spec.started(seam, child->spec.ctx);
	pthread_mutex_lock(&c->lock);
	c->calling = NULL;
	pthread_cond_broadcast(&c->called);
	pthread_mutex_unlock(&c->lock);
}

static void child_start(struct media_children *c, struct child *child, int64_t now)
{
	int rc = child_spawn(child->argv, child->spec.seam, child->spec.memory_bytes, &child->process);

	child->started_us = now;
	if (rc < 0) {
		back_off(child, now);
		note(c, 3, "child_start_failed", "%s: %s", child->name, strerror(-rc));
		return;
	}
	child->state = CHILD_RUNNING;
	child->lines = 0;
	note(c, 1, "child_started", "%s: pid=%d", child->name, (int)child->process.pid);
	hand_over(c, child);
}

static void say_line(struct media_children *c, struct child *child, int64_t now)
{
	uint64_t allowed = LINES_A_LIFE_SECOND * (1 + (uint64_t)(now - child->started_us) / 1000000);

	child->line[child->line_len] = '\0';
	if (child->line_len > 0 && child->lines++ < allowed)
		note(c, 1, "child_output", "%s: %s", child->name, child->line);
	child->line_len = 0;
}

/** What the child prints becomes log lines, cut at a length and a rate. */
static void read_output(struct media_children *c, struct child *child, int64_t now)
{
	char data[1024];
	ssize_t n = read(child->process.output, data, sizeof(data)), i;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close(child->process.output);
		child->process.output = -1;
	}
	for (i = 0; i < n; i++) {
		if (data[i] == '\n' || child->line_len == sizeof(child->line) - 1)
			say_line(c, child, now);
		if (data[i] != '\n')
			child->line[child->line_len++] = data[i] >= ' ' && data[i] != 127 ? data[i] : ' ';
	}
}

/** @return whether it has ended and been reaped. */
static bool child_ended(struct media_children *c, struct child *child, int64_t now)
{
	int status = 0;

	if (child->process.pidfd < 0 || !child_reap(&child->process, &status))
		return false;
	if (child->process.output >= 0)
		read_output(c, child, now);
	say_line(c, child, now);
	if (child->process.output >= 0)
		close(child->process.output);
	close(child->process.pidfd);
	child->process = (struct child_process){-1, -1, -1, -1};
	note(c, child->state == CHILD_RUNNING ? 2 : 1, "child_ended", "%s: %s %d", child->name,
	     WIFSIGNALED(status) ? "signal" : "exit code",
	     WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return true;
}

/** Move one child on. @return whether it is done with and may be freed. */
static bool child_step(struct media_children *c, struct child *child, bool stop, int64_t now)
{
	bool running = child->process.pidfd >= 0;

	if (running && child_ended(c, child, now)) {
		running = false;
		back_off(child, now);
	}
	if (!stop && !running && now >= child->due_us)
		child_start(c, child, now);
	if (!stop)
		return false;
	if (!running)
		return true;
	if (child->state == CHILD_RUNNING) {
		child_signal(&child->process, SIGTERM);
		child->state = CHILD_TERMINATED;
		child->due_us = now + KILL_AFTER_US;
	} else if (child->state == CHILD_TERMINATED && now >= child->due_us) {
		note(c, 2, "child_killed", "%s", child->name);
		child_signal(&child->process, SIGKILL);
		child->state = CHILD_KILLED;
	}
	return false;
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

static size_t list_waits(struct media_children *c, struct pollfd *waits, struct child **whose, size_t size,
                         int64_t *due)
{
	struct child *child;
	size_t n = 0;

	pthread_mutex_lock(&c->lock);
	for (child = c->list; child; child = child->next) {
		if (child->process.pidfd >= 0 && n + 2 <= size) {
			waits[n] = (struct pollfd){.fd = child->process.pidfd, .events = POLLIN};
			whose[n++] = NULL;
			if (child->process.output >= 0) {
				waits[n] = (struct pollfd){.fd = child->process.output, .events = POLLIN};
				whose[n++] = child;
			}
		}
		if ((child->state == CHILD_WAITING || child->state == CHILD_TERMINATED) && child->due_us < *due)
			*due = child->due_us;
		if (child->stop && (child->state == CHILD_WAITING || child->state == CHILD_RUNNING))
			*due = 0;
	}
	pthread_mutex_unlock(&c->lock);
	return n;
}

#define MOST_WAITS 2048

static void wait_for_news(struct media_children *c, int64_t until, struct pollfd *waits, struct child **whose)
{
	int64_t now, due = until;
	uint64_t count;
	size_t n, i;

	n = list_waits(c, waits + 1, whose + 1, MOST_WAITS - 1, &due) + 1;
	waits[0] = (struct pollfd){.fd = c->wake, .events = POLLIN};
	now = now_us();
	poll(waits, n, due <= now ? 0 : (int)((due - now + 999) / 1000));
	if (waits[0].revents && read(c->wake, &count, sizeof(count)) < 0)
		return;
	now = now_us();
	for (i = 1; i < n; i++) {
		if (whose[i] && waits[i].revents)
			read_output(c, whose[i], now);
	}
}

static void *supervise(void *arg)
{
	struct media_children *c = arg;
	struct pollfd *waits = calloc(MOST_WAITS, sizeof(*waits));
	struct child **whose = calloc(MOST_WAITS, sizeof(*whose));
	int64_t end = INT64_MAX, now;
	bool ending;

	pthread_setname_np(pthread_self(), "children");
	while (waits && whose) {
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
		wait_for_news(c, ending ? end : now + 60000000, waits, whose);
	}
	free(waits);
	free(whose);
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
		child_free(child);
	}
	close(children->wake);
	pthread_mutex_destroy(&children->lock);
	pthread_cond_destroy(&children->called);
	free(children);
}
