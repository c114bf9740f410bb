/* Token buckets for names of strangers (addresses, usernames) in a table of fixed size: a flood of names
 * costs no memory; when a set is full the bucket that is nearest to full, so tells least, gives way. */
#ifndef TRUNKSHOW_API_LIMITER_H
#define TRUNKSHOW_API_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

struct api_limiter;

/** @param burst what may be done at once; @param per_minute refill. @return never NULL. */
struct api_limiter *api_limiter_create(double burst, double per_minute);
void api_limiter_destroy(struct api_limiter *limiter); /**< accepts NULL */

/** Spend one. @return true; false with *retry_s (at least 1) when the bucket is empty. Thread: one. */
bool api_limiter_take(struct api_limiter *limiter, const char *name, int64_t now_us, int64_t *retry_s);

/** The name under which an address is limited: IPv4 as it is, IPv6 its /64, which one customer owns. */
void api_limiter_address(const char *address, char out[64]);
#endif
