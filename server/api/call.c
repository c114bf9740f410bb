/* A call on its way: hub thread -> jobs thread -> (show thread ->) hub thread. At every moment one thread owns it. */
#include "api/core.h"

#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

void *api_reader_open(void *data_dir)
{
	struct store_reader *reader = NULL;
	int err = store_reader_open(data_dir, &reader);

	if (err) {
		base_log(BASE_LOG_ERROR, "api", "reader", "the store cannot be read: %s", strerror(-err));
		return NULL;
	}
	return reader;
}

void api_reader_close(void *reader)
{
	store_reader_close(reader);
}

static void drop(struct base_mail *mail)
{
	api_call_free((struct api_call *)mail);
}

static void deliver(struct base_mail *mail, void *owner);

struct api_call *api_call_new(struct api *api)
{
	struct api_call *call = calloc(1, sizeof *call);

	if (!call)
		abort();
	call->mail.deliver = deliver;
	call->mail.drop = drop;
	call->api = api;
	return call;
}

void api_call_free(struct api_call *call)
{
	if (!call)
		return;
	for (size_t i = 0; i < call->header_count; i++)
		free((char *)call->headers[i].value);
	if (call->free_extra)
		call->free_extra(call->extra);
	sodium_memzero(call->bearer, sizeof call->bearer);
	sodium_memzero(call->account.password_hash, sizeof call->account.password_hash);
	free(call->body);
	json_decref(call->input);
	json_decref(call->id);
	json_decref(call->output);
	base_buffer_unref(call->bytes);
	free(call);
}

/* ---- work for the pool ---- */

struct work {
	struct api *api;
	void (*run)(void *arg, void *local);
	void *arg;
};

static void run_work(void *arg, void *local)
{
	struct work *work = arg;

	work->run(work->arg, local);
	atomic_fetch_sub(&work->api->in_jobs, 1);
	free(work);
}

int api_jobs_submit(struct api *api, enum base_jobs_class class, void (*run)(void *arg, void *local), void *arg)
{
	struct work *work = malloc(sizeof *work);
	int err = -EAGAIN;

	if (!work)
		abort();
	*work = (struct work){api, run, arg};
	/* Counted before it asks: either it sees `closing`, or who closes sees it. */
	atomic_fetch_add(&api->in_jobs, 1);
	if (!atomic_load(&api->closing))
		err = base_jobs_submit(api->jobs, class, run_work, work);
	if (err) {
		atomic_fetch_sub(&api->in_jobs, 1);
		free(work);
	}
	return err;
}

/* ---- answering ---- */

static const struct {
	int status;
	const char *title;
} titles[] = {
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {409, "Conflict"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
};

const char *api_status_title(int status)
{
	for (size_t i = 0; i < G_N_ELEMENTS(titles); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

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

void api_call_bytes(struct api_call *call, int status, const char *content_type, struct base_buffer *bytes)
{
	call->status = status;
	call->bytes = bytes;
	call->content_type = content_type;
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

static const struct {
	int status;
	const char *code, *detail;
} show_codes[] = {
        [SHOW_OK] = {200, "internal", "The market answered what nobody expected."},
        [SHOW_HELD] = {200, "internal", "The market answered what nobody expected."},
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

void api_call_show_failed(struct api_call *call, const struct show_result *result)
{
	int status;
	const char *code = api_show_code(result->code, &status);

	api_call_fail(call, status, code, "%s", result->detail[0] ? result->detail : show_codes[result->code].detail);
}

/* ---- the show thread ---- */

static void done(struct show_command *command, const struct show_result *result, void *ctx)
{
	struct api_call *call = ctx;

	call->command = NULL; /* the controller frees it */
	call->then(call, result);
}

void api_call_command(struct api_call *call, struct show_command *command,
                      void (*then)(struct api_call *call, const struct show_result *result))
{
	command->actor = call->actor.id;
	command->arrived_us = call->arrived_us;
	command->done = done;
	command->ctx = call;
	call->command = command;
	call->then = then;
	show_controller_post(call->api->engines.controller, command);
}

static void audited(struct show_command *command, const struct show_result *result, void *ctx)
{
	if (result->code != SHOW_OK)
		base_log(BASE_LOG_WARN, "api", "audit", "an entry could not be stored");
}

void api_audit(struct api *api, struct base_id actor, const char *verb, const char *object, const char *detail)
{
	struct show_command *command = show_command_new(SHOW_AUDIT);

	command->actor = actor;
	g_strlcpy(command->audit.verb, verb, sizeof command->audit.verb);
	g_strlcpy(command->audit.object, object, sizeof command->audit.object);
	/* Cut between characters. */
	g_strlcpy(command->audit.detail, detail, sizeof command->audit.detail);
	while (!g_utf8_validate(command->audit.detail, -1, NULL))
		command->audit.detail[strlen(command->audit.detail) - 1] = '\0';
	command->done = audited;
	show_controller_post(api->engines.controller, command);
}

/* ---- the jobs thread ---- */

/* Who asks? @return false when the call is ended. */
static bool authenticate(struct api_call *call)
{
	int err;

	if (!call->authenticate || !call->has_token)
		return true;
	err = store_session_account(call->reader, call->token_hash, base_clock_utc_ms(), &call->account);
	if (err == -ENOENT) {
		if (!call->strict)
			return true;
		api_call_fail(call, 401, "unauthenticated", "The session token is unknown or has expired.");
		return false;
	}
	if (err) {
		api_call_store_failed(call, err, "session");
		return false;
	}
	call->actor = api_actor_of(call->api->settings, &call->account);
	return true;
}

static void run_call(void *arg, void *local)
{
	struct api_call *call = arg;

	call->reader = local;
	if (!call->reader) {
		api_call_fail(call, 503, "unavailable", "The store cannot be read.");
		return;
	}
	if (!authenticate(call))
		return;
	call->authenticate = false;
	if (call->endpoint && !call->endpoint->cors && !api_may_ever(&call->actor, call->endpoint->verb)) {
		api_call_may(call, call->endpoint->verb, NULL);
		return;
	}
	call->run(call);
}

void api_call_submit(struct api_call *call, enum base_jobs_class class, void (*run)(struct api_call *call))
{
	call->run = run;
	if (api_jobs_submit(call->api, class, run_call, call))
		api_call_fail(call, 503, "retry", "The server is busy: try again in a moment.");
}

bool api_call_may(struct api_call *call, enum api_verb verb, const struct api_object *object)
{
	static const char *const words[] = {"You must sign in for this.", "You are banned.", "You may not do this."};
	const char *code;

	if (api_may(&call->actor, verb, object))
		return true;
	code = api_may_code(&call->actor);
	api_call_fail(call, api_may_status(&call->actor), code, "%s",
	              words[!call->actor.signed_in ? 0
	                    : call->actor.banned   ? 1
	                                           : 2]);
	return false;
}

bool api_call_fields(struct api_call *call, const struct api_fields *fields)
{
	if (!fields->failed)
		return true;
	api_call_fail(call, 400, "bad_request", "%s", fields->why);
	return false;
}

bool api_call_param(struct api_call *call, size_t index, struct base_id *out)
{
	if (base_id_parse(call->params[index], out) == 0)
		return true;
	api_call_fail(call, 404, "not_found", "There is nothing with this id.");
	return false;
}

bool api_call_show(struct api_call *call, struct base_id id, struct store_show *out)
{
	int err = store_show_by_id(call->reader, id, out);

	if (err)
		api_call_store_failed(call, err, "show");
	return err == 0;
}

bool api_call_own_show(struct api_call *call, enum api_verb verb, struct store_show *out)
{
	struct base_id id;

	if (!api_call_param(call, 0, &id) || !api_call_show(call, id, out))
		return false;
	return api_call_may(call, verb, &(struct api_object){.owner = out->host.id});
}

bool api_call_own_listing(struct api_call *call, enum api_verb verb, struct store_listing *out)
{
	struct base_id id;
	int err;

	if (!api_call_param(call, 0, &id))
		return false;
	err = store_listing_by_id(call->reader, id, out);
	if (err) {
		api_call_store_failed(call, err, "listing");
		return false;
	}
	return api_call_may(call, verb, &(struct api_object){.owner = out->seller.id});
}

/* ---- back on the hub thread ---- */

static json_t *problem(struct api_call *call)
{
	json_t *body =
	        json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", "about:blank", "title", api_status_title(call->status),
	                  "status", call->status, "code", call->code, "detail", call->detail);

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
		json_object_set_new(message, "detail", json_string(call->detail));
	}
	if (call->output)
		json_object_update(message, call->output);
	api_conn_send(conn, HUB_MUST, message);
	if (call->sent)
		call->sent(call, conn);
}

static void deliver(struct base_mail *mail, void *owner)
{
	struct api_call *call = (struct api_call *)mail;

	if (call->endpoint)
		answer_http(call);
	else
		answer_message(call);
	api_call_free(call);
}
