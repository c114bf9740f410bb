/* Small things that the transport's tests share. */
#ifndef TESTS_MEDIA_TRANSPORT_BYTES_H
#define TESTS_MEDIA_TRANSPORT_BYTES_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static inline uint8_t hex_digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/** Hex text as bytes, into at most size. @return length. */
static inline size_t unhex(const char *text, uint8_t *out, size_t size)
{
	size_t n = 0;
	for (; text[0] && text[1]; text += 2) {
		assert_true(n < size);
		out[n++] = (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
	}
	return n;
}

/** Numbers that look random and are the same in every run. */
static inline uint32_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 32);
}
#endif
