/* What a room is told of its items. Prices at once, for they are what a claim is measured by; counts, which a crowd
 * that claims changes hundreds of times a second, gathered: the first at once, then the newest of each item after the
 * gap. Hub thread. */
#include "api/rooms.h"

#define GAP_US 100000

void api_room_items_init(struct api_room *room)
{
	room->untold = api_id_table_new((GDestroyNotify)base_buffer_unref);
}

void api_room_items_finish(struct api_room *room)
{
	g_hash_table_destroy(room->untold);
}

void api_room_items_flush(struct api_room *room)
{
	GHashTableIter iter;
	gpointer told;

	g_hash_table_iter_init(&iter, room->untold);
	while (g_hash_table_iter_next(&iter, NULL, &told)) {
		api_room_publish(room, HUB_STATE, told);
		g_hash_table_iter_remove(&iter);
	}
}

static void gap_over(void *ctx);

static void start_gap(struct api_room *room)
{
	room->items_timer = hub_timer_start(room->api->hub, GAP_US, gap_over, room);
}

static void gap_over(void *ctx)
{
	struct api_room *room = ctx;

	room->items_timer = NULL;
	if (!g_hash_table_size(room->untold))
		return;
	api_room_items_flush(room);
	start_gap(room);
}

static bool costs_the_same(const struct api_room *room, const struct store_item *item)
{
	const struct api_ware *told = api_wares_find(&room->wares, item->number);

	return told && told->price == item->price && told->flash_price == item->flash_price &&
	       told->flash_until_ms == item->flash_until_ms;
}

void api_room_item_changed(struct api_room *room, const struct store_item *item, const struct store_variant *variants,
                           size_t count, bool featured)
{
	bool wait = room->items_timer && costs_the_same(room, item);
	struct base_buffer *told = api_json_take(json_pack("{s:s, s:s, s:o}", "type", "item", "show", room->name,
	                                                   "item", api_encode_item(item, variants, count, featured)));

	api_wares_put(&room->wares, api_ware_new(item, variants, count));
	if (wait) {
		g_hash_table_insert(room->untold, g_memdup2(&item->id, sizeof item->id), told);
		return;
	}
	g_hash_table_remove(room->untold, &item->id);
	api_room_publish(room, HUB_STATE, told);
	base_buffer_unref(told);
	if (!room->items_timer)
		start_gap(room);
}

void api_room_item_removed(struct api_room *room, const struct store_item *item)
{
	g_hash_table_remove(room->untold, &item->id);
	api_wares_remove(&room->wares, item);
	api_room_publish_json(room, HUB_STATE,
	                      json_pack("{s:s, s:s, s:o}", "type", "item.removed", "show", room->name, "item",
	                                api_encode_id(item->id)));
}
