/* What a handler may ask of a request. */
#include <stdlib.h>
#include <string.h>

#include "hub/hub_private.h"
#include "hub/text.h"

static char *put(char *at, struct http_slice slice, bool lower)
{
	for (size_t i = 0; i < slice.len; i++)
		*at++ = lower && slice.text[i] >= 'A' && slice.text[i] <= 'Z' ? (char)(slice.text[i] + 32)
		                                                              : slice.text[i];
	*at++ = '\0';
	return at;
}

void request_headers_take(const struct http_head *head, struct hub_header_store *store)
{
	size_t bytes = 1;

	for (size_t i = 0; i < head->header_count; i++)
		bytes += head->headers[i].name.len + head->headers[i].value.len + 2;
	store->text = malloc(bytes);
	store->list = calloc(head->header_count + 1, sizeof *store->list);
	store->count = head->header_count;
	if (!store->text || !store->list)
		abort();
	char *at = store->text;
	for (size_t i = 0; i < head->header_count; i++) {
		store->list[i].name = at;
		at = put(at, head->headers[i].name, true);
		store->list[i].value = at;
		at = put(at, head->headers[i].value, false);
	}
}

void request_headers_finish(struct hub_header_store *store)
{
	free(store->list);
	free(store->text);
	*store = (struct hub_header_store){0};
}

const char *request_headers_get(const struct hub_header_store *store, const char *name)
{
	for (size_t i = 0; store && i < store->count; i++)
		if (strcmp(store->list[i].name, name) == 0)
			return store->list[i].value;
	return NULL;
}

bool request_headers_have(const struct hub_header_store *store, const char *name, const char *token)
{
	for (size_t i = 0; i < store->count; i++)
		if (strcmp(store->list[i].name, name) == 0 && text_has_token(store->list[i].value, token))
			return true;
	return false;
}

/* The one that the nearest proxy has added. */
static const char *last_header(const struct hub_header_store *store, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < store->count; i++)
		if (strcmp(store->list[i].name, name) == 0)
			value = store->list[i].value;
	return value;
}

static bool is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static void socket_address(struct lws *wsi, char *out, size_t size)
{
	static const char mapped[] = "::ffff:";

	out[0] = '\0';
	lws_get_peer_simple(wsi, out, size);
	if (strncasecmp(out, mapped, sizeof mapped - 1) == 0 && strchr(out, '.'))
		memmove(out, out + sizeof mapped - 1, strlen(out) - sizeof mapped + 2);
}

void request_peer_address(struct lws *wsi, const struct hub_header_store *headers, char *out, size_t size)
{
	const char *forwarded = last_header(headers, "x-forwarded-for");

	socket_address(wsi, out, size);
	/* Only a proxy on this machine is believed: anybody else could write what they like. */
	if (forwarded && is_loopback(out) && !text_last_address(forwarded, out, size))
		socket_address(wsi, out, size);
}

bool request_is_tls(struct lws *wsi, const struct hub_header_store *headers)
{
	const char *proto = last_header(headers, "x-forwarded-proto");
	char address[INET6_ADDRSTRLEN];

	if (lws_is_ssl(wsi))
		return true;
	socket_address(wsi, address, sizeof address);
	return proto && is_loopback(address) && strcasecmp(proto, "https") == 0;
}

const char *hub_request_param(const struct hub_request *r, size_t index)
{
	return index < r->match.param_count ? r->match.params[index] : "";
}

const char *hub_request_query(const struct hub_request *r, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = r->query; *at; at += strlen(at) + 1) {
		if (strncmp(at, name, len) != 0)
			continue;
		if (at[len] == '=')
			return at + len + 1;
		if (at[len] == '\0')
			return "";
	}
	return NULL;
}

const char *hub_request_header(const struct hub_request *r, const char *name)
{
	return request_headers_get(&r->headers, name);
}

/* Copy a cookie into scratch; too long a one counts as absent. */
static const char *copy_cookie(const struct hub_header_store *headers, const char *name, char *scratch, size_t size)
{
	size_t len;
	const char *value = text_find_cookie(request_headers_get(headers, "cookie"), name, &len);

	if (!value || len >= size)
		return NULL;
	memcpy(scratch, value, len);
	scratch[len] = '\0';
	return scratch;
}

const char *hub_request_cookie(const struct hub_request *r, const char *name)
{
	/* The scratch is no part of what the request says, so const callers may have it filled. */
	return copy_cookie(&r->headers, name, ((struct hub_request *)r)->cookie, sizeof r->cookie);
}

const char *hub_request_address(const struct hub_request *r)
{
	return r->address;
}

bool hub_request_is_tls(const struct hub_request *r)
{
	return r->tls;
}

bool hub_request_same_origin(const struct hub_request *r)
{
	const char *origin = hub_request_header(r, "origin");

	return !origin ||
	       text_is_own_origin(origin, r->tls, hub_request_header(r, "host"), r->hub->settings->public_url);
}

void hub_request_body(const struct hub_request *r, const uint8_t **data, size_t *len)
{
	*data = r->body ? r->body : (const uint8_t *)"";
	*len = r->body_len;
}

void hub_request_wait(struct hub_request *r)
{
	r->patient = true;
	peer_settle(r->peer);
}

uint64_t hub_request_token(const struct hub_request *r)
{
	return r->token;
}

struct hub_request *hub_request_find(struct hub *hub, uint64_t token)
{
	return tokens_find(&hub->request_tokens, token);
}

const char *hub_conn_cookie(const struct hub_conn *conn, const char *name)
{
	return copy_cookie(conn->headers, name, ((struct hub_conn *)conn)->cookie, sizeof conn->cookie);
}

const char *hub_conn_header(const struct hub_conn *conn, const char *name)
{
	return request_headers_get(conn->headers, name);
}
