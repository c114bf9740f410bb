/* How many connections each address has: an IPv4 address, or the /64 that an IPv6 network gives its user. Hub thread.
 */
#ifndef TRUNKSHOW_HUB_ADDRESSES_H
#define TRUNKSHOW_HUB_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/** One address that has connections. */
struct address_row {
	uint8_t key[16];
	size_t connections;
	struct address_row *next;
};

struct addresses {
	struct address_row **chains;
	size_t chain_count, row_count; /* chain_count is a power of two */
	uint64_t seed[2];              /* strangers choose their addresses: not so that they share a chain */
	bool everybody;                /**< loopback counts as well (tests) */
	bool behind_proxy;             /**< what comes over private networks does not count */
};

void addresses_init(struct addresses *addresses, bool behind_proxy);
void addresses_finish(struct addresses *addresses);

/** Count one more connection of an address. @return what to give back when it ends; NULL when the address does not
 * count: loopback, or with `behind_proxy` a private network, where the proxy is. */
struct address_row *addresses_take(struct addresses *addresses, const struct sockaddr *from);
/** Accepts NULL. */
void addresses_give(struct addresses *addresses, struct address_row *row);
#endif
