/* From one worker to another: into its inbox, and a wake at the end of the round. Thread: worker. */
#ifndef MEDIA_FORWARD_PEERS_H
#define MEDIA_FORWARD_PEERS_H

#include "forward/worker.h"

/** A message to fill in and publish. @return NULL: the other's inbox is full. */
struct forward_message *forward_peers_claim(struct forward_worker *worker, uint8_t to, enum forward_message_type type);
void forward_peers_publish(struct forward_worker *worker, uint8_t to, struct forward_message *message);
/** Wake whom something was said to since. */
void forward_peers_wake(struct forward_worker *worker);

/** A datagram that came by this worker's socket and may be another's. @return false: not, as far as is known. */
bool forward_peers_pass_check(struct forward_worker *worker, const struct media_udp_received *r, const char *ufrag,
                              size_t ufrag_len);
bool forward_peers_pass(struct forward_worker *worker, const struct media_udp_received *r);
/** An address was vouched for in a datagram that came by another's socket, or is still in use. */
void forward_peers_tell_route(struct forward_worker *worker, const struct media_path *path);
/** A session gives an address up for which it vouched where `via`'s socket took its datagrams. */
void forward_peers_tell_unroute(struct forward_worker *worker, uint8_t via, const struct media_path *path);
/** Does the datagram that is being looked at come straight from the socket, and from an address for which another
 * worker's session vouched a moment ago? Then no session here can have it. */
bool forward_peers_holds(const struct forward_worker *worker, const struct media_path *path);
/** Another's session vouches for an address, or gives it up. */
void forward_peers_on_route(struct forward_worker *worker, const struct forward_message *m);
void forward_peers_on_unroute(struct forward_worker *worker, const struct forward_message *m);
void forward_peers_on_connection(struct forward_worker *worker, const struct forward_message *m);
/** Take datagrams that came by others' sockets, within bounds. */
void forward_peers_receive(struct forward_worker *worker);
#endif
