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
static const char *const hold_states[] = {"active", "paying", "sold", "released", "expired"};
static const char *const order_states[] = {"paying", "paid", "failed", "cancelled"};
static const char *const chat_roles[] = {"viewer", "host", "moderator", "admin"};

/* Text of the store is UTF-8 by its makers' checks; should it ever not be, a description with holes beats none at all.
 */
static json_t *text(const char *value)
{
	return api_json_string(value);
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

static json_t *photo(struct base_id id)
{
	char buffer[BASE_ID_TEXT];

	if (base_id_is_zero(id))
		return json_null();
	return json_sprintf("/photos/%s.jpg", base_id_format(id, buffer));
}

json_t *api_encode_listing(const struct store_listing *listing)
{
	const struct store_community *community = &listing->community;

	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:s, s:I, s:o, s:o, s:o, s:{s:b, s:I, s:b}, s:I}", "id",
	                 api_encode_id(listing->id), "seller", api_encode_person(&listing->seller), "title",
	                 text(listing->title), "description", text(listing->description), "price",
	                 (json_int_t)listing->price, "currency", listing->currency, "stock",
	                 (json_int_t)listing->available, "size", text(listing->size), "brand", text(listing->brand),
	                 "photo", photo(listing->photo), "community", "ok", community->ok, "floor",
	                 (json_int_t)community->floor, "auction", community->auction, "created_ms",
	                 (json_int_t)listing->created_ms);
}

void api_thumbnail_path(const struct base_settings *settings, struct base_id show, char *out, size_t size)
{
	char id[BASE_ID_TEXT];

	snprintf(out, size, "%s/spool/%s/thumbnail.jpg", settings->data_dir, base_id_format(show, id));
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
	if (for_host)
		json_object_set_new(out, "publish_key", text(show->publish_key));
	return out;
}

json_t *api_encode_item(const struct store_item *item, bool featured)
{
	return json_pack("{s:o, s:I, s:o, s:I, s:s, s:I, s:I, s:b, s:I}", "id", api_encode_id(item->id), "number",
	                 (json_int_t)item->number, "listing", api_encode_listing(&item->listing), "price",
	                 (json_int_t)item->price, "currency", item->listing.currency, "stock",
	                 (json_int_t)item->listing.available, "claimed", (json_int_t)item->claimed, "featured",
	                 featured, "position", (json_int_t)item->position);
}

json_t *api_encode_hold(const struct store_hold *hold)
{
	return json_pack("{s:o, s:o, s:o, s:{s:o, s:o, s:o, s:o}, s:I, s:I, s:s, s:s, s:I}", "id",
	                 api_encode_id(hold->id), "show", api_encode_id(hold->show), "item", api_encode_id(hold->item),
	                 "listing", "id", api_encode_id(hold->listing), "title", text(hold->title), "photo",
	                 photo(hold->photo), "seller", api_encode_name(&hold->seller), "quantity",
	                 (json_int_t)hold->quantity, "price", (json_int_t)hold->price, "currency", hold->currency,
	                 "state", hold_states[hold->state], "expires_at_ms", (json_int_t)hold->expires_ms);
}

json_t *api_encode_order_line(const struct store_order_line *line)
{
	return json_pack("{s:o, s:o, s:o, s:I, s:I}", "listing", api_encode_id(line->listing), "title",
	                 text(line->title), "photo", photo(line->photo), "quantity", (json_int_t)line->quantity,
	                 "price", (json_int_t)line->price);
}

static json_t *address(const struct store_address *a)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "name", text(a->name), "line1", text(a->line1), "line2",
	                 text(a->line2), "city", text(a->city), "postcode", text(a->postcode), "country",
	                 text(a->country));
}

json_t *api_encode_order(const struct store_order *order, json_t *lines)
{
	return json_pack("{s:o, s:s, s:o, s:o, s:I, s:s, s:o, s:I, s:o, s:o}", "id", api_encode_id(order->id), "state",
	                 order_states[order->state], "seller", api_encode_name(&order->seller), "buyer",
	                 api_encode_name(&order->buyer), "total", (json_int_t)order->total, "currency", order->currency,
	                 "address", address(&order->address), "created_ms", (json_int_t)order->created_ms, "paid_ms",
	                 when(order->paid_ms), "lines", lines);
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
