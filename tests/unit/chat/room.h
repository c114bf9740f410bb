/* A room on a clock that only the test moves. */
#ifndef TEST_ROOM_H
#define TEST_ROOM_H

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "parts.h"

struct stage {
	struct chat_room *room;
	int64_t now_us;
	int64_t retry_ms;             /**< of the last say */
	const struct chat_line *line; /**< of the last say */
	unsigned ids;
};

static const int64_t epoch_ms = 1700000000000;

static inline int64_t stage_ms(const struct stage *stage)
{
	return epoch_ms + stage->now_us / 1000;
}

static inline int stage_post(struct stage *stage, const char *who, enum chat_role role, const char *text,
                             const char *key)
{
	struct chat_author author = {.role = role};
	char id[CHAT_ID_TEXT];
	snprintf(author.id, sizeof author.id, "%s", who);
	snprintf(author.name, sizeof author.name, "Name of %s", who);
	snprintf(id, sizeof id, "line%u", ++stage->ids);
	stage->line = NULL;
	return chat_room_post(stage->room, stage->now_us, stage_ms(stage), id, &author, text, key, &stage->line,
	                      &stage->retry_ms);
}

static inline int stage_say(struct stage *stage, const char *who, const char *text)
{
	return stage_post(stage, who, CHAT_VIEWER, text, NULL);
}

static inline struct stage stage_open(bool rate_limits, int64_t burst, int64_t per_10s, size_t history)
{
	const struct chat_limits limits = {
	        .rate_limits = rate_limits, .burst = burst, .per_10s = per_10s, .max_chars = 20, .history = history};
	return (struct stage){.room = chat_room_create(&limits), .now_us = 5000000};
}

static inline void stage_close(struct stage *stage)
{
	chat_room_destroy(stage->room);
}

/** "line2 line3 ": what a joiner would see. Static. */
static inline void stage_note(const struct chat_line *line, void *ctx)
{
	char *out = ctx;
	size_t len = strlen(out);
	snprintf(out + len, 4096 - len, "%s ", line->id);
}

static inline const char *stage_history(const struct stage *stage)
{
	static char out[4096];
	out[0] = '\0';
	chat_room_history(stage->room, stage_note, out);
	return out;
}
#endif
