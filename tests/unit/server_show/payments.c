/* Payments under way: what is asked of a provider, how often, and who is answered when. */
#include "desk.h"

#include <stdio.h>
#include <stdlib.h>

#define WAITERS 7

static int charges, refunds;

static enum pay_outcome says;

static void take(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out)
{
	charges++;
	out->outcome = says;
	if (says == PAY_CAPTURED)
		snprintf(out->reference, sizeof(out->reference), "r_%s", charge->order);
}

static int give_back(struct pay_provider *provider, const char *reference)
{
	refunds++;
	return 0;
}

static void give_up(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out)
{
	out->outcome = PAY_EXPIRED;
}

static const struct pay_provider_ops ops = {.charge = take, .expire = give_up, .refund = give_back};

static struct base_id order;

static void open_desk(struct desk *d)
{
	static struct pay_provider provider = {&ops};
	charges = refunds = 0;
	says = PAY_CAPTURED;
	desk_open(d, &provider, 3);
	world_claim(&d->w, d->w.buyers[0], 1, WORLD_PRICE, "c");
	order = desk_checkout(d, d->w.buyers[0], "p", NULL).purchase;
}

static void ask_provider(struct desk *d)
{
	desk_launch(d);
	desk_finish_jobs(d);
}

static void store_result(struct desk *d)
{
	assert_true(desk_store(d));
}

static enum store_refund refund_of(struct desk *d)
{
	return desk_purchase(d, order)->order.refund;
}

static void owe_refund(struct desk *d)
{
	rules_purchase(&d->w.r, order)->is.voided = true;
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
	desk_commit(&d);
	ask_provider(&d);
	assert_int_equal(charges, 1);
	owe_refund(&d);
	ask_provider(&d);
	desk_commit(&d);
	desk_commit(&d);
	ask_provider(&d);
	assert_int_equal(refunds, 1); /* nothing is given back twice */
	store_result(&d);
	assert_int_equal(refund_of(&d), STORE_REFUND_DONE);
	assert_int_equal(payments_next_us(&d.payments), INT64_MAX);
	desk_close(&d);
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
	desk_commit(&d);
	assert_int_equal(refund_of(&d), STORE_REFUND_OWED);
	d.w.now.us += 500000;
	ask_provider(&d);
	store_result(&d);
	assert_int_equal(refund_of(&d), STORE_REFUND_DONE);
	assert_int_equal(refunds, 1);
	desk_close(&d);
}

static void count_code(struct show_command *command, const struct show_result *result, void *ctx)
{
	((int *)ctx)[result->code]++;
}

static void wait_for_it(struct desk *d, int *codes)
{
	struct show_command *command = show_command_new(SHOW_CHECKOUT);
	command->done = count_code;
	command->ctx = codes;
	payments_wait(&d->payments, &d->w.r, order, command);
}

static void see_confirm(struct show_command *command, const struct show_result *result, void *ctx)
{
	assert_int_equal(result->code, SHOW_OK);
	assert_true(result->order.confirm);
	assert_int_equal(result->order.state, STORE_ORDER_PAYING);
	++*(int *)ctx;
}

static void test_waiters_hear_that_it_is_their_turn(void **state)
{
	struct desk d = {0};
	int seen = 0;
	open_desk(&d);
	says = PAY_PENDING;
	struct show_command *command = show_command_new(SHOW_CHECKOUT);
	command->done = see_confirm;
	command->ctx = &seen;
	payments_wait(&d.payments, &d.w.r, order, command);
	ask_provider(&d);
	assert_int_equal(seen, 0); /* not before it is stored */
	store_result(&d);
	assert_int_equal(seen, 1);
	assert_int_equal(payments_next_us(&d.payments), INT64_MAX);
	desk_close(&d);
}

static void test_waiters_need_not_wait_for_the_job(void **state)
{
	struct desk d = {0};
	int codes[SHOW_UNAVAILABLE + 1] = {0};
	open_desk(&d);
	wait_for_it(&d, codes);
	desk_launch(&d);
	desk_tell(&d, order, PAY_CAPTURED);
	assert_int_equal(codes[SHOW_OK], 1);
	desk_finish_jobs(&d);
	store_result(&d);
	assert_int_equal(codes[SHOW_OK], 1);
	assert_int_equal(g_hash_table_size(d.payments.table), 0);
	desk_close(&d);
}

/* A copy of the checkout and the provider's word came in one batch, the copy first. */
static void test_settled_in_the_batch_of_its_copy(void **state)
{
	struct desk d = {0};
	int codes[SHOW_UNAVAILABLE + 1] = {0};
	open_desk(&d);
	desk_tell(&d, order, PAY_CAPTURED);
	assert_int_equal(g_hash_table_size(d.payments.table), 0);
	wait_for_it(&d, codes);
	assert_int_equal(codes[SHOW_OK], 1);
	desk_close(&d);
}

static void test_who_waits_at_the_end_is_told_to_ask_again(void **state)
{
	struct desk d = {0};
	int codes[SHOW_UNAVAILABLE + 1] = {0};
	open_desk(&d);
	wait_for_it(&d, codes);
	desk_restart(&d);
	assert_int_equal(codes[SHOW_RETRY], 1);
	desk_close(&d);
}

static void test_waiters_are_bounded(void **state)
{
	struct desk d = {0};
	int codes[SHOW_UNAVAILABLE + 1] = {0};
	open_desk(&d);
	d.settings.checkout_repeats = WAITERS;
	for (int i = 0; i < WAITERS + 2; i++)
		wait_for_it(&d, codes);
	assert_int_equal(codes[SHOW_RETRY], 2);
	ask_provider(&d);
	assert_int_equal(codes[SHOW_OK], 0);
	store_result(&d);
	assert_int_equal(codes[SHOW_OK], WAITERS);
	desk_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_commit_of_others_does_not_count),
	        cmocka_unit_test(test_failed_commit_is_tried_again),
	        cmocka_unit_test(test_waiters_hear_that_it_is_their_turn),
	        cmocka_unit_test(test_waiters_need_not_wait_for_the_job),
	        cmocka_unit_test(test_settled_in_the_batch_of_its_copy),
	        cmocka_unit_test(test_who_waits_at_the_end_is_told_to_ask_again),
	        cmocka_unit_test(test_waiters_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
