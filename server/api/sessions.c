#include "api/sessions.h"

#include <errno.h>
#include <sodium.h>
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
	memcpy(media->key, offer->key, sizeof media->key);
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

bool api_session_opened(struct api *api, const struct api_offer *offer)
{
	const struct media_answer *answer = &offer->answer;
	struct api_media *media = by_user(api, offer->user);

	if (!media)
		return false;
	if (media->cut || (media->stale && offer->by_key)) {
		(void)media_session_close(api->engines.media, answer->session);
		media->closed = true;
	}
	if (media->closed) {
		api_session_forget(api, offer->user);
		return false;
	}
	media->by_key = offer->by_key;
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

/* ---- who may publish no longer ---- */

static void digest(const char *key, uint8_t out[API_KEY_DIGEST])
{
	crypto_generichash(out, API_KEY_DIGEST, (const unsigned char *)key, strlen(key), NULL, 0);
}

void api_offer_bear(struct api_offer *offer, const char *bearer)
{
	digest(bearer, offer->key);
}

/* Those that publish, as a list: closing one changes the table. */
static GPtrArray *publishers(struct api *api)
{
	GPtrArray *list = g_ptr_array_new();
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, api->media_by_user);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		if (((struct api_media *)value)->role == MEDIA_PUBLISH)
			g_ptr_array_add(list, value);
	return list;
}

void api_sessions_key_changed(struct api *api, struct base_id show, const char *key)
{
	GPtrArray *list = publishers(api);
	char stream[BASE_ID_TEXT];
	uint8_t now[API_KEY_DIGEST];

	digest(key, now);
	base_id_format(show, stream);
	for (guint i = 0; i < list->len; i++) {
		struct api_media *media = list->pdata[i];
		if (!g_str_equal(media->stream, stream) || sodium_memcmp(media->key, now, sizeof now) == 0)
			continue;
		if (!media->session[0])
			media->stale = true;
		else if (media->by_key)
			api_session_close(api, media);
	}
	g_ptr_array_free(list, TRUE);
}

void api_sessions_banned(struct api *api, struct base_id host)
{
	GPtrArray *list = publishers(api);

	for (guint i = 0; i < list->len; i++) {
		struct api_media *media = list->pdata[i];
		struct base_id show;
		const struct api_room *room = base_id_parse(media->stream, &show) ? NULL : api_room_find(api, show);

		if (!room || !room->known || !base_id_equal(room->show.host.id, host))
			continue;
		if (media->session[0])
			api_session_close(api, media);
		else
			media->cut = true;
	}
	g_ptr_array_free(list, TRUE);
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

/* A key is as good as the host who has it. */
static bool host_is_banned(struct api_call *call, const struct store_show *show)
{
	struct store_account host;

	if (store_account_by_id(call->reader, show->host.id, &host) || host.banned) {
		api_call_fail(call, 403, "banned", "The host of this show is banned.");
		return true;
	}
	return false;
}

static bool may_open(struct api_call *call, struct api_offer *offer, const struct store_show *show)
{
	bool publish = offer->role == MEDIA_PUBLISH;
	struct api_object object = {.owner = show->host.id};

	offer->by_key = publish && !api_may(&call->actor, MAY_PUBLISH, &object);
	call->actor.key = publish && api_secret_equal(call->bearer, show->publish_key);
	if (!api_call_may(call, publish ? MAY_PUBLISH : MAY_VIEW, &object))
		return false;
	if (publish && host_is_banned(call, show))
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

/* ---- ICE restarts ---- */

bool api_restart_begin(struct api_media *media, struct api_restart *restart)
{
	if (media->restarting)
		return false;
	media->restarting = true;
	g_strlcpy(restart->session, media->session, sizeof restart->session);
	return true;
}

bool api_restart_run(struct api_call *call, struct api_restart *restart)
{
	char why[256] = "";
	int err = media_session_restart(call->api->engines.media,
	                                &(struct media_restart){.session = restart->session,
	                                                        .sdp = restart->sdp,
	                                                        .sdp_len = restart->sdp_len,
	                                                        .fragment = restart->fragment,
	                                                        .local_address = call->host[0] ? call->host : NULL},
	                                &restart->answer, why, sizeof why);

	if (err == -ENOENT)
		api_call_fail(call, 404, "not_found", "There is no such session.");
	else if (err == -ENOTSUP)
		api_call_fail(call, 409, "conflict", "%s", why);
	else if (err)
		refuse(call, err, why);
	return err == 0;
}

void api_restart_finish(struct api *api, const struct api_restart *restart, bool done)
{
	struct api_media *media = api_session_by_name(api, restart->session);

	if (!media)
		return;
	media->restarting = false;
	if (!done)
		return;
	api_whip_etag(restart->answer.ufrag, media->etag, sizeof media->etag);
	if (!api_whip_find_ufrag(restart->sdp, restart->sdp_len, media->peer_ufrag, sizeof media->peer_ufrag))
		media->peer_ufrag[0] = '\0';
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
