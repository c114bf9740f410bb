/* A market with its payments under way, without threads: jobs run when they are let, and what they report waits in a
 * mailbox, as with the show thread. */
#ifndef TEST_SERVER_SHOW_DESK_H
#define TEST_SERVER_SHOW_DESK_H

#include "world.h"

#include "pay/provider.h"
#include "show/payments.h"

#define DESK_PENDING "4000002500003155"

struct desk {
	struct world w;
	struct pay_provider *provider;
	struct base_settings settings;
	struct show_config config;
	struct base_mailbox *box;
	struct payments payments;
	GPtrArray *jobs; /**< that are out */
};

/** With a store. @param provider NULL: the test provider, which goes with the desk. */
void desk_open(struct desk *d, struct pay_provider *provider, int64_t stock);
void desk_close(struct desk *d);
/** The process ends and starts again: what jobs, payments and the test provider knew is gone. */
void desk_restart(struct desk *d);

/** Decide and commit; payments see it. Frees the command. @param card NULL: one that is good. */
struct rules_answer desk_do(struct desk *d, struct show_command *command, struct base_id actor, const char *card);
struct rules_answer desk_checkout(struct desk *d, struct base_id buyer, const char *key, const char *card);
void desk_commit(struct desk *d); /**< as the show thread does after a step */

void desk_launch(struct desk *d);               /**< jobs go out */
void desk_finish_job(struct desk *d, guint at); /**< one of those that are out asks, and its report is read */
void desk_finish_jobs(struct desk *d);          /**< all of them */
bool desk_store(struct desk *d);  /**< what was decided goes into the rules and is stored. @return there was some */
void desk_settle(struct desk *d); /**< all of this until nothing is left that could be done now */
void desk_pass(struct desk *d, int64_t us); /**< time goes by, then as above */

/** What a provider tells by itself. */
struct rules_answer desk_tell(struct desk *d, struct base_id order, enum pay_outcome outcome);
/** The buyer's word at the test provider, told by it. @return of pay_provider_confirm. */
int desk_confirm(struct desk *d, struct base_id order, bool agree);
const struct store_purchase *desk_purchase(struct desk *d, struct base_id order);
#endif
