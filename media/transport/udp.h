/* The UDP port: batches in, batches out. Datagrams of one size to one peer leave as a run: one message that the kernel
 * (or the device) cuts up, which costs a fraction of as many messages. */
#ifndef MEDIA_TRANSPORT_UDP_H
#define MEDIA_TRANSPORT_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "transport/ice.h"

#define MEDIA_UDP_BATCH 64        /**< messages of one system call */
#define MEDIA_UDP_RUN 64          /**< datagrams of one message, at most what the kernel takes (UDP_MAX_SEGMENTS) */
#define MEDIA_UDP_RUN_BYTES 64000 /**< of one message, below what an IP packet's length can say */
#define MEDIA_DATAGRAM_MAX 2048

enum media_datagram {
	MEDIA_DATAGRAM_STUN,
	MEDIA_DATAGRAM_DTLS,
	MEDIA_DATAGRAM_RTP,
	MEDIA_DATAGRAM_RTCP,
	MEDIA_DATAGRAM_UNKNOWN
};
/** RFC 7983 and RFC 5761 demultiplexing by the first bytes. */
enum media_datagram media_datagram_kind(const uint8_t *data, size_t len);

struct media_tcp; /**< transport/tcp.h */
struct media_udp; /**< one IPv6 dual-stack socket (IPv4 alone where the kernel has no IPv6) with preallocated batches */

struct media_udp_received {
	uint8_t *data;          /**< writable, MEDIA_DATAGRAM_MAX bytes of room, valid until the next receive */
	size_t len;             /**< 0: empty, or larger than the room */
	struct media_path from; /**< IPv4 peers as AF_INET */
};

__attribute__((warn_unused_result)) int media_udp_open(uint16_t port,
                                                       struct media_udp **out); /**< -EADDRINUSE, -errno */
/** Let others open the same port beside this one (SO_REUSEPORT): the kernel gives each a part of the peers. Until it is
 * called, the port is this socket's alone, so that another program's is not shared by accident. @return 0; -errno. */
__attribute__((warn_unused_result)) int media_udp_share(struct media_udp *udp);
/** One more socket of a shared port. @return 0; -errno. */
__attribute__((warn_unused_result)) int media_udp_open_beside(const struct media_udp *first, struct media_udp **out);
void media_udp_close(struct media_udp *udp);
int media_udp_fd(const struct media_udp *udp);
uint16_t media_udp_port(const struct media_udp *udp);
/** One recvmmsg. @return count (0: nothing waits) with *out pointing at that many; -errno. */
__attribute__((warn_unused_result)) int media_udp_receive(struct media_udp *udp, struct media_udp_received **out);

/** The one way out. NULL only when size exceeds MEDIA_DATAGRAM_MAX. Reserve room in the transmit arena, write (encrypt)
 * into it, commit its length; a full batch flushes by itself. What is committed in a row for one peer becomes a run as
 * long as it has the first one's size; a shorter one rides along and ends it. */
uint8_t *media_udp_reserve(struct media_udp *udp, size_t size);
void media_udp_commit(struct media_udp *udp, const struct media_path *to, size_t len);
void media_udp_flush(struct media_udp *udp); /**< sendmmsg of what is committed; a full socket drops, counted */

/** From now on, what is committed for a path that is a TCP connection goes there. NULL: is dropped. */
void media_udp_carry_tcp(struct media_udp *udp, struct media_tcp *tcp);

/** Whether runs are cut up by the kernel; else each datagram is a message. On where the kernel can, until it or the
 * device refuses. */
void media_udp_offload(struct media_udp *udp, bool on);
bool media_udp_offloads(const struct media_udp *udp);

struct media_udp_stats {
	uint64_t sent, sent_bytes, dropped; /**< datagrams (TCP counts its own), bytes, those that a full socket cost */
	uint64_t messages, sends;           /**< runs and single datagrams; system calls */
	bool offload;
};
void media_udp_stats_get(const struct media_udp *udp, struct media_udp_stats *out);
#endif
