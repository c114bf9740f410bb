/* TURN credentials as coturn's REST scheme wants them, and how clients are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "api/ice_servers.h"

static struct base_settings settings_of(const char *servers, const char *secret)
{
	struct base_settings s;
	char why[200];

	base_settings_init(&s);
	assert_int_equal(base_settings_set(&s, "ice_servers", servers, why, sizeof why), 0);
	assert_int_equal(base_settings_set(&s, "turn_secret", secret, why, sizeof why), 0);
	assert_int_equal(base_settings_set(&s, "turn_ttl_s", "3600", why, sizeof why), 0);
	return s;
}

static void credential(void **state)
{
	struct api_turn turn, other;

	/* echo -n 1700000000:guest | openssl dgst -binary -sha1 -hmac "north of the river" | openssl base64 */
	api_turn_credential("north of the river", 1700000000, "guest", &turn);
	assert_string_equal(turn.username, "1700000000:guest");
	assert_string_equal(turn.credential, "P4b079PJblx8lcW/d29jfkQZ+C0=");
	api_turn_credential("north of the river", 1700000000, NULL, &turn);
	api_turn_credential("north of the river", 1700000000, NULL, &other);
	assert_int_equal(strncmp(turn.username, "1700000000:", 11), 0);
	assert_string_not_equal(turn.username, other.username); /* guests are counted one by one */
	assert_string_not_equal(turn.credential, other.credential);
}

static void described(const struct base_settings *s, const char *expected)
{
	json_t *servers = api_ice_servers(s, 1699996400999, "guest");
	char *text = json_dumps(servers, JSON_COMPACT);

	assert_string_equal(text, expected);
	free(text);
	json_decref(servers);
}

static void as_json(void **state)
{
	struct base_settings s = settings_of("", "");
	described(&s, "[]");
	base_settings_finish(&s);
	s = settings_of("stun:a, stuns:b", "");
	described(&s, "[{\"urls\":[\"stun:a\",\"stuns:b\"]}]");
	base_settings_finish(&s);
	s = settings_of("turn:c?transport=udp,stun:a ,turns:d:443", "north of the river");
	described(&s, "[{\"urls\":[\"stun:a\"]},{\"urls\":[\"turn:c?transport=udp\",\"turns:d:443\"],"
	              "\"username\":\"1700000000:guest\",\"credential\":\"P4b079PJblx8lcW/d29jfkQZ+C0=\"}]");
	base_settings_finish(&s);
}

static void as_links(void **state)
{
	char out[API_ICE_LINKS];
	struct base_settings s = settings_of("", "");

	api_ice_links(&s, 0, NULL, out, sizeof out);
	assert_string_equal(out, "");
	base_settings_finish(&s);
	s = settings_of("stun:a.example", "");
	api_ice_links(&s, 0, NULL, out, sizeof out);
	assert_string_equal(out, "<stun:a.example>; rel=\"ice-server\"");
	base_settings_finish(&s);
	s = settings_of(" stun:a , turn:b?transport=udp", "north of the river");
	api_ice_links(&s, 1699996400999, "guest", out, sizeof out);
	assert_string_equal(out, "<stun:a>; rel=\"ice-server\", <turn:b?transport=udp>; rel=\"ice-server\"; "
	                         "username=\"1700000000:guest\"; credential=\"P4b079PJblx8lcW/d29jfkQZ+C0=\"; "
	                         "credential-type=\"password\"");
	api_ice_links(&s, 1699996400999, "guest", out, 60); /* what does not fit is left out whole */
	assert_string_equal(out, "<stun:a>; rel=\"ice-server\"");
	base_settings_finish(&s);
}

/** As long as the setting may be, of as short servers as can be. */
static void many_servers(void **state)
{
	char servers[4000] = "turn:a", out[API_ICE_LINKS];
	size_t count = 1, told = 0;

	for (size_t len = 6; len + 8 < sizeof servers; len += 8, count++)
		memcpy(servers + len, ",turns:b", 9);
	struct base_settings s = settings_of(servers, "north of the river");
	json_t *all = api_ice_servers(&s, 0, NULL);
	assert_int_equal(json_array_size(json_object_get(json_array_get(all, 0), "urls")), count);
	json_decref(all);
	api_ice_links(&s, 0, NULL, out, sizeof out);
	for (const char *at = out; (at = strstr(at, "credential-type=\"password\"")); at++)
		told++;
	assert_true(told > 30 && strlen(out) < sizeof out && out[strlen(out) - 1] == '"');
	base_settings_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(credential),
	        cmocka_unit_test(as_json),
	        cmocka_unit_test(as_links),
	        cmocka_unit_test(many_servers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
