/* What tcp.c (who is connected) and tcp_stream.c (what passes) share. */
#ifndef MEDIA_TRANSPORT_TCP_PRIVATE_H
#define MEDIA_TRANSPORT_TCP_PRIVATE_H

#include "transport/tcp.h"
#include "transport/tcp_queue.h"

#define TCP_IN_BYTES 8192 /**< several messages of one read; at least one whole */

struct media_tcp_connection {
	uint64_t id; /**< as in a path: the place in the owner's table, and which of those that were there */
	int fd;
	struct media_path path;
	struct media_tcp_bounds *bounds;
	int64_t deadline_us; /**< closed then */
	bool vouched;
	bool blocked; /**< the kernel took no more: epoll says when it does */
	bool queued;  /**< among those to flush */
	bool ending;  /**< neither read nor written to any more */
	size_t in_at, in_len;
	uint8_t in[TCP_IN_BYTES];
	struct media_tcp_queue out;
};

struct media_tcp {
	int epoll_fd, listen_fd;
	uint16_t port;
	bool paused; /**< out of descriptors: the listener is not looked at until the next tick */
	int64_t silent_us, now_us;
	struct media_tcp_hooks hooks;
	struct media_tcp_bounds *bounds;
	struct media_tcp_stats stats;
	uint64_t serial;
	size_t capacity, free_count, flush_count;
	uint32_t *free;                            /**< unused places */
	uint64_t *flush;                           /**< connections with something to send */
	struct media_tcp_connection **connections; /**< by place */
};

/** @return NULL: gone. */
struct media_tcp_connection *tcp_find(const struct media_tcp *tcp, uint64_t id);
void tcp_close(struct media_tcp *tcp, struct media_tcp_connection *c);
/** What epoll reports of it from now on. */
void tcp_watch(struct media_tcp *tcp, struct media_tcp_connection *c, int operation);

/* tcp_stream.c */
/** Read and hand out what is there. */
void tcp_read(struct media_tcp *tcp, struct media_tcp_connection *c);
/** Hand out what was read. @return false: it is no longer ours. */
bool tcp_deliver(struct media_tcp *tcp, struct media_tcp_connection *c);
void tcp_write(struct media_tcp *tcp, struct media_tcp_connection *c);
/** Let the next flush look at it. */
void tcp_flush_later(struct media_tcp *tcp, struct media_tcp_connection *c);
#endif
