/* What the store has against what the model says, row by row, and what must hold of the store by itself. */
#ifndef TEST_SERVER_SHOW_COMPARE_H
#define TEST_SERVER_SHOW_COMPARE_H

#include "rig.h"

/** @param all every row; else what is open alone. Differences go to rig_wrong. */
void compare(struct rig *rig, const struct model *m, bool all);

/** Of compare with `all`: credit, balances, notices. */
void compare_people(struct rig *rig, const struct model *m);
#endif
