#include "show/key_set.h"

#include <glib.h>
#include <string.h>

#include "show/pool.h"

#define FIRST_PLACES 64

struct key_set {
	struct store_key **places; /* open addressing: at its hash or the next free one */
	size_t mask, count;
	struct pool *pool;
};

struct key_set *key_set_new(void)
{
	struct key_set *set = g_new0(struct key_set, 1);
	set->places = g_new0(struct store_key *, FIRST_PLACES);
	set->mask = FIRST_PLACES - 1;
	set->pool = pool_new(sizeof(struct store_key));
	return set;
}

void key_set_clear(struct key_set *set)
{
	for (size_t i = 0; i <= set->mask && set->count > 0; i++)
		if (set->places[i]) {
			pool_give(g_steal_pointer(&set->places[i]));
			set->count--;
		}
}

void key_set_free(struct key_set *set)
{
	key_set_clear(set);
	pool_free(set->pool);
	g_free(set->places);
	g_free(set);
}

size_t key_set_size(const struct key_set *set)
{
	return set->count;
}

static bool is_of(const struct store_key *place, struct base_id account, const uint8_t key[STORE_KEY_BYTES])
{
	return base_id_equal(place->account, account) && memcmp(place->key, key, STORE_KEY_BYTES) == 0;
}

/* Where it is, or is to be. */
static size_t place_of(const struct key_set *set, struct base_id account, const uint8_t key[STORE_KEY_BYTES])
{
	uint64_t hash;
	memcpy(&hash, key, sizeof(hash));
	size_t at = hash & set->mask;
	while (set->places[at] && !is_of(set->places[at], account, key))
		at = (at + 1) & set->mask;
	return at;
}

const struct store_key *key_set_find(const struct key_set *set, struct base_id account,
                                     const uint8_t key[STORE_KEY_BYTES])
{
	return set->places[place_of(set, account, key)];
}

static void grow(struct key_set *set)
{
	struct store_key **old = set->places;
	size_t count = set->mask + 1;
	set->places = g_new0(struct store_key *, 2 * count);
	set->mask = 2 * count - 1;
	for (size_t i = 0; i < count; i++)
		if (old[i])
			set->places[place_of(set, old[i]->account, old[i]->key)] = old[i];
	g_free(old);
}

const struct store_key *key_set_put(struct key_set *set, const struct store_key *key)
{
	if (2 * set->count > set->mask)
		grow(set);
	struct store_key **place = &set->places[place_of(set, key->account, key->key)];
	if (!*place) {
		*place = pool_take(set->pool);
		set->count++;
	}
	**place = *key;
	return *place;
}
