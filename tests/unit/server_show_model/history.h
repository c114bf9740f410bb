/* Histories of a market: steps by chance, done to the engine and to the model alike. */
#ifndef TEST_SERVER_SHOW_HISTORY_H
#define TEST_SERVER_SHOW_HISTORY_H

#include "rig.h"

#define HISTORY_STEPS 400

/** Numbers without a meaning of their own until the step is done: so that a history from which steps were taken away is
 * still one. */
struct step {
	uint32_t kind, fault, r[6];
	bool with_next; /* in one batch with the next */
};

/** Steps by chance; the seed decides them all. */
void history_make(uint64_t seed, struct step steps[HISTORY_STEPS], size_t length);
/** Do them. @param strict compare everything after each step; @param log where each step is told, or NULL.
 *  @return how many steps were done until engine and model disagreed, `why` then says how; 0: never. */
size_t history_run(uint64_t seed, const struct step *steps, size_t length, bool strict, FILE *log, char why[256]);
/** What all histories so far came to: that nothing was left out by chance. */
void history_print_tally(FILE *out);
#endif
