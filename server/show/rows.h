/* What the files that find rows share. */
#ifndef TRUNKSHOW_SHOW_ROWS_H
#define TRUNKSHOW_SHOW_ROWS_H

#include "show/rules.h"

void rows_init(struct rules *r); /**< places for what was looked up */
void rows_finish(struct rules *r);
void rows_overlook(struct rules *r, enum rules_kind kind); /**< rows of the kind were taken out of their table */
void rows_leave(struct rules *r, struct rules_row *row);   /**< out of its table, which frees it */

void *rows_look(struct rules *r, enum rules_kind kind, struct base_id id); /**< in memory, or NULL */
/** Into the table of its kind; a fresh one will be written. */
void rows_enter(struct rules *r, struct rules_row *row, enum rules_kind kind, struct base_id id, bool fresh);
/** Whether a source found something. One that fails is remembered; the batch is then given up. */
void rows_free_buyer(gpointer data); /**< what the table of buyers owns */
bool rows_found(struct rules *r, int result);
#endif
