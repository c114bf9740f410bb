/* The test provider: which cards do what, and that the same order always gives the same result. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pay/pay.h"

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

static struct pay_result charge(struct pay_provider *provider, const char *order, const char *card)
{
	struct pay_charge charge = {.amount_minor = 1200, .currency = "EUR"};
	struct pay_result result;
	snprintf(charge.order, sizeof(charge.order), "%s", order);
	pay_provider_method(provider, card, charge.method);
	pay_provider_charge(provider, &charge, &result);
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
	        cmocka_unit_test_setup_teardown(test_refund, make_provider, destroy_provider),
	        cmocka_unit_test(test_unknown_provider),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
