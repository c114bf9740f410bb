/* Sockets that only take what comes: what any sender's receivers cost at least. Reads as the simulated viewers do. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

#define AT_ONCE 256
#define RECEIVE_BUFFER (1 << 20)

struct drain {
	struct load_watch watch;
	int fd;
	uint64_t packets, bytes;
};

static void ready(void *ctx)
{
	struct drain *d = ctx;
	uint8_t data[2048];
	struct sockaddr_storage from;

	for (int i = 0; i < AT_ONCE; i++) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(d->fd, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&from, &len);

		if (n < 0)
			return;
		d->packets++;
		d->bytes += (uint64_t)n;
	}
}

static int open_drain(struct drain *d, json_t *ports)
{
	struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(self);
	int bytes = RECEIVE_BUFFER;

	d->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd < 0 || bind(d->fd, (struct sockaddr *)&self, sizeof(self)) < 0 ||
	    getsockname(d->fd, (struct sockaddr *)&self, &len) < 0)
		return -errno;
	(void)setsockopt(d->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	d->watch = (struct load_watch){ready, d};
	load_loop_watch(d->fd, POLLIN, &d->watch);
	json_array_append_new(ports, json_integer(ntohs(self.sin_port)));
	return 0;
}

static bool tick(int64_t now_us, void *ctx)
{
	(void)now_us;
	(void)ctx;
	return true;
}

static int read_all(struct drain *drains, const struct load_options *options)
{
	json_t *ports = json_array();
	uint64_t packets = 0, bytes = 0;

	for (int i = 0; i < options->count; i++)
		if (open_drain(&drains[i], ports) < 0) {
			perror("trunkshow-load sink");
			json_decref(ports);
			return 1;
		}
	load_emit(json_pack("{s:s,s:o}", "event", "ports", "ports", ports));
	load_loop_run(options->seconds, tick, NULL);
	for (int i = 0; i < options->count; i++) {
		ready(&drains[i]);
		packets += drains[i].packets;
		bytes += drains[i].bytes;
		close(drains[i].fd);
	}
	load_emit(json_pack("{s:s,s:I,s:I}", "event", "summary", "packets", (json_int_t)packets, "bytes",
	                    (json_int_t)bytes));
	return 0;
}

int load_sink(const struct load_options *options)
{
	struct drain *drains = load_loop_open() < 0 ? NULL : calloc((size_t)options->count, sizeof(*drains));
	int rc = drains ? read_all(drains, options) : 1;

	free(drains);
	return rc;
}
