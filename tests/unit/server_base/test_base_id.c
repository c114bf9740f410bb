#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"

static void test_text_round_trip(void **state)
{
	struct base_id id, back;
	char text[BASE_ID_TEXT];

	for (unsigned i = 0; i < BASE_ID_BYTES; i++)
		id.bytes[i] = (uint8_t)(i * 17 + 3);
	assert_int_equal(strlen(base_id_format(id, text)), 26);
	assert_int_equal(base_id_parse(text, &back), 0);
	assert_true(base_id_equal(id, back));
}

static void test_known_text(void **state)
{
	struct base_id zero = {0}, ones;
	char text[BASE_ID_TEXT];

	memset(ones.bytes, 0xff, sizeof ones.bytes);
	assert_string_equal(base_id_format(zero, text), "00000000000000000000000000");
	assert_string_equal(base_id_format(ones, text), "7zzzzzzzzzzzzzzzzzzzzzzzzz");
	assert_true(base_id_is_zero(zero));
	assert_false(base_id_is_zero(ones));
}

/* The example of the ULID specification: 1469918176385 ms is 01ARYZ6S41. */
static void test_time_is_in_front(void **state)
{
	struct base_id id = {{0}};
	uint64_t ms = 1469918176385;
	char text[BASE_ID_TEXT];

	for (int i = 5; i >= 0; i--, ms >>= 8)
		id.bytes[i] = (uint8_t)ms;
	assert_memory_equal(base_id_format(id, text), "01aryz6s41", 10);
}

static void test_bad_texts(void **state)
{
	static const char *const bad[] = {
	        "",
	        "0000000000000000000000000",
	        "000000000000000000000000000",
	        "80000000000000000000000000", /* more than 128 bits */
	        "0000000000000000000000000i",
	        "0000000000000000000000000l",
	        "0000000000000000000000000o",
	        "0000000000000000000000000u",
	        "0000000000000000000000000A",
	        "000000000000 0000000000000",
	        "0000000000000000000000000\xff",
	};
	struct base_id id = {{1}}, before = id;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(base_id_parse(bad[i], &id), -EINVAL);
		assert_true(base_id_equal(id, before));
	}
}

static void test_rising(void **state)
{
	struct base_id last = base_id_new();
	int64_t before_ms = base_clock_utc_ms();

	for (int i = 0; i < 20000; i++) {
		struct base_id next = base_id_new();
		assert_true(memcmp(next.bytes, last.bytes, BASE_ID_BYTES) > 0);
		last = next;
	}
	int64_t ms = 0;
	for (int i = 0; i < 6; i++)
		ms = ms << 8 | last.bytes[i];
	assert_true(ms >= before_ms && ms <= base_clock_utc_ms());
}

#define THREADS 4
#define PER_THREAD 5000

static struct base_id made[THREADS][PER_THREAD];

static void *make(void *arg)
{
	struct base_id *ids = arg;

	for (int i = 0; i < PER_THREAD; i++)
		ids[i] = base_id_new();
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, BASE_ID_BYTES);
}

static void test_threads_never_repeat(void **state)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, make, made[i]), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	struct base_id *all = made[0];
	qsort(all, THREADS * PER_THREAD, sizeof *all, compare);
	for (int i = 1; i < THREADS * PER_THREAD; i++)
		assert_false(base_id_equal(all[i - 1], all[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_text_round_trip),  cmocka_unit_test(test_known_text),
	        cmocka_unit_test(test_time_is_in_front), cmocka_unit_test(test_bad_texts),
	        cmocka_unit_test(test_rising),           cmocka_unit_test(test_threads_never_repeat),
	};

	return cmocka_run_group_tests_name("base_id", tests, NULL, NULL);
}
