#include "act.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "acts.h"

void world_log(struct world *w, const char *format, ...)
{
	va_list arguments;
	if (!w->log)
		return;
	va_start(arguments, format);
	vfprintf(w->log, format, arguments);
	va_end(arguments);
	fputc('\n', w->log);
}

/* What is no command: time, providers, connections, the process itself. */

static bool pass_time(struct world *w, const struct step *step)
{
	int64_t until_due = model_next_us(&w->m) == INT64_MAX ? 1000 : (model_next_us(&w->m) - w->m.now_us) / 1000;
	uint32_t how = step->r[0] % 10;
	int64_t ms = how < 4   ? until_due
	             : how < 5 ? until_due - 1
	             : how < 8 ? (int64_t)(step->r[1] % 20000)
	                       : (int64_t)(step->r[1] % 400000);
	rig_pass(&w->rig, ms > 0 ? ms : 1);
	world_log(w, "%lld ms pass: it is %lld", (long long)ms, (long long)w->rig.now.ms);
	return true;
}

static bool let_provider_answer(struct world *w, const struct step *step)
{
	static const char *const asked[] = {"nothing", "to charge", "to expire", "to refund"};
	w->rig.unanswered_is_captured = step->r[1] % 2;
	if (!rig_job(&w->rig, step->r[0]))
		return pass_time(w, step);
	world_log(w, "the provider was asked %s order %d: %d", asked[w->rig.asked.what], w->rig.asked.order,
	          w->rig.asked.what == ASKED_REFUND ? w->rig.asked.refund_error : (int)w->rig.asked.outcome);
	return true;
}

static bool come_or_go(struct world *w, const struct step *step)
{
	int account = BUYER + (int)(step->r[0] % (ACCOUNTS - BUYER));
	bool present = step->r[1] % 3 != 0;
	world_log(w, "buyer %d %s", account, present ? "comes" : "goes");
	rig_presence(&w->rig, account, present);
	model_presence(&w->m, account, present);
	return true;
}

static bool trouble(struct world *w, const struct step *step)
{
	w->rig.provider_down = step->r[0] % 3 == 0;
	w->rig.pool_full = step->r[1] % 4 == 0;
	world_log(w, "provider %s, pool %s", w->rig.provider_down ? "down" : "up", w->rig.pool_full ? "full" : "free");
	return true;
}

static bool restart(struct world *w, const struct step *step)
{
	int64_t downtime_ms = step->r[1] % 2 ? step->r[1] % 200000 : 0;
	world_log(w, "the server %s for %lld ms", step->r[0] % 2 ? "is without power" : "restarts",
	          (long long)downtime_ms);
	rig_restart(&w->rig, step->r[0] % 2, downtime_ms);
	w->rig.late_count = 0;
	w->m.now_us = w->rig.now.us;
	w->m.now_ms = w->rig.now.ms;
	model_restart(&w->m);
	return true;
}

/* How often each happens, in a thousand. */
static const struct {
	int weight;
	bool (*command)(struct world *w, const struct step *step, struct act *act); /* or */
	bool (*other)(struct world *w, const struct step *step);
} kinds[] = {
        {280, act_claim, NULL},     {60, act_release, NULL},
        {110, act_checkout, NULL},  {170, NULL, let_provider_answer},
        {110, NULL, pass_time},     {50, act_notify, NULL},
        {15, act_leave, NULL},      {25, act_second_chance, NULL},
        {40, NULL, come_or_go},     {60, act_listing, NULL},
        {70, act_item, NULL},       {15, act_add_item, NULL},
        {5, act_remove_item, NULL}, {2, act_end_show, NULL},
        {9, act_ban, NULL},         {9, act_ban_from, NULL},
        {6, act_block, NULL},       {30, act_cancel, NULL},
        {20, act_ship, NULL},       {8, NULL, restart},
        {10, NULL, trouble},
};

bool world_act(struct world *w, const struct step *step, struct act *acts, int *count)
{
	int at = (int)(step->kind % 1104);
	size_t kind = 0;
	for (; kind + 1 < sizeof(kinds) / sizeof(kinds[0]) && at >= kinds[kind].weight; kind++)
		at -= kinds[kind].weight;
	if (kinds[kind].other && *count)
		return false; /* a batch has commands alone */
	if (kinds[kind].other)
		return kinds[kind].other(w, step) && false;
	struct act *act = &acts[*count];
	*act = (struct act){.a = NONE, .b = NONE, .c = NONE, .d = NONE};
	if (kinds[kind].command(w, step, act))
		++*count;
	return true;
}

/* What providers say. */

void world_paid(struct world *w, const struct rig_asked *asked)
{
	if (asked->what == ASKED_NOTHING || asked->order == NONE)
		return;
	if (asked->what != ASKED_REFUND)
		model_payment(&w->m, asked->order, asked->outcome, 30);
	else if (asked->refund_error == 0)
		model_refunded(&w->m, asked->order);
}

bool world_is_at_rest(const struct world *w)
{
	for (int i = 0; i < w->m.orders_count; i++)
		if (w->m.orders[i].state == STORE_ORDER_PAYING || w->m.orders[i].refund == STORE_REFUND_OWED)
			return false;
	return true;
}

void world_check_money(struct world *w)
{
	for (int i = 0; i < w->m.orders_count; i++) {
		const struct m_order *order = &w->m.orders[i];
		const struct rig_truth *truth = &w->rig.truth[i];
		bool sold = order->state == STORE_ORDER_PAID || order->state == STORE_ORDER_SHIPPED;
		if (truth->state == TRUTH_CAPTURED && truth->told && sold == truth->refunded)
			rig_wrong(&w->rig, "order %d: captured, %s and %s", i, sold ? "sold" : "not sold",
			          truth->refunded ? "refunded" : "not refunded");
		if (truth->state != TRUTH_CAPTURED && (sold || truth->refunded))
			rig_wrong(&w->rig, "order %d: sold or refunded, and never captured", i);
	}
}
