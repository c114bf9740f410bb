/* Payments under way, without threads: jobs run at once, and what they report waits in the mailbox. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

#include "pay/provider.h"
#include "show/payments.h"

#define WAITERS 16

static int charges, refunds;

static void take(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out)
{
	charges++;
	out->outcome = PAY_CAPTURED;
	snprintf(out->reference, sizeof(out->reference), "r_%s", charge->order);
}

static int give_back(struct pay_provider *provider, const char *reference)
{
	refunds++;
	return 0;
}

static const struct pay_provider_ops ops = {.charge = take, .refund = give_back};

static int run_at_once(void (*run)(void *arg), void *arg, void *ctx)
{
	run(arg);
	return 0;
}

struct desk {
	struct world w;
	struct pay_provider provider;
	struct show_config config;
	struct base_mailbox *box;
	struct payments payments;
	struct base_id order;
};

static void open_desk(struct desk *d)
{
	charges = refunds = 0;
	world_open(&d->w, true, 3);
	d->provider.ops = &ops;
	d->config = (struct show_config){.provider = &d->provider, .run_blocking = run_at_once};
	assert_int_equal(base_mailbox_create(NULL, NULL, &d->box), 0);
	payments_init(&d->payments, &d->config, d->box);
	world_claim(&d->w, d->w.buyers[0], 1, WORLD_PRICE, "c");
	d->order = world_checkout(&d->w, d->w.buyers[0], "p").purchase;
	payments_committed(&d->payments, &d->w.r, &d->w.now);
}

static void close_desk(struct desk *d)
{
	payments_finish(&d->payments);
	base_mailbox_destroy(d->box);
	world_close(&d->w);
}

static void ask_provider(struct desk *d)
{
	payments_launch(&d->payments, d->w.now.us);
	base_mailbox_drain(d->box, NULL);
}

/* What the show thread does after a commit. */
static void commit(struct desk *d)
{
	payments_committed(&d->payments, &d->w.r, &d->w.now);
	world_commit(&d->w);
}

static void store_result(struct desk *d)
{
	assert_int_equal(payments_apply(&d->payments, &d->w.r, &d->w.now, SIZE_MAX), 1);
	commit(d);
}

static enum store_refund refund_of(struct desk *d)
{
	return rules_purchase(&d->w.r, d->order)->is.refund;
}

static void owe_refund(struct desk *d)
{
	rules_purchase(&d->w.r, d->order)->is.voided = true;
	ask_provider(d);
	store_result(d);
	assert_int_equal(refund_of(d), STORE_REFUND_OWED);
}

/* While a disk is full, commands that write nothing go on; their commits are not those of the result. */
static void test_commit_of_others_does_not_count(void **state)
{
	struct desk d = {0};
	open_desk(&d);
	ask_provider(&d);
	commit(&d);
	ask_provider(&d);
	assert_int_equal(charges, 1);
	owe_refund(&d);
	ask_provider(&d);
	commit(&d);
	commit(&d);
	ask_provider(&d);
	assert_int_equal(refunds, 1); /* nothing is given back twice */
	store_result(&d);
	assert_int_equal(refund_of(&d), STORE_REFUND_DONE);
	assert_int_equal(payments_next_us(&d.payments), INT64_MAX);
	close_desk(&d);
}

static void test_failed_commit_is_tried_again(void **state)
{
	struct desk d = {0};
	open_desk(&d);
	owe_refund(&d);
	ask_provider(&d);
	assert_int_equal(payments_decided_us(&d.payments), 0);
	assert_int_equal(payments_apply(&d.payments, &d.w.r, &d.w.now, SIZE_MAX), 1);
	payments_failed(&d.payments, SHOW_UNAVAILABLE, d.w.now.us + 500000);
	rules_forget(&d.w.r);
	assert_int_equal(show_load(&d.w.r, d.w.store, &d.w.now, 0), 0);
	assert_int_equal(payments_decided_us(&d.payments), d.w.now.us + 500000);
	assert_int_equal(payments_apply(&d.payments, &d.w.r, &d.w.now, SIZE_MAX), 0);
	commit(&d);
	assert_int_equal(refund_of(&d), STORE_REFUND_OWED);
	d.w.now.us += 500000;
	ask_provider(&d);
	store_result(&d);
	assert_int_equal(refund_of(&d), STORE_REFUND_DONE);
	assert_int_equal(refunds, 1);
	close_desk(&d);
}

static void count_code(struct show_command *command, const struct show_result *result, void *ctx)
{
	((int *)ctx)[result->code]++;
}

static void test_waiters_are_bounded(void **state)
{
	struct desk d = {0};
	int codes[SHOW_UNAVAILABLE + 1] = {0};
	open_desk(&d);
	for (int i = 0; i < WAITERS + 2; i++) {
		struct show_command *repeat = show_command_new(SHOW_CHECKOUT);
		repeat->done = count_code;
		repeat->ctx = codes;
		payments_wait(&d.payments, d.order, repeat);
	}
	assert_int_equal(codes[SHOW_RETRY], 2);
	ask_provider(&d);
	assert_int_equal(codes[SHOW_OK], 0);
	store_result(&d);
	assert_int_equal(codes[SHOW_OK], WAITERS);
	close_desk(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_commit_of_others_does_not_count),
	        cmocka_unit_test(test_failed_commit_is_tried_again),
	        cmocka_unit_test(test_waiters_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
