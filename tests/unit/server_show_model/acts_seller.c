#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts.h"

static void tell_listing(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out)
{
	model_listing(&w->m, act->a, &act->change, seen, out);
}

static int variants_of(const struct world *w, int listing, int found[VARIANTS])
{
	int count = 0;
	for (int i = 0; i < w->m.variants_count; i++)
		if (w->m.variants[i].listing == listing && !w->m.variants[i].removed)
			found[count++] = i;
	return count;
}

/* @return false: such a change makes no sense for this listing. */
static bool choose_change(const struct world *w, const struct step *step, int listing, struct m_change *c)
{
	int found[VARIANTS], count = variants_of(w, listing, found);
	const struct m_listing *l = &w->m.listings[listing];
	uint32_t how = step->r[1] % 20;
	*c = (struct m_change){.variant = NONE, .price = l->price, .floor = l->floor, .ok = l->ok, .shop = l->shop};
	if (how < 3) {
		c->set_price = true;
		c->price = most_of(100, l->price + (int64_t)(step->r[2] % 9) * 100 - 400);
	} else if (how < 5) {
		c->set_shop = true;
		c->shop = !l->shop || step->r[2] % 2;
	} else if (how < 8) {
		c->set_community = true;
		c->ok = step->r[2] % 4 != 0;
		c->floor = (int64_t)(step->r[3] % 10) * 450;
	} else if (how < 9 && w->m.variants_count < VARIANTS - ACTS_MAX) {
		c->variant = VARIANTS;
		c->delta = step->r[2] % 4;
	} else if (how < 12 && count > 0) {
		c->variant = found[step->r[2] % (uint32_t)count];
		c->variant_removed = true;
	} else {
		c->variant = count && step->r[3] % 16 ? found[step->r[2] % (uint32_t)count] : NONE;
		c->delta = (int64_t)(step->r[4] % 5) - 1;
	}
	return true;
}

static void fill_variant(struct world *w, struct show_command *command, const struct m_change *c)
{
	struct show_variant *variant = calloc(1, sizeof(*variant));
	if (!variant)
		abort();
	variant->stock_delta = c->delta;
	variant->removed = c->variant_removed;
	if (c->variant < w->rig.variants_bound)
		variant->id = w->rig.variants[c->variant];
	else
		snprintf(variant->size, sizeof(variant->size), "new size %d", w->next_key++);
	command->variants = variant;
	command->variants_count = 1;
}

bool act_listing(struct world *w, const struct step *step, struct act *act)
{
	struct m_change *c = &act->change;
	act->a = (int)(step->r[0] % LISTINGS);
	choose_change(w, step, act->a, c);
	struct show_command *command = rig_command(&w->rig, SHOW_LISTING_UPDATE, w->m.listings[act->a].seller);
	command->listing_id = w->rig.listings[act->a];
	command->mask = (c->set_price ? SHOW_SET_PRICE : 0) | (c->set_shop ? SHOW_SET_SHOP : 0) |
	                (c->set_community ? SHOW_SET_COMMUNITY : 0);
	command->listing.price = c->price;
	command->listing.shop = c->shop;
	command->listing.community.ok = c->ok;
	command->listing.community.floor = c->floor;
	if (c->variant != NONE) {
		fill_variant(w, command, c);
	} else if (c->delta) {
		command->mask |= SHOW_SET_STOCK;
		command->stock_delta = c->delta;
	}
	world_log(w, "listing %d: price %lld, shop %d, ok %d, floor %lld, variant %d%s, delta %lld", act->a,
	          (long long)c->price, c->shop, c->ok, (long long)c->floor, c->variant,
	          c->variant_removed ? " removed" : "", (long long)c->delta);
	act->ask = rig_take(&w->rig, command);
	act->tell = tell_listing;
	return true;
}

static void tell_item(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out)
{
	model_item(&w->m, act->a, act->yes ? NULL : &act->price, act->yes ? &act->price : NULL, act->until_ms, seen,
	           out);
}

bool act_item(struct world *w, const struct step *step, struct act *act)
{
	act->a = (int)(step->r[0] % (uint32_t)w->rig.items_bound);
	for (int i = 0; i < w->m.waits_count && step->r[4] % 2; i++) /* rather one that somebody waits for */
		if (w->m.waits[i].state == STORE_WAITING && w->m.waits[i].what.item != NONE)
			act->a = w->m.waits[i].what.item;
	const struct m_item *item = &w->m.items[act->a];
	act->yes = step->r[1] % 2;
	act->price = most_of(100, item->price + (int64_t)(step->r[2] % 9) * 100 - (act->yes ? 900 : 400));
	act->until_ms = act->yes && step->r[3] % 5 ? w->rig.now.ms + 1000 + step->r[3] % 100000 : 0;
	struct show_command *command = rig_command(&w->rig, SHOW_ITEM_UPDATE, w->m.shows[item->show].host);
	command->item_id = w->rig.items[act->a];
	command->mask = act->yes ? SHOW_SET_FLASH : SHOW_SET_PRICE;
	command->price = act->price;
	command->until_ms = act->until_ms;
	world_log(w, "item %d costs %lld%s until %lld", act->a, (long long)act->price, act->yes ? " in a flash" : "",
	          (long long)act->until_ms);
	act->ask = rig_take(&w->rig, command);
	act->tell = tell_item;
	return true;
}

static void tell_add_item(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out)
{
	model_add_item(&w->m, act->a, act->b, act->price, seen, out);
}

bool act_add_item(struct world *w, const struct step *step, struct act *act)
{
	if (w->m.items_count + 1 >= ITEMS)
		return false;
	act->a = (int)(step->r[0] % SHOWS);
	act->b = (int)(step->r[1] % LISTINGS);
	act->price = w->m.listings[act->b].price;
	act->vague = w->m.accounts[w->m.listings[act->b].seller].banned;
	struct show_command *command = rig_command(&w->rig, SHOW_ITEM_ADD, w->m.shows[act->a].host);
	command->show_id = w->rig.shows[act->a];
	command->listing_id = w->rig.listings[act->b];
	command->price = act->price;
	world_log(w, "listing %d into show %d at %lld", act->b, act->a, (long long)act->price);
	act->ask = rig_take(&w->rig, command);
	act->tell = tell_add_item;
	return true;
}

static void tell_remove_item(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out)
{
	model_remove_item(&w->m, act->a, seen, out);
}

bool act_remove_item(struct world *w, const struct step *step, struct act *act)
{
	act->a = (int)(step->r[0] % (uint32_t)w->rig.items_bound);
	struct show_command *command = rig_command(&w->rig, SHOW_ITEM_REMOVE, w->m.shows[w->m.items[act->a].show].host);
	command->item_id = w->rig.items[act->a];
	world_log(w, "item %d is removed", act->a);
	act->ask = rig_take(&w->rig, command);
	act->tell = tell_remove_item;
	return true;
}

static void tell_end_show(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out)
{
	model_end_show(&w->m, act->a, seen, out);
}

bool act_end_show(struct world *w, const struct step *step, struct act *act)
{
	act->a = (int)(step->r[0] % SHOWS);
	struct show_command *command = rig_command(&w->rig, SHOW_END, w->m.shows[act->a].host);
	command->show_id = w->rig.shows[act->a];
	world_log(w, "show %d ends", act->a);
	act->ask = rig_take(&w->rig, command);
	act->tell = tell_end_show;
	return true;
}

static void tell_ban(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out)
{
	model_ban(&w->m, act->a, act->yes, seen, out);
}

bool act_ban(struct world *w, const struct step *step, struct act *act)
{
	act->a = BUYER + (int)(step->r[0] % (ACCOUNTS - BUYER));
	if (step->r[2] % 4 == 0)
		act->a = SELLER + (int)(step->r[2] / 4 % (BUYER - SELLER));
	for (int i = SELLER; i < BUYER && step->r[3] % 2; i++) /* without sellers there is no market */
		if (w->m.accounts[i].banned)
			act->a = i;
	act->yes = step->r[1] % 2 && !w->m.accounts[act->a].banned;
	struct show_command *command = rig_command(&w->rig, SHOW_ACCOUNT_UPDATE, ADMIN);
	command->account_id = w->rig.accounts[act->a];
	command->mask = SHOW_SET_BANNED;
	command->account.banned = act->yes;
	world_log(w, "account %d is %s", act->a, act->yes ? "banned" : "not banned");
	act->ask = rig_take(&w->rig, command);
	act->tell = tell_ban;
	return true;
}

static void tell_ban_from(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out)
{
	model_ban_from(&w->m, act->b, act->a, act->yes, seen, out);
}

bool act_ban_from(struct world *w, const struct step *step, struct act *act)
{
	act->a = BUYER + (int)(step->r[0] % (ACCOUNTS - BUYER));
	act->b = (int)(step->r[1] % SHOWS);
	act->yes = step->r[2] % 2;
	struct show_command *command = rig_command(&w->rig, SHOW_MODERATE, w->m.shows[act->b].host);
	command->show_id = w->rig.shows[act->b];
	command->account_id = w->rig.accounts[act->a];
	command->mask = SHOW_SET_BANNED;
	command->banned = act->yes;
	world_log(w, "buyer %d is %s from show %d", act->a, act->yes ? "banned" : "not banned", act->b);
	act->ask = rig_take(&w->rig, command);
	act->tell = tell_ban_from;
	return true;
}

static void tell_block(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out)
{
	model_block(&w->m, act->a, act->b, act->yes, seen, out);
}

bool act_block(struct world *w, const struct step *step, struct act *act)
{
	act->a = SELLER + (int)(step->r[0] % 2);
	act->b = HOST + (int)(step->r[1] % 2);
	act->yes = step->r[2] % 3 == 0;
	struct show_command *command = rig_command(&w->rig, SHOW_BLOCK, act->a);
	command->account_id = w->rig.accounts[act->b];
	command->banned = act->yes;
	world_log(w, "seller %d %s host %d", act->a, act->yes ? "blocks" : "does not block", act->b);
	act->ask = rig_take(&w->rig, command);
	act->tell = tell_block;
	return true;
}
