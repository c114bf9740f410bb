/* A small market on a fake clock: a seller, a host, some buyers, one listing in one live show; with or without a store
 * behind it. */
#ifndef TEST_SERVER_SHOW_WORLD_H
#define TEST_SERVER_SHOW_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "show/load.h"
#include "show/rules.h"

#define WORLD_BUYERS 16
#define WORLD_PRICE 2500
#define WORLD_NOTICES 32
#define MINUTE_US INT64_C(60000000)

/** Two entries for a table of tests: on memory alone, and with a store (`*state` is not NULL). */
#define BOTH(test)                                                                                                     \
	cmocka_unit_test(test),                                                                                        \
	{                                                                                                              \
		.name = #test " with a store", .test_func = test, .initial_state = (void *)"store"                     \
	}

struct world {
	struct rules r;
	struct rules_now now;
	struct store *store; /**< NULL: memory alone */
	char *dir;
	struct base_id admin, seller, host, buyers[WORLD_BUYERS];
	struct base_id listing, show, item;
	struct store_hold hold;            /**< see world_hold */
	size_t told[SHOW_EVENT_AUDIT + 1]; /**< events of the last commit, by type */
	struct store_notice notices[WORLD_NOTICES];
	size_t notices_count; /**< of all commits, in order; beyond WORLD_NOTICES only counted */
};

/** A folder of one's own under the temporary directory; freed with world_remove_dir. */
char *world_make_dir(void);
void world_remove_dir(char *dir);

void world_open(struct world *w, bool with_store, int64_t stock);
void world_close(struct world *w);
void world_pass(struct world *w, int64_t us); /**< time goes by, and the timers with it */
/** The server ends and starts again: everything comes from the store. */
void world_restart(struct world *w);
void world_commit(struct world *w); /**< and check what must always hold */

void world_free(struct show_command *command);
/** Decide and commit. Frees the command. */
struct rules_answer world_do(struct world *w, struct show_command *command, struct base_id actor);

/** The last notice; it must be one of these. */
const struct store_notice *world_notice(const struct world *w, struct base_id account, enum store_notice_code code);
struct rules_answer world_release(struct world *w, struct base_id buyer, struct base_id hold);
struct rules_answer world_restock(struct world *w, int64_t delta);
/** Another listing of the seller's, owner's terms as those of the first. */
struct base_id world_add_listing(struct world *w, int64_t price, int64_t stock);
void world_set_price(struct world *w, int64_t price);                         /**< the host, of the item */
void world_end_show(struct world *w);                                         /**< the host */
void world_ban(struct world *w, struct base_id account, bool banned);         /**< the host, from the show */
void world_ban_account(struct world *w, struct base_id account, bool banned); /**< the admin, from the market */
enum store_waiting_state world_waiting_state(struct world *w, struct base_id waiting);
int64_t world_place(struct world *w, struct base_id waiting);

/** What any market's buyers say; stages use them, too. */
struct show_command *world_claim_command(struct base_id show, struct base_id item, int64_t quantity, int64_t price,
                                         const char *key);
struct show_command *world_checkout_command(struct base_id seller, const char *key);
struct show_command *claim_of(const struct world *w, int64_t quantity, int64_t price, const char *key);
struct show_command *checkout_of(const struct world *w, const char *key);
struct rules_answer world_claim(struct world *w, struct base_id buyer, int64_t quantity, int64_t price,
                                const char *key);
struct rules_answer world_checkout(struct world *w, struct base_id buyer, const char *key);
struct rules_answer world_settle(struct world *w, struct base_id order, enum pay_outcome outcome);

const struct store_listing *world_listing(struct world *w);
void world_assert_stock(struct world *w, int64_t available, int64_t held, int64_t sold); /**< of the listing */
enum store_hold_state world_hold_state(struct world *w, struct base_id hold);
/** Without the names of its buyer; good until the next call. */
const struct store_hold *world_hold(struct world *w, struct base_id hold);
#endif
