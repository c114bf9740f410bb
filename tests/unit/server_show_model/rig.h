/* The real engine with the real store, a clock that stands until it is moved, a provider that does as it is told, and
 * ids that count: so that a seed is a history. Nothing here has a thread. */
#ifndef TEST_SERVER_SHOW_RIG_H
#define TEST_SERVER_SHOW_RIG_H

#include <setjmp.h>

#include "model.h"
#include "pay/provider.h"
#include "show/engine.h"
#include "store/internal.h"

#define RIG_ASKS 12
#define RIG_JOBS 256

/** One command and its answer; those of a checkout may come much later. */
struct rig_ask {
	bool out, answered;
	struct m_seen seen;
	struct base_id hold, wait, order, account, listing, show;
	int order_waited; /* NONE */
};

/** What a provider knows of a payment. */
struct rig_truth {
	enum { TRUTH_NONE, TRUTH_CAPTURED, TRUTH_DECLINED, TRUTH_PENDING, TRUTH_EXPIRED } state;
	bool told; /* that it was captured */
	bool refunded;
};

/** What the engine last asked of the provider, and was answered. */
struct rig_asked {
	enum { ASKED_NOTHING, ASKED_CHARGE, ASKED_EXPIRE, ASKED_REFUND } what;
	int order, refund_error;
	enum pay_outcome outcome;
};

enum rig_fault { FAULT_NONE, FAULT_FAIL, FAULT_CUT_BEFORE, FAULT_CUT_AFTER };

struct rig {
	struct base_settings settings;
	char *dir;
	struct store *store;
	struct base_mailbox *box;
	struct show_engine *engine;
	struct store_reader reader; /* sees in `hold` what has no row yet as well */
	struct rules_now now;
	const struct model *model;

	struct base_id accounts[ACCOUNTS], listings[LISTINGS], variants[VARIANTS], shows[SHOWS], items[ITEMS],
	        holds[HOLDS], waits[WAITS], orders[ORDERS];
	int variants_bound, items_bound, holds_bound, waits_bound, orders_bound;

	struct rig_ask asks[RIG_ASKS]; /* of this step */
	int asks_count;
	struct rig_ask late[ORDERS * 2]; /* checkouts that wait for their payment */
	int late_count;

	struct pay_provider provider;
	struct rig_truth truth[ORDERS];
	struct rig_asked asked;
	bool provider_down, unanswered_is_captured;
	struct {
		void (*run)(void *arg);
		void *arg;
	} jobs[RIG_JOBS];
	int jobs_count;
	bool pool_full;

	enum rig_fault fault;
	int fault_at, fault_error; /* at which commit of the run, with what */
	bool fault_fired;
	int fired_at;
	jmp_buf cut;
	char wrong[256]; /* what the rig itself saw; empty: nothing */
};

/** A folder in memory, if there is one; accounts, listings, shows and items of an empty market come from the schedule.
 */
void rig_open(struct rig *rig, const struct m_limits *limits, const struct model *model);
void rig_close(struct rig *rig);

struct show_command *rig_command(struct rig *rig, enum show_verb verb, int actor);
/** The command will be in the next run. */
struct rig_ask *rig_take(struct rig *rig, struct show_command *command);
/** One run of the engine. @return false: the power was cut, and the engine is gone. */
bool rig_run(struct rig *rig);
void rig_pass(struct rig *rig, int64_t ms);
/** The provider's answer to one of the questions that are out comes. Then rig_run. @return false: nothing is out. */
bool rig_job(struct rig *rig, unsigned which);
/** End and start again; @param power whether the process just stops. Jobs that are out are lost, though the provider
 * may have heard them. */
void rig_restart(struct rig *rig, bool power, int64_t downtime_ms);
void rig_presence(struct rig *rig, int account, bool present);

/** Ids of what the store has and the model made since. */
void rig_bind(struct rig *rig);
void rig_wrong(struct rig *rig, const char *format, ...) __attribute__((format(printf, 2, 3)));
#endif
