#include "show/payments.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define DELAY_FIRST_US INT64_C(200000)
#define DELAY_MOST_US INT64_C(30000000)
#define DELAY_BUSY_US INT64_C(100000) /* the jobs pool was full */

enum task { NOTHING, CHARGE, EXPIRE, REFUND };

struct payment {
	struct base_mail mail; /* first; travels back from the job */
	struct payments *payments;
	struct base_id order;
	enum task task;
	enum { WAITING, RUNNING, DECIDED, APPLIED } state; /* applied: in the rules, but not committed */
	int64_t again_us; /* not before then: asked while waiting, applied while decided; INT64_MAX: the buyer's turn */
	int64_t delay_us;
	struct show_command *waiters; /* chained by their mail */
	int64_t waiters_count;

	/* The job's, while RUNNING. */
	struct pay_charge charge;
	struct pay_result result; /* of charge and expiry; its reference is what a refund names */
	int refund_error;
};

static struct show_command *pop_waiter(struct payment *payment)
{
	struct show_command *command = payment->waiters;
	payment->waiters = (struct show_command *)command->mail.next;
	payment->waiters_count--;
	return command;
}

static void answer_waiters_code(struct payment *payment, enum show_code code, const char *detail)
{
	while (payment->waiters)
		show_command_answer_code(pop_waiter(payment), code, detail);
}

static void free_payment(gpointer data)
{
	answer_waiters_code(data, SHOW_RETRY, "the payment is not decided yet: ask again with the same key");
	g_free(data);
}

static guint hash_order(gconstpointer key)
{
	guint hash;
	memcpy(&hash, (const uint8_t *)key + BASE_ID_BYTES - sizeof(hash), sizeof(hash));
	return hash;
}

static gboolean equal_order(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, BASE_ID_BYTES) == 0;
}

void payments_init(struct payments *p, const struct show_config *config, struct base_mailbox *box)
{
	*p = (struct payments){.config = config, .box = box};
	atomic_init(&p->touching, 0);
	p->table = g_hash_table_new_full(hash_order, equal_order, NULL, free_payment);
}

void payments_finish(struct payments *p)
{
	while (atomic_load(&p->touching)) /* a job is on its last instructions */
		sched_yield();
	g_hash_table_unref(p->table);
}

static void ask_again(struct payment *payment, int64_t now_us)
{
	payment->state = WAITING;
	payment->again_us = now_us + payment->delay_us;
	payment->delay_us = MIN(payment->delay_us * 2, DELAY_MOST_US);
}

static enum task task_of(const struct store_purchase *is)
{
	if (is->order.state == STORE_ORDER_PAYING)
		return is->expiring ? EXPIRE : CHARGE;
	return is->order.refund == STORE_REFUND_OWED ? REFUND : NOTHING;
}

static void take_up(struct payment *payment, const struct store_purchase *is)
{
	payment->task = task_of(is);
	payment->state = WAITING;
	payment->again_us = 0;
	payment->delay_us = DELAY_FIRST_US;
	base_id_format(is->order.id, payment->charge.order);
	payment->charge.amount_minor = is->order.total;
	memcpy(payment->charge.currency, is->order.currency, sizeof(payment->charge.currency));
	memcpy(payment->charge.method, is->method, sizeof(payment->charge.method));
	memcpy(payment->result.reference, is->order.payment, sizeof(payment->result.reference));
}

size_t payments_apply(struct payments *p, struct rules *r, const struct rules_now *now, size_t most)
{
	GHashTableIter iter;
	gpointer value;
	size_t applied = 0;
	g_hash_table_iter_init(&iter, p->table);
	while (p->decided && applied < most && g_hash_table_iter_next(&iter, NULL, &value)) {
		struct payment *payment = value;
		struct rules_answer unused = {0};
		if (payment->state != DECIDED || payment->again_us > now->us)
			continue;
		payment->state = APPLIED;
		applied++;
		if (payment->task != REFUND)
			rules_settle(r, now, payment->order, &payment->result, &unused);
		else if (payment->refund_error == 0)
			rules_refunded(r, now, payment->order);
	}
	return applied;
}

/* Unless they have to go on waiting. */
static void answer_waiters(struct payment *payment, struct rules *r, const struct rules_purchase *purchase)
{
	struct rules_answer answer = {.code = SHOW_RETRY};
	if (purchase)
		rules_answer_purchase(purchase, &answer);
	if (answer.wait || !payment->waiters)
		return;
	g_autofree struct show_result *result = g_new0(struct show_result, 1);
	rules_fill_result(r, &answer, result);
	while (payment->waiters)
		show_command_answer(pop_waiter(payment), result);
}

/* What was applied is stored. @return true: nothing is left to do for it. */
static bool after_decision(struct payments *p, struct payment *payment, struct rules *r, int64_t now_us)
{
	const struct rules_purchase *purchase = rules_purchase(r, payment->order);
	enum task task = purchase ? task_of(&purchase->is) : NOTHING;
	p->decided--;
	answer_waiters(payment, r, purchase);
	if (task == NOTHING)
		return true;
	if (task != payment->task)
		take_up(payment, &purchase->is);
	else
		ask_again(payment, now_us);
	if (task == CHARGE && payment->result.outcome == PAY_PENDING)
		payment->again_us = INT64_MAX;
	return false;
}

/* An order changed, or was loaded: maybe by what a provider told by itself, while its job is out. */
static void follow(struct payments *p, struct rules *r, const struct rules_purchase *purchase)
{
	struct payment *payment = g_hash_table_lookup(p->table, &purchase->row.id);
	enum task task = task_of(&purchase->is);
	if (!payment && task != NOTHING) {
		payment = g_new0(struct payment, 1);
		payment->payments = p;
		payment->order = purchase->row.id;
		g_hash_table_insert(p->table, &payment->order, payment);
		take_up(payment, &purchase->is);
	} else if (payment) {
		answer_waiters(payment, r, purchase);
		if (payment->state != WAITING || payment->task == task)
			return;
		if (task == NOTHING)
			g_hash_table_remove(p->table, &purchase->row.id);
		else
			take_up(payment, &purchase->is);
	}
}

static void follow_all(struct payments *p, struct rules *r)
{
	GHashTableIter iter;
	gpointer key;
	g_hash_table_iter_init(&iter, r->unsettled);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		const struct rules_purchase *purchase = g_hash_table_lookup(r->rows[RULES_PURCHASE], key);
		if (purchase)
			follow(p, r, purchase);
	}
}

void payments_committed(struct payments *p, struct rules *r, const struct rules_now *now)
{
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, p->table);
	while (p->decided && g_hash_table_iter_next(&iter, NULL, &value)) {
		struct payment *payment = value;
		if (payment->state == APPLIED && after_decision(p, payment, r, now->us))
			g_hash_table_iter_remove(&iter);
	}
	if (!p->followed)
		follow_all(p, r);
	p->followed = true;
	for (const struct rules_row *row = r->dirty_first; row; row = row->next_dirty)
		if (row->kind == RULES_PURCHASE)
			follow(p, r, (const struct rules_purchase *)row);
}

void payments_failed(struct payments *p, enum show_code code, int64_t again_us)
{
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, p->table);
	while (p->decided && g_hash_table_iter_next(&iter, NULL, &value)) {
		struct payment *payment = value;
		if (payment->state != APPLIED)
			continue;
		payment->state = DECIDED;
		payment->again_us = again_us;
		if (code != SHOW_OK)
			answer_waiters_code(payment, code,
			                    "the payment is not stored yet: ask again with the same key");
	}
}

void payments_wait(struct payments *p, struct rules *r, struct base_id order, struct show_command *command)
{
	struct payment settled = {.order = order}; /* in the very batch in which the command was decided */
	struct payment *payment = g_hash_table_lookup(p->table, &order);
	if (!payment)
		payment = &settled;
	command->mail.next = (struct base_mail *)payment->waiters;
	payment->waiters = command;
	payment->waiters_count++;
	answer_waiters(payment, r, rules_purchase(r, order));
	if (payment->waiters && (payment == &settled || payment->waiters_count > p->config->settings->checkout_repeats))
		show_command_answer_code(pop_waiter(payment), SHOW_RETRY, "ask again with the same key");
}

static void on_decided(struct base_mail *mail, void *owner)
{
	struct payment *payment = (struct payment *)mail;
	payment->state = DECIDED;
	payment->again_us = 0;
	payment->payments->running--;
	payment->payments->decided++;
	if (payment->task == REFUND && payment->refund_error)
		base_log(BASE_LOG_WARN, "pay", "refund_failed", "order=%s error=%d", payment->charge.order,
		         payment->refund_error);
	else if (payment->task != REFUND && payment->result.outcome == PAY_UNKNOWN)
		base_log(BASE_LOG_WARN, "pay", "no_answer", "order=%s", payment->charge.order);
}

static void keep(struct base_mail *mail)
{
	/* The table owns payments; a mail that is dropped with its mailbox is freed there. */
}

static void run(void *arg)
{
	struct payment *payment = arg;
	struct payments *p = payment->payments;
	struct pay_provider *provider = p->config->provider;
	if (payment->task == REFUND)
		payment->refund_error = pay_provider_refund(provider, payment->result.reference);
	else if (payment->task == EXPIRE)
		pay_provider_expire(provider, &payment->charge, &payment->result);
	else
		pay_provider_charge(provider, &payment->charge, &payment->result);
	base_mailbox_post(p->box, &payment->mail); /* from here on the payment may be gone */
	atomic_fetch_sub(&p->touching, 1);
}

static void launch(struct payments *p, struct payment *payment, int64_t now_us)
{
	payment->mail = (struct base_mail){.deliver = on_decided, .drop = keep};
	payment->state = RUNNING;
	p->running++;
	atomic_fetch_add(&p->touching, 1);
	if (p->config->run_blocking(run, payment, p->config->ctx) == 0)
		return;
	p->running--;
	atomic_fetch_sub(&p->touching, 1);
	payment->state = WAITING;
	payment->again_us = now_us + DELAY_BUSY_US;
}

void payments_launch(struct payments *p, int64_t now_us)
{
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, p->table);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		struct payment *payment = value;
		if (payment->state == WAITING && payment->again_us <= now_us)
			launch(p, payment, now_us);
	}
}

static int64_t soonest(const struct payments *p, int state)
{
	GHashTableIter iter;
	gpointer value;
	int64_t next = INT64_MAX;
	g_hash_table_iter_init(&iter, p->table);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const struct payment *payment = value;
		if ((int)payment->state == state)
			next = MIN(next, payment->again_us);
	}
	return next;
}

int64_t payments_next_us(const struct payments *p)
{
	return soonest(p, WAITING);
}

int64_t payments_decided_us(const struct payments *p)
{
	return p->decided ? soonest(p, DECIDED) : INT64_MAX;
}
