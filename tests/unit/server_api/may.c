/* Who may: every HTTP endpoint and every WebSocket message against every role. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "api/core.h"

/* g guest, v viewer (an account), h host of the object, o another host, m moderator, a admin, b banned account, k
 * whoever shows the key */
static const char roles[] = "gvhomabk";

static struct base_id id(uint8_t n)
{
	return (struct base_id){.bytes = {[15] = n}};
}

static struct api_actor actor_of(char role)
{
	struct api_actor actor = {.signed_in = true, .id = id((uint8_t)role)};

	switch (role) {
	case 'g':
		return (struct api_actor){.signed_in = false};
	case 'k':
		return (struct api_actor){.key = true};
	case 'h':
	case 'o':
		actor.approved = true;
		break;
	case 'm':
		actor.role = STORE_MODERATOR;
		break;
	case 'a':
		actor.role = STORE_ADMIN;
		break;
	case 'b':
		actor.banned = true;
		actor.approved = true;
		break;
	}
	return actor;
}

/* Who may do the verb to an object of the host's, whose other party is the viewer. */
static const char *allowed(enum api_verb verb, char out[16])
{
	struct api_object object = {.owner = id('h'), .other = id('v')};
	size_t len = 0;

	for (const char *role = roles; *role; role++) {
		struct api_actor actor = actor_of(*role);
		if (api_may(&actor, verb, &object))
			out[len++] = *role;
	}
	out[len] = '\0';
	return out;
}

static const struct expected {
	const char *what, *who;
} endpoints[] = {
        {"POST /api/v1/accounts", "gvhomabk"},
        {"POST /api/v1/sessions", "gvhomabk"},
        {"DELETE /api/v1/sessions", "vhomab"},
        {"GET /api/v1/me", "vhomab"},
        {"PATCH /api/v1/me", "vhoma"},
        {"GET /api/v1/me/balance", "vhomab"},
        {"GET /api/v1/me/statement.csv", "vhomab"},
        {"GET /api/v1/me/blocks", "vhomab"},
        {"PUT /api/v1/me/blocks/{account}", "vhoma"},
        {"DELETE /api/v1/me/blocks/{account}", "vhoma"},
        {"GET /api/v1/notices", "vhomab"},
        {"POST /api/v1/notices/read", "vhomab"},
        {"POST /api/v1/me/hosting", "vhoma"},
        {"GET /api/v1/listings", "gvhomabk"},
        {"POST /api/v1/listings", "vhoma"},
        {"GET /api/v1/listings/{id}", "gvhomabk"},
        {"PATCH /api/v1/listings/{id}", "h"},
        {"POST /api/v1/listings/{id}/photos", "h"},
        {"GET /api/v1/listings/{id}/waitlist", "h"},
        {"GET /api/v1/listings/{id}/claims", "h"},
        {"POST /api/v1/listings/{id}/second-chance", "h"},
        {"GET /api/v1/catalogue", "hoa"},
        {"GET /api/v1/sellers/{username}", "gvhomabk"},
        {"GET /photos/{file}", "gvhomabk"},
        {"GET /api/v1/shows", "gvhomabk"},
        {"POST /api/v1/shows", "hoa"},
        {"GET /api/v1/shows/{id}", "gvhomabk"},
        {"PATCH /api/v1/shows/{id}", "h"},
        {"POST /api/v1/shows/{id}/start", "h"},
        {"POST /api/v1/shows/{id}/end", "hma"},
        {"POST /api/v1/shows/{id}/publish-key", "h"},
        {"DELETE /api/v1/shows/{id}/publish-key", "h"},
        {"GET /api/v1/shows/{id}/claims", "hma"},
        {"POST /api/v1/shows/{id}/second-chance", "h"},
        {"GET /api/v1/shows/{id}/thumbnail.jpg", "gvhomabk"},
        {"GET /api/v1/shows/{id}/replay", "gvhomak"},
        {"DELETE /api/v1/shows/{id}/replay", "hma"},
        {"GET /hls/{show}/{file}", "gvhomak"},
        {"OPTIONS /hls/{show}/{file}", "gvhomak"},
        {"GET /replay/{show}/{file}", "gvhomak"},
        {"GET /api/v1/listings/{id}/clips", "gvhomak"},
        {"GET /clips/{file}", "gvhomak"},
        {"POST /api/v1/shows/{id}/items", "h"},
        {"PATCH /api/v1/shows/{id}/items/{item}", "h"},
        {"DELETE /api/v1/shows/{id}/items/{item}", "h"},
        {"POST /api/v1/claims", "vhoma"},
        {"DELETE /api/v1/holds/{id}", "vhomab"},
        {"DELETE /api/v1/waiting/{id}", "vhomab"},
        {"GET /api/v1/cart", "vhomab"},
        {"POST /api/v1/checkout", "vhoma"},
        {"GET /api/v1/orders", "vhomab"},
        {"GET /api/v1/orders.csv", "vhomab"},
        /* Of these the host is the buyer and the viewer the seller. */
        {"GET /api/v1/orders/{id}", "vha"},
        {"POST /api/v1/payments/test/{order}", "h"},
        {"POST /api/v1/orders/{id}/ship", "v"},
        {"POST /api/v1/orders/{id}/cancel", "vh"},
        {"GET /api/v1/admin/shows", "ma"},
        {"GET /api/v1/admin/hosts", "a"},
        {"POST /api/v1/admin/hosts/{account}", "a"},
        {"GET /api/v1/admin/audit", "a"},
        {"GET /api/v1/admin/accounts", "ma"},
        {"POST /api/v1/admin/accounts/{id}/ban", "ma"},
        {"POST /api/v1/ingest/rtmp", "hk"},
        {"POST /whip/{show}", "hk"},
        {"OPTIONS /whip/{show}", "gvhomabk"},
        {"GET /whip/{show}", "gvhomabk"},
        {"HEAD /whip/{show}", "gvhomabk"},
        {"PUT /whip/{show}", "gvhomabk"},
        {"PATCH /whip/{show}/{session}", "hk"},
        {"DELETE /whip/{show}/{session}", "hk"},
        {"OPTIONS /whip/{show}/{session}", "gvhomabk"},
        {"GET /whip/{show}/{session}", "gvhomabk"},
        {"HEAD /whip/{show}/{session}", "gvhomabk"},
        {"PUT /whip/{show}/{session}", "gvhomabk"},
        {"POST /whep/{show}", "gvhomak"},
        {"OPTIONS /whep/{show}", "gvhomabk"},
        {"GET /whep/{show}", "gvhomabk"},
        {"HEAD /whep/{show}", "gvhomabk"},
        {"PUT /whep/{show}", "gvhomabk"},
        {"PATCH /whep/{show}/{session}", "gvhomak"},
        {"DELETE /whep/{show}/{session}", "gvhomak"},
        {"OPTIONS /whep/{show}/{session}", "gvhomabk"},
        {"GET /whep/{show}/{session}", "gvhomabk"},
        {"HEAD /whep/{show}/{session}", "gvhomabk"},
        {"PUT /whep/{show}/{session}", "gvhomabk"},
        {"GET /api/v1/market", "gvhomabk"},
        {"GET /healthz", "gvhomabk"},
        {"GET /readyz", "gvhomabk"},
        {"GET /metrics", "gvhomabk"},
};

/* A message has no key; media.offer with the role publish asks MAY_PUBLISH besides. */
static const struct expected messages[] = {
        {"hello", "gvhomab"},    {"join", "gvhomab"},      {"leave", "gvhomab"},      {"chat", "vhoma"},
        {"react", "gvhoma"},     {"claim", "vhoma"},       {"release", "vhomab"},     {"feature", "h"},
        {"unfeature", "h"},      {"price", "h"},           {"media.offer", "gvhoma"}, {"media.close", "gvhoma"},
        {"mod.delete", "hma"},   {"mod.mute", "hma"},      {"mod.ban", "hma"},        {"mod.slow", "hma"},
        {"mod.report", "vhoma"}, {"wait.leave", "vhomab"},
};

static const char *find(const struct expected *rows, size_t count, const char *what)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].what, what) == 0)
			return rows[i].who;
	fail_msg("%s is not in the table of who may", what);
	return "";
}

static void every_endpoint(void **state)
{
	static const char *const methods[] = {"GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "HEAD"};

	assert_int_equal(api_endpoint_count, sizeof endpoints / sizeof endpoints[0]);
	for (size_t i = 0; i < api_endpoint_count; i++) {
		const struct api_endpoint *endpoint = &api_endpoints[i];
		char what[200], who[16];

		snprintf(what, sizeof what, "%s %s", methods[endpoint->method], endpoint->pattern);
		if (strcmp(allowed(endpoint->verb, who),
		           find(endpoints, sizeof endpoints / sizeof endpoints[0], what)) != 0)
			fail_msg("%s: %s may", what, who);
	}
}

static void every_message(void **state)
{
	assert_int_equal(api_message_type_count, sizeof messages / sizeof messages[0]);
	for (size_t i = 0; i < api_message_type_count; i++) {
		const struct api_message_type *type = &api_message_types[i];
		char who[16], *key;

		allowed(type->verb, who);
		key = strchr(who, 'k');
		if (key)
			*key = '\0';
		if (strcmp(who, find(messages, sizeof messages / sizeof messages[0], type->name)) != 0)
			fail_msg("%s: %s may", type->name, who);
	}
}

static void publishing(void **state)
{
	char who[16];

	assert_string_equal(allowed(MAY_PUBLISH, who), "hk");
}

static void moderation_has_a_reach(void **state)
{
	static const struct {
		char actor, target;
		bool may;
	} cases[] = {
	        {'h', 'v', true},  {'h', 'o', true},  {'h', 'h', false}, {'h', 'm', false}, {'h', 'a', false},
	        {'m', 'v', true},  {'m', 'h', false}, {'m', 'm', false}, {'m', 'a', false}, {'a', 'v', true},
	        {'a', 'h', true},  {'a', 'm', true},  {'a', 'a', false}, {'o', 'v', false}, {'v', 'o', false},
	        {'g', 'v', false}, {'b', 'v', false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct api_actor actor = actor_of(cases[i].actor), aim = actor_of(cases[i].target);
		struct store_account target = {.person.id = aim.id, .role = aim.role};
		struct api_object object = {.owner = id('h'), .target = &target};

		if (api_may(&actor, MAY_MODERATE, &object) != cases[i].may)
			fail_msg("%c moderating %c", cases[i].actor, cases[i].target);
	}
}

/* From the whole market: nobody of the same rank or above, and nobody themselves. */
static void bans_have_a_reach(void **state)
{
	static const struct {
		char actor, target;
		bool may;
	} cases[] = {
	        {'m', 'v', true}, {'m', 'h', true},  {'m', 'm', false}, {'m', 'a', false}, {'a', 'v', true},
	        {'a', 'm', true}, {'a', 'a', false}, {'h', 'v', false}, {'v', 'o', false}, {'g', 'v', false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct api_actor actor = actor_of(cases[i].actor), aim = actor_of(cases[i].target);
		struct store_account target = {.person.id = aim.id, .role = aim.role};

		if (api_may(&actor, MAY_BAN, &(struct api_object){.target = &target}) != cases[i].may)
			fail_msg("%c banning %c", cases[i].actor, cases[i].target);
	}
}

static void refusals_have_words(void **state)
{
	struct api_actor guest = actor_of('g'), viewer = actor_of('v'), banned = actor_of('b');

	assert_string_equal(api_may_code(&guest), "unauthenticated");
	assert_int_equal(api_may_status(&guest), 401);
	assert_string_equal(api_may_code(&viewer), "forbidden");
	assert_int_equal(api_may_status(&viewer), 403);
	assert_string_equal(api_may_code(&banned), "banned");
}

static void hosting_follows_the_setting(void **state)
{
	struct base_settings settings = {.hosting = "approved"};
	struct store_account account = {.person.id = id('v')};
	struct api_actor actor = api_actor_of(&settings, &account);

	assert_false(api_may(&actor, MAY_MAKE_SHOW, NULL));
	account.hosting = STORE_HOSTING_ASKED;
	actor = api_actor_of(&settings, &account);
	assert_false(api_may(&actor, MAY_MAKE_SHOW, NULL));
	account.hosting = STORE_HOSTING_APPROVED;
	actor = api_actor_of(&settings, &account);
	assert_true(api_may(&actor, MAY_MAKE_SHOW, NULL));
	account = (struct store_account){.person.id = id('v')};
	settings.hosting = "anyone";
	actor = api_actor_of(&settings, &account);
	assert_true(api_may(&actor, MAY_MAKE_SHOW, NULL));
	account.banned = true;
	actor = api_actor_of(&settings, &account);
	assert_false(api_may(&actor, MAY_MAKE_SHOW, NULL));
}

static void nobody_owns_what_has_no_owner(void **state)
{
	struct api_actor zero = {.signed_in = true}; /* an id of zero must match no empty object */
	struct api_object nothing = {0};

	assert_false(api_may(&zero, MAY_EDIT_SHOW, &nothing));
	assert_false(api_may(&zero, MAY_SEE_ORDER, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_endpoint),
	        cmocka_unit_test(every_message),
	        cmocka_unit_test(publishing),
	        cmocka_unit_test(moderation_has_a_reach),
	        cmocka_unit_test(bans_have_a_reach),
	        cmocka_unit_test(refusals_have_words),
	        cmocka_unit_test(hosting_follows_the_setting),
	        cmocka_unit_test(nobody_owns_what_has_no_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
