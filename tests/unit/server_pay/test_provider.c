/* The test provider: which cards do what, and that the same order always gives the same result. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pay/provider.h"

static int make_provider(void **state)
{
	struct pay_provider *provider;
	if (pay_provider_create("test", &provider))
		return -1;
	*state = provider;
	return 0;
}

static int destroy_provider(void **state)
{
	pay_provider_destroy(*state);
	return 0;
}

#define PENDING "4000002500003155"

static struct pay_charge charge_of(struct pay_provider *provider, const char *order, const char *card)
{
	struct pay_charge charge = {.amount_minor = 1200, .currency = "EUR"};
	snprintf(charge.order, sizeof(charge.order), "%s", order);
	pay_provider_method(provider, card, charge.method);
	return charge;
}

static struct pay_result charge(struct pay_provider *provider, const char *order, const char *card)
{
	struct pay_charge asked = charge_of(provider, order, card);
	struct pay_result result;
	pay_provider_charge(provider, &asked, &result);
	return result;
}

static struct pay_result expire(struct pay_provider *provider, const char *order, const char *card)
{
	struct pay_charge asked = charge_of(provider, order, card);
	struct pay_result result;
	pay_provider_expire(provider, &asked, &result);
	return result;
}

static void test_cards(void **state)
{
	static const struct {
		const char *card;
		enum pay_outcome outcome;
		const char *reason;
	} cards[] = {
	        {"4242424242424242", PAY_CAPTURED, ""},
	        {"4242 4242 4242 4242", PAY_CAPTURED, ""},
	        {"4242-4242-4242-4242", PAY_CAPTURED, ""},
	        {"4000000000000002", PAY_DECLINED, "declined"},
	        {"4000000000009995", PAY_DECLINED, "insufficient_funds"},
	        {PENDING, PAY_PENDING, ""},
	        {"4242424242424241", PAY_DECLINED, "invalid_card"}, /* the check digit is wrong */
	        {"5555555555554444", PAY_DECLINED, "invalid_card"}, /* right, but none of ours */
	        {"42424242", PAY_DECLINED, "invalid_card"},
	        {"4242x24242424242", PAY_DECLINED, "invalid_card"},
	        {"42424242424242424242", PAY_DECLINED, "invalid_card"}, /* 20 digits */
	        {"", PAY_DECLINED, "invalid_card"},
	};
	for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++) {
		struct pay_result result = charge(*state, "order-a", cards[i].card);
		assert_int_equal(result.outcome, cards[i].outcome);
		assert_string_equal(result.reason, cards[i].reason);
		assert_int_equal(result.reference[0] != '\0', cards[i].outcome == PAY_CAPTURED);
		assert_int_equal(result.fee_minor, cards[i].outcome == PAY_CAPTURED ? 18 : 0);
	}
}

static void test_method_holds_no_card(void **state)
{
	char method[PAY_METHOD_BYTES];
	pay_provider_method(*state, "4242424242424242", method);
	assert_null(strstr(method, "4242"));
}

static void test_same_order_same_result(void **state)
{
	struct pay_result first = charge(*state, "order-b", "4242424242424242");
	struct pay_result again = charge(*state, "order-b", "4242424242424242");
	struct pay_result other = charge(*state, "order-c", "4242424242424242");
	assert_string_equal(first.reference, again.reference);
	assert_string_not_equal(first.reference, other.reference);

	struct pay_provider *restarted;
	assert_int_equal(pay_provider_create("test", &restarted), 0);
	struct pay_result after = charge(restarted, "order-b", "4242424242424242");
	assert_string_equal(first.reference, after.reference);
	pay_provider_destroy(restarted);
}

static void test_unknown_then_captured(void **state)
{
	assert_int_equal(charge(*state, "order-d", "4000000000000341").outcome, PAY_UNKNOWN);
	assert_int_equal(charge(*state, "order-d", "4000000000000341").outcome, PAY_CAPTURED);
	assert_int_equal(charge(*state, "order-d", "4000000000000341").outcome, PAY_CAPTURED);
	assert_int_equal(charge(*state, "order-e", "4000000000000341").outcome, PAY_UNKNOWN);
}

static void test_pending_until_the_buyer_agrees(void **state)
{
	struct pay_result told;
	assert_int_equal(pay_provider_confirm(*state, "order-g", true, &told), -ENOENT); /* nobody asked for it yet */
	assert_int_equal(charge(*state, "order-g", PENDING).outcome, PAY_PENDING);
	assert_int_equal(charge(*state, "order-g", PENDING).outcome, PAY_PENDING);
	assert_int_equal(pay_provider_confirm(*state, "order-g", true, &told), 0);
	assert_int_equal(told.outcome, PAY_CAPTURED);
	assert_string_equal(told.reference, "test_order-g");
	assert_int_equal(told.fee_minor, 18);
	assert_int_equal(pay_provider_confirm(*state, "order-g", true, &told), 0);
	assert_int_equal(told.outcome, PAY_CAPTURED);
	assert_int_equal(pay_provider_confirm(*state, "order-g", false, &told), -ENOENT);
	assert_int_equal(charge(*state, "order-g", PENDING).outcome, PAY_CAPTURED);
	struct pay_result late = expire(*state, "order-g", PENDING);
	assert_int_equal(late.outcome, PAY_CAPTURED);
	assert_string_equal(late.reference, "test_order-g");
	assert_int_equal(late.fee_minor, 18);
}

static void test_pending_refused_by_the_buyer(void **state)
{
	struct pay_result told;
	charge(*state, "order-h", PENDING);
	assert_int_equal(pay_provider_confirm(*state, "order-h", false, &told), 0);
	assert_int_equal(told.outcome, PAY_DECLINED);
	assert_string_equal(told.reason, "declined");
	assert_int_equal(pay_provider_confirm(*state, "order-h", true, &told), -ENOENT);
	assert_int_equal(expire(*state, "order-h", PENDING).outcome, PAY_DECLINED);
}

static void test_expired_is_never_captured(void **state)
{
	struct pay_result told;
	charge(*state, "order-i", PENDING);
	assert_int_equal(expire(*state, "order-i", PENDING).outcome, PAY_EXPIRED);
	assert_int_equal(expire(*state, "order-i", PENDING).outcome, PAY_EXPIRED);
	assert_int_equal(charge(*state, "order-i", PENDING).outcome, PAY_EXPIRED);
	assert_int_equal(pay_provider_confirm(*state, "order-i", true, &told), -ENOENT);
	assert_string_equal(told.reference, "");
	assert_int_equal(expire(*state, "order-j", PENDING).outcome, PAY_EXPIRED); /* it was never charged */
	assert_int_equal(charge(*state, "order-j", PENDING).outcome, PAY_EXPIRED);
}

/* What was decided at once stays so. */
static void test_expire_of_other_cards(void **state)
{
	struct pay_result taken = charge(*state, "order-k", "4242424242424242");
	struct pay_result asked = expire(*state, "order-k", "4242424242424242");
	assert_int_equal(asked.outcome, PAY_CAPTURED);
	assert_string_equal(asked.reference, taken.reference);
	assert_int_equal(expire(*state, "order-l", "4000000000000002").outcome, PAY_DECLINED);
	assert_int_equal(charge(*state, "order-m", "4000000000000341").outcome, PAY_UNKNOWN);
	assert_int_equal(expire(*state, "order-m", "4000000000000341").outcome, PAY_CAPTURED);
}

static void test_pending_again_after_a_restart(void **state)
{
	struct pay_provider *restarted;
	struct pay_result told;
	charge(*state, "order-n", PENDING);
	assert_int_equal(pay_provider_confirm(*state, "order-n", true, &told), 0);
	assert_int_equal(pay_provider_create("test", &restarted), 0);
	assert_int_equal(charge(restarted, "order-n", PENDING).outcome, PAY_PENDING);
	assert_int_equal(pay_provider_confirm(restarted, "order-n", true, &told), 0);
	pay_provider_destroy(restarted);
}

struct racer {
	struct pay_provider *provider;
	char order[27];
	pthread_barrier_t *start;
	struct pay_result result;
	int error;
};

static void *race_to_confirm(void *arg)
{
	struct racer *racer = arg;
	pthread_barrier_wait(racer->start);
	racer->error = pay_provider_confirm(racer->provider, racer->order, true, &racer->result);
	return NULL;
}

static void *race_to_expire(void *arg)
{
	struct racer *racer = arg;
	pthread_barrier_wait(racer->start);
	racer->result = expire(racer->provider, racer->order, PENDING);
	return NULL;
}

static void test_exactly_one_of_expiry_and_buyer_wins(void **state)
{
	for (int i = 0; i < 200; i++) {
		pthread_t thread;
		pthread_barrier_t start;
		struct racer buyer = {.provider = *state, .start = &start};
		snprintf(buyer.order, sizeof(buyer.order), "race-%d", i);
		struct racer market = buyer;
		charge(*state, buyer.order, PENDING);
		pthread_barrier_init(&start, NULL, 2);
		assert_int_equal(pthread_create(&thread, NULL, race_to_confirm, &buyer), 0);
		race_to_expire(&market);
		pthread_join(thread, NULL);
		pthread_barrier_destroy(&start);
		if (buyer.error == 0)
			assert_int_equal(market.result.outcome, PAY_CAPTURED);
		else
			assert_int_equal(market.result.outcome, PAY_EXPIRED);
	}
}

static void test_memory_is_bounded(void **state)
{
	struct pay_result told;
	char order[27];
	for (int i = 0; i <= PAY_TEST_KEPT; i++) {
		snprintf(order, sizeof(order), "many-%d", i);
		assert_int_equal(charge(*state, order, PENDING).outcome, PAY_PENDING);
	}
	assert_int_equal(pay_provider_confirm(*state, "many-0", true, &told), -ENOENT);
	assert_int_equal(pay_provider_confirm(*state, "many-1", true, &told), 0);
	assert_int_equal(charge(*state, "many-0", PENDING).outcome, PAY_PENDING);
}

static void test_refund(void **state)
{
	struct pay_result result = charge(*state, "order-f", "4242424242424242");
	assert_int_equal(pay_provider_refund(*state, result.reference), 0);
	assert_int_equal(pay_provider_refund(*state, result.reference), 0);
	assert_int_equal(pay_provider_refund(*state, "pi_somebody_elses"), -EINVAL);
}

static void test_unknown_provider(void **state)
{
	struct pay_provider *provider;
	assert_int_equal(pay_provider_create("bank", &provider), -ENOENT);
	pay_provider_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_cards, make_provider, destroy_provider),
	        cmocka_unit_test_setup_teardown(test_method_holds_no_card, make_provider, destroy_provider),
	        cmocka_unit_test_setup_teardown(test_same_order_same_result, make_provider, destroy_provider),
	        cmocka_unit_test_setup_teardown(test_unknown_then_captured, make_provider, destroy_provider),
	        cmocka_unit_test_setup_teardown(test_pending_until_the_buyer_agrees, make_provider, destroy_provider),
	        cmocka_unit_test_setup_teardown(test_pending_refused_by_the_buyer, make_provider, destroy_provider),
	        cmocka_unit_test_setup_teardown(test_expired_is_never_captured, make_provider, destroy_provider),
	        cmocka_unit_test_setup_teardown(test_expire_of_other_cards, make_provider, destroy_provider),
	        cmocka_unit_test_setup_teardown(test_pending_again_after_a_restart, make_provider, destroy_provider),
	        cmocka_unit_test_setup_teardown(test_exactly_one_of_expiry_and_buyer_wins, make_provider,
	                                        destroy_provider),
	        cmocka_unit_test_setup_teardown(test_memory_is_bounded, make_provider, destroy_provider),
	        cmocka_unit_test_setup_teardown(test_refund, make_provider, destroy_provider),
	        cmocka_unit_test(test_unknown_provider),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
