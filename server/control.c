#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

#define NAME "control.sock"
#define BACKLOG 8
#define PATIENCE_S 1       /* the server's, who has other things to do */
#define TOOL_PATIENCE_S 60 /* the server may be making a demo's market */

/* By way of the folder's descriptor: the path of a socket is short, that of a data folder may be long. @return the
 * folder's descriptor; -errno. */
static int find(const char *data_dir, struct sockaddr_un *address)
{
	int folder = open(data_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0)
		return -errno;
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/" NAME, folder);
	return folder;
}

static int start_listening(const char *data_dir)
{
	struct sockaddr_un address;
	int folder = find(data_dir, &address), fd, err = 0;

	if (folder < 0)
		return folder;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	unlinkat(folder, NAME, 0); /* a server that was killed left its own */
	/* The mode of the socket becomes that of its file: it is never open to others, not for a moment. */
	if (fd < 0 || fchmod(fd, 0600) || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, BACKLOG))
		err = -errno;
	close(folder);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

void control_open(struct control *control)
{
	int fd = start_listening(control->data_dir);

	control->listener = fd < 0 ? -1 : fd;
	if (fd < 0)
		base_log(BASE_LOG_WARN, "control", "closed",
		         "%s/" NAME ": %s; trunkshow admin needs this server stopped", control->data_dir,
		         strerror(-fd));
}

void control_close(struct control *control)
{
	int folder = control->listener < 0 ? -1 : open(control->data_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (folder >= 0) {
		unlinkat(folder, NAME, 0);
		close(folder);
	}
	if (control->listener >= 0)
		close(control->listener);
	control->listener = -1;
}

static int set_patience(int fd, int seconds)
{
	struct timeval patience = {.tv_sec = seconds};

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience))
		return -errno;
	return 0;
}

/* @return length; -errno; a line that does not fit is none. */
static ssize_t receive_line(int fd, char line[CONTROL_LINE])
{
	ssize_t len = recv(fd, line, CONTROL_LINE, 0);

	if (len < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (len == 0)
		return -ECONNRESET;
	if (len == CONTROL_LINE || memchr(line, '\0', (size_t)len))
		return -EMSGSIZE;
	line[len] = '\0';
	return len;
}

/* The file's mode says the same; this holds wherever the file may have been moved to. */
static bool is_ours(int fd)
{
	struct ucred who;
	socklen_t len = sizeof who;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && (who.uid == geteuid() || who.uid == 0);
}

void control_ready(void *ctx)
{
	struct control *control = ctx;
	char request[CONTROL_LINE], answer[CONTROL_LINE] = "";
	int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0) {
		/* Without a free descriptor the tool goes on knocking. */
		if (errno != EAGAIN)
			usleep(100000);
		return;
	}
	if (is_ours(fd) && set_patience(fd, PATIENCE_S) == 0 && receive_line(fd, request) > 0) {
		control->act(request, answer, sizeof answer, control->ctx);
		if (send(fd, answer, strlen(answer), MSG_NOSIGNAL) < 0)
			base_log(BASE_LOG_WARN, "control", "unanswered", "%s", strerror(errno));
	}
	explicit_bzero(request, sizeof request);
	close(fd);
}

/* @return a connection; -errno. */
static int reach(const char *data_dir)
{
	struct sockaddr_un address;
	int folder = find(data_dir, &address), fd, err = 0;

	if (folder < 0)
		return folder;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || set_patience(fd, TOOL_PATIENCE_S) || connect(fd, (struct sockaddr *)&address, sizeof address))
		err = -errno;
	close(folder);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

bool control_is_there(const char *data_dir)
{
	int fd = reach(data_dir);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int control_ask(const char *data_dir, const char *request, char answer[CONTROL_LINE])
{
	int fd = reach(data_dir);
	ssize_t len;

	if (fd < 0)
		return fd;
	len = send(fd, request, strlen(request), MSG_NOSIGNAL) < 0 ? -errno : receive_line(fd, answer);
	close(fd);
	return len < 0 ? (int)len : 0;
}
