#include "show/ledger.h"

#include <string.h>

#include "base/money.h"

#define WHOLE_BP 10000

static const struct base_id market; /* whose id is zero */

/* A transaction that is being written. */
struct transaction {
	struct rules *r;
	struct store_posting is; /* what its postings have in common */
};

static struct transaction begin(struct rules *r, const struct rules_now *now, const struct store_order *order,
                                enum store_transaction_kind kind)
{
	struct transaction t = {r, {.transaction = base_id_new(), .order = order->id, .kind = kind, .at_ms = now->ms}};
	memcpy(t.is.currency, order->currency, sizeof(t.is.currency));
	return t;
}

static void post(struct transaction *t, enum store_account_kind account, struct base_id owner, int64_t amount)
{
	if (amount == 0)
		return;
	t->is.account = account;
	t->is.owner = owner;
	t->is.amount = amount;
	rules_record(t->r, RULES_POSTING)->posting = t->is;
	g_array_append_val(t->r->postings, t->is);
}

void ledger_payment(struct rules *r, const struct rules_now *now, const struct store_order *order, int64_t fee)
{
	struct transaction t = begin(r, now, order, STORE_PAYMENT);
	post(&t, STORE_PROVIDER_CASH, market, order->total);
	post(&t, STORE_BUYER, order->buyer.id, -order->total);
	fee = CLAMP(fee, 0, STORE_TOTAL_MAX);
	post(&t, STORE_PROVIDER_CASH, market, -fee);
	post(&t, STORE_PROVIDER_FEE, market, fee);
}

static void post_line(struct transaction *t, const struct rules_hold *hold)
{
	const struct rules_limits *limits = &t->r->limits;
	int64_t line = hold->quantity * hold->deal->is.price;
	int64_t fee = base_money_share(line, limits->fee_bp, WHOLE_BP);
	int64_t tax = base_money_share(line, limits->tax_bp, WHOLE_BP + limits->tax_bp); /* contained in the price */
	post(t, STORE_SELLER, hold->deal->is.seller.id, -(line - fee - tax));
	post(t, STORE_PLATFORM_FEE, market, -fee);
	post(t, STORE_TAX, market, -tax);
}

void ledger_sale(struct rules *r, const struct rules_now *now, const struct store_order *order, const GPtrArray *holds)
{
	struct transaction t = begin(r, now, order, STORE_SALE);
	post(&t, STORE_BUYER, order->buyer.id, order->total);
	for (guint i = 0; i < holds->len; i++)
		post_line(&t, g_ptr_array_index(holds, i));
	post(&t, STORE_SHIPPING, order->seller.id, -order->shipping);
}

static void keep_posting(const struct store_posting *posting, void *ctx)
{
	g_array_append_vals(ctx, posting, 1);
}

/* Those that are stored, then those of this batch. */
static GArray *postings_of(struct rules *r, struct base_id order)
{
	GArray *postings = g_array_new(FALSE, FALSE, sizeof(struct store_posting));
	int error = r->source.postings_of ? r->source.postings_of(r->source.ctx, order, keep_posting, postings) : 0;
	if (error && !r->error)
		r->error = error;
	for (guint i = 0; i < r->postings->len; i++) {
		const struct store_posting *posting = &g_array_index(r->postings, struct store_posting, i);
		if (base_id_equal(posting->order, order))
			keep_posting(posting, postings);
	}
	return postings;
}

/* The transaction of a kind that nothing has reversed. @return zero: none. */
static struct base_id find(const GArray *postings, enum store_transaction_kind kind)
{
	struct base_id found = {{0}};
	for (guint i = 0; i < postings->len; i++) {
		const struct store_posting *posting = &g_array_index(postings, struct store_posting, i);
		if (posting->kind == kind)
			found = posting->transaction;
		else if (posting->kind == STORE_REVERSAL && base_id_equal(posting->reverses, found))
			found = market;
	}
	return found;
}

void ledger_reverse_sale(struct rules *r, const struct rules_now *now, const struct store_order *order)
{
	g_autoptr(GArray) postings = postings_of(r, order->id);
	struct transaction t = begin(r, now, order, STORE_REVERSAL);
	t.is.reverses = find(postings, STORE_SALE);
	if (base_id_is_zero(t.is.reverses))
		return;
	for (guint i = 0; i < postings->len; i++) {
		const struct store_posting *posting = &g_array_index(postings, struct store_posting, i);
		if (base_id_equal(posting->transaction, t.is.reverses))
			post(&t, posting->account, posting->owner, -posting->amount);
	}
}

void ledger_reverse_payment(struct rules *r, const struct rules_now *now, const struct store_order *order)
{
	g_autoptr(GArray) postings = postings_of(r, order->id);
	struct transaction t = begin(r, now, order, STORE_REVERSAL);
	t.is.reverses = find(postings, STORE_PAYMENT);
	if (base_id_is_zero(t.is.reverses))
		return;
	post(&t, STORE_PROVIDER_CASH, market, -order->total);
	post(&t, STORE_BUYER, order->buyer.id, order->total);
}

const char *ledger_check(const struct rules *r)
{
	int64_t sum = 0;
	for (guint i = 0; i < r->postings->len; i++) { /* those of a transaction follow one another */
		const struct store_posting *posting = &g_array_index(r->postings, struct store_posting, i);
		const struct store_posting *next = posting + 1;
		bool last = i + 1 == r->postings->len || !base_id_equal(posting->transaction, next->transaction);
		if (posting->amount == 0 || posting->currency[0] == '\0')
			return "a posting of nothing";
		sum += posting->amount;
		if (last && sum != 0)
			return "a transaction does not sum to zero";
	}
	return NULL;
}
