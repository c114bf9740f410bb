/* What the show thread reports: copied there, as little as is needed, and posted to the hub, which describes it to
 * those whom it concerns. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "api/resources.h"
#include "api/rooms.h"
#include "api/sessions.h"

/* What is posted: who acts on it, and behind that what about. */
struct news {
	struct base_mail mail; /* first */
	struct api *api;
	void (*act)(struct news *news); /* on the hub thread */
	struct base_id show;
	_Alignas(max_align_t) unsigned char about[];
};

struct order {
	struct base_id buyer, seller; /* seller: zero when it is not to know yet */
	enum store_order_state state;
	struct base_buffer *told; /* NULL: its lines could not be read */
};

struct ware {
	struct store_item item; /* zero id: nothing is featured now */
	bool featured;
	size_t count;
	struct store_variant variants[];
};

#define ABOUT(news, type) ((type *)(void *)(news)->about)

static void news_deliver(struct base_mail *mail, void *owner)
{
	struct news *news = (struct news *)mail;

	news->act(news);
	free(news);
}

/* With room for what `act` will read, and no more: a listing is much, and most news are of holds. */
static struct news *news_new(struct api *api, struct base_id show, void (*act)(struct news *news), size_t size)
{
	struct news *news = malloc(sizeof(struct news) + size);

	if (!news)
		abort();
	memset(&news->mail, 0, sizeof news->mail);
	news->mail.deliver = news_deliver;
	news->api = api;
	news->show = show;
	news->act = act;
	return news;
}

static void send(struct news *news)
{
	hub_post(news->api->hub, &news->mail);
}

static void tell_person(struct api *api, struct base_id person, json_t *message)
{
	struct base_buffer *buffer = api_json_take(message);

	api_people_send(api, person, HUB_MUST, buffer);
	base_buffer_unref(buffer);
}

/* ---- shows ---- */

static void act_show(struct news *news)
{
	struct api *api = news->api;
	const struct store_show *show = ABOUT(news, struct store_show);
	struct api_room *room = api_room_find(api, news->show);
	struct base_buffer *told;

	api_sessions_key_changed(api, news->show, show->publish_key);
	if (!room && show->state == STORE_SHOW_LIVE)
		room = api_room_get(api, news->show);
	if (!room) {
		char stream[BASE_ID_TEXT];
		if (show->state == STORE_SHOW_ENDED)
			media_stream_close(api->engines.media, base_id_format(news->show, stream));
		return;
	}
	api_room_set_show(room, show);
	told = api_json_take(
	        json_pack("{s:s, s:o}", "type", "show", "show", api_encode_show(&api->scene, show, false)));
	api_room_publish(room, HUB_MUST, told);
	base_buffer_unref(told);
	api_room_release(room);
}

static void on_show(struct api *api, const struct show_event *event)
{
	struct news *news = news_new(api, event->show.id, act_show, sizeof(struct store_show));

	*ABOUT(news, struct store_show) = event->show;
	send(news);
}

static void act_moderation(struct news *news)
{
	struct api_room *room = api_room_find(news->api, news->show);

	if (room)
		api_room_moderate(room, ABOUT(news, struct api_room_rule));
}

static void on_moderation(struct api *api, const struct show_event *event)
{
	struct news *news = news_new(api, event->show.id, act_moderation, sizeof(struct api_room_rule));

	*ABOUT(news, struct api_room_rule) =
	        (struct api_room_rule){event->account.person.id, event->until_ms, event->banned};
	send(news);
}

/* ---- items ---- */

static struct news *ware_news(struct api *api, const struct show_event *event, struct base_id show,
                              void (*act)(struct news *news))
{
	size_t count = MIN(event->variants_count, STORE_VARIANTS_MAX), size = count * sizeof(struct store_variant);
	struct news *news = news_new(api, show, act, sizeof(struct ware) + size);

	ABOUT(news, struct ware)->item = event->item;
	ABOUT(news, struct ware)->featured = base_id_equal(event->show.featured, event->item.id);
	ABOUT(news, struct ware)->count = count;
	if (count)
		memcpy(ABOUT(news, struct ware)->variants, event->variants, size);
	return news;
}

static json_t *encode_ware(const struct ware *ware)
{
	return api_encode_item(&ware->item, ware->variants, ware->count, ware->featured);
}

static void act_featured(struct news *news)
{
	struct api_room *room = api_room_find(news->api, news->show);
	bool nothing = base_id_is_zero(ABOUT(news, struct ware)->item.id);
	struct base_buffer *told;

	if (!room)
		return;
	if (room->known)
		room->show.featured = ABOUT(news, struct ware)->item.id;
	api_room_items_flush(room);
	told = api_json_take(json_pack("{s:s, s:s, s:o}", "type", "featured", "show", room->name, "item",
	                               nothing ? json_null() : encode_ware(ABOUT(news, struct ware))));
	api_room_publish(room, HUB_MUST, told);
	base_buffer_unref(told);
}

static void on_featured(struct api *api, const struct show_event *event)
{
	struct news *news = ware_news(api, event, event->show.id, act_featured);

	ABOUT(news, struct ware)->featured = true;
	send(news);
}

static void act_item(struct news *news)
{
	struct api_room *room = api_room_find(news->api, news->show);
	const struct ware *ware = ABOUT(news, struct ware);

	if (room)
		api_room_item_changed(room, &ware->item, ware->variants, ware->count, ware->featured);
}

static void on_item(struct api *api, const struct show_event *event)
{
	send(ware_news(api, event, event->item.show, act_item));
}

static void act_item_removed(struct news *news)
{
	struct api_room *room = api_room_find(news->api, news->show);

	if (room)
		api_room_item_removed(room, &ABOUT(news, struct ware)->item);
}

static void on_item_removed(struct api *api, const struct show_event *event)
{
	send(ware_news(api, event, event->item.show, act_item_removed));
}

/* ---- holds and waiting ---- */

static struct news *hold_news(struct api *api, const struct store_hold *hold, void (*act)(struct news *news))
{
	struct news *news = news_new(api, hold->show, act, sizeof(struct store_hold));

	*ABOUT(news, struct store_hold) = *hold;
	return news;
}

static void tell_staff_of_hold(struct api_room *room, const struct store_hold *hold)
{
	api_room_publish_staff(room, json_pack("{s:s, s:s, s:o, s:o}", "type", "claim", "show", room->name, "hold",
	                                       api_encode_hold(hold), "buyer", api_encode_name(&hold->buyer)));
}

static void act_claimed(struct news *news)
{
	struct api_room *room = api_room_find(news->api, news->show);
	const struct store_hold *hold = ABOUT(news, struct store_hold);

	if (!room)
		return;
	api_room_publish_json(room, HUB_STATE,
	                      json_pack("{s:s, s:s, s:o, s:o, s:I}", "type", "claimed", "show", room->name, "item",
	                                api_encode_id(hold->item), "by", api_json_string(hold->buyer.display_name),
	                                "quantity", (json_int_t)hold->quantity));
	tell_staff_of_hold(room, hold);
}

/* What is claimed in a shop is nobody's but its buyer's. */
static void on_claimed(struct api *api, const struct show_event *event)
{
	if (!base_id_is_zero(event->hold.show))
		send(hold_news(api, &event->hold, act_claimed));
}

static void act_hold(struct news *news)
{
	struct api_room *room = api_room_find(news->api, news->show);
	const struct store_hold *hold = ABOUT(news, struct store_hold);

	if (hold->state == STORE_HOLD_EXPIRED)
		news->api->counters.holds_expired++;
	tell_person(news->api, hold->buyer.id, json_pack("{s:s, s:o}", "type", "hold", "hold", api_encode_hold(hold)));
	if (room)
		tell_staff_of_hold(room, hold);
}

static void on_hold(struct api *api, const struct show_event *event)
{
	send(hold_news(api, &event->hold, act_hold));
}

static void act_waiting(struct news *news)
{
	struct api_room *room = api_room_find(news->api, news->show);
	const struct store_waiting *waiting = ABOUT(news, struct store_waiting);

	tell_person(news->api, waiting->buyer.id,
	            json_pack("{s:s, s:o}", "type", "waiting", "waiting", api_encode_waiting(waiting)));
	if (room)
		api_room_wait_changed(room, waiting);
}

static void on_waiting(struct api *api, const struct show_event *event)
{
	struct news *news = news_new(api, event->waiting.show, act_waiting, sizeof(struct store_waiting));

	*ABOUT(news, struct store_waiting) = event->waiting;
	send(news);
}

/* ---- people ---- */

static void act_notice(struct news *news)
{
	tell_person(
	        news->api, ABOUT(news, struct store_notice)->account,
	        json_pack("{s:s, s:o}", "type", "news", "notice", api_encode_notice(ABOUT(news, struct store_notice))));
}

static void on_notice(struct api *api, const struct show_event *event)
{
	struct news *news = news_new(api, event->notice.show, act_notice, sizeof(struct store_notice));

	*ABOUT(news, struct store_notice) = event->notice;
	send(news);
}

static void adopt_account(struct api_conn *conn, void *ctx)
{
	const struct store_account *account = ctx;

	api_conn_set_account(conn, account);
	if (account->banned)
		hub_conn_close(conn->hub, 1008, "banned");
}

/* Before the shows of a banned host end, their rooms are told why. */
static void tell_rooms_of_ban(struct api *api, struct base_id host)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, api->rooms);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		struct api_room *room = value;
		if (room->known && room->show.state == STORE_SHOW_LIVE && base_id_equal(room->show.host.id, host))
			api_room_publish_json(room, HUB_MUST,
			                      json_pack("{s:s, s:s, s:s, s:s}", "type", "notice", "code", "host_banned",
			                                "show", room->name, "text",
			                                "The market has closed this show: its host may no longer sell "
			                                "here. What you paid for stays yours."));
	}
}

static void act_account(struct news *news)
{
	const struct store_account *account = ABOUT(news, struct store_account);

	api_people_each(news->api, account->person.id, adopt_account, ABOUT(news, struct store_account));
	if (!account->banned)
		return;
	tell_rooms_of_ban(news->api, account->person.id);
	api_sessions_banned(news->api, account->person.id);
}

static void on_account(struct api *api, const struct show_event *event)
{
	struct news *news = news_new(api, (struct base_id){{0}}, act_account, sizeof(struct store_account));

	*ABOUT(news, struct store_account) = event->account;
	memset(ABOUT(news, struct store_account)->password_hash, 0, sizeof(((struct store_account *)0)->password_hash));
	send(news);
}

/* ---- orders ---- */

/* An order is told with its lines, which are read on a jobs thread. */
static void act_order(struct news *news)
{
	struct api *api = news->api;
	const struct order *order = ABOUT(news, struct order);

	if (order->state == STORE_ORDER_PAID)
		api->counters.orders_paid++;
	else if (order->state == STORE_ORDER_FAILED)
		api->counters.orders_failed++;
	if (!order->told)
		return;
	api_people_send(api, order->buyer, HUB_MUST, order->told);
	if (!base_id_is_zero(order->seller) && !base_id_equal(order->buyer, order->seller))
		api_people_send(api, order->seller, HUB_MUST, order->told);
	base_buffer_unref(order->told);
}

static void drop_order(struct base_mail *mail)
{
	base_buffer_unref(ABOUT((struct news *)mail, struct order)->told);
	free(mail);
}

struct order_news {
	struct api *api;
	struct store_order order;
};

static void read_order(void *arg, void *local)
{
	struct order_news *about = arg;
	const struct store_order *order = &about->order;
	struct news *news = news_new(about->api, (struct base_id){{0}}, act_order, sizeof(struct order));
	json_t *lines = local ? api_orders_lines(local, order->id) : NULL;

	news->mail.drop = drop_order;
	*ABOUT(news, struct order) = (struct order){.buyer = order->buyer.id, .state = order->state};
	/* An address is the seller's business once it has been paid for. */
	if (order->paid_ms)
		ABOUT(news, struct order)->seller = order->seller.id;
	if (lines)
		ABOUT(news, struct order)->told = api_json_take(
		        json_pack("{s:s, s:o}", "type", "order", "order", api_encode_order(order, lines)));
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

static void (*const show_events[])(struct api *api, const struct show_event *event) = {
        [SHOW_EVENT_SHOW] = on_show,
        [SHOW_EVENT_FEATURED] = on_featured,
        [SHOW_EVENT_ITEM] = on_item,
        [SHOW_EVENT_ITEM_REMOVED] = on_item_removed,
        [SHOW_EVENT_CLAIMED] = on_claimed,
        [SHOW_EVENT_HOLD] = on_hold,
        [SHOW_EVENT_WAITING] = on_waiting,
        [SHOW_EVENT_NOTICE] = on_notice,
        [SHOW_EVENT_ORDER] = on_order,
        [SHOW_EVENT_ACCOUNT] = on_account,
        [SHOW_EVENT_MODERATION] = on_moderation,
};

void api_show_event(struct api *api, const struct show_event *event)
{
	if ((size_t)event->type < G_N_ELEMENTS(show_events) && show_events[event->type])
		show_events[event->type](api, event);
}
