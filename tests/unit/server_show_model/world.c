/* The market in which a history begins. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act.h"

static const struct m_limits limits[] = {
        {300000, 60000, 10, 4, 500, 120000000, 250, 1900},
        {300000, 60000, 4, 3, 2, 20000000, 0, 0},
        {40000, 60000, 6, 6, 5, 60000000, 1234, 700},
        {120000, 60000, 10, 4, 0, 120000000, 333, 0},
};

static const struct {
	int seller, currency;
	int64_t price, stock[3]; /* of the listing itself, or of variants */
	int variants;
	bool shop, ok;
	int64_t floor;
} listings[LISTINGS] = {
        {SELLER, 0, 2500, {3}, 0, true, true, 1000},      {SELLER, 0, 1999, {2, 1}, 2, true, false, 0},
        {SELLER + 1, 0, 3333, {2}, 0, false, true, 1500}, {SELLER + 1, 0, 777, {1, 3, 0}, 3, true, true, 500},
        {HOST, 0, 1200, {4}, 0, true, true, 300},         {SELLER, 1, 5000, {2}, 0, true, true, 100},
};

static const struct {
	int show, listing;
} items[] = {{0, 0}, {0, 2}, {0, 3}, {0, 4}, {1, 0}, {1, 3}, {1, 5}, {2, 0}, {2, 1}, {2, 5}, {3, 2}};

static const int hosts[SHOWS] = {HOST, HOST + 1, SELLER, HOST};

static const struct rig_ask *ask(struct world *w, struct show_command *command)
{
	w->rig.asks_count = 0;
	const struct rig_ask *answer = rig_take(&w->rig, command);
	rig_run(&w->rig);
	if (!answer->answered || answer->seen.code != SHOW_OK)
		rig_wrong(&w->rig, "the market cannot be made: %d", answer->seen.code);
	return answer;
}

static void make_account(struct world *w, int i)
{
	struct show_command *command = rig_command(&w->rig, SHOW_ACCOUNT_CREATE, NONE);
	snprintf(command->account.person.username, sizeof(command->account.person.username), "account%d", i);
	command->account.role = i == ADMIN ? STORE_ADMIN : STORE_USER;
	w->rig.accounts[i] = ask(w, command)->account;
	if (i != SELLER && i != HOST)
		return;
	command = rig_command(&w->rig, SHOW_ACCOUNT_UPDATE, i);
	command->account_id = w->rig.accounts[i];
	command->mask = SHOW_SET_SHIPPING;
	command->account.shipping = w->m.accounts[i].shipping = 490;
	ask(w, command);
}

static void make_variants(struct world *w, int i, struct show_command *command)
{
	command->variants = calloc((size_t)listings[i].variants, sizeof(*command->variants));
	command->variants_count = (size_t)listings[i].variants;
	for (int v = 0; v < listings[i].variants; v++) {
		command->variants[v].stock_delta = listings[i].stock[v];
		snprintf(command->variants[v].size, sizeof(command->variants[v].size), "size %d", w->m.variants_count);
		struct m_variant *variant = &w->m.variants[w->m.variants_count++];
		*variant = (struct m_variant){.listing = i};
		variant->stock.units[AVAILABLE] = variant->stock.adjusted = listings[i].stock[v];
	}
}

static void make_listing(struct world *w, int i)
{
	struct show_command *command = rig_command(&w->rig, SHOW_LISTING_CREATE, listings[i].seller);
	struct store_listing *is = &command->listing;
	struct m_listing *l = &w->m.listings[i];
	snprintf(is->title, sizeof(is->title), "Listing %d", i);
	snprintf(is->currency, sizeof(is->currency), "%s", listings[i].currency ? "USD" : "EUR");
	*l = (struct m_listing){.seller = listings[i].seller,
	                        .currency = listings[i].currency,
	                        .price = listings[i].price,
	                        .shop = listings[i].shop,
	                        .ok = listings[i].ok,
	                        .floor = listings[i].floor};
	is->price = l->price;
	is->shop = l->shop;
	is->community = (struct store_community){.ok = l->ok, .floor = l->floor};
	if (listings[i].variants)
		make_variants(w, i, command);
	else
		is->available = listings[i].stock[0];
	for (int v = 0; v < 3; v++)
		l->stock.units[AVAILABLE] += listings[i].stock[v];
	l->stock.adjusted = l->stock.units[AVAILABLE];
	w->rig.listings[i] = ask(w, command)->listing;
}

static void make_show(struct world *w, int i)
{
	struct show_command *command = rig_command(&w->rig, SHOW_CREATE, hosts[i]);
	snprintf(command->show.title, sizeof(command->show.title), "Show %d", i);
	w->m.shows[i] = (struct m_show){.host = hosts[i], .state = i == 3 ? STORE_SHOW_SCHEDULED : STORE_SHOW_LIVE};
	w->rig.shows[i] = ask(w, command)->show;
	if (i == 3)
		return;
	command = rig_command(&w->rig, SHOW_START, hosts[i]);
	command->show_id = w->rig.shows[i];
	ask(w, command);
}

static void make_item(struct world *w, size_t i)
{
	struct show_command *command = rig_command(&w->rig, SHOW_ITEM_ADD, hosts[items[i].show]);
	command->show_id = w->rig.shows[items[i].show];
	command->listing_id = w->rig.listings[items[i].listing];
	ask(w, command);
	w->m.items[w->m.items_count++] = (struct m_item){
	        .show = items[i].show, .listing = items[i].listing, .price = listings[items[i].listing].price};
}

void world_open(struct world *w, uint64_t seed)
{
	const struct m_limits *chosen = &limits[seed % (sizeof(limits) / sizeof(limits[0]))];
	model_open(&w->m, chosen);
	rig_open(&w->rig, chosen, &w->m);
	w->m.now_us = w->rig.now.us;
	w->m.now_ms = w->rig.now.ms;
	for (int i = 0; i < ACCOUNTS && !w->rig.wrong[0]; i++)
		make_account(w, i);
	for (int i = 0; i < LISTINGS && !w->rig.wrong[0]; i++)
		make_listing(w, i);
	for (int i = 0; i < SHOWS && !w->rig.wrong[0]; i++)
		make_show(w, i);
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]) && !w->rig.wrong[0]; i++)
		make_item(w, i);
	rig_bind(&w->rig);
	w->rig.asks_count = 0;
}

void world_close(struct world *w)
{
	rig_close(&w->rig);
}
