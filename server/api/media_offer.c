/* media.offer and media.close: WebRTC negotiated over the WebSocket. */
#include <stdlib.h>
#include <string.h>

#include "api/resources.h"
#include "api/sessions.h"

static json_t *ice_servers(const struct base_settings *settings)
{
	json_t *servers = json_array();
	char **urls = g_strsplit(settings->ice_servers, ",", 32);

	for (char **url = urls; *url; url++)
		if (*g_strstrip(*url))
			json_array_append_new(servers, json_pack("{s:[s]}", "urls", *url));
	g_strfreev(urls);
	return servers;
}

static json_t *codec(enum media_codec value)
{
	const char *name = api_codec_name(value);

	return name ? json_string(name) : json_null();
}

static void open_offer(struct api_call *call)
{
	struct api_offer *offer = call->extra;
	const struct media_answer *answer = &offer->answer;

	if (!api_offer_open(call, offer))
		return;
	api_call_json(call, 200,
	              json_pack("{s:o, s:s, s:o, s:{s:o, s:o}}", "sdp", api_json_string(answer->sdp), "session",
	                        answer->session, "ice_servers", ice_servers(call->api->settings), "codecs", "video",
	                        codec(answer->video), "audio", codec(answer->audio)));
}

static void finish_offer(struct api_call *call, struct api_conn *conn)
{
	struct api_offer *offer = call->extra;

	if (call->code) {
		api_session_forget(call->api, offer->user);
		return;
	}
	if (api_session_opened(call->api, offer) && !conn) {
		/* Nobody is there to use it. */
		api_session_close(call->api, api_session_by_name(call->api, offer->answer.session));
		return;
	}
	if (offer->role == MEDIA_PUBLISH && call->api->hosted)
		call->api->hosted(offer->show, call->api->ctx);
}

static bool within_rate(struct api_conn *conn, struct api_message *message, enum media_role role, const char *address)
{
	char why[128];
	int64_t retry_s;

	if (!api_session_allowed(conn->api, role, conn->token, address, why, sizeof why)) {
		api_message_error(conn, message, "limit", "%s", why);
		return false;
	}
	if (!conn->api->settings->rate_limits ||
	    api_limiter_take(conn->api->offers, address, message->arrived_us, &retry_s))
		return true;
	api_message_error(conn, message, "rate_limited", "Too many offers: try again in %lld s.", (long long)retry_s);
	return false;
}

void api_media_offer(struct api_conn *conn, struct api_message *message)
{
	struct api_fields fields;
	struct api_offer *offer;
	struct api_call *call;
	char address[64];

	api_fields_init(&fields, message->input);
	struct base_id show = api_field_id(&fields, "show", API_REQUIRED);
	const char *role = api_field_raw(&fields, "role", API_REQUIRED, 16);
	const char *sdp = api_field_raw(&fields, "sdp", API_REQUIRED, MEDIA_SDP_MAX);
	const char *session = api_field_raw(&fields, "session", API_OPTIONAL, MEDIA_SESSION_BYTES - 1);
	if (role && !g_str_equal(role, "publish") && !g_str_equal(role, "view"))
		api_fields_fail(&fields, "\"role\" must be publish or view.");
	if (!api_message_fields(conn, message, &fields))
		return;
	if (session) {
		api_message_error(conn, message, "conflict",
		                  "ICE cannot be restarted here: offer again from a new peer connection.");
		return;
	}
	enum media_role as = g_strcmp0(role, "publish") == 0 ? MEDIA_PUBLISH : MEDIA_VIEW;
	api_limiter_address(hub_conn_address(conn->hub), address);
	if (!within_rate(conn, message, as, address))
		return;
	call = api_message_call(conn, message);
	offer = g_new0(struct api_offer, 1);
	call->extra = offer;
	call->free_extra = api_offer_free;
	call->finish = finish_offer;
	offer->role = as;
	offer->show = show;
	offer->sdp = sdp; /* lives in call->input */
	offer->sdp_len = strlen(sdp);
	g_strlcpy(call->host, conn->host, sizeof call->host);
	offer->user = api_session_reserve(conn->api, offer, conn->token, address)->user;
	api_call_submit(call, BASE_JOBS_READ, open_offer);
}

void api_media_close(struct api_conn *conn, struct api_message *message)
{
	struct api_fields fields;
	struct api_media *media;

	api_fields_init(&fields, message->input);
	const char *session = api_field_raw(&fields, "session", API_REQUIRED, MEDIA_SESSION_BYTES - 1);
	if (!api_message_fields(conn, message, &fields))
		return;
	/* The name is 128 random bits: who knows it was given it. */
	media = api_session_by_name(conn->api, session);
	if (!media) {
		api_message_error(conn, message, "not_found", "There is no such media session.");
		return;
	}
	api_session_close(conn->api, media);
	api_message_ok(conn, message, NULL);
}
