/* The UDP port. Peers are named as they are (AF_INET for IPv4), whatever the socket's own family. */
#include "transport/udp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>

#include "transport/udp_private.h"

#define SOCKET_BUFFER (4 << 20) /**< holds a keyframe to many viewers, and a burst in [bytes] */

enum media_datagram media_datagram_kind(const uint8_t *data, size_t len)
{
	static const uint8_t cookie[4] = {0x21, 0x12, 0xa4, 0x42};
	if (len == 0)
		return MEDIA_DATAGRAM_UNKNOWN;
	if (data[0] < 4)
		return len >= 20 && memcmp(data + 4, cookie, 4) == 0 ? MEDIA_DATAGRAM_STUN : MEDIA_DATAGRAM_UNKNOWN;
	if (data[0] >= 20 && data[0] < 64)
		return len >= 13 ? MEDIA_DATAGRAM_DTLS : MEDIA_DATAGRAM_UNKNOWN;
	if (data[0] < 128 || data[0] >= 192 || len < 8)
		return MEDIA_DATAGRAM_UNKNOWN;
	/* RTP's payload types 64 to 95 stay unused so that RTCP's types 192 to 223 stand out (RFC 5761 §4) */
	if (data[1] >= 192 && data[1] < 224)
		return MEDIA_DATAGRAM_RTCP;
	return len >= 12 ? MEDIA_DATAGRAM_RTP : MEDIA_DATAGRAM_UNKNOWN;
}

static int bind_any(int fd, int family, uint16_t port)
{
	struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	int rc = family == AF_INET6 ? bind(fd, (struct sockaddr *)&any6, sizeof any6)
	                            : bind(fd, (struct sockaddr *)&any4, sizeof any4);
	return rc == 0 ? 0 : -errno;
}

/** A large buffer: beyond the system's limit where we may, else what the system allows. */
static void enlarge(int fd, int force, int option)
{
	int bytes = SOCKET_BUFFER;
	if (setsockopt(fd, SOL_SOCKET, force, &bytes, sizeof bytes) != 0)
		(void)setsockopt(fd, SOL_SOCKET, option, &bytes, sizeof bytes);
}

static int set_options(int fd, int family)
{
	int on = 1, off = 0;
	enlarge(fd, SO_RCVBUFFORCE, SO_RCVBUF);
	enlarge(fd, SO_SNDBUFFORCE, SO_SNDBUF);
	if (family == AF_INET)
		return setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0 ? 0 : -errno;
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) != 0)
		return -errno;
	return 0;
}

static int share(int fd)
{
	int on = 1;
	return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 ? 0 : -errno;
}

/** @return descriptor; -errno. */
static int open_socket(int family, uint16_t port, bool shared)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	int rc = set_options(fd, family);
	if (rc == 0 && shared)
		rc = share(fd);
	if (rc == 0)
		rc = bind_any(fd, family, port);
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

static void prepare(struct media_udp *udp)
{
	for (size_t i = 0; i < MEDIA_UDP_BATCH; i++) {
		udp->in_iov[i] = (struct iovec){udp->in_data[i], MEDIA_DATAGRAM_MAX};
		udp->in[i].msg_hdr.msg_name = &udp->in_from[i];
		udp->in[i].msg_hdr.msg_iov = &udp->in_iov[i];
		udp->in[i].msg_hdr.msg_iovlen = 1;
		udp->in[i].msg_hdr.msg_control = &udp->in_control[i];
		udp->out[i].msg_hdr.msg_name = &udp->out_to[i];
		udp->out[i].msg_hdr.msg_iov = &udp->out_iov[i];
		udp->out[i].msg_hdr.msg_iovlen = 1;
		udp->out[i].msg_hdr.msg_control = &udp->out_control[i];
	}
}

/** Takes fd over. */
static int wrap(int fd, int family, struct media_udp **out)
{
	struct media_udp *udp = calloc(1, sizeof *udp);
	struct sockaddr_storage self;
	socklen_t len = sizeof self;
	if (!udp || getsockname(fd, (struct sockaddr *)&self, &len) != 0) {
		int rc = udp ? -errno : -ENOMEM;
		free(udp);
		close(fd);
		return rc;
	}
	udp->fd = fd;
	udp->family = family;
	udp->port = udp_address_port(&self);
	prepare(udp);
	media_udp_offload(udp, true);
	*out = udp;
	return 0;
}

int media_udp_open(uint16_t port, struct media_udp **out)
{
	*out = NULL;
	int family = AF_INET6, fd = open_socket(family, port, false);
	if (fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL) {
		family = AF_INET;
		fd = open_socket(family, port, false);
	}
	return fd < 0 ? fd : wrap(fd, family, out);
}

int media_udp_share(struct media_udp *udp)
{
	return share(udp->fd);
}

int media_udp_open_beside(const struct media_udp *first, struct media_udp **out)
{
	*out = NULL;
	int fd = open_socket(first->family, first->port, true);
	return fd < 0 ? fd : wrap(fd, first->family, out);
}

void media_udp_close(struct media_udp *udp)
{
	if (!udp)
		return;
	close(udp->fd);
	free(udp);
}

int media_udp_fd(const struct media_udp *udp)
{
	return udp->fd;
}

uint16_t media_udp_port(const struct media_udp *udp)
{
	return udp->port;
}

int media_udp_receive(struct media_udp *udp, struct media_udp_received **out)
{
	*out = udp->received;
	for (size_t i = 0; i < MEDIA_UDP_BATCH; i++) {
		udp->in[i].msg_hdr.msg_namelen = sizeof udp->in_from[i];
		udp->in[i].msg_hdr.msg_controllen = sizeof udp->in_control[i];
	}
	int n = recvmmsg(udp->fd, udp->in, MEDIA_UDP_BATCH, 0, NULL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		struct media_udp_received *r = &udp->received[i];
		r->data = udp->in_data[i];
		/* one that was cut off is nothing of ours: it stays in the count, without content */
		r->len = udp->in[i].msg_hdr.msg_flags & MSG_TRUNC ? 0 : udp->in[i].msg_len;
		udp_address_from_kernel(&udp->in_from[i], &r->from.remote);
		udp_control_read(&udp->in[i].msg_hdr, &r->from.local);
	}
	return n;
}
