#include "port.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include "bytes.h"

struct media_udp *port_open(void)
{
	struct media_udp *udp = NULL;
	assert_int_equal(media_udp_open(0, &udp), 0);
	assert_true(media_udp_port(udp) > 0);
	return udp;
}

static int connect_to(const struct sockaddr *to, socklen_t len)
{
	int fd = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int bytes = 4 << 20;
	assert_true(fd >= 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
	assert_int_equal(connect(fd, to, len), 0);
	return fd;
}

int port_connect4(const struct media_udp *udp, const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(media_udp_port(udp))};
	to.sin_addr.s_addr = inet_addr(address);
	return connect_to((const struct sockaddr *)&to, sizeof to);
}

int port_connect6(const struct media_udp *udp)
{
	struct sockaddr_in6 to = {
	        .sin6_family = AF_INET6, .sin6_port = htons(media_udp_port(udp)), .sin6_addr = in6addr_loopback};
	return connect_to((const struct sockaddr *)&to, sizeof to);
}

void port_wait(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	assert_int_equal(poll(&p, 1, 20000), 1);
}

struct media_udp_received *port_receive(struct media_udp *udp)
{
	struct media_udp_received *got = NULL;
	port_wait(media_udp_fd(udp));
	assert_int_equal(media_udp_receive(udp, &got), 1);
	return got;
}

void port_expect(int fd, const void *data, size_t len)
{
	uint8_t got[2048];
	port_wait(fd);
	assert_int_equal(recv(fd, got, sizeof got, 0), len);
	assert_memory_equal(got, data, len);
}
