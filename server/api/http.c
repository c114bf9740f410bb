/* HTTP: from the hub's request to a call. */
#include "api/core.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/tokens.h"
#include "base/clock.h"

#define COOKIE "trunkshow_session"
#define IGNORED_BODY 1024 /* clients send {} where nothing is asked */

/* What one route's handler is given. */
struct binding {
	struct api *api;
	const struct api_endpoint *endpoint;
};

static bool changes_state(enum hub_method method)
{
	return method == HUB_POST || method == HUB_PATCH || method == HUB_PUT || method == HUB_DELETE;
}

static void copy(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

static const char *bearer(const struct hub_request *request)
{
	const char *value = hub_request_header(request, "authorization");

	if (!value || strncasecmp(value, "Bearer ", 7) != 0)
		return NULL;
	return value + 7 + strspn(value + 7, " ");
}

/* The token: what the client sets itself counts before the cookie, which its browser sends along. */
static void take_token(struct api_call *call, const struct hub_request *request)
{
	const char *text = bearer(request);

	if (text) {
		copy(call->bearer, sizeof call->bearer, text);
	} else if (!call->endpoint->cors ||
	           (hub_request_same_origin(request) && hub_request_header(request, "origin"))) {
		text = hub_request_cookie(request, COOKIE);
		call->by_cookie = text != NULL;
	}
	call->authenticate = true;
	call->has_token = api_token_hash(text, call->token_hash);
}

void api_host_address(const char *header, char out[64])
{
	bool bracket = header && header[0] == '[';
	uint8_t address[16];
	size_t len;

	out[0] = '\0';
	if (!header)
		return;
	header += bracket;
	len = strcspn(header, bracket ? "]" : ":");
	if (len >= 64)
		return;
	memcpy(out, header, len);
	out[len] = '\0';
	if (strcasecmp(out, "localhost") == 0)
		copy(out, 64, "127.0.0.1");
	else if (inet_pton(bracket ? AF_INET6 : AF_INET, out, address) != 1)
		out[0] = '\0';
}

static void take_body(struct api_call *call, const struct hub_request *request)
{
	const uint8_t *data;
	size_t len;

	hub_request_body(request, &data, &len);
	call->body = malloc(len + 1);
	if (!call->body)
		abort();
	if (len)
		memcpy(call->body, data, len);
	call->body[len] = '\0';
	call->body_len = len;
}

static struct api_call *take(struct api *api, const struct api_endpoint *endpoint, const struct hub_request *request)
{
	struct api_call *call = api_call_new(api);

	call->endpoint = endpoint;
	call->peer = hub_request_token(request);
	call->arrived_us = base_clock_monotonic_us();
	call->tls = hub_request_is_tls(request);
	for (size_t i = 0; i < G_N_ELEMENTS(call->params); i++)
		copy(call->params[i], sizeof call->params[i], hub_request_param(request, i));
	for (size_t i = 0; i < API_QUERIES && endpoint->queries[i]; i++) {
		const char *value = hub_request_query(request, endpoint->queries[i]);
		call->has_query[i] = value != NULL;
		copy(call->queries[i], sizeof call->queries[i], value);
	}
	copy(call->address, sizeof call->address, hub_request_address(request));
	copy(call->if_match, sizeof call->if_match, hub_request_header(request, "if-match"));
	api_host_address(hub_request_header(request, "host"), call->host);
	take_token(call, request);
	if (endpoint->cors) {
		api_call_header(call, "Access-Control-Allow-Origin", "*");
		api_call_header(call, "Access-Control-Expose-Headers",
		                "Location, ETag, Link, Accept-Patch, Retry-After");
	}
	return call;
}

/* Cross-site requests: browsers name the origin in all that change something, so a cookie without one is no page of
 * ours. */
static bool from_here(const struct api_call *call, const struct hub_request *request)
{
	if (!changes_state(call->endpoint->method) || call->endpoint->cors)
		return true;
	if (!hub_request_same_origin(request))
		return false;
	return !call->by_cookie || hub_request_header(request, "origin") != NULL;
}

static bool within_rate(struct api_call *call)
{
	bool write = changes_state(call->endpoint->method);
	char name[64];
	int64_t retry_s;

	if (!call->api->settings->rate_limits || call->endpoint->media)
		return true;
	api_limiter_address(call->address, name);
	if (api_limiter_take(write ? call->api->writes : call->api->reads, name, call->arrived_us, &retry_s))
		return true;
	api_call_fail(call, 429, "rate_limited", "Too many requests: try again in %lld s.", (long long)retry_s);
	return false;
}

/* Bodies that say they are JSON must be, before anybody looks further. */
static bool read_json(struct api_call *call)
{
	const struct api_endpoint *endpoint = call->endpoint;
	const char *code;
	char why[192];

	if (call->input || !endpoint->content_type || strcmp(endpoint->content_type, "application/json") != 0)
		return true;
	call->input = api_json_parse((const char *)call->body, call->body_len, &code, why, sizeof why);
	sodium_memzero(call->body, call->body_len); /* it may hold a password */
	if (call->input)
		return true;
	api_call_fail(call, 400, code, "%s", why);
	return false;
}

/* A call for a request that may go on; NULL when it was answered. */
static struct api_call *open_call(const struct binding *binding, struct hub_request *request)
{
	struct api_call *call = take(binding->api, binding->endpoint, request);

	if (!from_here(call, request)) {
		api_call_fail(call, 403, "forbidden", "Requests of other sites are not accepted.");
		return NULL;
	}
	return within_rate(call) ? call : NULL;
}

/* Before a large body is read: whose it is, and whether they may send it. */
static void admit(struct hub_request *request, void *ctx)
{
	const struct binding *binding = ctx;
	struct api_call *call = open_call(binding, request);

	if (call)
		api_call_submit(call, BASE_JOBS_READ, binding->endpoint->admit);
}

static void handle(struct hub_request *request, void *ctx)
{
	const struct binding *binding = ctx;
	const struct api_endpoint *endpoint = binding->endpoint;
	struct api_call *call;

	if (endpoint->direct) {
		endpoint->direct(binding->api, request);
		return;
	}
	call = open_call(binding, request);
	if (!call)
		return;
	take_body(call, request);
	if (!read_json(call))
		return;
	if (endpoint->prepare && !endpoint->prepare(call, request))
		return;
	api_call_submit(call, endpoint->class, endpoint->run);
}

void api_routes_register(struct api *api)
{
	/* The bindings live as long as the process's one API: the hub keeps pointers to them. */
	struct binding *bindings = g_new0(struct binding, api_endpoint_count);

	api->bindings = bindings;
	for (size_t i = 0; i < api_endpoint_count; i++) {
		const struct api_endpoint *endpoint = &api_endpoints[i];
		struct hub_route route = {.method = endpoint->method,
		                          .pattern = endpoint->pattern,
		                          .content_type = endpoint->content_type,
		                          .max_body = endpoint->max_body,
		                          .handle = handle,
		                          .ctx = &bindings[i],
		                          .admit = endpoint->admit ? admit : NULL};

		bindings[i] = (struct binding){api, endpoint};
		if (!route.max_body && endpoint->content_type)
			route.max_body = (size_t)api->settings->max_body_bytes;
		else if (!route.max_body && changes_state(endpoint->method))
			route.max_body = IGNORED_BODY;
		if (endpoint->max_body == API_PHOTO_BODY)
			route.max_body = (size_t)api->settings->max_photo_bytes;
		hub_route(api->hub, &route);
	}
}
