/* Between the rules and the store. Thread: show. */
#ifndef TRUNKSHOW_SHOW_LOAD_H
#define TRUNKSHOW_SHOW_LOAD_H

#include "show/rules.h"

/** Let the rules find in the store what they do not have in memory. */
struct rules_source show_store_source(struct store *store);

/** Load live shows with their run of show, every open hold, all who wait and every unsettled
 * order.
 *  @param hold_least_ms what an active hold keeps at least: after a restart, some; else 0. @return 0; -EIO. */
__attribute__((warn_unused_result)) int show_load(struct rules *r, struct store *store, const struct rules_now *now,
                                                  int64_t hold_least_ms);

/** Write what the rules changed, inside the open transaction. @return 0; an error of store/writer.h. */
__attribute__((warn_unused_result)) int show_write(struct rules *r, struct store *store);
#endif
