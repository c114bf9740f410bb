/* Which addresses an answer offers as host candidates. */
#ifndef MEDIA_FORWARD_ANNOUNCE_H
#define MEDIA_FORWARD_ANNOUNCE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define FORWARD_ADDRESSES 12

struct forward_addresses {
	size_t count;
	char text[FORWARD_ADDRESSES][INET6_ADDRSTRLEN]; /**< literals */
};

/** Add a literal unless it is there, malformed, a wildcard, or the list is full. An IPv4-mapped one is added as IPv4.
 */
void forward_addresses_add(struct forward_addresses *a, const char *literal);
/** Add those of a comma-separated list. @return 0; -EINVAL something in it is no address. */
__attribute__((warn_unused_result)) int forward_addresses_parse(struct forward_addresses *a, const char *list);
/** Can others on the network reach it: neither loopback, link-local, multicast nor a wildcard? */
bool forward_address_usable(const struct sockaddr *address);
/** Add the machine's own, IPv4 first; loopback only when there is no other. */
void forward_addresses_own(struct forward_addresses *a);
/** All of it: first the address the request came in on, then those configured, or else the machine's own. */
void forward_announce(const char *configured, const char *local_address, struct forward_addresses *out);
#endif
