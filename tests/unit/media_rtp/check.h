/* What cmocka wants included before it. */
#ifndef TESTS_UNIT_MEDIA_RTP_CHECK_H
#define TESTS_UNIT_MEDIA_RTP_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/** A copy in memory of exactly that size, so that AddressSanitizer sees a read past the end. Freed by the caller. */
static inline uint8_t *exact_copy(const void *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	assert_non_null(copy);
	memcpy(copy, data, len);
	return copy;
}
#endif
