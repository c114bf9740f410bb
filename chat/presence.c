/* Who is in the room: guests by connection, accounts once however many tabs they have open. */
#include "parts.h"

void chat_presence_init(struct chat_presence *presence)
{
	presence->accounts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	presence->guests = 0;
}

void chat_presence_finish(struct chat_presence *presence)
{
	g_hash_table_destroy(presence->accounts);
}

void chat_presence_enter(struct chat_presence *presence, const char *author_id)
{
	if (!author_id) {
		presence->guests++;
		return;
	}
	guint connections = GPOINTER_TO_UINT(g_hash_table_lookup(presence->accounts, author_id));
	g_hash_table_replace(presence->accounts, g_strdup(author_id), GUINT_TO_POINTER(connections + 1));
}

void chat_presence_exit(struct chat_presence *presence, const char *author_id)
{
	if (!author_id) {
		presence->guests -= presence->guests > 0;
		return;
	}
	guint connections = GPOINTER_TO_UINT(g_hash_table_lookup(presence->accounts, author_id));
	if (connections > 1)
		g_hash_table_replace(presence->accounts, g_strdup(author_id), GUINT_TO_POINTER(connections - 1));
	else
		g_hash_table_remove(presence->accounts, author_id);
}

size_t chat_presence_viewers(const struct chat_presence *presence)
{
	return presence->guests + g_hash_table_size(presence->accounts);
}
