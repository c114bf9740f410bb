#include "bank.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void answer(const struct bank *bank, const struct pay_charge *charge, struct pay_result *out)
{
	static const enum pay_outcome outcomes[] = {
	        [BANK_NEW] = PAY_UNKNOWN,      [BANK_OPEN] = PAY_PENDING,     [BANK_TAKEN] = PAY_CAPTURED,
	        [BANK_REFUSED] = PAY_DECLINED, [BANK_GIVEN_UP] = PAY_EXPIRED, [BANK_GIVEN_BACK] = PAY_CAPTURED};
	out->outcome = bank->silent || bank->deaf ? PAY_UNKNOWN : outcomes[bank->state];
	if (out->outcome == PAY_CAPTURED)
		snprintf(out->reference, sizeof(out->reference), "bank_%s", charge->order);
	else if (out->outcome == PAY_DECLINED)
		snprintf(out->reason, sizeof(out->reason), "declined");
}

static void become(struct bank *bank, enum bank_state state)
{
	bank->taken += state == BANK_TAKEN;
	bank->state = state;
}

static void bank_charge(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out)
{
	struct bank *bank = (struct bank *)provider;
	bank->charges++;
	if (bank->state == BANK_NEW && !bank->deaf)
		become(bank, bank->opens);
	answer(bank, charge, out);
}

static void bank_expire(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out)
{
	struct bank *bank = (struct bank *)provider;
	bank->expiries++;
	if ((bank->state == BANK_NEW || bank->state == BANK_OPEN) && !bank->deaf)
		become(bank, BANK_GIVEN_UP);
	answer(bank, charge, out);
}

static int bank_refund(struct pay_provider *provider, const char *reference)
{
	struct bank *bank = (struct bank *)provider;
	if (bank->deaf)
		return -EAGAIN;
	if (strncmp(reference, "bank_", 5) != 0 || (bank->state != BANK_TAKEN && bank->state != BANK_GIVEN_BACK))
		abort(); /* nobody may ask for what was never taken */
	bank->given_back += bank->state == BANK_TAKEN;
	bank->state = BANK_GIVEN_BACK;
	return bank->silent ? -EAGAIN : 0;
}

static void bank_method(struct pay_provider *provider, const char *card, char method[PAY_METHOD_BYTES])
{
	snprintf(method, PAY_METHOD_BYTES, "bank_card");
}

static const struct pay_provider_ops ops = {
        .method = bank_method, .charge = bank_charge, .expire = bank_expire, .refund = bank_refund};

void bank_init(struct bank *bank, enum bank_state opens)
{
	*bank = (struct bank){.provider = {&ops}, .opens = opens};
}

bool bank_confirm(struct bank *bank)
{
	if (bank->state != BANK_OPEN)
		return false;
	become(bank, BANK_TAKEN);
	return true;
}
