/* The TCP port, for peers whose network lets no UDP through: passive candidates (RFC 6544), messages framed as RFC 4571
 * says. One of these per worker, with its connections; one of them has the listener. A connection that has not shown a
 * good check within MEDIA_TCP_STRANGER_US is closed, and so is one whose checks cease. Thread: the owner's, unless said
 * otherwise.
 *
 * What leaves goes through udp.h like everything else, and waits here in a bounded queue: when that is full, whole
 * messages are dropped, so that a peer who takes nothing costs nobody but itself. */
#ifndef MEDIA_TRANSPORT_TCP_H
#define MEDIA_TRANSPORT_TCP_H

#include "transport/tcp_bounds.h"
#include "transport/udp.h"

#define MEDIA_TCP_STRANGER_US 10000000
#define MEDIA_TCP_QUEUE_BYTES (128 << 10) /**< waiting for one peer: a third of a second of picture at 3 Mb/s */
#define MEDIA_TCP_LARGE_BYTES 400         /**< media packets longer than this are picture, not sound */

struct media_tcp;
struct media_tcp_connection; /**< on its way between two owners */

struct media_tcp_hooks {
	/** A message. `received` is valid until the hook returns, which may end or detach the connection. */
	void (*receive)(struct media_udp_received *received, void *ctx);
	void *ctx;
};

/** @param bounds shared, outlives this @param silent_us an accepted peer is gone when there was no check for so long
 * @return 0; -ENOMEM; -errno. */
__attribute__((warn_unused_result)) int media_tcp_create(struct media_tcp_bounds *bounds, int64_t silent_us,
                                                         const struct media_tcp_hooks *hooks, struct media_tcp **out);
/** Close all. Accepts NULL. */
void media_tcp_destroy(struct media_tcp *tcp);
/** Accept connections on this port of all addresses. @return 0; -EADDRINUSE; -errno. */
__attribute__((warn_unused_result)) int media_tcp_listen(struct media_tcp *tcp, uint16_t port);
uint16_t media_tcp_port(const struct media_tcp *tcp); /**< 0: does not listen */
/** Readable while media_tcp_poll() has something to do. */
int media_tcp_fd(const struct media_tcp *tcp);
/** Accept, receive (bounded, then again at the next call) and send what could not leave before. */
void media_tcp_poll(struct media_tcp *tcp, int64_t now_us);
/** Close who is silent. About once a second. */
void media_tcp_tick(struct media_tcp *tcp, int64_t now_us);

/** Queue a message for a connection; one that is gone, or full, drops it, counted. */
void media_tcp_send(struct media_tcp *tcp, uint64_t connection, const uint8_t *data, size_t len);
/** How much waits for a peer that takes it slowly [bytes]. */
size_t media_tcp_waiting(const struct media_tcp *tcp, uint64_t connection);
/** Hand what is queued to the kernel. */
void media_tcp_flush(struct media_tcp *tcp);

/** An authentic check came by it: it may stay. */
void media_tcp_vouch(struct media_tcp *tcp, uint64_t connection, int64_t now_us);
/** Its session is over: close it once what is queued has left. */
void media_tcp_end(struct media_tcp *tcp, uint64_t connection, int64_t now_us);
/** Take it out, with what was read of it from the message just being received on: another worker's. @return NULL: gone.
 */
struct media_tcp_connection *media_tcp_detach(struct media_tcp *tcp, uint64_t connection);
/** Take it over; what came with it is received at once. */
void media_tcp_adopt(struct media_tcp *tcp, struct media_tcp_connection *connection, int64_t now_us);
/** Close one that found no owner. Accepts NULL. Thread: any. */
void media_tcp_discard(struct media_tcp_connection *connection);

struct media_tcp_stats {
	size_t connections;
	uint64_t accepted, refused, malformed, timed_out;  /**< connections; refused: one too many */
	uint64_t sent, sent_bytes, dropped, dropped_large; /**< messages; dropped_large of dropped: picture */
	uint64_t sends;                                    /**< system calls */
};
void media_tcp_stats_get(const struct media_tcp *tcp, struct media_tcp_stats *out);
#endif
