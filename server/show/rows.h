/* What the files that find rows share. */
#ifndef TRUNKSHOW_SHOW_ROWS_H
#define TRUNKSHOW_SHOW_ROWS_H

#include "show/rules.h"

void *rows_look(struct rules *r, enum rules_kind kind, struct base_id id); /**< in memory, or NULL */
/** Into the table of its kind; a fresh one will be written. */
void rows_enter(struct rules *r, struct rules_row *row, enum rules_kind kind, struct base_id id, bool fresh);
/** Whether a source found something. One that fails is remembered; the batch is then given up. */
bool rows_found(struct rules *r, int result);
#endif
