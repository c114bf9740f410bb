#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/http_parse.h"

/* Parse an exact copy, so that the sanitizer sees a read beyond it. */
static long parse(const char *text, size_t len, struct http_head *head)
{
	static char *copy;

	free(copy);
	copy = malloc(len + (len == 0));
	memcpy(copy, text, len);
	return http_parse_head(copy, len, head);
}

static long parse_text(const char *text, struct http_head *head)
{
	return parse(text, strlen(text), head);
}

static void expect(struct http_slice slice, const char *text)
{
	assert_int_equal(slice.len, strlen(text));
	assert_memory_equal(slice.text, text, slice.len);
}

static void test_a_request(void **state)
{
	static const char text[] =
	        "POST /a/b%20c?x=1&y HTTP/1.1\r\nHost: example\r\nX-Empty:\r\nAccept:  a, b \t\r\n\r\nbody";
	struct http_head head;

	assert_int_equal(parse_text(text, &head), sizeof text - 1 - 4);
	assert_int_equal(head.method, HUB_POST);
	assert_int_equal(head.minor, 1);
	expect(head.path, "/a/b%20c");
	expect(head.query, "x=1&y");
	assert_int_equal(head.header_count, 3);
	expect(head.headers[0].name, "Host");
	expect(head.headers[0].value, "example");
	expect(head.headers[1].value, "");
	expect(head.headers[2].value, "a, b");
}

static void test_every_beginning_is_unfinished(void **state)
{
	static const char text[] = "GET /x HTTP/1.1\r\nHost: a\r\nAccept: b\r\n\r\n";
	struct http_head head;

	for (size_t len = 0; len < sizeof text - 1; len++)
		assert_int_equal(parse(text, len, &head), 0);
	assert_int_equal(parse(text, sizeof text - 1, &head), sizeof text - 1);
}

static void test_forms(void **state)
{
	struct http_head head;

	assert_true(parse_text("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", &head) > 0);
	assert_true(parse_text("GET / HTTP/1.0\r\n\r\n", &head) > 0);
	assert_int_equal(head.minor, 0);
	assert_true(parse_text("GET http://a.example/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n", &head) > 0);
	expect(head.path, "/x");
	expect(head.query, "y");
	assert_true(parse_text("GET /? HTTP/1.1\r\nHost:\r\n\r\n", &head) > 0);
	expect(head.query, "");
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		long result;
	} cases[] = {
	        {"GET / HTTP/1.1\nHost: a\n\n", -EBADMSG},
	        {"GET / HTTP/1.1\rHost: a\r\r\n", -EBADMSG},
	        {"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
	        {"GET\r\n\r\n", -EBADMSG},
	        {"GET /\r\n\r\n", -EBADMSG},
	        {"GET  HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
	        {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
	        {"GET x HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
	        {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
	        {"GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
	        {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
	        {"GET /a\x01 HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
	        {"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
	        {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", -EBADMSG},
	        {"GET / HTTP/11\r\nHost: a\r\n\r\n", -EBADMSG},
	        {"GET / http/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
	        {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", -EPROTONOSUPPORT},
	        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", -EPROTONOSUPPORT},
	        {"get / HTTP/1.1\r\nHost: a\r\n\r\n", -EOPNOTSUPP},
	        {"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", -EOPNOTSUPP},
	        {"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", -EOPNOTSUPP},
	        {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
	        {"GET / HTTP/1.1\r\n\r\n", -EBADMSG},
	        {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", -EBADMSG},
	        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n", -EBADMSG},
	        {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\nTransfer-Encoding: y\r\n\r\n", -EBADMSG},
	        {"GET / HTTP/1.1\r\nHost: a\r\nNo colon\r\n\r\n", -EBADMSG},
	        {"GET / HTTP/1.1\r\nHost: a\r\n: empty\r\n\r\n", -EBADMSG},
	        {"GET / HTTP/1.1\r\nHost: a\r\nBlank : x\r\n\r\n", -EBADMSG},
	        {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", -EBADMSG},
	        {"GET / HTTP/1.1\r\nHost: a\r\nX: a\x01z\r\n\r\n", -EBADMSG},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct http_head head;
		long result = parse_text(cases[i].text, &head);
		if (result != cases[i].result)
			fail_msg("case %zu gave %ld", i, result);
	}
	struct http_head head;
	assert_int_equal(parse("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 36, &head), -EBADMSG);
}

static void test_number_of_headers(void **state)
{
	char text[4096] = "GET / HTTP/1.1\r\nHost: a\r\n";
	struct http_head head;

	for (int i = 1; i < HTTP_HEADERS; i++)
		strcat(text, "X: y\r\n");
	size_t len = strlen(text);
	strcat(text, "\r\n");
	assert_true(parse_text(text, &head) > 0);
	assert_int_equal(head.header_count, HTTP_HEADERS);
	strcpy(text + len, "X: y\r\n\r\n");
	assert_int_equal(parse_text(text, &head), -E2BIG);
}

static int decode_path(const char *path, char *out)
{
	return http_decode_path((struct http_slice){path, strlen(path)}, out, strlen(path) + 1);
}

static void test_paths(void **state)
{
	static const char *const bad[] = {"/%",          "/%4",   "/%zz",      "/a%00",   "/..",
	                                  "/../x",       "/a/..", "/%2e%2e/x", "/.",      "/./x",
	                                  "/a%2f..%2fb", "/%0a",  "/\xff",     "/%c3%28", "/a%5cb"};
	char out[64];

	assert_int_equal(decode_path("/a%20b/c%2Fd", out), 0);
	assert_string_equal(out, "/a b/c/d");
	assert_int_equal(decode_path("/...", out), 0);
	assert_int_equal(decode_path("/.well-known/x", out), 0);
	assert_int_equal(decode_path("/a+b", out), 0);
	assert_string_equal(out, "/a+b");
	assert_int_equal(decode_path("/%C3%A9", out), 0);
	assert_string_equal(out, "/\xc3\xa9");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(decode_path(bad[i], out), -EBADMSG);
	assert_int_equal(http_decode_path((struct http_slice){"/abc", 4}, out, 4), -EBADMSG);
}

static void test_queries(void **state)
{
	static const struct {
		const char *query;
		const char *list;
		size_t len;
	} cases[] = {
	        {"", "", 1},
	        {"a=1", "a=1\0", 5},
	        {"a=1&b=c+d%26", "a=1\0b=c d&\0", 12},
	        {"&&a&&", "a\0", 3},
	        {"a=%zz&b=2", "b=2\0", 5},
	        {"a=%00&b", "b\0", 3},
	        {"a=%ff", "", 1},
	        {"a=%", "", 1},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t len = strlen(cases[i].query);
		char *out = malloc(len + 2);
		http_decode_query((struct http_slice){cases[i].query, len}, out);
		assert_memory_equal(out, cases[i].list, cases[i].len);
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_request),
	        cmocka_unit_test(test_every_beginning_is_unfinished),
	        cmocka_unit_test(test_forms),
	        cmocka_unit_test(test_refused),
	        cmocka_unit_test(test_number_of_headers),
	        cmocka_unit_test(test_paths),
	        cmocka_unit_test(test_queries),
	};

	return cmocka_run_group_tests_name("hub_http_parse", tests, NULL, NULL);
}
