#include "api/form.h"

#include <string.h>

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* @return false: broken, a NUL, or too long */
static bool decode(const char *text, size_t len, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < size; i++) {
		int c = (unsigned char)text[i];
		if (c == '+')
			c = ' ';
		if (c == '%') {
			int high = i + 2 < len ? digit(text[i + 1]) : -1, low = i + 2 < len ? digit(text[i + 2]) : -1;
			if (high < 0 || low < 0)
				return false;
			c = high << 4 | low;
			i += 2;
		}
		if (c == '\0')
			return false;
		out[n++] = (char)c;
	}
	if (n >= size)
		return false;
	out[n] = '\0';
	return true;
}

bool api_form_field(const char *body, size_t len, const char *name, char *out, size_t size)
{
	size_t name_len = strlen(name);

	out[0] = '\0';
	while (len) {
		const char *end = memchr(body, '&', len);
		size_t pair = end ? (size_t)(end - body) : len;

		if (pair > name_len && body[name_len] == '=' && memcmp(body, name, name_len) == 0) {
			if (decode(body + name_len + 1, pair - name_len - 1, out, size))
				return true;
			out[0] = '\0';
			return false;
		}
		pair += end != NULL;
		body += pair;
		len -= pair;
	}
	return false;
}
