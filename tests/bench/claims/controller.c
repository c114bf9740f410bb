/* The claim path itself: from the show thread's mailbox to the durable answer; and, sustained, until every claim has
 * its own row as well. */
#include "claims.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/settings.h"
#include "show/show.h"

#define LISTINGS 8
#define CLAIMS_PER_BUYER 5
#define PRICE 2500

struct stage {
	struct base_settings settings;
	struct store *store;
	struct pay_provider *provider;
	struct show_controller *controller;
	struct base_id seller, show, items[LISTINGS], *buyers;
	size_t buyers_count;
};

static int run_now(void (*run)(void *arg), void *arg, void *ctx)
{
	run(arg);
	return 0;
}

struct question {
	sem_t answered;
	struct show_result result;
};

static void on_answer(struct show_command *command, const struct show_result *result, void *ctx)
{
	struct question *question = ctx;
	question->result = *result;
	sem_post(&question->answered);
}

static struct show_result ask(struct stage *s, struct show_command *command, struct base_id actor)
{
	struct question question;
	sem_init(&question.answered, 0, 0);
	command->actor = actor;
	command->done = on_answer;
	command->ctx = &question;
	show_controller_post(s->controller, command);
	while (sem_wait(&question.answered) != 0)
		;
	sem_destroy(&question.answered);
	if (question.result.code != SHOW_OK)
		fail(question.result.detail, EINVAL);
	return question.result;
}

static void make_item(struct stage *s, size_t i)
{
	struct show_command *listing = show_command_new(SHOW_LISTING_CREATE);
	snprintf(listing->listing.title, sizeof(listing->listing.title), "Denim jacket number %zu", i);
	snprintf(listing->listing.currency, sizeof(listing->listing.currency), "EUR");
	listing->listing.price = PRICE;
	listing->listing.available = STORE_COUNT_MAX;
	struct base_id id = ask(s, listing, s->seller).listing.id;
	struct show_command *item = show_command_new(SHOW_ITEM_ADD);
	item->show_id = s->show;
	item->listing_id = id;
	s->items[i] = ask(s, item, s->seller).item.id;
}

struct sign_up {
	struct stage *stage;
	struct base_id *id;
	sem_t *done;
};

static void on_account(struct show_command *command, const struct show_result *result, void *ctx)
{
	struct sign_up *sign_up = ctx;
	if (result->code != SHOW_OK)
		fail(result->detail, EINVAL);
	*sign_up->id = result->account.person.id;
	sem_post(sign_up->done);
	free(sign_up);
}

static void sign_up(struct stage *s, struct base_id *id, const char *name, sem_t *done)
{
	struct sign_up *sign_up = malloc(sizeof(*sign_up));
	struct show_command *command = show_command_new(SHOW_ACCOUNT_CREATE);
	if (!sign_up)
		fail("malloc", ENOMEM);
	*sign_up = (struct sign_up){s, id, done};
	snprintf(command->account.person.username, sizeof(command->account.person.username), "%s", name);
	command->account.hosting = STORE_HOSTING_APPROVED;
	command->done = on_account;
	command->ctx = sign_up;
	show_controller_post(s->controller, command);
}

static void populate(struct stage *s)
{
	sem_t done;
	sem_init(&done, 0, 0);
	sign_up(s, &s->seller, "seller", &done);
	for (size_t i = 0; i < s->buyers_count; i++) {
		char name[32];
		snprintf(name, sizeof(name), "buyer%zu", i);
		sign_up(s, &s->buyers[i], name, &done);
	}
	for (size_t i = 0; i < s->buyers_count + 1; i++)
		while (sem_wait(&done) != 0)
			;
	sem_destroy(&done);
	struct show_command *show = show_command_new(SHOW_CREATE);
	snprintf(show->show.title, sizeof(show->show.title), "Friday vintage");
	s->show = ask(s, show, s->seller).show.id;
	for (size_t i = 0; i < LISTINGS; i++)
		make_item(s, i);
	struct show_command *start = show_command_new(SHOW_START);
	start->show_id = s->show;
	ask(s, start, s->seller);
}

static void on_event(const struct show_event *event, void *ctx)
{
	/* What the app does with events is measured end to end. */
}

static void start(struct stage *s, const char *dir)
{
	char why[256] = "";
	base_settings_init(&s->settings);
	int error = store_open(dir, why, sizeof(why), &s->store);
	if (error)
		fail(why, error);
	error = pay_provider_create("test", &s->provider);
	struct show_config config = {.settings = &s->settings,
	                             .store = s->store,
	                             .provider = s->provider,
	                             .run_blocking = run_now,
	                             .on_event = on_event};
	if (!error)
		error = show_controller_start(&config, &s->controller);
	if (error)
		fail("start", error);
}

struct asked {
	struct flow *flow;
	int64_t us;
};

static void on_claim(struct show_command *command, const struct show_result *result, void *ctx)
{
	const struct asked *asked = ctx;
	if (result->code != SHOW_HELD)
		fail(result->detail, EINVAL);
	flow_answer(asked->flow, asked->us);
}

/* As long as a UUID in words, and never the same. */
static void make_key(char key[64], size_t i)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t words[2] = {i * 0x9e3779b97f4a7c15u, i};
	for (size_t at = 0; at < 32; at++)
		key[at] = digits[words[at / 16] >> (60 - at % 16 * 4) & 15];
}

static void claim(struct stage *s, struct asked *asked, size_t i)
{
	struct show_command *command = show_command_new(SHOW_CLAIM);
	asked->us = flow_ask(asked->flow);
	command->actor = s->buyers[i % s->buyers_count];
	command->show_id = s->show;
	command->item_id = s->items[i % LISTINGS];
	command->quantity = 1;
	command->price = PRICE;
	make_key(command->key, i);
	command->done = on_claim;
	command->ctx = asked;
	show_controller_post(s->controller, command);
}

static void wait_until_settled(const char *dir)
{
	char *path = NULL;
	sqlite3 *db;
	sqlite3_stmt *any;
	if (asprintf(&path, "%s/trunkshow.db", dir) < 0 || sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, "SELECT 1 FROM claimed LIMIT 1", -1, &any, NULL) != SQLITE_OK)
		fail("looking for what has settled", EIO);
	while (sqlite3_step(any) == SQLITE_ROW) {
		sqlite3_reset(any);
		usleep(1000);
	}
	sqlite3_finalize(any);
	sqlite3_close(db);
	free(path);
}

static void run(size_t claims, const char *parent, bool settled, const char *name)
{
	char *dir = make_dir(parent);
	struct stage stage = {.buyers_count = claims / CLAIMS_PER_BUYER + 1};
	struct flow flow;
	struct asked *asked = calloc(claims, sizeof(*asked));
	stage.buyers = calloc(stage.buyers_count, sizeof(struct base_id));
	if (!stage.buyers || !asked)
		fail("calloc", ENOMEM);
	start(&stage, dir);
	populate(&stage);
	flow_init(&flow, claims);
	for (size_t i = 0; i < claims; i++) {
		asked[i].flow = &flow;
		claim(&stage, &asked[i], i);
	}
	flow_wait(&flow);
	if (settled) {
		wait_until_settled(dir);
		flow.ended_us = base_clock_monotonic_us();
	}
	flow_finish(&flow, name);
	show_controller_stop(stage.controller);
	pay_provider_destroy(stage.provider);
	store_close(stage.store);
	base_settings_finish(&stage.settings);
	free(stage.buyers);
	free(asked);
	remove_dir(dir);
}

void run_controller(size_t claims, const char *parent)
{
	run(claims, parent, false, "controller");
}

void run_sustained(size_t claims, const char *parent)
{
	run(claims, parent, true, "sustained");
}
