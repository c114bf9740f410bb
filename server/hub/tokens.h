/* Names for objects that may be gone: a token is an index and a generation, looked up in constant time. */
#ifndef TRUNKSHOW_HUB_TOKENS_H
#define TRUNKSHOW_HUB_TOKENS_H

#include <stddef.h>
#include <stdint.h>

struct tokens {
	struct tokens_slot {
		void *object;
		uint32_t generation, next_free;
	} * slots;
	uint32_t count, capacity, first_free; /* first_free: index + 1, 0 for none */
};

/** @return a token, never 0 */
uint64_t tokens_add(struct tokens *tokens, void *object);
/** @return the object; NULL when the token is unknown or its object was removed */
void *tokens_find(const struct tokens *tokens, uint64_t token);
void tokens_remove(struct tokens *tokens, uint64_t token);
void tokens_finish(struct tokens *tokens);
#endif
