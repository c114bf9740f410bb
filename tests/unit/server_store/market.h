/* A seller, a buyer, a show with three items, each claimed once. */
#ifndef TEST_SERVER_STORE_MARKET_H
#define TEST_SERVER_STORE_MARKET_H

#include "folder.h"

#define T0 INT64_C(1795288800000)

struct market {
	struct base_id seller, buyer, show;
	struct store_listing listing;
	struct store_item_row items[3];
	struct store_hold holds[3];
	struct store_purchase purchase;
};

/** Stored: the holds are active, paying and sold. */
void market_fill(struct folder *f, struct market *m);
/** A new hold, without a row while it is active. */
STORE_WRITE market_hold(struct store *store, const struct store_hold *hold);
/** And an order of the second hold, paying. */
void market_purchase(struct folder *f, struct market *m);
#endif
