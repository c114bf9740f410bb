/* The process ends at each state of a payment; the next one goes on where the store says. The provider remembers, but
 * nobody heard what it answered last. */
#include "bank.h"
#include "desk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct unsettled {
	struct desk d;
	struct bank bank;
	struct base_id hold, order;
};

static void check_out(struct unsettled *u, enum bank_state opens)
{
	memset(u, 0, sizeof(*u));
	bank_init(&u->bank, opens);
	desk_open(&u->d, &u->bank.provider, 3);
	u->hold = world_claim(&u->d.w, u->d.w.buyers[0], 1, WORLD_PRICE, "c").hold;
	u->order = desk_checkout(&u->d, u->d.w.buyers[0], "p", "any").purchase;
}

static const struct store_order *order_of(struct unsettled *u)
{
	return &desk_purchase(&u->d, u->order)->order;
}

static void finish(struct unsettled *u, enum store_order_state state, enum store_hold_state hold)
{
	assert_int_equal(order_of(u)->state, state);
	assert_int_equal(world_hold_state(&u->d.w, u->hold), hold);
	assert_int_equal(u->bank.given_back, u->bank.taken && state != STORE_ORDER_PAID);
	assert_int_equal(g_hash_table_size(u->d.w.r.unsettled), 0);
	desk_restart(&u->d); /* and once more: it is over */
	desk_settle(&u->d);
	assert_int_equal(order_of(u)->state, state);
	assert_int_equal(g_hash_table_size(u->d.payments.table), 0);
	desk_close(&u->d);
}

static void test_before_the_provider_was_asked(void **state)
{
	struct unsettled u;
	check_out(&u, BANK_TAKEN);
	desk_restart(&u.d);
	assert_int_equal(u.bank.charges, 0);
	desk_settle(&u.d);
	assert_int_equal(u.bank.charges, 1);
	finish(&u, STORE_ORDER_PAID, STORE_HOLD_SOLD);
}

static void test_charged_but_nobody_heard(void **state)
{
	struct unsettled u;
	check_out(&u, BANK_TAKEN);
	desk_launch(&u.d);
	desk_restart(&u.d);
	assert_int_equal(u.bank.taken, 1);
	assert_int_equal(order_of(&u)->state, STORE_ORDER_PAYING);
	desk_settle(&u.d);
	assert_int_equal(u.bank.taken, 1); /* taken once, asked twice */
	finish(&u, STORE_ORDER_PAID, STORE_HOLD_SOLD);
}

static void test_decided_but_not_stored(void **state)
{
	struct unsettled u;
	check_out(&u, BANK_REFUSED);
	desk_launch(&u.d);
	desk_finish_jobs(&u.d);
	desk_restart(&u.d);
	desk_settle(&u.d);
	finish(&u, STORE_ORDER_FAILED, STORE_HOLD_ACTIVE);
}

static void test_pending(void **state)
{
	struct unsettled u;
	check_out(&u, BANK_OPEN);
	desk_settle(&u.d);
	int64_t deadline_ms = desk_purchase(&u.d, u.order)->deadline_ms;
	desk_restart(&u.d);
	assert_true(order_of(&u)->confirm);
	assert_int_equal(desk_purchase(&u.d, u.order)->deadline_ms, deadline_ms);
	struct rules_answer again = desk_checkout(&u.d, u.d.w.buyers[0], "p", "any");
	assert_false(again.wait); /* the buyer knows what to do */
	assert_int_equal(again.code, SHOW_OK);
	assert_true(base_id_equal(again.purchase, u.order));
	desk_settle(&u.d);
	assert_true(bank_confirm(&u.bank));
	desk_tell(&u.d, u.order, PAY_CAPTURED);
	finish(&u, STORE_ORDER_PAID, STORE_HOLD_SOLD);
}

/* What the provider told while nobody was there is asked for. */
static void test_confirmed_while_down(void **state)
{
	struct unsettled u;
	check_out(&u, BANK_OPEN);
	desk_settle(&u.d);
	assert_true(bank_confirm(&u.bank));
	desk_restart(&u.d);
	desk_settle(&u.d);
	finish(&u, STORE_ORDER_PAID, STORE_HOLD_SOLD);
}

static void test_a_minute_is_left_after_downtime(void **state)
{
	struct unsettled u;
	check_out(&u, BANK_OPEN);
	desk_settle(&u.d);
	u.d.w.now.ms += 3600000;
	desk_restart(&u.d);
	assert_int_equal(desk_purchase(&u.d, u.order)->deadline_ms, u.d.w.now.ms + 60000);
	desk_pass(&u.d, MINUTE_US - 1000);
	assert_int_equal(u.bank.expiries, 0);
	desk_pass(&u.d, 1000);
	finish(&u, STORE_ORDER_FAILED, STORE_HOLD_EXPIRED);
}

static void pass_the_deadline(struct unsettled *u)
{
	check_out(u, BANK_OPEN);
	desk_settle(&u->d);
	u->d.w.now.us += 5 * MINUTE_US;
	u->d.w.now.ms += 5 * MINUTE_US / 1000;
	rules_tick(&u->d.w.r, &u->d.w.now);
	desk_commit(&u->d);
	assert_true(desk_purchase(&u->d, u->order)->expiring);
}

static void test_time_was_over(void **state)
{
	struct unsettled u;
	pass_the_deadline(&u);
	desk_restart(&u.d);
	assert_true(desk_purchase(&u.d, u.order)->expiring);
	int charges = u.bank.charges;
	desk_settle(&u.d);
	assert_int_equal(u.bank.charges, charges); /* who was to be expired is charged no more */
	assert_int_equal(u.bank.expiries, 1);
	finish(&u, STORE_ORDER_FAILED, STORE_HOLD_EXPIRED);
}

static void test_expired_but_nobody_heard(void **state)
{
	struct unsettled u;
	pass_the_deadline(&u);
	desk_launch(&u.d);
	desk_restart(&u.d);
	assert_int_equal(u.bank.state, BANK_GIVEN_UP);
	assert_int_equal(world_hold_state(&u.d.w, u.hold), STORE_HOLD_PAYING);
	desk_settle(&u.d);
	finish(&u, STORE_ORDER_FAILED, STORE_HOLD_EXPIRED);
}

static void test_captured_while_the_expiry_was_lost(void **state)
{
	struct unsettled u;
	pass_the_deadline(&u);
	assert_true(bank_confirm(&u.bank));
	desk_launch(&u.d);
	desk_restart(&u.d);
	desk_settle(&u.d);
	finish(&u, STORE_ORDER_PAID, STORE_HOLD_SOLD);
}

/* The deadline's own commit fails: memory is loaded again, and asks again. */
static void test_deadline_that_could_not_be_stored(void **state)
{
	struct unsettled u;
	check_out(&u, BANK_OPEN);
	desk_settle(&u.d);
	u.d.w.now.us += 5 * MINUTE_US;
	u.d.w.now.ms += 5 * MINUTE_US / 1000;
	rules_tick(&u.d.w.r, &u.d.w.now);
	rules_forget(&u.d.w.r);
	assert_int_equal(show_load(&u.d.w.r, u.d.w.store, &u.d.w.now, 0), 0);
	assert_false(desk_purchase(&u.d, u.order)->expiring);
	assert_true(rules_next_us(&u.d.w.r) <= u.d.w.now.us);
	desk_pass(&u.d, 0);
	finish(&u, STORE_ORDER_FAILED, STORE_HOLD_EXPIRED);
}

/* A reload in between keeps the clock, whatever the wall says. */
static void test_deadline_outlives_a_reload(void **state)
{
	struct unsettled u;
	check_out(&u, BANK_OPEN);
	desk_settle(&u.d);
	int64_t next_us = rules_next_us(&u.d.w.r);
	u.d.w.now.ms -= 86400000;
	rules_forget(&u.d.w.r);
	assert_int_equal(show_load(&u.d.w.r, u.d.w.store, &u.d.w.now, 0), 0);
	assert_int_equal(rules_next_us(&u.d.w.r), next_us);
	desk_pass(&u.d, 5 * MINUTE_US);
	finish(&u, STORE_ORDER_FAILED, STORE_HOLD_EXPIRED);
}

static void cancel(struct unsettled *u)
{
	struct show_command *command = show_command_new(SHOW_ORDER_CANCEL);
	command->order_id = u->order;
	assert_int_equal(desk_do(&u->d, command, u->d.w.seller, NULL).code, SHOW_OK);
}

static void test_refund_owed(void **state)
{
	struct unsettled u;
	check_out(&u, BANK_TAKEN);
	desk_settle(&u.d);
	cancel(&u);
	desk_restart(&u.d);
	assert_int_equal(order_of(&u)->refund, STORE_REFUND_OWED);
	desk_settle(&u.d);
	assert_int_equal(order_of(&u)->refund, STORE_REFUND_DONE);
	finish(&u, STORE_ORDER_CANCELLED, STORE_HOLD_RETURNED);
}

static void test_given_back_but_nobody_heard(void **state)
{
	struct unsettled u;
	check_out(&u, BANK_TAKEN);
	desk_settle(&u.d);
	cancel(&u);
	desk_launch(&u.d);
	desk_restart(&u.d);
	assert_int_equal(u.bank.given_back, 1);
	assert_int_equal(order_of(&u)->refund, STORE_REFUND_OWED);
	desk_settle(&u.d);
	assert_int_equal(u.bank.given_back, 1);
	finish(&u, STORE_ORDER_CANCELLED, STORE_HOLD_RETURNED);
}

static void test_captured_late_then_down(void **state)
{
	struct unsettled u;
	check_out(&u, BANK_OPEN);
	desk_pass(&u.d, 5 * MINUTE_US);
	u.bank.state = BANK_TAKEN;
	u.bank.taken++;
	desk_tell(&u.d, u.order, PAY_CAPTURED);
	desk_restart(&u.d);
	desk_tell(&u.d, u.order, PAY_CAPTURED);
	desk_settle(&u.d);
	assert_int_equal(order_of(&u)->refund, STORE_REFUND_DONE);
	finish(&u, STORE_ORDER_FAILED, STORE_HOLD_EXPIRED);
}

/* The test provider forgets what it was told: the payment is pending once more, and its buyer may say so again. */
static void test_test_provider_forgets(void **state)
{
	struct desk d = {0};
	desk_open(&d, NULL, 3);
	struct base_id hold = world_claim(&d.w, d.w.buyers[0], 1, WORLD_PRICE, "c").hold;
	struct base_id order = desk_checkout(&d, d.w.buyers[0], "p", DESK_PENDING).purchase;
	desk_settle(&d);
	assert_true(desk_purchase(&d, order)->order.confirm);
	desk_restart(&d);
	desk_settle(&d);
	assert_true(desk_purchase(&d, order)->order.confirm);
	assert_int_equal(desk_confirm(&d, order, true), 0);
	assert_int_equal(desk_purchase(&d, order)->order.state, STORE_ORDER_PAID);
	assert_int_equal(world_hold_state(&d.w, hold), STORE_HOLD_SOLD);
	assert_int_equal(desk_confirm(&d, order, true), 0); /* said twice */
	assert_int_equal(world_listing(&d.w)->sold, 1);
	desk_close(&d);
}

static void test_test_provider_expires(void **state)
{
	struct desk d = {0};
	desk_open(&d, NULL, 3);
	world_claim(&d.w, d.w.buyers[0], 1, WORLD_PRICE, "c");
	struct base_id order = desk_checkout(&d, d.w.buyers[0], "p", DESK_PENDING).purchase;
	desk_settle(&d);
	desk_pass(&d, 5 * MINUTE_US);
	assert_int_equal(desk_confirm(&d, order, true), -ENOENT);
	assert_int_equal(desk_purchase(&d, order)->order.state, STORE_ORDER_FAILED);
	assert_int_equal(world_listing(&d.w)->available, 3);
	desk_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_before_the_provider_was_asked),
	        cmocka_unit_test(test_charged_but_nobody_heard),
	        cmocka_unit_test(test_decided_but_not_stored),
	        cmocka_unit_test(test_pending),
	        cmocka_unit_test(test_confirmed_while_down),
	        cmocka_unit_test(test_a_minute_is_left_after_downtime),
	        cmocka_unit_test(test_time_was_over),
	        cmocka_unit_test(test_expired_but_nobody_heard),
	        cmocka_unit_test(test_captured_while_the_expiry_was_lost),
	        cmocka_unit_test(test_deadline_that_could_not_be_stored),
	        cmocka_unit_test(test_deadline_outlives_a_reload),
	        cmocka_unit_test(test_refund_owed),
	        cmocka_unit_test(test_given_back_but_nobody_heard),
	        cmocka_unit_test(test_captured_late_then_down),
	        cmocka_unit_test(test_test_provider_forgets),
	        cmocka_unit_test(test_test_provider_expires),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
