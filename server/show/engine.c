#include "show/engine.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "show/load.h"
#include "show/payments.h"

#define BATCH_MAX 1024
#define HOLD_LEAST_MS 60000
#define PATIENCE_US INT64_C(500000) /* after a failed commit, until timers and payments are tried again */
#define SWEEP_EVERY_US INT64_C(600000000)
#define DAY_MS INT64_C(86400000)
#define WALL_CLOCK_EVERY_US INT64_C(10000000) /* look whether it was set, while deadlines run */

#define QUIET_US INT64_C(2000)    /* without a command, until what can wait is done */
#define UNSETTLED_MAX 131072      /* then they settle among the commands: each costs readers a few ns */
#define SICK_US INT64_C(30000000) /* until something that cannot be stored is tried again */
#define ATTEMPTS 64               /* to find what cannot be stored, at most so many commits a batch */

struct decided {
	struct show_command *command;
	char method[PAY_METHOD_BYTES]; /* the provider's word for the card, which is wiped at once */
	struct rules_answer answer;
};

/* A result is large, most of it the item and its listing; so answers about one item share theirs within a batch. */
struct room {
	struct show_result result;
	struct base_id item;
	uint64_t batch; /* that it was filled in */
};
#define ROOMS 16 /* by item; and one more for none */

struct part {
	guint from, to; /* of the batch */
};

struct show_engine {
	struct show_config config;
	struct rules rules;
	struct payments payments;
	GPtrArray *waiting; /* commands */
	bool sorted;        /* by arrival */
	GArray *batch;      /* struct decided */
	struct room *rooms;
	uint64_t batches; /* committed */
	struct show_event *event;
	int64_t patient_until_us; /* a commit failed: no house-keeping before */
	int attempts;             /* left to find the command that cannot be stored */
	int64_t sweep_us;         /* when to forget expired sessions and old keys next */
	int64_t quiet_us;         /* nobody has asked for a while then: time for what can wait */
	bool stopping;
};

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

static struct part take_batch(struct show_engine *e)
{
	guint count = MIN(e->waiting->len, BATCH_MAX);
	g_array_set_size(e->batch, count);
	for (guint i = 0; i < count; i++) {
		struct decided *decided = &g_array_index(e->batch, struct decided, i);
		decided->command = g_ptr_array_index(e->waiting, i);
		decided->method[0] = '\0';
		if (decided->command->verb == SHOW_CHECKOUT)
			pay_provider_method(e->config.provider, decided->command->card, decided->method);
		explicit_bzero(decided->command->card, sizeof(decided->command->card));
	}
	if (count)
		g_ptr_array_remove_range(e->waiting, 0, count);
	return (struct part){0, count};
}

static void decide_commands(struct show_engine *e, const struct rules_now *now, struct part part)
{
	for (guint i = part.from; i < part.to; i++) {
		struct decided *decided = &g_array_index(e->batch, struct decided, i);
		rules_decide(&e->rules, now, decided->command, decided->method, &decided->answer);
	}
}

/* What is read to decide and what is written then are one transaction. */
static void begin(struct show_engine *e)
{
	int error = store_begin(e->config.store);
	if (error)
		e->rules.error = error;
}

static int commit(struct show_engine *e)
{
	int error = e->rules.error == -EIO ? -EAGAIN : e->rules.error; /* a read failed: nothing was written */
	if (!error) {
		error = show_write(&e->rules, e->config.store);
		if (!error)
			error = store_commit(e->config.store);
		if (error == -EIO)
			die("commit", error);
	}
	if (error)
		store_rollback(e->config.store);
	return error;
}

static const struct show_result *fill_result(struct show_engine *e, const struct rules_answer *answer)
{
	bool none = base_id_is_zero(answer->item);
	struct room *room = &e->rooms[none ? ROOMS : answer->item.bytes[BASE_ID_BYTES - 1] % ROOMS];
	bool filled = room->batch == e->batches && base_id_equal(room->item, answer->item);
	(filled ? rules_fill_around_item : rules_fill_result)(&e->rules, answer, &room->result);
	room->item = answer->item;
	room->batch = e->batches;
	return &room->result;
}

static void answer_commands(struct show_engine *e, struct part part)
{
	for (guint i = part.from; i < part.to; i++) {
		struct decided *decided = &g_array_index(e->batch, struct decided, i);
		struct show_command *command = g_steal_pointer(&decided->command);
		if (decided->answer.wait) {
			payments_wait(&e->payments, &e->rules, decided->answer.purchase, command);
			continue;
		}
		show_command_answer(command, fill_result(e, &decided->answer));
	}
}

static void tell_events(struct show_engine *e)
{
	for (guint i = 0; e->config.on_event && i < e->rules.events->len; i++) {
		rules_fill_event(&e->rules, &g_array_index(e->rules.events, struct rules_event, i), e->event);
		/* An item that was changed and then removed has been told as removed. */
		if (e->event->type != SHOW_EVENT_ITEM || !e->event->item.removed)
			e->config.on_event(e->event, e->config.ctx);
	}
}

static void checkpoint(struct show_engine *e, bool busy)
{
	int error = store_checkpoint(e->config.store, busy);
	if (error == -EIO)
		die("checkpoint", error);
}

static void succeed(struct show_engine *e, const struct rules_now *now, struct part part)
{
	e->batches++;
	payments_committed(&e->payments, &e->rules, now);
	answer_commands(e, part);
	tell_events(e);
	rules_committed(&e->rules);
	checkpoint(e, true);
	rules_trim(&e->rules);
}

/* Commit, then answer and tell; or give up what was decided and load what is true. */
static int conclude(struct show_engine *e, const struct rules_now *now, struct part part)
{
	int error = commit(e);
	if (!error) {
		succeed(e, now, part);
		return 0;
	}
	base_log(BASE_LOG_ERROR, "show", "commit_failed", "error=%d commands=%u", error, part.to - part.from);
	rules_forget(&e->rules);
	int reload = show_load(&e->rules, e->config.store, now, 0);
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

static void refuse_part(struct show_engine *e, struct part part, int error)
{
	const char *detail = error == -ENOSPC   ? "the disk is full"
	                     : error == -EACCES ? "the store is read-only"
	                                        : "nothing changed: try again";
	for (guint i = part.from; i < part.to; i++) {
		struct decided *decided = &g_array_index(e->batch, struct decided, i);
		show_command_answer_code(g_steal_pointer(&decided->command), code_of(error), detail);
	}
}

/* One transaction; but a command that cannot be stored harms itself alone, so its batch is halved until it is alone. */
static void run_part(struct show_engine *e, const struct rules_now *now, struct part part)
{
	guint middle = part.from + (part.to - part.from) / 2;
	begin(e);
	decide_commands(e, now, part);
	int error = conclude(e, now, part);
	if (is_of_one_row(error) && middle > part.from && e->attempts-- > 0) {
		run_part(e, now, (struct part){part.from, middle});
		run_part(e, now, (struct part){middle, part.to});
	} else if (error) {
		refuse_part(e, part, error);
	}
}

static void forget_what_is_old(struct show_engine *e, const struct rules_now *now)
{
	if (now->us < e->sweep_us)
		return;
	rules_record(&e->rules, RULES_SESSIONS_EXPIRE)->before_ms = now->ms;
	rules_record(&e->rules, RULES_KEYS_EXPIRE)->before_ms = now->ms - e->config.settings->keys_days * DAY_MS;
	struct rules_record *notices = rules_record(&e->rules, RULES_NOTICES_EXPIRE);
	notices->notices_expire.read_ms = now->ms - e->config.settings->notices_days * DAY_MS;
	notices->notices_expire.unread_ms = now->ms - e->config.settings->notices_unread_days * DAY_MS;
	e->sweep_us = now->us + SWEEP_EVERY_US;
}

/* Each deadline and each payment in a transaction of its own; one that cannot be stored waits, the others go on. */
static void keep_house_in_pieces(struct show_engine *e, const struct rules_now *now)
{
	int attempts = ATTEMPTS;
	for (bool more = true; more && attempts > 0;) {
		begin(e);
		bool paid = payments_apply(&e->payments, &e->rules, now, 1) > 0;
		const struct rules_row *due = paid ? NULL : rules_tick_one(&e->rules, now);
		struct base_id id = due ? due->id : (struct base_id){{0}};
		enum rules_kind kind = due ? due->kind : RULES_KINDS;
		int error = conclude(e, now, (struct part){0, 0});
		more = paid || due;
		if (!error)
			continue;
		attempts = is_of_one_row(error) ? attempts - 1 : 0;
		payments_failed(&e->payments, SHOW_RETRY, now->us + SICK_US);
		rules_postpone(&e->rules, kind, id, now->us + SICK_US);
	}
	if (attempts == 0)
		e->patient_until_us = now->us + PATIENCE_US;
}

/* What nobody asked for: payments that were decided, time that has passed. */
static void keep_house(struct show_engine *e, const struct rules_now *now)
{
	if (now->us < e->patient_until_us)
		return;
	begin(e);
	rules_follow_wall_clock(&e->rules, now);
	payments_apply(&e->payments, &e->rules, now, SIZE_MAX);
	while (rules_tick_one(&e->rules, now))
		;
	forget_what_is_old(e, now);
	int error = conclude(e, now, (struct part){0, 0});
	if (is_of_one_row(error)) {
		payments_failed(&e->payments, SHOW_OK, now->us);
		keep_house_in_pieces(e, now);
	} else if (error) {
		e->patient_until_us = now->us + PATIENCE_US;
		payments_failed(&e->payments, code_of(error), e->patient_until_us);
	}
}

/* @return whether it went well. */
static bool settle_some(struct show_engine *e, const struct rules_now *now)
{
	int error = store_unsettled(e->config.store) > 0 ? store_settle(e->config.store) : 0;
	if (error == -EIO)
		die("settle", error);
	if (error < 0)
		e->quiet_us = now->us + PATIENCE_US;
	return error >= 0;
}

static bool has_quiet_work(const struct show_engine *e)
{
	return store_unsettled(e->config.store) > 0 || store_wants_checkpoint(e->config.store);
}

/* When nobody waits for an answer, claims get their rows, and the log goes into the database; or now, when there is so
 * much of it that readers would feel it. */
static void work_quietly(struct show_engine *e, const struct rules_now *now, bool busy)
{
	if (busy)
		e->quiet_us = MAX(e->quiet_us, now->us + QUIET_US);
	else if (has_quiet_work(e) && now->us >= e->quiet_us && settle_some(e, now))
		checkpoint(e, false);
	while (store_unsettled(e->config.store) > UNSETTLED_MAX && settle_some(e, now))
		checkpoint(e, true);
}

static gint by_arrival(gconstpointer a, gconstpointer b)
{
	const struct show_command *x = *(struct show_command *const *)a, *y = *(struct show_command *const *)b;
	return x->arrived_us < y->arrived_us ? -1 : x->arrived_us > y->arrived_us;
}

static void sort_waiting(struct show_engine *e)
{
	gpointer *waiting = e->waiting->pdata;
	for (guint i = 1; i < e->waiting->len && !e->sorted; i++)
		if (by_arrival(&waiting[i - 1], &waiting[i]) > 0) {
			g_ptr_array_sort(e->waiting, by_arrival);
			e->sorted = true;
		}
	e->sorted = true;
}

bool show_engine_run(struct show_engine *e, const struct rules_now *now)
{
	sort_waiting(e);
	keep_house(e, now);
	struct part all = take_batch(e);
	e->attempts = ATTEMPTS;
	if (all.to)
		run_part(e, now, all);
	g_array_set_size(e->batch, 0);
	if (!e->stopping)
		payments_launch(&e->payments, now->us);
	work_quietly(e, now, all.to > 0);
	return e->waiting->len > 0;
}

int64_t show_engine_next_us(const struct show_engine *e, int64_t now_us)
{
	int64_t deadline_us = rules_next_us((struct rules *)&e->rules);
	int64_t next = MIN(MIN(deadline_us, e->sweep_us), payments_decided_us(&e->payments));
	next = MIN(MAX(next, e->patient_until_us), payments_next_us(&e->payments));
	if (has_quiet_work(e))
		next = MIN(next, e->quiet_us);
	return deadline_us == INT64_MAX ? next : MIN(next, now_us + WALL_CLOCK_EVERY_US);
}

void show_engine_take(struct show_engine *e, struct show_command *command)
{
	g_ptr_array_add(e->waiting, command);
	e->sorted = false;
}

void show_engine_picture(struct show_engine *e, const struct rules_now *now, struct base_id show, bool picture)
{
	rules_picture(&e->rules, now, show, picture);
}

void show_engine_presence(struct show_engine *e, const struct rules_now *now, struct base_id account, bool present)
{
	rules_presence(&e->rules, now, account, present);
}

void show_engine_stop(struct show_engine *e)
{
	e->stopping = true;
}

bool show_engine_is_out(const struct show_engine *e)
{
	return e->payments.running > 0;
}

const char *show_engine_check(struct show_engine *e)
{
	return rules_check(&e->rules);
}

static struct rules_limits limits_of(const struct base_settings *s)
{
	return (struct rules_limits){.hold_ms = s->hold_s * 1000,
	                             .hold_least_ms = HOLD_LEAST_MS,
	                             .holds_per_buyer = s->hold_per_buyer,
	                             .units_per_item = s->hold_per_item,
	                             .wait_absent_us = s->wait_absent_s * 1000000,
	                             .waits_per_listing = s->wait_per_listing,
	                             .host_absent_us = s->host_absent_s * 1000000,
	                             .items_per_show = (size_t)s->items_per_show,
	                             .fee_bp = s->fee_bp,
	                             .tax_bp = s->tax_bp,
	                             .currency = s->currency};
}

static void free_engine(struct show_engine *e)
{
	rules_finish(&e->rules);
	g_ptr_array_unref(e->waiting);
	g_array_unref(e->batch);
	g_free(e->rooms);
	g_free(e->event);
	g_free(e);
}

int show_engine_open(const struct show_config *config, struct base_mailbox *box, const struct rules_now *now,
                     struct show_engine **out)
{
	struct show_engine *e = g_new0(struct show_engine, 1);
	struct rules_source source = show_store_source(config->store);
	struct rules_limits limits = limits_of(config->settings);
	e->config = *config;
	e->waiting = g_ptr_array_new();
	e->batch = g_array_new(FALSE, FALSE, sizeof(struct decided));
	e->rooms = g_new0(struct room, ROOMS + 1);
	e->event = g_new0(struct show_event, 1);
	rules_init(&e->rules, &limits, &source);
	int error = show_load(&e->rules, config->store, now, HOLD_LEAST_MS);
	if (error) {
		free_engine(e);
		return error == -ENOMEM ? -ENOMEM : -EIO;
	}
	payments_init(&e->payments, &e->config, box);
	*out = e;
	return 0;
}

static void drop(struct show_command *command)
{
	if (command)
		command->mail.drop(&command->mail);
}

void show_engine_close(struct show_engine *e)
{
	if (!e)
		return;
	payments_finish(&e->payments);
	for (guint i = 0; i < e->batch->len; i++)
		drop(g_array_index(e->batch, struct decided, i).command);
	for (guint i = 0; i < e->waiting->len; i++)
		drop(g_ptr_array_index(e->waiting, i));
	free_engine(e);
}
