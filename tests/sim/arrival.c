/* When datagrams arrive, and how evenly packets do. */
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "sim/internal.h"

/** The kernel's stamp is on the wall clock. Read late, it was made as long ago as the wall clock says. */
static int64_t monotonic_of(const struct timespec *stamp)
{
	struct timespec wall;
	int64_t ago;

	clock_gettime(CLOCK_REALTIME, &wall);
	ago = (wall.tv_sec - stamp->tv_sec) * 1000000 + (wall.tv_nsec - stamp->tv_nsec) / 1000;
	return sim_now_us() - (ago > 0 ? ago : 0);
}

void sim_arrivals_watch(int fd)
{
	int on = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
}

ssize_t sim_arrival(struct sim_peer *peer, uint8_t *data, size_t size)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct timespec))];
	} control;
	struct iovec iov = {data, size};
	struct msghdr message = {.msg_name = &peer->from,
	                         .msg_namelen = sizeof(peer->from),
	                         .msg_iov = &iov,
	                         .msg_iovlen = 1,
	                         .msg_control = control.bytes,
	                         .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(peer->fd, &message, 0);
	struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&message) : NULL;
	struct timespec stamp;

	peer->arrived_us = peer->now_us;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
		memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
		peer->arrived_us = monotonic_of(&stamp);
	}
	return n;
}

void sim_note_pace(struct sim_peer *peer, enum sim_kind kind, uint32_t timestamp)
{
	struct sim_receiver *r = &peer->receivers[kind];
	int64_t rate = kind == SIM_AUDIO ? 48000 : 90000, late_us;

	if (r->arrived_us) {
		late_us = peer->arrived_us - r->arrived_us - (int64_t)(int32_t)(timestamp - r->paced) * 1000000 / rate;
		if (late_us > peer->late_us[kind])
			peer->late_us[kind] = late_us;
	}
	r->arrived_us = peer->arrived_us;
	r->paced = timestamp;
}

int64_t sim_peer_late_us(struct sim_peer *peer, enum sim_kind kind)
{
	int64_t late_us = peer->late_us[kind];

	peer->late_us[kind] = 0;
	return late_us;
}
