#include "check.h"

#include "forward/cache.h"

static struct forward_packet *add(struct forward_cache *cache, uint32_t epoch, int64_t ext, size_t len)
{
	struct forward_packet *p = forward_cache_add(cache, epoch, ext, len);
	if (p)
		memset(p->data, (int)(ext & 0xFF), len);
	return p;
}

static void keeps_the_newest(void **state)
{
	struct forward_cache *cache;
	assert_int_equal(forward_cache_create(1000, 16, &cache), 0);
	for (int64_t ext = 65536; ext < 65536 + 200; ext++) {
		assert_non_null(add(cache, 1, ext, 90 + (size_t)(ext % 20)));
		/* at least nine of 109 bytes fit beside a skipped end */
		for (int64_t back = 0; back < 8 && ext - back >= 65536; back++) {
			const struct forward_packet *p = forward_cache_get(cache, 1, ext - back);
			assert_non_null(p);
			assert_int_equal(p->len, 90 + (ext - back) % 20);
			for (size_t i = 0; i < p->len; i++)
				assert_int_equal(p->data[i], (ext - back) & 0xFF);
		}
		assert_null(forward_cache_get(cache, 1, ext - 12));
		assert_null(forward_cache_get(cache, 1, ext + 1));
	}
	forward_cache_destroy(cache);
}

static void epochs_do_not_mix(void **state)
{
	struct forward_cache *cache;
	assert_int_equal(forward_cache_create(1000, 16, &cache), 0);
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
	assert_int_equal(forward_cache_create(100, 16, &cache), 0);
	assert_null(add(cache, 1, 70000, 101));
	assert_non_null(add(cache, 1, 70016, 50));
	assert_null(add(cache, 1, 70000, 10));
	assert_non_null(forward_cache_get(cache, 1, 70016));
	forward_cache_destroy(cache);
	forward_cache_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(keeps_the_newest),
	        cmocka_unit_test(epochs_do_not_mix),
	        cmocka_unit_test(what_is_too_old_or_too_large_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
