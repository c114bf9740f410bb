#include "market.h"

#include <stdio.h>

int market_hold(struct store *store, const struct store_hold *hold)
{
	return hold->state == STORE_HOLD_ACTIVE ? folder_claim(store, hold, hold) : store_insert_hold(store, hold);
}

void market_fill(struct folder *f, struct market *m)
{
	m->seller = folder_account(f, "seller");
	m->buyer = folder_account(f, "buyer");
	struct store_show show = {.id = base_id_new(), .host.id = m->seller, .title = "Show", .state = STORE_SHOW_LIVE};
	m->show = show.id;
	folder_begin(f);
	assert_int_equal(store_insert_show(f->store, &show), 0);
	for (int i = 0; i < 3; i++) {
		folder_fill_listing(&m->listing, m->seller, "Hat", 5);
		assert_int_equal(store_insert_listing(f->store, &m->listing), 0);
		m->items[i] = (struct store_item_row){.id = base_id_new(),
		                                      .show = show.id,
		                                      .listing = m->listing.id,
		                                      .number = i + 1,
		                                      .position = 3 - i,
		                                      .price = 100 * i,
		                                      .claimed = i,
		                                      .removed = i == 0};
		assert_int_equal(store_insert_item(f->store, &m->items[i]), 0);
		m->holds[i] = (struct store_hold){.id = base_id_new(),
		                                  .show = show.id,
		                                  .item = m->items[i].id,
		                                  .listing = m->listing.id,
		                                  .buyer.id = m->buyer,
		                                  .seller.id = m->seller,
		                                  .title = "Hat",
		                                  .quantity = 2,
		                                  .price = 2500,
		                                  .currency = "EUR",
		                                  .state = (enum store_hold_state)i,
		                                  .created_ms = T0,
		                                  .expires_ms = T0 + 300000};
		assert_int_equal(market_hold(f->store, &m->holds[i]), 0);
	}
	folder_commit(f);
}

void market_purchase(struct folder *f, struct market *m)
{
	struct store_purchase *p = &m->purchase;
	*p = (struct store_purchase){.order = {.id = base_id_new(),
	                                       .buyer.id = m->buyer,
	                                       .seller.id = m->seller,
	                                       .total = 5000,
	                                       .shipping = 490,
	                                       .currency = "EUR",
	                                       .created_ms = T0},
	                             .method = "test_ok",
	                             .key = {1, 2}};
	snprintf(p->order.address.city, sizeof(p->order.address.city), "Berlin");
	struct store_order_line line = {.listing = m->listing.id,
	                                .hold = m->holds[1].id,
	                                .title = "Hat",
	                                .variant_name = "M, red",
	                                .number = 2,
	                                .terms = {m->seller, true, 1000},
	                                .quantity = 2,
	                                .price = 2500};
	folder_begin(f);
	assert_int_equal(store_insert_purchase(f->store, p), 0);
	assert_int_equal(store_insert_line(f->store, p->order.id, &line), 0);
	folder_commit(f);
}
