#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "base/buffer.h"

static void test_copy(void **state)
{
	struct base_buffer *buffer = base_buffer_copy("hello", 5);

	assert_int_equal(buffer->len, 5);
	assert_memory_equal(buffer->data, "hello", 5);
	base_buffer_unref(buffer);
}

static void test_empty(void **state)
{
	struct base_buffer *buffer = base_buffer_copy(NULL, 0);

	assert_int_equal(buffer->len, 0);
	base_buffer_unref(buffer);
	base_buffer_unref(NULL);
}

static void test_many_holders(void **state)
{
	struct base_buffer *buffer = base_buffer_new(3);

	memcpy(buffer->data, "abc", 3);
	for (int i = 0; i < 10; i++)
		assert_ptr_equal(base_buffer_ref(buffer), buffer);
	for (int i = 0; i < 10; i++)
		base_buffer_unref(buffer);
	assert_memory_equal(buffer->data, "abc", 3);
	base_buffer_unref(buffer); /* the sanitizer tells a leak or a use after this */
}

static void *hold_and_drop(void *arg)
{
	struct base_buffer *buffer = arg;
	unsigned sum = 0;

	for (int i = 0; i < 10000; i++) {
		base_buffer_ref(buffer);
		sum += buffer->data[i % buffer->len];
		base_buffer_unref(buffer);
	}
	base_buffer_unref(buffer);
	return sum == 10000 * 7 ? buffer : NULL;
}

static void test_threads(void **state)
{
	struct base_buffer *buffer = base_buffer_new(64);
	pthread_t threads[4];

	memset(buffer->data, 7, 64);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hold_and_drop, base_buffer_ref(buffer)), 0);
	base_buffer_unref(buffer); /* the last of the threads frees */
	for (int i = 0; i < 4; i++) {
		void *result;
		pthread_join(threads[i], &result);
		assert_non_null(result);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_copy),
	        cmocka_unit_test(test_empty),
	        cmocka_unit_test(test_many_holders),
	        cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests_name("base_buffer", tests, NULL, NULL);
}
