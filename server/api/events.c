/* What the show thread and the media worker report: encoded once on their thread, posted to the hub, published there.
 */
#include <stdlib.h>
#include <string.h>

#include "api/resources.h"
#include "api/rooms.h"
#include "api/sessions.h"

/* ---- from the show thread ---- */

struct news {
	struct base_mail mail; /* first */
	struct api *api;
	void (*act)(struct news *news); /* on the hub thread */
	struct base_id show, person, other;
	struct base_buffer *all, *staff; /* to the room, to its staff; `all` also to persons */
	struct store_show state;
	struct store_account account;
	struct api_room_rule rule;
	int hold_state, order_state;
};

static void news_drop(struct base_mail *mail)
{
	struct news *news = (struct news *)mail;

	base_buffer_unref(news->all);
	base_buffer_unref(news->staff);
	free(news);
}

static void news_deliver(struct base_mail *mail, void *owner)
{
	struct news *news = (struct news *)mail;

	news->act(news);
	news_drop(mail);
}

static struct news *news_new(struct api *api, void (*act)(struct news *news))
{
	struct news *news = calloc(1, sizeof *news);

	if (!news)
		abort();
	news->mail.deliver = news_deliver;
	news->mail.drop = news_drop;
	news->api = api;
	news->act = act;
	return news;
}

static void send(struct news *news)
{
	hub_post(news->api->hub, &news->mail);
}

static void act_room(struct news *news)
{
	struct api_room *room = api_room_find(news->api, news->show);

	if (!room)
		return;
	if (news->all)
		api_room_publish(room, HUB_STATE, news->all);
	if (news->staff)
		api_room_publish_staff(room, HUB_STATE, news->staff);
}

static void act_show(struct news *news)
{
	struct api *api = news->api;
	struct api_room *room = api_room_find(api, news->show);

	if (!room && news->state.state == STORE_SHOW_LIVE)
		room = api_room_get(api, news->show);
	if (!room) {
		char stream[BASE_ID_TEXT];
		if (news->state.state == STORE_SHOW_ENDED)
			media_stream_close(api->engines.media, base_id_format(news->show, stream));
		return;
	}
	api_room_set_show(room, &news->state);
	api_room_publish(room, HUB_MUST, news->all);
	api_room_release(room);
}

static void on_show(struct api *api, const struct show_event *event)
{
	struct news *news = news_new(api, act_show);

	news->show = event->show.id;
	news->state = event->show;
	news->all = api_json_take(
	        json_pack("{s:s, s:o}", "type", "show", "show", api_encode_show(&api->scene, &event->show, false)));
	send(news);
}

static void act_featured(struct news *news)
{
	struct api_room *room = api_room_find(news->api, news->show);

	if (!room)
		return;
	if (room->known)
		room->show.featured = news->state.featured;
	api_room_publish(room, HUB_MUST, news->all);
}

static void on_featured(struct api *api, const struct show_event *event)
{
	bool nothing = base_id_is_zero(event->item.id);
	struct news *news = news_new(api, act_featured);
	char show[BASE_ID_TEXT];

	news->show = event->show.id;
	news->state = event->show;
	news->all = api_json_take(json_pack("{s:s, s:s, s:o}", "type", "featured", "show",
	                                    base_id_format(event->show.id, show), "item",
	                                    nothing ? json_null() : api_encode_item(&event->item, true)));
	send(news);
}

static void on_item(struct api *api, const struct show_event *event)
{
	struct news *news = news_new(api, act_room);
	bool featured = base_id_equal(event->show.featured, event->item.id);
	char show[BASE_ID_TEXT];

	news->show = event->item.show;
	news->all = api_json_take(json_pack("{s:s, s:s, s:o}", "type", "item", "show",
	                                    base_id_format(event->item.show, show), "item",
	                                    api_encode_item(&event->item, featured)));
	send(news);
}

static void on_item_removed(struct api *api, const struct show_event *event)
{
	struct news *news = news_new(api, act_room);
	char show[BASE_ID_TEXT], item[BASE_ID_TEXT];

	news->show = event->item.show;
	news->all = api_json_take(json_pack("{s:s, s:s, s:s}", "type", "item.removed", "show",
	                                    base_id_format(event->item.show, show), "item",
	                                    base_id_format(event->item.id, item)));
	send(news);
}

static void on_claimed(struct api *api, const struct show_event *event)
{
	struct news *news = news_new(api, act_room);
	const struct store_hold *hold = &event->hold;
	char show[BASE_ID_TEXT];

	news->show = hold->show;
	base_id_format(hold->show, show);
	news->all = api_json_take(json_pack("{s:s, s:s, s:o, s:o, s:I}", "type", "claimed", "show", show, "item",
	                                    api_encode_id(hold->item), "by", api_json_string(hold->buyer.display_name),
	                                    "quantity", (json_int_t)hold->quantity));
	news->staff = api_json_take(json_pack("{s:s, s:s, s:o, s:o}", "type", "claim", "show", show, "hold",
	                                      api_encode_hold(hold), "buyer", api_encode_name(&hold->buyer)));
	send(news);
}

static void act_hold(struct news *news)
{
	if (news->hold_state == STORE_HOLD_EXPIRED)
		news->api->counters.holds_expired++;
	api_people_send(news->api, news->person, HUB_MUST, news->all);
	act_room(&(struct news){.api = news->api, .show = news->show, .staff = news->staff});
}

static void on_hold(struct api *api, const struct show_event *event)
{
	struct news *news = news_new(api, act_hold);
	const struct store_hold *hold = &event->hold;
	char show[BASE_ID_TEXT];

	news->person = hold->buyer.id;
	news->show = hold->show;
	news->hold_state = hold->state;
	news->all = api_json_take(json_pack("{s:s, s:o}", "type", "hold", "hold", api_encode_hold(hold)));
	news->staff = api_json_take(json_pack("{s:s, s:s, s:o, s:o}", "type", "claim", "show",
	                                      base_id_format(hold->show, show), "hold", api_encode_hold(hold), "buyer",
	                                      api_encode_name(&hold->buyer)));
	send(news);
}

/* An order is told with its lines, which are read on a jobs thread. */
static void act_order(struct news *news)
{
	if (news->order_state == STORE_ORDER_PAID)
		news->api->counters.orders_paid++;
	else if (news->order_state == STORE_ORDER_FAILED)
		news->api->counters.orders_failed++;
	if (!news->all)
		return;
	api_people_send(news->api, news->person, HUB_MUST, news->all);
	if (!base_id_is_zero(news->other) && !base_id_equal(news->person, news->other))
		api_people_send(news->api, news->other, HUB_MUST, news->all);
}

struct order_news {
	struct api *api;
	struct store_order order;
};

static void read_order(void *arg, void *local)
{
	struct order_news *about = arg;
	struct news *news = news_new(about->api, act_order);
	json_t *lines = local ? api_orders_lines(local, about->order.id) : NULL;

	news->person = about->order.buyer.id;
	/* An address is the seller's business once it has been paid for. */
	if (about->order.paid_ms)
		news->other = about->order.seller.id;
	news->order_state = about->order.state;
	if (lines)
		news->all = api_json_take(
		        json_pack("{s:s, s:o}", "type", "order", "order", api_encode_order(&about->order, lines)));
	free(about);
	send(news);
}

static void on_order(struct api *api, const struct show_event *event)
{
	struct order_news *about;

	about = malloc(sizeof *about);
	if (!about)
		abort();
	*about = (struct order_news){api, event->order};
	if (api_jobs_submit(api, BASE_JOBS_READ, read_order, about)) {
		base_log(BASE_LOG_WARN, "api", "order", "too busy to tell of an order; its pages show it");
		free(about);
	}
}

static void adopt_account(struct api_conn *conn, void *ctx)
{
	const struct store_account *account = ctx;

	api_conn_set_account(conn, account);
	if (account->banned)
		hub_conn_close(conn->hub, 1008, "banned");
}

static void act_account(struct news *news)
{
	api_people_each(news->api, news->account.person.id, adopt_account, &news->account);
}

static void on_account(struct api *api, const struct show_event *event)
{
	struct news *news = news_new(api, act_account);

	news->account = event->account;
	memset(news->account.password_hash, 0, sizeof news->account.password_hash);
	send(news);
}

static void act_moderation(struct news *news)
{
	struct api_room *room = api_room_find(news->api, news->show);

	if (room)
		api_room_moderate(room, &news->rule);
}

static void on_moderation(struct api *api, const struct show_event *event)
{
	struct news *news = news_new(api, act_moderation);

	news->show = event->show.id;
	news->rule = (struct api_room_rule){event->account.person.id, event->until_ms, event->banned};
	send(news);
}

static void (*const show_events[])(struct api *api, const struct show_event *event) = {
        [SHOW_EVENT_SHOW] = on_show,
        [SHOW_EVENT_FEATURED] = on_featured,
        [SHOW_EVENT_ITEM] = on_item,
        [SHOW_EVENT_ITEM_REMOVED] = on_item_removed,
        [SHOW_EVENT_CLAIMED] = on_claimed,
        [SHOW_EVENT_HOLD] = on_hold,
        [SHOW_EVENT_ORDER] = on_order,
        [SHOW_EVENT_ACCOUNT] = on_account,
        [SHOW_EVENT_MODERATION] = on_moderation,
};

void api_show_event(struct api *api, const struct show_event *event)
{
	if ((size_t)event->type < G_N_ELEMENTS(show_events) && show_events[event->type])
		show_events[event->type](api, event);
}

/* ---- from the media worker ---- */

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
