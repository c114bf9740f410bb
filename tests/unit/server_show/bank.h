/* A provider that remembers one payment, as real ones do, over every restart of the market; and counts what it was
 * asked. */
#ifndef TEST_SERVER_SHOW_BANK_H
#define TEST_SERVER_SHOW_BANK_H

#include "pay/provider.h"

enum bank_state { BANK_NEW, BANK_OPEN, BANK_TAKEN, BANK_REFUSED, BANK_GIVEN_UP, BANK_GIVEN_BACK };

struct bank {
	struct pay_provider provider;
	enum bank_state state;
	enum bank_state opens; /**< what a new payment is at once */
	bool silent;           /**< its answers are lost on the way; what it does is done */
	bool deaf;             /**< what it is asked is lost on the way */
	int charges, expiries, taken, given_back;
};

void bank_init(struct bank *bank, enum bank_state opens);
/** The buyer's own word, with the bank. @return false: it is decided already. */
bool bank_confirm(struct bank *bank);
#endif
