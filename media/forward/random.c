#include "forward/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void forward_random(void *out, size_t len)
{
	uint8_t *p = out;
	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);
		if (n < 0 && errno != EINTR)
			abort(); /* names and hash keys must not be guessable */
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

uint32_t forward_random32(void)
{
	uint32_t value;
	forward_random(&value, sizeof value);
	return value;
}

void forward_random_hex(char *out, size_t bytes)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < bytes; i++) {
		uint8_t byte;
		forward_random(&byte, 1);
		out[2 * i] = digits[byte >> 4];
		out[2 * i + 1] = digits[byte & 15];
	}
	out[2 * bytes] = '\0';
}
