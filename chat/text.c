/* Text of strangers, made fit to be shown beside the text of others. */
#include <errno.h>
#include <string.h>

#include "parts.h"

#define MARKS_MAX 4 /**< combining marks on one base: more than living scripts and emoji need, less than a tower */
#define TAGS_MAX 7  /**< tag characters after a black flag: "gbeng" and its end, with one to spare (UTS #51 §C.1) */

enum kind {
	PLAIN,
	SPACE,
	HIDDEN, /**< taken out */
	JOINER, /**< invisible, with a meaning between two visible characters */
	MARK,   /**< sits on the character before it */
	TAG,    /**< spells a region after a black flag, invisible elsewhere */
};

struct range {
	gunichar from, to;
	enum kind kind;
};

/* Sorted. What is not here is told by its Unicode category. */
static const struct range ranges[] = {
        {0x0000, 0x0008, HIDDEN},   {0x0009, 0x000d, SPACE},  {0x000e, 0x001f, HIDDEN}, {0x0020, 0x0020, SPACE},
        {0x007f, 0x0084, HIDDEN},   {0x0085, 0x0085, SPACE},  {0x0086, 0x009f, HIDDEN}, {0x00a0, 0x00a0, SPACE},
        {0x00ad, 0x00ad, HIDDEN}, /* soft hyphen */
        {0x034f, 0x034f, HIDDEN}, /* grapheme joiner: shows nothing */
        {0x061c, 0x061c, JOINER}, /* Arabic letter mark */
        {0x115f, 0x1160, HIDDEN}, /* Hangul fillers: blank letters */
        {0x1680, 0x1680, SPACE},    {0x17b4, 0x17b5, HIDDEN}, {0x180b, 0x180f, HIDDEN}, {0x2000, 0x200a, SPACE},
        {0x200b, 0x200b, HIDDEN},                             /* zero-width space */
        {0x200c, 0x200f, JOINER},                             /* (non-)joiner, left-to-right and right-to-left marks */
        {0x2028, 0x2029, SPACE},    {0x202a, 0x202e, HIDDEN}, /* bidi embeddings and overrides */
        {0x202f, 0x202f, SPACE},    {0x205f, 0x205f, SPACE},  {0x2060, 0x206f, HIDDEN}, /* word joiner, bidi isolates,
                                                                                           invisible operators */
        {0x2800, 0x2800, SPACE},                                                        /* empty Braille cell */
        {0x3000, 0x3000, SPACE},    {0x3164, 0x3164, SPACE},  {0xfdd0, 0xfdef, HIDDEN}, {0xfeff, 0xfeff, HIDDEN},
        {0xffa0, 0xffa0, SPACE},    {0xfff0, 0xfffb, HIDDEN}, /* unassigned, interlinear annotation */
        {0x1d173, 0x1d17a, HIDDEN},                           /* musical controls */
        {0xe0020, 0xe007f, TAG},
};

static enum kind kind_of(gunichar c)
{
	size_t low = 0, high = G_N_ELEMENTS(ranges);
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (c < ranges[middle].from)
			high = middle;
		else if (c > ranges[middle].to)
			low = middle + 1;
		else
			return ranges[middle].kind;
	}
	if ((c & 0xfffe) == 0xfffe || (c >= 0xe0000 && c <= 0xe00ff))
		return HIDDEN; /* never characters; what else the plane of tags has */
	GUnicodeType type = g_unichar_type(c);
	if (type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK)
		return MARK;
	return PLAIN;
}

struct cleaner {
	char *out;
	size_t size, len;
	int64_t chars, max_chars;
	bool space;      /**< white space came after the last character written */
	gunichar joiner; /**< one that waits for a character after it */
	int marks;       /**< on the last character written */
	int tags;        /**< that may still follow */
	bool full;
};

static void write_char(struct cleaner *cleaner, gunichar c)
{
	char bytes[6];
	size_t len = (size_t)g_unichar_to_utf8(c, bytes);
	if (cleaner->chars >= cleaner->max_chars || len >= cleaner->size - cleaner->len) {
		cleaner->full = true;
		return;
	}
	memcpy(cleaner->out + cleaner->len, bytes, len);
	cleaner->len += len;
	cleaner->chars++;
}

static void take_plain(struct cleaner *cleaner, gunichar c)
{
	if (cleaner->space && cleaner->len)
		write_char(cleaner, ' ');
	else if (cleaner->joiner)
		write_char(cleaner, cleaner->joiner);
	write_char(cleaner, c);
	cleaner->space = false;
	cleaner->joiner = 0;
	cleaner->marks = 0;
	cleaner->tags = c == 0x1f3f4 ? TAGS_MAX : 0;
}

static bool has_base(const struct cleaner *cleaner)
{
	return cleaner->len && !cleaner->space;
}

static void take(struct cleaner *cleaner, gunichar c)
{
	switch (kind_of(c)) {
	case PLAIN:
		take_plain(cleaner, c);
		break;
	case SPACE:
		cleaner->space = true;
		cleaner->joiner = 0;
		break;
	case JOINER:
		if (has_base(cleaner) && !cleaner->joiner)
			cleaner->joiner = c;
		break;
	case MARK:
		if (has_base(cleaner) && cleaner->marks < MARKS_MAX) {
			cleaner->marks++;
			write_char(cleaner, c);
		}
		break;
	case TAG:
		if (has_base(cleaner) && cleaner->tags > 0) {
			cleaner->tags--;
			write_char(cleaner, c);
		}
		break;
	case HIDDEN:
		break;
	}
}

int chat_text_clean(const char *text, int64_t max_chars, char *out, size_t size)
{
	struct cleaner cleaner = {.out = out, .size = size, .max_chars = max_chars};
	if (size == 0)
		return -E2BIG;
	out[0] = '\0';
	if (!g_utf8_validate(text, -1, NULL))
		return -EINVAL;
	for (; *text && !cleaner.full; text = g_utf8_next_char(text))
		take(&cleaner, g_utf8_get_char(text));
	out[cleaner.full ? 0 : cleaner.len] = '\0';
	if (cleaner.full)
		return -E2BIG;
	return cleaner.chars ? (int)cleaner.chars : -EINVAL;
}
