/* Idempotency keys. Those of claims are in their holds; all others, which are fewer, have a table. Nearly every key
 * that is looked for is new, so a filter in memory answers first, and what remains may take a little longer. */
#include <errno.h>
#include <string.h>

#include "store/claimed.h"
#include "store/filter.h"
#include "store/writer.h"

static uint64_t word_at(const uint8_t *bytes, size_t at)
{
	uint64_t word;
	memcpy(&word, bytes + at, sizeof(word));
	return word;
}

void store_keys_note(struct store_reader *r, struct base_id account, const uint8_t key[STORE_KEY_BYTES])
{
	if (r->keys)
		filter_add(r->keys, word_at(key, 0) ^ word_at(account.bytes, 8), word_at(key, 8));
}

bool store_key_may_be(const struct store_reader *r, struct base_id account, const uint8_t key[STORE_KEY_BYTES])
{
	return !r->keys || filter_may_have(r->keys, word_at(key, 0) ^ word_at(account.bytes, 8), word_at(key, 8));
}

int store_keys_load(struct store_reader *r)
{
	struct sql sql = sql_prepare(
	        &r->connection, "SELECT account, key FROM used_key UNION ALL SELECT buyer, key FROM hold INDEXED BY"
	                        " hold_keyed WHERE state > 1 AND key IS NOT NULL UNION ALL SELECT buyer, key FROM hold"
	                        " INDEXED BY hold_open WHERE open IS NOT NULL AND key IS NOT NULL");
	uint8_t key[STORE_KEY_BYTES];
	r->keys = filter_new();
	while (sql_next(&sql)) {
		struct base_id account = sql_get_id(&sql);
		sql_get_blob(&sql, key, sizeof(key));
		store_keys_note(r, account, key);
	}
	return sql_end(&sql) ? -EIO : 0;
}

/** The first row of body and object. */
static int take_key(struct sql *sql, struct store_key *out)
{
	bool found = sql_next(sql);
	if (found) {
		sql_get_blob(sql, out->body, STORE_KEY_BYTES);
		out->object = sql_get_id(sql);
	}
	return sql_end(sql) ? -EIO : found ? 0 : -ENOENT;
}

static int find_in_table(struct store_reader *r, struct store_key *out)
{
	struct sql sql = sql_prepare(&r->connection, "SELECT body, object FROM used_key WHERE account = ? AND key = ?");
	sql_bind_id(&sql, out->account);
	sql_bind_blob(&sql, out->key, STORE_KEY_BYTES);
	return take_key(&sql, out);
}

static int find_in_holds(struct store_reader *r, struct store_key *out)
{
	struct sql sql = sql_prepare(
	        &r->connection,
	        "SELECT body, id FROM hold WHERE key = ?3 AND id IN (SELECT id FROM hold INDEXED BY hold_open"
	        " WHERE open = ?1 % 16 AND buyer = ?2 UNION ALL SELECT id FROM hold INDEXED BY"
	        " hold_keyed WHERE bucket = ?1 AND state > 1 AND key IS NOT NULL AND buyer = ?2 AND key = ?3)");
	sql_bind_int(&sql, store_bucket(out->account));
	sql_bind_id(&sql, out->account);
	sql_bind_blob(&sql, out->key, STORE_KEY_BYTES);
	return take_key(&sql, out);
}

static int find_in_claimed(struct store_reader *r, struct store_key *out)
{
	g_autoptr(GArray) holds = g_array_new(FALSE, FALSE, sizeof(struct store_hold));
	int error = claimed_find(r, &(struct claimed_wanted){.buyer = &out->account}, holds);
	for (guint i = 0; i < holds->len && !error; i++) {
		const struct store_hold *hold = &g_array_index(holds, struct store_hold, i);
		if (memcmp(hold->key, out->key, STORE_KEY_BYTES) != 0)
			continue;
		memcpy(out->body, hold->body, STORE_KEY_BYTES);
		out->object = hold->id;
		return 0;
	}
	return error ? error : -ENOENT;
}

static int find_anywhere(struct store_reader *r, struct store_key *out)
{
	int error = find_in_table(r, out);
	if (error == -ENOENT)
		error = find_in_holds(r, out);
	return error == -ENOENT ? find_in_claimed(r, out) : error;
}

int store_key_find(struct store_reader *r, struct base_id account, const uint8_t key[STORE_KEY_BYTES],
                   struct store_key *out)
{
	struct store_key wanted = {.account = account};
	memcpy(wanted.key, key, STORE_KEY_BYTES);
	if (!store_key_may_be(r, account, key))
		return -ENOENT;
	bool begun;
	int error = store_snapshot(r, &begun);
	if (!error)
		error = find_anywhere(r, &wanted);
	if (!error)
		*out = wanted;
	return store_snapshot_end(r, begun, error);
}

int store_insert_key(struct store *store, const struct store_key *key)
{
	struct sql sql = store_sql(store, "INSERT INTO used_key(account, key, body, object) VALUES(?, ?, ?, ?)");
	sql_bind_id(&sql, key->account);
	sql_bind_blob(&sql, key->key, sizeof(key->key));
	sql_bind_blob(&sql, key->body, sizeof(key->body));
	sql_bind_id(&sql, key->object);
	store_keys_note(&store->reads, key->account, key->key);
	return sql_run(&sql);
}

int store_delete_key(struct store *store, struct base_id account, const uint8_t key[STORE_KEY_BYTES])
{
	struct sql sql = store_sql(store, "DELETE FROM used_key WHERE account = ? AND key = ?");
	sql_bind_id(&sql, account);
	sql_bind_blob(&sql, key, STORE_KEY_BYTES);
	return sql_run(&sql);
}

/* An id begins with the time it was made: 48 bits of milliseconds. */
static void time_as_id(int64_t ms, uint8_t out[BASE_ID_BYTES])
{
	memset(out, 0, BASE_ID_BYTES);
	for (int i = 0; i < 6; i++)
		out[i] = (uint8_t)((ms > 0 ? ms : 0) >> (40 - 8 * i));
}

static int delete_in_table(struct store *store, const uint8_t before[BASE_ID_BYTES])
{
	struct sql sql = store_sql(store, "DELETE FROM used_key WHERE (account, key) IN (SELECT account, key"
	                                  " FROM used_key WHERE object < ? ORDER BY object LIMIT 10000)");
	sql_bind_blob(&sql, before, BASE_ID_BYTES);
	return sql_run(&sql);
}

static int delete_in_holds(struct store *store, const uint8_t before[BASE_ID_BYTES])
{
	struct sql sql = store_sql(
	        store,
	        "WITH RECURSIVE each(bucket) AS (SELECT 0 UNION ALL SELECT bucket + 1 FROM each WHERE bucket < 63)"
	        " UPDATE hold SET key = NULL, body = NULL WHERE id IN (SELECT h.id FROM each CROSS JOIN hold h"
	        " INDEXED BY hold_keyed WHERE h.bucket = each.bucket AND h.state > 1 AND h.key IS NOT NULL"
	        " AND h.id < ? LIMIT 10000)");
	sql_bind_blob(&sql, before, BASE_ID_BYTES);
	return sql_run(&sql);
}

int store_delete_keys_before(struct store *store, int64_t before_ms)
{
	uint8_t before[BASE_ID_BYTES];
	time_as_id(before_ms, before);
	int error = delete_in_table(store, before);
	return error ? error : delete_in_holds(store, before);
}
