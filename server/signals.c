#include "signals.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

enum { EXIT_AT_ONCE = 130, SAME_MS = 300 };

static sigset_t stop_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP); /* the terminal is gone; nohup(1) keeps it away */
	return set;
}

bool signals_asked_to_stop(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) || sigismember(&pending, SIGHUP);
}

static struct timespec first; /* written before the handler is there */

/* Whoever asks twice means it; but one keystroke may come twice, from the terminal and from a program between. */
static void leave_at_once(int signal)
{
	static const char text[] = "\ninterrupted again: leaving at once\n";
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if ((now.tv_sec - first.tv_sec) * 1000 + (now.tv_nsec - first.tv_nsec) / 1000000 < SAME_MS)
		return;
	if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
		_exit(EXIT_AT_ONCE);
	_exit(EXIT_AT_ONCE);
}

/* @return the signal. */
static int wait_for_signal(int fd, void (*ready)(void *ctx), void *ctx)
{
	sigset_t set = stop_signals();
	int signals = signalfd(-1, &set, SFD_CLOEXEC), signal = 0;
	struct pollfd wait[] = {{.fd = signals, .events = POLLIN}, {.fd = fd, .events = POLLIN}};

	while (signals >= 0 && !wait[0].revents) {
		if (poll(wait, 2, -1) > 0 && wait[1].revents)
			ready(ctx);
	}
	if (signals >= 0)
		close(signals);
	sigwait(&set, &signal);
	return signal;
}

void signals_wait(int fd, void (*ready)(void *ctx), void *ctx)
{
	sigset_t set = stop_signals();
	int signal = wait_for_signal(fd, ready, ctx);

	base_log(BASE_LOG_INFO, "app", "stopping", "signal=%s", sigabbrev_np(signal));
	clock_gettime(CLOCK_MONOTONIC, &first);
	struct sigaction again = {.sa_handler = leave_at_once, .sa_flags = SA_RESTART};
	sigaction(SIGINT, &again, NULL);
	sigaction(SIGTERM, &again, NULL);
	sigdelset(&set, SIGHUP);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* A write to a socket or file that takes no more is an error to handle, not an end. */
void signals_prepare(void)
{
	sigset_t set = stop_signals();

	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}
