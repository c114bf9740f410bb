/* Strict JSON: what is refused, and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "api/json.h"

static json_t *parse(const char *text, const char **code)
{
	char why[192] = "";
	json_t *value = api_json_parse(text, strlen(text), code, why, sizeof why);

	assert_true(value || why[0]);
	return value;
}

static void what_is_no_json_is_refused(void **state)
{
	static const char *const bad[] = {"",
	                                  "{",
	                                  "{\"a\":1,}",
	                                  "{\"a\":1}x",
	                                  "{\"a\":1,\"a\":2}",
	                                  "{'a':1}",
	                                  "{\"a\":01}",
	                                  "{\"a\":\"\n\"}",
	                                  "{\"a\":\"\xff\"}",
	                                  "{\"a\":99999999999999999999}",
	                                  "{\"\\u0000\":1}",
	                                  "{\"a\":\"\\ud800\"}",
	                                  "{\"a\":NaN}"};
	const char *code;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (parse(bad[i], &code))
			fail_msg("accepted: %s", bad[i]);
		assert_string_equal(code, "bad_json");
	}
}

static void what_is_no_object_is_another_fault(void **state)
{
	static const char *const bad[] = {"[]", "null", "12", "\"x\"", "true"};
	const char *code;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_null(parse(bad[i], &code));
		assert_string_equal(code, "bad_request");
	}
}

static void depth_is_bounded(void **state)
{
	char text[256] = "";
	const char *code;
	json_t *value;

	for (int i = 0; i < API_JSON_DEPTH - 1; i++)
		strcat(text, "{\"a\":");
	strcat(text, "{}");
	for (int i = 0; i < API_JSON_DEPTH - 1; i++)
		strcat(text, "}");
	value = parse(text, &code);
	assert_non_null(value);
	json_decref(value);
	memmove(text + 5, text, strlen(text) + 1);
	memcpy(text, "{\"a\":", 5);
	strcat(text, "}");
	assert_null(parse(text, &code));
	/* Brackets in strings are text, also behind an escaped quote. */
	value = parse("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[\"}", &code);
	assert_non_null(value);
	json_decref(value);
}

struct reading {
	json_t *object;
	struct api_fields fields;
};

static struct reading read(const char *text)
{
	struct reading reading;
	const char *code;

	reading.object = parse(text, &code);
	assert_non_null(reading.object);
	api_fields_init(&reading.fields, reading.object);
	return reading;
}

static void whole_numbers(void **state)
{
	static const struct {
		const char *text;
		bool fine;
		int64_t value;
	} cases[] = {
	        {"{\"n\":5}", true, 5},     {"{\"n\":-3}", true, -3},
	        {"{\"n\":10}", true, 10},   {"{\"n\":11}", false, 0},
	        {"{\"n\":-4}", false, 0},   {"{\"n\":5.0}", false, 0},
	        {"{\"n\":1e1}", false, 0},  {"{\"n\":\"5\"}", false, 0},
	        {"{\"n\":true}", false, 0}, {"{\"n\":null}", false, 0},
	        {"{}", false, 0},           {"{\"n\":9223372036854775807}", false, 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct reading r = read(cases[i].text);
		int64_t n = api_field_int(&r.fields, "n", API_REQUIRED, -3, 10);

		if (r.fields.failed == cases[i].fine || n != cases[i].value)
			fail_msg("%s gives %lld", cases[i].text, (long long)n);
		json_decref(r.object);
	}
}

static void lines_of_text(void **state)
{
	static const struct {
		const char *text, *value; /* NULL: refused */
	} cases[] = {
	        {"{\"t\":\"abc\"}", "abc"},
	        {"{\"t\":\"  abc \\n\"}", "abc"},
	        {"{\"t\":\"Gr\xc3\xbc\xc3\x9f\"}", "Gr\xc3\xbc\xc3\x9f"},
	        {"{\"t\":\"\"}", NULL},
	        {"{\"t\":\"   \"}", NULL},
	        {"{\"t\":\"abcdefghi\"}", NULL},
	        {"{\"t\":\"a\\u0000b\"}", NULL},
	        {"{\"t\":\"a\\u0007b\"}", NULL},
	        {"{\"t\":\"a\\nb\"}", NULL},
	        {"{\"t\":\"a\\u202eb\"}", NULL},
	        {"{\"t\":\"a\\u2066b\"}", NULL},
	        {"{\"t\":\"a\\u0085b\"}", NULL},
	        {"{\"t\":\"a\\u007fb\"}", NULL},
	        {"{\"t\":7}", NULL},
	        {"{\"t\":[\"a\"]}", NULL},
	        {"{}", NULL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct reading r = read(cases[i].text);
		char out[9] = "?";
		bool there = api_field_line(&r.fields, "t", API_REQUIRED, 1, 8, out);

		assert_int_equal(there, !r.fields.failed);
		if (there != (cases[i].value != NULL) || (there && strcmp(out, cases[i].value) != 0))
			fail_msg("%s", cases[i].text);
		assert_true(there || r.fields.why[0]);
		json_decref(r.object);
	}
}

static void optional_and_first_fault(void **state)
{
	struct reading r = read("{\"a\":null,\"text\":\"one\\ntwo\",\"yes\":true,\"bad\":1}");
	char out[32];

	assert_false(api_field_line(&r.fields, "a", API_OPTIONAL, 1, 8, out));
	assert_string_equal(out, "");
	assert_false(api_fields_has(&r.fields, "a"));
	assert_true(api_fields_has(&r.fields, "yes"));
	assert_true(api_field_text(&r.fields, "text", API_REQUIRED, 1, 31, out));
	assert_string_equal(out, "one\ntwo");
	assert_true(api_field_bool(&r.fields, "yes", API_REQUIRED));
	assert_false(api_field_bool(&r.fields, "bad", API_OPTIONAL));
	assert_true(r.fields.failed);
	assert_null(api_field_raw(&r.fields, "gone", API_REQUIRED, 8));
	assert_non_null(strstr(r.fields.why, "bad")); /* the first fault is told */
	json_decref(r.object);
}

static void ids_keys_objects(void **state)
{
	struct reading r = read("{\"id\":\"01m800gwyf5gxhm8rkpvhxkxkt\",\"key\":\"7e57d004-2b97-0e7a-b45f-"
	                        "5387367791cd\",\"o\":{\"x\":1}}");
	char key[64], text[BASE_ID_TEXT];
	struct base_id id = api_field_id(&r.fields, "id", API_REQUIRED);

	assert_string_equal(base_id_format(id, text), "01m800gwyf5gxhm8rkpvhxkxkt");
	assert_true(api_field_key(&r.fields, "key", key));
	assert_non_null(api_field_object(&r.fields, "o", API_REQUIRED));
	assert_false(r.fields.failed);
	json_decref(r.object);

	static const char *const bad[] = {
	        "{\"key\":\"short\"}", "{\"key\":\"has blanks in it, which is odd\"}", "{\"key\":12}", "{}",
	        "{\"key\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		r = read(bad[i]);
		assert_false(api_field_key(&r.fields, "key", key));
		assert_true(r.fields.failed);
		json_decref(r.object);
	}
	r = read("{\"id\":\"not-an-id\"}");
	assert_true(base_id_is_zero(api_field_id(&r.fields, "id", API_REQUIRED)));
	assert_true(r.fields.failed);
	json_decref(r.object);
	r = read("{\"id\":\"01m800gwyf5gxhm8rkpvhxkxkt\\u0000\"}");
	assert_true(base_id_is_zero(api_field_id(&r.fields, "id", API_REQUIRED)));
	assert_true(r.fields.failed);
	json_decref(r.object);
}

static void times(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
	        {"1970-01-01T00:00:00Z", 0},
	        {"2026-11-21T20:00:00Z", 1795291200000},
	        {"2026-11-21T20:00:00.250Z", 1795291200250},
	        {"2026-11-21t21:00:00+01:00", 1795291200000},
	        {"2026-11-21T14:30:00-05:30", 1795291200000},
	        {"2024-02-29T00:00:00Z", 1709164800000},
	};
	static const char *const bad[] = {"",
	                                  "2026-11-21",
	                                  "2026-11-21T20:00:00",
	                                  "2026-11-21T20:00Z",
	                                  "2026-02-30T20:00:00Z",
	                                  "2025-02-29T00:00:00Z",
	                                  "2026-13-01T00:00:00Z",
	                                  "2026-00-10T00:00:00Z",
	                                  "2026-11-21T24:00:00Z",
	                                  "2026-11-21T20:60:00Z",
	                                  "2026-11-21T20:00:00+25:00",
	                                  "2026-11-21T20:00:00Zx",
	                                  "2026-11-21T20:00:00.Z",
	                                  "1969-12-31T23:59:59Z",
	                                  "tomorrow"};
	int64_t ms = -1;
	char text[32];

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(api_time_parse(good[i].text, &ms), 0);
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (api_time_parse(bad[i], &ms) == 0)
			fail_msg("accepted %s", bad[i]);
	api_time_format(1795291200250, text);
	assert_string_equal(text, "2026-11-21T20:00:00Z");
}

static void text_that_was_cut_is_still_told(void **state)
{
	static const char *const texts[][2] = {
	        {"whole \xd0\xb6", "whole \xd0\xb6"},
	        {"cut \xd0", "cut \xef\xbf\xbd"},
	        {"\xff in the middle", "\xef\xbf\xbd in the middle"},
	        {"", ""},
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		json_t *string = api_json_string(texts[i][0]);
		assert_string_equal(json_string_value(string), texts[i][1]);
		json_decref(string);
	}
}

static void what_cannot_be_written_is_an_error(void **state)
{
	struct base_buffer *buffer = api_json_take(NULL);
	static const char start[] = "{\"type\":\"error\",\"code\":\"internal\"";

	assert_true(buffer->len > sizeof start);
	assert_memory_equal(buffer->data, start, sizeof start - 1);
	base_buffer_unref(buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(text_that_was_cut_is_still_told),
	        cmocka_unit_test(what_cannot_be_written_is_an_error),
	        cmocka_unit_test(what_is_no_json_is_refused),
	        cmocka_unit_test(what_is_no_object_is_another_fault),
	        cmocka_unit_test(depth_is_bounded),
	        cmocka_unit_test(whole_numbers),
	        cmocka_unit_test(lines_of_text),
	        cmocka_unit_test(optional_and_first_fault),
	        cmocka_unit_test(ids_keys_objects),
	        cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
