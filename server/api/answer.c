/* What becomes of a call: the answer on its thread, and the way home to the peer on the hub thread. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/core.h"

static void go_home(struct api_call *call)
{
	hub_post(call->api->hub, &call->mail);
}

void api_call_header(struct api_call *call, const char *name, const char *value)
{
	char *copy = strdup(value);

	if (!copy || call->header_count == API_HEADERS)
		abort();
	call->headers[call->header_count++] = (struct hub_header){name, copy};
}

void api_call_json(struct api_call *call, int status, json_t *body)
{
	call->status = status;
	call->output = body;
	go_home(call);
}

void api_call_empty(struct api_call *call, int status)
{
	api_call_json(call, status, NULL);
}

void api_call_admit(struct api_call *call)
{
	call->admitted = true;
	go_home(call);
}

void api_call_bytes(struct api_call *call, int status, const char *content_type, struct base_buffer *bytes)
{
	call->status = status;
	call->bytes = bytes;
	call->content_type = content_type;
	go_home(call);
}

void api_call_file(struct api_call *call, const char *path, const char *content_type, const char *cache)
{
	call->status = 200;
	call->file = strdup(path);
	call->content_type = content_type;
	call->cache = cache;
	if (!call->file)
		abort();
	go_home(call);
}

void api_call_fail_with(struct api_call *call, int status, const char *code, const char *detail, json_t *members)
{
	call->code = code;
	snprintf(call->detail, sizeof call->detail, "%s", detail);
	if (status == 401)
		api_call_header(call, "WWW-Authenticate", "Bearer realm=\"trunkshow\"");
	if (status == 503)
		api_call_header(call, "Retry-After", "2");
	api_call_json(call, status, members);
}

void api_call_fail(struct api_call *call, int status, const char *code, const char *format, ...)
{
	char detail[sizeof call->detail];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof detail, format, args);
	va_end(args);
	api_call_fail_with(call, status, code, detail, NULL);
}

void api_call_store_failed(struct api_call *call, int err, const char *what)
{
	if (err == -ENOENT)
		api_call_fail(call, 404, "not_found", "There is no such %s.", what);
	else
		api_call_fail(call, 503, "unavailable", "The store cannot be read now.");
}

void api_call_list(struct api_call *call, int err, const char *name, json_t *rows)
{
	if (!err) {
		api_call_json(call, 200, json_pack("{s:o}", name, rows));
		return;
	}
	json_decref(rows);
	api_call_store_failed(call, err, "list");
}

static const struct {
	int status;
	const char *code, *detail;
} show_codes[] = {
        [SHOW_OK] = {200, "internal", "The market answered what nobody expected."},
        [SHOW_HELD] = {200, "internal", "The market answered what nobody expected."},
        [SHOW_WAITLISTED] = {200, "internal", "The market answered what nobody expected."},
        [SHOW_SOLD_OUT] = {409, "sold_out", "It is sold out."},
        [SHOW_PRICE_CHANGED] = {409, "price_changed", "The price has changed."},
        [SHOW_KEY_CONFLICT] = {409, "key_conflict", "This key came before with another request."},
        [SHOW_LIMIT] = {409, "limit", "You hold as much as one buyer may."},
        [SHOW_NOT_LIVE] = {409, "not_live", "The show is not live, or the item is not in it."},
        [SHOW_DECLINED] = {402, "payment_declined", "The payment was declined."},
        [SHOW_BANNED] = {403, "banned", "You are banned from this show."},
        [SHOW_NOT_FOUND] = {404, "not_found", "There is no such thing."},
        [SHOW_FORBIDDEN] = {403, "forbidden", "This is not yours."},
        [SHOW_INVALID] = {400, "bad_request", "The request cannot be fulfilled as it is."},
        [SHOW_EXISTS] = {409, "conflict", "It exists already."},
        [SHOW_EXPIRED] = {409, "expired", "The hold is no longer open."},
        [SHOW_RETRY] = {503, "retry", "It could not be stored and nothing has changed: try again."},
        [SHOW_UNAVAILABLE] = {503, "unavailable", "The store takes nothing now: it is full or read-only."},
};

const char *api_show_code(enum show_code code, int *status)
{
	*status = show_codes[code].status == 200 ? 500 : show_codes[code].status;
	return show_codes[code].code;
}

const char *api_show_detail(enum show_code code)
{
	return show_codes[code].detail;
}

void api_call_show_failed(struct api_call *call, const struct show_result *result)
{
	int status;
	const char *code = api_show_code(result->code, &status);

	api_call_fail(call, status, code, "%s", result->detail[0] ? result->detail : show_codes[result->code].detail);
}

/* ---- back on the hub thread ---- */

static json_t *problem(struct api_call *call)
{
	json_t *body =
	        json_pack("{s:s, s:s, s:i, s:s, s:o}", "type", "about:blank", "title", hub_status_reason(call->status),
	                  "status", call->status, "code", call->code, "detail", api_json_string(call->detail));

	if (call->output)
		json_object_update(body, call->output);
	return body;
}

static void answer_http(struct api_call *call)
{
	struct hub_request *request = hub_request_find(call->api->hub, call->peer);
	struct base_buffer *body = NULL;
	const char *type = NULL;

	if (call->finish)
		call->finish(call, NULL);
	if (!request)
		return;
	if (call->admitted) {
		hub_request_receive(request);
		return;
	}
	if (call->file) {
		hub_request_reply_file_with(request, call->file, call->content_type, call->cache, call->headers,
		                            call->header_count);
		return;
	}
	if (call->code) {
		body = api_json_take(problem(call));
		type = "application/problem+json";
	} else if (call->output) {
		body = api_json_take(json_incref(call->output));
		type = "application/json";
	} else if (call->bytes) {
		body = base_buffer_ref(call->bytes);
		type = call->content_type;
	}
	hub_request_reply(request, call->status, type, call->headers, call->header_count, body);
	base_buffer_unref(body);
}

static void answer_message(struct api_call *call)
{
	struct hub_conn *hub_conn = hub_conn_find(call->api->hub, call->peer);
	struct api_conn *conn = hub_conn ? hub_conn_data(hub_conn) : NULL;
	json_t *message;

	if (call->finish)
		call->finish(call, conn);
	if (!conn)
		return;
	message = json_pack("{s:s}", "type", call->code ? "error" : "ok");
	if (call->id)
		json_object_set(message, "id", call->id);
	if (call->code) {
		call->api->counters.ws_errors++;
		json_object_set_new(message, "code", json_string(call->code));
		json_object_set_new(message, "detail", api_json_string(call->detail));
	}
	if (call->output)
		json_object_update(message, call->output);
	api_conn_send(conn, HUB_MUST, message);
	if (call->sent)
		call->sent(call, conn);
}

void api_call_deliver(struct base_mail *mail, void *owner)
{
	struct api_call *call = (struct api_call *)mail;

	if (call->endpoint)
		answer_http(call);
	else
		answer_message(call);
	api_call_free(call);
}
