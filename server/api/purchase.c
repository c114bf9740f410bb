#include "api/purchase.h"

#include <errno.h>

#include "api/resources.h"

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

bool api_purchase_own(struct api_call *call, enum api_verb verb, struct store_order *out)
{
	struct api_object object;
	struct base_id id;
	int err;

	if (!api_call_param(call, 0, &id))
		return false;
	err = store_order_by_id(call->reader, id, out);
	if (err) {
		api_call_store_failed(call, err, "order");
		return false;
	}
	object.owner = out->buyer.id;
	/* An address is the seller's business once it has been paid for. */
	object.other = out->paid_ms ? out->seller.id : (struct base_id){{0}};
	object.target = NULL;
	if (!api_may(&call->actor, MAY_SEE_ORDER, &object)) {
		/* Whether an order exists is nobody else's business. */
		api_call_store_failed(call, -ENOENT, "order");
		return false;
	}
	return api_call_may(call, verb, &object);
}

struct told {
	struct store_order order;
	bool declined;
	char why[160];
};

/* The payment has been decided: that must be told, whether the lines can be read or not. */
static void tell(struct api_call *call)
{
	const struct told *told = call->extra;
	json_t *lines = api_orders_lines(call->reader, told->order.id), *body;

	body = json_pack("{s:o}", "order", api_encode_order(&told->order, lines ? lines : json_array()));
	if (told->declined)
		api_call_fail_with(call, 402, "payment_declined", told->why, body);
	else
		api_call_json(call, 200, body);
}

void api_purchase_tell(struct api_call *call, const struct store_order *order, const char *declined)
{
	struct told *told = g_new0(struct told, 1);

	told->order = *order;
	told->declined = declined != NULL;
	g_snprintf(told->why, sizeof told->why, "%s", declined ? declined : "");
	call->extra = told;
	call->free_extra = g_free;
	call->authenticate = false;
	api_call_submit(call, BASE_JOBS_READ, tell);
}
