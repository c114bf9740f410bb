/* The life of one HTTP exchange: head, body, handler, reply, next request or the end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "hub/hub_private.h"
#include "hub/text.h"

void http_request_free(struct hub_request *r)
{
	if (!r)
		return;
	r->peer->request = NULL;
	r->hub->request_count--;
	r->hub->body_bytes[r->admitted] -= r->body_counted;
	if (r->token)
		tokens_remove(&r->hub->request_tokens, r->token);
	request_headers_finish(&r->headers);
	base_buffer_unref(r->head);
	base_buffer_unref(r->reply);
	if (r->file.fd >= 0)
		close(r->file.fd);
	free(r->path);
	free(r->query);
	free(r->body);
	free(r);
}

static struct hub_request *request_new(struct hub_peer *peer, const struct http_head *head)
{
	struct hub_request *r = calloc(1, sizeof *r);

	if (!r)
		abort();
	r->hub = peer->hub;
	r->peer = peer;
	r->file.fd = -1;
	r->method = head->method;
	r->path = malloc(head->path.len + 1);
	r->query = malloc(head->query.len + 2);
	if (!r->path || !r->query)
		abort();
	http_decode_query(head->query, r->query);
	request_headers_take(head, &r->headers);
	request_peer_address(peer->wsi, &r->headers, r->address, sizeof r->address);
	r->tls = request_is_tls(peer->wsi, &r->headers);
	r->close = r->hub->stopping_since_us > 0 || head->minor == 0 ||
	           request_headers_have(&r->headers, "connection", "close");
	r->token = tokens_add(&r->hub->request_tokens, r);
	r->hub->request_count++;
	r->hub->stats.http_requests++;
	peer->request = r;
	return r;
}

/* Read what the request says about its body. @return false when it was refused */
static bool measure_body(struct hub_request *r)
{
	const char *length = hub_request_header(r, "content-length");

	if (hub_request_header(r, "transfer-encoding")) {
		r->close = true;
		hub_request_problem(r, 411, "bad_request",
		                    "send the body with Content-Length, chunked requests are not taken");
		return false;
	}
	if (length && text_parse_length(length, &r->length) != 0) {
		r->close = true;
		hub_request_problem(r, 400, "bad_request", "Content-Length is no number");
		return false;
	}
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
	if (err == -EPERM && r->method == HUB_OPTIONS)
		answer_options(r);
	else if (err == -EPERM)
		hub_request_problem(r, 405, "bad_request", "the method is not allowed here");
	else
		hub_request_problem(r, 404, "not_found", "there is nothing at this address");
}

static void handle(struct hub_request *r)
{
	const struct hub_route *route = r->match.route;

	r->state = REQUEST_HANDLING;
	r->deadline_us = base_clock_monotonic_us() + HUB_HANDLING_US;
	route->handle(r, route->ctx);
}

/* Ask for the body. @return 0; -1 the connection is dead */
static int await_body(struct hub_request *r)
{
	static const uint8_t go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	const char *expect = hub_request_header(r, "expect");

	r->state = REQUEST_BODY;
	r->body_begun_us = base_clock_monotonic_us();
	r->deadline_us = r->body_begun_us + HUB_PROGRESS_US;
	if (expect && strcasecmp(expect, "100-continue") == 0 && r->peer->in_len == 0)
		return peer_write(r->peer, go_on, sizeof go_on - 1);
	return 0;
}

/* Decide by the head alone. @return 0; -1 to close */
static int begin(struct hub_request *r)
{
	if (!measure_body(r))
		return 0;
	if (strcmp(r->path, HUB_WS_PATH) == 0 && r->method == HUB_GET)
		return ws_upgrade(r);
	int err = route_find(&r->hub->routes, r->method, r->path, &r->match);
	if (err) {
		answer_unrouted(r, err);
	} else if (r->length > r->match.route->max_body) {
		hub_request_problem(r, 413, "too_large", "the body is larger than is taken here");
	} else if (r->match.route->content_type && !type_fits(r, r->match.route->content_type)) {
		hub_request_problem(r, 415, "unsupported_media",
		                    "the body has not the Content-Type that is taken here");
	} else if (r->length == 0) {
		handle(r);
	} else if (r->match.route->admit && r->length > HUB_SMALL_BODY) {
		r->state = REQUEST_ADMITTING;
		r->deadline_us = base_clock_monotonic_us() + HUB_HANDLING_US;
		r->match.route->admit(r, r->match.route->ctx);
	} else {
		return await_body(r);
	}
	return 0;
}

static void consume(struct hub_peer *peer, size_t len)
{
	peer->in_len -= len;
	memmove(peer->in, peer->in + len, peer->in_len);
}

void hub_request_receive(struct hub_request *r)
{
	r->admitted = true;
	r->state = REQUEST_ADMITTED;
	lws_callback_on_writable(r->peer->wsi);
}

/* What bodies may take of the memory. Those that nobody was asked about have a share of their own: however slowly
 * strangers send theirs, the others come through. */
static size_t bodies_limit(const struct hub *hub, bool admitted)
{
	int64_t photo = hub->settings->max_photo_bytes, body = hub->settings->max_body_bytes;

	if (!admitted)
		return HUB_OPEN_BODIES_BYTES > 8 * body ? HUB_OPEN_BODIES_BYTES : 8 * (size_t)body;
	return HUB_LARGE_BODIES * (size_t)(photo > body ? photo : body);
}

/* Count what a body takes. @return false when all of them together would take too much */
static bool count_body(struct hub_request *r, size_t capacity)
{
	size_t *bytes = &r->hub->body_bytes[r->admitted];

	if (capacity <= HUB_SMALL_BODY)
		return true;
	if (*bytes - r->body_counted + capacity > bodies_limit(r->hub, r->admitted))
		return false;
	*bytes += capacity - r->body_counted;
	r->body_counted = capacity;
	return true;
}

/* Make room for len more bytes. @return 0; -ENOBUFS other bodies take too much; -ENOMEM */
static int grow_body(struct hub_request *r, size_t len)
{
	/* Grow with what has come, not with what was promised. */
	size_t capacity = r->body_capacity ? r->body_capacity * 2 : 4096;

	if (r->body_len + len <= r->body_capacity)
		return 0;
	while (capacity < r->body_len + len)
		capacity *= 2;
	if (capacity > r->length)
		capacity = (size_t)r->length;
	if (!count_body(r, capacity))
		return -ENOBUFS;
	uint8_t *body = realloc(r->body, capacity);
	if (!body)
		return -ENOMEM;
	r->body = body;
	r->body_capacity = capacity;
	return 0;
}

/* Take what has come of the body. @return 0; -1 to close */
static int take_body(struct hub_request *r)
{
	struct hub_peer *peer = r->peer;
	size_t len = peer->in_len < r->length - r->body_len ? peer->in_len : (size_t)(r->length - r->body_len);
	int err = grow_body(r, len);

	if (err == -ENOBUFS)
		hub_request_problem(r, 503, "retry", "too much is being uploaded at once, try again in a moment");
	if (err)
		return err == -ENOBUFS ? 0 : -1;
	if (len == 0)
		return 0;
	memcpy(r->body + r->body_len, peer->in, len);
	r->body_len += len;
	/* A body that is fast enough on the whole goes on; one that stands still ends soon, however long it is. */
	r->deadline_us = r->body_begun_us + HUB_PROGRESS_US + (int64_t)(r->body_len * 1000000 / HUB_BODY_BPS);
	consume(peer, len);
	if (r->body_len == r->length)
		handle(r);
	return 0;
}

/* A head that cannot be read, or is one too many: say why and end. */
static int refuse_head(struct hub_peer *peer, long err)
{
	static const struct {
		long err;
		int status;
		const char *code, *detail;
	} refusals[] = {
	        {-EBADMSG, 400, "bad_request", "this is not a request of HTTP/1.1"},
	        {-E2BIG, 431, "too_large", "the request has too many or too long header fields"},
	        {-EOPNOTSUPP, 501, "bad_request", "the method is not known here"},
	        {-EPROTONOSUPPORT, 505, "bad_request", "only HTTP/1.1 and 1.0 are spoken"},
	        {-EUSERS, 503, "limit", "your address has too many connections to this server"},
	};

	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
		if (refusals[i].err == err &&
		    reply_raw_problem(peer, refusals[i].status, refusals[i].code, refusals[i].detail) != 0)
			return -1;
	peer_linger(peer);
	return 0;
}

/* Start the next request if its head is there. @return 1 started; 0 not; -1 to close */
static int start(struct hub_peer *peer)
{
	struct http_head head;
	long len = http_parse_head(peer->in, peer->in_len, &head);

	if (len == 0 && peer->in_len > HUB_HEADER_BYTES)
		len = -E2BIG;
	if (len < 0)
		return refuse_head(peer, len);
	if (len == 0)
		return 0;
	if (peer->over)
		return refuse_head(peer, -EUSERS);
	struct hub_request *r = request_new(peer, &head);
	if (http_decode_path(head.path, r->path, head.path.len + 1) != 0) {
		http_request_free(r);
		return refuse_head(peer, -EBADMSG);
	}
	consume(peer, (size_t)len);
	return begin(r) == 0 ? 1 : -1;
}

int http_advance(struct hub_peer *peer)
{
	int result = 1;

	while (result > 0 && !peer->request && !peer->conn && !peer->lingering && peer->in_len > 0)
		result = start(peer);
	if (result >= 0 && peer->request && peer->request->state == REQUEST_BODY)
		result = take_body(peer->request);
	if (peer->in_len == 0) {
		free(peer->in);
		peer->in = NULL;
		peer->in_capacity = 0;
	}
	return result < 0 ? -1 : 0;
}

/* Everything is written. @return 0; -1 to close */
static int finish(struct hub_request *r)
{
	struct hub_peer *peer = r->peer;
	bool close = r->close;

	http_request_free(r);
	if (close) {
		peer_linger(peer);
		return 0;
	}
	peer->deadline_us = base_clock_monotonic_us() + HUB_IDLE_US;
	return http_advance(peer);
}

/* The next piece to write, at most HUB_WRITE_BYTES. @return its length, 0 at the end */
static size_t next_piece(const struct hub_request *r, const uint8_t **at)
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

int http_writable(struct hub_peer *peer)
{
	struct hub_request *r = peer->request;
	const uint8_t *at;
	size_t len;

	if (r && r->state == REQUEST_ADMITTED)
		return await_body(r) != 0 ? -1 : http_advance(peer);
	if (!r || r->state != REQUEST_SENDING)
		return 0;
	r->deadline_us = base_clock_monotonic_us() + HUB_PROGRESS_US;
	while (!lws_partial_buffered(peer->wsi) && (len = next_piece(r, &at)) > 0) {
		if (peer_write(peer, at, len) != 0)
			return -1;
		r->sent += len;
		if (next_piece(r, &at) == 0 && !file_refill(r))
			return -1;
	}
	/* With something left in lws, it calls again when that is gone. */
	return lws_partial_buffered(peer->wsi) ? 0 : finish(r);
}

bool http_late(struct hub_request *r)
{
	if (r->state == REQUEST_SENDING)
		return true;
	r->close = true;
	if (r->state == REQUEST_HANDLING || r->state == REQUEST_ADMITTING) {
		base_log(BASE_LOG_WARN, HUB_PART, "handler_late", "path=%s", r->path);
		hub_request_problem(r, 504, "unavailable", "the answer took too long");
	} else {
		hub_request_problem(r, 408, "bad_request", "the body came too slowly");
	}
	return false;
}
