#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

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

void stage_post(struct stage *s, struct show_command *command, struct base_id actor,
                void (*done)(struct show_command *command, const struct show_result *result, void *ctx), void *ctx)
{
	command->actor = actor;
	command->done = done;
	command->ctx = ctx;
	show_controller_post(s->controller, command);
}

struct show_result stage_ask(struct stage *s, struct show_command *command, struct base_id actor)
{
	struct question question;
	sem_init(&question.answered, 0, 0);
	stage_post(s, command, actor, on_answer, &question);
	while (sem_wait(&question.answered) != 0)
		;
	sem_destroy(&question.answered);
	return question.result;
}

struct job {
	void (*run)(void *arg);
	void *arg;
};

static void run_job(void *arg, void *local)
{
	struct job *job = arg;
	job->run(job->arg);
	free(job);
}

static int run_blocking(void (*run)(void *arg), void *arg, void *ctx)
{
	struct stage *s = ctx;
	struct job *job = malloc(sizeof(*job));
	assert_non_null(job);
	*job = (struct job){run, arg};
	int error = base_jobs_submit(s->jobs, BASE_JOBS_PROVIDER, run_job, job);
	if (error)
		free(job);
	return error;
}

static void pass_event(const struct show_event *event, void *ctx)
{
	struct stage *s = ctx;
	if (s->on_event)
		s->on_event(event, s->ctx);
}

void stage_init(struct stage *s)
{
	memset(s, 0, sizeof(*s));
	s->dir = world_make_dir();
	base_settings_init(&s->settings);
	s->settings.hold_per_item = 1000;
	s->settings.hold_per_buyer = 1000;
	assert_int_equal(pay_provider_create("test", &s->provider), 0);
}

void stage_start(struct stage *s)
{
	char why[256];
	assert_int_equal(base_jobs_create(2, NULL, &s->jobs), 0);
	assert_int_equal(store_open(s->dir, why, sizeof(why), &s->store), 0);
	struct show_config config = {.settings = &s->settings,
	                             .store = s->store,
	                             .provider = s->provider,
	                             .run_blocking = run_blocking,
	                             .on_event = pass_event,
	                             .ctx = s};
	assert_int_equal(show_controller_start(&config, &s->controller), 0);
}

void stage_stop(struct stage *s)
{
	show_controller_stop(s->controller);
	base_jobs_destroy(s->jobs);
	store_close(s->store);
}

void stage_finish(struct stage *s)
{
	pay_provider_destroy(s->provider);
	base_settings_finish(&s->settings);
	world_remove_dir(s->dir);
}

static struct base_id make_account(struct stage *s, const char *username)
{
	struct show_command *command = show_command_new(SHOW_ACCOUNT_CREATE);
	snprintf(command->account.person.username, sizeof(command->account.person.username), "%s", username);
	struct show_result result = stage_ask(s, command, (struct base_id){{0}});
	assert_int_equal(result.code, SHOW_OK);
	return result.account.person.id;
}

void stage_populate(struct stage *s, int64_t stock)
{
	s->seller = make_account(s, "seller");
	s->host = make_account(s, "host");
	for (int i = 0; i < STAGE_BUYERS; i++) {
		char name[16];
		snprintf(name, sizeof(name), "buyer%d", i);
		s->buyers[i] = make_account(s, name);
	}
	struct show_command *listing = show_command_new(SHOW_LISTING_CREATE);
	snprintf(listing->listing.title, sizeof(listing->listing.title), "Denim jacket");
	snprintf(listing->listing.currency, sizeof(listing->listing.currency), "EUR");
	listing->listing.price = STAGE_PRICE;
	listing->listing.available = stock;
	listing->listing.community.ok = true;
	s->listing = stage_ask(s, listing, s->seller).listing.id;
	struct show_command *show = show_command_new(SHOW_CREATE);
	snprintf(show->show.title, sizeof(show->show.title), "Friday vintage");
	s->show = stage_ask(s, show, s->host).show.id;
	struct show_command *item = show_command_new(SHOW_ITEM_ADD);
	item->show_id = s->show;
	item->listing_id = s->listing;
	s->item = stage_ask(s, item, s->host).item.id;
	struct show_command *start = show_command_new(SHOW_START);
	start->show_id = s->show;
	assert_int_equal(stage_ask(s, start, s->host).show.state, STORE_SHOW_LIVE);
}

void stage_open(struct stage *s, int64_t stock)
{
	stage_init(s);
	stage_start(s);
	stage_populate(s, stock);
}

void stage_close(struct stage *s)
{
	stage_stop(s);
	stage_finish(s);
}

struct show_command *stage_claim(const struct stage *s, int64_t quantity, const char *key)
{
	return world_claim_command(s->show, s->item, quantity, STAGE_PRICE, key);
}

struct show_command *stage_checkout(const struct stage *s, const char *key, const char *card)
{
	struct show_command *command = world_checkout_command(s->seller, key);
	snprintf(command->card, sizeof(command->card), "%s", card);
	return command;
}
