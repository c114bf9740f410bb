/* What people are shown of it all: a host's credit, what the market owes a seller, who was told what. */
#include <string.h>

#include "compare.h"
#include "store/writer.h"

static int currency_of(const char *currency)
{
	return strcmp(currency, "EUR") == 0 ? 0 : 1;
}

struct credit {
	int64_t items, value[CURRENCIES];
	bool helped[ACCOUNTS];
};

/* Counts what found a home through the host, and stayed there. */
static struct credit credit_of(const struct model *m, int host)
{
	struct credit credit = {.items = 0};
	for (int i = 0; i < m->orders_count; i++) {
		const struct m_order *order = &m->orders[i];
		if (order->state != STORE_ORDER_PAID && order->state != STORE_ORDER_SHIPPED)
			continue;
		for (int l = 0; l < order->count; l++) {
			const struct m_hold *hold = &m->holds[order->lines[l].hold];
			if (!hold->community || m->shows[hold->what.show].host != host || order->buyer == host)
				continue;
			credit.items += hold->quantity;
			credit.value[order->currency] += hold->quantity * hold->price;
			credit.helped[order->seller] = true;
		}
	}
	return credit;
}

static void compare_credit(struct rig *rig, const struct model *m, int host)
{
	struct store_credit is = {.items = 0};
	struct credit wanted = credit_of(m, host);
	int64_t value[CURRENCIES] = {0}, sellers = 0;
	if (store_credit_of(store_writer_reads(rig->store), rig->accounts[host], &is) != 0)
		rig_wrong(rig, "the credit of host %d cannot be read", host);
	for (size_t i = 0; i < is.values; i++)
		value[currency_of(is.value[i].currency)] += is.value[i].amount;
	for (int i = 0; i < ACCOUNTS; i++)
		sellers += wanted.helped[i];
	if (is.items != wanted.items || is.sellers != sellers || memcmp(value, wanted.value, sizeof(value)) != 0)
		rig_wrong(rig, "host %d has credit for %lld items, %lld sellers, %lld, not %lld, %lld, %lld", host,
		          (long long)is.items, (long long)is.sellers, (long long)value[0], (long long)wanted.items,
		          (long long)sellers, (long long)wanted.value[0]);
}

static void add_balance(const struct store_amount *amount, void *ctx)
{
	((int64_t *)ctx)[currency_of(amount->currency)] += amount->amount;
}

static void compare_balance(struct rig *rig, const struct model *m, int account)
{
	int64_t owed[CURRENCIES] = {0};
	if (store_balances(store_writer_reads(rig->store), rig->accounts[account], add_balance, owed) != 0)
		rig_wrong(rig, "the balance of account %d cannot be read", account);
	for (int i = 0; i < CURRENCIES; i++) {
		int64_t wanted = -m->balance[STORE_SELLER][account][i] - m->balance[STORE_SHIPPING][account][i];
		if (owed[i] != wanted)
			rig_wrong(rig, "account %d is owed %lld, not %lld", account, (long long)owed[i],
			          (long long)wanted);
	}
}

/* Codes of notices as records.h numbers them. */
static const struct {
	const char *none, *wrong;
} laws[] = {
        {"SELECT 1 FROM waiting w WHERE w.state = 1 AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.hold = w.hold AND"
         " n.account = w.buyer AND n.code IN (4, 6))",
         "somebody was not told that it was their turn"},
        {"SELECT 1 FROM waiting w WHERE w.state = 4 GROUP BY w.buyer, w.listing HAVING count(*) > (SELECT count(*) FROM"
         " notice n WHERE n.account = w.buyer AND n.listing = w.listing AND n.code = 5)",
         "somebody was not told that there is nothing to wait for"},
        {"SELECT 1 FROM waiting w WHERE w.state = 3 GROUP BY w.buyer, w.listing HAVING count(*) > (SELECT count(*) FROM"
         " notice n WHERE n.account = w.buyer AND n.listing = w.listing AND n.code = 11)",
         "somebody was not told that the place was given up"},
        {"SELECT 1 FROM purchase p WHERE p.state IN (1, 4) AND NOT EXISTS (SELECT 1 FROM notice n WHERE"
         " n.purchase = p.id AND n.account = p.seller AND n.code IN (1, 7))",
         "a seller was not told of a sale"},
        {"SELECT 1 FROM purchase p WHERE p.refund = 2 AND 1 != (SELECT count(*) FROM notice n WHERE"
         " n.purchase = p.id AND n.account = p.buyer AND n.code = 10)",
         "a buyer was not told of a refund, or twice"},
};

void compare_people(struct rig *rig, const struct model *m)
{
	for (int account = SELLER; account < BUYER; account++) {
		compare_credit(rig, m, account);
		compare_balance(rig, m, account);
	}
	for (size_t i = 0; i < sizeof(laws) / sizeof(laws[0]); i++) {
		struct sql sql = sql_prepare(&rig->reader.connection, laws[i].none);
		if (sql_next(&sql))
			rig_wrong(rig, "%s", laws[i].wrong);
		if (sql_end(&sql) != 0)
			rig_wrong(rig, "cannot read: %s", laws[i].none);
	}
}
