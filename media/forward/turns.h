/* Handshake messages that wait for their turn. Each takes hundreds of microseconds of arithmetic: a crowd's must not
 * keep those waiting who are there already, so a round of the worker does a few and sends media before the next.
 * Bounded. Pure. */
#ifndef MEDIA_FORWARD_TURNS_H
#define MEDIA_FORWARD_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/udp.h"

#define FORWARD_TURNS 1024    /**< messages that wait at most */
#define FORWARD_TURNS_US 2000 /**< of a round are for them */

struct forward_turn {
	struct media_path from;
	int64_t came_us;
	size_t len;
	uint8_t data[MEDIA_DATAGRAM_MAX];
};

/** First come, first served. While none wait it begins at its front again, so that of its memory only what was needed
 * at once is ever resident. Zeroed before init. */
struct forward_turns {
	struct forward_turn *turns;
	size_t first, count;
};

/** @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int forward_turns_init(struct forward_turns *turns);
void forward_turns_finish(struct forward_turns *turns);
/** Keep a copy. @return false: there is no room. */
__attribute__((warn_unused_result)) bool forward_turns_add(struct forward_turns *turns, const struct media_path *from,
                                                           const uint8_t *data, size_t len, int64_t now_us);
/** @return whose turn it is; NULL: nobody's. */
struct forward_turn *forward_turns_next(struct forward_turns *turns);
/** That one's was. */
void forward_turns_done(struct forward_turns *turns);
#endif
