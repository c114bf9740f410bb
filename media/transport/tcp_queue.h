/* What waits to leave by one connection: a ring of bytes that takes whole frames or nothing. Pure. */
#ifndef MEDIA_TRANSPORT_TCP_QUEUE_H
#define MEDIA_TRANSPORT_TCP_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct media_tcp_queue {
	uint8_t *data; /**< of `size` bytes, the owner's */
	size_t size, head, used;
};

/** Add a message with its head, if `room` bytes stay free behind it. @return false: there is no room; nothing was
 * added.
 */
bool media_tcp_queue_add(struct media_tcp_queue *q, const uint8_t *message, size_t len, size_t room);
/** What waits, in order. @return how many of the two are used. */
size_t media_tcp_queue_peek(const struct media_tcp_queue *q, struct iovec out[2]);
/** The first `len` bytes have left. */
void media_tcp_queue_drop(struct media_tcp_queue *q, size_t len);
#endif
