/* What udp.c (in) and udp_send.c (out) share. */
#ifndef MEDIA_TRANSPORT_UDP_PRIVATE_H
#define MEDIA_TRANSPORT_UDP_PRIVATE_H

#include <stdbool.h>

#include "transport/udp.h"
#include "transport/udp_address.h"

/** Of one batch out: several runs, and little enough to stay in a core's cache between encryption and the kernel. */
#define UDP_ARENA_BYTES (256 << 10)

/** A message: one datagram, or a run of equal ones of which the last may be shorter. */
struct udp_run {
	uint16_t segment; /**< size of the first [bytes] */
	uint16_t count;
	bool closed; /**< nothing more may follow */
};

struct media_udp {
	int fd, family;
	uint16_t port;
	struct media_udp_stats stats;
	struct media_tcp *tcp; /**< for paths that are connections; may be NULL */

	struct mmsghdr in[MEDIA_UDP_BATCH];
	struct iovec in_iov[MEDIA_UDP_BATCH];
	struct sockaddr_storage in_from[MEDIA_UDP_BATCH];
	union udp_control in_control[MEDIA_UDP_BATCH];
	struct media_udp_received received[MEDIA_UDP_BATCH];

	struct mmsghdr out[MEDIA_UDP_BATCH];
	struct iovec out_iov[MEDIA_UDP_BATCH];
	struct sockaddr_storage out_to[MEDIA_UDP_BATCH];
	union udp_control out_control[MEDIA_UDP_BATCH];
	struct udp_run runs[MEDIA_UDP_BATCH];
	struct media_path out_path; /**< of the newest message */
	size_t out_count, out_used, out_reserved;
	bool offload;
	int refusals; /**< runs refused since the last that left */

	uint8_t in_data[MEDIA_UDP_BATCH][MEDIA_DATAGRAM_MAX];
	uint8_t out_data[UDP_ARENA_BYTES];
};
#endif
