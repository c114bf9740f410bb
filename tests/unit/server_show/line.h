/* People in line for one unit. */
#ifndef TEST_SERVER_SHOW_LINE_H
#define TEST_SERVER_SHOW_LINE_H

#include "world.h"

struct line {
	struct base_id hold;     /**< of the first buyer, who has the unit */
	struct base_id waits[4]; /**< of the next ones, in their order; they are all there */
};

/** Opens the market, too. */
struct line line_open(struct world *w, bool with_store);
struct rules_answer line_leave(struct world *w, struct base_id buyer, struct base_id waiting);
/** It must have been served, and what it got is held. */
struct rules_waiting *line_served(struct world *w, struct base_id waiting);
#endif
