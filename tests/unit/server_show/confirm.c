/* Payments that wait for their buyer, with the threads that there are: the controller, the jobs, the buyer. */
#include "stage.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "show/engine.h"

#define PENDING "4000002500003155"

struct watch {
	struct stage s;
	sem_t decided; /* an order was told as paid or failed */
};

static void on_event(const struct show_event *event, void *ctx)
{
	struct watch *watch = ctx;
	if (event->type == SHOW_EVENT_ORDER &&
	    (event->order.state == STORE_ORDER_PAID || event->order.state == STORE_ORDER_FAILED))
		sem_post(&watch->decided);
}

static void open_market(struct watch *watch)
{
	stage_init(&watch->s);
	sem_init(&watch->decided, 0, 0);
	watch->s.on_event = on_event;
	watch->s.ctx = watch;
	stage_start(&watch->s);
	stage_populate(&watch->s, 3);
}

static void close_market(struct watch *watch)
{
	stage_close(&watch->s);
	sem_destroy(&watch->decided);
}

static struct store_order check_out(struct watch *watch)
{
	struct stage *s = &watch->s;
	assert_int_equal(stage_ask(s, stage_claim(s, 1, "c"), s->buyers[0]).code, SHOW_HELD);
	struct show_result answer = stage_ask(s, stage_checkout(s, "p", PENDING), s->buyers[0]);
	assert_int_equal(answer.code, SHOW_OK);
	assert_int_equal(answer.order.state, STORE_ORDER_PAYING);
	assert_true(answer.order.confirm);
	return answer.order;
}

static int say(struct watch *watch, struct base_id order, bool agree, struct show_result *answer)
{
	struct show_command *command = show_command_new(SHOW_PAYMENT);
	char text[BASE_ID_TEXT];
	int error = pay_provider_confirm(watch->s.provider, base_id_format(order, text), agree, &command->payment);
	command->order_id = order;
	if (error)
		command->mail.drop(&command->mail);
	else
		*answer = stage_ask(&watch->s, command, (struct base_id){{0}});
	return error;
}

static void wait_until_decided(struct watch *watch)
{
	while (sem_wait(&watch->decided) != 0)
		;
}

static void test_buyer_agrees(void **state)
{
	struct watch watch;
	struct show_result answer;
	open_market(&watch);
	struct store_order order = check_out(&watch);
	assert_int_equal(say(&watch, order.id, true, &answer), 0);
	assert_int_equal(answer.code, SHOW_OK);
	assert_int_equal(answer.order.state, STORE_ORDER_PAID);
	assert_false(answer.order.confirm);
	wait_until_decided(&watch);
	struct show_result again = stage_ask(&watch.s, stage_checkout(&watch.s, "p", PENDING), watch.s.buyers[0]);
	assert_true(again.repeated);
	assert_int_equal(again.order.state, STORE_ORDER_PAID);
	close_market(&watch);
}

static void test_buyer_refuses(void **state)
{
	struct watch watch;
	struct show_result answer;
	open_market(&watch);
	struct store_order order = check_out(&watch);
	assert_int_equal(say(&watch, order.id, false, &answer), 0);
	assert_int_equal(answer.order.state, STORE_ORDER_FAILED);
	struct show_result again = stage_ask(&watch.s, stage_checkout(&watch.s, "p", "4242424242424242"),
	                                     watch.s.buyers[0]); /* what was held is held again */
	assert_int_equal(again.code, SHOW_OK);
	assert_int_equal(again.order.state, STORE_ORDER_PAID);
	close_market(&watch);
}

/* ---- the engine under the controller, on a clock of our own ---- */

struct engine {
	struct stage s;
	struct base_mailbox *box;
	struct show_engine *engine;
	struct rules_now now;
	struct show_result answer;
	int answers;
};

static int run_at_once(void (*run)(void *arg), void *arg, void *ctx)
{
	run(arg);
	return 0;
}

static void keep_answer(struct show_command *command, const struct show_result *result, void *ctx)
{
	struct engine *e = ctx;
	e->answer = *result;
	e->answers++;
}

static void run_engine(struct engine *e)
{
	for (int i = 0; i < 4; i++) {
		show_engine_run(e->engine, &e->now);
		base_mailbox_drain(e->box, NULL);
	}
	assert_null(show_engine_check(e->engine));
}

static void ask_engine(struct engine *e, struct show_command *command, struct base_id actor)
{
	int before = e->answers;
	command->actor = actor;
	command->done = keep_answer;
	command->ctx = e;
	show_engine_take(e->engine, command);
	run_engine(e);
	assert_int_equal(e->answers, before + 1);
}

/* On the market that a controller has made. */
static void open_engine(struct engine *e)
{
	char why[256];
	stage_init(&e->s);
	stage_start(&e->s);
	stage_populate(&e->s, 3);
	stage_stop(&e->s);
	assert_int_equal(store_open(e->s.dir, why, sizeof(why), &e->s.store), 0);
	assert_int_equal(base_mailbox_create(NULL, NULL, &e->box), 0);
	e->now = (struct rules_now){.us = 1000000, .ms = INT64_C(1795288800000)};
	struct show_config config = {.settings = &e->s.settings,
	                             .store = e->s.store,
	                             .provider = e->s.provider,
	                             .run_blocking = run_at_once};
	assert_int_equal(show_engine_open(&config, e->box, &e->now, &e->engine), 0);
	run_engine(e);
}

static void close_engine(struct engine *e)
{
	show_engine_close(e->engine);
	base_mailbox_destroy(e->box);
	store_close(e->s.store);
	stage_finish(&e->s);
}

static void test_time_runs_out(void **state)
{
	struct engine e = {.answers = 0};
	open_engine(&e);
	ask_engine(&e, stage_claim(&e.s, 1, "c"), e.s.buyers[0]);
	ask_engine(&e, stage_checkout(&e.s, "p", PENDING), e.s.buyers[0]);
	assert_int_equal(e.answer.code, SHOW_OK);
	assert_true(e.answer.order.confirm);
	int64_t deadline_us = e.now.us + e.s.settings.hold_s * 1000000;
	while (e.now.us < deadline_us) { /* as often as the engine wishes */
		e.now.us = MIN(show_engine_next_us(e.engine, e.now.us), deadline_us);
		run_engine(&e);
	}
	char text[BASE_ID_TEXT];
	struct pay_result told;
	base_id_format(e.answer.order.id, text);
	assert_int_equal(pay_provider_confirm(e.s.provider, text, true, &told), -ENOENT);
	ask_engine(&e, stage_claim(&e.s, 3, "d"), e.s.buyers[1]);
	assert_int_equal(e.answer.code, SHOW_HELD);
	close_engine(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_buyer_agrees),
	        cmocka_unit_test(test_buyer_refuses),
	        cmocka_unit_test(test_time_runs_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
