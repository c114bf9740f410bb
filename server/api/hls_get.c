/* GET /hls/{show}/{file}: playlists, blocking reload (RFC 8216bis §6.2.5.2), init segments, segments, parts; requests
 * for what is coming are held. Public: cookies and tokens are not looked at, and everybody gets the same bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/hls.h"
#include "api/resources.h"
#include "base/clock.h"

#define HELD_TARGETS 3 /* target durations that a request waits at most */
#define PLAYLIST_TYPE "application/vnd.apple.mpegurl"
#define FOREVER "public, max-age=86400, immutable"
#define NEWEST "public, max-age=1"
#define INDEX "public, max-age=2"
#define VERSION_TARGETS 6 /* target durations that a playlist with a version in its address is kept */

struct want {
	char name[HLS_FILE_BYTES];
	int64_t msn, part; /* -1: not asked for */
	bool skip;
};

struct held {
	uint64_t token;
	int64_t until_us;
	struct want want;
};

/* ---- answers ---- */

static void reply(struct hub_request *request, int status, const char *type, const char *cache,
                  struct base_buffer *body)
{
	const struct hub_header headers[] = {
	        {"Access-Control-Allow-Origin", "*"},
	        {"Cache-Control", cache},
	        {"Timing-Allow-Origin", "*"},
	        {"Cross-Origin-Resource-Policy", "cross-origin"},
	        {"Retry-After", "1"},
	};

	hub_request_reply(request, status, type, headers, status == 503 ? 5 : 4, body);
}

static void refuse(struct api *api, struct hub_request *request, int status, const char *code, const char *detail)
{
	json_t *problem = json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", "about:blank", "title",
	                            hub_status_reason(status), "status", status, "code", code, "detail", detail);
	struct base_buffer *body = api_json_take(problem);

	api->hls->counters.refused++;
	reply(request, status, "application/problem+json", "no-store", body);
	base_buffer_unref(body);
}

static void send_body(struct api_hls_stream *stream, struct hub_request *request, const char *type, const char *cache,
                      struct base_buffer *body)
{
	stream->all->counters.bytes += body->len;
	reply(request, 200, type, cache, body);
	base_buffer_unref(body);
}

/* ---- what is asked for: each answers, or says that it must be waited for ---- */

static bool answer_index(struct api_hls_stream *stream, struct hub_request *request, const struct want *want)
{
	struct base_buffer *body = hls_stream_index(stream->model);

	if (body)
		send_body(stream, request, PLAYLIST_TYPE, INDEX, body);
	else if (hls_stream_ended(stream->model))
		refuse(stream->all->api, request, 404, "not_found", "Nothing of this show was packaged.");
	else
		return false;
	return true;
}

static void send_playlist(struct api_hls_stream *stream, struct hub_request *request, const struct want *want,
                          struct base_buffer *body)
{
	char version[48];

	g_snprintf(version, sizeof version, "public, max-age=%lld",
	           (long long)(VERSION_TARGETS * hls_stream_target_us(stream->model) / 1000000));
	send_body(stream, request, PLAYLIST_TYPE, want->msn >= 0 ? version : NEWEST, body);
}

static bool answer_playlist(struct api_hls_stream *stream, struct hub_request *request, const struct want *want)
{
	const struct hls_stream *model = stream->model;
	int track = hls_stream_track(model, want->name, strlen(want->name) - strlen(".m3u8"));
	enum hls_state state =
	        track >= 0 && want->msn >= 0 ? hls_stream_reached(model, track, want->msn, want->part) : HLS_THERE;
	struct base_buffer *body =
	        track >= 0 && state == HLS_THERE ? hls_stream_playlist(stream->model, track, want->skip) : NULL;

	if (body)
		send_playlist(stream, request, want, body);
	else if (state == HLS_GONE)
		refuse(stream->all->api, request, 400, "bad_request", "That is too far ahead.");
	else if (hls_stream_ended(model) || (track < 0 && hls_stream_ready(model)))
		refuse(stream->all->api, request, 404, "not_found", "The show has no such track.");
	else
		return false;
	return true;
}

static const char *media_type(const char *name)
{
	const char *track = strchr(name, '-');

	return track && track[1] == 'a' ? "audio/mp4" : "video/mp4";
}

static bool answer_media(struct api_hls_stream *stream, struct hub_request *request, const struct want *want)
{
	struct hls_place place;
	enum hls_state state = hls_stream_find(stream->model, want->name, &place);
	struct base_buffer *body = state == HLS_THERE ? api_hls_bytes_get(stream, want->name, &place) : NULL;

	if (state == HLS_COMING)
		return false;
	if (body)
		send_body(stream, request, media_type(want->name), FOREVER, body);
	else
		refuse(stream->all->api, request, 404, "not_found", "There is no such file, or there is no more.");
	return true;
}

static bool answer(struct api_hls_stream *stream, struct hub_request *request, const struct want *want)
{
	if (strcmp(want->name, HLS_INDEX) == 0)
		return answer_index(stream, request, want);
	if (g_str_has_suffix(want->name, ".m3u8"))
		return answer_playlist(stream, request, want);
	return answer_media(stream, request, want);
}

/* ---- waiting ---- */

/* Whose peer has gone makes room. */
static void forget_gone(struct api_hls_stream *stream)
{
	GList *next;

	for (GList *at = stream->held.head; at; at = next) {
		next = at->next;
		if (hub_request_find(stream->all->api->hub, ((struct held *)at->data)->token))
			continue;
		g_free(at->data);
		g_queue_delete_link(&stream->held, at);
	}
}

static void hold(struct api_hls_stream *stream, struct hub_request *request, const struct want *want, int64_t now_us)
{
	struct api *api = stream->all->api;
	guint most = (guint)api->settings->hls_held;
	struct held *held;

	if (stream->held.length >= most)
		forget_gone(stream);
	if (stream->held.length >= most) {
		refuse(api, request, 503, "retry", "Too many requests wait already.");
		return;
	}
	held = g_new0(struct held, 1);
	held->token = hub_request_token(request);
	hub_request_wait(request);
	held->until_us = now_us + HELD_TARGETS * hls_stream_target_us(stream->model);
	held->want = *want;
	g_queue_push_tail(&stream->held, held);
}

/* @return whether it need not wait any longer. */
static bool done(struct api_hls_stream *stream, const struct held *held, int64_t now_us, bool all)
{
	struct hub_request *request = hub_request_find(stream->all->api->hub, held->token);

	if (!request) /* the peer has gone */
		return true;
	if (!all && now_us < held->until_us)
		return answer(stream, request, &held->want);
	stream->all->counters.late++;
	refuse(stream->all->api, request, 503, "retry", "What was asked for did not come in time.");
	return true;
}

static void visit(struct api_hls_stream *stream, int64_t now_us, bool all)
{
	GList *next;

	for (GList *at = stream->held.head; at; at = next) {
		next = at->next;
		if (!done(stream, at->data, now_us, all))
			continue;
		g_free(at->data);
		g_queue_delete_link(&stream->held, at);
	}
}

void api_hls_wake(struct api_hls_stream *stream)
{
	visit(stream, base_clock_monotonic_us(), false);
}

void api_hls_give_up(struct api_hls_stream *stream, int64_t now_us, bool all)
{
	visit(stream, now_us, all);
}

/* ---- the question ---- */

/* A decimal number of the query. @return false when it is there and is none. */
static bool read_number(const struct hub_request *request, const char *name, int64_t *out)
{
	const char *text = hub_request_query(request, name);

	*out = -1;
	if (!text)
		return true;
	if (!*text || strlen(text) > 15 || strspn(text, "0123456789") != strlen(text))
		return false;
	*out = strtoll(text, NULL, 10);
	return true;
}

static bool read_want(const struct hub_request *request, struct want *want)
{
	const char *skip = hub_request_query(request, "_HLS_skip");

	*want = (struct want){.msn = -1};
	if (g_strlcpy(want->name, hub_request_param(request, 1), sizeof want->name) >= sizeof want->name)
		return false;
	if (!read_number(request, "_HLS_msn", &want->msn) || !read_number(request, "_HLS_part", &want->part))
		return false;
	want->skip = skip && (strcmp(skip, "YES") == 0 || strcmp(skip, "v2") == 0);
	return want->part < 0 || want->msn >= 0;
}

void api_hls_get(struct api *api, struct hub_request *request)
{
	int64_t now_us = base_clock_monotonic_us();
	struct api_hls_stream *stream;
	struct base_id show;
	struct want want;

	api->hls->counters.requests++;
	stream = base_id_parse(hub_request_param(request, 0), &show) ? NULL : api_hls_find(api, show);
	if (!stream || !api->settings->hls) {
		refuse(api, request, 404, "not_found", "No such show is on air.");
		return;
	}
	if (!read_want(request, &want)) {
		refuse(api, request, 400, "bad_request", "_HLS_msn and _HLS_part are numbers, the second never alone.");
		return;
	}
	api_hls_asked(stream, request, now_us);
	if (!answer(stream, request, &want))
		hold(stream, request, &want, now_us);
}

void api_hls_options(struct api *api, struct hub_request *request)
{
	static const struct hub_header headers[] = {
	        {"Access-Control-Allow-Origin", "*"},
	        {"Access-Control-Allow-Methods", "GET, OPTIONS"},
	        {"Access-Control-Allow-Headers", "Range"},
	        {"Access-Control-Max-Age", "86400"},
	        {"Allow", "GET, OPTIONS"},
	};

	hub_request_reply(request, 204, NULL, headers, G_N_ELEMENTS(headers), NULL);
}
