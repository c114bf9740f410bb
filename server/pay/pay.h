/* Payment providers behind one interface. Calls block: run them on the jobs pool. */
#ifndef TRUNKSHOW_PAY_PAY_H
#define TRUNKSHOW_PAY_PAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAY_METHOD_BYTES 32

enum pay_outcome {
	PAY_CAPTURED,
	PAY_DECLINED,
	PAY_UNKNOWN, /**< ask again: the provider did not answer */
	PAY_PENDING, /**< the buyer has yet to confirm with the bank: the provider will tell, or is asked to expire it
	              */
	PAY_EXPIRED  /**< given up before it was captured, and can no longer be */
};

struct pay_charge {
	char order[27]; /**< idempotency towards the provider */
	int64_t amount_minor;
	char currency[4];
	char method[PAY_METHOD_BYTES]; /**< from pay_provider_method */
};

struct pay_result {
	enum pay_outcome outcome;
	char reference[64]; /**< the provider's id of the payment */
	char reason[64];    /**< "declined", "insufficient_funds", … */
	int64_t fee_minor;  /**< what the provider keeps of a captured payment, in its currency */
};

struct pay_provider;

/** @param name "test". @return 0; -ENOENT unknown. */
__attribute__((warn_unused_result)) int pay_provider_create(const char *name, struct pay_provider **out);
void pay_provider_destroy(struct pay_provider *provider);
/** Exchange what the buyer typed for the provider's own word for it, which may be stored with the order: so a charge
 * can be asked again after a crash and no card number is ever kept. Does not block. Thread: any. */
void pay_provider_method(struct pay_provider *provider, const char *card, char method[PAY_METHOD_BYTES]);
/** Charge once; the same order again gives the first result. Thread: jobs. */
void pay_provider_charge(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out);
/** The order's time is over: give the payment up. Asked again, the same answer.
 *  @param out PAY_EXPIRED: it can no longer be captured; PAY_CAPTURED: it was, which stands; PAY_DECLINED; PAY_UNKNOWN:
 *  ask again. Thread: jobs. */
void pay_provider_expire(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out);
/** With the test provider: the buyer's word to "your bank" for a pending payment. Idempotent. @return 0; -ENOENT: no
 * such payment is pending; -ENOTSUP: not this provider. Thread: any. */
__attribute__((warn_unused_result)) int pay_provider_confirm(struct pay_provider *provider, const char *order,
                                                             bool agree, struct pay_result *out);
/** Give everything back, once: asked again (a crash may lie between), what was given back stays so. @return 0; -EAGAIN
 * try again; -EINVAL not this provider's. Thread: jobs. */
__attribute__((warn_unused_result)) int pay_provider_refund(struct pay_provider *provider, const char *reference);
#endif
