/* Tokens, passwords, and how often one may try. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "api/limiter.h"
#include "api/tokens.h"

static void tokens_are_random_and_hashed(void **state)
{
	char a[API_TOKEN_TEXT], b[API_TOKEN_TEXT];
	uint8_t hash_a[32], hash_b[32], again[32];

	api_token_new(a);
	api_token_new(b);
	assert_int_equal(strlen(a), API_TOKEN_TEXT - 1);
	assert_string_not_equal(a, b);
	assert_int_equal(strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
	                 API_TOKEN_TEXT - 1);
	assert_true(api_token_hash(a, hash_a));
	assert_true(api_token_hash(b, hash_b));
	assert_true(api_token_hash(a, again));
	assert_memory_equal(hash_a, again, 32);
	assert_memory_not_equal(hash_a, hash_b, 32);
	assert_false(api_token_hash(NULL, hash_a));
	assert_false(api_token_hash("", hash_a));
	assert_false(api_token_hash("short", hash_a));
}

static void token_hash_is_sha256(void **state)
{
	/* printf 'AAAA…' (43 times) | sha256sum */
	static const uint8_t expected[4] = {0x0f, 0x00, 0x73, 0x85};
	uint8_t hash[32];

	assert_true(api_token_hash("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", hash));
	assert_memory_equal(hash, expected, sizeof expected);
}

static void secrets_compare(void **state)
{
	assert_true(api_secret_equal("abc", "abc"));
	assert_false(api_secret_equal("abc", "abd"));
	assert_false(api_secret_equal("abc", "abcd"));
	assert_false(api_secret_equal("", ""));
	assert_false(api_secret_equal(NULL, "abc"));
	assert_false(api_secret_equal("abc", NULL));
}

static void passwords_verify(void **state)
{
	struct base_settings settings = {.password_cost = "min"};
	char hash[API_PASSWORD_HASH], other[API_PASSWORD_HASH], random[17];

	assert_int_equal(api_password_hash(&settings, "correct horse", hash), 0);
	assert_int_equal(api_password_hash(&settings, "correct horse", other), 0);
	assert_string_not_equal(hash, other); /* salted */
	assert_memory_equal(hash, "$argon2id$", 10);
	assert_true(api_password_verify(&settings, hash, "correct horse"));
	assert_false(api_password_verify(&settings, hash, "correct horsf"));
	assert_false(api_password_verify(&settings, NULL, "correct horse"));
	assert_false(api_password_verify(&settings, "not a hash", "correct horse"));
	api_password_random(random);
	assert_int_equal(strlen(random), 16);
}

static void the_usual_cost_is_two_rounds_of_19_mib(void **state)
{
	struct base_settings settings = {.password_cost = "normal"};
	char hash[API_PASSWORD_HASH];

	assert_int_equal(api_password_hash(&settings, "correct horse", hash), 0);
	assert_non_null(strstr(hash, "m=19456,t=2,p=1"));
}

static void a_name_has_a_budget(void **state)
{
	struct api_limiter *limiter = api_limiter_create(3, 6); /* one every ten seconds */
	int64_t retry_s = 0, now = 1000000;

	for (int i = 0; i < 3; i++)
		assert_true(api_limiter_take(limiter, "bea", now, &retry_s));
	assert_false(api_limiter_take(limiter, "bea", now, &retry_s));
	assert_in_range(retry_s, 10, 11);
	assert_true(api_limiter_take(limiter, "carl", now, &retry_s)); /* others have their own */
	assert_false(api_limiter_take(limiter, "bea", now + 9000000, &retry_s));
	assert_true(api_limiter_take(limiter, "bea", now + 20500000, &retry_s));
	for (int i = 0; i < 3; i++) /* it fills up to three, not beyond */
		assert_true(api_limiter_take(limiter, "bea", now + 9000000000, &retry_s));
	assert_false(api_limiter_take(limiter, "bea", now + 9000000000, &retry_s));
	api_limiter_destroy(limiter);
}

static void a_flood_of_names_frees_nobody_who_was_caught(void **state)
{
	struct api_limiter *limiter = api_limiter_create(5, 1);
	int64_t retry_s;
	char name[32];
	int let = 0;

	for (int i = 0; i < 5; i++)
		assert_true(api_limiter_take(limiter, "guesser", 0, &retry_s));
	assert_false(api_limiter_take(limiter, "guesser", 0, &retry_s));
	for (int i = 0; i < 5000; i++) { /* some 5 for each set of 8, once each: they give way before an empty bucket */
		snprintf(name, sizeof name, "name%d", i);
		let += api_limiter_take(limiter, name, 0, &retry_s);
	}
	assert_int_equal(let, 5000);
	assert_false(api_limiter_take(limiter, "guesser", 0, &retry_s));
	for (int i = 0; i < 200000; i++) {
		snprintf(name, sizeof name, "more%d", i);
		(void)api_limiter_take(limiter, name, 0, &retry_s);
	}
	assert_false(api_limiter_take(limiter, "guesser", 0, &retry_s));
	api_limiter_destroy(limiter);
}

static void addresses_are_grouped(void **state)
{
	char a[64], b[64];

	api_limiter_address("192.0.2.7", a);
	assert_string_equal(a, "192.0.2.7");
	api_limiter_address("2001:db8:1:2:aaaa::1", a);
	api_limiter_address("2001:db8:1:2:bbbb::9", b);
	assert_string_equal(a, b);
	api_limiter_address("2001:db8:1:3::9", b);
	assert_string_not_equal(a, b);
	api_limiter_address("not an address", a);
	assert_string_equal(a, "not an address");
}

static int set_up(void **state)
{
	return api_tokens_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(tokens_are_random_and_hashed),
	        cmocka_unit_test(token_hash_is_sha256),
	        cmocka_unit_test(secrets_compare),
	        cmocka_unit_test(passwords_verify),
	        cmocka_unit_test(the_usual_cost_is_two_rounds_of_19_mib),
	        cmocka_unit_test(a_name_has_a_budget),
	        cmocka_unit_test(a_flood_of_names_frees_nobody_who_was_caught),
	        cmocka_unit_test(addresses_are_grouped),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
