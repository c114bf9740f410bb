#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void on_started(int fd, void *ctx)
{
	struct seen *seen = ctx;

	pthread_mutex_lock(&seen->lock);
	if (seen->starts < 64)
		seen->at_us[seen->starts] = now_us();
	seen->starts++;
	if (seen->seam >= 0)
		close(seen->seam);
	seen->seam = fd;
	pthread_mutex_unlock(&seen->lock);
}

void on_said(const char *text, size_t len, void *ctx)
{
	struct seen *seen = ctx;

	pthread_mutex_lock(&seen->lock);
	if (seen->note_count < 64)
		snprintf(seen->notes[seen->note_count++], sizeof(seen->notes[0]), "%.*s", (int)len, text);
	pthread_mutex_unlock(&seen->lock);
}

static void on_log(int level, const char *event, const char *detail, void *ctx)
{
	struct seen *seen = ctx;

	(void)level;
	pthread_mutex_lock(&seen->lock);
	if (strcmp(event, "child_output") == 0 && seen->line_count < 64)
		snprintf(seen->lines[seen->line_count++], sizeof(seen->lines[0]), "%s", detail);
	seen->killed += strcmp(event, "child_killed") == 0;
	seen->silent += strcmp(event, "child_silent") == 0;
	seen->too_long += strcmp(event, "child_note_too_long") == 0;
	seen->ended += strcmp(event, "child_ended") == 0;
	pthread_mutex_unlock(&seen->lock);
}

int get(struct seen *seen, const int *what)
{
	int value;

	pthread_mutex_lock(&seen->lock);
	value = *what;
	pthread_mutex_unlock(&seen->lock);
	return value;
}

struct seen snapshot(struct seen *seen)
{
	struct seen copy;

	pthread_mutex_lock(&seen->lock);
	copy = *seen;
	pthread_mutex_unlock(&seen->lock);
	return copy;
}

void wait_for(struct seen *seen, const int *what, int least)
{
	int64_t end = now_us() + PATIENCE_MS * 1000;

	while (get(seen, what) < least) {
		assert_true(now_us() < end);
		usleep(2000);
	}
}

int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	pthread_mutex_init(&f->seen.lock, NULL);
	f->seen.seam = -1;
	*state = f;
	return media_children_create(on_log, &f->seen, &f->children);
}

int tear_down(void **state)
{
	struct fixture *f = *state;

	media_children_destroy(f->children);
	if (f->seen.seam >= 0)
		close(f->seen.seam);
	pthread_mutex_destroy(&f->seen.lock);
	free(f);
	return 0;
}

void send_to_shell(int fd, const char *text)
{
	for (; *text; text++)
		assert_int_equal(send(fd, text, 1, MSG_NOSIGNAL), 1);
}

void receive(struct seen *seen, char *out, size_t size)
{
	struct pollfd wait = {.fd = get(seen, &seen->seam), .events = POLLIN};
	ssize_t n;

	assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
	n = recv(wait.fd, out, size - 1, 0);
	assert_true(n > 0);
	out[n] = '\0';
}
