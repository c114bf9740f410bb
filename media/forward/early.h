/* ClientHellos that came before the connectivity check which vouches for their address: kept for a moment, so that the
 * handshake need not wait for a retransmission. Bounded: newcomers push out the oldest. Pure. */
#ifndef MEDIA_FORWARD_EARLY_H
#define MEDIA_FORWARD_EARLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/ice.h"

#define FORWARD_EARLY_HELLOS 32
#define FORWARD_EARLY_PARTS 3 /**< a ClientHello may span datagrams */
#define FORWARD_EARLY_BYTES 1500
#define FORWARD_EARLY_US 2000000 /**< kept that long */

struct forward_early {
	size_t next;
	struct forward_early_hello {
		struct media_path from;
		int64_t at_us;
		size_t count;
		size_t lengths[FORWARD_EARLY_PARTS];
		uint8_t parts[FORWARD_EARLY_PARTS][FORWARD_EARLY_BYTES];
	} hellos[FORWARD_EARLY_HELLOS];
};

/** Keep the message if it is (part of) a ClientHello. */
void forward_early_keep(struct forward_early *e, const struct media_path *from, const uint8_t *data, size_t len,
                        int64_t now_us);
/** What waits from this address; the caller handles it and sets its count to 0. @return NULL: nothing. */
struct forward_early_hello *forward_early_find(struct forward_early *e, const struct media_path *from, int64_t now_us);
#endif
