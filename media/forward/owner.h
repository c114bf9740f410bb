/* Which worker a session goes to. Pure. */
#ifndef MEDIA_FORWARD_OWNER_H
#define MEDIA_FORWARD_OWNER_H

#include <stddef.h>

#define FORWARD_BUSY_PC 60 /**< a worker that is so busy is given nothing while another is not */

struct forward_burden {
	int sessions;
	int busy_pc; /**< of its time, lately */
};

/** Where a new stream lives, and with it its host: with the least to do. */
size_t forward_owner_of_stream(const struct forward_burden *workers, size_t count);
/** With the host, where packets come without a step between workers, until that worker has `together` sessions more
 * than the one with the fewest: so a small show stays in one place, and a large one uses all.
 * @param home where the stream lives */
size_t forward_owner_of_viewer(const struct forward_burden *workers, size_t count, size_t home, int together);
#endif
