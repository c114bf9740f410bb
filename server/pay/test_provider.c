#include "pay/provider.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/money.h"

#define REFERENCE "test_"
#define FEE_BP 150 /* as card networks take: the books of a test market look like real ones */

/* What cannot be told from order and method alone. */
struct kept {
	char order[sizeof(((struct pay_charge *)0)->order)];
	enum pay_outcome outcome; /**< PAY_UNKNOWN: was left unanswered once */
	int64_t amount_minor;
};

struct test_provider {
	struct pay_provider provider;
	pthread_mutex_t lock; /**< guards the rest: charges run on several threads, and a buyer confirms meanwhile */
	struct kept kept[PAY_TEST_KEPT]; /**< the oldest is forgotten */
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
        {"4000002500003155", "test_pending", PAY_PENDING, ""},
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

static size_t method_of(const struct pay_charge *charge)
{
	for (size_t i = 0; i < METHODS; i++)
		if (strcmp(methods[i].method, charge->method) == 0)
			return i;
	return INVALID;
}

static void fill(struct pay_result *out, const char *order, int64_t amount_minor, enum pay_outcome outcome,
                 const char *reason)
{
	out->outcome = outcome;
	snprintf(out->reason, sizeof(out->reason), "%s", reason);
	if (outcome != PAY_CAPTURED)
		return;
	snprintf(out->reference, sizeof(out->reference), REFERENCE "%s", order);
	out->fee_minor = base_money_share(amount_minor, FEE_BP, 10000);
}

static void fill_kept(struct pay_result *out, const struct kept *kept)
{
	fill(out, kept->order, kept->amount_minor, kept->outcome, kept->outcome == PAY_DECLINED ? "declined" : "");
}

/* Holding the lock. @return NULL: none. */
static struct kept *find_kept(struct test_provider *test, const char *order)
{
	for (size_t i = 0; i < PAY_TEST_KEPT; i++)
		if (test->kept[i].order[0] && strcmp(test->kept[i].order, order) == 0)
			return &test->kept[i];
	return NULL;
}

/* Holding the lock. @param fresh whether it was not known before. */
static struct kept *keep(struct test_provider *test, const struct pay_charge *charge, enum pay_outcome outcome,
                         bool *fresh)
{
	struct kept *kept = find_kept(test, charge->order);
	*fresh = kept == NULL;
	if (kept)
		return kept;
	kept = &test->kept[test->next++ % PAY_TEST_KEPT];
	snprintf(kept->order, sizeof(kept->order), "%s", charge->order);
	kept->outcome = outcome;
	kept->amount_minor = charge->amount_minor;
	return kept;
}

static void ask(struct test_provider *test, const struct pay_charge *charge, bool expire, struct pay_result *out)
{
	size_t at = method_of(charge);
	bool fresh;
	pthread_mutex_lock(&test->lock);
	if (methods[at].outcome == PAY_PENDING) {
		struct kept *kept = keep(test, charge, PAY_PENDING, &fresh);
		if (expire && kept->outcome == PAY_PENDING)
			kept->outcome = PAY_EXPIRED;
		fill_kept(out, kept);
	} else if (methods[at].outcome == PAY_UNKNOWN) {
		keep(test, charge, PAY_UNKNOWN, &fresh);
		fill(out, charge->order, charge->amount_minor, fresh ? PAY_UNKNOWN : PAY_CAPTURED,
		     fresh ? methods[at].reason : "");
	} else {
		fill(out, charge->order, charge->amount_minor, methods[at].outcome, methods[at].reason);
	}
	pthread_mutex_unlock(&test->lock);
}

static void test_charge(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out)
{
	ask((struct test_provider *)provider, charge, false, out);
}

/* All but the pending were decided as they were charged, which stands. */
static void test_expire(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out)
{
	ask((struct test_provider *)provider, charge, true, out);
}

/* Under the one lock with test_expire, so that exactly one of the two wins. */
static int test_confirm(struct pay_provider *provider, const char *order, bool agree, struct pay_result *out)
{
	struct test_provider *test = (struct test_provider *)provider;
	const enum pay_outcome word = agree ? PAY_CAPTURED : PAY_DECLINED;
	pthread_mutex_lock(&test->lock);
	struct kept *kept = find_kept(test, order);
	if (kept && kept->outcome == PAY_PENDING)
		kept->outcome = word;
	bool said = kept && kept->outcome == word;
	if (said)
		fill_kept(out, kept);
	pthread_mutex_unlock(&test->lock);
	return said ? 0 : -ENOENT;
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
        .expire = test_expire,
        .confirm = test_confirm,
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
