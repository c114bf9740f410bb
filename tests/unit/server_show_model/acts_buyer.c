#include <stdio.h>
#include <string.h>

#include "acts.h"

static int any_buyer(const struct step *step)
{
	return step->r[0] % 40 == 0 ? (int)(step->r[0] / 40 % BUYER)
	                            : BUYER + (int)(step->r[0] / 40 % (ACCOUNTS - BUYER));
}

static int any_variant(const struct world *w, int listing, uint32_t r)
{
	int found[VARIANTS], count = 0;
	for (int i = 0; i < w->m.variants_count; i++)
		if (w->m.variants[i].listing == listing && (!w->m.variants[i].removed || r % 16 == 0))
			found[count++] = i;
	return count && r % 32 != 1 ? found[r / 32 % (uint32_t)count] : NONE;
}

/* As a rule something that is sold in a live show. */
static struct m_what any_place(const struct world *w, const struct step *step)
{
	struct m_what what = {(int)(step->r[1] % LISTINGS), NONE, NONE, NONE};
	int found[ITEMS], count = 0;
	/* Rather where others hold the last. */
	for (int i = 0; i < w->m.items_count && step->r[5] % 3 == 0; i++) {
		const struct m_stock *stock = &w->m.listings[w->m.items[i].listing].stock;
		if (!w->m.items[i].removed && w->m.shows[w->m.items[i].show].state == STORE_SHOW_LIVE &&
		    stock->units[HELD] && !stock->units[AVAILABLE])
			found[count++] = i;
	}
	for (int i = 0; i < w->m.items_count && count == 0; i++)
		if ((!w->m.items[i].removed && w->m.shows[w->m.items[i].show].state == STORE_SHOW_LIVE) ||
		    step->r[1] % 16 == 0)
			found[count++] = i;
	if (count && step->r[1] % 8 != 0) {
		what.item = found[step->r[1] / 16 % (uint32_t)count];
		what.show = w->m.items[what.item].show;
		what.listing = w->m.items[what.item].listing;
	}
	what.variant = any_variant(w, what.listing, step->r[2]);
	return what;
}

static const struct m_key *used_key(const struct world *w, int account, uint32_t r)
{
	for (int i = 0; i < w->m.keys_count; i++) {
		const struct m_key *key = &w->m.keys[(r + (uint32_t)i) % (uint32_t)w->m.keys_count];
		if (key->used && key->account == account && (key->kind == KEY_HOLD || key->kind == KEY_WAIT))
			return key;
	}
	return NULL;
}

static void choose_claim(struct world *w, const struct step *step, struct m_claim *c)
{
	static const int64_t above[] = {0, 0, 0, 0, 0, 0, 500, -100};
	c->buyer = any_buyer(step);
	c->what = any_place(w, step);
	c->quantity = step->r[3] % 10 < 6 ? 1 : step->r[3] % 10 < 9 ? 2 : 3;
	c->price = model_price(&w->m, &c->what) + above[step->r[3] / 10 % 8];
	c->price = c->price < 0 ? 0 : c->price;
	c->key = w->next_key++;
	const struct m_key *used = step->r[4] % 7 == 0 ? used_key(w, c->buyer, step->r[4] / 7) : NULL;
	if (!used)
		return;
	c->key = used->key;
	if (step->r[4] % 3 == 0)
		return; /* the same key for something else */
	c->what = (struct m_what){(int)used->body[2], (int)used->body[3], (int)used->body[0], (int)used->body[1]};
	c->quantity = used->body[4];
	c->price = used->body[5];
}

static void tell_claim(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out)
{
	model_claim(&w->m, &act->claim, seen, out);
}

bool act_claim(struct world *w, const struct step *step, struct act *act)
{
	struct m_claim *c = &act->claim;
	choose_claim(w, step, c);
	struct show_command *command = rig_command(&w->rig, SHOW_CLAIM, c->buyer);
	if (c->what.item != NONE) {
		command->show_id = w->rig.shows[c->what.show];
		command->item_id = w->rig.items[c->what.item];
	} else {
		command->listing_id = w->rig.listings[c->what.listing];
	}
	if (c->what.variant != NONE)
		command->variant_id = w->rig.variants[c->what.variant];
	command->quantity = c->quantity;
	command->price = c->price;
	snprintf(command->key, sizeof(command->key), "key-%d-%d", c->buyer, c->key);
	world_log(w, "buyer %d claims %d of listing %d, variant %d, item %d, at %lld, key %d", c->buyer,
	          (int)c->quantity, c->what.listing, c->what.variant, c->what.item, (long long)c->price, c->key);
	act->ask = rig_take(&w->rig, command);
	act->tell = tell_claim;
	return true;
}

static void tell_release(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out)
{
	model_release(&w->m, act->b, act->a, seen, out);
}

bool act_release(struct world *w, const struct step *step, struct act *act)
{
	if (w->rig.holds_bound == 0)
		return false;
	act->a = (int)(step->r[0] % (uint32_t)w->rig.holds_bound);
	for (int i = 0; i < w->rig.holds_bound && step->r[1] % 8 && w->m.holds[act->a].state != STORE_HOLD_ACTIVE; i++)
		act->a = (act->a + 1) % w->rig.holds_bound;
	act->b = step->r[2] % 16 == 0 ? any_buyer(step) : w->m.holds[act->a].buyer;
	struct show_command *command = rig_command(&w->rig, SHOW_RELEASE, act->b);
	command->hold_id = w->rig.holds[act->a];
	world_log(w, "buyer %d releases hold %d", act->b, act->a);
	act->ask = rig_take(&w->rig, command);
	act->tell = tell_release;
	return true;
}

static void tell_leave(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out)
{
	model_leave(&w->m, act->b, act->a, seen, out);
}

bool act_leave(struct world *w, const struct step *step, struct act *act)
{
	if (w->rig.waits_bound == 0)
		return false;
	act->a = (int)(step->r[0] % (uint32_t)w->rig.waits_bound);
	for (int i = 0; i < w->rig.waits_bound && step->r[1] % 4 && w->m.waits[act->a].state != STORE_WAITING; i++)
		act->a = (act->a + 1) % w->rig.waits_bound;
	act->b = step->r[2] % 16 == 0 ? any_buyer(step) : w->m.waits[act->a].buyer;
	struct show_command *command = rig_command(&w->rig, SHOW_WAIT_LEAVE, act->b);
	command->waiting_id = w->rig.waits[act->a];
	world_log(w, "buyer %d leaves place %d", act->b, act->a);
	act->ask = rig_take(&w->rig, command);
	act->tell = tell_leave;
	return true;
}

static void tell_second_chance(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out)
{
	model_second_chance(&w->m, act->c, act->a, act->b, seen, out);
}

bool act_second_chance(struct world *w, const struct step *step, struct act *act)
{
	bool wait = step->r[0] % 2;
	int count = wait ? w->rig.waits_bound : w->rig.holds_bound;
	if (count == 0)
		return false;
	int at = (int)(step->r[1] % (uint32_t)count);
	for (int i = 0; i < count && step->r[2] % 8; i++, at = (at + 1) % count)
		if (wait ? w->m.waits[at].state >= STORE_WAITING_LEFT
		         : w->m.holds[at].state == STORE_HOLD_EXPIRED || w->m.holds[at].state == STORE_HOLD_RELEASED)
			break;
	const struct m_what *what = wait ? &w->m.waits[at].what : &w->m.holds[at].what;
	act->a = wait ? NONE : at;
	act->b = wait ? at : NONE;
	act->c = step->r[3] % 16 == 0                        ? any_buyer(step)
	         : step->r[3] % 2 == 0 && what->show != NONE ? w->m.shows[what->show].host
	                                                     : w->m.listings[what->listing].seller;
	act->vague = true;
	struct show_command *command = rig_command(&w->rig, SHOW_SECOND_CHANCE, act->c);
	if (wait)
		command->waiting_id = w->rig.waits[at];
	else
		command->hold_id = w->rig.holds[at];
	world_log(w, "account %d gives %s %d a second chance", act->c, wait ? "place" : "hold", at);
	act->ask = rig_take(&w->rig, command);
	act->tell = tell_second_chance;
	return true;
}
