/* The first bytes choose a currency, or are one; the rest is an amount as somebody typed it, and is a number too. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/money.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void demand(int holds)
{
	if (!holds)
		abort();
}

static void demand_round_trip(int64_t minor, const char *currency)
{
	char text[BASE_MONEY_TEXT];
	int64_t back;

	base_money_format(minor, currency, text);
	demand(strlen(text) < sizeof text);
	demand(base_money_parse(text, strlen(text), currency, &back) == 0);
	demand(back == minor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char currency[4] = "";
	int64_t minor = 42, number = 0;

	if (len < 3)
		return 0;
	memcpy(currency, data, 3);
	int decimals = base_money_decimals(currency);
	demand(decimals >= 0 && decimals <= 4);
	memcpy(&number, data + 3, len - 3 < sizeof number ? len - 3 : sizeof number);
	demand_round_trip(number, currency);
	if (base_money_parse((const char *)data + 3, len - 3, currency, &minor) == 0)
		demand_round_trip(minor, currency);
	else
		demand(minor == 42);
	return 0;
}
