/* The headers of WHIP and WHEP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "api/core.h"
#include "api/whip_rules.h"

static void types(void **state)
{
	assert_true(api_whip_is_type("application/sdp", "application/sdp"));
	assert_true(api_whip_is_type("Application/SDP; charset=utf-8", "application/sdp"));
	assert_true(api_whip_is_type("application/sdp ;x", "application/sdp"));
	assert_false(api_whip_is_type("application/sdpx", "application/sdp"));
	assert_false(api_whip_is_type("application/sd", "application/sdp"));
	assert_false(api_whip_is_type("", "application/sdp"));
	assert_false(api_whip_is_type(NULL, "application/sdp"));
}

static void accept(void **state)
{
	static const char *const yes[] = {"application/sdp", "*/*", "text/html, application/sdp;q=0.5",
	                                  "application/*",   "",    " ,",
	                                  "a/b,*/*;q=0.1"};
	static const char *const no[] = {"text/html", "application/json, text/*", "application/sdpx"};

	assert_true(api_whip_accepts(NULL, "application/sdp"));
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		if (!api_whip_accepts(yes[i], "application/sdp"))
			fail_msg("refused: %s", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		if (api_whip_accepts(no[i], "application/sdp"))
			fail_msg("accepted: %s", no[i]);
}

static void entity_tags(void **state)
{
	char etag[48];

	api_whip_etag("AbC+", etag, sizeof etag);
	assert_string_equal(etag, "\"AbC+\"");
	assert_true(api_whip_matches("\"AbC+\"", etag));
	assert_true(api_whip_matches("*", etag));
	assert_true(api_whip_matches("\"*\"", etag));
	assert_true(api_whip_matches("\"x,y\" , \"AbC+\"", etag));
	assert_false(api_whip_matches("W/\"AbC+\"", etag)); /* weak tags match nothing here */
	assert_false(api_whip_matches("\"abc+\"", etag));
	assert_false(api_whip_matches("AbC+", etag));
	assert_false(api_whip_matches("\"AbC+", etag));
	assert_false(api_whip_matches("", etag));
}

static enum api_whip_patch fragment(const char *text, const char *ufrag)
{
	return api_whip_read_patch(text, strlen(text), ufrag);
}

static void fragments(void **state)
{
	assert_int_equal(fragment("a=ice-ufrag:abcd\r\na=ice-pwd:x\r\nm=audio 9 UDP/TLS/RTP/SAVPF "
	                          "0\r\na=mid:0\r\na=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n",
	                          "abcd"),
	                 API_WHIP_TRICKLE);
	assert_int_equal(fragment("a=ice-ufrag:efgh\r\na=ice-pwd:x\r\n", "abcd"), API_WHIP_RESTART);
	assert_int_equal(fragment("a=ice-ufrag:efgh\r\n", NULL), API_WHIP_TRICKLE);
	assert_int_equal(fragment("a=mid:0\r\n", "abcd"), API_WHIP_TRICKLE);
	assert_int_equal(fragment("a=candidate:1\n", "abcd"), API_WHIP_TRICKLE);
	assert_int_equal(fragment("a=end-of-candidates\r\n", "abcd"), API_WHIP_TRICKLE);
	assert_int_equal(fragment("", "abcd"), API_WHIP_NONSENSE);
	assert_int_equal(fragment("{}", "abcd"), API_WHIP_NONSENSE);
	assert_int_equal(fragment("xa=mid:0", "abcd"), API_WHIP_NONSENSE);
}

static void ufrag(void **state)
{
	char out[8];

	assert_true(api_whip_find_ufrag("v=0\r\na=ice-ufrag:abcd\r\n", 23, out, sizeof out));
	assert_string_equal(out, "abcd");
	assert_false(api_whip_find_ufrag("v=0\r\na=ice-ufrag:abcdefgh\r\n", 27, out, sizeof out)); /* does not fit */
	assert_false(api_whip_find_ufrag("v=0\r\n", 5, out, sizeof out));
	assert_false(api_whip_find_ufrag("a=ice-ufrag:abcd", 11, out, sizeof out)); /* cut off */
}

static void host_header(void **state)
{
	static const struct {
		const char *header, *address;
	} cases[] = {
	        {"192.0.2.1:8080", "192.0.2.1"},
	        {"localhost:8080", "127.0.0.1"},
	        {"LOCALHOST", "127.0.0.1"},
	        {"[::1]:8080", "::1"},
	        {"[2001:db8::1]", "2001:db8::1"},
	        {"example.org", ""},
	        {"", ""},
	        {"[::1", "::1"},
	        {"192.0.2.1.evil.example", ""},
	        {"::1", ""},
	        {NULL, ""},
	};
	char out[64];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		api_host_address(cases[i].header, out);
		assert_string_equal(out, cases[i].address);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(types),     cmocka_unit_test(accept), cmocka_unit_test(entity_tags),
	        cmocka_unit_test(fragments), cmocka_unit_test(ufrag),  cmocka_unit_test(host_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
