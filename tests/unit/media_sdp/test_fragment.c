/* Fragments of an ICE restart, in and out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sdp/sdp.h"

static struct media_sdp_fragment fragment;
static char why[200];

static int parse(const char *text)
{
	/* of exactly this length, so that a read beyond it is seen */
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);
	assert_non_null(copy);
	memcpy(copy, text, len);
	int status = media_sdp_fragment_parse(copy, len, &fragment, why, sizeof why);
	free(copy);
	assert_int_equal(status != 0, why[0] != '\0');
	return status;
}

static void finds_the_first_credentials(void **state)
{
	/* as RFC 9725 §4.3.3 has it */
	assert_int_equal(parse("a=ice-options:trickle ice2\r\na=group:BUNDLE 0 1\r\n"
	                       "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:ysXw\r\n"
	                       "a=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n"
	                       "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0\r\n"
	                       "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=ice-ufrag:other\r\n"),
	                 0);
	assert_string_equal(fragment.ufrag, "ysXw");
	assert_string_equal(fragment.pwd, "vw5LmwG4y/e6dPP/zAP9Gp5k");
	assert_string_equal(fragment.mid, "0");
	assert_int_equal(parse("a=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\na=ice-ufrag:ysXw"), 0); /* of the session */
	assert_string_equal(fragment.mid, "");
}

static void refuses_what_is_none(void **state)
{
	char longer[700];
	assert_int_equal(parse(""), -EPROTO);
	assert_int_equal(parse("a=ice-ufrag:ysXw\r\n"), -EPROTO);
	assert_int_equal(parse("a=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n"), -EPROTO);
	assert_int_equal(parse("a=ice-ufrag:ysX\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n"), -EPROTO);
	assert_int_equal(parse("a=ice-ufrag:ys:w\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n"), -EPROTO);
	assert_int_equal(parse("a=ice-ufrag:ysXw\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9\r\n"), -EPROTO);
	memset(longer, 'x', sizeof longer);
	memcpy(longer, "a=ice-ufrag:", 12);
	memcpy(longer + 300, "\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n", 39);
	longer[339] = '\0';
	assert_int_equal(parse(longer), -EPROTO);
	assert_string_equal(fragment.ufrag, "");
}

static void tells_ours(void **state)
{
	static const char *const addresses[] = {"192.0.2.1", "2001:db8::1"};
	const struct media_sdp_local local = {
	        .ufrag = "00abcd", .pwd = "secret", .addresses = addresses, .address_count = 2, .port = 7882};
	static const char expected[] =
	        "a=ice-lite\r\na=group:BUNDLE 0 1\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n"
	        "a=ice-ufrag:00abcd\r\na=ice-pwd:secret\r\n"
	        "a=candidate:1 1 udp 2130706431 192.0.2.1 7882 typ host\r\n"
	        "a=candidate:2 1 udp 2130706175 2001:db8::1 7882 typ host\r\n"
	        "a=end-of-candidates\r\n";
	char out[sizeof expected];
	assert_int_equal(media_sdp_fragment_write(&local, "video", 96, "1", "0 1", out, sizeof out),
	                 sizeof expected - 1);
	assert_string_equal(out, expected);
	for (size_t size = 0; size < sizeof expected; size++)
		assert_int_equal(media_sdp_fragment_write(&local, "video", 96, "1", "0 1", out, size), -EMSGSIZE);
	assert_int_equal(media_sdp_fragment_write(&local, "audio", 111, "", "", out, sizeof out),
	                 sizeof expected - 1 - strlen("a=group:BUNDLE 0 1\r\na=mid:1\r\n") + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(finds_the_first_credentials),
	        cmocka_unit_test(refuses_what_is_none),
	        cmocka_unit_test(tells_ours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
