/* What the market owes a person, and the postings behind it. */
#include <string.h>

#include "api/csv.h"
#include "api/query.h"
#include "api/resources.h"

#define ROWS_MAX 50000
#define TIME_MAX INT64_C(253402300799999) /* the last moment of the year 9999 */

static void add_amount(const struct store_amount *amount, void *ctx)
{
	json_array_append_new(ctx, api_encode_amount(amount));
}

void api_statement_balance(struct api_call *call)
{
	json_t *balances = json_array();

	api_call_list(call, store_balances(call->reader, call->actor.id, add_amount, balances), "balances", balances);
}

static const char *const kinds[] = {[STORE_PAYMENT] = "payment", [STORE_SALE] = "sale", [STORE_REVERSAL] = "reversal"};
static const char *const accounts[] = {
        [STORE_BUYER] = "buyer",
        [STORE_SELLER] = "seller",
        [STORE_SHIPPING] = "shipping",
        [STORE_PLATFORM_FEE] = "fee",
        [STORE_TAX] = "tax",
        [STORE_PROVIDER_CASH] = "provider cash",
        [STORE_PROVIDER_FEE] = "provider fee",
};

struct table {
	struct api_csv csv;
	size_t rows;
};

/* The ledger counts what people are owed as credit, below zero; a statement tells it from the person's side. */
static void add_posting(const struct store_posting *posting, void *ctx)
{
	struct table *table = ctx;
	char id[BASE_ID_TEXT];

	if (++table->rows > ROWS_MAX)
		return;
	api_csv_time(&table->csv, posting->at_ms);
	api_csv_own(&table->csv, kinds[posting->kind]);
	api_csv_own(&table->csv, accounts[posting->account]);
	api_csv_money(&table->csv, -posting->amount, posting->currency);
	api_csv_own(&table->csv, posting->currency);
	api_csv_own(&table->csv, base_id_format(posting->order, id));
	api_csv_own(&table->csv, base_id_format(posting->transaction, id));
	api_csv_own(&table->csv, base_id_is_zero(posting->reverses) ? "" : base_id_format(posting->reverses, id));
	api_csv_end_row(&table->csv);
}

void api_statement_csv(struct api_call *call)
{
	struct table table = {.rows = 0};
	int64_t from_ms, until_ms;
	int err;

	if (!api_query_int(call, 0, 0, TIME_MAX, 0, &from_ms) ||
	    !api_query_int(call, 1, 0, TIME_MAX, TIME_MAX, &until_ms))
		return;
	api_csv_begin(&table.csv, "time,kind,account,amount,currency,order,transaction,reverses");
	err = store_statement(call->reader, call->actor.id, from_ms, until_ms, add_posting, &table);
	if (err)
		api_call_store_failed(call, err, "statement");
	else if (table.rows > ROWS_MAX)
		api_call_fail(call, 400, "limit", "There are more than %d postings: ask for a shorter time.", ROWS_MAX);
	else
		api_csv_answer(call, "statement.csv", &table.csv);
	api_csv_clear(&table.csv);
}
