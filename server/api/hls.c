/* Streams: one for each show that has a pipeline, fed with what that says; watched or not; ended, and forgotten. */
#include "api/hls.h"

#include <stdlib.h>
#include <string.h>

#include "api/rooms.h"
#include "base/clock.h"

#define WINDOW_US 30000000 /* what playlists list */
#define TICK_US 500000
#define WATCHED_US 15000000 /* so long after its last request a show is watched */
#define KEPT_US 60000000    /* so long after its end a stream is there for who comes late */
#define SWEEP_US 30000000
#define VIEWERS_MOST 100000

/* ---- life ---- */

static void stream_free(gpointer data)
{
	struct api_hls_stream *stream = data;

	if (stream->timer)
		hub_timer_cancel(stream->timer);
	api_hls_give_up(stream, 0, true);
	api_hls_bytes_clear(&stream->bytes);
	g_hash_table_destroy(stream->viewers);
	hls_stream_destroy(stream->model);
	g_free(stream);
}

void api_hls_init(struct api *api)
{
	api->hls = g_new0(struct api_hls, 1);
	api->hls->api = api;
	api->hls->streams = api_id_table_new(stream_free);
}

void api_hls_finish(struct api *api)
{
	GHashTableIter iter;
	gpointer value;

	/* The hub has ended, and its timers and requests with it. */
	g_hash_table_iter_init(&iter, api->hls->streams);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		struct api_hls_stream *stream = value;
		stream->timer = NULL;
	}
	g_hash_table_destroy(api->hls->streams);
	g_free(api->hls);
}

struct api_hls_stream *api_hls_find(struct api *api, struct base_id show)
{
	return g_hash_table_lookup(api->hls->streams, &show);
}

static void tick(void *ctx);

static struct hls_stream *model_new(const struct base_settings *settings)
{
	int64_t segment_us = settings->hls_segment_ms * 1000;

	/* Segments of a clock that began in 1970: a server that starts again goes on behind where it was. */
	return hls_stream_create(&(struct hls_config){.part_us = settings->hls_part_ms * 1000,
	                                              .segment_us = segment_us,
	                                              .window_us = WINDOW_US,
	                                              .first_msn = base_clock_utc_ms() * 1000 / segment_us});
}

static struct api_hls_stream *stream_new(struct api *api, struct base_id show)
{
	struct api_hls_stream *stream = g_new0(struct api_hls_stream, 1);

	stream->all = api->hls;
	stream->id = show;
	base_id_format(show, stream->name);
	stream->model = model_new(api->settings);
	stream->viewers = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	g_queue_init(&stream->held);
	api_hls_bytes_init(&stream->bytes);
	stream->timer = hub_timer_start(api->hub, TICK_US, tick, stream);
	g_hash_table_insert(api->hls->streams, g_memdup2(&show, sizeof show), stream);
	return stream;
}

void api_hls_show(struct api *api, struct base_id show, bool live)
{
	struct api_hls_stream *stream = api_hls_find(api, show);

	if (live && !stream) {
		stream_new(api, show);
	} else if (!live && stream && !stream->ended_us) {
		stream->ended_us = base_clock_monotonic_us();
		hls_stream_end(stream->model);
		api_hls_wake(stream);
	}
}

/* ---- who watches ---- */

static void watch(struct api_hls_stream *stream, bool watched)
{
	struct api *api = stream->all->api;

	if (stream->watched == watched)
		return;
	stream->watched = watched;
	api->watched(stream->id, watched, api->ctx);
}

static int64_t person_of(const struct hub_request *request)
{
	const char *program = hub_request_header(request, "user-agent");

	return (int64_t)g_str_hash(hub_request_address(request)) << 32 | g_str_hash(program ? program : "");
}

void api_hls_asked(struct api_hls_stream *stream, const struct hub_request *request, int64_t now_us)
{
	int64_t person = person_of(request);
	int64_t *when = g_hash_table_lookup(stream->viewers, &person);

	stream->asked_us = now_us;
	if (when)
		*when = now_us;
	else if (g_hash_table_size(stream->viewers) < VIEWERS_MOST)
		g_hash_table_insert(stream->viewers, g_memdup2(&person, sizeof person),
		                    g_memdup2(&now_us, sizeof now_us));
	if (!stream->ended_us)
		watch(stream, true);
}

static gboolean gone(gpointer key, gpointer when, gpointer now_us)
{
	return *(int64_t *)now_us - *(int64_t *)when > WATCHED_US;
}

void api_hls_count(const struct api_hls *hls, struct api_hls_now *out)
{
	GHashTableIter iter;
	gpointer value;

	*out = (struct api_hls_now){.streams = g_hash_table_size(hls->streams)};
	g_hash_table_iter_init(&iter, hls->streams);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const struct api_hls_stream *stream = value;
		out->watched += stream->watched;
		out->viewers += g_hash_table_size(stream->viewers);
		out->held += stream->held.length;
		out->bytes += stream->bytes.bytes;
	}
}

/* ---- the clock ---- */

static void tick(void *ctx)
{
	struct api_hls_stream *stream = ctx;
	struct api *api = stream->all->api;
	int64_t now_us = base_clock_monotonic_us();

	stream->timer = NULL;
	api_hls_give_up(stream, now_us, atomic_load(&api->draining));
	api_hls_bytes_trim(&stream->bytes, now_us);
	g_hash_table_foreach_remove(stream->viewers, gone, &now_us);
	if (stream->watched && g_queue_is_empty(&stream->held) && now_us - stream->asked_us > WATCHED_US)
		watch(stream, false);
	if (now_us - stream->swept_us > SWEEP_US) {
		stream->swept_us = now_us;
		api_hls_sweep(stream);
	}
	if (stream->ended_us && now_us - stream->ended_us > KEPT_US) {
		struct base_id show = stream->id;
		g_hash_table_remove(api->hls->streams, &show);
		api->spooled(show, api->ctx);
		return;
	}
	stream->timer = hub_timer_start(api->hub, TICK_US, tick, stream);
}

/* ---- what pipelines say ---- */

struct words {
	struct base_mail mail; /* first */
	struct base_id show;
	size_t len;
	char text[];
};

/* What host and moderators should know of. */
static const struct {
	const char *code, *text;
} problems[] = {
        {"no_time", "This server has no time for the small picture: it is left out."},
        {"decoder", "The picture cannot be decoded: players that come by HLS and the recording go without it."},
        {"b_frames", "The picture has B-frames, which viewers cannot play: turn them off in the broadcast app."},
};

static void tell_staff(struct api *api, struct base_id show, const struct hls_note_problem *problem)
{
	struct api_room *room = api_room_find(api, show);

	base_log(BASE_LOG_WARN, "api", "pipeline", "code=%s detail=%s", problem->code, problem->detail);
	for (size_t i = 0; room && i < G_N_ELEMENTS(problems); i++)
		if (strcmp(problems[i].code, problem->code) == 0)
			api_room_publish_staff(room,
			                       json_pack("{s:s, s:s, s:s, s:s}", "type", "notice", "code",
			                                 problem->code, "text", problems[i].text, "show", room->name));
}

/* What is not for playlists. */
static void heed(struct api_hls_stream *stream, const char *text, size_t len)
{
	struct hls_note note;
	const char *line;
	size_t line_len;

	while (hls_note_next(&text, &len, &line, &line_len)) {
		if (hls_note_read(line, line_len, &note))
			continue;
		if (note.verb == HLS_HELLO)
			stream->all->counters.restarts += stream->epochs++ > 0;
		else if (note.verb == HLS_PROBLEM)
			tell_staff(stream->all->api, stream->id, &note.problem);
	}
}

static void words_deliver(struct base_mail *mail, void *owner)
{
	struct words *words = (struct words *)mail;
	struct api_hls_stream *stream = api_hls_find(owner, words->show);

	if (stream) {
		heed(stream, words->text, words->len);
		if (hls_stream_feed(stream->model, words->text, words->len))
			api_hls_wake(stream);
	}
	free(words);
}

void api_pipeline_said(struct api *api, struct base_id show, const char *text, size_t len)
{
	struct words *words = malloc(sizeof *words + len);

	if (!words)
		abort();
	*words = (struct words){.mail.deliver = words_deliver, .show = show, .len = len};
	memcpy(words->text, text, len);
	hub_post(api->hub, &words->mail);
}
