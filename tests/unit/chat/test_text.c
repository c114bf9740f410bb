/* What is left of a line that somebody wrote. */
#include "room.h"

static void cleaned(const char *text, const char *want)
{
	char out[CHAT_TEXT_BYTES];
	int chars = chat_text_clean(text, 500, out, sizeof out);
	if (chars < 0 || strcmp(out, want) != 0)
		fail_msg("\"%s\" became \"%s\" (%d), not \"%s\"", text, out, chars, want);
	assert_int_equal(chars, g_utf8_strlen(out, -1));
}

static void nothing_left(const char *text)
{
	char out[CHAT_TEXT_BYTES] = "x";
	assert_int_equal(chat_text_clean(text, 500, out, sizeof out), -EINVAL);
	assert_string_equal(out, "");
}

static void keeps_what_people_write(void **state)
{
	static const char *const lines[] = {
	        "Hello!",
	        "Grüße",
	        "цена?",
	        "いくらですか",
	        "السلام عليكم",
	        "שלום",
	        "ราคาเท่าไหร่ครับ",
	        "Tiếng Việt",
	        "नमस्ते",
	        "한국어",
	        "e\u0301",
	        "1\ufe0f\u20e3",
	        "❤️",
	        "👩‍👩‍👧‍👦",
	        "👍🏽",
	        "🇩🇪",
	        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", /* the flag of England */
	        "می‌خواهم", /* Persian with a non-joiner */
	        "<b>&amp;</b> \\ \" '",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
		cleaned(lines[i], lines[i]);
}

static void folds_white_space(void **state)
{
	cleaned("  a  b\t\tc\r\nd \n\n\n e ", "a b c d e");
	cleaned("a\u00a0\u2003b\u3000c\u2028d\xc2\x85"
	        "e\u202ff\u1680g",
	        "a b c d e f g");
	cleaned("a\u2800\u3164\uffa0b", "a b");
	nothing_left("");
	nothing_left(" \t\n\u3000\u2800 ");
}

static void takes_out_controls(void **state)
{
	cleaned("a\x01\x02\x1b[31mb\x7f\xc2\x9b"
	        "c",
	        "a[31mbc");
	cleaned("a\ufeff\ufffe\U0001ffff\ufdd0\ufff9"
	        "b",
	        "ab");
	nothing_left("\x01\x1f\x7f");
}

static void takes_out_bidi_overrides(void **state)
{
	cleaned("\u202eevil\u202c \u2066x\u2069 \u202aa\u202bb\u202dc\u2067d\u2068e", "evil x abcde");
	nothing_left("\u202e\u202c\u2066\u2069");
}

static void takes_out_what_only_hides(void **state)
{
	cleaned("b\u200bu\u2060y\u00ad \u034fn\u2063o\u180ew\u115f\u1160", "buy now");
	nothing_left("\u200b\u200c\u200d\u2060\ufeff\u115f\u3164");
	/* joiners: one, and only between two visible characters */
	cleaned("\u200d\u200da\u200d\u200c\u200d\u200fb\u200d", "a\u200d"
	                                                        "b");
	cleaned("a\u200d b", "a b");
	cleaned("a \u200db", "a b");
	/* tags without a flag, and more than a flag needs */
	cleaned("a\U000e0041\U000e0042\U000e0001"
	        "b",
	        "ab");
	cleaned("\U0001f3f4\U000e0061\U000e0061\U000e0061\U000e0061\U000e0061\U000e0061\U000e0061\U000e0061\U000e0061!",
	        "\U0001f3f4\U000e0061\U000e0061\U000e0061\U000e0061\U000e0061\U000e0061\U000e0061!");
}

static void cuts_towers_of_marks(void **state)
{
	cleaned("a\u0301\u0302\u0303\u0304\u0305\u0306\u0307b\u0301", "a\u0301\u0302\u0303\u0304b\u0301");
	cleaned("\u0301\u0301x", "x");
	cleaned("a \u0301b", "a b");
	nothing_left("\u0301\u0302");
}

static void counts_code_points(void **state)
{
	char out[CHAT_TEXT_BYTES];
	assert_int_equal(chat_text_clean("ÄÖÜ🙂5", 5, out, sizeof out), 5);
	assert_int_equal(chat_text_clean("  ÄÖÜ🙂5\u200b  ", 5, out, sizeof out), 5);
	assert_int_equal(chat_text_clean("ÄÖÜ🙂56", 5, out, sizeof out), -E2BIG);
	assert_string_equal(out, "");
	assert_int_equal(chat_text_clean("a b", 2, out, sizeof out), -E2BIG);
	assert_int_equal(chat_text_clean("a", 0, out, sizeof out), -E2BIG);
}

static void fits_or_says_so(void **state)
{
	static const char text[] = "ab 🙂";
	for (size_t size = 0; size <= sizeof text; size++) {
		char *out = g_malloc(size + (size == 0));
		int chars = chat_text_clean(text, 100, out, size);
		assert_int_equal(chars, size >= sizeof text ? 4 : -E2BIG);
		g_free(out);
	}
	/* ten million bytes */
	char *big = g_malloc(10000001), out[CHAT_TEXT_BYTES];
	memset(big, 'a', 10000000);
	big[10000000] = '\0';
	assert_int_equal(chat_text_clean(big, INT64_MAX, out, sizeof out), -E2BIG);
	g_free(big);
}

static void refuses_what_is_not_utf8(void **state)
{
	nothing_left("a\xff");
	nothing_left("a\xc3");
	nothing_left("\xed\xa0\x80");
	nothing_left("\xf4\x90\x80\x80");
	nothing_left("\xc0\xaf");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(keeps_what_people_write),   cmocka_unit_test(folds_white_space),
	        cmocka_unit_test(takes_out_controls),        cmocka_unit_test(takes_out_bidi_overrides),
	        cmocka_unit_test(takes_out_what_only_hides), cmocka_unit_test(cuts_towers_of_marks),
	        cmocka_unit_test(counts_code_points),        cmocka_unit_test(fits_or_says_so),
	        cmocka_unit_test(refuses_what_is_not_utf8),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
