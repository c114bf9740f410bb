/* Letters of a line of chat, as those who read claims out of it take them. Pure. */
#ifndef TRUNKSHOW_SHOW_COMMENT_LETTERS_H
#define TRUNKSHOW_SHOW_COMMENT_LETTERS_H

#include <glib.h>
#include <stdbool.h>

/** The wide forms of ASCII, and the digits of every script, as plain ones. */
static inline gunichar comment_plain(gunichar c)
{
	if (c >= 0xff01 && c <= 0xff5e)
		return c - 0xff01 + '!';
	return c > 0x7f && g_unichar_isdigit(c) ? '0' + (gunichar)g_unichar_digit_value(c) : c;
}

/** Blanks and commas. */
static inline bool comment_is_gap(gunichar c)
{
	return c == ',' || c == 0x3001 || g_unichar_isspace(c);
}
#endif
