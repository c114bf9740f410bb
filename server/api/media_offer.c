/* media.offer and media.close: WebRTC negotiated over the WebSocket. */
#include <stdlib.h>
#include <string.h>

#include "api/ice_servers.h"
#include "api/resources.h"
#include "api/sessions.h"
#include "base/clock.h"

static json_t *codec(enum media_codec value)
{
	const char *name = api_codec_name(value);

	return name ? json_string(name) : json_null();
}

static json_t *servers_for(const struct api_call *call)
{
	char whom[BASE_ID_TEXT];

	return api_ice_servers(call->api->settings, base_clock_utc_ms(),
	                       call->actor.signed_in ? base_id_format(call->actor.id, whom) : NULL);
}

static void open_offer(struct api_call *call)
{
	struct api_offer *offer = call->extra;
	const struct media_answer *answer = &offer->answer;

	if (!api_offer_open(call, offer))
		return;
	api_call_json(call, 200,
	              json_pack("{s:o, s:s, s:o, s:{s:o, s:o}}", "sdp", api_json_string(answer->sdp), "session",
	                        answer->session, "ice_servers", servers_for(call), "codecs", "video",
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

/* ---- an ICE restart ---- */

struct again {
	struct api_restart restart;
	uint64_t conn;
};

static void again_free(void *data)
{
	struct again *again = data;

	free(again->restart.answer.sdp);
	g_free(again);
}

static void answer_again(struct api_call *call)
{
	struct again *again = call->extra;
	const struct media_answer *answer = &again->restart.answer;

	if (api_restart_run(call, &again->restart))
		api_call_json(call, 200,
		              json_pack("{s:o, s:s, s:o}", "sdp", api_json_string(answer->sdp), "session",
		                        answer->session, "ice_servers", servers_for(call)));
}

static void finish_again(struct api_call *call, struct api_conn *conn)
{
	struct again *again = call->extra;
	struct api_media *media = api_session_by_name(call->api, again->restart.session);

	api_restart_finish(call->api, &again->restart, !call->code);
	/* after a cut line it is another connection that goes on with the session, and hears of it */
	if (media && conn && !call->code)
		media->conn = again->conn;
}

static void offer_again(struct api_conn *conn, struct api_message *message, struct api_media *media, const char *sdp)
{
	struct again *again = g_new0(struct again, 1);
	struct api_call *call;

	if (!api_restart_begin(media, &again->restart)) {
		api_message_error(conn, message, "conflict", "This session is being restarted.");
		again_free(again);
		return;
	}
	again->conn = conn->token;
	again->restart.sdp = sdp; /* lives in call->input */
	again->restart.sdp_len = strlen(sdp);
	call = api_message_call(conn, message);
	call->extra = again;
	call->free_extra = again_free;
	call->finish = finish_again;
	g_strlcpy(call->host, conn->host, sizeof call->host);
	api_call_submit(call, BASE_JOBS_READ, answer_again);
}

static bool within_rate(struct api_conn *conn, struct api_message *message, const char *address)
{
	int64_t retry_s;

	if (!conn->api->settings->rate_limits ||
	    api_limiter_take(conn->api->offers, address, message->arrived_us, &retry_s))
		return true;
	api_message_error(conn, message, "rate_limited", "Too many offers: try again in %lld s.", (long long)retry_s);
	return false;
}

static bool may_have_another(struct api_conn *conn, struct api_message *message, enum media_role role,
                             const char *address)
{
	char why[128];

	if (api_session_allowed(conn->api, role, conn->token, address, why, sizeof why))
		return true;
	api_message_error(conn, message, "limit", "%s", why);
	return false;
}

/* The session that this names. Its name is 128 random bits: who knows it was given it. @return NULL: answered */
static struct api_media *session_of(struct api_conn *conn, struct api_message *message, const char *session,
                                    struct base_id show, enum media_role role)
{
	struct api_media *media = api_session_by_name(conn->api, session);
	char stream[BASE_ID_TEXT];

	if (media && media->role == role && g_str_equal(media->stream, base_id_format(show, stream)))
		return media;
	api_message_error(conn, message, "not_found", "There is no such media session.");
	return NULL;
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
	enum media_role as = g_strcmp0(role, "publish") == 0 ? MEDIA_PUBLISH : MEDIA_VIEW;
	struct api_media *media = session ? session_of(conn, message, session, show, as) : NULL;
	api_limiter_address(hub_conn_address(conn->hub), address);
	if (session && !media)
		return;
	if (!session && !may_have_another(conn, message, as, address))
		return;
	if (!within_rate(conn, message, address))
		return;
	if (session) {
		offer_again(conn, message, media, sdp);
		return;
	}
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
