/* What a payment provider is made of; each embeds this as its first member. */
#ifndef TRUNKSHOW_PAY_PROVIDER_H
#define TRUNKSHOW_PAY_PROVIDER_H

#include "pay/pay.h"

#define PAY_TEST_KEPT 4096

struct pay_provider_ops {
	void (*destroy)(struct pay_provider *provider);
	void (*method)(struct pay_provider *provider, const char *card, char method[PAY_METHOD_BYTES]);
	void (*charge)(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out);
	void (*expire)(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out);
	/** NULL: its buyers confirm elsewhere. */
	int (*confirm)(struct pay_provider *provider, const char *order, bool agree, struct pay_result *out);
	int (*refund)(struct pay_provider *provider, const char *reference);
};

struct pay_provider {
	const struct pay_provider_ops *ops;
};

/** Takes well-known card numbers and moves no money. Its answers follow from order and method alone, so they survive a
 * restart; but for what it keeps in memory of the last PAY_TEST_KEPT orders: which were left unanswered once, and what
 * became of those that a buyer has to confirm. Asked after a restart, such a payment is pending once more, as if its
 * buyer had said nothing; what was stored as captured or expired is not asked again. */
__attribute__((warn_unused_result)) int pay_test_create(struct pay_provider **out);
#endif
