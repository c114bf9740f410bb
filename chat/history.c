/* The last lines for those who join, and the last lines that came with an idempotency key. Both are bounded by count.
 */
#include <string.h>

#include "parts.h"

struct chat_key {
	char author[CHAT_ID_TEXT];
	char text[CHAT_KEY_BYTES];
	struct chat_kept *kept;
};

struct chat_kept *chat_kept_new(void)
{
	struct chat_kept *kept = g_new0(struct chat_kept, 1);
	kept->references = 1;
	return kept;
}

struct chat_kept *chat_kept_ref(struct chat_kept *kept)
{
	kept->references++;
	return kept;
}

void chat_kept_unref(struct chat_kept *kept)
{
	if (kept && --kept->references == 0)
		g_free(kept);
}

static guint key_hash(gconstpointer data)
{
	const struct chat_key *key = data;
	return g_str_hash(key->author) * 31 + g_str_hash(key->text);
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
	const struct chat_key *x = a, *y = b;
	return strcmp(x->author, y->author) == 0 && strcmp(x->text, y->text) == 0;
}

static void key_free(gpointer data)
{
	struct chat_key *key = data;
	chat_kept_unref(key->kept);
	g_free(key);
}

static void kept_drop(gpointer data)
{
	chat_kept_unref(data);
}

void chat_history_init(struct chat_history *history, size_t most)
{
	history->most = MIN(most, CHAT_HISTORY_MAX);
	g_queue_init(&history->lines);
	g_queue_init(&history->keys);
	history->by_id = g_hash_table_new(g_str_hash, g_str_equal);
	history->by_key = g_hash_table_new(key_hash, key_equal);
}

void chat_history_finish(struct chat_history *history)
{
	g_hash_table_destroy(history->by_id);
	g_hash_table_destroy(history->by_key);
	g_queue_clear_full(&history->lines, kept_drop);
	g_queue_clear_full(&history->keys, key_free);
}

static void drop_link(struct chat_history *history, GList *link)
{
	struct chat_kept *kept = link->data;
	g_hash_table_remove(history->by_id, kept->line.id);
	g_queue_delete_link(&history->lines, link);
	chat_kept_unref(kept);
}

void chat_history_add(struct chat_history *history, struct chat_kept *kept)
{
	chat_history_delete(history, kept->line.id);
	g_queue_push_tail(&history->lines, chat_kept_ref(kept));
	g_hash_table_insert(history->by_id, kept->line.id, history->lines.tail);
	while (history->lines.length > history->most)
		drop_link(history, history->lines.head);
}

bool chat_history_delete(struct chat_history *history, const char *line_id)
{
	GList *link = g_hash_table_lookup(history->by_id, line_id);
	if (link)
		drop_link(history, link);
	return link != NULL;
}

size_t chat_history_delete_author(struct chat_history *history, const char *author_id,
                                  void (*deleted)(const char *line_id, void *ctx), void *ctx)
{
	size_t count = 0;
	char author[CHAT_ID_TEXT]; /* what was passed may stand in one of the lines */
	if (g_strlcpy(author, author_id, sizeof author) >= sizeof author)
		return 0;
	for (GList *link = history->lines.head, *next; link; link = next) {
		struct chat_kept *kept = link->data;
		next = link->next;
		if (strcmp(kept->line.author.id, author) != 0)
			continue;
		char id[CHAT_ID_TEXT];
		g_strlcpy(id, kept->line.id, sizeof id);
		drop_link(history, link);
		if (deleted)
			deleted(id, ctx);
		count++;
	}
	return count;
}

struct chat_kept *chat_history_find(const struct chat_history *history, const char *line_id)
{
	GList *link = g_hash_table_lookup(history->by_id, line_id);
	return link ? link->data : NULL;
}

static bool key_fill(struct chat_key *key, const char *author_id, const char *text)
{
	return g_strlcpy(key->author, author_id, sizeof key->author) < sizeof key->author &&
	       g_strlcpy(key->text, text, sizeof key->text) < sizeof key->text;
}

struct chat_kept *chat_history_keyed(const struct chat_history *history, const char *author_id, const char *key)
{
	struct chat_key wanted = {.kept = NULL};
	const struct chat_key *found =
	        key_fill(&wanted, author_id, key) ? g_hash_table_lookup(history->by_key, &wanted) : NULL;
	return found ? found->kept : NULL;
}

void chat_history_remember(struct chat_history *history, const char *author_id, const char *text,
                           struct chat_kept *kept)
{
	struct chat_key *key = g_new0(struct chat_key, 1);
	key->kept = chat_kept_ref(kept);
	if (!key_fill(key, author_id, text) || g_hash_table_contains(history->by_key, key)) {
		key_free(key);
		return;
	}
	g_queue_push_tail(&history->keys, key);
	g_hash_table_add(history->by_key, key);
	while (history->keys.length > CHAT_KEYS_MAX) {
		struct chat_key *oldest = g_queue_pop_head(&history->keys);
		g_hash_table_remove(history->by_key, oldest);
		key_free(oldest);
	}
}
