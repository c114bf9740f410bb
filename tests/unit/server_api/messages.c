/* Reading WebSocket frames: what is answered with which code, and what id the answer carries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "api/core.h"

static void good_frames(void **state)
{
	for (size_t i = 0; i < api_message_type_count; i++) {
		char text[128], why[192];
		const char *code;
		json_t *id;

		g_snprintf(text, sizeof text, "{\"type\":\"%s\",\"id\":%zu}", api_message_types[i].name, i);
		struct api_message *message = api_message_decode(text, strlen(text), &code, why, sizeof why, &id);
		assert_non_null(message);
		assert_ptr_equal(message->type, &api_message_types[i]);
		assert_int_equal(json_integer_value(message->id), i);
		assert_null(id);
		api_message_free(message);
	}
}

static void bad_frames(void **state)
{
	static const struct {
		const char *text, *code;
		bool id; /* could be read, so the answer carries it */
	} cases[] = {
	        {"", "bad_json", false},
	        {"{", "bad_json", false},
	        {"[]", "bad_request", false},
	        {"null", "bad_request", false},
	        {"12", "bad_request", false},
	        {"{}", "bad_request", false},
	        {"{\"id\":1}", "bad_request", true},
	        {"{\"id\":1,\"type\":12}", "bad_request", true},
	        {"{\"id\":\"x\",\"type\":null}", "bad_request", true},
	        {"{\"id\":1,\"type\":\"nothing\"}", "bad_request", true},
	        {"{\"id\":1,\"type\":\"chat\\u0000\"}", "bad_request", true},
	        {"{\"id\":1,\"type\":\"Chat\"}", "bad_request", true},
	        {"{\"id\":1.5,\"type\":\"chat\"}", "bad_request", false},
	        {"{\"id\":{},\"type\":\"chat\"}", "bad_request", false},
	        {"{\"id\":[1],\"type\":\"chat\"}", "bad_request", false},
	        {"{\"id\":true,\"type\":\"chat\"}", "bad_request", false},
	        {"{\"id\":\"0123456789012345678901234567890123456789012345678901234567890123456789\",\"type\":"
	         "\"chat\"}",
	         "bad_request", false},
	        {"{\"type\":\"chat\",\"type\":\"chat\"}", "bad_json", false},
	        {"{\"type\":\"chat\",\"id\":99999999999999999999}", "bad_json", false},
	        {"{\"type\":\"chat\",\"text\":\"\xff\"}", "bad_json", false},
	        {"{\"a\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}", "bad_json", false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char why[192] = "";
		const char *code = NULL;
		json_t *id = NULL;

		assert_null(api_message_decode(cases[i].text, strlen(cases[i].text), &code, why, sizeof why, &id));
		if (strcmp(code, cases[i].code) != 0 || (id != NULL) != cases[i].id || !why[0])
			fail_msg("%s: %s (%s)", cases[i].text, code, why);
		json_decref(id);
	}
}

static void a_message_without_an_id_is_fine(void **state)
{
	char why[192];
	const char *code;
	json_t *id;
	struct api_message *message = api_message_decode("{\"type\":\"leave\"}", 16, &code, why, sizeof why, &id);

	assert_non_null(message);
	assert_null(message->id);
	api_message_free(message);
	api_message_free(NULL);
}

static void names_are_known_once(void **state)
{
	for (size_t i = 0; i < api_message_type_count; i++)
		for (size_t k = i + 1; k < api_message_type_count; k++)
			assert_string_not_equal(api_message_types[i].name, api_message_types[k].name);
}

static void every_code_of_the_market_has_a_word(void **state)
{
	int status;

	for (int code = SHOW_OK; code <= SHOW_UNAVAILABLE; code++) {
		assert_non_null(api_show_code((enum show_code)code, &status));
		assert_in_range(status, 400, 599);
		assert_string_not_equal(hub_status_reason(status), "Status");
	}
	assert_string_equal(api_show_code(SHOW_RETRY, &status), "retry");
	assert_int_equal(status, 503);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(good_frames),
	        cmocka_unit_test(bad_frames),
	        cmocka_unit_test(a_message_without_an_id_is_fine),
	        cmocka_unit_test(names_are_known_once),
	        cmocka_unit_test(every_code_of_the_market_has_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
