/* Which variant a person means who types its name. */
#include "show/comment.h"

#include <glib.h>
#include <string.h>

#include "show/comment_letters.h"

#define NAME_BYTES 128

static bool separates(gunichar c)
{
	return comment_is_gap(c) || c == '/' || c == '-' || c == ';';
}

/* Small letters, one blank between words. @return false: too long, or no text. */
static bool fold(const char *in, char out[NAME_BYTES])
{
	bool gap = false;
	size_t len = 0;

	for (; *in; in = g_utf8_next_char(in)) {
		gunichar c = g_utf8_get_char_validated(in, -1);
		if (c == (gunichar)-1 || c == (gunichar)-2)
			return false;
		c = comment_plain(c);
		if (separates(c)) {
			gap = len > 0;
			continue;
		}
		if (len + 8 > NAME_BYTES) /* a blank, a letter of at most six bytes, the end */
			return false;
		if (gap)
			out[len++] = ' ';
		gap = false;
		len += (size_t)g_unichar_to_utf8(g_unichar_tolower(c), out + len);
	}
	out[len] = '\0';
	return true;
}

bool show_comment_same(const char *a, const char *b)
{
	char x[NAME_BYTES], y[NAME_BYTES];

	return fold(a, x) && fold(b, y) && strcmp(x, y) == 0;
}

enum fit { NOT, PART, WHOLE };

static bool is_pair(const char *wanted, const char *first, const char *second)
{
	size_t len = strlen(first);

	return strncmp(wanted, first, len) == 0 && wanted[len] == ' ' && strcmp(wanted + len + 1, second) == 0;
}

static enum fit fits(const char *wanted, const struct store_variant *variant)
{
	char size[NAME_BYTES], colour[NAME_BYTES];

	if (variant->removed || !fold(variant->size, size) || !fold(variant->colour, colour))
		return NOT;
	if (*size && *colour) {
		if (is_pair(wanted, size, colour) || is_pair(wanted, colour, size))
			return WHOLE;
		return strcmp(wanted, size) == 0 || strcmp(wanted, colour) == 0 ? PART : NOT;
	}
	return strcmp(wanted, *size ? size : colour) == 0 ? WHOLE : NOT;
}

static int only_one(const struct store_variant *variants, size_t count, size_t *index)
{
	int found = 0;

	for (size_t i = 0; i < count && found < 2; i++) {
		if (!variants[i].removed) {
			*index = i;
			found++;
		}
	}
	return found;
}

int show_comment_variant(const char *text, const struct store_variant *variants, size_t count, size_t *index)
{
	char wanted[NAME_BYTES];
	enum fit best = PART;
	int found = 0;

	if (!fold(text, wanted))
		return 0;
	if (!*wanted)
		return only_one(variants, count, index);
	for (size_t i = 0; i < count; i++) {
		enum fit fit = fits(wanted, &variants[i]);
		if (fit > best)
			found = 0;
		if (fit < best)
			continue;
		best = fit;
		*index = i;
		found = found ? 2 : 1;
	}
	return found;
}
