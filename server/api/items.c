/* The run of show. */
#include <errno.h>

#include "api/resources.h"
#include "base/clock.h"

#define POSITION_MAX 100000
#define FLASH_MAX_S 86400

/* ---- describing ---- */

struct variants {
	struct store_variant rows[STORE_VARIANTS_MAX];
	size_t count;
};

static void keep_variant(const struct store_variant *variant, void *ctx)
{
	struct variants *variants = ctx;

	if (variants->count < STORE_VARIANTS_MAX)
		variants->rows[variants->count++] = *variant;
}

static int read_variants(struct store_reader *reader, const struct store_listing *listing, struct variants *out)
{
	out->count = 0;
	return listing->variants ? store_variants(reader, listing->id, keep_variant, out) : 0;
}

json_t *api_listings_describe(struct store_reader *reader, const struct store_listing *listing)
{
	struct variants variants;

	if (read_variants(reader, listing, &variants))
		return NULL;
	return api_encode_listing(listing, variants.rows, variants.count);
}

struct run {
	struct store_reader *reader;
	struct base_id featured;
	struct api_wares *wares;
	json_t *array;
	struct variants variants;
	int err;
};

static void visit(const struct store_item *item, void *ctx)
{
	struct run *run = ctx;
	const struct variants *variants = &run->variants;

	if (!run->err)
		run->err = read_variants(run->reader, &item->listing, &run->variants);
	if (run->err)
		return;
	if (run->wares)
		api_wares_put(run->wares, api_ware_new(item, variants->rows, variants->count));
	if (run->array)
		json_array_append_new(run->array, api_encode_item(item, variants->rows, variants->count,
		                                                  base_id_equal(item->id, run->featured)));
}

int api_items_of_show(struct store_reader *reader, const struct store_show *show, struct api_wares *wares, json_t **out)
{
	struct run run = {
	        .reader = reader, .featured = show->featured, .wares = wares, .array = out ? json_array() : NULL};
	int err = store_items(reader, show->id, visit, &run);

	if (!err)
		err = run.err;
	if (err)
		json_decref(run.array);
	else if (out)
		*out = run.array;
	return err;
}

/* ---- changing ---- */

struct changed {
	struct store_item item;
	bool featured;
};

static void answer_item(struct api_call *call, struct base_id id, json_t *item)
{
	if (call->endpoint->method == HUB_POST)
		api_call_json(call, 201, json_pack("{s:o, s:o}", "id", api_encode_id(id), "item", item));
	else
		api_call_json(call, 200, json_pack("{s:o}", "item", item));
}

/* On a jobs thread again: what is true of its variants. */
static void read_item(struct api_call *call)
{
	const struct changed *changed = call->extra;
	const struct store_item *item = &changed->item;
	struct variants variants;

	if (read_variants(call->reader, &item->listing, &variants))
		api_call_store_failed(call, -EIO, "item");
	else
		answer_item(call, item->id, api_encode_item(item, variants.rows, variants.count, changed->featured));
}

static void answer(struct api_call *call, const struct show_result *result)
{
	bool featured = base_id_equal(result->show.featured, result->item.id);
	struct changed *changed;

	if (result->code != SHOW_OK) {
		api_call_show_failed(call, result);
		return;
	}
	if (!result->item.listing.variants) {
		answer_item(call, result->item.id, api_encode_item(&result->item, NULL, 0, featured));
		return;
	}
	changed = g_new(struct changed, 1);
	*changed = (struct changed){result->item, featured};
	call->extra = changed;
	call->free_extra = g_free;
	api_call_submit(call, BASE_JOBS_READ, read_item);
}

void api_items_add(struct api_call *call)
{
	struct store_show show;
	struct show_command *command;
	struct api_fields fields;

	if (!api_call_own_show(call, MAY_EDIT_SHOW, &show))
		return;
	api_fields_init(&fields, call->input);
	struct base_id listing = api_field_id(&fields, "listing", API_REQUIRED);
	int64_t price = api_field_int(&fields, "price", API_OPTIONAL, 1, STORE_PRICE_MAX);
	if (!api_call_fields(call, &fields))
		return;
	command = show_command_new(SHOW_ITEM_ADD);
	command->show_id = show.id;
	command->listing_id = listing;
	command->price = price;
	api_call_command(call, command, answer);
}

/* The item of the path, if it is in the run of the show of the path, which must be the actor's; else the call is ended.
 */
static bool own_item(struct api_call *call, struct store_item *out)
{
	struct store_show show;
	struct base_id id;
	int err;

	if (!api_call_own_show(call, MAY_EDIT_SHOW, &show) || !api_call_param(call, 1, &id))
		return false;
	err = store_item_by_id(call->reader, id, out);
	if (!err && (!base_id_equal(out->show, show.id) || out->removed))
		err = -ENOENT;
	if (err)
		api_call_store_failed(call, err, "item in this show");
	return err == 0;
}

static void read_flash(struct api_fields *fields, struct api_pricing *out)
{
	struct api_fields inner;
	const json_t *flash = api_field_object(fields, "flash", API_OPTIONAL);

	if (!flash)
		return;
	api_fields_init(&inner, flash);
	out->price = api_field_int(&inner, "price", API_REQUIRED, 1, STORE_PRICE_MAX);
	out->until_ms = base_clock_utc_ms() + 1000 * api_field_int(&inner, "seconds", API_REQUIRED, 1, FLASH_MAX_S);
	if (inner.failed)
		api_fields_fail(fields, "flash: %s", inner.why);
}

void api_items_read_pricing(struct api_fields *fields, struct api_pricing *out)
{
	bool flash = json_object_get(fields->object, "flash") != NULL; /* null ends it */

	*out = (struct api_pricing){.mask = flash ? SHOW_SET_FLASH : 0};
	if (api_fields_has(fields, "price"))
		out->mask |= SHOW_SET_PRICE;
	if (api_fields_has(fields, "price") && api_fields_has(fields, "flash"))
		api_fields_fail(fields, "A price and a flash price are set one at a time.");
	read_flash(fields, out);
	if (out->mask & SHOW_SET_PRICE)
		out->price = api_field_int(fields, "price", API_OPTIONAL, 1, STORE_PRICE_MAX);
}

void api_items_update(struct api_call *call)
{
	struct store_item item;
	struct show_command *command;
	struct api_fields fields;
	struct api_pricing pricing;

	if (!own_item(call, &item))
		return;
	api_fields_init(&fields, call->input);
	int64_t position = api_field_int(&fields, "position", API_OPTIONAL, 0, POSITION_MAX);
	api_items_read_pricing(&fields, &pricing);
	if (!api_call_fields(call, &fields))
		return;
	command = show_command_new(SHOW_ITEM_UPDATE);
	command->show_id = item.show;
	command->item_id = item.id;
	command->position = position;
	command->price = pricing.price;
	command->until_ms = pricing.until_ms;
	command->mask = pricing.mask | (api_fields_has(&fields, "position") ? SHOW_SET_POSITION : 0);
	api_call_command(call, command, answer);
}

static void removed(struct api_call *call, const struct show_result *result)
{
	if (result->code != SHOW_OK)
		api_call_show_failed(call, result);
	else
		api_call_empty(call, 204);
}

void api_items_remove(struct api_call *call)
{
	struct store_item item;
	struct show_command *command;

	if (!own_item(call, &item))
		return;
	command = show_command_new(SHOW_ITEM_REMOVE);
	command->show_id = item.show;
	command->item_id = item.id;
	api_call_command(call, command, removed);
}
