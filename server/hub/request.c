/* What a handler may ask of a request. Headers are copied out of the parser's table, because replies come late. */
#include <stdlib.h>
#include <string.h>

#include "hub/hub_private.h"
#include "hub/text.h"

struct known_header {
	const char *name; /* with its colon, as lws writes custom names */
	int token;        /* -1: not in lws' table */
};

static const struct known_header known_headers[] = {
        {"host:", WSI_TOKEN_HOST},
        {"connection:", WSI_TOKEN_CONNECTION},
        {"origin:", WSI_TOKEN_ORIGIN},
        {"authorization:", WSI_TOKEN_HTTP_AUTHORIZATION},
        {"cookie:", WSI_TOKEN_HTTP_COOKIE},
        {"content-type:", WSI_TOKEN_HTTP_CONTENT_TYPE},
        {"content-length:", WSI_TOKEN_HTTP_CONTENT_LENGTH},
        {"content-encoding:", WSI_TOKEN_HTTP_CONTENT_ENCODING},
        {"transfer-encoding:", WSI_TOKEN_HTTP_TRANSFER_ENCODING},
        {"accept:", WSI_TOKEN_HTTP_ACCEPT},
        {"accept-encoding:", WSI_TOKEN_HTTP_ACCEPT_ENCODING},
        {"accept-language:", WSI_TOKEN_HTTP_ACCEPT_LANGUAGE},
        {"expect:", WSI_TOKEN_HTTP_EXPECT},
        {"if-none-match:", WSI_TOKEN_HTTP_IF_NONE_MATCH},
        {"if-match:", WSI_TOKEN_HTTP_IF_MATCH},
        {"range:", WSI_TOKEN_HTTP_RANGE},
        {"referer:", WSI_TOKEN_HTTP_REFERER},
        {"user-agent:", WSI_TOKEN_HTTP_USER_AGENT},
        {"upgrade:", WSI_TOKEN_UPGRADE},
        {"sec-websocket-protocol:", WSI_TOKEN_PROTOCOL},
        {"sec-websocket-version:", WSI_TOKEN_VERSION},
        {"x-forwarded-for:", WSI_TOKEN_X_FORWARDED_FOR},
        {"x-forwarded-proto:", -1},
        {"access-control-request-headers:", WSI_TOKEN_HTTP_AC_REQUEST_HEADERS},
        {"access-control-request-method:", -1},
        {"sec-fetch-site:", -1},
        {"idempotency-key:", -1},
};
#define KNOWN_HEADERS (sizeof known_headers / sizeof known_headers[0])

/* Read one header. @return its length, or -1 when absent */
static int read_header(struct lws *wsi, const struct known_header *known, char *out, size_t size)
{
	if (known->token >= 0) {
		enum lws_token_indexes token = (enum lws_token_indexes)known->token;
		return lws_hdr_total_length(wsi, token) > 0 ? lws_hdr_copy(wsi, out, (int)size, token) : -1;
	}
	return lws_hdr_custom_copy(wsi, out, (int)size, known->name, (int)strlen(known->name));
}

void request_headers_take(struct lws *wsi, struct hub_header_store *store)
{
	char text[HUB_HEADER_BYTES + 2 * KNOWN_HEADERS];
	size_t offsets[KNOWN_HEADERS], used = 0;

	for (size_t i = 0; i < KNOWN_HEADERS; i++) {
		int len =
		        used < sizeof text ? read_header(wsi, &known_headers[i], text + used, sizeof text - used) : -1;

		offsets[i] = SIZE_MAX;
		if (len < 0)
			continue;
		while (len > 0 && (text[used + (size_t)len - 1] == ' ' || text[used + (size_t)len - 1] == '\t'))
			text[used + (size_t)--len] = '\0';
		offsets[i] = used;
		used += (size_t)len + 1;
	}
	store->value = calloc(KNOWN_HEADERS, sizeof *store->value);
	store->text = malloc(used + 1);
	if (!store->value || !store->text)
		abort();
	memcpy(store->text, text, used);
	for (size_t i = 0; i < KNOWN_HEADERS; i++)
		if (offsets[i] != SIZE_MAX)
			store->value[i] = store->text + offsets[i];
}

void request_headers_finish(struct hub_header_store *store)
{
	free(store->value);
	free(store->text);
	*store = (struct hub_header_store){0};
}

const char *request_headers_get(const struct hub_header_store *store, const char *name)
{
	size_t len = strlen(name);

	if (!store->value)
		return NULL;
	for (size_t i = 0; i < KNOWN_HEADERS; i++)
		if (strncmp(known_headers[i].name, name, len) == 0 && known_headers[i].name[len] == ':')
			return store->value[i];
	return NULL;
}

char *request_query_take(struct lws *wsi)
{
	char *list = malloc(HUB_HEADER_BYTES + 2);
	size_t used = 0;

	if (!list)
		abort();
	for (int i = 0; used < HUB_HEADER_BYTES; i++) {
		int len = lws_hdr_copy_fragment(wsi, list + used, (int)(HUB_HEADER_BYTES - used),
		                                WSI_TOKEN_HTTP_URI_ARGS, i);

		if (len < 0)
			break;
		if (len > 0)
			used += (size_t)len + 1;
	}
	list[used] = '\0';
	char *fitting = realloc(list, used + 1);
	return fitting ? fitting : list;
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
	const char *forwarded = request_headers_get(headers, "x-forwarded-for");

	socket_address(wsi, out, size);
	/* Only a proxy on this machine is believed: anybody else could write what they like. */
	if (forwarded && is_loopback(out) && !text_last_address(forwarded, out, size))
		socket_address(wsi, out, size);
}

bool request_is_tls(struct lws *wsi, const struct hub_header_store *headers)
{
	const char *proto = request_headers_get(headers, "x-forwarded-proto");
	char address[INET6_ADDRSTRLEN];

	if (lws_is_ssl(wsi))
		return true;
	socket_address(wsi, address, sizeof address);
	return proto && is_loopback(address) && strcasecmp(proto, "https") == 0;
}

bool request_same_origin(const struct hub *hub, bool tls, const struct hub_header_store *headers)
{
	const char *origin = request_headers_get(headers, "origin");

	return !origin ||
	       text_is_own_origin(origin, tls, request_headers_get(headers, "host"), hub->settings->public_url);
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
	return request_same_origin(r->hub, r->tls, &r->headers);
}

void hub_request_body(const struct hub_request *r, const uint8_t **data, size_t *len)
{
	*data = r->body ? r->body : (const uint8_t *)"";
	*len = r->body_len;
}

uint64_t hub_request_token(const struct hub_request *r)
{
	return r->token;
}

struct hub_request *hub_request_find(struct hub *hub, uint64_t token)
{
	struct hub_request *r = tokens_find(&hub->tokens, token);

	return r && r->kind == HUB_KIND_REQUEST ? r : NULL;
}

const char *hub_conn_cookie(const struct hub_conn *conn, const char *name)
{
	return copy_cookie(&conn->headers, name, ((struct hub_conn *)conn)->cookie, sizeof conn->cookie);
}

const char *hub_conn_header(const struct hub_conn *conn, const char *name)
{
	return request_headers_get(&conn->headers, name);
}
