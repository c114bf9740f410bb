/* Clips of listings: where they are shown, their movies and posters. */
#include <stdio.h>
#include <string.h>

#include "api/replays.h"
#include "api/resources.h"

#define MOST 20
#define CACHE "public, max-age=3600" /* not for good: it may be taken down */

static void add(const struct store_clip *clip, void *ctx)
{
	char id[BASE_ID_TEXT];

	base_id_format(clip->id, id);
	json_array_append_new(
	        ctx, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I}", "id", id, "show",
	                       api_encode_id(clip->show), "show_title", api_json_string(clip->title), "listing",
	                       api_encode_id(clip->listing), "url", json_sprintf("/clips/%s.mp4", id), "poster",
	                       json_sprintf("/clips/%s.jpg", id), "duration_ms", (json_int_t)clip->duration_ms, "bytes",
	                       (json_int_t)clip->bytes, "at_ms", (json_int_t)clip->from_ms));
}

void api_clips_list(struct api_call *call)
{
	struct store_listing listing;
	struct base_id id;
	json_t *clips;
	int err;

	if (!api_call_param(call, 0, &id))
		return;
	err = store_listing_by_id(call->reader, id, &listing);
	if (err) {
		api_call_store_failed(call, err, "listing");
		return;
	}
	clips = json_array();
	api_call_list(call, store_clips_of_listing(call->reader, id, MOST, add, clips), "clips", clips);
}

/* <id>.mp4 or <id>.jpg. @return its content type; NULL: it is neither */
static const char *parse(const char *name, struct base_id *id)
{
	char text[BASE_ID_TEXT];
	const char *ending = name + BASE_ID_TEXT - 1;

	if (strlen(name) != BASE_ID_TEXT - 1 + 4)
		return NULL;
	memcpy(text, name, BASE_ID_TEXT - 1);
	text[BASE_ID_TEXT - 1] = '\0';
	if (base_id_parse(text, id))
		return NULL;
	if (strcmp(ending, ".mp4") == 0)
		return "video/mp4";
	return strcmp(ending, ".jpg") == 0 ? "image/jpeg" : NULL;
}

void api_clips_file(struct api_call *call)
{
	struct store_recording recording;
	struct store_clip clip;
	char folder[4300], path[4400];
	struct base_id id;
	const char *type = parse(call->params[0], &id);
	int err;

	if (!type) {
		api_call_fail(call, 404, "not_found", "There is no such file.");
		return;
	}
	err = store_clip_by_id(call->reader, id, &clip);
	if (err) {
		api_call_store_failed(call, err, "clip");
		return;
	}
	if (!api_replay_open(call, clip.show, &recording))
		return;
	api_replay_folder(call->api->settings, clip.show, folder, sizeof folder);
	snprintf(path, sizeof path, "%s/clip-%s", folder, call->params[0]);
	api_call_header(call, "Access-Control-Allow-Origin", "*");
	if (strcmp(call->queries[0], "1") == 0)
		api_call_header(call, "Content-Disposition", "attachment");
	api_call_file(call, path, type, CACHE);
}
