/* Who is connected. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "transport/tcp_private.h"
#include "transport/udp_address.h"

enum { EVENTS = 64, ACCEPTS_AT_ONCE = 32, BACKLOG = 256 };

#define GOODBYE_US 2000000       /**< for what an ended connection still has to send */
#define UNACKNOWLEDGED_MS 30000  /**< a peer whose kernel is gone */
#define KERNEL_UNSENT (32 << 10) /**< more waits here, where the picture can be dropped [bytes] */
#define LISTENER UINT64_C(0)     /**< what epoll calls it; connections count from the capacity on */

struct media_tcp_connection *tcp_find(const struct media_tcp *tcp, uint64_t id)
{
	struct media_tcp_connection *c = tcp->connections[id % tcp->capacity];
	return c && c->id == id ? c : NULL;
}

void tcp_watch(struct media_tcp *tcp, struct media_tcp_connection *c, int operation)
{
	uint32_t events = (c->ending ? 0 : EPOLLIN) | (c->blocked ? EPOLLOUT : 0);
	struct epoll_event event = {.events = events, .data.u64 = c->id};
	(void)epoll_ctl(tcp->epoll_fd, operation, c->fd, &event);
}

static void watch_listener(struct media_tcp *tcp, bool on)
{
	struct epoll_event event = {.events = on ? EPOLLIN : 0, .data.u64 = LISTENER};
	(void)epoll_ctl(tcp->epoll_fd, EPOLL_CTL_MOD, tcp->listen_fd, &event);
	tcp->paused = !on;
}

/** Out of the tables; it keeps its descriptor and its place among the bounds. */
static void take_out(struct media_tcp *tcp, struct media_tcp_connection *c)
{
	uint32_t place = (uint32_t)(c->id % tcp->capacity);
	/* a copy of the descriptor in a process just forking would keep it in the epoll set */
	(void)epoll_ctl(tcp->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
	tcp->connections[place] = NULL;
	tcp->free[tcp->free_count++] = place;
	tcp->stats.connections--;
	if (!c->queued)
		return;
	for (size_t i = 0; i < tcp->flush_count; i++)
		if (tcp->flush[i] == c->id)
			tcp->flush[i] = tcp->flush[--tcp->flush_count];
	c->queued = false;
}

/** @return false: there is no place, and it is as it was. */
static bool put_in(struct media_tcp *tcp, struct media_tcp_connection *c)
{
	if (tcp->free_count == 0)
		return false;
	uint32_t place = tcp->free[--tcp->free_count];
	c->id = ++tcp->serial * tcp->capacity + place;
	c->path.tcp = c->id;
	tcp->connections[place] = c;
	tcp->stats.connections++;
	tcp_watch(tcp, c, EPOLL_CTL_ADD);
	return true;
}

void media_tcp_discard(struct media_tcp_connection *c)
{
	if (!c)
		return;
	media_tcp_bounds_leave(c->bounds, &c->path.remote);
	close(c->fd);
	free(c->out.data);
	free(c);
}

void tcp_close(struct media_tcp *tcp, struct media_tcp_connection *c)
{
	take_out(tcp, c);
	media_tcp_discard(c);
}

int media_tcp_create(struct media_tcp_bounds *bounds, int64_t silent_us, const struct media_tcp_hooks *hooks,
                     struct media_tcp **out)
{
	struct media_tcp *tcp = calloc(1, sizeof *tcp);
	*out = NULL;
	if (!tcp)
		return -ENOMEM;
	tcp->listen_fd = -1;
	tcp->bounds = bounds;
	tcp->silent_us = silent_us;
	tcp->hooks = *hooks;
	tcp->capacity = media_tcp_bounds_in_all(bounds);
	tcp->free = calloc(tcp->capacity, sizeof *tcp->free);
	tcp->flush = calloc(tcp->capacity, sizeof *tcp->flush);
	tcp->connections = calloc(tcp->capacity, sizeof(struct media_tcp_connection *));
	tcp->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	int status = tcp->epoll_fd < 0 ? -errno : tcp->free && tcp->flush && tcp->connections ? 0 : -ENOMEM;
	if (status != 0) {
		media_tcp_destroy(tcp);
		return status;
	}
	for (size_t i = 0; i < tcp->capacity; i++)
		tcp->free[tcp->free_count++] = (uint32_t)(tcp->capacity - 1 - i);
	*out = tcp;
	return 0;
}

void media_tcp_destroy(struct media_tcp *tcp)
{
	if (!tcp)
		return;
	for (size_t i = 0; i < tcp->capacity && tcp->connections; i++)
		if (tcp->connections[i])
			tcp_close(tcp, tcp->connections[i]);
	if (tcp->listen_fd >= 0)
		close(tcp->listen_fd);
	if (tcp->epoll_fd >= 0)
		close(tcp->epoll_fd);
	free(tcp->free);
	free(tcp->flush);
	free(tcp->connections);
	free(tcp);
}

/** @return descriptor; -errno. */
static int open_listener(int family, uint16_t port)
{
	struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	const void *any = family == AF_INET6 ? (const void *)&any6 : (const void *)&any4;
	socklen_t len = family == AF_INET6 ? sizeof any6 : sizeof any4;
	int on = 1, off = 0, fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* those of before a restart, which the kernel still remembers, are nobody who listens */
	bool good = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
	            (family == AF_INET || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0) &&
	            bind(fd, any, len) == 0 && listen(fd, BACKLOG) == 0;
	if (good)
		return fd;
	int status = -errno;
	close(fd);
	return status;
}

int media_tcp_listen(struct media_tcp *tcp, uint16_t port)
{
	struct sockaddr_storage self;
	socklen_t len = sizeof self;
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = LISTENER};
	int fd = open_listener(AF_INET6, port);
	if (fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL)
		fd = open_listener(AF_INET, port);
	if (fd < 0)
		return fd;
	if (getsockname(fd, (struct sockaddr *)&self, &len) != 0 ||
	    epoll_ctl(tcp->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
		int status = -errno;
		close(fd);
		return status;
	}
	tcp->listen_fd = fd;
	tcp->port = udp_address_port(&self);
	return 0;
}

uint16_t media_tcp_port(const struct media_tcp *tcp)
{
	return tcp->port;
}

int media_tcp_fd(const struct media_tcp *tcp)
{
	return tcp->epoll_fd;
}

static struct media_tcp_connection *make(struct media_tcp *tcp, int fd, const struct sockaddr_storage *from)
{
	struct sockaddr_storage self = {.ss_family = AF_UNSPEC};
	socklen_t len = sizeof self;
	struct media_tcp_connection *c = calloc(1, sizeof *c);
	uint8_t *room = c ? malloc(MEDIA_TCP_QUEUE_BYTES) : NULL;
	if (!room) {
		free(c);
		return NULL;
	}
	(void)getsockname(fd, (struct sockaddr *)&self, &len);
	c->fd = fd;
	c->path.remote = *from;
	udp_address_from_kernel(&self, &c->path.local);
	c->bounds = tcp->bounds;
	c->deadline_us = tcp->now_us + MEDIA_TCP_STRANGER_US;
	c->out = (struct media_tcp_queue){.data = room, .size = MEDIA_TCP_QUEUE_BYTES};
	return c;
}

static void set_options(int fd)
{
	int on = 1, unsent = KERNEL_UNSENT, unacknowledged = UNACKNOWLEDGED_MS;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged, sizeof unacknowledged);
}

/** Whoever holds all places without a check must not keep others out: the oldest stranger goes. @return false: none. */
static bool make_room(struct media_tcp *tcp)
{
	struct media_tcp_connection *oldest = NULL;
	for (size_t i = 0; i < tcp->capacity; i++) {
		struct media_tcp_connection *c = tcp->connections[i];
		if (c && !c->vouched && (!oldest || c->deadline_us < oldest->deadline_us))
			oldest = c;
	}
	if (!oldest)
		return false;
	tcp->stats.refused++;
	tcp_close(tcp, oldest);
	return true;
}

/** Takes fd. */
static void admit(struct media_tcp *tcp, int fd, const struct sockaddr_storage *kernel_from)
{
	struct sockaddr_storage from;
	udp_address_from_kernel(kernel_from, &from);
	int status = media_tcp_bounds_enter(tcp->bounds, &from);
	if (status == -EUSERS && make_room(tcp))
		status = media_tcp_bounds_enter(tcp->bounds, &from);
	struct media_tcp_connection *c = status == 0 ? make(tcp, fd, &from) : NULL;
	if (status == 0 && !c)
		media_tcp_bounds_leave(tcp->bounds, &from);
	if (!c) {
		tcp->stats.refused++;
		close(fd);
		return;
	}
	set_options(fd);
	if (!put_in(tcp, c)) {
		tcp->stats.refused++;
		media_tcp_discard(c);
		return;
	}
	tcp->stats.accepted++;
}

static void accept_some(struct media_tcp *tcp)
{
	for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		struct sockaddr_storage from = {.ss_family = AF_UNSPEC};
		socklen_t len = sizeof from;
		int fd = accept4(tcp->listen_fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			admit(tcp, fd, &from);
		else if (errno == EAGAIN)
			return;
		else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			watch_listener(tcp, false);
			return;
		} /* anything else is one connection's fate */
	}
}

void media_tcp_poll(struct media_tcp *tcp, int64_t now_us)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(tcp->epoll_fd, events, EVENTS, 0);
	tcp->now_us = now_us;
	for (int i = 0; i < n; i++) {
		uint64_t id = events[i].data.u64;
		struct media_tcp_connection *c = id == LISTENER ? NULL : tcp_find(tcp, id);
		if (id == LISTENER)
			accept_some(tcp);
		if (c && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			tcp_read(tcp, c);
		c = c ? tcp_find(tcp, id) : NULL;
		if (c && events[i].events & EPOLLOUT) {
			c->blocked = false;
			tcp_watch(tcp, c, EPOLL_CTL_MOD);
			tcp_write(tcp, c);
		}
	}
}

void media_tcp_tick(struct media_tcp *tcp, int64_t now_us)
{
	tcp->now_us = now_us;
	for (size_t i = 0; i < tcp->capacity; i++) {
		struct media_tcp_connection *c = tcp->connections[i];
		if (!c || now_us < c->deadline_us)
			continue;
		tcp->stats.timed_out += !c->ending;
		tcp_close(tcp, c);
	}
	if (tcp->paused)
		watch_listener(tcp, true);
}

void media_tcp_vouch(struct media_tcp *tcp, uint64_t connection, int64_t now_us)
{
	struct media_tcp_connection *c = tcp_find(tcp, connection);
	if (!c || c->ending)
		return;
	c->vouched = true;
	c->deadline_us = now_us + tcp->silent_us;
}

void media_tcp_end(struct media_tcp *tcp, uint64_t connection, int64_t now_us)
{
	struct media_tcp_connection *c = tcp_find(tcp, connection);
	if (!c || c->ending)
		return;
	c->ending = true;
	c->deadline_us = now_us + GOODBYE_US;
	tcp_watch(tcp, c, EPOLL_CTL_MOD);
	tcp_flush_later(tcp, c);
}

struct media_tcp_connection *media_tcp_detach(struct media_tcp *tcp, uint64_t connection)
{
	struct media_tcp_connection *c = tcp_find(tcp, connection);
	if (!c || c->ending)
		return NULL;
	take_out(tcp, c);
	c->blocked = false;
	return c;
}

void media_tcp_adopt(struct media_tcp *tcp, struct media_tcp_connection *c, int64_t now_us)
{
	tcp->now_us = now_us;
	if (!put_in(tcp, c)) {
		tcp->stats.refused++;
		media_tcp_discard(c);
		return;
	}
	if (tcp_deliver(tcp, c) && c->out.used)
		tcp_flush_later(tcp, c);
}

void media_tcp_stats_get(const struct media_tcp *tcp, struct media_tcp_stats *out)
{
	*out = tcp->stats;
}
