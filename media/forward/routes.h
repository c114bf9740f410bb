/* Whose are the datagrams that come by this worker's socket and are another worker's: by the address that its session
 * vouched for. A bounded table of which the oldest entries give way; sessions say so again while they live. Pure. */
#ifndef MEDIA_FORWARD_ROUTES_H
#define MEDIA_FORWARD_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORWARD_ROUTE_HELD_US                                                                                          \
	10000000 /**< nobody else can claim an address for so long after it was last vouched for */

struct forward_routes;

/** @param expected addresses. @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int forward_routes_create(size_t expected, struct forward_routes **out);
void forward_routes_destroy(struct forward_routes *routes); /**< accepts NULL */
/** @param hash of the address, under a key that strangers do not know; never 0 */
void forward_routes_learn(struct forward_routes *routes, uint64_t hash, uint8_t owner, int64_t now_us);
/** Its owner does not want it any more: whoever vouches for it next has it. */
void forward_routes_forget(struct forward_routes *routes, uint64_t hash, uint8_t owner);
/** @return the owner; -1: unknown. */
int forward_routes_find(const struct forward_routes *routes, uint64_t hash);
/** Is it another's, who vouched for it a moment ago? */
bool forward_routes_held(const struct forward_routes *routes, uint64_t hash, int64_t now_us);
#endif
