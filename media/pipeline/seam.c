#include "pipeline/seam.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "pipeline/pipeline.h"

bool pipeline_seam_open(void)
{
	int type = 0, room = MEDIA_SEAM_BUFFER;
	socklen_t len = sizeof(type);

	if (getsockopt(MEDIA_SEAM_FD, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_SEQPACKET)
		return false;
	if (setsockopt(MEDIA_SEAM_FD, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
		setsockopt(MEDIA_SEAM_FD, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	return true;
}

int pipeline_seam_receive(char *kind, uint8_t *body, size_t size)
{
	struct iovec parts[2] = {{kind, 1}, {body, size}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t n = recvmsg(MEDIA_SEAM_FD, &message, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -EPIPE;
	if (n == 0)
		return -EPIPE;
	if (n == 1) /* a body of nothing: the kind says it all */
		body[0] = '\0';
	return n == 1 ? 1 : (int)n - 1;
}

int pipeline_seam_send(char kind, const void *body, size_t len)
{
	struct iovec parts[2] = {{&kind, 1}, {(void *)(uintptr_t)body, len}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	if (sendmsg(MEDIA_SEAM_FD, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	return errno == EAGAIN || errno == ENOBUFS ? -EAGAIN : -EPIPE;
}
