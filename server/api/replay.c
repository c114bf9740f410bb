/* A show seen again: what it was, its chapters, its files; and taken down by its host or the house. */
#include "api/replays.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/resources.h"

#define LEAST_MS 1000 /* what was shown shorter was a slip of the finger */
#define CACHE_PLAYLIST "public, max-age=5"
#define CACHE_MEDIA "public, max-age=3600" /* not for good: it may be taken down */

/* ---- who sees it ---- */

bool api_replay_open(struct api_call *call, struct base_id show, struct store_recording *out)
{
	int err = store_recording_by_show(call->reader, show, out);

	/* What a banned host has shown is for those alone who look into it. */
	if (!err && (out->state == STORE_RECORDING_REMOVED ||
	             (out->host_banned && !api_may(&call->actor, MAY_SEE_HIDDEN, NULL))))
		err = -ENOENT;
	if (err)
		api_call_store_failed(call, err, "replay");
	return err == 0;
}

/* ---- chapters ---- */

struct chapter {
	struct base_id listing, item; /* of its longest span */
	struct api_moment best;
	json_t *spans;
};

struct chapters {
	GArray *features; /* struct store_feature, long enough ones */
	GArray *moments;  /* struct api_moment, of each */
	GArray *list;     /* struct chapter */
	GHashTable *clips;
};

static void take_feature(const struct store_feature *feature, void *ctx)
{
	struct chapters *chapters = ctx;
	struct api_moment moment = {feature->from_ms, feature->to_ms};

	if (feature->to_ms - feature->from_ms < LEAST_MS)
		return;
	g_array_append_val(chapters->features, *feature);
	g_array_append_val(chapters->moments, moment);
}

static void take_clip(const struct store_clip *clip, void *ctx)
{
	char listing[BASE_ID_TEXT], id[BASE_ID_TEXT];

	if (clip->state == STORE_CLIP_MADE)
		g_hash_table_insert(ctx, g_strdup(base_id_format(clip->listing, listing)),
		                    g_strdup(base_id_format(clip->id, id)));
}

static void chapters_free(struct chapters *chapters)
{
	for (guint i = 0; i < chapters->list->len; i++)
		json_decref(g_array_index(chapters->list, struct chapter, i).spans);
	g_array_unref(chapters->features);
	g_array_unref(chapters->moments);
	g_array_unref(chapters->list);
	g_hash_table_unref(chapters->clips);
}

static int read_chapters(struct api_call *call, struct base_id show, struct chapters *out)
{
	int err;

	out->features = g_array_new(FALSE, FALSE, sizeof(struct store_feature));
	out->moments = g_array_new(FALSE, FALSE, sizeof(struct api_moment));
	out->list = g_array_new(FALSE, FALSE, sizeof(struct chapter));
	out->clips = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	err = store_features(call->reader, show, take_feature, out);
	return err ? err : store_clips_of_show(call->reader, show, take_clip, out->clips);
}

static struct chapter *chapter_of(struct chapters *chapters, const struct store_feature *feature)
{
	struct chapter fresh = {.listing = feature->listing, .item = feature->item};

	for (guint i = 0; i < chapters->list->len; i++) {
		struct chapter *chapter = &g_array_index(chapters->list, struct chapter, i);
		if (base_id_equal(chapter->listing, feature->listing))
			return chapter;
	}
	fresh.spans = json_array();
	g_array_append_val(chapters->list, fresh);
	return &g_array_index(chapters->list, struct chapter, chapters->list->len - 1);
}

/* One for each listing; where it was shown several times, at the longest of them. What was shown while nothing was
 * recorded has no place. */
static void gather(struct chapters *chapters)
{
	for (guint i = 0; i < chapters->features->len; i++) {
		const struct store_feature *feature = &g_array_index(chapters->features, struct store_feature, i);
		struct api_moment at = g_array_index(chapters->moments, struct api_moment, i);
		struct chapter *chapter;
		if (at.to_ms - at.from_ms < LEAST_MS / 2)
			continue;
		chapter = chapter_of(chapters, feature);
		json_array_append_new(chapter->spans, json_pack("{s:I, s:I}", "at_ms", (json_int_t)at.from_ms,
		                                                "until_ms", (json_int_t)at.to_ms));
		if (at.to_ms - at.from_ms <= chapter->best.to_ms - chapter->best.from_ms)
			continue;
		chapter->best = at;
		chapter->item = feature->item;
	}
}

static gint by_time(gconstpointer a, gconstpointer b)
{
	const struct chapter *x = a, *y = b;

	return (x->best.from_ms > y->best.from_ms) - (x->best.from_ms < y->best.from_ms);
}

static json_t *file_of(const struct chapters *chapters, const struct chapter *chapter, const char *ending)
{
	char listing[BASE_ID_TEXT];
	const char *clip = g_hash_table_lookup(chapters->clips, base_id_format(chapter->listing, listing));

	return clip ? json_sprintf("/clips/%s.%s", clip, ending) : json_null();
}

/* What it costs and whether there is any is what is true now, not then. The spans are the answer's from here on, which
 * may be gone before we are. @return NULL: it cannot be read. */
static json_t *describe(struct api_call *call, const struct chapters *chapters, struct chapter *chapter)
{
	struct store_listing listing;
	struct store_item item = {.number = 0};
	json_t *described = NULL;

	if (store_listing_by_id(call->reader, chapter->listing, &listing) == 0)
		described = api_listings_describe(call->reader, &listing);
	if (!described)
		return NULL;
	store_item_by_id(call->reader, chapter->item, &item);
	return json_pack("{s:o, s:o, s:I, s:o, s:I, s:s, s:I, s:b, s:I, s:I, s:o, s:o, s:o}", "listing", described,
	                 "item", api_encode_id(chapter->item), "number", (json_int_t)item.number, "title",
	                 api_json_string(listing.title), "price", (json_int_t)listing.price, "currency",
	                 listing.currency, "stock", (json_int_t)listing.available, "buyable",
	                 listing.shop && listing.available > 0, "at_ms", (json_int_t)chapter->best.from_ms, "until_ms",
	                 (json_int_t)chapter->best.to_ms, "spans", g_steal_pointer(&chapter->spans), "poster",
	                 file_of(chapters, chapter, "jpg"), "clip", file_of(chapters, chapter, "mp4"));
}

static json_t *encode_chapters(struct api_call *call, struct chapters *chapters)
{
	json_t *list = json_array();

	gather(chapters);
	g_array_sort(chapters->list, by_time);
	for (guint i = 0; i < chapters->list->len; i++) {
		json_t *chapter = describe(call, chapters, &g_array_index(chapters->list, struct chapter, i));
		if (chapter)
			json_array_append_new(list, chapter);
	}
	return list;
}

/* ---- the replay ---- */

/* What an answer tells of. */
struct told {
	const struct store_show *show;
	const struct store_recording *recording;
	const char *state;
	int64_t duration_ms;
	json_t *chapters; /* NULL: none; the answer's */
};

static json_t *first_poster(const json_t *chapters)
{
	const json_t *chapter;
	size_t i;

	json_array_foreach(chapters, i, chapter)
	{
		json_t *poster = json_object_get(chapter, "poster");
		if (json_is_string(poster))
			return json_incref(poster);
	}
	return json_null();
}

static void answer(struct api_call *call, const struct told *told)
{
	const struct store_recording *is = told->recording;
	json_t *chapters = told->chapters ? told->chapters : json_array();
	bool ready = strcmp(told->state, "ready") == 0, host = base_id_equal(told->show->host.id, call->actor.id);
	char id[BASE_ID_TEXT];
	json_t *replay = json_pack("{s:s, s:b, s:o, s:I, s:I, s:o, s:o, s:o}", "state", told->state, "full", is->full,
	                           "begun_ms", is->begun_ms ? json_integer(is->begun_ms) : json_null(), "duration_ms",
	                           (json_int_t)told->duration_ms, "bytes", (json_int_t)is->bytes, "playlist",
	                           ready ? json_sprintf("/replay/%s/" HLS_INDEX, base_id_format(told->show->id, id))
	                                 : json_null(),
	                           "poster", first_poster(chapters), "chapters", chapters);

	api_call_json(call, 200,
	              json_pack("{s:o, s:o}", "show", api_encode_show(&call->api->scene, told->show, host), "replay",
	                        replay));
}

static void answer_ready(struct api_call *call, struct told *told)
{
	struct chapters chapters;
	int err = read_chapters(call, told->show->id, &chapters);

	if (err) {
		api_call_store_failed(call, err, "replay");
	} else {
		if (api_replays_place(call->api->replays, told->show->id,
		                      (struct api_moment *)(void *)chapters.moments->data, chapters.moments->len,
		                      &told->duration_ms)) {
			told->state = "ready";
			told->chapters = encode_chapters(call, &chapters);
		}
		answer(call, told);
	}
	chapters_free(&chapters);
}

void api_replay_get(struct api_call *call)
{
	static const struct store_recording nothing;
	struct store_recording is = nothing;
	struct store_show show;
	struct told told = {&show, &is, "none", 0, NULL};
	struct base_id id;
	int err;

	if (!api_call_param(call, 0, &id) || !api_call_show(call, id, &show))
		return;
	err = store_recording_by_show(call->reader, id, &is);
	if (err && err != -ENOENT) {
		api_call_store_failed(call, err, "replay");
		return;
	}
	if (err || (is.host_banned && !api_may(&call->actor, MAY_SEE_HIDDEN, NULL)))
		told.recording = &nothing;
	else if (is.state == STORE_RECORDING_REMOVED)
		told.state = is.duration_ms ? "deleted" : "none";
	else if (show.state == STORE_SHOW_LIVE)
		told.state = is.full ? "none" : "recording";
	else if (show.state == STORE_SHOW_ENDED) {
		answer_ready(call, &told);
		return;
	}
	answer(call, &told);
}

/* ---- its files ---- */

static const char *media_type(const char *name)
{
	size_t len = strlen(name), dot = strcspn(name, ".");

	/* <epoch>-<track>-<segment>.m4s, <epoch>-<track>-i<n>.mp4: as the pipeline names them, and nothing else. */
	if (len < 22 || len >= HLS_FILE_BYTES || strspn(name, "0123456789abcdef") != 16 || name[16] != '-' ||
	    strspn(name + 17, "0123456789aiv-") + 17 != dot)
		return NULL;
	if (strcmp(name + dot, ".m4s") == 0)
		return "video/iso.segment";
	return strcmp(name + dot, ".mp4") == 0 ? "video/mp4" : NULL;
}

static void send_media(struct api_call *call, struct base_id show, const char *type)
{
	char folder[4300], path[4400];

	api_replay_folder(call->api->settings, show, folder, sizeof folder);
	snprintf(path, sizeof path, "%s/%s", folder, call->params[1]);
	api_call_header(call, "Access-Control-Allow-Origin", "*");
	api_call_file(call, path, type, CACHE_MEDIA);
}

static void send_playlist(struct api_call *call, struct base_id show)
{
	struct base_buffer *playlist = api_replays_playlist(call->api->replays, call->reader, show, call->params[1]);

	if (!playlist) {
		api_call_fail(call, 404, "not_found", "There is no such file.");
		return;
	}
	api_call_header(call, "Cache-Control", CACHE_PLAYLIST);
	api_call_header(call, "Access-Control-Allow-Origin", "*");
	api_call_bytes(call, 200, "application/vnd.apple.mpegurl", playlist);
}

void api_replay_file(struct api_call *call)
{
	const char *type = media_type(call->params[1]);
	struct store_recording is;
	struct store_show show;
	struct base_id id;

	if (!api_call_may(call, MAY_VIEW, NULL) || !api_call_param(call, 0, &id) || !api_replay_open(call, id, &is) ||
	    !api_call_show(call, id, &show))
		return;
	if (show.state != STORE_SHOW_ENDED)
		api_call_fail(call, 404, "not_found", "The show is not over yet.");
	else if (type)
		send_media(call, id, type);
	else
		send_playlist(call, id);
}

/* ---- taken down ---- */

static void removed(struct api_call *call, const struct show_result *result)
{
	char id[BASE_ID_TEXT];

	if (result->code == SHOW_INVALID) {
		api_call_fail(call, 409, "conflict", "The show is on air: end it first.");
		return;
	}
	if (result->code != SHOW_OK) {
		api_call_show_failed(call, result);
		return;
	}
	if (!base_id_equal(result->show.host.id, call->actor.id))
		api_audit(call->api, call->actor.id, "replay.remove", base_id_format(result->show.id, id),
		          result->show.title);
	api_call_empty(call, 204);
}

void api_replay_remove(struct api_call *call)
{
	struct store_show show;
	struct show_command *command;

	if (!api_call_own_show(call, MAY_REMOVE_REPLAY, &show))
		return;
	command = show_command_new(SHOW_RECORDING_REMOVE);
	command->show_id = show.id;
	api_call_command(call, command, removed);
}
