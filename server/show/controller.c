/* The show thread: what waits becomes a batch, a batch becomes one transaction, and only then is anybody answered. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "show/load.h"
#include "show/payments.h"

#define BATCH_MAX 1024
#define ITEMS_PER_SHOW 500
#define HOLD_LEAST_MS 60000
#define PATIENCE_US INT64_C(500000) /* after a failed commit, until timers and payments are tried again */
#define SWEEP_EVERY_US INT64_C(600000000)
#define KEYS_KEPT_MS (30 * INT64_C(86400000)) /* nobody repeats a claim or a checkout after so long */
#define WALL_CLOCK_EVERY_US INT64_C(10000000) /* look whether it was set, while deadlines run */

#define SICK_US INT64_C(30000000) /* until something that cannot be stored is tried again */
#define ATTEMPTS 64               /* to find what cannot be stored, at most so many commits a batch */

struct decided {
	struct show_command *command;
	char method[PAY_METHOD_BYTES]; /* the provider's word for the card, which is wiped at once */
	struct rules_answer answer;
};

struct part {
	guint from, to; /* of the batch */
};

struct show_controller {
	struct show_config config; /* constant */
	struct base_mailbox *box;  /* any thread posts */
	pthread_t thread;

	/* The show thread's. */
	struct rules rules;
	struct payments payments;
	GPtrArray *waiting; /* commands, as they came */
	GArray *batch;      /* struct decided */
	struct show_result *result;
	struct show_event *event;
	int64_t patient_until_us; /* a commit failed: no house-keeping before */
	int attempts;             /* left to find the command that cannot be stored */
	int64_t sweep_us;         /* when to forget expired sessions and old keys next */
	bool stopping;
};

static struct rules_now read_clocks(void)
{
	return (struct rules_now){.us = base_clock_monotonic_us(), .ms = base_clock_utc_ms()};
}

/* What is on the disk is unknown: nothing in this process may be believed or answered. The next start reads what is
 * true. */
static _Noreturn void die(const char *what, int error)
{
	base_log(BASE_LOG_ERROR, "show", "store_failed",
	         "what=%s error=%d: the disk failed and the outcome is unknown; the process ends, the next start "
	         "recovers",
	         what, error);
	_exit(SHOW_EXIT_STORE);
}

static struct part take_batch(struct show_controller *c)
{
	guint count = MIN(c->waiting->len, BATCH_MAX);
	g_array_set_size(c->batch, count);
	for (guint i = 0; i < count; i++) {
		struct decided *decided = &g_array_index(c->batch, struct decided, i);
		decided->command = g_ptr_array_index(c->waiting, i);
		decided->method[0] = '\0';
		if (decided->command->verb == SHOW_CHECKOUT)
			pay_provider_method(c->config.provider, decided->command->card, decided->method);
		explicit_bzero(decided->command->card, sizeof(decided->command->card));
	}
	if (count)
		g_ptr_array_remove_range(c->waiting, 0, count);
	return (struct part){0, count};
}

static void decide_commands(struct show_controller *c, const struct rules_now *now, struct part part)
{
	for (guint i = part.from; i < part.to; i++) {
		struct decided *decided = &g_array_index(c->batch, struct decided, i);
		rules_decide(&c->rules, now, decided->command, decided->method, &decided->answer);
	}
}

/* What is read to decide and what is written then are one transaction. */
static void begin(struct show_controller *c)
{
	int error = store_begin(c->config.store);
	if (error)
		c->rules.error = error;
}

static int commit(struct show_controller *c)
{
	int error = c->rules.error == -EIO ? -EAGAIN : c->rules.error; /* a read failed: nothing was written */
	if (!error) {
		error = show_write(&c->rules, c->config.store);
		if (!error)
			error = store_commit(c->config.store);
		if (error == -EIO)
			die("commit", error);
	}
	if (error)
		store_rollback(c->config.store);
	return error;
}

static void answer_commands(struct show_controller *c, struct part part)
{
	for (guint i = part.from; i < part.to; i++) {
		struct decided *decided = &g_array_index(c->batch, struct decided, i);
		if (decided->answer.wait) {
			payments_wait(&c->payments, decided->answer.purchase, decided->command);
			continue;
		}
		rules_fill_result(&c->rules, &decided->answer, c->result);
		show_command_answer(decided->command, c->result);
	}
}

static void tell_events(struct show_controller *c)
{
	for (guint i = 0; c->config.on_event && i < c->rules.events->len; i++) {
		rules_fill_event(&c->rules, &g_array_index(c->rules.events, struct rules_event, i), c->event);
		/* An item that was changed and then removed has been told as removed. */
		if (c->event->type != SHOW_EVENT_ITEM || !c->event->item.removed)
			c->config.on_event(c->event, c->config.ctx);
	}
}

static void succeed(struct show_controller *c, const struct rules_now *now, struct part part)
{
	payments_committed(&c->payments, &c->rules, now);
	answer_commands(c, part);
	tell_events(c);
	rules_committed(&c->rules);
	int error = store_checkpoint(c->config.store);
	if (error == -EIO)
		die("checkpoint", error);
	rules_trim(&c->rules);
}

/* Commit, then answer and tell; or give up what was decided and load what is true. */
static int conclude(struct show_controller *c, const struct rules_now *now, struct part part)
{
	int error = commit(c);
	if (!error) {
		succeed(c, now, part);
		return 0;
	}
	base_log(BASE_LOG_ERROR, "show", "commit_failed", "error=%d commands=%u", error, part.to - part.from);
	rules_forget(&c->rules);
	int reload = show_load(&c->rules, c->config.store, now, 0);
	if (reload)
		die("reload", reload);
	return error;
}

/* The store lives, but does not take one of the rows: whose it is must be found. Other errors concern everybody. */
static bool is_of_one_row(int error)
{
	return error == -EEXIST || error == -EINVAL;
}

static enum show_code code_of(int error)
{
	return error == -ENOSPC || error == -EACCES ? SHOW_UNAVAILABLE : SHOW_RETRY;
}

static void refuse_part(struct show_controller *c, struct part part, int error)
{
	const char *detail = error == -ENOSPC   ? "the disk is full"
	                     : error == -EACCES ? "the store is read-only"
	                                        : "nothing changed: try again";
	for (guint i = part.from; i < part.to; i++)
		show_command_answer_code(g_array_index(c->batch, struct decided, i).command, code_of(error), detail);
}

/* One transaction; but a command that cannot be stored harms itself alone, so its batch is halved until it is alone. */
static void run_part(struct show_controller *c, struct part part)
{
	struct rules_now now = read_clocks();
	guint middle = part.from + (part.to - part.from) / 2;
	begin(c);
	decide_commands(c, &now, part);
	int error = conclude(c, &now, part);
	if (is_of_one_row(error) && middle > part.from && c->attempts-- > 0) {
		run_part(c, (struct part){part.from, middle});
		run_part(c, (struct part){middle, part.to});
	} else if (error) {
		refuse_part(c, part, error);
	}
}

static void forget_what_is_old(struct show_controller *c, const struct rules_now *now)
{
	if (now->us < c->sweep_us)
		return;
	rules_record(&c->rules, RULES_SESSIONS_EXPIRE)->before_ms = now->ms;
	rules_record(&c->rules, RULES_KEYS_EXPIRE)->before_ms = now->ms - KEYS_KEPT_MS;
	c->sweep_us = now->us + SWEEP_EVERY_US;
}

/* Each deadline and each payment in a transaction of its own; one that cannot be stored waits, the others go on. */
static void keep_house_in_pieces(struct show_controller *c)
{
	int attempts = ATTEMPTS;
	for (bool more = true; more && attempts > 0;) {
		struct rules_now now = read_clocks();
		begin(c);
		bool paid = payments_apply(&c->payments, &c->rules, &now, 1) > 0;
		const struct rules_row *due = paid ? NULL : rules_tick_one(&c->rules, &now);
		struct base_id id = due ? due->id : (struct base_id){{0}};
		enum rules_kind kind = due ? due->kind : RULES_KINDS;
		int error = conclude(c, &now, (struct part){0, 0});
		more = paid || due;
		if (!error)
			continue;
		attempts = is_of_one_row(error) ? attempts - 1 : 0;
		payments_failed(&c->payments, SHOW_RETRY, now.us + SICK_US);
		rules_postpone(&c->rules, kind, id, now.us + SICK_US);
	}
	if (attempts == 0)
		c->patient_until_us = base_clock_monotonic_us() + PATIENCE_US;
}

/* What nobody asked for: payments that were decided, time that has passed. */
static void keep_house(struct show_controller *c)
{
	struct rules_now now = read_clocks();
	if (now.us < c->patient_until_us)
		return;
	begin(c);
	rules_follow_wall_clock(&c->rules, &now);
	payments_apply(&c->payments, &c->rules, &now, SIZE_MAX);
	while (rules_tick_one(&c->rules, &now))
		;
	forget_what_is_old(c, &now);
	int error = conclude(c, &now, (struct part){0, 0});
	if (is_of_one_row(error)) {
		payments_failed(&c->payments, SHOW_OK, now.us);
		keep_house_in_pieces(c);
	} else if (error) {
		c->patient_until_us = now.us + PATIENCE_US;
		payments_failed(&c->payments, code_of(error), c->patient_until_us);
	}
}

static void run_batch(struct show_controller *c)
{
	keep_house(c);
	struct part all = take_batch(c);
	c->attempts = ATTEMPTS;
	if (all.to)
		run_part(c, all);
	g_array_set_size(c->batch, 0);
	if (!c->stopping)
		payments_launch(&c->payments, base_clock_monotonic_us());
}

static gint by_arrival(gconstpointer a, gconstpointer b)
{
	const struct show_command *x = *(struct show_command *const *)a, *y = *(struct show_command *const *)b;
	return x->arrived_us < y->arrived_us ? -1 : x->arrived_us > y->arrived_us;
}

static void run_batches(struct show_controller *c)
{
	g_ptr_array_sort(c->waiting, by_arrival);
	do {
		run_batch(c);
	} while (c->waiting->len);
}

/* @return how long nothing has to be done [µs]; -1: until somebody writes. */
static int64_t idle_us(struct show_controller *c)
{
	int64_t now_us = base_clock_monotonic_us();
	int64_t deadline_us = rules_next_us(&c->rules);
	int64_t next = MIN(MIN(deadline_us, c->sweep_us), payments_decided_us(&c->payments));
	next = MIN(MAX(next, c->patient_until_us), payments_next_us(&c->payments));
	if (deadline_us != INT64_MAX)
		next = MIN(next, now_us + WALL_CLOCK_EVERY_US);
	return next == INT64_MAX ? -1 : MAX(next - now_us, 0);
}

static void *show_thread(void *arg)
{
	struct show_controller *c = arg;
	pthread_setname_np(pthread_self(), "show");
	run_batches(c); /* what the load resumed, and the orders that were paying */
	while (!c->stopping || c->payments.running) {
		base_mailbox_wait(c->box, c->stopping ? -1 : idle_us(c));
		base_mailbox_drain(c->box, c);
		run_batches(c);
	}
	payments_finish(&c->payments);
	return NULL;
}

static struct rules_limits limits_of(const struct base_settings *s)
{
	return (struct rules_limits){.hold_ms = s->hold_s * 1000,
	                             .hold_least_ms = HOLD_LEAST_MS,
	                             .holds_per_buyer = s->hold_per_buyer,
	                             .units_per_item = s->hold_per_item,
	                             .host_absent_us = s->host_absent_s * 1000000,
	                             .items_per_show = ITEMS_PER_SHOW};
}

static void free_controller(struct show_controller *c)
{
	rules_finish(&c->rules);
	base_mailbox_destroy(c->box);
	g_ptr_array_unref(c->waiting);
	g_array_unref(c->batch);
	g_free(c->result);
	g_free(c->event);
	g_free(c);
}

int show_controller_start(const struct show_config *config, struct show_controller **out)
{
	struct show_controller *c = g_new0(struct show_controller, 1);
	struct rules_source source = show_store_source(config->store);
	struct rules_limits limits = limits_of(config->settings);
	c->config = *config;
	c->waiting = g_ptr_array_new();
	c->batch = g_array_new(FALSE, FALSE, sizeof(struct decided));
	c->result = g_new0(struct show_result, 1);
	c->event = g_new0(struct show_event, 1);
	rules_init(&c->rules, &limits, &source);
	int error = base_mailbox_create(NULL, NULL, &c->box);
	struct rules_now now = read_clocks();
	if (!error)
		error = show_load(&c->rules, config->store, &now, HOLD_LEAST_MS);
	if (error) {
		free_controller(c);
		return error == -ENOMEM ? -ENOMEM : -EIO;
	}
	payments_init(&c->payments, &c->config, c->box);
	error = pthread_create(&c->thread, NULL, show_thread, c);
	if (error) {
		payments_finish(&c->payments);
		free_controller(c);
		return -error;
	}
	*out = c;
	return 0;
}

static void on_stop(struct base_mail *mail, void *owner)
{
	((struct show_controller *)owner)->stopping = true;
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
	free_controller(c);
}

static void on_command(struct base_mail *mail, void *owner)
{
	g_ptr_array_add(((struct show_controller *)owner)->waiting, mail);
}

void show_controller_post(struct show_controller *c, struct show_command *command)
{
	if (!command->arrived_us)
		command->arrived_us = base_clock_monotonic_us();
	command->mail.deliver = on_command;
	base_mailbox_post(c->box, &command->mail);
}

struct picture_mail {
	struct base_mail mail;
	struct base_id show;
	bool picture;
};

static void on_picture(struct base_mail *mail, void *owner)
{
	struct show_controller *c = owner;
	const struct picture_mail *told = (struct picture_mail *)mail;
	struct rules_now now = read_clocks();
	rules_picture(&c->rules, &now, told->show, told->picture);
	free(mail);
}

void show_controller_picture(struct show_controller *c, struct base_id show, bool picture)
{
	struct picture_mail *mail = calloc(1, sizeof(*mail));
	if (!mail)
		abort();
	mail->mail.deliver = on_picture;
	mail->show = show;
	mail->picture = picture;
	base_mailbox_post(c->box, &mail->mail);
}
