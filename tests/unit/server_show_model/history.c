#include "history.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act.h"
#include "compare.h"

#define COMPARE_ALL_EVERY 16
#define PATIENCE_MS 500

static struct {
	long holds[STORE_HOLD_RETURNED + 1], waits[STORE_WAITING_CLOSED + 1], orders[STORE_ORDER_SHIPPED + 1];
	long refunds, late, failures, cuts;
} tally;

static void count(const struct world *w)
{
	for (int i = 0; i < w->m.holds_count; i++)
		tally.holds[w->m.holds[i].state]++;
	for (int i = 0; i < w->m.waits_count; i++)
		tally.waits[w->m.waits[i].state]++;
	for (int i = 0; i < w->m.orders_count; i++) {
		const struct m_order *order = &w->m.orders[i];
		tally.orders[order->state]++;
		tally.refunds += order->refund == STORE_REFUND_DONE;
		tally.late += order->refund == STORE_REFUND_DONE && order->state == STORE_ORDER_FAILED;
	}
}

void history_print_tally(FILE *out)
{
	fprintf(out, "holds: %ld sold, %ld released, %ld expired, %ld returned\n", tally.holds[STORE_HOLD_SOLD],
	        tally.holds[STORE_HOLD_RELEASED], tally.holds[STORE_HOLD_EXPIRED], tally.holds[STORE_HOLD_RETURNED]);
	fprintf(out, "waits: %ld served, %ld left, %ld lapsed, %ld closed\n", tally.waits[STORE_WAITING_SERVED],
	        tally.waits[STORE_WAITING_LEFT], tally.waits[STORE_WAITING_LAPSED], tally.waits[STORE_WAITING_CLOSED]);
	fprintf(out, "orders: %ld paid, %ld shipped, %ld failed, %ld cancelled; %ld refunds, %ld of late payments\n",
	        tally.orders[STORE_ORDER_PAID], tally.orders[STORE_ORDER_SHIPPED], tally.orders[STORE_ORDER_FAILED],
	        tally.orders[STORE_ORDER_CANCELLED], tally.refunds, tally.late);
	fprintf(out, "%ld commits failed, the power was cut %ld times in the middle of a run\n", tally.failures,
	        tally.cuts);
}

static uint64_t next_random(uint64_t *state) /* splitmix64 */
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void history_make(uint64_t seed, struct step steps[HISTORY_STEPS], size_t length)
{
	uint64_t state = seed;
	for (size_t i = 0; i < length; i++) {
		steps[i].kind = (uint32_t)next_random(&state);
		steps[i].fault = (uint32_t)next_random(&state);
		steps[i].with_next = next_random(&state) % 100 < 15;
		for (size_t r = 0; r < 6; r++)
			steps[i].r[r] = (uint32_t)next_random(&state);
	}
}

static void follow_clock(struct world *w)
{
	w->m.now_us = w->rig.now.us;
	w->m.now_ms = w->rig.now.ms;
}

/* One step's commands; most steps have one. */
struct batch {
	struct act acts[ACTS_MAX];
	int count;
};

/* What came of a run. */
struct outcome {
	bool cut;      /* the engine is gone */
	bool house;    /* payments and deadlines were stored */
	bool commands; /* the commands were decided and stored */
};

static void choose_fault(struct world *w, const struct step *step, const struct batch *batch)
{
	static const int errors[] = {-EAGAIN, -ENOSPC, -EEXIST};
	struct rig *rig = &w->rig;
	rig->fault = FAULT_NONE;
	if (step->fault % 1000 >= 50)
		return;
	uint32_t more = step->fault / 1000;
	rig->fault = more % 2 ? FAULT_FAIL : more / 2 % 2 ? FAULT_CUT_BEFORE : FAULT_CUT_AFTER;
	rig->fault_at = more / 4 % 4 ? 2 : 1; /* without commands the second is that of claims which settle */
	rig->fault_error = errors[more / 16 % 3];
	for (int i = 0; i < batch->count; i++)
		if (batch->acts[i].vague && rig->fault != FAULT_FAIL)
			rig->fault = FAULT_NONE; /* what was decided must be known without an answer */
	static const char *const names[] = {"", "the commit fails", "the power is cut before",
	                                    "the power is cut after"};
	if (rig->fault != FAULT_NONE)
		world_log(w, "  commit %d: %s (%d)", rig->fault_at, names[rig->fault], rig->fault_error);
}

static struct outcome run(struct world *w, const struct batch *batch)
{
	struct rig *rig = &w->rig;
	enum rig_fault fault = rig->fault;
	struct outcome outcome = {.cut = !rig_run(rig), .house = true, .commands = true};
	if (!rig->fault_fired)
		return outcome;
	*(outcome.cut ? &tally.cuts : &tally.failures) += 1;
	bool after = fault == FAULT_CUT_AFTER, first = rig->fired_at == 1;
	bool one_row = fault == FAULT_FAIL && rig->fault_error == -EEXIST;
	if (first)
		outcome.house = after || one_row;
	if (outcome.cut)
		outcome.commands = !first && after;
	else if (!first)
		outcome.commands = one_row && batch->count > 1; /* each for itself then */
	return outcome;
}

/* In the queue of its stock, as it is after the batch; 0: it waits no more. */
static int place_of(const struct model *m, int wait)
{
	const struct m_wait *is = &m->waits[wait];
	int place = 0;
	for (int i = 0; i <= wait && is->state == STORE_WAITING; i++)
		place += m->waits[i].state == STORE_WAITING && m->waits[i].what.listing == is->what.listing &&
		         m->waits[i].what.variant == is->what.variant;
	return place;
}

static void check_answer(struct world *w, const struct act *act, const struct m_answer *out)
{
	struct rig *rig = &w->rig;
	const struct rig_ask *ask = act->ask;
	if (out->wrong)
		rig_wrong(rig, "%s", out->why);
	if (!ask->answered && out->waits_for == NONE)
		rig_wrong(rig, "not answered");
	if (!ask->answered)
		return;
	/* A batch that was cut in pieces is answered in pieces. */
	if (out->wait != NONE && !rig->fault_fired && ask->seen.place != place_of(&w->m, out->wait))
		rig_wrong(rig, "the answer says place %d", (int)ask->seen.place);
	if (out->hold != NONE && !base_id_equal(ask->hold, rig->holds[out->hold]))
		rig_wrong(rig, "the answer names another hold than %d", out->hold);
	if (out->wait != NONE && !base_id_equal(ask->wait, rig->waits[out->wait]) &&
	    !(ask->seen.code == SHOW_HELD && w->m.waits[out->wait].hold != NONE))
		rig_wrong(rig, "the answer names another place than %d", out->wait);
	if (out->order != NONE && !base_id_equal(ask->order, rig->orders[out->order]))
		rig_wrong(rig, "the answer names another order than %d", out->order);
}

static void check_refused(struct world *w, const struct batch *batch)
{
	for (int i = 0; i < batch->count; i++) {
		const struct rig_ask *ask = batch->acts[i].ask;
		if (!ask->answered || (ask->seen.code != SHOW_RETRY && ask->seen.code != SHOW_UNAVAILABLE))
			rig_wrong(&w->rig, "the commit failed, and the answer was %d", ask->seen.code);
	}
}

static void check_silent(struct world *w, const struct batch *batch)
{
	for (int i = 0; i < batch->count; i++)
		if (batch->acts[i].ask->answered)
			rig_wrong(&w->rig, "answered before it was stored");
}

static void tell_commands(struct world *w, struct batch *batch)
{
	struct m_answer outs[ACTS_MAX];
	for (int i = 0; i < batch->count; i++) {
		struct act *act = &batch->acts[i];
		act->tell(w, act, &act->ask->seen, &outs[i]);
		if (outs[i].waits_for != NONE)
			act->ask->order_waited = outs[i].waits_for;
		if (act->ask->answered)
			world_log(w, "  answered %d%s", act->ask->seen.code,
			          act->ask->seen.repeated ? ", repeated" : "");
	}
	rig_bind(&w->rig);
	for (int i = 0; i < batch->count && !w->rig.wrong[0]; i++)
		check_answer(w, &batch->acts[i], &outs[i]);
}

static void tell_commands_unseen(struct world *w, struct batch *batch)
{
	static const struct m_seen unseen = {.answered = false};
	struct m_answer out;
	for (int i = 0; i < batch->count; i++)
		batch->acts[i].tell(w, &batch->acts[i], &unseen, &out);
	rig_bind(&w->rig);
}

/* Checkouts that waited for their payment. */
static void check_late(struct world *w, bool failed)
{
	struct rig *rig = &w->rig;
	for (int i = 0; i < rig->late_count; i++) {
		struct rig_ask *ask = &rig->late[i];
		if (!ask->answered || ask->order_waited == NONE)
			continue;
		bool retry = ask->seen.code == SHOW_RETRY || ask->seen.code == SHOW_UNAVAILABLE;
		if (!(retry && failed) && !model_checkout_code(&w->m, ask->order_waited, ask->seen.code))
			rig_wrong(rig, "the checkout of order %d, in state %d, was answered %d", ask->order_waited,
			          w->m.orders[ask->order_waited].state, ask->seen.code);
		ask->order_waited = NONE;
	}
}

static void come_back(struct world *w, bool power, int64_t downtime_ms)
{
	rig_restart(&w->rig, power, downtime_ms);
	follow_clock(w);
	model_restart(&w->m);
	w->rig.asks_count = 0;
	w->rig.late_count = 0;
	if (!w->rig.wrong[0] && !rig_run(&w->rig))
		rig_wrong(&w->rig, "cut off while starting");
	model_tick(&w->m);
	rig_bind(&w->rig);
	compare(&w->rig, &w->m, true);
}

/* The engine runs on what it was given, and the model follows. */
static void settle(struct world *w, const struct step *step, struct batch *batch)
{
	struct rig *rig = &w->rig;
	const struct rig_asked asked = rig->asked;
	rig->asked.what = ASKED_NOTHING;
	choose_fault(w, step, batch);
	follow_clock(w);
	struct outcome outcome = run(w, batch);
	bool fired = rig->fault_fired;
	if (outcome.house) {
		world_paid(w, &asked);
		model_tick(&w->m);
	}
	if (outcome.cut)
		check_silent(w, batch);
	if (outcome.cut && outcome.commands)
		tell_commands_unseen(w, batch);
	else if (outcome.commands)
		tell_commands(w, batch);
	else if (!outcome.cut)
		check_refused(w, batch);
	check_late(w, fired);
	if (outcome.cut) {
		come_back(w, step->fault & 1, step->r[5] % 2 ? step->r[5] % 100000 : 0);
	} else if (!outcome.house) {
		rig_pass(rig, PATIENCE_MS);
		follow_clock(w);
		if (!rig_run(rig))
			rig_wrong(rig, "cut off without a cut");
		world_paid(w, &asked);
		model_tick(&w->m);
		rig_bind(rig);
		check_late(w, false);
	}
}

static void check_step(struct world *w, bool all)
{
	struct rig *rig = &w->rig;
	rig_bind(rig);
	const char *wrong = rig->wrong[0] ? NULL : show_engine_check(rig->engine);
	if (wrong)
		rig_wrong(rig, "%s", wrong);
	if (!rig->wrong[0])
		compare(rig, &w->m, all);
}

/* In the end every payment is decided and every refund done, though nobody does anything but wait. */
static void come_to_rest(struct world *w)
{
	struct rig *rig = &w->rig;
	rig->provider_down = rig->pool_full = false;
	world_log(w, "all comes to rest");
	for (int round = 0; round < 3000 && !rig->wrong[0] && !world_is_at_rest(w); round++) {
		struct batch none = {.count = 0};
		static const struct step quiet = {.fault = 999};
		if (!rig_job(rig, 0))
			rig_pass(rig, 1000);
		settle(w, &quiet, &none);
	}
	if (!rig->wrong[0] && !world_is_at_rest(w))
		rig_wrong(rig, "an order is paying for ever, or a refund never done");
	world_check_money(w);
	if (!rig->wrong[0])
		come_back(w, true, 0);
}

size_t history_run(uint64_t seed, const struct step *steps, size_t length, bool strict, FILE *log, char why[256])
{
	struct world *w = calloc(1, sizeof(*w));
	size_t done = 0;
	if (!w)
		abort();
	w->log = log;
	world_open(w, seed);
	struct batch batch = {.count = 0};
	w->rig.asks_count = 0;
	for (; done < length && !w->rig.wrong[0]; done++) {
		bool more = world_act(w, &steps[done], batch.acts, &batch.count);
		if (more && steps[done].with_next && batch.count && batch.count < ACTS_MAX && done + 1 < length)
			continue;
		settle(w, &steps[done], &batch);
		if (w->rig.wrong[0])
			continue;
		batch.count = w->rig.asks_count = 0;
		check_step(w, strict || done % COMPARE_ALL_EVERY == 0);
	}
	if (!w->rig.wrong[0])
		come_to_rest(w);
	snprintf(why, 256, "%s", w->rig.wrong);
	count(w);
	world_close(w);
	free(w);
	return why[0] ? (done ? done : 1) : 0;
}
