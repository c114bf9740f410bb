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

#define SEAM_FD 3 /* the child's, as media.h promises */
#define NOTES_FD 4
#define SEAM_BUFFER (4 << 20) /* the default holds 93 packets only [bytes] */
#define FIRST_FREE 10         /* above what the child's own descriptors need */
#define CPU_START_S 10        /* CPU time that any child may use at once [s] */

extern char **environ;

struct ends {
	int seam[2], notes[2], output[2];
};

static void close_pair(const int pair[2])
{
	if (pair[0] >= 0)
		close(pair[0]);
	if (pair[1] >= 0)
		close(pair[1]);
}

static void close_ends(const struct ends *ends)
{
	close_pair(ends->seam);
	close_pair(ends->notes);
	close_pair(ends->output);
}

/** Packets both ways; our end does not block, the child sees to its own. */
static int open_pair(int pair[2])
{
	int flags;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	flags = fcntl(pair[0], F_SETFL, O_NONBLOCK);
	return flags < 0 ? -errno : 0;
}

static int open_seam(int pair[2])
{
	int room = SEAM_BUFFER, rc = open_pair(pair), i;

	for (i = 0; i < 2 && rc == 0; i++) {
		if (setsockopt(pair[i], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
			setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	}
	return rc;
}

static int open_ends(const struct media_child_spec *spec, struct ends *ends)
{
	int rc = 0;

	*ends = (struct ends){{-1, -1}, {-1, -1}, {-1, -1}};
	if (pipe2(ends->output, O_CLOEXEC) < 0)
		return -errno;
	fcntl(ends->output[0], F_SETFL, O_NONBLOCK);
	if (spec->seam)
		rc = open_seam(ends->seam);
	if (spec->notes && rc == 0)
		rc = open_pair(ends->notes);
	return rc;
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
	int notes = ends->notes[1] >= 0 ? fcntl(ends->notes[1], F_DUPFD, FIRST_FREE) : -1;
	unsigned first = notes >= 0 ? NOTES_FD : seam >= 0 ? SEAM_FD : STDERR_FILENO;

	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	if (seam >= 0)
		dup2(seam, SEAM_FD);
	else
		close(SEAM_FD);
	if (notes >= 0)
		dup2(notes, NOTES_FD);
	syscall(SYS_close_range, first + 1, ~0U, 0);
}

static void limit(int resource, rlim_t value)
{
	struct rlimit r = {value, value};

	setrlimit(resource, &r);
}

static void set_limits(const struct media_child_spec *spec)
{
	struct rlimit cpu;

	limit(RLIMIT_CORE, 0);
	/* A sanitizer reserves terabytes of address space: the limit would end the child before its first instruction.
	 */
	if (spec->memory_bytes > 0 && !SANITIZED)
		limit(RLIMIT_AS, (rlim_t)spec->memory_bytes);
	if (spec->file_bytes > 0)
		limit(RLIMIT_FSIZE, (rlim_t)spec->file_bytes);
	if (spec->files > 0)
		limit(RLIMIT_NOFILE, (rlim_t)spec->files);
	if (spec->cpu_s > 0)
		limit(RLIMIT_CPU, (rlim_t)spec->cpu_s);
	if (spec->cpu_percent > 0 && getrlimit(RLIMIT_CPU, &cpu) == 0) {
		cpu.rlim_cur = CPU_START_S; /* the hard limit stays, so that it can be raised */
		setrlimit(RLIMIT_CPU, &cpu);
	}
}

static _Noreturn void become(char *const *argv, const struct ends *ends, const struct media_child_spec *spec,
                             pid_t parent)
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
	set_limits(spec);
	execve(argv[0], argv, environ);
	say("cannot be executed\n");
	_exit(127);
}

int child_spawn(char *const *argv, const struct media_child_spec *spec, struct child_process *out)
{
	pid_t parent = getpid();
	struct ends ends;
	int rc = open_ends(spec, &ends);

	if (rc < 0)
		goto fail;
	out->pid = fork();
	if (out->pid < 0) {
		rc = -errno;
		goto fail;
	}
	if (out->pid == 0)
		become(argv, &ends, spec, parent);
	out->pidfd = (int)syscall(SYS_pidfd_open, out->pid, 0);
	if (out->pidfd < 0) {
		rc = -errno;
		kill(out->pid, SIGKILL);
		waitpid(out->pid, NULL, 0);
		goto fail;
	}
	out->seam = ends.seam[0];
	out->output = ends.output[0];
	out->notes = ends.notes[0];
	ends.seam[0] = ends.notes[0] = ends.output[0] = -1;
	close_ends(&ends);
	return 0;
fail:
	close_ends(&ends);
	return rc;
}

void child_allow_cpu(const struct child_process *process, int64_t percent, int64_t life_us)
{
	struct rlimit cpu;

	if (prlimit(process->pid, RLIMIT_CPU, NULL, &cpu) < 0)
		return;
	cpu.rlim_cur = CPU_START_S + (rlim_t)(life_us / 1000000 * percent / 100);
	prlimit(process->pid, RLIMIT_CPU, &cpu, NULL);
}

void child_signal(const struct child_process *process, int signal)
{
	syscall(SYS_pidfd_send_signal, process->pidfd, signal, NULL, 0);
}

bool child_reap(const struct child_process *process, int *status)
{
	return waitpid(process->pid, status, WNOHANG) == process->pid;
}
