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

struct api_call *api_call_new(struct api *api)
{
	struct api_call *call = calloc(1, sizeof *call);

	if (!call)
		abort();
	call->mail.deliver = api_call_deliver;
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
	free(call->file);
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
