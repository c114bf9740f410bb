#include "hub/tokens.h"

#include <stdlib.h>

uint64_t tokens_add(struct tokens *tokens, void *object)
{
	uint32_t index;

	if (tokens->first_free) {
		index = tokens->first_free - 1;
		tokens->first_free = tokens->slots[index].next_free;
	} else {
		if (tokens->count == tokens->capacity) {
			tokens->capacity = tokens->capacity ? tokens->capacity * 2 : 256;
			tokens->slots = realloc(tokens->slots, tokens->capacity * sizeof *tokens->slots);
			if (!tokens->slots)
				abort();
		}
		index = tokens->count++;
		tokens->slots[index].generation = 0;
	}
	tokens->slots[index].object = object;
	tokens->slots[index].generation++;
	return (uint64_t)tokens->slots[index].generation << 32 | (index + 1);
}

static struct tokens_slot *slot_of(const struct tokens *tokens, uint64_t token)
{
	uint32_t index = (uint32_t)token;

	if (index == 0 || index > tokens->count || tokens->slots[index - 1].generation != token >> 32)
		return NULL;
	return &tokens->slots[index - 1];
}

void *tokens_find(const struct tokens *tokens, uint64_t token)
{
	struct tokens_slot *slot = slot_of(tokens, token);

	return slot ? slot->object : NULL;
}

void tokens_remove(struct tokens *tokens, uint64_t token)
{
	struct tokens_slot *slot = slot_of(tokens, token);

	if (!slot || !slot->object)
		return;
	slot->object = NULL;
	slot->next_free = tokens->first_free;
	tokens->first_free = (uint32_t)token;
}

void tokens_finish(struct tokens *tokens)
{
	free(tokens->slots);
	*tokens = (struct tokens){0};
}
