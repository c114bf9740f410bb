/* The parts of a room, each in its own file. Private to chat. */
#ifndef TRUNKSHOW_CHAT_PARTS_H
#define TRUNKSHOW_CHAT_PARTS_H

#include <glib.h>

#include "chat.h"

#define CHAT_HISTORY_MAX 1000  /**< most lines kept for joiners */
#define CHAT_KEYS_MAX 512      /**< most lines remembered for their idempotency key; about 2.3 KB each */
#define CHAT_KEY_BYTES 65      /**< an idempotency key, with NUL */
#define CHAT_BUCKETS_MAX 16384 /**< most authors whose rate is remembered; about 150 bytes each */
#define CHAT_SLOW_MAX_S 86400
#define CHAT_REACTIONS_BURST 40 /**< hearts at once by one person: two full gestures */
#define CHAT_REACTIONS_PER_10S 100

/* ---- history.c ---- */

/** A line that the history, the keys and the last answer may share; counted because they end at different times. */
struct chat_kept {
	struct chat_line line;
	unsigned references;
};

struct chat_kept *chat_kept_new(void); /**< zeroed, one reference */
struct chat_kept *chat_kept_ref(struct chat_kept *kept);
void chat_kept_unref(struct chat_kept *kept); /**< accepts NULL */

struct chat_history {
	size_t most;
	GQueue lines;       /**< of struct chat_kept, oldest first */
	GHashTable *by_id;  /**< line id to its link in lines */
	GQueue keys;        /**< of struct chat_key, oldest first */
	GHashTable *by_key; /**< struct chat_key to itself */
};

void chat_history_init(struct chat_history *history, size_t most);
void chat_history_finish(struct chat_history *history);
void chat_history_add(struct chat_history *history, struct chat_kept *kept);
bool chat_history_delete(struct chat_history *history, const char *line_id);
size_t chat_history_delete_author(struct chat_history *history, const char *author_id,
                                  void (*deleted)(const char *line_id, void *ctx), void *ctx);
struct chat_kept *chat_history_find(const struct chat_history *history, const char *line_id);
/** The line that this author posted with this key; NULL. Borrowed. */
struct chat_kept *chat_history_keyed(const struct chat_history *history, const char *author_id, const char *key);
void chat_history_remember(struct chat_history *history, const char *author_id, const char *key,
                           struct chat_kept *kept);

/* ---- limits.c ---- */

/** Token buckets, one per author. The author who was longest silent is forgotten first: by then their bucket is full.
 */
struct chat_limiter {
	int64_t burst, per_10s;
	size_t most;
	GHashTable *by_id; /**< id to struct chat_bucket, which owns it */
	GQueue order;      /**< of struct chat_bucket, longest silent first */
};

void chat_limiter_init(struct chat_limiter *limiter, int64_t burst, int64_t per_10s, size_t most);
void chat_limiter_finish(struct chat_limiter *limiter);
/** @return 0: n may be taken now; else ms until then (rounded up). Changes nothing. */
int64_t chat_limiter_wait_ms(const struct chat_limiter *limiter, int64_t now_us, const char *id, int64_t n);
/** Take n, down to none. */
void chat_limiter_take(struct chat_limiter *limiter, int64_t now_us, const char *id, int64_t n);
/** When this author last took anything [µs]. @return false: not remembered. */
bool chat_limiter_last_us(const struct chat_limiter *limiter, const char *id, int64_t *out);

/* ---- moderation.c ---- */

struct chat_moderation {
	GHashTable *mutes; /**< author id to int64_t until_ms */
	GHashTable *bans;  /**< author id to its link in ban_order */
	GQueue ban_order;  /**< author ids, owned, oldest first */
	int64_t slow_s;
};

void chat_moderation_init(struct chat_moderation *moderation);
void chat_moderation_finish(struct chat_moderation *moderation);
void chat_moderation_mute(struct chat_moderation *moderation, const char *author_id, int64_t until_ms);
int64_t chat_moderation_muted_until(const struct chat_moderation *moderation, const char *author_id, int64_t now_ms);
void chat_moderation_ban(struct chat_moderation *moderation, const char *author_id, bool banned);
bool chat_moderation_banned(const struct chat_moderation *moderation, const char *author_id);
/** @return 0: this author may post; else ms until slow mode lets them. */
int64_t chat_moderation_slow_wait_ms(const struct chat_moderation *moderation, const struct chat_limiter *lines,
                                     const struct chat_author *author, int64_t now_us);

/* ---- presence.c ---- */

struct chat_presence {
	GHashTable *accounts; /**< account id to its number of connections; bounded by the connections there are */
	size_t guests;
};

void chat_presence_init(struct chat_presence *presence);
void chat_presence_finish(struct chat_presence *presence);
void chat_presence_enter(struct chat_presence *presence, const char *author_id);
void chat_presence_exit(struct chat_presence *presence, const char *author_id);
size_t chat_presence_viewers(const struct chat_presence *presence);

/** Ids come from peers too: one that is too long is nobody's. */
static inline bool chat_id_valid(const char *id)
{
	return id && id[0] && strnlen(id, CHAT_ID_TEXT) < CHAT_ID_TEXT;
}
#endif
