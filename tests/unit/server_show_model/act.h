/* What may happen in a market: each kind of step as a command for the engine and as a word to the model. */
#ifndef TEST_SERVER_SHOW_ACT_H
#define TEST_SERVER_SHOW_ACT_H

#include <stdio.h>

#include "history.h"

#define ACTS_MAX 6

struct world {
	struct model m;
	struct rig rig;
	int next_key;
	FILE *log;
};

/** A command that was given to the engine, and what the model is to be told of it. */
struct act {
	struct rig_ask *ask;
	void (*tell)(struct world *w, const struct act *act, const struct m_seen *seen, struct m_answer *out);
	bool vague; /* without its answer nobody knows what it did */
	int a, b, c, d;
	int64_t price, until_ms;
	bool yes;
	struct m_claim claim;
	struct m_change change;
	struct pay_result payment;
};

/** People, listings, shows. */
void world_open(struct world *w, uint64_t seed);
void world_close(struct world *w);
void world_log(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Do a step: a command is added to the acts; or time passes, a provider answers, somebody comes or goes.
 *  @return false: what was added before must run on its own. */
bool world_act(struct world *w, const struct step *step, struct act *acts, int *count);
/** Tell the model what a provider answered. */
void world_paid(struct world *w, const struct rig_asked *asked);
bool world_is_at_rest(const struct world *w);
/** Every captured payment that was told is in one order or one full refund. */
void world_check_money(struct world *w);
#endif
