#include "forward/turns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int forward_turns_init(struct forward_turns *turns)
{
	turns->turns = calloc(FORWARD_TURNS, sizeof *turns->turns);
	return turns->turns ? 0 : -ENOMEM;
}

void forward_turns_finish(struct forward_turns *turns)
{
	free(turns->turns);
	*turns = (struct forward_turns){0};
}

bool forward_turns_add(struct forward_turns *turns, const struct media_path *from, const uint8_t *data, size_t len,
                       int64_t now_us)
{
	if (turns->count == FORWARD_TURNS || len > MEDIA_DATAGRAM_MAX)
		return false;
	struct forward_turn *turn = &turns->turns[(turns->first + turns->count++) % FORWARD_TURNS];
	turn->from = *from;
	turn->came_us = now_us;
	turn->len = len;
	memcpy(turn->data, data, len);
	return true;
}

struct forward_turn *forward_turns_next(struct forward_turns *turns)
{
	return turns->count ? &turns->turns[turns->first] : NULL;
}

void forward_turns_done(struct forward_turns *turns)
{
	turns->count--;
	turns->first = turns->count ? (turns->first + 1) % FORWARD_TURNS : 0;
}
