/* The market without a thread and without a clock: what waits becomes a batch, a batch becomes one transaction, and
 * only then is anybody answered. Time comes in, the store and the provider are the config's; a test drives it as the
 * show thread does. Thread: one, the owner's. */
#ifndef TRUNKSHOW_SHOW_ENGINE_H
#define TRUNKSHOW_SHOW_ENGINE_H

#include "show/rules.h"

struct show_engine;

/** Load what is live, resume clocks, as show_controller_start says.
 *  @param config copied; @param box borrowed, where the jobs of payments report to: its owner drains it between runs.
 *  @return 0; -EIO; -ENOMEM. */
__attribute__((warn_unused_result)) int show_engine_open(const struct show_config *config, struct base_mailbox *box,
                                                         const struct rules_now *now, struct show_engine **out);
/** No job may be out. Commands that were not decided are dropped without an answer, those that wait for a payment are
 * answered SHOW_RETRY. Accepts NULL. */
void show_engine_close(struct show_engine *e);

void show_engine_take(struct show_engine *e, struct show_command *command); /**< takes ownership */
void show_engine_picture(struct show_engine *e, const struct rules_now *now, struct base_id show, bool picture);
void show_engine_presence(struct show_engine *e, const struct rules_now *now, struct base_id account, bool present);

/** What time and payments demand, then one batch of what waits. @return true: more waits. */
bool show_engine_run(struct show_engine *e, const struct rules_now *now);
/** @return when there is work though nobody writes [monotonic µs], maybe past; INT64_MAX: never. */
int64_t show_engine_next_us(const struct show_engine *e, int64_t now_us);

void show_engine_stop(struct show_engine *e);         /**< launch no more payments */
bool show_engine_is_out(const struct show_engine *e); /**< a payment's job runs and will report */

/** Assert what must always hold, between runs. @return NULL, or what is wrong. */
const char *show_engine_check(struct show_engine *e);
#endif
