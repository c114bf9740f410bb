/* Uploading and serving the photos of listings. */
#include "api/photos.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/resources.h"
#include "api/whip_rules.h"

#define UPLOADS_MAX 8 /* at once: each may hold max_photo_bytes */

int api_photo_import(const struct base_settings *settings, const uint8_t *data, size_t len, struct base_id *id)
{
	return api_photo_make(settings, (const char *const[]){"--photo", "--max-edge", "1080", NULL}, data, len, id);
}

static atomic_int uploads; /* whose bytes are in memory */

struct upload {
	struct base_id listing;
	struct base_id before, made; /* the listing's photo until now, and from now on */
};

static void upload_free(void *upload)
{
	atomic_fetch_sub(&uploads, 1);
	g_free(upload);
}

bool api_photos_prepare(struct api_call *call, struct hub_request *request)
{
	const char *type = hub_request_header(request, "content-type");
	char address[64];
	int64_t retry_s;

	if (!api_whip_is_type(type, "image/jpeg") && !api_whip_is_type(type, "image/png") &&
	    !api_whip_is_type(type, "image/webp")) {
		api_call_fail(call, 415, "unsupported_media", "Send image/jpeg, image/png or image/webp.");
		return false;
	}
	api_limiter_address(call->address, address);
	if (call->api->settings->rate_limits &&
	    !api_limiter_take(call->api->photos, address, call->arrived_us, &retry_s)) {
		api_call_fail(call, 429, "rate_limited", "Too many photos: try again in %lld s.", (long long)retry_s);
		return false;
	}
	if (atomic_fetch_add(&uploads, 1) >= UPLOADS_MAX) {
		atomic_fetch_sub(&uploads, 1);
		api_call_fail(call, 503, "retry", "Many photos are being worked on: try again in a moment.");
		return false;
	}
	call->extra = g_new0(struct upload, 1);
	call->free_extra = upload_free;
	return true;
}

void api_photos_admit(struct api_call *call)
{
	struct store_listing listing;

	if (api_call_own_listing(call, MAY_EDIT_LISTING, &listing))
		api_call_admit(call);
}

static void added(struct api_call *call, const struct show_result *result)
{
	const struct upload *upload = call->extra;
	char id[BASE_ID_TEXT];

	api_photo_forget(call->api, upload->listing, result->code == SHOW_OK ? upload->before : upload->made);
	if (result->code != SHOW_OK)
		api_call_show_failed(call, result);
	else
		api_call_json(call, 201,
		              json_pack("{s:o}", "photo",
		                        json_sprintf("/photos/%s.jpg", base_id_format(result->listing.photo, id))));
}

static void refuse(struct api_call *call, int err)
{
	switch (err) {
	case -EILSEQ:
		api_call_fail(call, 415, "unsupported_media", "This is no picture: send JPEG, PNG or WebP.");
		break;
	case -EFBIG:
		api_call_fail(call, 413, "too_large", "The picture has too many pixels.");
		break;
	case -ETIME:
		api_call_fail(call, 422, "unsupported_media", "The picture took too long to read.");
		break;
	case -ENOSPC:
	case -EROFS:
	case -EDQUOT:
		api_call_fail(call, 503, "unavailable", "The server has no room for photos now.");
		break;
	default:
		api_call_fail(call, 503, "retry", "The picture could not be worked on: try again.");
	}
}

void api_photos_add(struct api_call *call)
{
	struct upload *upload = call->extra;
	struct store_listing listing;
	struct show_command *command;
	int err;

	if (!api_call_own_listing(call, MAY_EDIT_LISTING, &listing))
		return;
	if (call->body_len == 0) {
		api_call_fail(call, 400, "bad_request", "The body is empty.");
		return;
	}
	err = api_photo_import(call->api->settings, call->body, call->body_len, &upload->made);
	if (err) {
		refuse(call, err);
		return;
	}
	command = show_command_new(SHOW_LISTING_PHOTO);
	command->listing_id = listing.id;
	command->listing.id = listing.id;
	command->listing.photo = upload->made;
	upload->listing = listing.id;
	upload->before = listing.photo;
	api_call_command(call, command, added);
}

void api_photos_get(struct api *api, struct hub_request *request)
{
	const char *file = hub_request_param(request, 0);
	char text[BASE_ID_TEXT], path[4200];
	struct base_id id;

	g_strlcpy(text, file, sizeof text);
	if (strlen(file) != BASE_ID_TEXT - 1 + 4 || !g_str_has_suffix(file, ".jpg") || base_id_parse(text, &id)) {
		hub_request_problem(request, 404, "not_found", "There is no such photo.");
		return;
	}
	snprintf(path, sizeof path, "%s/photos/%s.jpg", api->settings->data_dir, base_id_format(id, text));
	hub_request_reply_file(request, path, "image/jpeg", "public, max-age=31536000, immutable");
}
