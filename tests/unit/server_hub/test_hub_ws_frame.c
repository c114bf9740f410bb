#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hub/ws_frame.h"

static int parse(const void *bytes, size_t len, struct ws_head *head)
{
	uint8_t *copy = malloc(len + (len == 0));

	memcpy(copy, bytes, len);
	int result = ws_frame_parse(copy, len, head);
	free(copy);
	return result;
}

/* RFC 6455 §5.7: "A single-frame masked text message" that says Hello. */
static void test_example_of_the_rfc(void **state)
{
	uint8_t frame[] = {0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58};
	struct ws_head head;

	assert_int_equal(parse(frame, sizeof frame, &head), 6);
	assert_true(head.final);
	assert_int_equal(head.opcode, WS_OP_TEXT);
	assert_int_equal(head.len, 5);
	ws_frame_unmask(frame + 6, 2, head.mask, 0);
	ws_frame_unmask(frame + 8, 3, head.mask, 2);
	assert_memory_equal(frame + 6, "Hello", 5);
}

static void test_lengths(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint64_t payload;
	} cases[] = {
	        {"\x01\x80mask", 6, 0},
	        {"\x02\xfdmask", 6, 125},
	        {"\x82\xfe\x01\x00mask", 8, 256},
	        {"\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00mask", 14, 65536},
	        {"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xffmask", 14, INT64_MAX},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ws_head head;
		for (size_t len = 0; len < cases[i].len; len++)
			assert_int_equal(parse(cases[i].bytes, len, &head), 0);
		assert_int_equal(parse(cases[i].bytes, cases[i].len, &head), cases[i].len);
		assert_true(head.len == cases[i].payload);
		assert_memory_equal(head.mask, "mask", 4);
	}
}

static void test_what_clients_may_not_send(void **state)
{
	static const char *const bad[] = {
	        "\x81\x05xxxx", "\xc1\x85xxxx", "\xa1\x85xxxx", "\x91\x85xxxx", "\x83\x85xxxx", "\x87\x85xxxx",
	        "\x8b\x85xxxx", "\x8f\x85xxxx", "\x09\x85xxxx", "\x89\xfexxxx", "\x88\xffxxxx",
	};
	struct ws_head head;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(parse(bad[i], 6, &head), -EPROTO);
	assert_int_equal(parse("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00xxxx", 14, &head), -EPROTO);
}

static void test_heads_of_the_server(void **state)
{
	static const struct {
		size_t len;
		const char *head;
		size_t head_len;
	} cases[] = {
	        {0, "\x81\x00", 2},
	        {125, "\x81\x7d", 2},
	        {126, "\x81\x7e\x00\x7e", 4},
	        {65535, "\x81\x7e\xff\xff", 4},
	        {65536, "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t buffer[WS_HEAD_SERVER];
		uint8_t *start = ws_frame_put_head(buffer + sizeof buffer, WS_OP_TEXT, cases[i].len);
		assert_int_equal(ws_frame_head_length(cases[i].len), cases[i].head_len);
		assert_ptr_equal(start, buffer + sizeof buffer - cases[i].head_len);
		assert_memory_equal(start, cases[i].head, cases[i].head_len);
	}
}

static void test_close_codes(void **state)
{
	static const uint16_t good[] = {1000, 1001, 1003, 1007, 1011, 3000, 4000, 4999},
	                      bad[] = {0, 999, 1004, 1005, 1006, 1012, 1015, 2999, 5000, 65535};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(ws_frame_is_close_code(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(ws_frame_is_close_code(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_example_of_the_rfc),
	        cmocka_unit_test(test_lengths),
	        cmocka_unit_test(test_what_clients_may_not_send),
	        cmocka_unit_test(test_heads_of_the_server),
	        cmocka_unit_test(test_close_codes),
	};

	return cmocka_run_group_tests_name("hub_ws_frame", tests, NULL, NULL);
}
