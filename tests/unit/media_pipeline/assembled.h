/* What comes out of packets. */
#ifndef TEST_ASSEMBLED_H
#define TEST_ASSEMBLED_H

#include "packets.h"
#include "pipeline/assemble.h"

enum { ASSEMBLED_MAX = 256 };

struct assembled {
	struct assemble_unit units[ASSEMBLED_MAX]; /**< their data copied */
	size_t count;
};

/** Pull until there is none. */
void assembled_pull(struct assemble *a, int64_t now_us, struct assembled *got);
/** Push each at its time, pull when it is time to. */
void assembled_push(struct assemble *a, const struct packets *p, struct assembled *got);
/** All packets through a new one; payload type 102. */
struct assembled assembled_run(enum assemble_codec codec, const struct packets *p);
void assembled_free(struct assembled *got);
#endif
