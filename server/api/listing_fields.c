#include "api/listing_fields.h"

#include <glib.h>
#include <string.h>

/* What an edit does not name stays as it was. */
static void read_community(struct api_fields *fields, enum api_need need, struct api_listing_wish *out)
{
	struct store_community *terms = &out->listing.community;
	struct api_fields inner;
	const json_t *object = api_field_object(fields, "community", API_OPTIONAL);

	if (!object)
		return;
	api_fields_init(&inner, object);
	terms->ok = api_field_bool(&inner, "ok", need);
	terms->floor = api_field_int(&inner, "floor", API_OPTIONAL, 0, STORE_PRICE_MAX);
	terms->auction = api_field_bool(&inner, "auction", API_OPTIONAL);
	out->mask |= api_fields_has(&inner, "ok") ? SHOW_SET_COMMUNITY_OK : 0;
	out->mask |= api_fields_has(&inner, "floor") ? SHOW_SET_COMMUNITY_FLOOR : 0;
	out->mask |= api_fields_has(&inner, "auction") ? SHOW_SET_COMMUNITY_AUCTION : 0;
	if (inner.failed)
		api_fields_fail(fields, "community: %s", inner.why);
}

static void read_currency(struct api_fields *fields, const char *usual, char out[4])
{
	char currency[4];

	if (!api_field_line(fields, "currency", API_OPTIONAL, 3, 3, currency))
		g_strlcpy(currency, usual, sizeof currency);
	for (int i = 0; i < 3 && !fields->failed; i++)
		if (!g_ascii_isupper(currency[i]))
			api_fields_fail(fields, "\"currency\" must be an ISO 4217 code such as EUR.");
	g_strlcpy(out, currency, 4);
}

static void read_texts(struct api_fields *fields, enum api_need need, struct api_listing_wish *wish)
{
	struct store_listing *out = &wish->listing;

	api_field_line(fields, "title", need, 1, 200, out->title);
	api_field_text(fields, "description", API_OPTIONAL, 0, sizeof out->description - 1, out->description);
	api_field_line(fields, "size", API_OPTIONAL, 0, sizeof out->size - 1, out->size);
	api_field_line(fields, "brand", API_OPTIONAL, 0, sizeof out->brand - 1, out->brand);
	out->price = api_field_int(fields, "price", need, 1, STORE_PRICE_MAX);
	if (api_fields_has(fields, "shop"))
		out->shop = api_field_bool(fields, "shop", API_OPTIONAL);
	read_community(fields, need, wish);
}

/* ---- variants ---- */

static void read_names(struct api_fields *f, struct api_listing_wish *out, size_t i)
{
	struct show_variant *variant = &out->variants[i];

	api_field_line(f, "size", API_OPTIONAL, 0, sizeof variant->size - 1, variant->size);
	api_field_line(f, "colour", API_OPTIONAL, 0, sizeof variant->colour - 1, variant->colour);
	variant->mask |= api_fields_has(f, "size") ? SHOW_SET_SIZE : 0;
	variant->mask |= api_fields_has(f, "colour") ? SHOW_SET_COLOUR : 0;
	if (base_id_is_zero(variant->id) && !variant->size[0] && !variant->colour[0])
		api_fields_fail(f, "A size or a colour is wanted.");
}

static void read_new_variant(struct api_fields *f, struct api_listing_wish *out, size_t i)
{
	read_names(f, out, i);
	out->variants[i].stock_delta = api_field_int(f, "stock", API_REQUIRED, 0, STORE_COUNT_MAX);
}

static void read_changed_variant(struct api_fields *f, struct api_listing_wish *out, size_t i)
{
	struct show_variant *variant = &out->variants[i];

	variant->id = api_field_id(f, "id", API_OPTIONAL);
	read_names(f, out, i);
	variant->stock_delta = api_field_int(f, "stock_delta", API_OPTIONAL, -STORE_COUNT_MAX, STORE_COUNT_MAX);
	if (api_fields_has(f, "remove"))
		variant->removed = api_field_bool(f, "remove", API_OPTIONAL);
}

static void read_variants(struct api_fields *fields,
                          void (*read)(struct api_fields *f, struct api_listing_wish *out, size_t i),
                          struct api_listing_wish *out)
{
	const json_t *array = json_object_get(fields->object, "variants"), *entry;
	size_t i;

	if (!api_fields_has(fields, "variants") || fields->failed)
		return;
	if (!json_is_array(array) || json_array_size(array) > STORE_VARIANTS_MAX) {
		api_fields_fail(fields, "\"variants\" must be a list of at most %d.", STORE_VARIANTS_MAX);
		return;
	}
	json_array_foreach(array, i, entry)
	{
		struct api_fields inner;

		api_fields_init(&inner, entry);
		if (json_is_object(entry))
			read(&inner, out, i);
		else
			api_fields_fail(&inner, "an object is wanted.");
		if (inner.failed)
			api_fields_fail(fields, "variants[%zu]: %s", i, inner.why);
	}
	out->variants_count = json_array_size(array);
}

/* ---- the whole ---- */

void api_listing_read_new(struct api_fields *fields, const char *usual_currency, struct api_listing_wish *out)
{
	memset(out, 0, sizeof *out);
	read_texts(fields, API_REQUIRED, out);
	read_currency(fields, usual_currency, out->listing.currency);
	read_variants(fields, read_new_variant, out);
	if (!out->variants_count)
		out->listing.available = api_field_int(fields, "stock", API_REQUIRED, 0, STORE_COUNT_MAX);
	else if (api_fields_has(fields, "stock"))
		api_fields_fail(fields, "Where there are variants, each has its own \"stock\".");
}

static const struct {
	const char *name;
	uint32_t mask;
} editable[] = {
        {"title", SHOW_SET_TITLE}, {"description", SHOW_SET_DESCRIPTION},
        {"price", SHOW_SET_PRICE}, {"size", SHOW_SET_SIZE},
        {"brand", SHOW_SET_BRAND}, {"stock_delta", SHOW_SET_STOCK},
        {"shop", SHOW_SET_SHOP},
};

void api_listing_read_change(struct api_fields *fields, struct api_listing_wish *out)
{
	memset(out, 0, sizeof *out);
	read_texts(fields, API_OPTIONAL, out);
	out->stock_delta = api_field_int(fields, "stock_delta", API_OPTIONAL, -STORE_COUNT_MAX, STORE_COUNT_MAX);
	read_variants(fields, read_changed_variant, out);
	for (size_t i = 0; i < G_N_ELEMENTS(editable); i++)
		if (api_fields_has(fields, editable[i].name))
			out->mask |= editable[i].mask;
}
