/* The filter in front of the keys: it never denies what it was given, and seldom claims what it was not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "store/filter.h"

static uint64_t next_random(uint64_t *state)
{
	*state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
	uint64_t z = *state;
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

#define MANY 200000 /* some layers full */

static void test_what_was_added_is_known(void **state)
{
	struct filter *filter = filter_new();
	for (int round = 0; round < 2; round++) {
		uint64_t random = 1;
		for (int i = 0; i < MANY; i++) {
			uint64_t a = next_random(&random), b = next_random(&random);
			if (round == 0)
				filter_add(filter, a, b);
			else
				assert_true(filter_may_have(filter, a, b));
		}
	}
	filter_free(filter);
}

static void test_little_else_is(void **state)
{
	struct filter *filter = filter_new();
	uint64_t random = 1;
	int wrong = 0;
	assert_false(filter_may_have(filter, 1, 2));
	for (int i = 0; i < MANY; i++) {
		uint64_t a = next_random(&random);
		filter_add(filter, a, next_random(&random));
	}
	for (int i = 0; i < MANY; i++) {
		uint64_t a = next_random(&random);
		wrong += filter_may_have(filter, a, next_random(&random));
	}
	assert_true(wrong < MANY / 2000);
	filter_free(filter);
	filter_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_what_was_added_is_known),
	        cmocka_unit_test(test_little_else_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
