/* A running show controller on a folder of its own, with a market in it; commands are asked and waited for. */
#ifndef TEST_SERVER_SHOW_STAGE_H
#define TEST_SERVER_SHOW_STAGE_H

#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/jobs.h"
#include "pay/provider.h"
#include "show/show.h"

#define STAGE_BUYERS 8
#define STAGE_PRICE 2500
#define CARD_OK "4242424242424242"

struct stage {
	char *dir;
	struct base_settings settings;
	struct base_jobs *jobs;
	struct store *store;
	struct pay_provider *provider;
	struct show_controller *controller;
	struct base_id seller, host, buyers[STAGE_BUYERS], listing, show, item;

	/* Set before stage_start; on the show thread. */
	void (*on_event)(const struct show_event *event, void *ctx);
	void *ctx;
};

/** A folder, defaults, the test provider. */
void stage_init(struct stage *s);
void stage_start(struct stage *s);
void stage_populate(struct stage *s, int64_t stock); /**< people, a listing, a live show */
void stage_stop(struct stage *s);                    /**< what is stored stays */
void stage_finish(struct stage *s);

/** The first three at once, with defaults; and the last two. */
void stage_open(struct stage *s, int64_t stock);
void stage_close(struct stage *s);

/** @param done as in the command: on the show thread. */
void stage_post(struct stage *s, struct show_command *command, struct base_id actor,
                void (*done)(struct show_command *command, const struct show_result *result, void *ctx), void *ctx);
/** Post, wait, return the answer. */
struct show_result stage_ask(struct stage *s, struct show_command *command, struct base_id actor);

struct show_command *stage_claim(const struct stage *s, int64_t quantity, const char *key);
struct show_command *stage_checkout(const struct stage *s, const char *key, const char *card);
#endif
