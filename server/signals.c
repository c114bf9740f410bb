#include "signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/log.h"

enum { EXIT_AT_ONCE = 130 };

static sigset_t stop_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	return set;
}

bool signals_asked_to_stop(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM);
}

/* Whoever asks twice means it. */
static void leave_at_once(int signal)
{
	static const char text[] = "\ninterrupted again: leaving at once\n";

	if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
		_exit(EXIT_AT_ONCE);
	_exit(EXIT_AT_ONCE);
}

void signals_wait(void)
{
	sigset_t set = stop_signals();
	int signal = 0;

	sigwait(&set, &signal);
	base_log(BASE_LOG_INFO, "app", "stopping", "signal=%s", signal == SIGINT ? "INT" : "TERM");
	struct sigaction again = {.sa_handler = leave_at_once};
	sigaction(SIGINT, &again, NULL);
	sigaction(SIGTERM, &again, NULL);
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
