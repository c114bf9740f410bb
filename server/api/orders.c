/* Cart, checkout, orders. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "api/resources.h"

#define MOST 100

static void add_hold(const struct store_hold *hold, void *ctx)
{
	json_array_append_new(ctx, api_encode_hold(hold));
}

void api_orders_cart(struct api_call *call)
{
	json_t *holds = json_array();
	int err = store_holds_open(call->reader, call->actor.id, NULL, add_hold, holds);

	if (err) {
		json_decref(holds);
		api_call_store_failed(call, err, "cart");
		return;
	}
	api_call_json(call, 200, json_pack("{s:o}", "holds", holds));
}

/* ---- checkout ---- */

static void read_address(struct api_fields *fields, struct store_address *out)
{
	struct api_fields inner;
	const json_t *object = api_field_object(fields, "address", API_REQUIRED);

	if (!object)
		return;
	api_fields_init(&inner, object);
	api_field_line(&inner, "name", API_REQUIRED, 1, sizeof out->name - 1, out->name);
	api_field_line(&inner, "line1", API_REQUIRED, 1, sizeof out->line1 - 1, out->line1);
	api_field_line(&inner, "line2", API_OPTIONAL, 0, sizeof out->line2 - 1, out->line2);
	api_field_line(&inner, "city", API_REQUIRED, 1, sizeof out->city - 1, out->city);
	api_field_line(&inner, "postcode", API_REQUIRED, 1, sizeof out->postcode - 1, out->postcode);
	api_field_line(&inner, "country", API_REQUIRED, 2, 2, out->country);
	if (!inner.failed && (!g_ascii_isupper(out->country[0]) || !g_ascii_isupper(out->country[1])))
		api_fields_fail(&inner, "\"country\" must be an ISO 3166 code such as AT.");
	if (inner.failed)
		api_fields_fail(fields, "address: %s", inner.why);
}

static void read_card(struct api_fields *fields, char *out, size_t size)
{
	struct api_fields inner;
	const json_t *object = api_field_object(fields, "payment", API_REQUIRED);
	const char *card;

	out[0] = '\0';
	if (!object)
		return;
	api_fields_init(&inner, object);
	card = api_field_raw(&inner, "card", API_REQUIRED, size - 1);
	if (card && (strlen(card) < 12 || strspn(card, "0123456789") != strlen(card)))
		api_fields_fail(&inner, "\"card\" must be 12 to 19 digits.");
	if (inner.failed)
		api_fields_fail(fields, "payment: %s", inner.why);
	else
		g_strlcpy(out, card, size);
}

struct bought {
	struct store_order order;
	bool declined;
	char detail[160];
};

/* On a jobs thread again: what the order is made of. */
static void show_order(struct api_call *call)
{
	const struct bought *bought = call->extra;
	json_t *lines = api_orders_lines(call->reader, bought->order.id), *body;

	/* The payment has been decided: that must be told, whether the lines can be read or not. */
	body = json_pack("{s:o}", "order", api_encode_order(&bought->order, lines ? lines : json_array()));
	if (bought->declined)
		api_call_fail_with(call, 402, "payment_declined", bought->detail, body);
	else
		api_call_json(call, 200, body);
}

static void checked_out(struct api_call *call, const struct show_result *result)
{
	bool declined = result->code == SHOW_DECLINED;
	struct bought *bought;

	if (result->code != SHOW_OK && !(declined && !base_id_is_zero(result->order.id))) {
		api_call_show_failed(call, result);
		return;
	}
	bought = g_new0(struct bought, 1);
	bought->order = result->order;
	bought->declined = declined;
	g_snprintf(bought->detail, sizeof bought->detail, "%s",
	           result->detail[0] ? result->detail : "The payment was declined.");
	call->extra = bought;
	call->free_extra = g_free;
	call->authenticate = false;
	api_call_submit(call, BASE_JOBS_READ, show_order);
}

void api_orders_check_out(struct api_call *call)
{
	struct show_command *command;
	struct store_address address = {0};
	struct api_fields fields;
	char key[64], card[sizeof command->card];

	api_fields_init(&fields, call->input);
	struct base_id seller = api_field_id(&fields, "seller", API_REQUIRED);
	read_address(&fields, &address);
	api_field_key(&fields, "key", key);
	read_card(&fields, card, sizeof card);
	if (!api_call_fields(call, &fields))
		return;
	command = show_command_new(SHOW_CHECKOUT);
	command->seller_id = seller;
	command->address = address;
	g_strlcpy(command->key, key, sizeof command->key);
	g_strlcpy(command->card, card, sizeof command->card);
	sodium_memzero(card, sizeof card);
	json_decref(call->input);
	call->input = NULL;
	api_call_command(call, command, checked_out);
}

/* ---- orders ---- */

static void add_line(const struct store_order_line *line, void *ctx)
{
	json_array_append_new(ctx, api_encode_order_line(line));
}

json_t *api_orders_lines(struct store_reader *reader, struct base_id order)
{
	json_t *lines = json_array();

	if (store_order_lines(reader, order, add_line, lines)) {
		json_decref(lines);
		return NULL;
	}
	return lines;
}

static void keep(const struct store_order *order, void *ctx)
{
	g_array_append_vals(ctx, order, 1);
}

static json_t *with_lines(struct api_call *call, const GArray *orders)
{
	json_t *out = json_array();

	for (guint i = 0; i < orders->len; i++) {
		const struct store_order *order = &g_array_index(orders, struct store_order, i);
		json_t *lines = api_orders_lines(call->reader, order->id);

		if (!lines) {
			json_decref(out);
			return NULL;
		}
		json_array_append_new(out, api_encode_order(order, lines));
	}
	return out;
}

void api_orders_list(struct api_call *call)
{
	bool as_seller = call->has_query[0] && strcmp(call->queries[0], "seller") == 0;
	GArray *orders;
	json_t *out = NULL;

	if (call->has_query[0] && !as_seller && strcmp(call->queries[0], "buyer") != 0) {
		api_call_fail(call, 400, "bad_request", "\"as\" must be buyer or seller.");
		return;
	}
	orders = g_array_new(FALSE, FALSE, sizeof(struct store_order));
	if (!store_orders(call->reader, call->actor.id, as_seller, MOST, keep, orders))
		out = with_lines(call, orders);
	g_array_free(orders, TRUE);
	if (out)
		api_call_json(call, 200, json_pack("{s:o}", "orders", out));
	else
		api_call_store_failed(call, -1, "order");
}

void api_orders_get(struct api_call *call)
{
	struct store_order order;
	struct base_id id;
	json_t *lines;
	int err;

	if (!api_call_param(call, 0, &id))
		return;
	err = store_order_by_id(call->reader, id, &order);
	if (err) {
		api_call_store_failed(call, err, "order");
		return;
	}
	if (!api_may(&call->actor, MAY_SEE_ORDER,
	             &(struct api_object){.owner = order.buyer.id,
	                                  .other = order.paid_ms ? order.seller.id : (struct base_id){{0}}})) {
		/* Whether an order exists is nobody else's business. */
		api_call_store_failed(call, -ENOENT, "order");
		return;
	}
	lines = api_orders_lines(call->reader, id);
	if (lines)
		api_call_json(call, 200, json_pack("{s:o}", "order", api_encode_order(&order, lines)));
	else
		api_call_store_failed(call, -1, "order");
}
