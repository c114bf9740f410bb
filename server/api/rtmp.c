/* The hook of an nginx that takes RTMP (configs/nginx-rtmp.conf): may this be published? It asks when it begins, every
 * few seconds, and tells when it ends. A show's name is the stream's, its key comes as an argument. */
#include <sodium.h>
#include <string.h>

#include "api/form.h"
#include "api/resources.h"
#include "api/tokens.h"

#define KEY_BYTES 65

struct hook {
	char call[32], name[BASE_ID_TEXT], key[KEY_BYTES];
};

static void hook_free(void *data)
{
	sodium_memzero(data, sizeof(struct hook));
	g_free(data);
}

static bool from_this_machine(const struct api_call *call)
{
	return g_str_has_prefix(call->address, "127.") || g_str_equal(call->address, "::1") ||
	       g_str_has_prefix(call->address, "::ffff:127.");
}

bool api_rtmp_prepare(struct api_call *call, struct hub_request *request)
{
	const char *body = (const char *)call->body;
	struct hook *hook;

	if (!from_this_machine(call)) {
		api_call_fail(call, 403, "forbidden", "Only a server on this machine may ask this.");
		return false;
	}
	hook = g_new0(struct hook, 1);
	call->extra = hook;
	call->free_extra = hook_free;
	if (!api_form_field(body, call->body_len, "call", hook->call, sizeof hook->call) ||
	    !api_form_field(body, call->body_len, "name", hook->name, sizeof hook->name)) {
		api_call_fail(call, 400, "bad_request", "This is no hook of nginx's rtmp module.");
		return false;
	}
	(void)api_form_field(body, call->body_len, "key", hook->key, sizeof hook->key);
	sodium_memzero(call->body, call->body_len);
	/* enough to be heard; whether it is the right one is found out below */
	call->actor.key = true;
	return true;
}

static void act(struct api_call *call, enum api_rtmp what, struct base_id show)
{
	bool may = call->api->rtmp && call->api->rtmp(show, what, call->api->ctx);

	if (may || what == API_RTMP_ENDS)
		api_call_empty(call, 204);
	else
		api_call_fail(call, 403, "forbidden", "This is not wanted.");
}

void api_rtmp_hook(struct api_call *call)
{
	static const char *const calls[] = {
	        [API_RTMP_BEGINS] = "publish", [API_RTMP_GOES_ON] = "update_publish", [API_RTMP_ENDS] = "publish_done"};
	const struct hook *hook = call->extra;
	struct store_account host;
	struct store_show show;
	struct base_id id;
	size_t what = 0;

	while (what < G_N_ELEMENTS(calls) && !g_str_equal(calls[what], hook->call))
		what++;
	if (what == G_N_ELEMENTS(calls)) { /* who plays it is a matter of nginx's configuration */
		api_call_empty(call, 204);
		return;
	}
	if (base_id_parse(hook->name, &id)) {
		api_call_fail(call, 404, "not_found", "There is no such show.");
		return;
	}
	if (!api_call_show(call, id, &show))
		return;
	call->actor.key = api_secret_equal(hook->key, show.publish_key);
	if (!api_call_may(call, MAY_PUBLISH, &(struct api_object){.owner = show.host.id}))
		return;
	if (show.state == STORE_SHOW_ENDED)
		api_call_fail(call, 409, "not_live", "The show has ended.");
	else if (store_account_by_id(call->reader, show.host.id, &host) || host.banned)
		api_call_fail(call, 403, "banned", "The host of this show is banned.");
	else
		act(call, (enum api_rtmp)what, id);
}
