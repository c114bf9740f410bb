/* Which worker a session goes to. Pure. */
#ifndef MEDIA_FORWARD_OWNER_H
#define MEDIA_FORWARD_OWNER_H

#include <stddef.h>

/** A stream's viewers stay with its host, where packets reach them without a step between workers, until that worker
 * has so many sessions more than the one with the fewest. */
#define FORWARD_TOGETHER 32
#define FORWARD_BUSY_PC 60 /**< or until it is so busy, and another is not */

struct forward_burden {
	int sessions;
	int busy_pc; /**< of its time, lately */
};

/** Where a new stream lives, and with it its host: with the least to do. */
size_t forward_owner_of_stream(const struct forward_burden *workers, size_t count);
/** @param home where the stream lives */
size_t forward_owner_of_viewer(const struct forward_burden *workers, size_t count, size_t home);
#endif
