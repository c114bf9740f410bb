/* Identifiers: 128 bits, time-ordered (the first 48 are milliseconds), so that unique
 * indexes grow at their end. Written as 26 characters of lower-case Crockford base32. */
#ifndef TRUNKSHOW_BASE_ID_H
#define TRUNKSHOW_BASE_ID_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define BASE_ID_BYTES 16
#define BASE_ID_TEXT 27 /**< with the terminating NUL */

struct base_id {
	uint8_t bytes[BASE_ID_BYTES];
};

/** Make a new id from the wall clock and 80 random bits; ids of one process never repeat and, within
 *  one thread, always rise. Thread: any. */
struct base_id base_id_new(void);

/** Write the text form. @return text. Thread: any. */
const char *base_id_format(struct base_id id, char text[BASE_ID_TEXT]);

/** Read the text form, exactly 26 characters. @return 0; -EINVAL (out untouched). Thread: any. */
__attribute__((warn_unused_result)) int base_id_parse(const char *text, struct base_id *out);

static inline bool base_id_equal(struct base_id a, struct base_id b)
{
	uint64_t x[2], y[2];

	memcpy(x, a.bytes, sizeof x);
	memcpy(y, b.bytes, sizeof y);
	return x[0] == y[0] && x[1] == y[1];
}

static inline bool base_id_is_zero(struct base_id id)
{
	return base_id_equal(id, (struct base_id){0});
}
#endif
