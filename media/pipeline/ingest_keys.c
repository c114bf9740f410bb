#include "pipeline/ingest_keys.h"

#include <string.h>

#define BLAMED_MAX 1024       /**< addresses that are remembered */
#define BLAME_MOST 10         /**< refusals that an address may have open */
#define BLAME_EACH_US 6000000 /**< and one is forgotten in so long */

struct ingest_keys {
	GMutex lock;
	GHashTable *digests; /**< show -> uint8_t[INGEST_DIGEST] */
	GHashTable *blamed;  /**< address -> int64_t: when all its refusals will be forgotten */
};

struct ingest_keys *ingest_keys_create(void)
{
	struct ingest_keys *keys = g_new0(struct ingest_keys, 1);

	g_mutex_init(&keys->lock);
	keys->digests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	keys->blamed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return keys;
}

void ingest_keys_destroy(struct ingest_keys *keys)
{
	g_hash_table_destroy(keys->digests);
	g_hash_table_destroy(keys->blamed);
	g_mutex_clear(&keys->lock);
	g_free(keys);
}

bool ingest_keys_set(struct ingest_keys *keys, const char *show, const uint8_t *digest)
{
	const uint8_t *was;
	bool changed;

	g_mutex_lock(&keys->lock);
	was = g_hash_table_lookup(keys->digests, show);
	changed = was && digest ? memcmp(was, digest, INGEST_DIGEST) != 0 : was || digest;
	if (!digest)
		g_hash_table_remove(keys->digests, show);
	else if (g_hash_table_size(keys->digests) < INGEST_SHOWS_MAX || g_hash_table_contains(keys->digests, show))
		g_hash_table_replace(keys->digests, g_strdup(show), g_memdup2(digest, INGEST_DIGEST));
	g_mutex_unlock(&keys->lock);
	return changed;
}

bool ingest_keys_match(struct ingest_keys *keys, const char *show, const char *key)
{
	static const uint8_t nobody[INGEST_DIGEST];
	GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
	uint8_t digest[INGEST_DIGEST], differ = 0;
	gsize len = sizeof(digest);
	const uint8_t *is;
	bool known;
	int i;

	g_checksum_update(sum, (const guchar *)key, (gssize)strlen(key));
	g_checksum_get_digest(sum, digest, &len);
	g_checksum_free(sum);
	g_mutex_lock(&keys->lock);
	is = g_hash_table_lookup(keys->digests, show);
	known = is != NULL;
	if (!is)
		is = nobody;
	for (i = 0; i < INGEST_DIGEST; i++)
		differ |= (uint8_t)(is[i] ^ digest[i]);
	g_mutex_unlock(&keys->lock);
	return known && differ == 0;
}

static gboolean is_over(gpointer address, gpointer until, gpointer now)
{
	(void)address;
	return *(int64_t *)until <= *(int64_t *)now;
}

void ingest_keys_blame(struct ingest_keys *keys, const char *address, int64_t now_us)
{
	int64_t *until;

	g_mutex_lock(&keys->lock);
	until = g_hash_table_lookup(keys->blamed, address);
	if (!until && g_hash_table_size(keys->blamed) >= BLAMED_MAX)
		g_hash_table_foreach_remove(keys->blamed, is_over, &now_us);
	if (!until && g_hash_table_size(keys->blamed) < BLAMED_MAX) {
		until = g_new0(int64_t, 1);
		g_hash_table_insert(keys->blamed, g_strdup(address), until);
	}
	if (until)
		*until = (*until > now_us ? *until : now_us) + BLAME_EACH_US;
	g_mutex_unlock(&keys->lock);
}

bool ingest_keys_blamed(struct ingest_keys *keys, const char *address, int64_t now_us)
{
	const int64_t *until;
	bool blamed;

	g_mutex_lock(&keys->lock);
	until = g_hash_table_lookup(keys->blamed, address);
	blamed = until && *until - now_us > BLAME_MOST * (int64_t)BLAME_EACH_US;
	g_mutex_unlock(&keys->lock);
	return blamed;
}
