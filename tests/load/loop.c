#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "load.h"

#define TICK_US 10000
#define EVENTS 256

static int epoll_fd = -1, signal_fd = -1;

int load_loop_open(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (signal_fd < 0 || epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, signal_fd, &event) < 0)
		return -errno;
	return 0;
}

void load_loop_watch(int fd, short events, struct load_watch *watch)
{
	struct epoll_event event = {.data.ptr = watch};

	event.events = (events & POLLIN ? EPOLLIN : 0) | (events & POLLOUT ? EPOLLOUT : 0);
	if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event) < 0 && errno == ENOENT)
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

void load_loop_run(int64_t seconds, bool (*tick)(int64_t now_us, void *ctx), void *ctx)
{
	int64_t now = sim_now_us(), end = seconds > 0 ? now + seconds * 1000000 : INT64_MAX, next = now;
	struct epoll_event events[EVENTS];
	int n, i;

	while (now < end) {
		n = epoll_wait(epoll_fd, events, EVENTS, (int)((next > now ? next - now : 0) + 999) / 1000);
		for (i = 0; i < n; i++) {
			struct load_watch *watch = events[i].data.ptr;

			if (!watch) /* a signal */
				return;
			watch->ready(watch->ctx);
		}
		now = sim_now_us();
		if (now < next)
			continue;
		next = now + TICK_US;
		if (!tick(now, ctx))
			return;
	}
}

void load_emit(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
	putchar('\n');
	fflush(stdout);
	json_decref(object);
}
