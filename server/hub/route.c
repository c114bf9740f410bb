#include "hub/route.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const method_names[HUB_METHODS] = {
        [HUB_GET] = "GET",       [HUB_POST] = "POST",       [HUB_PATCH] = "PATCH", [HUB_PUT] = "PUT",
        [HUB_DELETE] = "DELETE", [HUB_OPTIONS] = "OPTIONS", [HUB_HEAD] = "HEAD",
};

const char *route_method_name(enum hub_method method)
{
	return method_names[method];
}

void route_table_finish(struct route_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free((char *)table->routes[i].pattern);
	free(table->routes);
	*table = (struct route_table){0};
}

void route_table_add(struct route_table *table, const struct hub_route *route)
{
	size_t params = 0;

	for (const char *at = route->pattern; *at; at++)
		params += *at == '{';
	if (route->pattern[0] != '/' || params > ROUTE_PARAMS)
		abort(); /* our own bug, and one that memory would pay for */
	if (table->count == table->capacity) {
		table->capacity = table->capacity ? table->capacity * 2 : 64;
		table->routes = realloc(table->routes, table->capacity * sizeof *table->routes);
		if (!table->routes)
			abort();
	}
	struct hub_route *copy = &table->routes[table->count++];
	*copy = *route;
	copy->pattern = strdup(route->pattern);
	if (!copy->pattern)
		abort();
}

/* Length of the segment at text, which stands behind its slash. */
static size_t segment(const char *text)
{
	return strcspn(text, "/");
}

/* Whether path fits pattern; fills the parameters. `literals` counts literal segments, the leftmost weighing most. */
static bool fits(const char *pattern, const char *path, struct route_match *out, unsigned *literals)
{
	out->param_count = 0;
	*literals = 0;
	for (;;) {
		/* Both stand on a slash here. */
		size_t pattern_len = segment(++pattern), path_len = segment(++path);

		*literals <<= 1;
		if (pattern[0] == '{') {
			if (path_len == 0 || path_len >= ROUTE_PARAM_BYTES)
				return false;
			memcpy(out->params[out->param_count], path, path_len);
			out->params[out->param_count++][path_len] = '\0';
		} else {
			if (pattern_len != path_len || memcmp(pattern, path, path_len) != 0)
				return false;
			*literals |= 1;
		}
		pattern += pattern_len;
		path += path_len;
		if (*pattern == '\0')
			return *path == '\0' || (path_len > 0 && strcmp(path, "/") == 0);
		if (*path == '\0')
			return false;
	}
}

int route_find(const struct route_table *table, enum hub_method method, const char *path, struct route_match *out)
{
	struct route_match match;
	unsigned literals, best = 0;
	int result = -ENOENT;

	out->route = NULL;
	out->allow = 0;
	out->param_count = 0;
	if (path[0] != '/')
		return -ENOENT;
	for (size_t i = 0; i < table->count; i++) {
		const struct hub_route *route = &table->routes[i];
		bool usable = route->method == method || (method == HUB_HEAD && route->method == HUB_GET);

		if (!fits(route->pattern, path, &match, &literals))
			continue;
		out->allow |= 1u << route->method;
		if (result != 0)
			result = -EPERM;
		/* An exact method beats GET standing in for HEAD, more literal segments beat parameters. */
		if (!usable || (out->route && (literals < best || route->method != method)))
			continue;
		match.route = route;
		match.allow = out->allow;
		*out = match;
		best = literals;
		result = 0;
	}
	return result;
}

const char *route_format_allow(unsigned allow, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	if (allow & 1u << HUB_GET)
		allow |= 1u << HUB_HEAD;
	allow |= 1u << HUB_OPTIONS;
	for (int method = 0; method < HUB_METHODS; method++) {
		if (!(allow & 1u << method) || len >= size)
			continue;
		int written = snprintf(text + len, size - len, "%s%s", len ? ", " : "", method_names[method]);
		len += written > 0 ? (size_t)written : 0;
	}
	return text;
}
