#include "pay/provider.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASKED_MAX 256
#define REFERENCE "test_"

struct test_provider {
	struct pay_provider provider;
	pthread_mutex_t lock; /**< guards the rest: charges run on several threads */
	char asked[ASKED_MAX][sizeof(
	        ((struct pay_charge *)0)->order)]; /**< orders left unanswered once; the oldest is forgotten */
	size_t next;
};

static const struct {
	const char *card, *method;
	enum pay_outcome outcome;
	const char *reason;
} methods[] = {
        {"4242424242424242", "test_ok", PAY_CAPTURED, ""},
        {"4000000000000002", "test_declined", PAY_DECLINED, "declined"},
        {"4000000000009995", "test_insufficient", PAY_DECLINED, "insufficient_funds"},
        {"4000000000000341", "test_unknown", PAY_UNKNOWN, "no_answer"}, /* captured when asked again */
        {"", "test_invalid", PAY_DECLINED, "invalid_card"},
};

#define METHODS (sizeof(methods) / sizeof(methods[0]))
#define INVALID (METHODS - 1)

/* ISO/IEC 7812-1 Annex B. */
static bool luhn_holds(const char *digits)
{
	int sum = 0;
	size_t len = strlen(digits);
	for (size_t i = 0; i < len; i++) {
		int digit = digits[len - 1 - i] - '0';
		if (i % 2 == 1)
			digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
		sum += digit;
	}
	return sum % 10 == 0;
}

/* People type cards in groups. @return false: no card number. */
static bool digits_of(const char *card, char digits[20])
{
	size_t len = 0;
	for (; *card; card++) {
		if (*card == ' ' || *card == '-')
			continue;
		if (!isdigit((unsigned char)*card) || len == 19)
			return false;
		digits[len++] = *card;
	}
	digits[len] = '\0';
	return len >= 12 && luhn_holds(digits);
}

static void test_method(struct pay_provider *provider, const char *card, char method[PAY_METHOD_BYTES])
{
	char digits[20] = "";
	size_t at = INVALID;
	if (digits_of(card, digits))
		for (size_t i = 0; i < INVALID; i++)
			if (strcmp(methods[i].card, digits) == 0)
				at = i;
	explicit_bzero(digits, sizeof(digits));
	snprintf(method, PAY_METHOD_BYTES, "%s", methods[at].method);
}

static bool asked_before(struct test_provider *test, const char *order)
{
	bool found = false;
	pthread_mutex_lock(&test->lock);
	for (size_t i = 0; i < ASKED_MAX && !found; i++)
		found = strcmp(test->asked[i], order) == 0;
	if (!found)
		snprintf(test->asked[test->next++ % ASKED_MAX], sizeof(test->asked[0]), "%s", order);
	pthread_mutex_unlock(&test->lock);
	return found;
}

static void test_charge(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out)
{
	size_t at = INVALID;
	for (size_t i = 0; i < METHODS; i++)
		if (strcmp(methods[i].method, charge->method) == 0)
			at = i;
	out->outcome = methods[at].outcome;
	snprintf(out->reason, sizeof(out->reason), "%s", methods[at].reason);
	if (out->outcome == PAY_UNKNOWN && asked_before((struct test_provider *)provider, charge->order)) {
		out->outcome = PAY_CAPTURED;
		out->reason[0] = '\0';
	}
	if (out->outcome == PAY_CAPTURED)
		snprintf(out->reference, sizeof(out->reference), REFERENCE "%s", charge->order);
}

static int test_refund(struct pay_provider *provider, const char *reference)
{
	/* Nothing was taken, so nothing can fail; a reference of another provider is our own mistake. */
	return strncmp(reference, REFERENCE, strlen(REFERENCE)) == 0 ? 0 : -EINVAL;
}

static void test_destroy(struct pay_provider *provider)
{
	struct test_provider *test = (struct test_provider *)provider;
	pthread_mutex_destroy(&test->lock);
	free(test);
}

static const struct pay_provider_ops test_ops = {
        .destroy = test_destroy,
        .method = test_method,
        .charge = test_charge,
        .refund = test_refund,
};

int pay_test_create(struct pay_provider **out)
{
	struct test_provider *test = calloc(1, sizeof(*test));
	if (!test)
		return -ENOMEM;
	test->provider.ops = &test_ops;
	pthread_mutex_init(&test->lock, NULL);
	*out = &test->provider;
	return 0;
}
