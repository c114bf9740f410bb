/* How many TCP connections there are, in all and from one address. One for all workers, so that a connection that moves
 * from one to another is counted once. */
#ifndef MEDIA_TRANSPORT_TCP_BOUNDS_H
#define MEDIA_TRANSPORT_TCP_BOUNDS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct media_tcp_bounds;

/** @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int media_tcp_bounds_create(size_t in_all, size_t by_address,
                                                                struct media_tcp_bounds **out);
void media_tcp_bounds_destroy(struct media_tcp_bounds *b); /**< accepts NULL */
size_t media_tcp_bounds_in_all(const struct media_tcp_bounds *b);
/** Count a connection from this address, an IPv6 one with all of its network (/64). Thread: any.
 * @return 0; -EUSERS too many in all; -EDQUOT too many from there. */
__attribute__((warn_unused_result)) int media_tcp_bounds_enter(struct media_tcp_bounds *b,
                                                               const struct sockaddr_storage *address);
/** It is gone. Thread: any. */
void media_tcp_bounds_leave(struct media_tcp_bounds *b, const struct sockaddr_storage *address);
#endif
