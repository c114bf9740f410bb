/* Which shows may be published to, and telling the child of it. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "ingest_private.h"

#define LINE_MAX_BYTES 200

bool ingest_show_allowed(const struct ingest_show *show)
{
	return show->keyed && !show->banned;
}

struct ingest_show *ingest_show_find(struct ingest *ingest, const char *name)
{
	return g_hash_table_lookup(ingest->shows, name);
}

static struct ingest_show *get(struct ingest *ingest, const struct store_show *is)
{
	char name[BASE_ID_TEXT];
	struct ingest_show *show = ingest_show_find(ingest, base_id_format(is->id, name));

	if (show || is->state == STORE_SHOW_ENDED)
		return show;
	show = g_new0(struct ingest_show, 1);
	memcpy(show->name, name, sizeof show->name);
	show->id = is->id;
	show->host = is->host.id;
	show->banned = g_hash_table_contains(ingest->banned, &is->host.id);
	g_hash_table_insert(ingest->shows, show->name, show);
	return show;
}

bool ingest_show_is(struct ingest *ingest, const struct store_show *is)
{
	struct ingest_show *show = get(ingest, is);
	bool keyed = is->state != STORE_SHOW_ENDED && is->publish_key[0];
	uint8_t digest[INGEST_DIGEST] = {0};

	if (!show)
		return false;
	if (keyed)
		crypto_hash_sha256(digest, (const unsigned char *)is->publish_key, strlen(is->publish_key));
	if (show->keyed == keyed && sodium_memcmp(show->digest, digest, sizeof digest) == 0)
		return false;
	show->keyed = keyed;
	memcpy(show->digest, digest, sizeof digest);
	show->fetch = false; /* what nginx has came with the old key */
	show->due = true;
	return true;
}

bool ingest_account_is(struct ingest *ingest, struct base_id account, bool banned)
{
	GHashTableIter iter;
	gpointer value;

	if (banned == (bool)g_hash_table_contains(ingest->banned, &account))
		return false;
	if (banned)
		g_hash_table_add(ingest->banned, g_memdup2(&account, sizeof account));
	else
		g_hash_table_remove(ingest->banned, &account);
	g_hash_table_iter_init(&iter, ingest->shows);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		struct ingest_show *show = value;
		if (!base_id_equal(show->host, account))
			continue;
		show->banned = banned;
		show->due = true;
	}
	return true;
}

/* Its key, and whether there is RTMP to be fetched. */
static int describe(const struct ingest_show *show, char out[LINE_MAX_BYTES])
{
	char hex[2 * INGEST_DIGEST + 1] = "-";

	if (ingest_show_allowed(show))
		sodium_bin2hex(hex, sizeof hex, show->digest, sizeof show->digest);
	return snprintf(out, LINE_MAX_BYTES, "key show=%s digest=%s\npull show=%s on=%d\n", show->name, hex, show->name,
	                show->fetch && ingest_show_allowed(show));
}

/* Those that have been told: nothing is due any more, and of what can come to nothing nothing is kept. */
static void told(struct ingest *ingest, GPtrArray *shows)
{
	for (guint i = 0; i < shows->len; i++) {
		struct ingest_show *show = shows->pdata[i];
		show->due = false;
		if (!show->keyed)
			g_hash_table_remove(ingest->shows, show->name);
	}
	g_ptr_array_set_size(shows, 0);
}

static bool tell(struct ingest *ingest, GString *text, GPtrArray *shows)
{
	if (text->len && media_children_tell(ingest->config.children, INGEST_CHILD, text->str, text->len) != 0)
		return false;
	g_string_truncate(text, 0);
	told(ingest, shows);
	return true;
}

void ingest_tell_due(struct ingest *ingest)
{
	g_autoptr(GList) all = g_hash_table_get_values(ingest->shows);
	GString *text = g_string_new(NULL);
	GPtrArray *shows = g_ptr_array_new();
	bool heard = ingest->fd >= 0;

	for (GList *at = all; at && heard; at = at->next) {
		struct ingest_show *show = at->data;
		char line[LINE_MAX_BYTES];
		if (!show->due)
			continue;
		if (text->len + (size_t)describe(show, line) > MEDIA_NOTE_BYTES)
			heard = tell(ingest, text, shows);
		if (heard) {
			g_string_append(text, line);
			g_ptr_array_add(shows, show);
		}
	}
	/* what is not heard now is told a second later, when the child says that it lives */
	if (heard)
		(void)tell(ingest, text, shows);
	g_string_free(text, TRUE);
	g_ptr_array_free(shows, TRUE);
}

void ingest_all_due(struct ingest *ingest)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, ingest->shows);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		((struct ingest_show *)value)->due = true;
}
