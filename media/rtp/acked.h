/* What arrives, in bits per second of the receiver's time. Pure. */
#ifndef MEDIA_RTP_ACKED_H
#define MEDIA_RTP_ACKED_H

#include <stdint.h>

#define MEDIA_ACKED_SLOTS 32
#define MEDIA_ACKED_SLOT_US 16000
#define MEDIA_ACKED_LONG_US (MEDIA_ACKED_SLOTS * MEDIA_ACKED_SLOT_US)
#define MEDIA_ACKED_SHORT_US (10 * MEDIA_ACKED_SLOT_US) /**< enough where a queue keeps the line busy */

/** Zeroed before use. */
struct media_acked {
	int64_t first_us, newest_us; /**< arrivals; since the last pause longer than all slots */
	uint32_t bytes[MEDIA_ACKED_SLOTS];
};

void media_acked_add(struct media_acked *a, int64_t arrival_us, uint32_t size);
/** Over the newest part of it. @param over_us at most MEDIA_ACKED_LONG_US @return 0: too short to tell. */
int64_t media_acked_bps(const struct media_acked *a, int64_t over_us);
#endif
