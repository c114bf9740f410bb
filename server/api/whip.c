/* WHIP (RFC 9725) for hosts and WHEP for viewers: WebRTC negotiated over HTTP. */
#include <stdlib.h>
#include <string.h>

#include "api/ice_servers.h"
#include "api/resources.h"
#include "api/sessions.h"
#include "api/tokens.h"
#include "api/whip_rules.h"
#include "base/clock.h"

#define SDP_TYPE "application/sdp"
#define FRAGMENT_TYPE "application/trickle-ice-sdpfrag"
#define METHODS "POST, PATCH, DELETE, OPTIONS"

static bool is_whip(const struct api_call *call)
{
	return g_str_has_prefix(call->endpoint->pattern, "/whip/");
}

/* ---- POST: an offer ---- */

static void finish_post(struct api_call *call, struct api_conn *conn)
{
	struct api_offer *offer = call->extra;

	if (call->code)
		api_session_forget(call->api, offer->user);
	else if (api_session_opened(call->api, offer) && !hub_request_find(call->api->hub, call->peer))
		api_session_close(call->api, api_session_by_name(call->api, offer->answer.session));
}

bool api_whip_prepare_post(struct api_call *call, struct hub_request *request)
{
	struct api_offer *offer;
	char name[64], why[128];
	int64_t retry_s;

	api_limiter_address(call->address, name);
	if (!api_whip_is_type(hub_request_header(request, "content-type"), SDP_TYPE)) {
		api_call_header(call, "Accept-Post", SDP_TYPE);
		api_call_fail(call, 415, "unsupported_media", "The body must be " SDP_TYPE ".");
	} else if (!api_whip_accepts(hub_request_header(request, "accept"), SDP_TYPE)) {
		api_call_fail(call, 406, "bad_request", "The answer is " SDP_TYPE ".");
	} else if (call->body_len > MEDIA_SDP_MAX) {
		api_call_fail(call, 413, "too_large", "An offer may have %d bytes.", MEDIA_SDP_MAX);
	} else if (call->api->settings->rate_limits &&
	           !api_limiter_take(call->api->offers, name, call->arrived_us, &retry_s)) {
		api_call_fail(call, 429, "rate_limited", "Too many offers: try again in %lld s.", (long long)retry_s);
	} else if (!api_session_allowed(call->api, is_whip(call) ? MEDIA_PUBLISH : MEDIA_VIEW, 0, name, why,
	                                sizeof why)) {
		api_call_fail(call, 429, "limit", "%s", why);
	} else {
		offer = g_new0(struct api_offer, 1);
		call->extra = offer;
		call->free_extra = api_offer_free;
		offer->role = is_whip(call) ? MEDIA_PUBLISH : MEDIA_VIEW;
		offer->sdp = (const char *)call->body;
		offer->sdp_len = call->body_len;
		if (base_id_parse(call->params[0], &offer->show)) {
			api_call_fail(call, 404, "not_found", "There is no such show.");
			return false;
		}
		api_offer_bear(offer, call->bearer);
		offer->user = api_session_reserve(call->api, offer, 0, name)->user;
		call->finish = finish_post;
		return true;
	}
	return false;
}

void api_whip_post(struct api_call *call)
{
	struct api_offer *offer = call->extra;
	const struct media_answer *answer = &offer->answer;
	char location[128], etag[48], whom[BASE_ID_TEXT], links[API_ICE_LINKS];

	if (!api_offer_open(call, offer))
		return;
	g_snprintf(location, sizeof location, "/%s/%s/%s", is_whip(call) ? "whip" : "whep", call->params[0],
	           answer->session);
	api_whip_etag(answer->ufrag, etag, sizeof etag);
	api_ice_links(call->api->settings, base_clock_utc_ms(),
	              call->actor.signed_in ? base_id_format(call->actor.id, whom) : NULL, links, sizeof links);
	api_call_header(call, "Location", location);
	api_call_header(call, "ETag", etag);
	api_call_header(call, "Accept-Patch", FRAGMENT_TYPE);
	if (links[0])
		api_call_header(call, "Link", links);
	api_call_bytes(call, 201, SDP_TYPE, base_buffer_copy(answer->sdp, strlen(answer->sdp)));
}

/* ---- PATCH and DELETE: the session that was made ---- */

/* What the hub thread found out, told only after the caller has proved who it is. */
struct verdict {
	int status;
	const char *code, *detail;
	char session[MEDIA_SESSION_BYTES];
	bool restarts; /* ICE */
	struct api_restart restart;
};

static void verdict_free(void *data)
{
	struct verdict *verdict = data;

	free(verdict->restart.answer.sdp);
	g_free(verdict);
}

static struct verdict *judge(struct api_call *call)
{
	struct verdict *verdict = g_new0(struct verdict, 1);

	call->extra = verdict;
	call->free_extra = verdict_free;
	return verdict;
}

static void condemn(struct verdict *verdict, int status, const char *code, const char *detail)
{
	verdict->status = status;
	verdict->code = code;
	verdict->detail = detail;
}

static struct api_media *addressed(struct api_call *call, struct verdict *verdict)
{
	struct api_media *media = api_session_by_name(call->api, call->params[1]);
	bool publish = is_whip(call);

	if (media && g_str_equal(media->stream, call->params[0]) && (media->role == MEDIA_PUBLISH) == publish)
		return media;
	condemn(verdict, 404, "not_found", "There is no such session.");
	return NULL;
}

/* A restart costs what an offer does. */
static bool restart_allowed(struct api_call *call)
{
	char name[64];
	int64_t retry_s;

	api_limiter_address(call->address, name);
	return !call->api->settings->rate_limits ||
	       api_limiter_take(call->api->offers, name, call->arrived_us, &retry_s);
}

static void judge_patch(struct api_call *call, const char *type, struct api_media *media, struct verdict *verdict)
{
	enum api_whip_patch patch = api_whip_read_patch((const char *)call->body, call->body_len,
	                                                media->peer_ufrag[0] ? media->peer_ufrag : NULL);

	if (!api_whip_is_type(type, FRAGMENT_TYPE))
		condemn(verdict, 415, "unsupported_media", "The body must be " FRAGMENT_TYPE ".");
	else if (!call->if_match[0])
		condemn(verdict, 428, "bad_request", "If-Match with the session's ETag is needed.");
	else if (!api_whip_matches(call->if_match, media->etag))
		condemn(verdict, 412, "conflict", "The ETag is not this session's.");
	else if (patch == API_WHIP_NONSENSE)
		condemn(verdict, 400, "bad_request", "The body is no SDP fragment.");
	else if (patch == API_WHIP_RESTART && !restart_allowed(call))
		condemn(verdict, 429, "rate_limited", "Too many offers: try again in a moment.");
	else if (patch == API_WHIP_RESTART && !api_restart_begin(media, &verdict->restart))
		condemn(verdict, 409, "conflict", "This session is being restarted.");
	else if (patch == API_WHIP_RESTART)
		verdict->restarts = true;
	else
		verdict->status = 204; /* Our side is ICE-lite: it answers checks and needs no candidates. */
}

static void finish_patch(struct api_call *call, struct api_conn *conn)
{
	const struct verdict *verdict = call->extra;

	if (verdict->restarts)
		api_restart_finish(call->api, &verdict->restart, !call->code);
}

bool api_whip_prepare_patch(struct api_call *call, struct hub_request *request)
{
	struct verdict *verdict = judge(call);
	struct api_media *media = addressed(call, verdict);

	call->finish = finish_patch;
	if (media)
		judge_patch(call, hub_request_header(request, "content-type"), media, verdict);
	return true;
}

bool api_whip_prepare_delete(struct api_call *call, struct hub_request *request)
{
	struct verdict *verdict = judge(call);

	if (addressed(call, verdict)) {
		verdict->status = 200;
		g_strlcpy(verdict->session, call->params[1], sizeof verdict->session);
	}
	return true;
}

/* A publisher's session wants the same proof as the offer; a viewer's name is proof in itself. */
static bool proved(struct api_call *call)
{
	struct store_show show;
	struct base_id id;

	if (!api_call_param(call, 0, &id) || !api_call_show(call, id, &show))
		return false;
	call->actor.key = api_secret_equal(call->bearer, show.publish_key);
	return api_call_may(call, is_whip(call) ? MAY_PUBLISH : MAY_VIEW, &(struct api_object){.owner = show.host.id});
}

/* RFC 9725 §4.3.3: our new credentials, under a new tag. */
static void restart(struct api_call *call, struct api_restart *restart)
{
	char etag[48];

	restart->sdp = (const char *)call->body;
	restart->sdp_len = call->body_len;
	restart->fragment = true;
	if (!api_restart_run(call, restart))
		return;
	api_whip_etag(restart->answer.ufrag, etag, sizeof etag);
	api_call_header(call, "ETag", etag);
	api_call_bytes(call, 200, FRAGMENT_TYPE, base_buffer_copy(restart->answer.sdp, strlen(restart->answer.sdp)));
}

void api_whip_patch(struct api_call *call)
{
	struct verdict *verdict = call->extra;

	if (!proved(call))
		return;
	if (verdict->restarts)
		restart(call, &verdict->restart);
	else if (verdict->code)
		api_call_fail(call, verdict->status, verdict->code, "%s", verdict->detail);
	else
		api_call_empty(call, verdict->status);
}

static void finish_delete(struct api_call *call, struct api_conn *conn)
{
	const struct verdict *verdict = call->extra;
	struct api_media *media = api_session_by_name(call->api, verdict->session);

	if (!call->code && media)
		api_session_close(call->api, media);
}

void api_whip_delete(struct api_call *call)
{
	call->finish = finish_delete;
	api_whip_patch(call);
}

/* ---- OPTIONS, and methods that there are not ---- */

static void reply(struct hub_request *request, int status, const char *type, struct base_buffer *body)
{
	static const struct hub_header headers[] = {
	        {"Access-Control-Allow-Origin", "*"},
	        {"Access-Control-Allow-Methods", METHODS},
	        {"Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match"},
	        {"Access-Control-Max-Age", "86400"},
	        {"Accept-Post", SDP_TYPE},
	        {"Accept-Patch", FRAGMENT_TYPE},
	        {"Allow", METHODS},
	};

	hub_request_reply(request, status, type, headers, G_N_ELEMENTS(headers), body);
	base_buffer_unref(body);
}

void api_whip_options(struct api *api, struct hub_request *request)
{
	reply(request, 204, NULL, NULL);
}

void api_whip_other(struct api *api, struct hub_request *request)
{
	json_t *problem = json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", "about:blank", "title", hub_status_reason(405),
	                            "status", 405, "code", "bad_request", "detail", "WHIP and WHEP know " METHODS ".");

	reply(request, 405, "application/problem+json", api_json_take(problem));
}
