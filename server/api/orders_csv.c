/* A seller's orders as a table: a row for each line, what belongs to the whole order in the first of them. */
#include "api/csv.h"
#include "api/query.h"
#include "api/resources.h"

#define ORDERS_MAX 10000

#define COLUMNS                                                                                                        \
	"order,state,paid,shipped,cancelled,refund,buyer,name,line1,line2,city,postcode,country,carrier,tracking,"     \
	"title,variant,quantity,price,currency,shipping,total"

struct table {
	struct api_csv csv;
	struct store_reader *reader;
	const struct store_order *order;
	bool first; /* of the order's lines */
	int err;
};

static void put_order(struct api_csv *csv, const struct store_order *order)
{
	const struct store_address *a = &order->address;
	const char *const texts[] = {order->buyer.display_name,
	                             a->name,
	                             a->line1,
	                             a->line2,
	                             a->city,
	                             a->postcode,
	                             a->country,
	                             order->carrier,
	                             order->tracking};

	api_csv_own(csv, api_order_state(order->state));
	api_csv_time(csv, order->paid_ms);
	api_csv_time(csv, order->shipped_ms);
	api_csv_time(csv, order->cancelled_ms);
	api_csv_own(csv, api_refund_word(order->refund));
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		api_csv_text(csv, texts[i]);
}

static void skip(struct api_csv *csv, int cells)
{
	while (cells-- > 0)
		api_csv_own(csv, "");
}

static void add_line(const struct store_order_line *line, void *ctx)
{
	struct table *table = ctx;
	const struct store_order *order = table->order;
	struct api_csv *csv = &table->csv;
	char id[BASE_ID_TEXT];

	api_csv_own(csv, base_id_format(order->id, id));
	if (table->first)
		put_order(csv, order);
	else
		skip(csv, 14);
	api_csv_text(csv, line->title);
	api_csv_text(csv, line->variant_name);
	api_csv_int(csv, line->quantity);
	api_csv_money(csv, line->price, order->currency);
	api_csv_own(csv, order->currency);
	if (table->first) {
		api_csv_money(csv, order->shipping, order->currency);
		api_csv_money(csv, order->total, order->currency);
	} else {
		skip(csv, 2);
	}
	api_csv_end_row(csv);
	table->first = false;
}

static void add_order(const struct store_order *order, void *ctx)
{
	struct table *table = ctx;

	if (table->err)
		return;
	table->order = order;
	table->first = true;
	table->err = store_order_lines(table->reader, order->id, add_line, table);
}

/* The newest first, as many as fit; `before` the last of them goes on. */
void api_orders_csv(struct api_call *call)
{
	struct store_orders_wanted wanted = {.who = call->actor.id, .state = -1};
	struct table table = {.reader = call->reader};
	struct base_id before;
	bool further;
	int err;

	if (!api_query_as_seller(call, 0, &wanted.as_seller) || !api_query_id(call, 1, &before, &further))
		return;
	if (!wanted.as_seller) {
		api_call_fail(call, 400, "bad_request", "\"as\" must be seller: the table is for those who ship.");
		return;
	}
	api_csv_begin(&table.csv, COLUMNS);
	wanted.before = further ? &before : NULL;
	err = store_orders(call->reader, &wanted, ORDERS_MAX, add_order, &table);
	if (err || table.err)
		api_call_store_failed(call, -1, "order");
	else
		api_csv_answer(call, "orders.csv", &table.csv);
	api_csv_clear(&table.csv);
}
