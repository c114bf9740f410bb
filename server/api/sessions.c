#include "api/sessions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/rooms.h"
#include "api/tokens.h"
#include "api/whip_rules.h"

void api_sessions_init(struct api *api)
{
	api->media_by_user = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
	api->media_by_name = g_hash_table_new(g_str_hash, g_str_equal);
}

void api_sessions_finish(struct api *api)
{
	g_hash_table_destroy(api->media_by_name);
	g_hash_table_destroy(api->media_by_user);
}

#define PER_CONN 4
#define PER_ADDRESS_MIN 16 /* many viewers may share an address; yet no more than a quarter of all sessions */

struct api_media *api_session_reserve(struct api *api, const struct api_offer *offer, uint64_t conn,
                                      const char *address)
{
	struct api_media *media = g_new0(struct api_media, 1);

	media->user = ++api->next_user;
	media->role = offer->role;
	media->conn = conn;
	g_strlcpy(media->address, address, sizeof media->address);
	base_id_format(offer->show, media->stream);
	if (!api_whip_find_ufrag(offer->sdp, offer->sdp_len, media->peer_ufrag, sizeof media->peer_ufrag))
		media->peer_ufrag[0] = '\0';
	g_hash_table_insert(api->media_by_user, &media->user, media);
	return media;
}

static struct api_media *by_user(struct api *api, uint64_t user)
{
	return g_hash_table_lookup(api->media_by_user, &user);
}

void api_session_forget(struct api *api, uint64_t user)
{
	struct api_media *media = by_user(api, user);

	if (!media)
		return;
	if (media->session[0])
		g_hash_table_remove(api->media_by_name, media->session);
	g_hash_table_remove(api->media_by_user, &media->user);
}

bool api_session_opened(struct api *api, uint64_t user, const struct media_answer *answer)
{
	struct api_media *media = by_user(api, user);

	if (!media)
		return false;
	if (media->closed) {
		api_session_forget(api, user);
		return false;
	}
	g_strlcpy(media->session, answer->session, sizeof media->session);
	api_whip_etag(answer->ufrag, media->etag, sizeof media->etag);
	g_hash_table_insert(api->media_by_name, media->session, media);
	return true;
}

struct api_media *api_session_by_name(struct api *api, const char *session)
{
	return g_hash_table_lookup(api->media_by_name, session);
}

bool api_session_allowed(struct api *api, enum media_role role, uint64_t conn, const char *address, char *why,
                         size_t why_len)
{
	size_t most = (size_t)MAX(api->settings->max_sessions / 4, PER_ADDRESS_MIN), of_conn = 0, of_address = 0;
	GHashTableIter iter;
	gpointer value;

	if (!api->settings->rate_limits)
		return true;
	g_hash_table_iter_init(&iter, api->media_by_user);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const struct api_media *media = value;
		of_conn += conn && media->conn == conn;
		of_address += media->role == MEDIA_VIEW && g_str_equal(media->address, address);
	}
	bool full = role == MEDIA_VIEW && of_address >= most;
	if (of_conn >= PER_CONN)
		snprintf(why, why_len, "A connection may have %d media sessions.", PER_CONN);
	else if (full)
		snprintf(why, why_len, "An address may have %zu media sessions.", most);
	return of_conn < PER_CONN && !full;
}

void api_session_close(struct api *api, struct api_media *media)
{
	char session[MEDIA_SESSION_BYTES];

	g_strlcpy(session, media->session, sizeof session);
	api_session_forget(api, media->user);
	(void)media_session_close(api->engines.media, session);
}

const char *api_codec_name(enum media_codec codec)
{
	static const char *const names[] = {NULL, "H264", "VP8", "opus"};

	return names[codec];
}

/* ---- opening, on a jobs thread ---- */

void api_offer_free(void *data)
{
	struct api_offer *offer = data;

	free(offer->answer.sdp);
	g_free(offer);
}

static bool may_open(struct api_call *call, const struct api_offer *offer, const struct store_show *show)
{
	bool publish = offer->role == MEDIA_PUBLISH;

	call->actor.key = publish && api_secret_equal(call->bearer, show->publish_key);
	if (!api_call_may(call, publish ? MAY_PUBLISH : MAY_VIEW, &(struct api_object){.owner = show->host.id}))
		return false;
	if (show->state == STORE_SHOW_ENDED || (!publish && show->state != STORE_SHOW_LIVE)) {
		api_call_fail(call, 409, "not_live", "%s",
		              show->state == STORE_SHOW_ENDED ? "The show has ended."
		                                              : "The show has not started yet.");
		return false;
	}
	return true;
}

static const struct {
	int err, status;
	const char *code;
} refusals[] = {
        {-EMSGSIZE, 413, "too_large"},        {-EBADMSG, 400, "bad_request"}, {-EPROTO, 422, "bad_request"},
        {-ENOTSUP, 422, "unsupported_codec"}, {-EUSERS, 503, "unavailable"},  {-ENOMEM, 503, "unavailable"},
};

static void refuse(struct api_call *call, int err, const char *why)
{
	for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
		if (refusals[i].err == err) {
			api_call_fail(call, refusals[i].status, refusals[i].code, "%s", why);
			return;
		}
	}
	base_log(BASE_LOG_ERROR, "api", "media", "an offer failed: %s", strerror(-err));
	api_call_fail(call, 500, "internal", "The offer could not be answered.");
}

/* The answer keeps every codec in common; one that the host sends and the answer lacks cannot be decoded. */
static bool can_decode(const struct media_answer *answer)
{
	const char *name = api_codec_name(answer->host_video);
	char rtpmap[32];

	if (!name || answer->video == answer->host_video)
		return true;
	snprintf(rtpmap, sizeof rtpmap, " %s/90000", name);
	return strstr(answer->sdp, rtpmap) != NULL;
}

bool api_offer_open(struct api_call *call, struct api_offer *offer)
{
	struct media_engine *engine = call->api->engines.media;
	struct store_show show;
	char stream[BASE_ID_TEXT], why[256] = "";
	int err;

	if (!api_call_show(call, offer->show, &show) || !may_open(call, offer, &show))
		return false;
	struct media_offer question = {.role = offer->role,
	                               .stream = base_id_format(offer->show, stream),
	                               .sdp = offer->sdp,
	                               .sdp_len = offer->sdp_len,
	                               .local_address = call->host[0] ? call->host : NULL,
	                               .user = offer->user};
	err = media_session_open(engine, &question, &offer->answer, why, sizeof why);
	if (err) {
		refuse(call, err, why);
		return false;
	}
	if (offer->role == MEDIA_VIEW && !can_decode(&offer->answer)) {
		(void)media_session_close(engine, offer->answer.session);
		api_call_fail(call, 422, "unsupported_codec", "The host sends %s, which this player did not offer.",
		              api_codec_name(offer->answer.host_video));
		return false;
	}
	return true;
}
