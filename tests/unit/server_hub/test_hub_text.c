#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hub/text.h"

static void test_utf8(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
	        {"", true},
	        {"plain", true},
	        {"gr\xc3\xbc\xc3\x9f", true},
	        {"\xe2\x82\xac", true},
	        {"\xf0\x9f\x8e\x89", true},
	        {"\xf4\x8f\xbf\xbf", true},
	        {"\xc3", false},
	        {"\x80", false},
	        {"\xc0\xaf", false},
	        {"\xe0\x80\x80", false},
	        {"\xed\xa0\x80", false},
	        {"\xf0\x80\x80\x80", false},
	        {"\xf4\x90\x80\x80", false},
	        {"\xff", false},
	        {"a\xe2\x82", false},
	        {"\xf5\x80\x80\x80", false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		/* An exact copy, so that the sanitizer sees a read beyond it. */
		size_t len = strlen(cases[i].text);
		char *copy = malloc(len + (len == 0));
		memcpy(copy, cases[i].text, len);
		assert_int_equal(text_is_utf8(copy, len), cases[i].good);
		free(copy);
	}
	assert_true(text_is_utf8("a\0b", 3));
}

static void expect_cookie(const char *header, const char *name, const char *expected)
{
	size_t len = 0;
	const char *value = text_find_cookie(header, name, &len);

	if (!expected) {
		assert_null(value);
		return;
	}
	assert_non_null(value);
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(value, expected, len);
}

static void test_cookies(void **state)
{
	expect_cookie("a=1; session=abc; b=2", "session", "abc");
	expect_cookie("session=abc", "session", "abc");
	expect_cookie("xsession=abc; session=", "session", "");
	expect_cookie("session2=abc", "session", NULL);
	expect_cookie("a=session=abc", "session", NULL);
	expect_cookie("session", "session", NULL);
	expect_cookie(";;; session=x ;", "session", "x");
	expect_cookie("", "session", NULL);
	expect_cookie(NULL, "session", NULL);
}

static void test_codings(void **state)
{
	assert_true(text_accepts_coding("gzip, deflate, br, zstd", "br"));
	assert_true(text_accepts_coding("br;q=0.5", "br"));
	assert_true(text_accepts_coding("GZIP", "gzip"));
	assert_false(text_accepts_coding("br;q=0", "br"));
	assert_false(text_accepts_coding("br; q=0.0 , gzip", "br"));
	assert_false(text_accepts_coding("brotli", "br"));
	assert_false(text_accepts_coding("", "br"));
	assert_false(text_accepts_coding(NULL, "br"));
}

static void test_etags(void **state)
{
	assert_true(text_matches_etag("\"abc\"", "\"abc\""));
	assert_true(text_matches_etag("W/\"abc\"", "\"abc\""));
	assert_true(text_matches_etag("\"x\", \"abc\"", "\"abc\""));
	assert_true(text_matches_etag("*", "\"abc\""));
	assert_false(text_matches_etag("\"abcd\"", "\"abc\""));
	assert_false(text_matches_etag("abc", "\"abc\""));
	assert_false(text_matches_etag(NULL, "\"abc\""));
}

static void test_tokens(void **state)
{
	assert_true(text_has_token("keep-alive, Upgrade", "upgrade"));
	assert_true(text_has_token("close", "close"));
	assert_false(text_has_token("closed", "close"));
	assert_false(text_has_token("", "close"));
	assert_false(text_has_token(NULL, "close"));
}

static void test_origins(void **state)
{
	assert_true(text_is_own_origin("http://a.example:8080", false, "a.example:8080", ""));
	assert_true(text_is_own_origin("https://A.example", true, "a.example", ""));
	assert_true(text_is_own_origin("https://shop.example", false, "127.0.0.1:8080", "https://shop.example"));
	assert_false(text_is_own_origin("http://a.example", true, "a.example", ""));
	assert_false(text_is_own_origin("http://a.example.evil", false, "a.example", ""));
	assert_false(text_is_own_origin("null", false, "a.example", ""));
	assert_false(text_is_own_origin("http://", false, "", ""));
	assert_false(text_is_own_origin("http://a", false, NULL, NULL));
	assert_false(text_is_own_origin("", false, "a", ""));
}

static void test_lengths(void **state)
{
	uint64_t value = 7;

	assert_int_equal(text_parse_length("0", &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(text_parse_length("1048576", &value), 0);
	assert_int_equal(value, 1048576);
	assert_int_equal(text_parse_length("", &value), -EINVAL);
	assert_int_equal(text_parse_length("-1", &value), -EINVAL);
	assert_int_equal(text_parse_length("+1", &value), -EINVAL);
	assert_int_equal(text_parse_length("5, 5", &value), -EINVAL);
	assert_int_equal(text_parse_length("0x5", &value), -EINVAL);
	assert_int_equal(text_parse_length("99999999999999999999999999", &value), -ERANGE);
	assert_int_equal(value, 1048576);
}

static void expect_range(const char *header, int answer, uint64_t from, uint64_t to)
{
	uint64_t first = 99, last = 99;

	assert_int_equal(text_parse_range(header, 1000, &first, &last), answer);
	if (answer == 1) {
		assert_int_equal(first, from);
		assert_int_equal(last, to);
	}
}

static void test_ranges(void **state)
{
	uint64_t from, to;

	expect_range("bytes=0-0", 1, 0, 0);
	expect_range("bytes=10-19", 1, 10, 19);
	expect_range("Bytes=990-5000", 1, 990, 999);
	expect_range("bytes=10-", 1, 10, 999);
	expect_range("bytes=-1", 1, 999, 999);
	expect_range("bytes=-5000", 1, 0, 999);
	expect_range("bytes=1000-", -1, 0, 0);
	expect_range("bytes=1000-2000", -1, 0, 0);
	expect_range("bytes=-0", -1, 0, 0);
	assert_int_equal(text_parse_range("bytes=0-", 0, &from, &to), -1);
	assert_int_equal(text_parse_range("bytes=-5", 0, &from, &to), -1);
	expect_range(NULL, 0, 0, 0);
	static const char *const whole[] = {
	        "",          "bytes",         "bytes=",
	        "bytes=-",   "bytes=5-4",     "bytes=0-1,5-6",
	        "bytes=a-5", "bytes=5-a",     "seconds=1-2",
	        "bytes= 1-", "bytes=5",       "bytes=0-99999999999999999999999999",
	        "bytes=--5", "bytes=0-5junk",
	};
	for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
		expect_range(whole[i], 0, 0, 0);
}

static void test_forwarded(void **state)
{
	char address[46];

	assert_true(text_last_address("192.0.2.1", address, sizeof address));
	assert_string_equal(address, "192.0.2.1");
	assert_true(text_last_address("203.0.113.9, 2001:db8::7 ", address, sizeof address));
	assert_string_equal(address, "2001:db8::7");
	assert_false(text_last_address("192.0.2.1, unknown", address, sizeof address));
	assert_false(text_last_address("", address, sizeof address));
	assert_false(
	        text_last_address("1111111111111111111111111111111111111111111111111111111", address, sizeof address));
}

static void test_types_and_values(void **state)
{
	assert_string_equal(text_content_type("/assets/app-1a2b.js"), "text/javascript; charset=utf-8");
	assert_string_equal(text_content_type("/x.PNG"), "image/png");
	assert_string_equal(text_content_type("/x"), "application/octet-stream");
	assert_true(text_is_header_value("a b; c=\"d\" \xc3\xa9"));
	assert_false(text_is_header_value("a\r\nSet-Cookie: x"));
	assert_false(text_is_header_value("a\x7f"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_utf8),      cmocka_unit_test(test_cookies),
	        cmocka_unit_test(test_codings),   cmocka_unit_test(test_etags),
	        cmocka_unit_test(test_tokens),    cmocka_unit_test(test_origins),
	        cmocka_unit_test(test_lengths),   cmocka_unit_test(test_ranges),
	        cmocka_unit_test(test_forwarded), cmocka_unit_test(test_types_and_values),
	};

	return cmocka_run_group_tests_name("hub_text", tests, NULL, NULL);
}
