/* What host and moderators are told of who waits. Who comes and who goes is told at once, with all that there is to
 * know; but when a long queue moves, everybody in it has a new place: those are gathered, as numbers beside ids. Hub
 * thread. */
#include "api/rooms.h"

#define GAP_US 100000

struct wait {
	struct base_id id;
	int64_t place;
	bool moved; /* since it was told */
};

void api_room_waits_init(struct api_room *room)
{
	room->waits = api_id_table_new(g_free);
}

void api_room_waits_finish(struct api_room *room)
{
	if (room->waits_timer)
		hub_timer_cancel(room->waits_timer);
	g_hash_table_destroy(room->waits);
}

static void gap_over(void *ctx)
{
	struct api_room *room = ctx;
	json_t *places = json_object();
	char id[BASE_ID_TEXT];
	GHashTableIter iter;
	gpointer value;

	room->waits_timer = NULL;
	g_hash_table_iter_init(&iter, room->waits);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		struct wait *wait = value;
		if (wait->moved)
			json_object_set_new(places, base_id_format(wait->id, id), json_integer(wait->place));
		wait->moved = false;
	}
	if (json_object_size(places))
		api_room_publish_staff(room, json_pack("{s:s, s:s, s:o}", "type", "wait.places", "show", room->name,
		                                       "places", places));
	else
		json_decref(places);
}

static void gather(struct api_room *room, struct wait *wait, int64_t place)
{
	wait->moved = wait->moved || wait->place != place;
	wait->place = place;
	if (wait->moved && !room->waits_timer)
		room->waits_timer = hub_timer_start(room->api->hub, GAP_US, gap_over, room);
}

void api_room_wait_changed(struct api_room *room, const struct store_waiting *waiting)
{
	struct wait *wait = g_hash_table_lookup(room->waits, &waiting->id);

	if (wait && waiting->state == STORE_WAITING) {
		gather(room, wait, waiting->place);
		return;
	}
	if (waiting->state == STORE_WAITING) {
		wait = g_new0(struct wait, 1);
		wait->id = waiting->id;
		wait->place = waiting->place;
		g_hash_table_insert(room->waits, g_memdup2(&waiting->id, sizeof waiting->id), wait);
	} else {
		g_hash_table_remove(room->waits, &waiting->id);
	}
	api_room_publish_staff(room, json_pack("{s:s, s:s, s:o, s:o}", "type", "wait", "show", room->name, "waiting",
	                                       api_encode_waiting(waiting), "buyer", api_encode_name(&waiting->buyer)));
}
