#include "show/comment.h"

#include <glib.h>
#include <string.h>

#include "show/comment_letters.h"

#define DIGITS_MAX INT64_C(999999999999)

/* What is left of a line. All of it is valid UTF-8. */
struct cursor {
	const char *at, *end;
};

static bool at_end(const struct cursor *c)
{
	return c->at >= c->end;
}

static gunichar peek(const struct cursor *c)
{
	return at_end(c) ? 0 : comment_plain(g_utf8_get_char(c->at));
}

static void step(struct cursor *c)
{
	c->at = g_utf8_next_char(c->at);
}

static bool is_digit(gunichar c)
{
	return c >= '0' && c <= '9';
}

static void skip_blanks(struct cursor *c)
{
	while (!at_end(c) && g_unichar_isspace(peek(c)))
		step(c);
}

static void skip_gaps(struct cursor *c)
{
	while (!at_end(c) && comment_is_gap(peek(c)))
		step(c);
}

static bool take(struct cursor *c, gunichar wanted)
{
	if (peek(c) != wanted || at_end(c))
		return false;
	step(c);
	return true;
}

static bool take_times(struct cursor *c)
{
	return take(c, 'x') || take(c, 'X') || take(c, 0xd7);
}

/* ---- the line as a whole ---- */

/* What people put behind a claim and mean nothing by. */
static bool is_ornament(gunichar c)
{
	switch (g_unichar_type(c)) {
	case G_UNICODE_OTHER_SYMBOL: /* pictures, and what joins and colours them */
	case G_UNICODE_MODIFIER_SYMBOL:
	case G_UNICODE_NON_SPACING_MARK:
	case G_UNICODE_FORMAT:
		return c >= 0x200b;
	default:
		return c == '!' || c == '.' || c == ';' || c == 0x2026 || c == 0x3002 || comment_is_gap(c);
	}
}

static void trim(struct cursor *c)
{
	skip_blanks(c);
	while (c->end > c->at) {
		const char *last = g_utf8_prev_char(c->end);
		if (!is_ornament(comment_plain(g_utf8_get_char(last))))
			break;
		c->end = last;
	}
}

static bool asks(gunichar c)
{
	return c == '?' || c == 0x61f;
}

/* A question is none to be answered by a purchase, and a link is no size. */
static bool is_talk(struct cursor c)
{
	for (; !at_end(&c); step(&c)) {
		size_t left = (size_t)(c.end - c.at);
		if (asks(peek(&c)) || (left >= 3 && memcmp(c.at, "://", 3) == 0) ||
		    (left >= 4 && g_ascii_strncasecmp(c.at, "www.", 4) == 0) ||
		    (left >= 3 && *c.at == '.' && g_ascii_isalpha(c.at[1]) && g_ascii_isalpha(c.at[2])))
			return true;
	}
	return false;
}

/* ---- its parts ---- */

/* Some blanks, if the word has some there: "je prends". Those behind the word are none of it. */
static bool blanks_fit(struct cursor *word, struct cursor *line)
{
	if (!g_unichar_isspace(peek(word)))
		return true;
	skip_blanks(word);
	if (!at_end(word) && (at_end(line) || !g_unichar_isspace(peek(line))))
		return false;
	if (!at_end(word))
		skip_blanks(line);
	return true;
}

/* A word of the setting, if the line begins with it and it ends there. */
static bool begins_with(struct cursor *c, struct cursor word)
{
	struct cursor line = *c;

	skip_blanks(&word);
	if (at_end(&word))
		return false;
	while (!at_end(&word)) {
		if (at_end(&line) || g_unichar_tolower(peek(&line)) != g_unichar_tolower(peek(&word)))
			return false;
		step(&word);
		step(&line);
		if (!at_end(&word) && !blanks_fit(&word, &line))
			return false;
	}
	if (!at_end(&line) && !comment_is_gap(peek(&line)) && !is_digit(peek(&line)) && peek(&line) != '#' &&
	    peek(&line) != ':')
		return false;
	*c = line;
	return true;
}

/* The longest that fits: where "take" and "take it" are words, "take it 12" has the second. */
static bool take_word(struct cursor *c, const char *words, char *out, size_t size)
{
	const char *begin = c->at;
	struct cursor longest = *c;
	size_t typed;

	while (*words) {
		size_t len = strcspn(words, ",");
		struct cursor ahead = *c;
		if (begins_with(&ahead, (struct cursor){words, words + len}) && ahead.at > longest.at)
			longest = ahead;
		words += len + (words[len] == ',');
	}
	typed = (size_t)(longest.at - begin);
	if (typed == 0 || typed >= size)
		return false;
	memcpy(out, begin, typed);
	out[typed] = '\0';
	*c = longest;
	return true;
}

/* "#", "No.", "Nr.", "n°" before a number say that it is one. */
static void take_mark(struct cursor *c)
{
	static const char *const marks[] = {"#", "no", "nr", "n\xc2\xb0", "n\xc2\xba", "\xe2\x84\x96"};

	for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
		struct cursor ahead = *c, mark = {marks[i], marks[i] + strlen(marks[i])};
		while (!at_end(&mark) && !at_end(&ahead) && g_unichar_tolower(peek(&ahead)) == peek(&mark)) {
			step(&mark);
			step(&ahead);
		}
		if (!at_end(&mark))
			continue;
		take(&ahead, '.');
		skip_blanks(&ahead);
		if (i > 0 && !is_digit(peek(&ahead))) /* "no" may be the beginning of anything */
			continue;
		*c = ahead;
		return;
	}
}

/* @return whether there are digits; a value of more than DIGITS_MAX is INT64_MAX. */
static bool take_digits(struct cursor *c, int64_t *out)
{
	const char *begin = c->at;
	int64_t value = 0;

	for (; !at_end(c) && is_digit(peek(c)); step(c))
		value = value > DIGITS_MAX ? INT64_MAX : value * 10 + (int64_t)(peek(c) - '0');
	*out = value;
	return c->at > begin;
}

static void lacks(struct show_comment *out, enum show_comment_lack lack)
{
	if (out->lack == SHOW_COMMENT_WHOLE)
		out->lack = lack;
}

static void set_number(struct show_comment *out, int64_t number)
{
	if (number >= 1 && number <= SHOW_COMMENT_NUMBER)
		out->number = number;
	else
		lacks(out, SHOW_COMMENT_BAD_NUMBER);
}

static void set_quantity(struct show_comment *out, int64_t quantity)
{
	out->quantity = quantity >= 1 && quantity <= SHOW_COMMENT_QUANTITY ? quantity : 0;
	if (!out->quantity)
		lacks(out, SHOW_COMMENT_BAD_QUANTITY);
}

/* "2x 12" is two of number twelve to some, and twelve of number two to others: nobody should guess with money. */
static bool could_be_either(const struct cursor *times, const struct cursor *behind)
{
	gunichar before = comment_plain(g_utf8_get_char(g_utf8_prev_char(times->at)));

	return is_digit(before) && !at_end(behind) && comment_is_gap(peek(behind));
}

static void set_either(struct show_comment *out, int64_t first, int64_t second)
{
	out->either[0] = first;
	out->either[1] = second;
	out->number = 0;
	out->quantity = 0;
	lacks(out, SHOW_COMMENT_EITHER);
}

static bool in_bounds(int64_t value, int64_t most)
{
	return value >= 1 && value <= most;
}

/* "x2", "x 2", or "x" alone, which lacks its number. An "x" that a word begins with is none: XL. The cursor is never at
 * the very beginning. */
static bool take_quantity(struct cursor *c, struct show_comment *out)
{
	struct cursor ahead = *c;
	int64_t quantity;
	bool unsure;

	if (!take_times(&ahead))
		return false;
	if (!at_end(&ahead) && !comment_is_gap(peek(&ahead)) && !is_digit(peek(&ahead)))
		return false;
	unsure = could_be_either(c, &ahead);
	skip_blanks(&ahead);
	if (!take_digits(&ahead, &quantity)) {
		out->quantity = 0;
		lacks(out, SHOW_COMMENT_NO_QUANTITY);
	} else if (unsure && in_bounds(quantity, SHOW_COMMENT_NUMBER) &&
	           (at_end(&ahead) || comment_is_gap(peek(&ahead)))) {
		set_either(out, out->number, quantity);
	} else if (at_end(&ahead) || comment_is_gap(peek(&ahead))) {
		set_quantity(out, quantity);
	} else {
		return false;
	}
	*c = ahead;
	return true;
}

static bool take_variant_word(struct cursor *c, struct show_comment *out)
{
	size_t before = strlen(out->variant), len;
	const char *begin = c->at;

	while (!at_end(c) && !comment_is_gap(peek(c)))
		step(c);
	len = (size_t)(c->at - begin);
	if (before + 1 + len >= sizeof out->variant)
		return false;
	if (before)
		out->variant[before++] = ' ';
	memcpy(out->variant + before, begin, len);
	out->variant[before + len] = '\0';
	return true;
}

/* @return false: this is a sentence. */
static bool read_rest(struct cursor *c, struct show_comment *out, bool counted)
{
	int words = 0;

	for (skip_gaps(c); !at_end(c); skip_gaps(c)) {
		if (take_quantity(c, out)) {
			if (counted)
				return false;
			counted = true;
		} else if (++words > SHOW_COMMENT_WORDS || !take_variant_word(c, out)) {
			return false;
		}
	}
	return true;
}

/* @return false: what stands there is no number. */
static bool take_number(struct cursor *c, struct show_comment *out)
{
	struct cursor ahead = *c;
	int64_t number;

	take_mark(&ahead);
	if (!take_digits(&ahead, &number))
		return false;
	/* What is glued to it may be a size, but a price or a time is none. */
	if (!at_end(&ahead) && !comment_is_gap(peek(&ahead)) && !g_unichar_isalpha(peek(&ahead)) &&
	    peek(&ahead) != 0xd7)
		return false;
	set_number(out, number);
	*c = ahead;
	return true;
}

/* "M 12" and "dark red 12 x2": whether the words are a variant of that number is for those to say who know them. */
static bool read_variant_first(struct cursor *c, struct show_comment *out)
{
	int words = 0;

	out->variant_first = true;
	while (!take_number(c, out)) {
		if (at_end(c) || ++words > SHOW_COMMENT_WORDS || !take_variant_word(c, out))
			return false;
		skip_gaps(c);
	}
	skip_gaps(c);
	take_quantity(c, out);
	return at_end(c) && out->number;
}

static bool read_worded(struct cursor *c, struct show_comment *out)
{
	bool counted;

	skip_gaps(c);
	if (take(c, ':'))
		skip_blanks(c);
	counted = take_quantity(c, out);
	if (counted && !out->quantity)
		return false;
	skip_gaps(c);
	if (take_number(c, out))
		return read_rest(c, out, counted);
	take_mark(c);
	if (!counted && !at_end(c))
		return read_variant_first(c, out);
	lacks(out, SHOW_COMMENT_NO_NUMBER);
	return read_rest(c, out, counted);
}

/* "x2 12": what is meant is plain, but not that it is a claim. */
static bool read_turned(struct cursor *c, struct show_comment *out)
{
	int64_t number, quantity;

	skip_blanks(c);
	if (!take_digits(c, &quantity) || at_end(c) || !comment_is_gap(peek(c)))
		return false;
	skip_gaps(c);
	take_mark(c);
	if (!take_digits(c, &number) || !at_end(c))
		return false;
	out->number = number;
	out->quantity = quantity;
	lacks(out, SHOW_COMMENT_TURNED);
	return in_bounds(number, SHOW_COMMENT_NUMBER) && in_bounds(quantity, SHOW_COMMENT_QUANTITY_BARE);
}

static bool read_short(struct cursor *c, struct show_comment *out)
{
	int64_t number, quantity;
	struct cursor times;
	bool unsure;

	if (take_times(c))
		return read_turned(c, out);
	take_mark(c);
	if (!take_digits(c, &number) || !in_bounds(number, SHOW_COMMENT_NUMBER))
		return false;
	skip_blanks(c);
	times = *c;
	if (!take_times(c))
		return false;
	unsure = could_be_either(&times, c);
	skip_blanks(c);
	if (!take_digits(c, &quantity) || (!at_end(c) && !comment_is_gap(peek(c))))
		return false;
	if (unsure) {
		set_either(out, number, quantity);
		return at_end(c) && quantity > 0 && MIN(number, quantity) <= SHOW_COMMENT_QUANTITY_BARE &&
		       quantity <= SHOW_COMMENT_NUMBER;
	}
	out->number = number;
	out->quantity = quantity;
	return in_bounds(quantity, SHOW_COMMENT_QUANTITY_BARE) && read_rest(c, out, true);
}

struct show_comment show_comment_parse(const char *text, size_t len, const char *words)
{
	struct show_comment out = {.quantity = 1};
	struct cursor c = {text, text + len};
	bool claims;

	if (!len || len > SHOW_COMMENT_BYTES || !g_utf8_validate(text, (gssize)len, NULL))
		return (struct show_comment){.kind = SHOW_COMMENT_CHAT};
	trim(&c);
	if (at_end(&c) || is_talk(c))
		return (struct show_comment){.kind = SHOW_COMMENT_CHAT};
	if (take_word(&c, words, out.word, sizeof out.word))
		claims = read_worded(&c, &out);
	else
		claims = read_short(&c, &out);
	if (!claims)
		return (struct show_comment){.kind = SHOW_COMMENT_CHAT};
	out.kind = out.lack == SHOW_COMMENT_WHOLE ? SHOW_COMMENT_CLAIM : SHOW_COMMENT_NEAR;
	return out;
}
