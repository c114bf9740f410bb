/* Broadcast apps: the addresses that a host pastes into one, and what becomes of it. */
#include "api/broadcast.h"

#include <stdlib.h>
#include <string.h>

#include "api/resources.h"

/* ---- addresses ---- */

/* Where clients reach us: as the market is known, else as its media is announced, else as this request came. */
static char *host_name(const struct api_call *call)
{
	const struct base_settings *s = call->api->settings;
	const char *text = *s->public_url ? strstr(s->public_url, "://") + 3 : s->announce;
	size_t len = *text == '[' ? strcspn(text, "]") + 1 : strcspn(text, ":,/ ");

	if (!*s->public_url) { /* bare addresses, of which those of IPv6 have colons */
		text = *s->announce ? s->announce : call->host[0] ? call->host : "localhost";
		len = strcspn(text, ", ");
	}
	if (*text != '[' && memchr(text, ':', len))
		return g_strdup_printf("[%.*s]", (int)len, text);
	return g_strndup(text, len);
}

static json_t *srt(const struct api_call *call, const char *show, const char *key)
{
	int port = atomic_load(&call->api->srt_port);
	g_autofree char *host = host_name(call);

	if (!port)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:b}", "url", json_sprintf("srt://%s:%d", host, port), "streamid",
	                 json_sprintf("%s:%s", show, key), "paste",
	                 json_sprintf("srt://%s:%d?streamid=%s:%s", host, port, show, key), "passphrase",
	                 *call->api->settings->srt_passphrase != '\0');
}

static json_t *rtmp(const struct api_call *call, const char *show, const char *key)
{
	const char *url = call->api->settings->rtmp_url;

	if (!*url)
		return json_null();
	return json_pack("{s:s, s:o, s:o}", "server", url, "stream_key", json_sprintf("%s?key=%s", show, key), "paste",
	                 json_sprintf("%s/%s?key=%s", url, show, key));
}

static const char *const vias[] = {[API_VIA_SRT] = "srt", [API_VIA_RTMP] = "rtmp"};

static json_t *encode(uint8_t via, bool lost)
{
	if (via == API_VIA_NONE)
		return json_null();
	return json_pack("{s:s, s:s}", "via", vias[via], "state", lost ? "lost" : "on");
}

void api_broadcast_addresses(const struct api_call *call, const struct store_show *show, json_t *out)
{
	struct api_board_row row = api_board_get(call->api->scene.board, show->id);
	const char *key = show->publish_key;
	char id[BASE_ID_TEXT];
	json_t *ingest = json_null();

	base_id_format(show->id, id);
	if (*key && show->state != STORE_SHOW_ENDED)
		ingest = json_pack("{s:{s:o, s:s}, s:o, s:o}", "whip", "url",
		                   json_sprintf("%s/whip/%s", call->api->settings->public_url, id), "token", key, "srt",
		                   srt(call, id, key), "rtmp", rtmp(call, id, key));
	json_object_set_new(out, "ingest", ingest);
	json_object_set_new(out, "broadcast", encode(row.via, row.lost));
}

void api_srt_ready(struct api *api, int port)
{
	atomic_store(&api->srt_port, port);
}

/* ---- what becomes of an app ---- */

static const struct {
	const char *code, *text;
} problems[] = {
        {"b_frames", "Your app sends B-frames, which live viewers cannot be shown. Set B-frames to 0, or tune to "
                     "zerolatency, or choose the profile baseline; then start again."},
        {"codec", "Your app sends a picture that is not H.264 of 8 bits, 4:2:0. Choose H.264; then start again."},
        {"size", "Your app's picture is larger than 4096 pixels. Make it smaller; then start again."},
        {"too_fast", "Your app sends more than this market takes. Lower its bitrate; then start again."},
        {"no_time", "This market's machine has no time for your picture at the moment."},
        {"decoder", "What your app sends cannot be read."},
        {"audio_codec", "Your app's sound is neither AAC nor Opus: viewers hear nothing. Choose AAC."},
        {"keyframes",
         "Your app's keyframes are more than five seconds apart: who joins waits for long. Set the keyframe "
         "interval to 2 seconds."},
};

static json_t *problem(const char *code)
{
	for (size_t i = 0; i < G_N_ELEMENTS(problems); i++)
		if (g_str_equal(problems[i].code, code))
			return json_pack("{s:s, s:s}", "code", code, "text", problems[i].text);
	return json_null();
}

struct news {
	struct base_mail mail; /* first */
	struct api *api;
	struct api_broadcast about;
};

static void deliver(struct base_mail *mail, void *owner)
{
	struct news *news = (struct news *)mail;
	const struct api_broadcast *about = &news->about;
	struct api *api = news->api;
	struct api_board_row row;
	struct base_buffer *told;

	if (about->state == API_BROADCAST_ON && api->hosted)
		api->hosted(about->show, api->ctx);
	if (about->state != API_BROADCAST_PROBLEM)
		api_board_broadcast(api->scene.board, about->show,
		                    about->state == API_BROADCAST_OFF ? API_VIA_NONE : (uint8_t)about->via,
		                    about->state == API_BROADCAST_LOST);
	row = api_board_get(api->scene.board, about->show);
	told = api_json_take(json_pack("{s:s, s:o, s:o, s:o}", "type", "broadcast", "show", api_encode_id(about->show),
	                               "broadcast", encode(row.via, row.lost), "problem", problem(about->code)));
	api_people_send(api, about->host, HUB_MUST, told);
	base_buffer_unref(told);
	free(news);
}

void api_broadcast_news(struct api *api, const struct api_broadcast *about)
{
	struct news *news = calloc(1, sizeof *news);

	if (!news)
		abort();
	news->mail.deliver = deliver;
	news->api = api;
	news->about = *about;
	hub_post(api->hub, &news->mail);
}
