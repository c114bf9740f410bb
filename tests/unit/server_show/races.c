/* A provider's word against time, bans, cancellations and itself: whatever comes first, a captured payment ends in one
 * order or one full refund, and no unit is sold twice or lost. */
#include "bank.h"
#include "desk.h"

#include <stdio.h>
#include <string.h>

#define STOCK 3

struct race {
	struct desk d;
	struct bank bank;
	struct base_id buyer, hold, order;
};

/* Somebody holds a unit, and has checked it out; nobody has been asked yet. */
static void line_up(struct race *race, enum bank_state opens)
{
	memset(race, 0, sizeof(*race));
	bank_init(&race->bank, opens);
	desk_open(&race->d, &race->bank.provider, STOCK);
	race->buyer = race->d.w.buyers[0];
	race->hold = world_claim(&race->d.w, race->buyer, 1, WORLD_PRICE, "c").hold;
	struct rules_answer paying = desk_checkout(&race->d, race->buyer, "p", "any");
	assert_true(paying.wait);
	race->order = paying.purchase;
}

static void assert_stock(struct race *race, int64_t available, int64_t held, int64_t sold)
{
	const struct store_listing *listing = world_listing(&race->d.w);
	assert_int_equal(listing->available, available);
	assert_int_equal(listing->held, held);
	assert_int_equal(listing->sold, sold);
}

/* And nothing is left to do for it. */
static void assert_end(struct race *race, enum store_order_state state, enum store_hold_state hold)
{
	const struct store_order *order = &desk_purchase(&race->d, race->order)->order;
	bool refunded = race->bank.taken && state != STORE_ORDER_PAID;
	assert_int_equal(order->state, state);
	assert_false(order->confirm);
	assert_int_equal(world_hold_state(&race->d.w, race->hold), hold);
	assert_int_equal(order->refund, refunded ? STORE_REFUND_DONE : STORE_REFUND_NONE);
	assert_int_equal(race->bank.given_back, refunded);
	assert_int_equal(g_hash_table_size(race->d.payments.table), 0);
	assert_int_equal(g_hash_table_size(race->d.w.r.unsettled), 0);
	assert_stock(race, hold == STORE_HOLD_SOLD || hold == STORE_HOLD_ACTIVE ? STOCK - 1 : STOCK,
	             hold == STORE_HOLD_ACTIVE, hold == STORE_HOLD_SOLD);
	desk_close(&race->d);
}

static void assert_sold(struct race *race)
{
	assert_end(race, STORE_ORDER_PAID, STORE_HOLD_SOLD);
}

static void assert_expired(struct race *race)
{
	assert_string_equal(desk_purchase(&race->d, race->order)->order.failure, "expired");
	assert_end(race, STORE_ORDER_FAILED, STORE_HOLD_EXPIRED);
}

static void assert_pending(struct race *race)
{
	const struct store_purchase *is = desk_purchase(&race->d, race->order);
	assert_int_equal(is->order.state, STORE_ORDER_PAYING);
	assert_true(is->order.confirm);
	assert_int_equal(world_hold_state(&race->d.w, race->hold), STORE_HOLD_PAYING);
	assert_stock(race, STOCK - 1, 1, 0);
}

static void line_up_pending(struct race *race)
{
	line_up(race, BANK_OPEN);
	desk_settle(&race->d);
	assert_pending(race);
	assert_int_equal(payments_next_us(&race->d.payments), INT64_MAX); /* it is the buyer's turn */
}

static void test_confirmed(void **state)
{
	struct race race;
	line_up_pending(&race);
	assert_true(bank_confirm(&race.bank));
	assert_int_equal(desk_tell(&race.d, race.order, PAY_CAPTURED).code, SHOW_OK);
	assert_int_equal(desk_tell(&race.d, race.order, PAY_CAPTURED).code, SHOW_OK); /* told twice */
	desk_pass(&race.d, 60 * MINUTE_US);
	assert_int_equal(race.bank.charges, 1);
	assert_int_equal(race.bank.expiries, 0);
	assert_sold(&race);
}

static void test_told_pending_again(void **state)
{
	struct race race;
	line_up_pending(&race);
	guint events = race.d.w.r.events->len;
	assert_int_equal(desk_tell(&race.d, race.order, PAY_PENDING).code, SHOW_OK);
	assert_int_equal(race.d.w.r.events->len, events);
	assert_pending(&race);
	desk_pass(&race.d, 5 * MINUTE_US);
	assert_expired(&race);
}

static void test_refused_by_the_buyer(void **state)
{
	struct race race;
	line_up_pending(&race);
	race.bank.state = BANK_REFUSED;
	desk_tell(&race.d, race.order, PAY_DECLINED);
	desk_tell(&race.d, race.order, PAY_DECLINED);
	assert_end(&race, STORE_ORDER_FAILED, STORE_HOLD_ACTIVE);
}

/* The provider gave it up before our time was over: the buyer may try another card. */
static void test_given_up_early(void **state)
{
	struct race race;
	line_up_pending(&race);
	race.bank.state = BANK_GIVEN_UP;
	desk_tell(&race.d, race.order, PAY_EXPIRED);
	assert_end(&race, STORE_ORDER_FAILED, STORE_HOLD_ACTIVE);
}

static void test_time_runs_out(void **state)
{
	struct race race;
	line_up_pending(&race);
	desk_pass(&race.d, 5 * MINUTE_US - 1000);
	assert_pending(&race);
	assert_int_equal(race.bank.expiries, 0);
	desk_pass(&race.d, 1000);
	assert_int_equal(race.bank.expiries, 1);
	assert_false(bank_confirm(&race.bank)); /* too late */
	assert_expired(&race);
}

static void test_expiry_goes_to_who_waits(void **state)
{
	struct race race;
	line_up_pending(&race);
	struct base_id next = race.d.w.buyers[1];
	rules_presence(&race.d.w.r, &race.d.w.now, race.d.w.buyers[2], true);
	assert_int_equal(world_claim(&race.d.w, next, 2, WORLD_PRICE, "a").code, SHOW_HELD);
	struct rules_answer waits = world_claim(&race.d.w, race.d.w.buyers[2], 1, WORLD_PRICE, "b");
	assert_int_equal(waits.code, SHOW_WAITLISTED);
	desk_pass(&race.d, 5 * MINUTE_US);
	assert_int_equal(rules_waiting(&race.d.w.r, waits.waiting)->is.state, STORE_WAITING_SERVED);
	assert_int_equal(world_hold_state(&race.d.w, race.hold), STORE_HOLD_EXPIRED);
	desk_close(&race.d);
}

/* The buyer was faster than the market's question. */
static void test_confirmed_before_the_expiry_was_asked(void **state)
{
	struct race race;
	line_up_pending(&race);
	assert_true(bank_confirm(&race.bank));
	desk_pass(&race.d, 5 * MINUTE_US); /* the word of it comes late */
	assert_int_equal(race.bank.expiries, 1);
	assert_int_equal(desk_tell(&race.d, race.order, PAY_CAPTURED).code, SHOW_OK);
	assert_sold(&race);
}

/* The provider's word overtakes its own answer. */
static void test_told_while_the_expiry_is_out(void **state)
{
	struct race race;
	line_up_pending(&race);
	race.d.w.now.us += 5 * MINUTE_US;
	rules_tick(&race.d.w.r, &race.d.w.now);
	desk_commit(&race.d);
	assert_true(desk_purchase(&race.d, race.order)->expiring);
	assert_true(bank_confirm(&race.bank));
	desk_launch(&race.d);
	desk_finish_jobs(&race.d); /* says captured, but that is not stored yet */
	desk_tell(&race.d, race.order, PAY_CAPTURED);
	assert_int_equal(desk_purchase(&race.d, race.order)->order.state, STORE_ORDER_PAID);
	assert_true(desk_store(&race.d));
	desk_settle(&race.d);
	assert_sold(&race);
}

/* It said both, and captured last: what was given up stays so, and the buyer has the money back. */
static void test_captured_after_it_was_expired(void **state)
{
	struct race race;
	line_up_pending(&race);
	desk_pass(&race.d, 5 * MINUTE_US);
	race.bank.state = BANK_TAKEN;
	race.bank.taken++;
	assert_int_equal(world_claim(&race.d.w, race.d.w.buyers[1], 3, WORLD_PRICE, "x").code, SHOW_HELD);
	assert_int_equal(desk_tell(&race.d, race.order, PAY_CAPTURED).code, SHOW_OK);
	assert_int_equal(desk_purchase(&race.d, race.order)->order.refund, STORE_REFUND_OWED);
	desk_tell(&race.d, race.order, PAY_CAPTURED);
	desk_settle(&race.d);
	desk_tell(&race.d, race.order, PAY_CAPTURED);
	desk_settle(&race.d);
	assert_int_equal(desk_purchase(&race.d, race.order)->order.paid_ms, 0); /* none of its seller's business */
	desk_pass(&race.d, 5 * MINUTE_US);
	assert_expired(&race);
}

static void test_silence_keeps_the_stock_held(void **state)
{
	struct race race;
	line_up_pending(&race);
	race.bank.deaf = true;
	for (int i = 0; i < 30; i++)
		desk_pass(&race.d, MINUTE_US);
	assert_true(race.bank.expiries > 10);
	assert_pending(&race);
	race.bank.deaf = false;
	race.bank.silent = true; /* given up, but nobody hears */
	desk_pass(&race.d, MINUTE_US);
	assert_pending(&race);
	race.bank.silent = false;
	desk_pass(&race.d, MINUTE_US);
	assert_expired(&race);
}

/* The charge never got through: it must not be captured after the market gave it up. */
static void test_expired_though_it_was_never_charged(void **state)
{
	struct race race;
	line_up(&race, BANK_TAKEN);
	race.bank.deaf = true;
	desk_pass(&race.d, 4 * MINUTE_US);
	assert_true(race.bank.charges > 0);
	race.d.w.now.us += MINUTE_US;
	rules_tick(&race.d.w.r, &race.d.w.now);
	desk_commit(&race.d);
	race.bank.deaf = false;
	desk_pass(&race.d, MINUTE_US);
	assert_int_equal(race.bank.taken, 0);
	assert_expired(&race);
}

/* The answer to the charge was on its way when the time was over. */
static void finish_charge_after_the_deadline(struct race *race, enum bank_state opens)
{
	line_up(race, opens);
	desk_launch(&race->d);
	race->d.w.now.us += 5 * MINUTE_US;
	race->d.w.now.ms += 5 * MINUTE_US / 1000;
	rules_tick(&race->d.w.r, &race->d.w.now);
	desk_commit(&race->d);
	assert_true(desk_purchase(&race->d, race->order)->expiring);
	desk_finish_jobs(&race->d);
	desk_store(&race->d);
	desk_settle(&race->d);
}

static void test_charged_at_the_last_moment(void **state)
{
	struct race race;
	finish_charge_after_the_deadline(&race, BANK_TAKEN);
	assert_sold(&race);
	finish_charge_after_the_deadline(&race, BANK_REFUSED);
	assert_expired(&race);
	finish_charge_after_the_deadline(&race, BANK_OPEN);
	assert_int_equal(race.bank.expiries, 1);
	assert_expired(&race);
}

/* Somebody else's word comes while our own question is out. */
static void tell_while_the_charge_is_out(struct race *race, enum bank_state opens, enum pay_outcome told)
{
	line_up(race, opens);
	desk_launch(&race->d);
	desk_tell(&race->d, race->order, told);
	desk_finish_jobs(&race->d);
	desk_store(&race->d);
	desk_settle(&race->d);
}

static void test_told_while_the_charge_is_out(void **state)
{
	struct race race;
	tell_while_the_charge_is_out(&race, BANK_TAKEN, PAY_CAPTURED);
	assert_sold(&race);
	tell_while_the_charge_is_out(&race, BANK_REFUSED, PAY_DECLINED);
	assert_end(&race, STORE_ORDER_FAILED, STORE_HOLD_ACTIVE);
	tell_while_the_charge_is_out(&race, BANK_TAKEN, PAY_DECLINED); /* it contradicts itself */
	assert_end(&race, STORE_ORDER_FAILED, STORE_HOLD_ACTIVE);
}

static void ban(struct race *race)
{
	struct show_command *command = show_command_new(SHOW_ACCOUNT_UPDATE);
	command->account_id = race->buyer;
	command->mask = SHOW_SET_BANNED;
	command->account.banned = true;
	assert_int_equal(desk_do(&race->d, command, race->d.w.admin, NULL).code, SHOW_OK);
}

static void test_banned_while_paying(void **state)
{
	struct race race;
	line_up(&race, BANK_TAKEN);
	desk_launch(&race.d);
	ban(&race);
	desk_finish_jobs(&race.d);
	desk_settle(&race.d);
	assert_end(&race, STORE_ORDER_CANCELLED, STORE_HOLD_RELEASED);

	line_up_pending(&race);
	ban(&race);
	assert_pending(&race); /* stock stays held until the provider says */
	assert_true(bank_confirm(&race.bank));
	desk_tell(&race.d, race.order, PAY_CAPTURED);
	desk_settle(&race.d);
	assert_end(&race, STORE_ORDER_CANCELLED, STORE_HOLD_RELEASED);

	line_up_pending(&race);
	ban(&race);
	desk_pass(&race.d, 5 * MINUTE_US);
	assert_expired(&race);
}

static void test_ban_after_it_was_paid_changes_nothing(void **state)
{
	struct race race;
	line_up(&race, BANK_TAKEN);
	desk_settle(&race.d);
	ban(&race);
	desk_tell(&race.d, race.order, PAY_CAPTURED); /* of a buyer who may do nothing any more */
	assert_sold(&race);
}

static void cancel(struct race *race)
{
	struct show_command *command = show_command_new(SHOW_ORDER_CANCEL);
	command->order_id = race->order;
	assert_int_equal(desk_do(&race->d, command, race->buyer, NULL).code, SHOW_OK);
}

static void test_cancelled_then_told_late(void **state)
{
	struct race race;
	line_up(&race, BANK_TAKEN);
	desk_settle(&race.d);
	cancel(&race);
	desk_tell(&race.d, race.order, PAY_CAPTURED);
	race.bank.silent = true; /* given back, but nobody hears */
	desk_settle(&race.d);
	assert_int_equal(desk_purchase(&race.d, race.order)->order.refund, STORE_REFUND_OWED);
	race.bank.silent = false;
	desk_pass(&race.d, MINUTE_US);
	desk_tell(&race.d, race.order, PAY_CAPTURED);
	desk_tell(&race.d, race.order, PAY_DECLINED);
	desk_settle(&race.d);
	assert_end(&race, STORE_ORDER_CANCELLED, STORE_HOLD_RETURNED);
}

/* Paid until the last of its holds would have ended. */
static void test_deadline_is_that_of_the_last_hold(void **state)
{
	struct race race = {0};
	bank_init(&race.bank, BANK_OPEN);
	desk_open(&race.d, &race.bank.provider, STOCK);
	race.buyer = race.d.w.buyers[0];
	race.hold = world_claim(&race.d.w, race.buyer, 1, WORLD_PRICE, "a").hold;
	world_pass(&race.d.w, 2 * MINUTE_US);
	world_claim(&race.d.w, race.buyer, 1, WORLD_PRICE, "b");
	world_pass(&race.d.w, 2 * MINUTE_US);
	race.order = desk_checkout(&race.d, race.buyer, "p", "any").purchase;
	desk_settle(&race.d);
	assert_int_equal(desk_purchase(&race.d, race.order)->deadline_ms, race.d.w.now.ms + 3 * 60000);
	race.d.w.now.ms += 86400000; /* somebody sets the clock */
	desk_pass(&race.d, 3 * MINUTE_US - 1000);
	assert_int_equal(race.bank.expiries, 0);
	desk_pass(&race.d, 1000);
	assert_int_equal(race.bank.expiries, 1);
	assert_expired(&race);
}

static void test_refused_words(void **state)
{
	struct race race;
	line_up_pending(&race);
	assert_int_equal(desk_tell(&race.d, base_id_new(), PAY_CAPTURED).code, SHOW_NOT_FOUND);
	struct show_command *nameless = show_command_new(SHOW_PAYMENT);
	nameless->order_id = race.order;
	nameless->payment.outcome = PAY_CAPTURED; /* what could never be given back */
	assert_int_equal(desk_do(&race.d, nameless, (struct base_id){{0}}, NULL).code, SHOW_INVALID);
	struct show_command *endless = show_command_new(SHOW_PAYMENT);
	endless->order_id = race.order;
	endless->payment.outcome = PAY_CAPTURED;
	memset(endless->payment.reference, 'x', sizeof(endless->payment.reference));
	assert_int_equal(desk_do(&race.d, endless, (struct base_id){{0}}, NULL).code, SHOW_INVALID);
	struct show_command *odd = show_command_new(SHOW_PAYMENT);
	odd->order_id = race.order;
	odd->payment.outcome = (enum pay_outcome)77;
	desk_do(&race.d, odd, (struct base_id){{0}}, NULL);
	assert_pending(&race);
	desk_tell(&race.d, race.order, PAY_UNKNOWN);
	assert_pending(&race);
	desk_close(&race.d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_confirmed),
	        cmocka_unit_test(test_told_pending_again),
	        cmocka_unit_test(test_refused_by_the_buyer),
	        cmocka_unit_test(test_given_up_early),
	        cmocka_unit_test(test_time_runs_out),
	        cmocka_unit_test(test_expiry_goes_to_who_waits),
	        cmocka_unit_test(test_confirmed_before_the_expiry_was_asked),
	        cmocka_unit_test(test_told_while_the_expiry_is_out),
	        cmocka_unit_test(test_captured_after_it_was_expired),
	        cmocka_unit_test(test_silence_keeps_the_stock_held),
	        cmocka_unit_test(test_expired_though_it_was_never_charged),
	        cmocka_unit_test(test_charged_at_the_last_moment),
	        cmocka_unit_test(test_told_while_the_charge_is_out),
	        cmocka_unit_test(test_banned_while_paying),
	        cmocka_unit_test(test_ban_after_it_was_paid_changes_nothing),
	        cmocka_unit_test(test_cancelled_then_told_late),
	        cmocka_unit_test(test_deadline_is_that_of_the_last_hold),
	        cmocka_unit_test(test_refused_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
