/* Token buckets: a burst at once, then so many per 10 s. Exact in integers: a token is TOKEN units, a bucket gains
 * per_10s units each µs. */
#include <string.h>

#include "parts.h"

#define TOKEN ((int64_t)10 * 1000 * 1000)
#define TOKENS_MAX ((int64_t)1000 * 1000)

struct chat_bucket {
	char id[CHAT_ID_TEXT];
	int64_t level; /**< units, at at_us */
	int64_t at_us;
	GList link; /**< in the limiter's order; data is the bucket */
};

void chat_limiter_init(struct chat_limiter *limiter, int64_t burst, int64_t per_10s, size_t most)
{
	limiter->burst = CLAMP(burst, 1, TOKENS_MAX);
	limiter->per_10s = CLAMP(per_10s, 1, TOKENS_MAX);
	limiter->most = most;
	limiter->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	g_queue_init(&limiter->order);
}

void chat_limiter_finish(struct chat_limiter *limiter)
{
	/* the links live in the buckets */
	g_hash_table_destroy(limiter->by_id);
	g_queue_init(&limiter->order);
}

/** Level of a bucket now; full for an author that is not remembered. */
static int64_t level_now(const struct chat_limiter *limiter, const struct chat_bucket *bucket, int64_t now_us)
{
	int64_t full = limiter->burst * TOKEN;
	if (!bucket)
		return full;
	int64_t elapsed = now_us > bucket->at_us ? now_us - bucket->at_us : 0;
	if (elapsed >= (full - bucket->level) / limiter->per_10s + 1)
		return full;
	return MIN(full, bucket->level + elapsed * limiter->per_10s);
}

int64_t chat_limiter_wait_ms(const struct chat_limiter *limiter, int64_t now_us, const char *id, int64_t n)
{
	int64_t lacking = n * TOKEN - level_now(limiter, g_hash_table_lookup(limiter->by_id, id), now_us);
	int64_t units_per_ms = limiter->per_10s * 1000;
	return lacking <= 0 ? 0 : (lacking + units_per_ms - 1) / units_per_ms;
}

static struct chat_bucket *bucket_add(struct chat_limiter *limiter, const char *id)
{
	while (limiter->order.length >= limiter->most) {
		struct chat_bucket *silent = limiter->order.head->data;
		g_queue_unlink(&limiter->order, &silent->link);
		g_hash_table_remove(limiter->by_id, silent->id);
	}
	struct chat_bucket *bucket = g_new0(struct chat_bucket, 1);
	g_strlcpy(bucket->id, id, sizeof bucket->id);
	bucket->link.data = bucket;
	g_queue_push_tail_link(&limiter->order, &bucket->link);
	g_hash_table_insert(limiter->by_id, bucket->id, bucket);
	return bucket;
}

void chat_limiter_take(struct chat_limiter *limiter, int64_t now_us, const char *id, int64_t n)
{
	struct chat_bucket *bucket = g_hash_table_lookup(limiter->by_id, id);
	int64_t level = level_now(limiter, bucket, now_us);
	if (!bucket)
		bucket = bucket_add(limiter, id);
	bucket->level = MAX(0, level - n * TOKEN);
	bucket->at_us = now_us;
	g_queue_unlink(&limiter->order, &bucket->link);
	g_queue_push_tail_link(&limiter->order, &bucket->link);
}

bool chat_limiter_last_us(const struct chat_limiter *limiter, const char *id, int64_t *out)
{
	const struct chat_bucket *bucket = g_hash_table_lookup(limiter->by_id, id);
	if (bucket)
		*out = bucket->at_us;
	return bucket != NULL;
}
