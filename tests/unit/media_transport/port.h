/* A UDP port under test, and clients that talk to it over loopback. Every call asserts. */
#ifndef TESTS_MEDIA_TRANSPORT_PORT_H
#define TESTS_MEDIA_TRANSPORT_PORT_H

#include "transport/udp.h"

/** On a port that is free. */
struct media_udp *port_open(void);
/** A client that talks to this address alone: the kernel drops what comes from any other. @return its socket */
int port_connect4(const struct media_udp *udp, const char *address);
int port_connect6(const struct media_udp *udp);
void port_wait(int fd); /**< until there is something to read */
/** The one datagram that comes next. */
struct media_udp_received *port_receive(struct media_udp *udp);
/** The next datagram that a client gets. */
void port_expect(int fd, const void *data, size_t len);
#endif
