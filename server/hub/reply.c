/* Replies: the head with its security headers, problem details. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "hub/hub_private.h"
#include "hub/text.h"

#define HEAD_BYTES 8192
#define INLINE_BYTES 16384 /* a body up to this size rides in the head's write */

static const struct {
	int status;
	const char *reason;
} reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
};

const char *hub_status_reason(int status)
{
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Status";
}

struct base_buffer *reply_problem_body(int status, const char *code, const char *detail)
{
	/* A detail may hold bytes that are no UTF-8, and then jansson makes no string of it. */
	json_t *text = json_string(detail ? detail : "");
	json_t *problem =
	        json_pack("{s:s, s:s, s:i, s:s, s:o}", "type", "about:blank", "title", hub_status_reason(status),
	                  "status", status, "code", code, "detail", text ? text : json_string(""));
	char *dump = problem ? json_dumps(problem, JSON_COMPACT) : NULL;

	if (!dump)
		abort();
	struct base_buffer *body = base_buffer_copy(dump, strlen(dump));
	free(dump);
	json_decref(problem);
	return body;
}

struct head {
	size_t len;
	char text[HEAD_BYTES];
};

__attribute__((format(printf, 2, 3))) static void add(struct head *head, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int written = vsnprintf(head->text + head->len, sizeof head->text - head->len, format, args);
	va_end(args);
	/* A line that does not fit is left out whole, so that the head stays well-formed; the end has its room
	 * reserved. */
	if (written > 0 && head->len + (size_t)written < sizeof head->text - 3)
		head->len += (size_t)written;
}

static bool names(const struct hub_header *headers, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(headers[i].name, name) == 0)
			return true;
	return false;
}

static void add_date(struct head *head)
{
	char text[40];
	time_t now = base_clock_utc_ms() / 1000;
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	add(head, "Date: %s\r\n", text);
}

static void add_security(struct head *head, const struct hub *hub, const struct hub_header *headers, size_t count)
{
	static const struct hub_header defaults[] = {
	        {"X-Content-Type-Options", "nosniff"},
	        {"Referrer-Policy", "same-origin"},
	        {"Permissions-Policy", "camera=(self), microphone=(self), geolocation=(), payment=()"},
	        {"Cross-Origin-Opener-Policy", "same-origin"},
	        /* Pages bring their own policy; nothing else of ours is a document. */
	        {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
	        {"Cache-Control", "no-store"},
	};

	for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
		if (!names(headers, count, defaults[i].name))
			add(head, "%s: %s\r\n", defaults[i].name, defaults[i].value);
	if (hub->tls)
		add(head, "Strict-Transport-Security: max-age=31536000\r\n");
}

static struct base_buffer *reply_head(const struct hub *hub, int status, const char *content_type,
                                      const struct hub_header *headers, size_t header_count, size_t body_len,
                                      bool close)
{
	struct head head = {.len = 0};

	add(&head, "HTTP/1.1 %d %s\r\n", status, hub_status_reason(status));
	add_date(&head);
	if (status != 204 && status != 304)
		add(&head, "Content-Length: %zu\r\n", body_len);
	if (content_type)
		add(&head, "Content-Type: %s\r\n", content_type);
	for (size_t i = 0; i < header_count; i++) {
		if (text_is_header_value(headers[i].name) && text_is_header_value(headers[i].value))
			add(&head, "%s: %s\r\n", headers[i].name, headers[i].value);
		else
			base_log(BASE_LOG_WARN, HUB_PART, "header_refused", "name=%s", headers[i].name);
	}
	add_security(&head, hub, headers, header_count);
	add(&head, "Connection: %s\r\n", close ? "close" : "keep-alive");
	memcpy(head.text + head.len, "\r\n", 2);
	return base_buffer_copy(head.text, head.len + 2);
}

int reply_raw_problem(struct hub_peer *peer, int status, const char *code, const char *detail)
{
	struct base_buffer *body = reply_problem_body(status, code, detail);
	struct base_buffer *head = reply_head(peer->hub, status, "application/problem+json", NULL, 0, body->len, true);
	int err = peer_write(peer, head->data, head->len);

	if (!err)
		err = peer_write(peer, body->data, body->len);
	base_buffer_unref(body);
	base_buffer_unref(head);
	return err;
}

static void begin_sending(struct hub_request *r)
{
	tokens_remove(&r->hub->request_tokens, r->token);
	r->token = 0;
	r->state = REQUEST_SENDING;
	r->deadline_us = base_clock_monotonic_us() + HUB_PROGRESS_US;
	lws_callback_on_writable(r->peer->wsi);
}

void reply_file(struct hub_request *r, int status, const char *content_type, const struct hub_header *headers,
                size_t header_count, const struct hub_file *file)
{
	if (r->method != HUB_HEAD)
		r->file = *file;
	else
		close(file->fd);
	r->close = r->close || r->body_len < r->length;
	r->head = reply_head(r->hub, status, content_type, headers, header_count, file->left, r->close);
	begin_sending(r);
}

void hub_request_reply(struct hub_request *r, int status, const char *content_type, const struct hub_header *headers,
                       size_t header_count, struct base_buffer *body)
{
	size_t body_len = body ? body->len : 0;
	bool silent = r->method == HUB_HEAD || status == 204 || status == 304;

	/* Whatever of the body is under way would be taken for the next request: end the connection. */
	r->close = r->close || r->body_len < r->length;
	r->head = reply_head(r->hub, status, content_type, headers, header_count, body_len, r->close);
	if (body && !silent && body_len <= INLINE_BYTES) {
		struct base_buffer *all = base_buffer_new(r->head->len + body_len);
		memcpy(all->data, r->head->data, r->head->len);
		memcpy(all->data + r->head->len, body->data, body_len);
		base_buffer_unref(r->head);
		r->head = all;
	} else if (body && !silent) {
		r->reply = base_buffer_ref(body);
	}
	begin_sending(r);
}

void hub_request_problem(struct hub_request *r, int status, const char *code, const char *detail)
{
	struct base_buffer *body = reply_problem_body(status, code, detail);
	struct hub_header allow = {"Allow", NULL};
	char methods[96];

	if (status == 405)
		allow.value = route_format_allow(r->match.allow, methods, sizeof methods);
	hub_request_reply(r, status, "application/problem+json", &allow, status == 405, body);
	base_buffer_unref(body);
}
