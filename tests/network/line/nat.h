/* The far end's address as others see it: what a router does that gives a house another one. Pure. */
#ifndef NETWORK_LINE_NAT_H
#define NETWORK_LINE_NAT_H

#include <stddef.h>
#include <stdint.h>

/** Network byte order. */
struct line_nat {
	uint32_t own, seen; /**< seen 0: as it is */
};

/** In an IPv4 packet from the far end, write the address that is seen for its own; checksums follow. */
void line_nat_out(const struct line_nat *nat, uint8_t *packet, size_t len);
/** In an IPv4 packet to the far end, the other way. */
void line_nat_in(const struct line_nat *nat, uint8_t *packet, size_t len);
#endif
