#include "check.h"

#include <stdlib.h>

#include "forward/cache.h"

#define BLOCK FORWARD_BLOCK_BYTES

static struct forward_packet *add(struct forward_cache *cache, uint32_t epoch, int64_t ext, size_t len)
{
	struct forward_packet *p = forward_cache_add(cache, epoch, ext, len);
	if (p)
		memset(p->data, (int)(ext & 0xFF), len);
	return p;
}

static void assert_packet(const struct forward_packet *p, int64_t ext, size_t len)
{
	assert_non_null(p);
	assert_int_equal(p->ext, ext);
	assert_int_equal(p->len, len);
	for (size_t i = 0; i < p->len; i++)
		assert_int_equal(p->data[i], ext & 0xFF);
}

static void keeps_the_newest(void **state)
{
	struct forward_pool pool = {0};
	struct forward_cache *cache;
	assert_int_equal(forward_cache_create(&pool, 2 * BLOCK, 128, &cache), 0);
	for (int64_t ext = 65536; ext < 65536 + 500; ext++) {
		assert_non_null(add(cache, 1, ext, 1000 + (size_t)(ext % 20)));
		for (int64_t back = 0; back < 24 && ext - back >= 65536; back++)
			assert_packet(forward_cache_get(cache, 1, ext - back), ext - back,
			              1000 + (size_t)((ext - back) % 20));
		assert_null(forward_cache_get(cache, 1, ext - 60));
		assert_null(forward_cache_get(cache, 1, ext + 1));
	}
	forward_cache_destroy(cache);
	forward_pool_trim(&pool, 0);
}

static void epochs_do_not_mix(void **state)
{
	struct forward_cache *cache;
	assert_int_equal(forward_cache_create(NULL, BLOCK, 16, &cache), 0);
	assert_null(forward_cache_get(cache, 0, 0));
	add(cache, 1, 70000, 10);
	assert_null(forward_cache_get(cache, 2, 70000));
	assert_non_null(add(cache, 2, 70000, 10));
	assert_null(forward_cache_get(cache, 1, 70000));
	/* an epoch with lower numbers takes the place of the one before */
	assert_non_null(add(cache, 3, 65536, 10));
	forward_cache_destroy(cache);
}

static void what_is_too_old_or_too_large_is_refused(void **state)
{
	struct forward_cache *cache;
	assert_int_equal(forward_cache_create(NULL, BLOCK, 16, &cache), 0);
	assert_null(add(cache, 1, 70000, BLOCK));
	assert_null(forward_cache_add(cache, 1, 70000, SIZE_MAX));
	assert_non_null(add(cache, 1, 70016, 50));
	assert_null(add(cache, 1, 70000, 10));
	assert_non_null(forward_cache_get(cache, 1, 70016));
	forward_cache_destroy(cache);
	forward_cache_destroy(NULL);
}

/** Blocks go round: a full cache takes none that is new. */
static void a_full_cache_takes_back_what_it_gave_up(void **state)
{
	struct forward_pool pool = {0};
	struct forward_cache *cache;
	assert_int_equal(forward_cache_create(&pool, 3 * BLOCK, 1024, &cache), 0);
	size_t made = pool.spare_count;
	for (int64_t ext = 65536; ext < 65536 + 2000; ext++)
		assert_non_null(add(cache, 1, ext, 1200));
	forward_cache_destroy(cache);
	assert_int_equal(forward_pool_reserve(&pool, 0), 0); /* looks at what came back */
	assert_int_equal(pool.spare_count, made);
	forward_pool_trim(&pool, 0);
	assert_int_equal(pool.spare_count, 0);
}

/** Another cache has the same packets for as long as it wants them, whatever becomes of the first. */
static void a_packet_outlives_its_cache_where_others_refer_to_it(void **state)
{
	struct forward_pool pool = {0};
	struct forward_cache *cache, *other;
	assert_int_equal(forward_cache_create(&pool, 2 * BLOCK, 128, &cache), 0);
	assert_int_equal(forward_cache_create(NULL, 2 * BLOCK, 128, &other), 0);
	for (int64_t ext = 65536; ext < 65536 + 300; ext++) {
		const struct forward_packet *p = add(cache, 1, ext, 1000);
		assert_non_null(p);
		if (ext % 7 == 0) /* this one did not get there */
			continue;
		forward_block_hold(p->block);
		assert_true(forward_cache_refer(other, p));
		assert_ptr_equal(forward_cache_get(other, 1, ext), p);
	}
	/* one that comes late, out of a block of long ago */
	const struct forward_packet *late = forward_cache_get(cache, 1, 65835 - 21);
	assert_null(forward_cache_get(other, 1, 65835 - 21));
	forward_block_hold(late->block);
	assert_true(forward_cache_refer(other, late));
	forward_block_hold(late->block);
	assert_true(forward_cache_refer(other, late));
	forward_cache_destroy(cache);
	for (int64_t ext = 65835 - 12; ext < 65836; ext++)
		if (ext % 7)
			assert_packet(forward_cache_get(other, 1, ext), ext, 1000);
	assert_packet(forward_cache_get(other, 1, 65835 - 21), 65835 - 21, 1000);
	forward_cache_destroy(other);
	forward_pool_trim(&pool, 0);
}

static void what_is_too_old_to_refer_to_is_let_go(void **state)
{
	struct forward_cache *cache, *other;
	assert_int_equal(forward_cache_create(NULL, BLOCK, 16, &cache), 0);
	assert_int_equal(forward_cache_create(NULL, BLOCK, 16, &other), 0);
	const struct forward_packet *old = add(cache, 1, 70000, 10), *young = add(cache, 1, 70016, 10);
	forward_block_hold(young->block);
	assert_true(forward_cache_refer(other, young));
	forward_block_hold(old->block);
	assert_false(forward_cache_refer(other, old));
	assert_ptr_equal(forward_cache_get(other, 1, 70016), young);
	forward_cache_destroy(cache);
	forward_cache_destroy(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(keeps_the_newest),
	        cmocka_unit_test(epochs_do_not_mix),
	        cmocka_unit_test(what_is_too_old_or_too_large_is_refused),
	        cmocka_unit_test(a_full_cache_takes_back_what_it_gave_up),
	        cmocka_unit_test(a_packet_outlives_its_cache_where_others_refer_to_it),
	        cmocka_unit_test(what_is_too_old_to_refer_to_is_let_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
