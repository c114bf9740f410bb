/* What the media worker reports, posted to the hub and told there. */
#include <stdlib.h>

#include "api/rooms.h"
#include "api/sessions.h"

struct media_news {
	struct base_mail mail; /* first */
	struct api *api;
	struct media_event event;
};

static void tell_conn(struct media_news *news, struct api_media *media, const char *code, const char *detail)
{
	struct hub_conn *hub_conn = hub_conn_find(news->api->hub, media->conn);
	struct api_conn *conn = media->conn && hub_conn ? hub_conn_data(hub_conn) : NULL;

	if (conn)
		api_conn_send(conn, HUB_MUST,
		              json_pack("{s:s, s:s, s:s, s:s, s:o}", "type", "media", "show", media->stream, "session",
		                        news->event.session, "code", code, "detail", api_json_string(detail)));
}

static void on_closed(struct media_news *news)
{
	struct api_media *media = g_hash_table_lookup(news->api->media_by_user, &news->event.user);

	if (!media)
		return;
	if (!media->session[0]) {
		media->closed = true; /* its answer is still on its way here */
		return;
	}
	tell_conn(news, media, "closed", news->event.reason ? news->event.reason : "closed");
	api_session_forget(news->api, media->user);
}

static void on_codec(struct media_news *news)
{
	struct api_media *media = g_hash_table_lookup(news->api->media_by_user, &news->event.user);
	const char *name = api_codec_name(news->event.video);
	char detail[96];

	if (!media)
		return;
	g_snprintf(detail, sizeof detail, "The host now sends %s, which this player cannot decode.",
	           name ? name : "an unknown codec");
	tell_conn(news, media, "unsupported_codec", detail);
}

static void on_picture(struct media_news *news)
{
	bool picture = news->event.type == MEDIA_STREAM_PICTURE;
	struct base_id show;
	struct api_room *room;

	if (base_id_parse(news->event.stream, &show))
		return;
	room = picture ? api_room_get(news->api, show) : api_room_find(news->api, show);
	if (!room)
		return;
	api_room_set_picture(room, picture);
	api_room_release(room);
}

static void (*const media_events[])(struct media_news *news) = {
        [MEDIA_SESSION_CLOSED] = on_closed,
        [MEDIA_SESSION_CODEC] = on_codec,
        [MEDIA_STREAM_PICTURE] = on_picture,
        [MEDIA_STREAM_PICTURE_LOST] = on_picture,
};

static void media_deliver(struct base_mail *mail, void *owner)
{
	struct media_news *news = (struct media_news *)mail;

	media_events[news->event.type](news);
	free(news);
}

void api_media_event(struct api *api, const struct media_event *event)
{
	struct media_news *news;

	if ((size_t)event->type >= G_N_ELEMENTS(media_events) || !media_events[event->type])
		return;
	news = calloc(1, sizeof *news);
	if (!news)
		abort();
	news->mail.deliver = media_deliver;
	news->api = api;
	news->event = *event;
	hub_post(api->hub, &news->mail);
}
