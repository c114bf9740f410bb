/* Chat: rooms, history, presence, reactions, rate limits, moderation. Rules only: no sockets, no store, no clock.
 * A room belongs to one thread; nothing here locks. Strings in are valid UTF-8 (the caller's codec checks). */
#ifndef TRUNKSHOW_CHAT_H
#define TRUNKSHOW_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHAT_ID_TEXT 32 /**< ids are opaque text shorter than this */
#define CHAT_NAME_BYTES 64
#define CHAT_TEXT_BYTES 2048

enum chat_role { CHAT_VIEWER, CHAT_HOST, CHAT_MODERATOR, CHAT_ADMIN };
enum chat_reaction { CHAT_HEART, CHAT_FIRE, CHAT_CLAP, CHAT_REACTIONS };

struct chat_limits {
	bool rate_limits;  /**< off for load tests */
	int64_t burst;     /**< lines at once */
	int64_t per_10s;   /**< refilled per 10 s */
	int64_t max_chars; /**< Unicode code points a line */
	size_t history;    /**< lines kept for joiners */
};

struct chat_author {
	char id[CHAT_ID_TEXT];
	char name[CHAT_NAME_BYTES];
	enum chat_role role;
};

struct chat_line {
	char id[CHAT_ID_TEXT];
	int64_t at_ms;
	struct chat_author author;
	char text[CHAT_TEXT_BYTES];
};

struct chat_room;

struct chat_room *chat_room_create(const struct chat_limits *limits);
void chat_room_destroy(struct chat_room *room); /**< accepts NULL */

/** Clean text of strangers for display: control characters, bidi overrides and characters that only hide are taken out,
 * all white space folded to single spaces and trimmed, marks without a base or beyond four on one base dropped; emoji,
 * flags and joiners between letters stay.
 *  @param max_chars most Unicode code points of the result
 *  @return code points written, NUL-terminated; -EINVAL not UTF-8, or nothing is left; -E2BIG more than max_chars or
 * than fit into size. Pure. */
__attribute__((warn_unused_result)) int chat_text_clean(const char *text, int64_t max_chars, char *out, size_t size);

/** Post a line, cleaned as chat_text_clean does. Slow mode spares hosts, moderators and admins. What is refused costs
 * nothing of the limits.
 *  @param line_id the new line's, unique in the room; a line kept under it already is replaced
 *  @param key idempotency, at most 64 bytes: a repeat by the same author of one of their last keys gives the first line
 * again, told by its id that is not line_id (NULL or "": none); the room remembers the last 512 lines with a key
 *  @return 0 with *out the kept line (valid until the next call); -EINVAL empty, not UTF-8, or an id or key too long;
 * -E2BIG too long; -EAGAIN rate limit or slow mode, with *retry_ms; -EPERM muted, with *retry_ms; -EACCES banned.
 * Thread: the room's owner. */
__attribute__((warn_unused_result)) int chat_room_post(struct chat_room *room, int64_t now_us, int64_t now_ms,
                                                       const char *line_id, const struct chat_author *author,
                                                       const char *text, const char *key, const struct chat_line **out,
                                                       int64_t *retry_ms);
/** @return 0; -ENOENT */
int chat_room_delete(struct chat_room *room, const char *line_id);
/** Take away every line of one author, oldest first; calls deleted(line id, ctx) for each, which must not touch the
 * room. @return how many. */
size_t chat_room_delete_author(struct chat_room *room, const char *author_id,
                               void (*deleted)(const char *line_id, void *ctx), void *ctx);
const struct chat_line *chat_room_find(const struct chat_room *room, const char *line_id);
/** Visit the kept lines, oldest first. */
void chat_room_history(const struct chat_room *room, void (*visit)(const struct chat_line *line, void *ctx), void *ctx);

/** Rules about authors are kept for as many as CHAT_MUTES_MAX and CHAT_BANS_MAX; beyond, the mute that ends first and
 * the oldest ban are dropped. */
#define CHAT_MUTES_MAX 4096
#define CHAT_BANS_MAX 65536
void chat_room_mute(struct chat_room *room, const char *author_id, int64_t until_ms);               /**< 0 lifts it */
int64_t chat_room_muted_until(const struct chat_room *room, const char *author_id, int64_t now_ms); /**< 0: not */
void chat_room_ban(struct chat_room *room, const char *author_id, bool banned);
bool chat_room_banned(const struct chat_room *room, const char *author_id);
void chat_room_slow(struct chat_room *room,
                    int64_t seconds); /**< one line per author in so many seconds; 0: off; at most a day */
int64_t chat_room_slow_s(const struct chat_room *room);

/** Presence: connections, and people counted once each. author_id NULL for guests. */
void chat_room_enter(struct chat_room *room, const char *author_id);
void chat_room_exit(struct chat_room *room, const char *author_id);
size_t chat_room_viewers(const struct chat_room *room); /**< guests by connection, accounts once each */

/** Count n (1..20) reactions. who: account id, or any key of a guest's connection. @return 0; -EAGAIN limit; -EINVAL.
 */
__attribute__((warn_unused_result)) int chat_room_react(struct chat_room *room, int64_t now_us, const char *who,
                                                        enum chat_reaction kind, int64_t n);
/** Take what gathered since the last call. @return whether there is any. */
bool chat_room_take_reactions(struct chat_room *room, uint32_t counts[CHAT_REACTIONS]);
#endif
