/* Orders as their buyers and sellers see them, and what becomes of them once they are paid. */
#include <string.h>

#include "api/purchase.h"
#include "api/query.h"
#include "api/resources.h"

#define MOST 100

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
	struct store_orders_wanted wanted = {.who = call->actor.id, .state = -1};
	struct base_id before;
	bool further;
	GArray *orders;
	json_t *out = NULL;

	if (!api_query_as_seller(call, 0, &wanted.as_seller) || !api_query_id(call, 2, &before, &further))
		return;
	if (call->has_query[1] && (wanted.state = api_order_state_parse(call->queries[1])) < 0) {
		api_call_fail(call, 400, "bad_request",
		              "\"state\" must be paying, paid, failed, cancelled or shipped.");
		return;
	}
	wanted.before = further ? &before : NULL;
	orders = g_array_new(FALSE, FALSE, sizeof(struct store_order));
	if (!store_orders(call->reader, &wanted, MOST, keep, orders))
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
	json_t *lines;

	if (!api_purchase_own(call, MAY_SEE_ORDER, &order))
		return;
	lines = api_orders_lines(call->reader, order.id);
	if (lines)
		api_call_json(call, 200, json_pack("{s:o}", "order", api_encode_order(&order, lines)));
	else
		api_call_store_failed(call, -1, "order");
}

/* ---- after it is paid ---- */

static void moved(struct api_call *call, const struct show_result *result)
{
	/* The request was well made: it is the order that is not as it would have to be. */
	if (result->code == SHOW_INVALID)
		api_call_fail(call, 409, "conflict", "%s", result->detail);
	else if (result->code != SHOW_OK)
		api_call_show_failed(call, result);
	else
		api_purchase_tell(call, &result->order, NULL);
}

void api_orders_ship(struct api_call *call)
{
	struct show_command *command;
	char carrier[sizeof command->carrier], tracking[sizeof command->tracking];
	struct store_order order;
	struct api_fields fields;

	if (!api_purchase_own(call, MAY_SHIP_ORDER, &order))
		return;
	api_fields_init(&fields, call->input);
	api_field_line(&fields, "carrier", API_REQUIRED, 1, sizeof carrier - 1, carrier);
	api_field_line(&fields, "tracking", API_OPTIONAL, 0, sizeof tracking - 1, tracking);
	if (!api_call_fields(call, &fields))
		return;
	command = show_command_new(SHOW_ORDER_SHIP);
	command->order_id = order.id;
	g_strlcpy(command->carrier, carrier, sizeof command->carrier);
	g_strlcpy(command->tracking, tracking, sizeof command->tracking);
	api_call_command(call, command, moved);
}

void api_orders_cancel(struct api_call *call)
{
	struct show_command *command;
	struct store_order order;

	if (!api_purchase_own(call, MAY_CANCEL_ORDER, &order))
		return;
	command = show_command_new(SHOW_ORDER_CANCEL);
	command->order_id = order.id;
	api_call_command(call, command, moved);
}
