/* Payments under way: each unsettled order is charged, expired or refunded on the jobs pool until the provider has
 * decided, and the checkouts that wait for it are answered once that is stored. A payment that its buyer has yet to
 * confirm is asked for no more, until its time is over. Thread: show, but for the job itself. */
#ifndef TRUNKSHOW_SHOW_PAYMENTS_H
#define TRUNKSHOW_SHOW_PAYMENTS_H

#include <stdatomic.h>

#include "show/rules.h"

struct payments {
	const struct show_config *config;
	struct base_mailbox *box; /**< where jobs report to */
	GHashTable *table;        /**< order id -> struct payment */
	size_t running;           /**< jobs out */
	atomic_size_t touching;   /**< jobs that may still touch the mailbox, after their mail was read even */
	size_t decided;           /**< results that are not stored yet */
	bool followed;            /**< what was loaded was taken up */
};

void payments_init(struct payments *p, const struct show_config *config, struct base_mailbox *box);
/** No job may be running. Those who still wait are answered SHOW_RETRY: their orders are settled at the next start. */
void payments_finish(struct payments *p);

/** Put what providers decided into the rules, before a commit: at most so many. @return how many. */
size_t payments_apply(struct payments *p, struct rules *r, const struct rules_now *now, size_t most);
/** After a commit, while the rules still know what it changed: answer who waits for a settled order, take up orders
 * that are new or that changed. */
void payments_committed(struct payments *p, struct rules *r, const struct rules_now *now);
/** The commit of what was applied failed: it is applied again, not before then [monotonic µs]. Those who wait for it
 * are answered with the code; SHOW_OK: they go on waiting. */
void payments_failed(struct payments *p, enum show_code code, int64_t again_us);

/** Answer the command when its order is settled, or waits for its buyer; takes ownership. Before payments_committed
 * tells of the order, or after. */
void payments_wait(struct payments *p, struct rules *r, struct base_id order, struct show_command *command);
/** Ask providers, where it is time. */
void payments_launch(struct payments *p, int64_t now_us);
/** @return when payments_launch has work [monotonic µs]; INT64_MAX: none. */
int64_t payments_next_us(const struct payments *p);
/** @return when payments_apply has work, likewise. */
int64_t payments_decided_us(const struct payments *p);

/** Call done, wipe and free. */
void show_command_answer(struct show_command *command, const struct show_result *result);
void show_command_answer_code(struct show_command *command, enum show_code code, const char *detail);
#endif
