/* Claims between their commit and their rows.
 *
 * A row of `hold` costs more than everything else in a claim. So a transaction writes its new holds together, as a row
 * of `claimed`, and later, when there is time, rows of `hold` are made of them (store_settle). At every moment a hold
 * is what its row in `hold` says, and one without a row is as it was claimed: so readers look at both, in one snapshot,
 * and nobody has to wait. */
#ifndef TRUNKSHOW_STORE_CLAIMED_H
#define TRUNKSHOW_STORE_CLAIMED_H

#include <glib.h>

#include "store/internal.h"
#include "store/writer.h"

struct claimed *claimed_new(void);
void claimed_free(struct claimed *claimed); /**< accepts NULL */

/** Have claimed_flush write a new hold. @return 0; -EEXIST: its row would break a constraint; an error of the flush
 * that makes room. */
__attribute__((warn_unused_result)) int claimed_add(struct store *store, const struct store_claim *claim);
/** Write what was added, in the transaction. */
__attribute__((warn_unused_result)) int claimed_flush(struct store *store);
/** The transaction's end. */
void claimed_committed(struct claimed *claimed);
void claimed_rolled_back(struct claimed *claimed);
/** In a transaction: make rows of the oldest row of `claimed`. @return how many claims it had; 0: there is none; an
 * error of the writer. */
__attribute__((warn_unused_result)) int claimed_settle(struct store *store);
/** Those that have not settled. */
int64_t claimed_count(const struct claimed *claimed);

/** NULL: any. */
struct claimed_wanted {
	const struct base_id *id, *buyer, *show, *listing;
	const struct base_id *before; /**< older than this one */
};
/** Append the holds that have no row yet to a list of struct store_hold, oldest first.
 *  @return 0; -EIO. */
__attribute__((warn_unused_result)) int claimed_find(struct store_reader *r, const struct claimed_wanted *wanted,
                                                     GArray *out);
/** The photos that they show, some of them several times. @return 0; -EIO. */
__attribute__((warn_unused_result)) int claimed_photos(struct store_reader *r,
                                                       void (*visit)(struct base_id photo, void *), void *ctx);
#endif
