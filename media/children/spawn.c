#include "children/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEAM_FD 3             /* the child's, as media.h promises */
#define SEAM_BUFFER (4 << 20) /* the default holds 93 packets only [bytes] */
#define FIRST_FREE 10         /* above what the child's own descriptors need */

extern char **environ;

struct ends {
	int seam[2], output[2];
};

static void close_ends(struct ends *ends)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (ends->seam[i] >= 0)
			close(ends->seam[i]);
		if (ends->output[i] >= 0)
			close(ends->output[i]);
	}
}

static int open_ends(bool seam, struct ends *ends)
{
	int room = SEAM_BUFFER, i;

	*ends = (struct ends){{-1, -1}, {-1, -1}};
	if (pipe2(ends->output, O_CLOEXEC) < 0)
		return -errno;
	fcntl(ends->output[0], F_SETFL, O_NONBLOCK);
	if (!seam)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends->seam) < 0)
		return -errno;
	fcntl(ends->seam[0], F_SETFL, O_NONBLOCK); /* ours alone: the child sees to its own */
	for (i = 0; i < 2; i++) {
		if (setsockopt(ends->seam[i], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
			setsockopt(ends->seam[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	}
	return 0;
}

static void say(const char *text)
{
	ssize_t ignored = write(STDERR_FILENO, text, strlen(text));

	(void)ignored;
}

/** Between fork and exec: nothing but async-signal-safe calls. */
static void arrange_descriptors(const struct ends *ends)
{
	int output = fcntl(ends->output[1], F_DUPFD, FIRST_FREE), null = open("/dev/null", O_RDONLY);
	int seam = ends->seam[1] >= 0 ? fcntl(ends->seam[1], F_DUPFD, FIRST_FREE) : -1;

	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	if (seam >= 0)
		dup2(seam, SEAM_FD);
	syscall(SYS_close_range, seam >= 0 ? SEAM_FD + 1 : STDERR_FILENO + 1, ~0U, 0);
}

static void limit(int resource, rlim_t value)
{
	struct rlimit r = {value, value};

	setrlimit(resource, &r);
}

static _Noreturn void become(char *const *argv, const struct ends *ends, int64_t memory_bytes, pid_t parent)
{
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t none;
	int s;

	for (s = 1; s < NSIG; s++)
		sigaction(s, &usual, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	arrange_descriptors(ends);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it died before we asked to be told */
		_exit(126);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	limit(RLIMIT_CORE, 0);
	/* a sanitizer reserves terabytes of address space: the limit would end the child before its first instruction
	 */
	if (memory_bytes > 0 && !SANITIZED)
		limit(RLIMIT_AS, (rlim_t)memory_bytes);
	execve(argv[0], argv, environ);
	say("cannot be executed\n");
	_exit(127);
}

int child_spawn(char *const *argv, bool seam, int64_t memory_bytes, struct child_process *out)
{
	pid_t parent = getpid();
	struct ends ends;
	int rc = open_ends(seam, &ends);

	if (rc < 0)
		goto fail;
	out->pid = fork();
	if (out->pid < 0) {
		rc = -errno;
		goto fail;
	}
	if (out->pid == 0)
		become(argv, &ends, memory_bytes, parent);
	out->pidfd = (int)syscall(SYS_pidfd_open, out->pid, 0);
	if (out->pidfd < 0) {
		rc = -errno;
		kill(out->pid, SIGKILL);
		waitpid(out->pid, NULL, 0);
		goto fail;
	}
	out->seam = ends.seam[0];
	out->output = ends.output[0];
	ends.seam[0] = ends.output[0] = -1;
	close_ends(&ends);
	return 0;
fail:
	close_ends(&ends);
	return rc;
}

void child_signal(const struct child_process *process, int signal)
{
	syscall(SYS_pidfd_send_signal, process->pidfd, signal, NULL, 0);
}

bool child_reap(const struct child_process *process, int *status)
{
	return waitpid(process->pid, status, WNOHANG) == process->pid;
}
