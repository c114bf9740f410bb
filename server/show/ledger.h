/* The ledger in double entry. Debits are positive; the postings of a transaction sum to zero; nothing is ever changed,
 * only reversed. Postings go out with the batch that they belong to. Thread: show. */
#ifndef TRUNKSHOW_SHOW_LEDGER_H
#define TRUNKSHOW_SHOW_LEDGER_H

#include "show/rules.h"

/** The provider took the order's total of the buyer, and keeps a fee of it [minor units]. */
void ledger_payment(struct rules *r, const struct rules_now *now, const struct store_order *order, int64_t fee);
/** What was paid is the seller's, but for the market's fee and tax, each rounded once a line, and with the shipping. */
void ledger_sale(struct rules *r, const struct rules_now *now, const struct store_order *order, const GPtrArray *holds);
/** The order was cancelled: the sale is undone. Does nothing without one, or a second time. */
void ledger_reverse_sale(struct rules *r, const struct rules_now *now, const struct store_order *order);
/** The buyer has the money back; what the provider kept of it is gone. Likewise. */
void ledger_reverse_payment(struct rules *r, const struct rules_now *now, const struct store_order *order);

/** @return NULL; or what is wrong with the postings in memory. */
const char *ledger_check(const struct rules *r);
#endif
