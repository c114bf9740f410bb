/* The show thread around the engine: its mailbox, its clocks, its start and its end. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "show/engine.h"

#define LOG_BYTES (INT64_C(24) << 20) /* a hundred thousand claims, or so */

struct show_controller {
	struct base_mailbox *box; /* any thread posts */
	pthread_t thread;

	/* The show thread's. */
	struct show_engine *engine;
	bool stopping;
};

static struct rules_now read_clocks(void)
{
	return (struct rules_now){.us = base_clock_monotonic_us(), .ms = base_clock_utc_ms()};
}

static void run_batches(struct show_controller *c)
{
	struct rules_now now;
	do
		now = read_clocks();
	while (show_engine_run(c->engine, &now));
}

/* @return how long nothing has to be done [µs]; -1: until somebody writes. */
static int64_t idle_us(const struct show_controller *c)
{
	int64_t now_us = base_clock_monotonic_us();
	int64_t next_us = show_engine_next_us(c->engine, now_us);
	return c->stopping || next_us == INT64_MAX ? -1 : MAX(next_us - now_us, 0);
}

static void *show_thread(void *arg)
{
	struct show_controller *c = arg;
	pthread_setname_np(pthread_self(), "show");
	run_batches(c); /* what the load resumed, and the orders that were paying */
	while (!c->stopping || show_engine_is_out(c->engine)) {
		base_mailbox_wait(c->box, idle_us(c));
		base_mailbox_drain(c->box, c);
		run_batches(c);
	}
	show_engine_close(c->engine);
	return NULL;
}

int show_controller_start(const struct show_config *config, struct show_controller **out)
{
	struct show_controller *c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	store_reserve_log(config->store, LOG_BYTES);
	struct rules_now now = read_clocks();
	int error = base_mailbox_create(NULL, NULL, &c->box);
	if (!error)
		error = show_engine_open(config, c->box, &now, &c->engine);
	if (!error)
		error = -pthread_create(&c->thread, NULL, show_thread, c);
	if (error) {
		show_engine_close(c->engine);
		base_mailbox_destroy(c->box);
		free(c);
		return error == -ENOMEM ? -ENOMEM : -EIO;
	}
	*out = c;
	return 0;
}

static void on_stop(struct base_mail *mail, void *owner)
{
	struct show_controller *c = owner;
	c->stopping = true;
	show_engine_stop(c->engine);
	free(mail);
}

void show_controller_stop(struct show_controller *c)
{
	if (!c)
		return;
	struct base_mail *mail = calloc(1, sizeof(*mail));
	if (!mail)
		abort();
	mail->deliver = on_stop;
	base_mailbox_post(c->box, mail);
	pthread_join(c->thread, NULL);
	base_mailbox_destroy(c->box);
	free(c);
}

static void on_command(struct base_mail *mail, void *owner)
{
	show_engine_take(((struct show_controller *)owner)->engine, (struct show_command *)mail);
}

void show_controller_post(struct show_controller *c, struct show_command *command)
{
	if (!command->arrived_us)
		command->arrived_us = base_clock_monotonic_us();
	command->mail.deliver = on_command;
	base_mailbox_post(c->box, &command->mail);
}

/* Word from elsewhere that something is there, or no longer. */
struct seen_mail {
	struct base_mail mail;
	struct base_id of;
	bool there;
};

static void tell_seen(struct show_controller *c, void (*deliver)(struct base_mail *, void *), struct base_id of,
                      bool there)
{
	struct seen_mail *mail = calloc(1, sizeof(*mail));
	if (!mail)
		abort();
	mail->mail.deliver = deliver;
	mail->of = of;
	mail->there = there;
	base_mailbox_post(c->box, &mail->mail);
}

static void on_picture(struct base_mail *mail, void *owner)
{
	const struct seen_mail *told = (struct seen_mail *)mail;
	struct rules_now now = read_clocks();
	show_engine_picture(((struct show_controller *)owner)->engine, &now, told->of, told->there);
	free(mail);
}

void show_controller_picture(struct show_controller *c, struct base_id show, bool picture)
{
	tell_seen(c, on_picture, show, picture);
}

static void on_presence(struct base_mail *mail, void *owner)
{
	const struct seen_mail *told = (struct seen_mail *)mail;
	struct rules_now now = read_clocks();
	show_engine_presence(((struct show_controller *)owner)->engine, &now, told->of, told->there);
	free(mail);
}

void show_controller_presence(struct show_controller *c, struct base_id account, bool present)
{
	tell_seen(c, on_presence, account, present);
}
