#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "hub/route.h"

static struct route_table table;
static char first, second, third;

static void nothing(struct hub_request *r, void *ctx)
{
}

static void add(enum hub_method method, const char *pattern, void *ctx)
{
	route_table_add(&table,
	                &(struct hub_route){.method = method, .pattern = pattern, .handle = nothing, .ctx = ctx});
}

static int set_up(void **state)
{
	add(HUB_GET, "/api/v1/shows", &first);
	add(HUB_POST, "/api/v1/shows", &second);
	add(HUB_GET, "/api/v1/shows/{id}", &first);
	add(HUB_GET, "/api/v1/shows/{id}/items/{item}", &first);
	add(HUB_DELETE, "/api/v1/shows/{id}/items/{item}", &second);
	add(HUB_GET, "/api/v1/shows/mine", &third);
	add(HUB_GET, "/photos/{file}", &first);
	add(HUB_HEAD, "/photos/{file}", &third);
	add(HUB_GET, "/", &first);
	return 0;
}

static int tear_down(void **state)
{
	route_table_finish(&table);
	return 0;
}

static void test_finds(void **state)
{
	struct route_match match;

	assert_int_equal(route_find(&table, HUB_GET, "/api/v1/shows", &match), 0);
	assert_ptr_equal(match.route->ctx, &first);
	assert_int_equal(match.param_count, 0);
	assert_int_equal(route_find(&table, HUB_POST, "/api/v1/shows", &match), 0);
	assert_ptr_equal(match.route->ctx, &second);
	assert_int_equal(route_find(&table, HUB_DELETE, "/api/v1/shows/abc/items/7", &match), 0);
	assert_ptr_equal(match.route->ctx, &second);
	assert_int_equal(match.param_count, 2);
	assert_string_equal(match.params[0], "abc");
	assert_string_equal(match.params[1], "7");
	assert_int_equal(route_find(&table, HUB_GET, "/", &match), 0);
}

static void test_literal_wins(void **state)
{
	struct route_match match;

	assert_int_equal(route_find(&table, HUB_GET, "/api/v1/shows/mine", &match), 0);
	assert_ptr_equal(match.route->ctx, &third);
	assert_int_equal(match.param_count, 0);
}

static void test_slash_at_the_end(void **state)
{
	struct route_match match;

	assert_int_equal(route_find(&table, HUB_GET, "/api/v1/shows/", &match), 0);
	assert_int_equal(route_find(&table, HUB_GET, "/api/v1/shows/x/", &match), 0);
	assert_string_equal(match.params[0], "x");
	assert_int_equal(route_find(&table, HUB_GET, "/api/v1/shows//", &match), -ENOENT);
}

static void test_head(void **state)
{
	struct route_match match;

	assert_int_equal(route_find(&table, HUB_HEAD, "/api/v1/shows", &match), 0);
	assert_ptr_equal(match.route->ctx, &first);
	assert_int_equal(route_find(&table, HUB_HEAD, "/photos/a.jpg", &match), 0);
	assert_ptr_equal(match.route->ctx, &third);
}

static void test_unknown_paths(void **state)
{
	static const char *const unknown[] = {"/api",
	                                      "/api/v1/show",
	                                      "/api/v1/shows/a/items",
	                                      "/api/v1/shows/a/items/b/c",
	                                      "/photos",
	                                      "/photos/",
	                                      "/photos//",
	                                      "",
	                                      "photos/a",
	                                      "//"};
	struct route_match match;

	for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
		assert_int_equal(route_find(&table, HUB_GET, unknown[i], &match), -ENOENT);
		assert_null(match.route);
	}
}

static void test_other_methods(void **state)
{
	struct route_match match;
	char text[96];

	assert_int_equal(route_find(&table, HUB_DELETE, "/api/v1/shows", &match), -EPERM);
	assert_string_equal(route_format_allow(match.allow, text, sizeof text), "GET, POST, OPTIONS, HEAD");
	assert_int_equal(route_find(&table, HUB_PUT, "/api/v1/shows/a/items/b", &match), -EPERM);
	assert_string_equal(route_format_allow(match.allow, text, sizeof text), "GET, DELETE, OPTIONS, HEAD");
	assert_string_equal(route_format_allow(1u << HUB_POST, text, sizeof text), "POST, OPTIONS");
}

static void test_long_parameter(void **state)
{
	struct route_match match;
	char path[300] = "/photos/";

	memset(path + 8, 'x', 128);
	assert_int_equal(route_find(&table, HUB_GET, path, &match), 0);
	assert_int_equal(strlen(match.params[0]), 128);
	path[8 + 128] = 'x';
	assert_int_equal(route_find(&table, HUB_GET, path, &match), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_finds),
	        cmocka_unit_test(test_literal_wins),
	        cmocka_unit_test(test_slash_at_the_end),
	        cmocka_unit_test(test_head),
	        cmocka_unit_test(test_unknown_paths),
	        cmocka_unit_test(test_other_methods),
	        cmocka_unit_test(test_long_parameter),
	};

	return cmocka_run_group_tests_name("hub_route", tests, set_up, tear_down);
}
