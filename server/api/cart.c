/* What a buyer holds and waits for, and what else would ship with it. */
#include <errno.h>

#include "api/resources.h"
#include "api/shelf.h"
#include "base/clock.h"

#define ALSO 6 /* further listings of one seller */

struct cart {
	GArray *holds;
	json_t *waiting, *sellers;
};

static void keep_hold(const struct store_hold *hold, void *ctx)
{
	g_array_append_vals(ctx, hold, 1);
}

static void add_waiting(const struct store_waiting *waiting, void *ctx)
{
	json_array_append_new(ctx, api_encode_waiting(waiting));
}

static const struct store_hold *hold_at(const struct cart *cart, guint i)
{
	return &g_array_index(cart->holds, struct store_hold, i);
}

static bool is_first_of_seller(const struct cart *cart, guint at)
{
	for (guint i = 0; i < at; i++)
		if (base_id_equal(hold_at(cart, i)->seller.id, hold_at(cart, at)->seller.id))
			return false;
	return true;
}

struct also {
	const struct cart *cart;
	struct api_shelf shelf;
};

static void add_also(const struct store_listing *listing, void *ctx)
{
	struct also *also = ctx;

	if (listing->available <= 0 || json_array_size(also->shelf.array) == ALSO)
		return;
	for (guint i = 0; i < also->cart->holds->len; i++)
		if (base_id_equal(hold_at(also->cart, i)->listing, listing->id))
			return;
	api_shelf_add(listing, &also->shelf);
}

static int add_seller(struct api_call *call, struct cart *cart, const struct store_person *person)
{
	struct also also = {.cart = cart};
	struct store_account seller;
	int err = store_account_by_id(call->reader, person->id, &seller);

	if (err)
		return err;
	api_shelf_begin(&also.shelf, call->reader);
	/* Those in stock come first: enough of them that what the cart has already may be left out. */
	if (!seller.banned)
		err = store_shop(call->reader, person->id, NULL, ALSO + cart->holds->len, add_also, &also);
	json_array_append_new(cart->sellers,
	                      json_pack("{s:o, s:I, s:o}", "seller", api_encode_person(person), "shipping",
	                                (json_int_t)seller.shipping, "also", also.shelf.array));
	return err ? err : also.shelf.err;
}

static int fill(struct api_call *call, struct cart *cart)
{
	struct base_id buyer = call->actor.id;
	/* in this order: a wait that becomes a hold meanwhile is both, rather than neither */
	int err = store_waiting_of(call->reader, buyer, NULL, add_waiting, cart->waiting);

	if (!err)
		err = store_holds_open(call->reader, buyer, NULL, keep_hold, cart->holds);
	for (guint i = 0; i < cart->holds->len && !err; i++)
		if (is_first_of_seller(cart, i))
			err = add_seller(call, cart, &hold_at(cart, i)->seller);
	return err;
}

void api_cart_get(struct api_call *call)
{
	struct cart cart = {g_array_new(FALSE, FALSE, sizeof(struct store_hold)), json_array(), json_array()};
	int err = fill(call, &cart);

	if (err) {
		json_decref(cart.waiting);
		json_decref(cart.sellers);
		api_call_store_failed(call, -EIO, "cart");
	} else {
		json_t *holds = json_array();
		for (guint i = 0; i < cart.holds->len; i++)
			json_array_append_new(holds, api_encode_hold(hold_at(&cart, i)));
		api_call_json(call, 200,
		              json_pack("{s:o, s:o, s:o, s:I}", "holds", holds, "waiting", cart.waiting, "sellers",
		                        cart.sellers, "now_ms", (json_int_t)base_clock_utc_ms()));
	}
	g_array_free(cart.holds, TRUE);
}
