#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hub/tokens.h"

static void test_find_and_remove(void **state)
{
	struct tokens tokens = {0};
	int a, b;
	uint64_t first = tokens_add(&tokens, &a), second = tokens_add(&tokens, &b);

	assert_true(first != 0 && second != 0 && first != second);
	assert_ptr_equal(tokens_find(&tokens, first), &a);
	assert_ptr_equal(tokens_find(&tokens, second), &b);
	tokens_remove(&tokens, first);
	assert_null(tokens_find(&tokens, first));
	assert_ptr_equal(tokens_find(&tokens, second), &b);
	tokens_remove(&tokens, first); /* twice does no harm */
	tokens_finish(&tokens);
}

static void test_an_old_token_stays_dead(void **state)
{
	struct tokens tokens = {0};
	int a, b;
	uint64_t first = tokens_add(&tokens, &a);

	tokens_remove(&tokens, first);
	uint64_t second = tokens_add(&tokens, &b); /* takes the same slot */
	assert_true(first != second);
	assert_null(tokens_find(&tokens, first));
	tokens_remove(&tokens, first);
	assert_ptr_equal(tokens_find(&tokens, second), &b);
	tokens_finish(&tokens);
}

static void test_nonsense(void **state)
{
	struct tokens tokens = {0};
	int a;

	assert_null(tokens_find(&tokens, 0));
	assert_null(tokens_find(&tokens, UINT64_MAX));
	uint64_t token = tokens_add(&tokens, &a);
	assert_null(tokens_find(&tokens, token + 1));
	assert_null(tokens_find(&tokens, token + ((uint64_t)1 << 32)));
	tokens_finish(&tokens);
}

static void test_many(void **state)
{
	struct tokens tokens = {0};
	static int objects[5000];
	static uint64_t names[5000];

	for (int i = 0; i < 5000; i++)
		names[i] = tokens_add(&tokens, &objects[i]);
	for (int i = 0; i < 5000; i += 2)
		tokens_remove(&tokens, names[i]);
	for (int i = 0; i < 5000; i++)
		assert_ptr_equal(tokens_find(&tokens, names[i]), i % 2 ? &objects[i] : NULL);
	for (int i = 0; i < 2500; i++)
		tokens_add(&tokens, &objects[i]);
	assert_int_equal(tokens.count, 5000);
	tokens_finish(&tokens);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_find_and_remove),
	        cmocka_unit_test(test_an_old_token_stays_dead),
	        cmocka_unit_test(test_nonsense),
	        cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("hub_tokens", tests, NULL, NULL);
}
