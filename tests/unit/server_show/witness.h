/* Looks from a second connection, at the moment at which the show thread gives its answer: what was answered is stored
 * already. */
#ifndef TEST_SERVER_SHOW_WITNESS_H
#define TEST_SERVER_SHOW_WITNESS_H

#include "stage.h"

#include "store/store.h"

struct witness {
	struct store_reader *reader;
	sem_t answered; /**< after each look */
	bool stored;
	enum store_order_state order_state;
};

/** On the store of a stage that has been started. */
void witness_open(struct witness *witness, const struct stage *s);
void witness_close(struct witness *witness);
/** How many holds of this buyer's are open in the store. */
int witness_holds(const struct witness *witness, struct base_id buyer);

/** Callbacks of a command; ctx: a witness. */
void witness_claim(struct show_command *command, const struct show_result *result, void *ctx);
void witness_order(struct show_command *command, const struct show_result *result, void *ctx);
#endif
