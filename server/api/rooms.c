/* Rooms: their life, what they know of their show, whom they tell. */
#include "api/rooms.h"

#include "api/hls.h"
#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define VIEWERS_GAP_US 1000000
#define REACT_GATHER_US 500000

static void room_free(gpointer data)
{
	struct api_room *room = data;

	if (!atomic_load(&room->api->closing)) { /* else the hub has freed them */
		hub_timer_cancel(room->viewers_timer);
		hub_timer_cancel(room->react_timer);
		hub_timer_cancel(room->items_timer);
	}
	api_board_set(room->api->scene.board, room->id, &(struct api_board_row){0});
	hub_topic_destroy(room->all);
	hub_topic_destroy(room->staff);
	chat_room_destroy(room->chat);
	g_array_free(room->moderated, TRUE);
	api_wares_clear(&room->wares);
	api_room_items_finish(room);
	api_room_waits_finish(room);
	g_free(room);
}

void api_rooms_init(struct api *api)
{
	api->rooms = api_id_table_new(room_free);
	api->people = api_id_table_new((GDestroyNotify)g_ptr_array_unref);
}

void api_rooms_finish(struct api *api)
{
	g_hash_table_destroy(api->rooms);
	g_hash_table_destroy(api->people);
}

struct api_room *api_room_find(struct api *api, struct base_id show)
{
	return g_hash_table_lookup(api->rooms, &show);
}

struct api_room *api_room_get(struct api *api, struct base_id show)
{
	const struct base_settings *s = api->settings;
	struct api_room *room = api_room_find(api, show);

	if (room)
		return room;
	room = g_new0(struct api_room, 1);
	room->api = api;
	room->id = show;
	base_id_format(show, room->name);
	room->all = hub_topic_create(api->hub);
	room->staff = hub_topic_create(api->hub);
	room->chat = chat_room_create(&(struct chat_limits){.rate_limits = s->rate_limits,
	                                                    .burst = s->chat_burst,
	                                                    .per_10s = s->chat_per_10s,
	                                                    .max_chars = s->chat_max_chars,
	                                                    .history = (size_t)s->chat_history});
	room->moderated = g_array_new(FALSE, FALSE, sizeof(struct api_room_rule));
	g_queue_init(&room->joining);
	api_room_items_init(room);
	api_room_waits_init(room);
	g_hash_table_insert(api->rooms, g_memdup2(&show, sizeof show), room);
	return room;
}

void api_room_release(struct api_room *room)
{
	bool live = room->known && room->show.state == STORE_SHOW_LIVE;

	if (live || room->members || room->picture || room->loading || !g_queue_is_empty(&room->joining))
		return;
	g_hash_table_remove(room->api->rooms, &room->id);
}

/* ---- what it knows ---- */

static void put_on_board(struct api_room *room)
{
	struct api_board_row row = {.viewers = (int64_t)chat_room_viewers(room->chat), .picture = room->picture};

	api_board_set(room->api->scene.board, room->id, &row);
}

static void publish_show(struct api_room *room)
{
	api_room_publish_json(room, HUB_STATE,
	                      json_pack("{s:s, s:o}", "type", "show", "show",
	                                api_encode_show(&room->api->scene, &room->show, false)));
}

static void update_pipeline(struct api_room *room)
{
	struct api *api = room->api;
	bool live = room->known && room->show.state == STORE_SHOW_LIVE;

	/* A lost picture keeps its child: the host may come back any moment. */
	if (live && room->picture && !room->packaged) {
		room->packaged = true;
		api_hls_show(api, room->id, true);
		api->pipeline(room->id, true, api->ctx);
	} else if (room->packaged && room->known && !live) {
		room->packaged = false;
		api_hls_show(api, room->id, false);
		api->pipeline(room->id, false, api->ctx);
	}
}

static void start_load(struct api_room *room);

void api_room_set_show(struct api_room *room, const struct store_show *show)
{
	room->show = *show;
	room->known = true;
	if (!room->loaded)
		start_load(room);
	if (show->state == STORE_SHOW_ENDED)
		media_stream_close(room->api->engines.media, room->name);
	update_pipeline(room);
}

void api_room_set_picture(struct api_room *room, bool picture)
{
	if (room->picture == picture)
		return;
	room->picture = picture;
	put_on_board(room);
	update_pipeline(room);
	if (room->known)
		publish_show(room);
	else
		start_load(room);
}

static void apply(struct api_room *room, const struct api_room_rule *rule)
{
	char author[BASE_ID_TEXT];

	base_id_format(rule->account, author);
	chat_room_mute(room->chat, author, rule->muted_until_ms);
	chat_room_ban(room->chat, author, rule->banned);
}

void api_room_learn(struct api_room *room, struct api_room_facts *facts)
{
	if (room->loaded)
		return;
	room->loaded = true;
	for (size_t i = 0; i < facts->rule_count; i++)
		apply(room, &facts->rules[i]);
	/* Events that overtook the read are newer. */
	for (guint i = 0; i < room->moderated->len; i++)
		apply(room, &g_array_index(room->moderated, struct api_room_rule, i));
	g_array_set_size(room->moderated, 0);
	api_wares_learn(&room->wares, &facts->wares);
	if (!room->known) {
		api_room_set_show(room, &facts->show);
		if (room->picture)
			publish_show(room);
	}
}

/* ---- reading it, on a jobs thread ---- */

struct rules {
	size_t count, size;
	struct api_room_rule *rows;
};

static void add_rule(struct base_id account, int64_t muted_until_ms, bool banned, void *ctx)
{
	struct rules *rules = ctx;

	if (rules->count == rules->size) {
		rules->size = rules->size ? 2 * rules->size : 16;
		rules->rows = g_renew(struct api_room_rule, rules->rows, rules->size);
	}
	rules->rows[rules->count++] = (struct api_room_rule){account, muted_until_ms, banned};
}

int api_room_facts_read(struct store_reader *reader, struct base_id show, struct api_room_facts *out)
{
	struct rules rules = {0};
	int err;

	memset(out, 0, sizeof *out);
	err = store_show_by_id(reader, show, &out->show);
	if (!err)
		err = store_moderation(reader, show, add_rule, &rules);
	out->rules = rules.rows;
	out->rule_count = rules.count;
	if (err)
		api_room_facts_clear(out);
	return err;
}

void api_room_facts_clear(struct api_room_facts *facts)
{
	g_free(facts->rules);
	api_wares_clear(&facts->wares);
	*facts = (struct api_room_facts){0};
}

struct load {
	struct base_mail mail; /* first */
	struct api *api;
	struct base_id show;
	struct api_room_facts facts;
	int err;
};

static void load_drop(struct base_mail *mail)
{
	struct load *load = (struct load *)mail;

	api_room_facts_clear(&load->facts);
	free(load);
}

static void load_deliver(struct base_mail *mail, void *owner)
{
	struct load *load = (struct load *)mail;
	struct api_room *room = api_room_find(load->api, load->show);

	if (!load->err && !room && load->facts.show.state == STORE_SHOW_LIVE)
		room = api_room_get(load->api, load->show);
	if (room) {
		room->loading = false;
		if (!load->err)
			api_room_learn(room, &load->facts);
		api_room_release(room);
	}
	load_drop(mail);
}

static void load_run(void *arg, void *local)
{
	struct load *load = arg;

	load->err = local ? api_room_facts_read(local, load->show, &load->facts) : -EIO;
	if (!load->err)
		load->err = api_items_of_show(local, &load->facts.show, &load->facts.wares, NULL);
	hub_post(load->api->hub, &load->mail);
}

static int submit_load(struct api *api, struct base_id show)
{
	struct load *load = calloc(1, sizeof *load);

	if (!load)
		abort();
	load->mail.deliver = load_deliver;
	load->mail.drop = load_drop;
	load->api = api;
	load->show = show;
	if (api_jobs_submit(api, BASE_JOBS_READ, load_run, load) == 0)
		return 0;
	free(load);
	return -EAGAIN;
}

static void start_load(struct api_room *room)
{
	if (!room->loading && !room->loaded)
		room->loading = submit_load(room->api, room->id) == 0;
}

static void load_one(const struct store_show *show, void *ctx)
{
	if (submit_load(ctx, show->id))
		base_log(BASE_LOG_WARN, "api", "room", "a live show's room is opened by its first viewer");
}

static void load_live(void *arg, void *local)
{
	if (local)
		(void)store_shows(local, STORE_SHOW_LIVE, NULL, 200, load_one, arg);
}

void api_rooms_load_live(struct api *api)
{
	if (api_jobs_submit(api, BASE_JOBS_READ, load_live, api))
		base_log(BASE_LOG_WARN, "api", "rooms", "live shows are opened by their first viewers");
}

/* ---- telling ---- */

static void tell_viewers(struct api_room *room)
{
	room->viewers_told = (int64_t)chat_room_viewers(room->chat);
	api_room_publish_json(room, HUB_STATE,
	                      json_pack("{s:s, s:s, s:I}", "type", "viewers", "show", room->name, "n",
	                                (json_int_t)room->viewers_told));
}

/* A change within the gap waits for its end; then only the last number is told. */
static void viewers_gap_over(void *ctx)
{
	struct api_room *room = ctx;

	room->viewers_timer = NULL;
	if (room->viewers_told != (int64_t)chat_room_viewers(room->chat))
		api_room_viewers_changed(room);
}

void api_room_viewers_changed(struct api_room *room)
{
	put_on_board(room);
	if (room->viewers_timer || room->viewers_told == (int64_t)chat_room_viewers(room->chat))
		return;
	tell_viewers(room);
	room->viewers_timer = hub_timer_start(room->api->hub, VIEWERS_GAP_US, viewers_gap_over, room);
}

static void tell_reactions(void *ctx)
{
	struct api_room *room = ctx;
	uint32_t counts[CHAT_REACTIONS];

	room->react_timer = NULL;
	if (!chat_room_take_reactions(room->chat, counts))
		return;
	api_room_publish_json(room, HUB_REACTION,
	                      json_pack("{s:s, s:s, s:{s:I, s:I, s:I}}", "type", "react", "show", room->name, "counts",
	                                "heart", (json_int_t)counts[CHAT_HEART], "fire", (json_int_t)counts[CHAT_FIRE],
	                                "clap", (json_int_t)counts[CHAT_CLAP]));
}

void api_room_reacted(struct api_room *room)
{
	if (!room->react_timer)
		room->react_timer = hub_timer_start(room->api->hub, REACT_GATHER_US, tell_reactions, room);
}

struct person {
	struct api_room *room;
	const struct api_room_rule *rule;
	bool was_banned;
	int64_t was_muted;
};

static void tell_person(struct api_conn *conn, void *ctx)
{
	struct person *person = ctx;
	const struct api_room_rule *rule = person->rule;

	if (!api_room_has(person->room, conn))
		return;
	if (rule->banned && !person->was_banned)
		api_conn_send(conn, HUB_MUST, json_pack("{s:s, s:s}", "type", "banned", "show", person->room->name));
	if (rule->muted_until_ms != person->was_muted)
		api_conn_send(conn, HUB_MUST,
		              json_pack("{s:s, s:s, s:I}", "type", "muted", "show", person->room->name, "until_ms",
		                        (json_int_t)rule->muted_until_ms));
}

static void tell_deleted(const char *line, void *ctx)
{
	struct api_room *room = ctx;

	api_room_publish_json(
	        room, HUB_STATE,
	        json_pack("{s:s, s:s, s:s}", "type", "chat.deleted", "show", room->name, "message", line));
}

void api_room_moderate(struct api_room *room, const struct api_room_rule *rule)
{
	char author[BASE_ID_TEXT];
	int64_t now_ms = base_clock_utc_ms();
	struct person person = {.room = room, .rule = rule};

	base_id_format(rule->account, author);
	person.was_banned = chat_room_banned(room->chat, author);
	person.was_muted = chat_room_muted_until(room->chat, author, now_ms);
	if (!room->loaded)
		g_array_append_vals(room->moderated, rule, 1);
	apply(room, rule);
	if (rule->banned && !person.was_banned)
		chat_room_delete_author(room->chat, author, tell_deleted, room);
	api_people_each(room->api, rule->account, tell_person, &person);
}
