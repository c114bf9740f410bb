/* A set that forgets nothing and says "perhaps" or "surely not": four bytes for each that was added. A Bloom filter
 * whose bits for one lie in one cache line (split block, as in Apache Parquet); when full, a larger one is laid on top.
 */
#ifndef TRUNKSHOW_STORE_FILTER_H
#define TRUNKSHOW_STORE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

struct filter;

struct filter *filter_new(void);
void filter_free(struct filter *filter); /**< accepts NULL */

/** What is added is known by two words, whose bits should be even: parts of digests or random ids. */
void filter_add(struct filter *filter, uint64_t a, uint64_t b);
/** @return false: was never added; true: it was, or one in some ten thousands of those that were not. */
bool filter_may_have(const struct filter *filter, uint64_t a, uint64_t b);
#endif
