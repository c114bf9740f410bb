#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/seam.h"

#define ARGS_MAX 32
#define BACKOFF_FIRST_US 200000
#define BACKOFF_MOST_US 10000000
#define BURST 512

/** After fork: fd 3 is the seam, everything above is closed. */
static _Noreturn void become(const struct load_source *s, int seam, pid_t parent)
{
	const char *argv[2 * ARGS_MAX + 8] = {s->options->source, "--source", "--codec",
	                                      s->options->codec ? s->options->codec : "h264"};
	size_t n = 4, i;
	sigset_t none;
	int high;

	for (i = 0; s->options->source_args && s->options->source_args[i] && i < ARGS_MAX; i++)
		argv[n++] = s->options->source_args[i];
	for (i = 0; s->more && s->more[i] && i < ARGS_MAX; i++)
		argv[n++] = s->more[i];
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(126);
	high = fcntl(seam, F_DUPFD, 10);
	dup2(high, MEDIA_SEAM_FD);
	dup2(STDERR_FILENO, STDOUT_FILENO); /* stdout is for our events alone */
	syscall(SYS_close_range, MEDIA_SEAM_FD + 1, ~0U, 0);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static void ended(struct load_source *s, int64_t now)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	s->pid = 0;
	s->backoff_us = now - s->started_us > 10000000 ? BACKOFF_FIRST_US : s->backoff_us * 2;
	s->backoff_us = s->backoff_us > BACKOFF_MOST_US ? BACKOFF_MOST_US : s->backoff_us;
	s->due_us = now + s->backoff_us;
}

static void ready(void *ctx)
{
	struct load_source *s = ctx;
	uint8_t data[MEDIA_SEAM_MAX];
	int i;

	for (i = 0; i < BURST && s->fd >= 0; i++) {
		ssize_t n = recv(s->fd, data, sizeof(data), MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			load_emit(json_pack("{s:s}", "event", "source_ended"));
			ended(s, sim_now_us());
			return;
		}
		s->packet((char)data[0], data + 1, (size_t)n - 1, s->ctx);
	}
}

static void start(struct load_source *s, int64_t now)
{
	int ends[2], room = MEDIA_SEAM_BUFFER;
	pid_t parent = getpid();

	s->started_us = now;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		ended(s, now);
		return;
	}
	if (setsockopt(ends[1], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
		setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	s->pid = fork();
	if (s->pid == 0)
		become(s, ends[1], parent);
	close(ends[1]);
	s->fd = ends[0];
	if (s->pid < 0) {
		s->pid = 0;
		ended(s, now);
		return;
	}
	load_loop_watch(s->fd, POLLIN, &s->watch);
}

void load_source_init(struct load_source *source)
{
	source->fd = -1;
	source->backoff_us = BACKOFF_FIRST_US;
	source->watch = (struct load_watch){ready, source};
}

void load_source_tick(struct load_source *source, int64_t now_us)
{
	if (source->pid == 0 && now_us >= source->due_us)
		start(source, now_us);
}

void load_source_keyframe(struct load_source *source)
{
	char kind = MEDIA_SEAM_KEYFRAME;

	if (source->fd >= 0)
		send(source->fd, &kind, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void load_source_stop(struct load_source *source)
{
	if (source->pid > 0)
		ended(source, sim_now_us());
}
