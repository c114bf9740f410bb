/* Who may not post, and how often the others may. */
#include <string.h>

#include "parts.h"

void chat_moderation_init(struct chat_moderation *moderation)
{
	moderation->mutes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	moderation->bans = g_hash_table_new(g_str_hash, g_str_equal);
	g_queue_init(&moderation->ban_order);
	moderation->slow_s = 0;
}

void chat_moderation_finish(struct chat_moderation *moderation)
{
	g_hash_table_destroy(moderation->mutes);
	g_hash_table_destroy(moderation->bans);
	g_queue_clear_full(&moderation->ban_order, g_free);
}

/** Make room for one more: the mute that ends first has the least left to lose, and may have ended already. */
static void drop_shortest_mute(struct chat_moderation *moderation)
{
	GHashTableIter iter;
	gpointer id, until;
	const char *first = NULL;
	int64_t least = 0;
	g_hash_table_iter_init(&iter, moderation->mutes);
	while (g_hash_table_iter_next(&iter, &id, &until)) {
		if (!first || *(int64_t *)until < least) {
			first = id;
			least = *(int64_t *)until;
		}
	}
	if (first)
		g_hash_table_remove(moderation->mutes, first);
}

void chat_moderation_mute(struct chat_moderation *moderation, const char *author_id, int64_t until_ms)
{
	if (!chat_id_valid(author_id))
		return;
	g_hash_table_remove(moderation->mutes, author_id);
	if (until_ms <= 0)
		return;
	if (g_hash_table_size(moderation->mutes) >= CHAT_MUTES_MAX)
		drop_shortest_mute(moderation);
	int64_t *until = g_new(int64_t, 1);
	*until = until_ms;
	g_hash_table_insert(moderation->mutes, g_strdup(author_id), until);
}

int64_t chat_moderation_muted_until(const struct chat_moderation *moderation, const char *author_id, int64_t now_ms)
{
	const int64_t *until = g_hash_table_lookup(moderation->mutes, author_id);
	return until && *until > now_ms ? *until : 0;
}

static void lift_ban(struct chat_moderation *moderation, GList *link)
{
	g_hash_table_remove(moderation->bans, link->data);
	g_free(link->data);
	g_queue_delete_link(&moderation->ban_order, link);
}

void chat_moderation_ban(struct chat_moderation *moderation, const char *author_id, bool banned)
{
	if (!chat_id_valid(author_id))
		return;
	GList *link = g_hash_table_lookup(moderation->bans, author_id);
	if (link && !banned)
		lift_ban(moderation, link);
	if (link || !banned)
		return;
	if (moderation->ban_order.length >= CHAT_BANS_MAX)
		lift_ban(moderation, moderation->ban_order.head);
	g_queue_push_tail(&moderation->ban_order, g_strdup(author_id));
	g_hash_table_insert(moderation->bans, moderation->ban_order.tail->data, moderation->ban_order.tail);
}

bool chat_moderation_banned(const struct chat_moderation *moderation, const char *author_id)
{
	return g_hash_table_contains(moderation->bans, author_id);
}

int64_t chat_moderation_slow_wait_ms(const struct chat_moderation *moderation, const struct chat_limiter *lines,
                                     const struct chat_author *author, int64_t now_us)
{
	int64_t last_us;
	if (moderation->slow_s == 0 || author->role != CHAT_VIEWER ||
	    !chat_limiter_last_us(lines, author->id, &last_us))
		return 0;
	int64_t left_us = last_us + moderation->slow_s * G_USEC_PER_SEC - now_us;
	return left_us <= 0 ? 0 : (left_us + 999) / 1000;
}
