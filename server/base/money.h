/* Money as text: integer minor units (cents) beside an ISO 4217 currency, never a float. The text is for files and
 * people who type: digits, one point before the decimals, a minus in front. Nothing here needs memory or a locale. */
#ifndef TRUNKSHOW_BASE_MONEY_H
#define TRUNKSHOW_BASE_MONEY_H

#include <stddef.h>
#include <stdint.h>

#define BASE_MONEY_TEXT 24 /**< the longest text with its NUL: "-92233720368547758.08" */

/** Decimals of a currency's minor unit (ISO 4217): 0 for JPY, 3 for KWD, 2 for most and for those unknown. */
int base_money_decimals(const char *currency);

/** Write "1234.50" (EUR), "1234" (JPY), "-0.005" (KWD): always all of the decimals. @return text. */
const char *base_money_format(int64_t minor, const char *currency, char text[BASE_MONEY_TEXT]);

/** Read what people write: "12", "12.5" and "12.50" are all 1250 in EUR. Commas, blanks and signs between thousands are
 *  refused, for "1,234" is one thing here and another there.
 *  @param len of text, which needs no NUL. @return 0; -EINVAL not such a number; -EDOM more decimals than the currency
 *  has; -ERANGE too large. On error out is untouched. */
__attribute__((warn_unused_result)) int base_money_parse(const char *text, size_t len, const char *currency,
                                                         int64_t *out);

/** amount * part / whole, exactly, rounded half up. amount and part at least 0, whole 1 to 2^30, part at most whole. */
int64_t base_money_share(int64_t amount, int64_t part, int64_t whole);
#endif
