/* The worker's TCP connections: who comes by one, and to which worker it belongs. Thread: worker. */
#ifndef MEDIA_FORWARD_CONNECTIONS_H
#define MEDIA_FORWARD_CONNECTIONS_H

#include "transport/stun.h"
#include "transport/tcp.h"

struct forward_session;
struct forward_worker;

/** Open the UDP port, and with it the TCP port of the same number. @return 0; -EADDRINUSE; -errno. */
__attribute__((warn_unused_result)) int forward_connections_open_ports(struct forward_worker *worker);
/** Take what the connections hold. */
void forward_connections_poll(struct forward_worker *worker);
/** Every check came by UDP, or by a connection that is vouched for from now on if it was authentic. */
void forward_connections_checked(struct forward_worker *worker, const struct media_path *from);
/** Its session has closed: say goodbye to those it came by. */
void forward_connections_end(struct forward_worker *worker, const struct forward_session *session);
#endif
