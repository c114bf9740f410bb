#include "desk.h"

#include <stdio.h>
#include <stdlib.h>

struct job {
	void (*run)(void *arg);
	void *arg;
};

static int send_out(void (*run)(void *arg), void *arg, void *ctx)
{
	struct desk *d = ctx;
	struct job job = {run, arg};
	g_ptr_array_add(d->jobs, g_memdup2(&job, sizeof(job)));
	return 0;
}

static void open_payments(struct desk *d)
{
	assert_int_equal(base_mailbox_create(NULL, NULL, &d->box), 0);
	payments_init(&d->payments, &d->config, d->box);
}

/* Jobs that are out ask their provider, but nothing comes of what they report. */
static void close_payments(struct desk *d)
{
	desk_finish_jobs(d);
	payments_finish(&d->payments);
	base_mailbox_destroy(d->box);
}

void desk_open(struct desk *d, struct pay_provider *provider, int64_t stock)
{
	world_open(&d->w, true, stock);
	d->provider = provider;
	if (!provider)
		assert_int_equal(pay_provider_create("test", &d->provider), 0);
	base_settings_init(&d->settings);
	d->config = (struct show_config){
	        .settings = &d->settings, .provider = d->provider, .run_blocking = send_out, .ctx = d};
	d->jobs = g_ptr_array_new_with_free_func(g_free);
	open_payments(d);
}

static bool provider_is_ours(const struct desk *d)
{
	return d->provider->ops->destroy != NULL;
}

void desk_close(struct desk *d)
{
	close_payments(d);
	g_ptr_array_unref(d->jobs);
	if (provider_is_ours(d))
		pay_provider_destroy(d->provider);
	base_settings_finish(&d->settings);
	world_close(&d->w);
}

void desk_restart(struct desk *d)
{
	close_payments(d);
	if (provider_is_ours(d)) {
		pay_provider_destroy(d->provider);
		assert_int_equal(pay_provider_create("test", &d->provider), 0);
		d->config.provider = d->provider;
	}
	world_restart(&d->w);
	open_payments(d);
	desk_commit(d);
}

void desk_commit(struct desk *d)
{
	payments_committed(&d->payments, &d->w.r, &d->w.now);
	world_commit(&d->w);
}

struct rules_answer desk_do(struct desk *d, struct show_command *command, struct base_id actor, const char *card)
{
	struct rules_answer answer;
	char method[PAY_METHOD_BYTES] = "test_ok";
	command->actor = actor;
	if (card)
		pay_provider_method(d->provider, card, method);
	rules_decide(&d->w.r, &d->w.now, command, method, &answer);
	free(command);
	desk_commit(d);
	return answer;
}

struct rules_answer desk_checkout(struct desk *d, struct base_id buyer, const char *key, const char *card)
{
	return desk_do(d, checkout_of(&d->w, key), buyer, card);
}

void desk_launch(struct desk *d)
{
	payments_launch(&d->payments, d->w.now.us);
}

void desk_finish_job(struct desk *d, guint at)
{
	struct job job = *(struct job *)g_ptr_array_index(d->jobs, at);
	g_ptr_array_remove_index_fast(d->jobs, at);
	job.run(job.arg);
	base_mailbox_drain(d->box, NULL);
}

void desk_finish_jobs(struct desk *d)
{
	while (d->jobs->len)
		desk_finish_job(d, 0);
}

bool desk_store(struct desk *d)
{
	bool applied = payments_apply(&d->payments, &d->w.r, &d->w.now, SIZE_MAX) > 0;
	desk_commit(d);
	return applied;
}

void desk_settle(struct desk *d)
{
	do {
		desk_launch(d);
		desk_finish_jobs(d);
	} while (desk_store(d));
}

void desk_pass(struct desk *d, int64_t us)
{
	d->w.now.us += us;
	d->w.now.ms += us / 1000;
	rules_tick(&d->w.r, &d->w.now);
	desk_commit(d);
	desk_settle(d);
}

struct rules_answer desk_tell(struct desk *d, struct base_id order, enum pay_outcome outcome)
{
	struct show_command *command = show_command_new(SHOW_PAYMENT);
	command->order_id = order;
	command->payment.outcome = outcome;
	if (outcome == PAY_CAPTURED)
		snprintf(command->payment.reference, sizeof(command->payment.reference), "%s_told",
		         provider_is_ours(d) ? "test" : "bank");
	else
		snprintf(command->payment.reason, sizeof(command->payment.reason), "declined");
	return desk_do(d, command, (struct base_id){{0}}, NULL);
}

int desk_confirm(struct desk *d, struct base_id order, bool agree)
{
	struct show_command *command = show_command_new(SHOW_PAYMENT);
	char text[BASE_ID_TEXT];
	int error = pay_provider_confirm(d->provider, base_id_format(order, text), agree, &command->payment);
	command->order_id = order;
	if (error)
		free(command);
	else
		desk_do(d, command, desk_purchase(d, order)->order.buyer.id, NULL);
	return error;
}

const struct store_purchase *desk_purchase(struct desk *d, struct base_id order)
{
	return &rules_purchase(&d->w.r, order)->is;
}
