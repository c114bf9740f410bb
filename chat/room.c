/* A room: its parts put together, and the order in which its rules are asked. */
#include <errno.h>
#include <string.h>

#include "parts.h"

struct chat_room {
	struct chat_limits limits;
	struct chat_history history;
	struct chat_limiter lines, reactions;
	struct chat_moderation moderation;
	struct chat_presence presence;
	struct chat_kept *answered; /**< the line that the last post gave out: lives until the next */
	uint32_t gathered[CHAT_REACTIONS];
};

struct chat_room *chat_room_create(const struct chat_limits *limits)
{
	struct chat_room *room = g_new0(struct chat_room, 1);
	room->limits = *limits;
	chat_history_init(&room->history, limits->history);
	chat_limiter_init(&room->lines, limits->burst, limits->per_10s, CHAT_BUCKETS_MAX);
	chat_limiter_init(&room->reactions, CHAT_REACTIONS_BURST, CHAT_REACTIONS_PER_10S, CHAT_BUCKETS_MAX);
	chat_moderation_init(&room->moderation);
	chat_presence_init(&room->presence);
	return room;
}

void chat_room_destroy(struct chat_room *room)
{
	if (!room)
		return;
	chat_kept_unref(room->answered);
	chat_history_finish(&room->history);
	chat_limiter_finish(&room->lines);
	chat_limiter_finish(&room->reactions);
	chat_moderation_finish(&room->moderation);
	chat_presence_finish(&room->presence);
	g_free(room);
}

static void answer(struct chat_room *room, struct chat_kept *kept, const struct chat_line **out)
{
	chat_kept_ref(kept);
	chat_kept_unref(room->answered);
	room->answered = kept;
	*out = &kept->line;
}

/** Rate limit and slow mode; the longer wait is the one to tell. */
static int64_t wait_ms(const struct chat_room *room, int64_t now_us, const struct chat_author *author)
{
	int64_t rate = room->limits.rate_limits ? chat_limiter_wait_ms(&room->lines, now_us, author->id, 1) : 0;
	int64_t slow = chat_moderation_slow_wait_ms(&room->moderation, &room->lines, author, now_us);
	return MAX(rate, slow);
}

static void keep(struct chat_room *room, int64_t now_us, struct chat_kept *kept, const char *key)
{
	chat_limiter_take(&room->lines, now_us, kept->line.author.id, 1);
	chat_history_add(&room->history, kept);
	if (key)
		chat_history_remember(&room->history, kept->line.author.id, key, kept);
}

int chat_room_post(struct chat_room *room, int64_t now_us, int64_t now_ms, const char *line_id,
                   const struct chat_author *author, const char *text, const char *key, const struct chat_line **out,
                   int64_t *retry_ms)
{
	*retry_ms = 0;
	key = key && key[0] ? key : NULL;
	if (!chat_id_valid(author->id) || !chat_id_valid(line_id) ||
	    (key && strnlen(key, CHAT_KEY_BYTES) == CHAT_KEY_BYTES))
		return -EINVAL;
	if (chat_moderation_banned(&room->moderation, author->id))
		return -EACCES;
	struct chat_kept *first = key ? chat_history_keyed(&room->history, author->id, key) : NULL;
	if (first) {
		answer(room, first, out);
		return 0;
	}
	int64_t muted_until_ms = chat_moderation_muted_until(&room->moderation, author->id, now_ms);
	if (muted_until_ms) {
		*retry_ms = muted_until_ms - now_ms;
		return -EPERM;
	}
	struct chat_kept *kept = chat_kept_new();
	int error = chat_text_clean(text, room->limits.max_chars, kept->line.text, sizeof kept->line.text);
	if (error > 0) {
		*retry_ms = wait_ms(room, now_us, author);
		error = *retry_ms ? -EAGAIN : 0;
	}
	if (error == 0) {
		g_strlcpy(kept->line.id, line_id, sizeof kept->line.id);
		kept->line.at_ms = now_ms;
		kept->line.author = *author;
		keep(room, now_us, kept, key);
		answer(room, kept, out);
	}
	chat_kept_unref(kept);
	return error;
}

int chat_room_delete(struct chat_room *room, const char *line_id)
{
	return chat_history_delete(&room->history, line_id) ? 0 : -ENOENT;
}

size_t chat_room_delete_author(struct chat_room *room, const char *author_id,
                               void (*deleted)(const char *line_id, void *ctx), void *ctx)
{
	return chat_history_delete_author(&room->history, author_id, deleted, ctx);
}

const struct chat_line *chat_room_find(const struct chat_room *room, const char *line_id)
{
	const struct chat_kept *kept = chat_history_find(&room->history, line_id);
	return kept ? &kept->line : NULL;
}

void chat_room_history(const struct chat_room *room, void (*visit)(const struct chat_line *line, void *ctx), void *ctx)
{
	for (const GList *link = room->history.lines.head; link; link = link->next)
		visit(&((const struct chat_kept *)link->data)->line, ctx);
}

void chat_room_mute(struct chat_room *room, const char *author_id, int64_t until_ms)
{
	chat_moderation_mute(&room->moderation, author_id, until_ms);
}

int64_t chat_room_muted_until(const struct chat_room *room, const char *author_id, int64_t now_ms)
{
	return chat_moderation_muted_until(&room->moderation, author_id, now_ms);
}

void chat_room_ban(struct chat_room *room, const char *author_id, bool banned)
{
	chat_moderation_ban(&room->moderation, author_id, banned);
}

bool chat_room_banned(const struct chat_room *room, const char *author_id)
{
	return chat_moderation_banned(&room->moderation, author_id);
}

void chat_room_slow(struct chat_room *room, int64_t seconds)
{
	room->moderation.slow_s = CLAMP(seconds, 0, CHAT_SLOW_MAX_S);
}

int64_t chat_room_slow_s(const struct chat_room *room)
{
	return room->moderation.slow_s;
}

void chat_room_enter(struct chat_room *room, const char *author_id)
{
	chat_presence_enter(&room->presence, author_id);
}

void chat_room_exit(struct chat_room *room, const char *author_id)
{
	chat_presence_exit(&room->presence, author_id);
}

size_t chat_room_viewers(const struct chat_room *room)
{
	return chat_presence_viewers(&room->presence);
}

int chat_room_react(struct chat_room *room, int64_t now_us, const char *who, enum chat_reaction kind, int64_t n)
{
	if ((int)kind < 0 || kind >= CHAT_REACTIONS || n < 1 || n > 20 || !chat_id_valid(who))
		return -EINVAL;
	if (room->limits.rate_limits) {
		if (chat_limiter_wait_ms(&room->reactions, now_us, who, n))
			return -EAGAIN;
		chat_limiter_take(&room->reactions, now_us, who, n);
	}
	room->gathered[kind] += (uint32_t)MIN(n, (int64_t)(UINT32_MAX - room->gathered[kind]));
	return 0;
}

bool chat_room_take_reactions(struct chat_room *room, uint32_t counts[CHAT_REACTIONS])
{
	uint32_t any = 0;
	for (size_t i = 0; i < CHAT_REACTIONS; i++)
		any |= counts[i] = room->gathered[i];
	memset(room->gathered, 0, sizeof room->gathered);
	return any != 0;
}
