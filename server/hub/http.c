/* The life of one HTTP exchange on top of lws: headers, body, handler, reply, next request or the end.
 *
 * lws calls back BODY_COMPLETION again for every read while a handler is still thinking, takes a body of 100 MB for
 * granted when a POST names no length, and knows no chunked requests: the state kept here is what decides, and reading
 * stops while a handler thinks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "hub/hub_private.h"
#include "hub/text.h"

static struct hub *hub_of(struct lws *wsi)
{
	return lws_context_user(lws_get_context(wsi));
}

static void refuse(struct hub_request *r, int status, const char *code, const char *detail)
{
	/* Whatever of the body is under way would be taken for the next request: end the connection. */
	r->close = r->close || r->body_len < r->length;
	hub_request_problem(r, status, code, detail);
}

void http_request_free(struct hub_request *r)
{
	if (!r)
		return;
	if (r->previous)
		r->previous->next = r->next;
	else
		r->hub->requests = r->next;
	if (r->next)
		r->next->previous = r->previous;
	r->hub->request_count--;
	if (r->token)
		tokens_remove(&r->hub->tokens, r->token);
	lws_set_opaque_user_data(r->wsi, NULL);
	request_headers_finish(&r->headers);
	base_buffer_unref(r->head);
	base_buffer_unref(r->reply);
	free(r->path);
	free(r->query);
	free(r->body);
	free(r);
}

static int method_of(struct lws *wsi, char **path, int *len)
{
	static const int methods[] = {
	        [LWSHUMETH_GET] = HUB_GET + 1,         [LWSHUMETH_POST] = HUB_POST + 1,
	        [LWSHUMETH_OPTIONS] = HUB_OPTIONS + 1, [LWSHUMETH_PUT] = HUB_PUT + 1,
	        [LWSHUMETH_PATCH] = HUB_PATCH + 1,     [LWSHUMETH_DELETE] = HUB_DELETE + 1,
	        [LWSHUMETH_HEAD] = HUB_HEAD + 1,
	};
	int method = lws_http_get_uri_and_method(wsi, path, len);

	if (method < 0 || (size_t)method >= sizeof methods / sizeof methods[0] || !*path || *len <= 0 ||
	    memchr(*path, '\0', (size_t)*len))
		return -1;
	return methods[method] - 1;
}

static bool keeps_alive(struct lws *wsi, const struct hub_header_store *headers)
{
	char version[16];

	return lws_hdr_copy(wsi, version, sizeof version, WSI_TOKEN_HTTP) > 0 && strcmp(version, "HTTP/1.1") == 0 &&
	       !text_has_token(request_headers_get(headers, "connection"), "close");
}

static struct hub_request *request_new(struct hub *hub, struct lws *wsi)
{
	struct hub_request *r = calloc(1, sizeof *r);
	char *path = NULL;
	int len = 0, method = method_of(wsi, &path, &len);

	if (!r || method < 0) {
		free(r);
		return NULL;
	}
	r->kind = HUB_KIND_REQUEST;
	r->hub = hub;
	r->wsi = wsi;
	r->method = (enum hub_method)method;
	r->path = strndup(path, (size_t)len);
	r->query = request_query_take(wsi);
	request_headers_take(wsi, &r->headers);
	request_peer_address(wsi, &r->headers, r->address, sizeof r->address);
	r->tls = request_is_tls(wsi, &r->headers);
	r->close = hub->stopping_since_us > 0 || !keeps_alive(wsi, &r->headers);
	r->token = tokens_add(&hub->tokens, r);
	r->next = hub->requests;
	if (r->next)
		r->next->previous = r;
	hub->requests = r;
	hub->request_count++;
	hub->stats.http_requests++;
	lws_set_opaque_user_data(wsi, r);
	return r;
}

/* Read what the request says about its body. @return false when it was refused */
static bool measure_body(struct hub_request *r)
{
	const char *length = hub_request_header(r, "content-length");

	if (hub_request_header(r, "transfer-encoding")) {
		r->close = true;
		r->length = UINT64_MAX; /* unknown, so that what comes is read away before the end */
		refuse(r, 411, "bad_request", "send the body with Content-Length, chunked requests are not taken");
		return false;
	}
	if (length && text_parse_length(length, &r->length) != 0) {
		r->close = true;
		refuse(r, 400, "bad_request", "Content-Length is no number");
		return false;
	}
	r->has_length = length != NULL;
	/* Without a length there is no body, but lws would go on reading one. */
	if (!length && (r->method == HUB_POST || r->method == HUB_PUT || r->method == HUB_PATCH))
		r->close = true;
	return true;
}

static bool type_fits(const struct hub_request *r, const char *wanted)
{
	const char *type = hub_request_header(r, "content-type");
	size_t len = strlen(wanted);

	return type && strncasecmp(type, wanted, len) == 0 && (type[len] == '\0' || strchr("; \t", type[len]));
}

static void answer_options(struct hub_request *r)
{
	char methods[96];
	struct hub_header allow = {"Allow", route_format_allow(r->match.allow, methods, sizeof methods)};

	hub_request_reply(r, 204, NULL, &allow, 1, NULL);
}

static void answer_unrouted(struct hub_request *r, int err)
{
	if (err == -ENOENT && static_serve(r))
		return;
	if (strcmp(r->path, HUB_WS_PATH) == 0)
		refuse(r, 426, "bad_request", "this is a WebSocket: connect with the subprotocol " HUB_SUBPROTOCOL);
	else if (err == -EPERM && r->method == HUB_OPTIONS)
		answer_options(r);
	else if (err == -EPERM)
		refuse(r, 405, "bad_request", "the method is not allowed here");
	else
		refuse(r, 404, "not_found", "there is nothing at this address");
}

static void handle(struct hub_request *r)
{
	const struct hub_route *route = r->match.route;

	r->state = REQUEST_HANDLING;
	r->deadline_us = base_clock_monotonic_us() + HUB_HANDLING_US;
	lws_rx_flow_control(r->wsi, 0);
	route->handle(r, route->ctx);
}

/* Decide by the headers alone. */
static void begin(struct hub_request *r)
{
	static char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	const char *expect = hub_request_header(r, "expect");

	if (!measure_body(r))
		return;
	int err = route_find(&r->hub->routes, r->method, r->path, &r->match);
	if (err) {
		r->close = r->close || r->length > 0;
		answer_unrouted(r, err);
		return;
	}
	if (r->length > r->match.route->max_body) {
		refuse(r, 413, "too_large", "the body is larger than is taken here");
		return;
	}
	if (r->match.route->content_type && !type_fits(r, r->match.route->content_type)) {
		refuse(r, 415, "unsupported_media", "the body has not the Content-Type that is taken here");
		return;
	}
	if (r->length == 0) {
		handle(r);
		return;
	}
	if (expect && strcasecmp(expect, "100-continue") == 0)
		lws_write(r->wsi, (unsigned char *)go_on, sizeof go_on - 1, LWS_WRITE_HTTP_HEADERS);
	r->state = REQUEST_BODY;
	r->deadline_us = base_clock_monotonic_us() + HUB_PROGRESS_US + (int64_t)(r->length / HUB_BODY_BPS) * 1000000;
}

static int on_request(struct lws *wsi)
{
	struct hub_request *r = lws_get_opaque_user_data(wsi);

	/* A request behind a refused one whose connection is ending. */
	if (r)
		return -1;
	r = request_new(hub_of(wsi), wsi);
	if (!r)
		return -1;
	lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
	begin(r);
	return 0;
}

static int on_body(struct hub_request *r, const uint8_t *data, size_t len)
{
	if (!r || r->state != REQUEST_BODY)
		return 0;
	if (len > r->length - r->body_len)
		return -1;
	if (r->body_len + len > r->body_capacity) {
		/* Grow with what has come, not with what was promised. */
		size_t capacity = r->body_capacity ? r->body_capacity * 2 : 4096;
		while (capacity < r->body_len + len)
			capacity *= 2;
		uint8_t *body = realloc(r->body, capacity);
		if (!body)
			return -1;
		r->body = body;
		r->body_capacity = capacity;
	}
	if (len > 0)
		memcpy(r->body + r->body_len, data, len);
	r->body_len += len;
	lws_set_timeout(r->wsi, NO_PENDING_TIMEOUT, 0);
	return 0;
}

static int on_body_complete(struct hub_request *r)
{
	if (r && r->state == REQUEST_BODY && r->body_len == r->length)
		handle(r);
	return 0;
}

/* Everything is written. @return 0; -1 to close */
static int finish(struct hub_request *r)
{
	struct lws *wsi = r->wsi;
	bool unread = r->body_len < r->length;

	if (r->close && !unread) {
		http_request_free(r);
		return -1;
	}
	if (unread) {
		/* Closing now would reset the connection before the peer has read why. lws reads the rest away. */
		r->state = REQUEST_LINGERING;
		r->deadline_us = base_clock_monotonic_us() + HUB_LINGER_US;
	} else {
		http_request_free(r);
	}
	lws_rx_flow_control(wsi, 1);
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

/* The next piece to write, at most HUB_WRITE_BYTES. @return its length, 0 at the end */
static size_t next_piece(const struct hub_request *r, uint8_t **at)
{
	size_t head = r->head->len, len = 0;

	if (r->sent < head) {
		*at = r->head->data + r->sent;
		len = head - r->sent;
	} else if (r->reply) {
		*at = r->reply->data + (r->sent - head);
		len = r->reply->len - (r->sent - head);
	}
	return len < HUB_WRITE_BYTES ? len : HUB_WRITE_BYTES;
}

static int on_writable(struct hub_request *r)
{
	uint8_t *at;
	size_t len;

	if (!r || r->state != REQUEST_SENDING)
		return 0;
	while ((len = next_piece(r, &at)) > 0) {
		if (lws_partial_buffered(r->wsi)) {
			lws_callback_on_writable(r->wsi);
			return 0;
		}
		if (lws_write(r->wsi, at, len, r->sent < r->head->len ? LWS_WRITE_HTTP_HEADERS : LWS_WRITE_HTTP) < 0)
			return -1;
		r->sent += len;
		r->deadline_us = base_clock_monotonic_us() + HUB_PROGRESS_US;
	}
	if (lws_partial_buffered(r->wsi)) {
		lws_callback_on_writable(r->wsi);
		return 0;
	}
	return finish(r);
}

void http_wheel(struct hub *hub, int64_t now_us)
{
	for (struct hub_request *r = hub->requests, *next; r; r = next) {
		next = r->next;
		if (now_us < r->deadline_us)
			continue;
		if (r->state == REQUEST_HANDLING) {
			base_log(BASE_LOG_WARN, HUB_PART, "handler_late", "path=%s", r->path);
			r->close = true;
			hub_request_problem(r, 504, "unavailable", "the answer took too long");
		} else if (r->state == REQUEST_BODY) {
			r->close = true;
			refuse(r, 408, "bad_request", "the body came too slowly");
		} else {
			struct lws *wsi = r->wsi;
			http_request_free(r);
			lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
		}
	}
}

static void on_gone(struct lws *wsi)
{
	struct hub_request *r = lws_get_opaque_user_data(wsi);

	if (r && r->kind == HUB_KIND_REQUEST)
		http_request_free(r);
}

int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	switch (reason) {
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return ws_confirm(hub_of(wsi), wsi);
	case LWS_CALLBACK_HTTP:
		return on_request(wsi);
	case LWS_CALLBACK_HTTP_BODY:
		return on_body(lws_get_opaque_user_data(wsi), in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return on_body_complete(lws_get_opaque_user_data(wsi));
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return on_writable(lws_get_opaque_user_data(wsi));
	case LWS_CALLBACK_CLOSED_HTTP:
		on_gone(wsi);
		return 0;
	case LWS_CALLBACK_WSI_CREATE:
		hub_of(wsi)->sockets++;
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		on_gone(wsi);
		if (hub_of(wsi)->sockets > 0)
			hub_of(wsi)->sockets--;
		return 0;
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		base_mailbox_drain(hub_of(wsi)->mailbox, hub_of(wsi)->owner);
		return 0;
	case LWS_CALLBACK_RAW_ADOPT:
	case LWS_CALLBACK_RAW_RX:
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
		/* CONNECT would turn the connection raw and keep it for good. */
		return reason == LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED ? 0 : -1;
	default:
		return 0;
	}
}
