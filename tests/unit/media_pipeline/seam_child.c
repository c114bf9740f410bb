#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/seam.h"
#include "seam_child.h"

struct seam_child seam_child_start(const char *const *arguments)
{
	const char *argv[16] = {PIPELINE_PROGRAM};
	struct seam_child child;
	int ends[2], i, room = MEDIA_SEAM_BUFFER;

	for (i = 0; arguments[i] && i < 14; i++)
		argv[i + 1] = arguments[i];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	child.pid = fork();
	if (child.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		i = fcntl(ends[1], F_DUPFD, 10);
		dup2(i, MEDIA_SEAM_FD);
		syscall(SYS_close_range, MEDIA_SEAM_FD + 1, ~0U, 0);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(ends[1]);
	child.fd = ends[0];
	return child;
}

int seam_child_receive(const struct seam_child *child, int timeout_ms, char *kind, uint8_t *body)
{
	struct pollfd wait = {child->fd, POLLIN, 0};
	struct iovec parts[2] = {{kind, 1}, {body, MEDIA_SEAM_MAX}};
	ssize_t n;

	if (poll(&wait, 1, timeout_ms) != 1)
		return -1;
	n = readv(child->fd, parts, 2);
	return n <= 0 ? 0 : (int)n - 1;
}

void seam_child_send(const struct seam_child *child, char kind, const void *body, size_t len)
{
	struct iovec parts[2] = {{&kind, 1}, {(void *)(uintptr_t)body, len}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	sendmsg(child->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int seam_child_wait(struct seam_child *child)
{
	int status;

	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int seam_child_close(struct seam_child *child)
{
	close(child->fd);
	return seam_child_wait(child);
}
