#include <stdio.h>
#include <string.h>

#include "acts.h"

static const char *const cards[] = {"ok",       "ok",      "ok",      "ok",      "ok",
                                    "declined", "unknown", "unknown", "pending", "pending"};

static void tell_checkout(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out)
{
	model_checkout(&w->m, act->a, act->b, act->c, act->d, seen, out);
}

static void choose_checkout(struct world *w, const struct step *step, struct act *act)
{
	act->a = BUYER + (int)(step->r[0] % (ACCOUNTS - BUYER));
	act->b = SELLER + (int)(step->r[1] % 2);
	act->c = step->r[2] % 8 == 0;
	act->d = w->next_key++;
	for (int i = 0; i < w->m.holds_count; i++) {
		const struct m_hold *hold = &w->m.holds[(step->r[1] + (uint32_t)i) % (uint32_t)w->m.holds_count];
		if (hold->state == STORE_HOLD_ACTIVE) {
			act->a = hold->buyer;
			act->b = w->m.listings[hold->what.listing].seller;
			break;
		}
	}
	for (int i = 0; i < w->m.keys_count && step->r[3] % 4 == 0; i++) {
		const struct m_key *key = &w->m.keys[(step->r[4] + (uint32_t)i) % (uint32_t)w->m.keys_count];
		if (!key->used)
			continue;
		act->a = key->account;
		act->d = key->key;
		if (key->kind == KEY_ORDER) {
			act->b = (int)key->body[0];
			act->c = step->r[3] % 12 == 0 ? !key->body[1] : (int)key->body[1];
			break;
		}
	}
}

bool act_checkout(struct world *w, const struct step *step, struct act *act)
{
	choose_checkout(w, step, act);
	struct show_command *command = rig_command(&w->rig, SHOW_CHECKOUT, act->a);
	command->seller_id = w->rig.accounts[act->b];
	snprintf(command->address.name, sizeof(command->address.name), "Ada Example");
	snprintf(command->address.line1, sizeof(command->address.line1), "Long Street %d", act->c);
	snprintf(command->address.city, sizeof(command->address.city), "Berlin");
	snprintf(command->address.country, sizeof(command->address.country), "DE");
	snprintf(command->key, sizeof(command->key), "key-%d-%d", act->a, act->d);
	snprintf(command->card, sizeof(command->card), "%s", cards[step->r[5] % (sizeof(cards) / sizeof(cards[0]))]);
	world_log(w, "buyer %d checks out at seller %d, address %d, key %d, card %s", act->a, act->b, act->c, act->d,
	          command->card);
	act->ask = rig_take(&w->rig, command);
	act->tell = tell_checkout;
	return true;
}

static void tell_notice(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out)
{
	*out = (struct m_answer){.hold = NONE, .wait = NONE, .order = NONE, .waits_for = NONE};
	out->wrong = seen->answered && seen->code != SHOW_OK;
	snprintf(out->why, sizeof(out->why), "a notification was answered %d", seen->code);
	w->rig.truth[act->a].told = w->rig.truth[act->a].told || act->payment.outcome == PAY_CAPTURED;
	model_payment(&w->m, act->a, act->payment.outcome, 30);
}

/* The buyer confirms or refuses what is pending; or pays after all, when nobody waits for it any more. */
static bool change_truth(struct world *w, const struct step *step, struct rig_truth *truth, int order)
{
	bool failed = w->m.orders[order].state == STORE_ORDER_FAILED;
	if (truth->state == TRUTH_PENDING)
		truth->state = step->r[1] % 3 ? TRUTH_CAPTURED : TRUTH_DECLINED;
	else if (failed && (truth->state == TRUTH_DECLINED || truth->state == TRUTH_EXPIRED) && step->r[1] % 3 == 0)
		truth->state = TRUTH_CAPTURED;
	else
		return truth->state != TRUTH_NONE;
	return truth->told || step->r[2] % 5 != 0; /* else it happens, and word of it is lost */
}

bool act_notify(struct world *w, const struct step *step, struct act *act)
{
	static const enum pay_outcome outcomes[] = {[TRUTH_NONE] = PAY_UNKNOWN,
	                                            [TRUTH_CAPTURED] = PAY_CAPTURED,
	                                            [TRUTH_DECLINED] = PAY_DECLINED,
	                                            [TRUTH_PENDING] = PAY_PENDING,
	                                            [TRUTH_EXPIRED] = PAY_EXPIRED};
	char id[BASE_ID_TEXT];
	if (w->rig.orders_bound == 0)
		return false;
	act->a = (int)(step->r[0] % (uint32_t)w->rig.orders_bound);
	for (int i = 0; i < w->rig.orders_bound && step->r[3] % 4; i++, act->a = (act->a + 1) % w->rig.orders_bound)
		if (w->rig.truth[act->a].state == TRUTH_PENDING)
			break;
	struct rig_truth *truth = &w->rig.truth[act->a];
	if (!change_truth(w, step, truth, act->a))
		return false;
	struct show_command *command = rig_command(&w->rig, SHOW_PAYMENT, NONE);
	command->order_id = w->rig.orders[act->a];
	command->payment.outcome = act->payment.outcome = outcomes[truth->state];
	if (truth->state == TRUTH_CAPTURED) {
		command->payment.fee_minor = 30;
		snprintf(command->payment.reference, sizeof(command->payment.reference), "ref_%s",
		         base_id_format(w->rig.orders[act->a], id));
	}
	if (truth->state == TRUTH_DECLINED)
		snprintf(command->payment.reason, sizeof(command->payment.reason), "declined");
	world_log(w, "the provider tells of order %d: %d", act->a, command->payment.outcome);
	act->ask = rig_take(&w->rig, command);
	act->tell = tell_notice;
	return true;
}

static int any_order(const struct world *w, const struct step *step)
{
	int at = (int)(step->r[0] % (uint32_t)w->rig.orders_bound);
	for (int i = 0; i < w->rig.orders_bound && step->r[1] % 4; i++, at = (at + 1) % w->rig.orders_bound)
		if (w->m.orders[at].state == STORE_ORDER_PAID)
			break;
	return at;
}

static void tell_cancel(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out)
{
	model_cancel(&w->m, act->b, act->a, seen, out);
}

bool act_cancel(struct world *w, const struct step *step, struct act *act)
{
	if (w->rig.orders_bound == 0)
		return false;
	act->a = any_order(w, step);
	act->b = step->r[2] % 16 == 0 ? BUYER : step->r[2] % 2 ? w->m.orders[act->a].buyer : w->m.orders[act->a].seller;
	struct show_command *command = rig_command(&w->rig, SHOW_ORDER_CANCEL, act->b);
	command->order_id = w->rig.orders[act->a];
	world_log(w, "account %d cancels order %d", act->b, act->a);
	act->ask = rig_take(&w->rig, command);
	act->tell = tell_cancel;
	return true;
}

static void tell_ship(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out)
{
	model_ship(&w->m, act->b, act->a, seen, out);
}

bool act_ship(struct world *w, const struct step *step, struct act *act)
{
	if (w->rig.orders_bound == 0)
		return false;
	act->a = any_order(w, step);
	act->b = step->r[2] % 16 == 0 ? BUYER : w->m.orders[act->a].seller;
	struct show_command *command = rig_command(&w->rig, SHOW_ORDER_SHIP, act->b);
	command->order_id = w->rig.orders[act->a];
	snprintf(command->carrier, sizeof(command->carrier), "Post");
	snprintf(command->tracking, sizeof(command->tracking), "T%u", step->r[3]);
	world_log(w, "account %d ships order %d", act->b, act->a);
	act->ask = rig_take(&w->rig, command);
	act->tell = tell_ship;
	return true;
}
