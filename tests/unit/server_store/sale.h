/* A sale as the rules would write it, step by step: each is one transaction of the store's writer. */
#ifndef TEST_SERVER_STORE_SALE_H
#define TEST_SERVER_STORE_SALE_H

#include <stddef.h>
#include <stdint.h>

#include "store/writer.h"

extern const size_t sale_steps;

/** The market before it: people, a listing with two sizes, a show on air. @return 0 or the writer's error. */
int sale_open_market(struct store *store);
/** Write a step (from 0), without begin and commit. @return 0 or the writer's error. */
int sale_step(struct store *store, size_t step);
/** Everything that is in the database, as one number. @return 0; -EIO. */
int sale_digest(struct store *store, uint64_t *out);
#endif
