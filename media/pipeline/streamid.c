#include "pipeline/streamid.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

/** Letters, digits, '-' and '_' alone: what shows and keys are made of. */
static bool take(const char *text, size_t len, char *out, size_t size)
{
	size_t i;

	if (len == 0 || len >= size)
		return false;
	for (i = 0; i < len; i++) {
		if (!is_plain(text[i]))
			return false;
	}
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

static bool is(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(text, word, len) == 0;
}

/** One key=value. @return 0; -EBADMSG; -ENOTSUP. */
static int heed(char key, const char *value, size_t len, struct streamid *out)
{
	switch (key) {
	case 'r':
		return take(value, len, out->show, sizeof(out->show)) ? 0 : -EBADMSG;
	case 'u':
		return take(value, len, out->key, sizeof(out->key)) ? 0 : -EBADMSG;
	case 'm':
		return is(value, len, "publish") ? 0 : -ENOTSUP;
	case 't':
		return is(value, len, "stream") ? 0 : -ENOTSUP;
	default:
		return 0;
	}
}

static int read_pairs(const char *text, struct streamid *out)
{
	while (*text) {
		size_t len = strcspn(text, ",");
		const char *equals = memchr(text, '=', len);
		int rc = 0;

		if (!equals)
			return -EBADMSG;
		if (equals == text + 1)
			rc = heed(*text, text + 2, len - 2, out);
		if (rc < 0)
			return rc;
		text += len;
		text += *text == ',';
	}
	return out->show[0] && out->key[0] ? 0 : -EBADMSG;
}

static int read_plain(const char *text, struct streamid *out)
{
	size_t show, prefix = strcspn(text, ":/");

	if (is(text, prefix, "publish") && text[prefix])
		text += prefix + 1;
	show = strcspn(text, ":/");
	if (!text[show] || !take(text, show, out->show, sizeof(out->show)) ||
	    !take(text + show + 1, strlen(text + show + 1), out->key, sizeof(out->key)))
		return -EBADMSG;
	return 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/** What is no escape stays as it is. @return false: too long. */
static bool unescape(const char *text, char out[STREAMID_MAX + 1])
{
	size_t n = 0;

	while (*text && n < STREAMID_MAX) {
		int high = text[0] == '%' ? digit(text[1]) : -1, low = high >= 0 ? digit(text[2]) : -1;

		out[n++] = low >= 0 ? (char)(high << 4 | low) : *text;
		text += low >= 0 ? 3 : 1;
	}
	out[n] = '\0';
	return *text == '\0';
}

static int read_text(const char *text, struct streamid *out)
{
	static const char standard[] = "#!::";

	if (strncmp(text, standard, sizeof(standard) - 1) == 0)
		return read_pairs(text + sizeof(standard) - 1, out);
	return read_plain(text, out);
}

int streamid_read(const char *text, struct streamid *out)
{
	char plain[STREAMID_MAX + 1] = "";
	int rc;

	*out = (struct streamid){.show = ""};
	if (!unescape(text, plain))
		return -EBADMSG;
	rc = read_text(plain, out);
	explicit_bzero(plain, sizeof(plain));
	return rc;
}
