#include "api/encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api/json.h"
#include "api/may.h"

static const char *const role_names[] = {"user", "moderator", "admin"};
static const char *const hosting_names[] = {"no", "asked", "approved"};
static const char *const show_states[] = {"scheduled", "live", "ended"};
static const char *const hold_states[] = {"active", "paying", "sold", "released", "expired", "returned"};
static const char *const waiting_states[] = {"waiting", "served", "left", "lapsed", "closed"};
static const char *const chat_roles[] = {"viewer", "host", "moderator", "admin"};

/* Text of the store is UTF-8 by its makers' checks; should it ever not be, a description with holes beats none at all.
 */
static json_t *text(const char *value)
{
	return api_json_string(value);
}

static json_t *text_or_null(const char *value)
{
	return *value ? text(value) : json_null();
}

static json_t *when(int64_t ms)
{
	return ms ? json_integer(ms) : json_null();
}

json_t *api_encode_id(struct base_id id)
{
	char buffer[BASE_ID_TEXT];

	return base_id_is_zero(id) ? json_null() : json_string(base_id_format(id, buffer));
}

json_t *api_encode_person(const struct store_person *person)
{
	return json_pack("{s:o, s:o, s:o}", "id", api_encode_id(person->id), "username", text(person->username),
	                 "display_name", text(person->display_name));
}

json_t *api_encode_name(const struct store_person *person)
{
	return json_pack("{s:o, s:o}", "id", api_encode_id(person->id), "display_name", text(person->display_name));
}

json_t *api_encode_account(const struct api_scene *scene, const struct store_account *account)
{
	struct api_actor actor = api_actor_of(scene->settings, account);

	return json_pack("{s:o, s:o, s:o, s:s, s:b, s:s}", "id", api_encode_id(account->person.id), "username",
	                 text(account->person.username), "display_name", text(account->person.display_name), "role",
	                 role_names[account->role], "may_host", api_may(&actor, MAY_MAKE_SHOW, NULL), "hosting",
	                 hosting_names[account->hosting]);
}

json_t *api_encode_photo(struct base_id id)
{
	char buffer[BASE_ID_TEXT];

	if (base_id_is_zero(id))
		return json_null();
	return json_sprintf("/photos/%s.jpg", base_id_format(id, buffer));
}

static json_t *variant(const struct store_variant *v)
{
	return json_pack("{s:o, s:o, s:o, s:I, s:I}", "id", api_encode_id(v->id), "size", text(v->size), "colour",
	                 text(v->colour), "stock", (json_int_t)v->available, "held", (json_int_t)v->held);
}

static json_t *variants_of(const struct store_variant *variants, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		if (!variants[i].removed)
			json_array_append_new(list, variant(&variants[i]));
	return list;
}

json_t *api_encode_listing(const struct store_listing *listing, const struct store_variant *variants, size_t count)
{
	const struct store_community *community = &listing->community;

	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:b, s:{s:b, s:I, s:b}, s:I}",
	                 "id", api_encode_id(listing->id), "seller", api_encode_person(&listing->seller), "title",
	                 text(listing->title), "description", text(listing->description), "price",
	                 (json_int_t)listing->price, "currency", listing->currency, "stock",
	                 (json_int_t)listing->available, "held", (json_int_t)listing->held, "size", text(listing->size),
	                 "brand", text(listing->brand), "photo", api_encode_photo(listing->photo), "variants",
	                 variants_of(variants, count), "shop", listing->shop, "community", "ok", community->ok, "floor",
	                 (json_int_t)community->floor, "auction", community->auction, "created_ms",
	                 (json_int_t)listing->created_ms);
}

void api_thumbnail_path(const struct base_settings *settings, struct base_id show, char *out, size_t size)
{
	char id[BASE_ID_TEXT];

	snprintf(out, size, "%s/%s/thumbnail.jpg", settings->spool_dir, base_id_format(show, id));
}

/* Its address changes with the picture, so that pages see a new one without asking twice. */
static json_t *thumbnail(const struct api_scene *scene, const struct store_show *show)
{
	char path[4200], id[BASE_ID_TEXT];
	struct stat st;

	if (show->state != STORE_SHOW_LIVE)
		return json_null();
	api_thumbnail_path(scene->settings, show->id, path, sizeof path);
	if (stat(path, &st))
		return json_null();
	return json_sprintf("/api/v1/shows/%s/thumbnail.jpg?v=%lld", base_id_format(show->id, id),
	                    (long long)st.st_mtim.tv_sec);
}

json_t *api_encode_show(const struct api_scene *scene, const struct store_show *show, bool for_host)
{
	struct api_board_row row = api_board_get(scene->board, show->id);
	json_t *starts = json_null(), *out;
	char at[32];

	if (show->starts_ms) {
		api_time_format(show->starts_ms, at);
		starts = json_string(at);
	}
	out = json_pack("{s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:I, s:b, s:o}", "id", api_encode_id(show->id), "title",
	                text(show->title), "host", api_encode_person(&show->host), "state", show_states[show->state],
	                "starts_at", starts, "started_ms", when(show->started_ms), "ended_ms", when(show->ended_ms),
	                "viewers", (json_int_t)row.viewers, "picture", row.picture, "thumbnail",
	                thumbnail(scene, show));
	json_object_set_new(out, "replay", json_boolean(show->state == STORE_SHOW_ENDED && show->recorded));
	if (for_host)
		json_object_set_new(out, "publish_key", text_or_null(show->publish_key));
	return out;
}

static json_t *flash(const struct store_item *item)
{
	if (!item->flash_until_ms)
		return json_null();
	return json_pack("{s:I, s:I}", "price", (json_int_t)item->flash_price, "until_ms",
	                 (json_int_t)item->flash_until_ms);
}

json_t *api_encode_item(const struct store_item *item, const struct store_variant *variants, size_t count,
                        bool featured)
{
	return json_pack("{s:o, s:I, s:o, s:I, s:o, s:s, s:I, s:I, s:I, s:b, s:I}", "id", api_encode_id(item->id),
	                 "number", (json_int_t)item->number, "listing",
	                 api_encode_listing(&item->listing, variants, count), "price", (json_int_t)item->price, "flash",
	                 flash(item), "currency", item->listing.currency, "stock", (json_int_t)item->listing.available,
	                 "claimed", (json_int_t)item->claimed, "waiting", (json_int_t)item->waiting, "featured",
	                 featured, "position", (json_int_t)item->position);
}

json_t *api_encode_hold(const struct store_hold *hold)
{
	return json_pack("{s:o, s:o, s:o, s:I, s:{s:o, s:o, s:o, s:o}, s:o, s:I, s:I, s:s, s:s, s:I}", "id",
	                 api_encode_id(hold->id), "show", api_encode_id(hold->show), "item", api_encode_id(hold->item),
	                 "number", (json_int_t)hold->number, "listing", "id", api_encode_id(hold->listing), "title",
	                 text(hold->title), "photo", api_encode_photo(hold->photo), "seller",
	                 api_encode_name(&hold->seller), "variant", text_or_null(hold->variant_name), "quantity",
	                 (json_int_t)hold->quantity, "price", (json_int_t)hold->price, "currency", hold->currency,
	                 "state", hold_states[hold->state], "expires_at_ms", (json_int_t)hold->expires_ms);
}

json_t *api_encode_waiting(const struct store_waiting *waiting)
{
	return json_pack("{s:o, s:o, s:o, s:{s:o, s:o}, s:o, s:I, s:I, s:I, s:I, s:s, s:o}", "id",
	                 api_encode_id(waiting->id), "show", api_encode_id(waiting->show), "item",
	                 api_encode_id(waiting->item), "listing", "id", api_encode_id(waiting->listing), "title",
	                 text(waiting->title), "variant", text_or_null(waiting->variant_name), "quantity",
	                 (json_int_t)waiting->quantity, "price", (json_int_t)waiting->price, "place",
	                 (json_int_t)waiting->place, "created_ms", (json_int_t)waiting->created_ms, "state",
	                 waiting_states[waiting->state], "hold", api_encode_id(waiting->hold));
}

json_t *api_encode_with_buyer(json_t *object, const struct store_person *buyer)
{
	json_object_set_new(object, "buyer", api_encode_name(buyer));
	return object;
}

json_t *api_encode_audit(const struct store_audit *entry)
{
	return json_pack("{s:o, s:I, s:{s:o, s:o}, s:o, s:o, s:o}", "id", api_encode_id(entry->id), "at_ms",
	                 (json_int_t)entry->at_ms, "actor", "id", api_encode_id(entry->actor.id), "username",
	                 text(entry->actor.username), "verb", text(entry->verb), "object", text(entry->object),
	                 "detail", text(entry->detail));
}

json_t *api_encode_line(const struct chat_line *line)
{
	return json_pack("{s:o, s:I, s:{s:o, s:o, s:s}, s:o}", "id", text(line->id), "at_ms", (json_int_t)line->at_ms,
	                 "author", "id", text(line->author.id), "name", text(line->author.name), "role",
	                 chat_roles[line->author.role], "text", text(line->text));
}
