/* WHIP (RFC 9725) for hosts and WHEP for viewers: WebRTC negotiated over HTTP. */
#include <stdlib.h>
#include <string.h>

#include "api/resources.h"
#include "api/sessions.h"
#include "api/tokens.h"
#include "api/whip_rules.h"

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
	char location[128], etag[48], links[2048];

	if (!api_offer_open(call, offer))
		return;
	g_snprintf(location, sizeof location, "/%s/%s/%s", is_whip(call) ? "whip" : "whep", call->params[0],
	           answer->session);
	api_whip_etag(answer->ufrag, etag, sizeof etag);
	api_whip_links(call->api->settings->ice_servers, links, sizeof links);
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
};

static struct verdict *judge(struct api_call *call)
{
	struct verdict *verdict = g_new0(struct verdict, 1);

	call->extra = verdict;
	call->free_extra = g_free;
	return verdict;
}

static struct api_media *addressed(struct api_call *call, struct verdict *verdict)
{
	struct api_media *media = api_session_by_name(call->api, call->params[1]);
	bool publish = is_whip(call);

	if (media && g_str_equal(media->stream, call->params[0]) && (media->role == MEDIA_PUBLISH) == publish)
		return media;
	*verdict = (struct verdict){404, "not_found", "There is no such session.", ""};
	return NULL;
}

static void judge_patch(struct api_call *call, const char *type, const struct api_media *media, struct verdict *verdict)
{
	enum api_whip_patch patch = api_whip_read_patch((const char *)call->body, call->body_len,
	                                                media->peer_ufrag[0] ? media->peer_ufrag : NULL);

	if (!api_whip_is_type(type, FRAGMENT_TYPE))
		*verdict = (struct verdict){415, "unsupported_media", "The body must be " FRAGMENT_TYPE ".", ""};
	else if (!call->if_match[0])
		*verdict = (struct verdict){428, "bad_request", "If-Match with the session's ETag is needed.", ""};
	else if (!api_whip_matches(call->if_match, media->etag))
		*verdict = (struct verdict){412, "conflict", "The ETag is not this session's.", ""};
	else if (patch == API_WHIP_NONSENSE)
		*verdict = (struct verdict){400, "bad_request", "The body is no SDP fragment.", ""};
	else if (patch == API_WHIP_RESTART)
		*verdict = (struct verdict){
		        422, "bad_request",
		        "ICE restarts are not possible here: DELETE this session and POST a new offer.", ""};
	else
		verdict->status = 204; /* Our side is ICE-lite: it answers checks and needs no candidates. */
}

bool api_whip_prepare_patch(struct api_call *call, struct hub_request *request)
{
	struct verdict *verdict = judge(call);
	const struct api_media *media = addressed(call, verdict);

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

void api_whip_patch(struct api_call *call)
{
	const struct verdict *verdict = call->extra;

	if (!proved(call))
		return;
	if (verdict->code)
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
	json_t *problem = json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", "about:blank", "title", api_status_title(405),
	                            "status", 405, "code", "bad_request", "detail", "WHIP and WHEP know " METHODS ".");

	reply(request, 405, "application/problem+json", api_json_take(problem));
}
