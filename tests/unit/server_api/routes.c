/* The tables and their documents: every route is in openapi.yaml and the other way round; every message is in
 * PROTOCOL.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "api/resources.h"

static const char *const methods[] = {"get", "post", "patch", "put", "delete", "options", "head"};

/* "get /path" for every operation of the document, which indents paths by two and methods by four. */
static GPtrArray *documented(void)
{
	GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
	char *text = NULL, **lines, *path = NULL;
	bool in_paths = false;

	assert_true(g_file_get_contents(OPENAPI, &text, NULL, NULL));
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++) {
		if ((*line)[0] && (*line)[0] != ' ')
			in_paths = strcmp(*line, "paths:") == 0;
		if (!in_paths)
			continue;
		if (g_str_has_prefix(*line, "  /")) {
			g_free(path);
			path = g_strndup(*line + 2, strcspn(*line + 2, ":"));
		}
		for (size_t i = 0; path && i < G_N_ELEMENTS(methods); i++) {
			char *start = g_strdup_printf("    %s:", methods[i]);
			if (g_str_has_prefix(*line, start))
				g_ptr_array_add(list, g_strdup_printf("%s %s", methods[i], path));
			g_free(start);
		}
	}
	g_free(path);
	g_strfreev(lines);
	g_free(text);
	return list;
}

static bool takes(GPtrArray *list, const char *what)
{
	for (guint i = 0; i < list->len; i++) {
		if (strcmp(list->pdata[i], what) == 0) {
			g_ptr_array_remove_index(list, i);
			return true;
		}
	}
	return false;
}

static void openapi_has_every_route(void **state)
{
	GPtrArray *list = documented();

	assert_in_range(list->len, 30, 200);
	for (size_t i = 0; i < api_endpoint_count; i++) {
		const struct api_endpoint *endpoint = &api_endpoints[i];
		char what[200];

		if (endpoint->direct == api_whip_other) /* is there to say 405 with the headers of CORS */
			continue;
		snprintf(what, sizeof what, "%s %s", methods[endpoint->method], endpoint->pattern);
		if (!takes(list, what))
			fail_msg("openapi.yaml lacks %s", what);
	}
	if (list->len)
		fail_msg("openapi.yaml tells of %s, which is not there", (char *)list->pdata[0]);
	g_ptr_array_free(list, TRUE);
}

static void protocol_has_every_message(void **state)
{
	char *text = NULL;

	assert_true(g_file_get_contents(PROTOCOL, &text, NULL, NULL));
	for (size_t i = 0; i < api_message_type_count; i++) {
		char *with = g_strdup_printf("`%s {", api_message_types[i].name);
		if (!strstr(text, with))
			fail_msg("PROTOCOL.md lacks %s", api_message_types[i].name);
		g_free(with);
	}
	g_free(text);
}

static void endpoints_are_whole(void **state)
{
	for (size_t i = 0; i < api_endpoint_count; i++) {
		const struct api_endpoint *endpoint = &api_endpoints[i];

		assert_true((endpoint->run != NULL) != (endpoint->direct != NULL));
		assert_in_range(endpoint->verb, 0, MAY_VERBS - 1);
		for (size_t k = i + 1; k < api_endpoint_count; k++)
			assert_false(endpoint->method == api_endpoints[k].method &&
			             strcmp(endpoint->pattern, api_endpoints[k].pattern) == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(openapi_has_every_route),
	        cmocka_unit_test(protocol_has_every_message),
	        cmocka_unit_test(endpoints_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
