/* The listening socket: ours rather than lws', so that descriptors never run out and errors have names. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "hub/hub_private.h"

#define ACCEPT_BATCH 64 /* then others get their turn */
#define BACKLOG 1024
#define MIN_SOCKETS 8

/* Make room for the connections, and for those of the media, and learn where it ends. */
static void raise_limit(struct hub *hub)
{
	int64_t media = hub->settings->media_tcp ? hub->settings->media_tcp_connections : 0;
	rlim_t wanted = (rlim_t)(hub->settings->max_connections + media) + 4 * HUB_SPARE_FDS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		limit.rlim_cur = limit.rlim_max = 1024;
	/* lws keeps a table as long as the limit: containers set it to a billion. */
	rlim_t cap = limit.rlim_cur > 1 << 20 ? (rlim_t)1 << 20 : limit.rlim_cur;
	rlim_t target = cap > wanted ? cap : wanted;
	if (target > limit.rlim_max)
		target = limit.rlim_max;
	if (target != limit.rlim_cur) {
		struct rlimit changed = {target, limit.rlim_max};
		if (setrlimit(RLIMIT_NOFILE, &changed) == 0)
			limit.rlim_cur = target;
	}
	hub->fd_limit = (int)limit.rlim_cur - HUB_SPARE_FDS;
	if (hub->fd_limit < MIN_SOCKETS)
		hub->fd_limit = (int)limit.rlim_cur / 2;
	hub->max_sockets = (size_t)hub->settings->max_connections;
	if (hub->max_sockets > (size_t)hub->fd_limit) {
		base_log(BASE_LOG_WARN, HUB_PART, "few_descriptors", "limit=%ld max_connections=%zu",
		         (long)limit.rlim_cur, (size_t)hub->fd_limit);
		hub->max_sockets = (size_t)hub->fd_limit;
	}
}

static int parse_address(const char *text, int64_t port, struct sockaddr_storage *out, socklen_t *len)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		*len = sizeof *v4;
		return 0;
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		*len = sizeof *v6;
		return 0;
	}
	return -EINVAL;
}

static int bound_port(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address = {0};
	socklen_t len = sizeof address;

	if (getsockname(fd, &address.any, &len) != 0)
		return 0;
	return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

int listen_open(struct hub *hub, char *why, size_t why_len)
{
	struct sockaddr_storage address;
	const int on = 1, off = 0;
	socklen_t len;

	raise_limit(hub);
	if (parse_address(hub->settings->bind, hub->settings->http_port, &address, &len) != 0) {
		snprintf(why, why_len, "bind: %s is no IP address", hub->settings->bind);
		return -EINVAL;
	}
	hub->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	hub->listen_fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (hub->listen_fd < 0)
		goto fail;
	setsockopt(hub->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (address.ss_family == AF_INET6)
		setsockopt(hub->listen_fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(hub->listen_fd, (struct sockaddr *)&address, len) != 0 || listen(hub->listen_fd, BACKLOG) != 0)
		goto fail;
	hub->port = bound_port(hub->listen_fd);
	return 0;
fail:;
	int err = errno;
	snprintf(why, why_len, "HTTP cannot listen on %s port %d: %s", hub->settings->bind,
	         (int)hub->settings->http_port, strerror(err));
	return -err;
}

static void refused(struct hub *hub)
{
	static int64_t told_us;
	int64_t now_us = base_clock_monotonic_us();

	hub->stats.ws_refused++;
	if (now_us - told_us > 10000000 || told_us == 0) {
		told_us = now_us;
		base_log(BASE_LOG_WARN, HUB_PART, "refusing", "connections=%zu limit=%zu", hub->sockets,
		         hub->max_sockets);
	}
}

/* No descriptor is left: give up the spare one for as long as it takes to turn the caller away. Left in the backlog he
 * would wake the loop again and again. */
static void turn_away(struct hub *hub)
{
	close(hub->spare_fd);
	int fd = accept4(hub->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	hub->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	refused(hub);
}

static void crowded(struct hub *hub, size_t connections)
{
	static int64_t told_us;
	int64_t now_us = base_clock_monotonic_us();

	hub->stats.address_refused++;
	if (now_us - told_us > 10000000 || told_us == 0) {
		told_us = now_us;
		base_log(BASE_LOG_WARN, HUB_PART, "crowded", "connections=%zu of one address, limit=%lld", connections,
		         (long long)hub->settings->connections_per_address);
	}
}

/* Count whose connection it is. @return NULL when it has been closed: far too many */
static struct hub_peer *admit(struct hub *hub, int fd, const struct sockaddr *from)
{
	size_t most = (size_t)hub->settings->connections_per_address;
	struct address_row *row = most ? addresses_take(&hub->addresses, from) : NULL;
	bool over = row && row->connections > most;

	if (over)
		crowded(hub, row->connections);
	if (!over || row->connections <= most + HUB_CROWD_SPARE)
		return peer_new(hub, row, over);
	addresses_give(&hub->addresses, row);
	close(fd);
	return NULL;
}

static void adopt(struct hub *hub, int fd, const struct sockaddr *from)
{
	const int on = 1, sndbuf = HUB_SNDBUF_BYTES;

	if (hub->sockets >= hub->max_sockets || fd >= hub->fd_limit) {
		close(fd);
		refused(hub);
		return;
	}
	hub->newcomer = admit(hub, fd, from);
	if (!hub->newcomer)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &sndbuf, sizeof sndbuf);
	lws_adopt_desc_t desc = {
	        .vh = hub->vhost,
	        .type = hub->tls ? LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL : LWS_ADOPT_SOCKET,
	        .fd.sockfd = fd,
	        .opaque = hub->newcomer,
	};
	/* Where lws fails with a connection in hand it says so, and the peer is gone. */
	if (!lws_adopt_descriptor_vhost_via_info(&desc) && hub->newcomer)
		peer_free(hub->newcomer);
	hub->newcomer = NULL;
}

static void on_caller(uv_poll_t *handle, int status, int events)
{
	struct hub *hub = handle->data;

	for (int i = 0; i < ACCEPT_BATCH; i++) {
		struct sockaddr_storage from = {.ss_family = AF_UNSPEC};
		socklen_t len = sizeof from;
		int fd = accept4(hub->listen_fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			adopt(hub, fd, (struct sockaddr *)&from);
		else if (errno == EMFILE || errno == ENFILE)
			turn_away(hub);
		else if (errno != EINTR && errno != ECONNABORTED)
			break;
	}
	hub_wake(hub); /* lws has set timeouts outside of its own events */
}

void listen_start(struct hub *hub)
{
	uv_poll_init(&hub->loop, &hub->listener, hub->listen_fd);
	hub->listener.data = hub;
	uv_poll_start(&hub->listener, UV_READABLE, on_caller);
	hub->listening = true;
}

void listen_close(struct hub *hub)
{
	if (hub->listening)
		uv_close((uv_handle_t *)&hub->listener, NULL);
	hub->listening = false;
	if (hub->listen_fd >= 0)
		close(hub->listen_fd);
	if (hub->spare_fd >= 0)
		close(hub->spare_fd);
	hub->listen_fd = hub->spare_fd = -1;
}
