#include "api/shelf.h"

static void keep(const struct store_variant *variant, void *ctx)
{
	g_array_append_vals(ctx, variant, 1);
}

void api_shelf_begin(struct api_shelf *shelf, struct store_reader *reader)
{
	*shelf = (struct api_shelf){reader, json_array(), 0};
}

void api_shelf_add(const struct store_listing *listing, void *ctx)
{
	struct api_shelf *shelf = ctx;
	GArray *variants = g_array_new(FALSE, FALSE, sizeof(struct store_variant));

	if (listing->variants > 0 && !shelf->err)
		shelf->err = store_variants(shelf->reader, listing->id, keep, variants);
	json_array_append_new(shelf->array,
	                      api_encode_listing(listing, (const struct store_variant *)variants->data, variants->len));
	g_array_free(variants, TRUE);
}

void api_shelf_answer(struct api_call *call, int err, struct api_shelf *shelf)
{
	api_call_list(call, err ? err : shelf->err, "listings", shelf->array);
}
