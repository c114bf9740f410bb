#include "base/money.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DECIMALS_USUAL 2
#define DECIMALS_MOST 4

/* ISO 4217, list one, as of 2026: the currencies in use whose minor unit is not a hundredth. */
static const struct {
	int decimals;
	char currencies[80];
} unusual[] = {
        {0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"},
        {3, "BHD IQD JOD KWD LYD OMR TND"},
        {4, "CLF UYW"},
};

int base_money_decimals(const char *currency)
{
	if (strlen(currency) != 3 || strchr(currency, ' '))
		return DECIMALS_USUAL;
	for (size_t i = 0; i < sizeof unusual / sizeof unusual[0]; i++)
		if (strstr(unusual[i].currencies, currency))
			return unusual[i].decimals;
	return DECIMALS_USUAL;
}

const char *base_money_format(int64_t minor, const char *currency, char text[BASE_MONEY_TEXT])
{
	char digits[BASE_MONEY_TEXT];
	int decimals = base_money_decimals(currency);
	uint64_t size = minor < 0 ? -(uint64_t)minor : (uint64_t)minor; /* INT64_MIN too */
	int len = snprintf(digits, sizeof digits, "%0*llu", decimals + 1, (unsigned long long)size);
	int whole = len - decimals;

	snprintf(text, BASE_MONEY_TEXT, "%s%.*s%s%s", minor < 0 ? "-" : "", whole, digits, decimals ? "." : "",
	         digits + whole);
	return text;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Counts down from zero, where there is room for one more than upwards. */
static bool append_digit(int64_t *value, int digit)
{
	return !__builtin_mul_overflow(*value, 10, value) && !__builtin_sub_overflow(*value, digit, value);
}

/* @return the length of a run of digits at the beginning. */
static size_t digits_of(const char *text, size_t len)
{
	size_t count = 0;
	while (count < len && is_digit(text[count]))
		count++;
	return count;
}

int base_money_parse(const char *text, size_t len, const char *currency, int64_t *out)
{
	size_t decimals = (size_t)base_money_decimals(currency), given = 0;
	bool negative = len && text[0] == '-';
	const char *whole = text + negative;
	size_t rest = len - negative, whole_len = digits_of(whole, rest);
	int64_t value = 0;

	if (whole_len < rest)
		given = digits_of(whole + whole_len + 1, rest - whole_len - 1);
	if (whole_len == 0 ||
	    (whole_len < rest && (whole[whole_len] != '.' || given == 0 || whole_len + 1 + given < rest)))
		return -EINVAL;
	if (given > decimals)
		return -EDOM;
	for (size_t i = 0; i < whole_len; i++)
		if (!append_digit(&value, whole[i] - '0'))
			return -ERANGE;
	for (size_t i = 0; i < decimals; i++)
		if (!append_digit(&value, i < given ? whole[whole_len + 1 + i] - '0' : 0))
			return -ERANGE;
	if (!negative && value == INT64_MIN)
		return -ERANGE;
	*out = negative ? value : -value;
	return 0;
}

int64_t base_money_share(int64_t amount, int64_t part, int64_t whole)
{
	int64_t times = amount / whole, rest = amount % whole;

	return times * part + (2 * rest * part + whole) / (2 * whole);
}
