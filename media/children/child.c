/* One supervised child: started, heard, ended, started again. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children/internal.h"

#define BACKOFF_FIRST_US 100000
#define BACKOFF_MOST_US 10000000
#define LONG_LIFE_US 30000000
#define KILL_AFTER_US 2000000
#define LINES_A_LIFE_SECOND 20
#define NOTES_A_TURN 64 /* of one child, then the others are looked after */
#define ALLOW_EVERY_US 2000000

__attribute__((format(printf, 4, 5))) static void note(const struct media_children *c, int level, const char *event,
                                                       const char *format, ...)
{
	char detail[CHILD_LINE_BYTES + 128];
	va_list args;

	if (!c->log)
		return;
	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	c->log(level, event, detail, c->ctx);
}

void child_free(struct child *child)
{
	size_t i;

	for (i = 0; child->argv && child->argv[i]; i++)
		free(child->argv[i]);
	free(child->argv);
	free(child);
}

struct child *child_make(const char *name, const struct media_child_spec *spec)
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
	child->process = CHILD_NO_PROCESS;
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

/** Begin a callback, unless somebody said stop meanwhile: who stops a child waits for its callback to return. */
static bool call_begin(struct media_children *c, struct child *child)
{
	bool stopped;

	pthread_mutex_lock(&c->lock);
	stopped = child->stop;
	if (!stopped)
		c->calling = child;
	pthread_mutex_unlock(&c->lock);
	return !stopped;
}

static void call_end(struct media_children *c)
{
	pthread_mutex_lock(&c->lock);
	c->calling = NULL;
	pthread_cond_broadcast(&c->called);
	pthread_mutex_unlock(&c->lock);
}

/** Hand over our end of the seam. */
static void hand_over(struct media_children *c, struct child *child)
{
	int seam = child->process.seam;

	child->process.seam = -1;
	if (child->spec.started && call_begin(c, child)) {
		child->spec.started(seam, child->spec.ctx);
		call_end(c);
	} else if (seam >= 0) {
		close(seam);
	}
}

static void child_start(struct media_children *c, struct child *child, int64_t now)
{
	struct child_process process = CHILD_NO_PROCESS;
	int rc = child_spawn(child->argv, &child->spec, &process);

	child->started_us = child->allowed_us = now;
	child->heard_us = 0;
	if (rc < 0) {
		back_off(child, now);
		note(c, 3, "child_start_failed", "%s: %s", child->name, strerror(-rc));
		return;
	}
	pthread_mutex_lock(&c->lock);
	child->process = process;
	pthread_mutex_unlock(&c->lock);
	child->state = CHILD_RUNNING;
	child->lines = 0;
	note(c, 1, "child_started", "%s: pid=%d", child->name, (int)child->process.pid);
	hand_over(c, child);
}

/** The child's process has ended, or its notes have. */
static void close_notes(struct media_children *c, struct child *child)
{
	int notes;

	pthread_mutex_lock(&c->lock);
	notes = child->process.notes;
	child->process.notes = -1;
	pthread_mutex_unlock(&c->lock);
	if (notes >= 0)
		close(notes);
}

void child_read_notes(struct media_children *c, struct child *child, int64_t now)
{
	char text[MEDIA_NOTE_BYTES + 1];
	ssize_t n;
	int turn;

	for (turn = 0; turn < NOTES_A_TURN; turn++) {
		n = recv(child->process.notes, text, sizeof(text), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			close_notes(c, child);
			return;
		}
		child->heard_us = now;
		if (n > MEDIA_NOTE_BYTES)
			note(c, 2, "child_note_too_long", "%s", child->name);
		else if (child->spec.said && call_begin(c, child)) {
			child->spec.said(text, (size_t)n, child->spec.ctx);
			call_end(c);
		}
	}
}

static void say_line(struct media_children *c, struct child *child, int64_t now)
{
	uint64_t allowed = LINES_A_LIFE_SECOND * (1 + (uint64_t)(now - child->started_us) / 1000000);

	child->line[child->line_len] = '\0';
	if (child->line_len > 0 && child->lines++ < allowed)
		note(c, 1, "child_output", "%s: %s", child->name, child->line);
	child->line_len = 0;
}

void child_read_output(struct media_children *c, struct child *child, int64_t now)
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
		child_read_output(c, child, now);
	say_line(c, child, now);
	if (child->process.output >= 0)
		close(child->process.output);
	if (child->process.notes >= 0)
		child_read_notes(c, child, now);
	close_notes(c, child);
	close(child->process.pidfd);
	pthread_mutex_lock(&c->lock);
	child->process = CHILD_NO_PROCESS;
	pthread_mutex_unlock(&c->lock);
	note(c, child->state == CHILD_RUNNING ? 2 : 1, "child_ended", "%s: %s %d", child->name,
	     WIFSIGNALED(status) ? "signal" : "exit code",
	     WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return true;
}

/** Kill one that has spoken and now does not, and let those that do use their share of the CPU. */
static void watch(struct media_children *c, struct child *child, int64_t now)
{
	if (child->spec.silence_us > 0 && child->heard_us > 0 && now - child->heard_us >= child->spec.silence_us) {
		note(c, 2, "child_silent", "%s: nothing heard for %d ms", child->name,
		     (int)((now - child->heard_us) / 1000));
		child_signal(&child->process, SIGKILL);
		child->heard_us = 0;
	}
	if (child->spec.cpu_percent > 0 && now - child->allowed_us >= ALLOW_EVERY_US) {
		child_allow_cpu(&child->process, child->spec.cpu_percent, now - child->started_us);
		child->allowed_us = now;
	}
}

int64_t child_due_us(const struct child *child)
{
	int64_t due = INT64_MAX;

	if (child->state == CHILD_WAITING || child->state == CHILD_TERMINATED)
		due = child->due_us;
	if (child->state == CHILD_RUNNING && child->spec.silence_us > 0 && child->heard_us > 0)
		due = child->heard_us + child->spec.silence_us;
	if (child->state == CHILD_RUNNING && child->spec.cpu_percent > 0 && child->allowed_us + ALLOW_EVERY_US < due)
		due = child->allowed_us + ALLOW_EVERY_US;
	return due;
}

bool child_step(struct media_children *c, struct child *child, bool stop, int64_t now)
{
	bool running = child->process.pidfd >= 0;

	if (running && child_ended(c, child, now)) {
		running = false;
		back_off(child, now);
	}
	if (!stop && !running && now >= child->due_us)
		child_start(c, child, now);
	if (child->state == CHILD_RUNNING && running && !stop)
		watch(c, child, now);
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
