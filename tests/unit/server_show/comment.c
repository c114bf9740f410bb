/* Comment claims: which lines of chat are claims, near misses, talk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "show/comment.h"

#define WORDS "sold,claim, mine ,jeprends,größe,\xe8\xb2\xb7,\xce\xb1\xce\xb3\xce\xbf\xcf\x81\xce\xac\xce\xb6\xcf\x89"

static struct show_comment parse(const char *line)
{
	return show_comment_parse(line, strlen(line), WORDS);
}

static void claims(void **state)
{
	static const struct {
		const char *line;
		int number, quantity;
		const char *variant;
	} cases[] = {
	        {"sold 12", 12, 1, ""},
	        {"Sold 12", 12, 1, ""},
	        {"SOLD 12!", 12, 1, ""},
	        {"  sold   12  ", 12, 1, ""},
	        {"sold 12.", 12, 1, ""},
	        {"sold 12 !!!", 12, 1, ""},
	        {"sold 12\xe2\x80\xa6", 12, 1, ""},
	        {"sold 12 \xf0\x9f\x99\x8f\xf0\x9f\x8f\xbd", 12, 1, ""},
	        {"sold 12 \xe2\x9d\xa4\xef\xb8\x8f", 12, 1, ""},
	        {"sold #12", 12, 1, ""},
	        {"sold # 12", 12, 1, ""},
	        {"sold: 12", 12, 1, ""},
	        {"sold, 12", 12, 1, ""},
	        {"sold12", 12, 1, ""},
	        {"sold#12", 12, 1, ""},
	        {"sold 012", 12, 1, ""},
	        {"sold 99999", 99999, 1, ""},
	        {"sold 12 x2", 12, 2, ""},
	        {"sold #12 x 2", 12, 2, ""},
	        {"sold 12x2", 12, 2, ""},
	        {"sold 12 X2", 12, 2, ""},
	        {"sold 12 \xc3\x97 2", 12, 2, ""},
	        {"sold 12, x2", 12, 2, ""},
	        {"sold 12 x1000", 12, 1000, ""},
	        {"claim 12 M", 12, 1, "M"},
	        {"claim 12, M", 12, 1, "M"},
	        {"claim 12 M x2", 12, 2, "M"},
	        {"claim 12 x2 M", 12, 2, "M"},
	        {"claim 12 M, red", 12, 1, "M red"},
	        {"claim 12 XL", 12, 1, "XL"},
	        {"claim 12XL", 12, 1, "XL"},
	        {"claim 12 xl x2", 12, 2, "xl"},
	        {"claim 12 38", 12, 1, "38"},
	        {"claim 12 36/38", 12, 1, "36/38"},
	        {"claim 12 38.5", 12, 1, "38.5"},
	        {"claim 12 very dark red XL", 12, 1, "very dark red XL"},
	        {"mine 7", 7, 1, ""},
	        {"Jeprends 7 rouge", 7, 1, "rouge"},
	        {"GR\xc3\x96\xc3\x9f"
	         "E 7",
	         7, 1, ""},
	        {"\xe8\xb2\xb7 12", 12, 1, ""},
	        {"\xe8\xb2\xb7"
	         "12",
	         12, 1, ""},
	        {"\xce\x91\xce\x93\xce\x9f\xce\xa1\xce\x86\xce\x96\xce\xa9 3 \xce\xbc\xcf\x80\xce\xbb\xce\xb5", 3, 1,
	         "\xce\xbc\xcf\x80\xce\xbb\xce\xb5"},
	        {"12 x2", 12, 2, ""},
	        {"12x2", 12, 2, ""},
	        {"12 x 2", 12, 2, ""},
	        {"#12 x2", 12, 2, ""},
	        {"12x2 M red", 12, 2, "M red"},
	        {"12 \xc3\x97"
	         "2!",
	         12, 2, ""},
	        {"sold\xc2\xa0"
	         "12",
	         12, 1, ""},
	        {"sold x2 12", 12, 2, ""},
	        {"sold x2 #12 M", 12, 2, "M"},
	        {"sold x 2 12 M", 12, 2, "M"},
	        {"sold no 12", 12, 1, ""},
	        {"sold No. 12 M", 12, 1, "M"},
	        {"sold nr.12", 12, 1, ""},
	        {"sold n\xc2\xb0 12", 12, 1, ""},
	        {"sold \xe2\x84\x96 12 x2", 12, 2, ""},
	        {"Nr. 12 x2", 12, 2, ""},
	        /* wide: "sold １２", "ｓｏｌｄ １２ ｘ２", "sold　12，Ｍ！", "１２×２" */
	        {"sold \xef\xbc\x91\xef\xbc\x92", 12, 1, ""},
	        {"\xef\xbd\x93\xef\xbd\x8f\xef\xbd\x8c\xef\xbd\x84 \xef\xbc\x91\xef\xbc\x92 \xef\xbd\x98\xef\xbc\x92",
	         12, 2, ""},
	        {"sold\xe3\x80\x80"
	         "12\xef\xbc\x8c\xef\xbc\xad\xef\xbc\x81",
	         12, 1, "\xef\xbc\xad"},
	        {"\xef\xbc\x91\xef\xbc\x92\xc3\x97\xef\xbc\x92", 12, 2, ""},
	        {"sold \xef\xbc\x83"
	         "12\xe3\x80\x82",
	         12, 1, ""},
	        {"sold \xd9\xa1\xd9\xa2", 12, 1, ""}, /* Arabic digits */
	        {"sold \xe0\xa5\xa7\xe0\xa5\xa8 x\xe0\xa5\xa9", 12, 3, ""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct show_comment c = parse(cases[i].line);
		if (c.kind != SHOW_COMMENT_CLAIM || c.number != cases[i].number || c.quantity != cases[i].quantity ||
		    strcmp(c.variant, cases[i].variant) != 0)
			fail_msg("\"%s\": kind %d, number %d, quantity %d, variant \"%s\"", cases[i].line, (int)c.kind,
			         (int)c.number, (int)c.quantity, c.variant);
		assert_int_equal(c.lack, SHOW_COMMENT_WHOLE);
	}
}

static void near_misses(void **state)
{
	static const struct {
		const char *line;
		enum show_comment_lack lack;
		int number, quantity;
		const char *variant;
	} cases[] = {
	        {"sold", SHOW_COMMENT_NO_NUMBER, 0, 1, ""},
	        {"Sold!", SHOW_COMMENT_NO_NUMBER, 0, 1, ""},
	        {" mine ", SHOW_COMMENT_NO_NUMBER, 0, 1, ""},
	        {"sold #", SHOW_COMMENT_NO_NUMBER, 0, 1, ""},
	        {"sold x2", SHOW_COMMENT_NO_NUMBER, 0, 2, ""},
	        {"sold x 2", SHOW_COMMENT_NO_NUMBER, 0, 2, ""},
	        {"sold 0", SHOW_COMMENT_BAD_NUMBER, 0, 1, ""},
	        {"sold 100000", SHOW_COMMENT_BAD_NUMBER, 0, 1, ""},
	        {"sold 99999999999999999999999999 M", SHOW_COMMENT_BAD_NUMBER, 0, 1, "M"},
	        {"sold 12 x", SHOW_COMMENT_NO_QUANTITY, 12, 0, ""},
	        {"sold 12x", SHOW_COMMENT_NO_QUANTITY, 12, 0, ""},
	        {"sold 12 x M", SHOW_COMMENT_NO_QUANTITY, 12, 0, "M"},
	        {"sold 2x 12", SHOW_COMMENT_EITHER, 0, 0, ""},
	        {"sold 2x 12 M", SHOW_COMMENT_EITHER, 0, 0, "M"},
	        {"2x 12", SHOW_COMMENT_EITHER, 0, 0, ""},
	        {"2x 12!", SHOW_COMMENT_EITHER, 0, 0, ""},
	        {"2\xc3\x97 12", SHOW_COMMENT_EITHER, 0, 0, ""},
	        {"\xef\xbc\x92\xef\xbd\x98 \xef\xbc\x91\xef\xbc\x92", SHOW_COMMENT_EITHER, 0, 0, ""},
	        {"x2 12", SHOW_COMMENT_TURNED, 12, 2, ""},
	        {"X2 #12", SHOW_COMMENT_TURNED, 12, 2, ""},
	        {"x 2 12", SHOW_COMMENT_TURNED, 12, 2, ""},
	        {"\xef\xbd\x98\xef\xbc\x92 \xef\xbc\x91\xef\xbc\x92", SHOW_COMMENT_TURNED, 12, 2, ""},
	        {"sold x2 red", SHOW_COMMENT_NO_NUMBER, 0, 2, "red"},
	        {"sold 12 x0", SHOW_COMMENT_BAD_QUANTITY, 12, 0, ""},
	        {"sold 12 M x0", SHOW_COMMENT_BAD_QUANTITY, 12, 0, "M"},
	        {"sold 12 x1001", SHOW_COMMENT_BAD_QUANTITY, 12, 0, ""},
	        {"sold 12 x99999999999999999999999", SHOW_COMMENT_BAD_QUANTITY, 12, 0, ""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct show_comment c = parse(cases[i].line);
		if (c.kind != SHOW_COMMENT_NEAR || c.lack != cases[i].lack || c.number != cases[i].number ||
		    c.quantity != cases[i].quantity || strcmp(c.variant, cases[i].variant) != 0)
			fail_msg("\"%s\": kind %d, lack %d, number %d, quantity %d, variant \"%s\"", cases[i].line,
			         (int)c.kind, (int)c.lack, (int)c.number, (int)c.quantity, c.variant);
	}
}

static void talk(void **state)
{
	static const char *const lines[] = {
	        "",
	        "   ",
	        "!",
	        "hello",
	        "I sold 12 of these",
	        "12 people",
	        "12",
	        "#12",
	        "12!",
	        "12 M",
	        "is 12 sold?",
	        "sold 12?",
	        "sold 12?!",
	        "sold 12\xef\xbc\x9f",
	        "sold?",
	        "sold out",
	        "soldier 12",
	        "unsold 12",
	        "sold M",
	        "sold x",
	        "sold twelve",
	        "sold -12",
	        "sold 12.50",
	        "sold 12%",
	        "sold 12-14",
	        "sold 12:30",
	        "sold 12\xe2\x82\xac",
	        "sold 12 x2 x3",
	        "sold 12 of these to my sister yesterday",
	        "sold 12 at https://example.org",
	        "sold 12 www.example.org",
	        "claim 12 example.org",
	        "sold http://x 12",
	        "12 x",
	        "12 x0",
	        "0 x2",
	        "1920x1080",
	        "1920 x 1080 looks great",
	        "12x2nd",
	        "12 x2 x2",
	        "3x4=12",
	        "x2",
	        "x2 12 stars",
	        "x100 12",
	        "x2 0",
	        "2x 12 stars",
	        "2x 0",
	        "1920x 1080",
	        "no 12",
	        "no x2",
	        "sold no",
	        "sold number twelve",
	        "sold about 12 of them",
	        "\xef\xbc\x91\xef\xbc\x92", /* "１２" */
	        "999999x2",
	        "\xff\xfe",
	        "sold \xc3",
	        "claim12 a b c d e",
	};
	char line[400];

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct show_comment c = parse(lines[i]);
		if (c.kind != SHOW_COMMENT_CHAT)
			fail_msg("\"%s\": kind %d, number %d, quantity %d, variant \"%s\"", lines[i], (int)c.kind,
			         (int)c.number, (int)c.quantity, c.variant);
		assert_int_equal(c.number, 0);
		assert_string_equal(c.variant, "");
	}
	memset(line, ' ', sizeof line);
	memcpy(line, "sold 12", 7);
	assert_int_equal(show_comment_parse(line, sizeof line, WORDS).kind, SHOW_COMMENT_CHAT);
	memset(line, 'x', sizeof line);
	memcpy(line, "sold 12 ", 8);
	assert_int_equal(show_comment_parse(line, SHOW_COMMENT_BYTES, WORDS).kind, SHOW_COMMENT_CHAT);
	assert_int_equal(show_comment_parse("sold\0 12", 8, WORDS).kind, SHOW_COMMENT_CHAT);
}

/* Whether "M" is a size or a word of talk, the line alone does not say. */
static void variants_that_come_first(void **state)
{
	static const struct {
		const char *line;
		int quantity;
		const char *variant;
	} cases[] = {
	        {"sold M 12", 1, "M"},
	        {"sold dark red, XL 12 x2", 2, "dark red XL"},
	        {"sold about 12", 1, "about"},
	        {"mine is No. 12", 1, "is"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct show_comment c = parse(cases[i].line);
		assert_int_equal(c.kind, SHOW_COMMENT_CLAIM);
		assert_true(c.variant_first);
		assert_int_equal(c.number, 12);
		assert_int_equal(c.quantity, cases[i].quantity);
		assert_string_equal(c.variant, cases[i].variant);
	}
	assert_false(parse("sold 12 M").variant_first);
}

static void either_way_round(void **state)
{
	struct show_comment c = parse("2x 12");

	assert_int_equal(c.either[0], 2);
	assert_int_equal(c.either[1], 12);
	c = parse("sold 3x 4 M");
	assert_int_equal(c.either[0], 3);
	assert_int_equal(c.either[1], 4);
}

/* Where a house says two words for one, a line has both, with any blanks between; the longest that fits counts. */
static void words_with_a_blank(void **state)
{
	static const char words[] = "je, je  prends ,take, take it";
	static const struct {
		const char *line;
		enum show_comment_kind kind;
		const char *word;
	} all[] = {
	        {"je prends 12", SHOW_COMMENT_CLAIM, "je prends"},
	        {"Je  Prends #12", SHOW_COMMENT_CLAIM, "Je  Prends"},
	        {"je prends", SHOW_COMMENT_NEAR, "je prends"},
	        {"je 12", SHOW_COMMENT_CLAIM, "je"},
	        {"take it 12", SHOW_COMMENT_CLAIM, "take it"},
	        {"take12", SHOW_COMMENT_CLAIM, "take"},
	        {"jeprends 12", SHOW_COMMENT_CHAT, ""},
	        {"je prendsdonc 12", SHOW_COMMENT_CLAIM, "je"}, /* if there is a size of that name */
	        {"je prend donc 12 fois", SHOW_COMMENT_CHAT, ""},
	};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct show_comment c = show_comment_parse(all[i].line, strlen(all[i].line), words);
		assert_int_equal(c.kind, all[i].kind);
		assert_string_equal(c.word, all[i].word);
		assert_int_equal(c.number, c.kind == SHOW_COMMENT_CLAIM ? 12 : 0);
	}
}

static void no_words_leave_the_short_form(void **state)
{
	assert_int_equal(show_comment_parse("sold 12", 7, "").kind, SHOW_COMMENT_CHAT);
	assert_int_equal(show_comment_parse("sold 12", 7, " , ,").kind, SHOW_COMMENT_CHAT);
	assert_int_equal(show_comment_parse("12 x2", 5, "").kind, SHOW_COMMENT_CLAIM);
	assert_string_equal(parse("Mine 12").word, "Mine");
	assert_string_equal(parse("12 x2").word, "");
}

static void variants_are_found(void **state)
{
	static const struct store_variant variants[] = {
	        {.size = "M", .colour = "Red"},
	        {.size = "M", .colour = "Blue"},
	        {.size = "L", .colour = "Red"},
	        {.size = "XL tall", .colour = "Dark Red"},
	        {.size = "S", .colour = "Green", .removed = true},
	        {.size = "36/38"},
	        {.colour = "Gr\xc3\xbcn"},
	};
	static const struct {
		const char *text;
		int found;
		size_t index;
	} cases[] = {
	        {"M red", 1, 0},
	        {"red, M", 1, 0},
	        {"m/RED", 1, 0},
	        {"blue", 1, 1},
	        {"M", 2, 0},
	        {"red", 2, 0},
	        {"L", 1, 2},
	        {"l", 1, 2},
	        {"xl tall", 1, 3},
	        {"dark red", 1, 3},
	        {"dark red xl tall", 1, 3},
	        {"tall", 0, 0},
	        {"green", 0, 0},
	        {"S green", 0, 0},
	        {"36/38", 1, 5},
	        {"36-38", 1, 5},
	        {"GR\xc3\x9cN", 1, 6},
	        {"M green", 0, 0},
	        {"", 2, 0},
	        {"XXL", 0, 0},
	        {"M red L", 0, 0},
	        {"\xef\xbc\xad \xef\xbd\x92\xef\xbd\x85\xef\xbd\x84", 1, 0}, /* "Ｍ ｒｅｄ" */
	        {"\xef\xbc\x93\xef\xbc\x96/38", 1, 5},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t index = 99;
		int found = show_comment_variant(cases[i].text, variants, 7, &index);
		if (found != cases[i].found || (found == 1 && index != cases[i].index))
			fail_msg("\"%s\": %d found, index %zu", cases[i].text, found, index);
	}
}

static void one_variant_needs_no_name(void **state)
{
	const struct store_variant variants[] = {{.size = "S", .removed = true}, {.size = "M"}};
	size_t index = 99;

	assert_int_equal(show_comment_variant("", variants, 2, &index), 1);
	assert_int_equal(index, 1);
	assert_int_equal(show_comment_variant("", variants, 1, &index), 0);
	assert_int_equal(show_comment_variant("M", variants, 0, &index), 0);
}

static void a_whole_name_beats_a_part(void **state)
{
	const struct store_variant variants[] = {{.size = "M", .colour = "Red"}, {.size = "M"}};
	size_t index = 99;

	assert_int_equal(show_comment_variant("M", variants, 2, &index), 1);
	assert_int_equal(index, 1);
}

static void names_are_the_same(void **state)
{
	char longest[200];

	assert_true(show_comment_same("XL", "xl"));
	assert_true(show_comment_same(" 36 / 38 ", "36-38"));
	assert_false(show_comment_same("38", "3 8"));
	assert_false(show_comment_same("M", ""));
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert_false(show_comment_same(longest, longest)); /* too long to be a name */
	assert_false(show_comment_same("\xff", "\xff"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(claims),
	        cmocka_unit_test(near_misses),
	        cmocka_unit_test(talk),
	        cmocka_unit_test(variants_that_come_first),
	        cmocka_unit_test(either_way_round),
	        cmocka_unit_test(words_with_a_blank),
	        cmocka_unit_test(no_words_leave_the_short_form),
	        cmocka_unit_test(variants_are_found),
	        cmocka_unit_test(one_variant_needs_no_name),
	        cmocka_unit_test(a_whole_name_beats_a_part),
	        cmocka_unit_test(names_are_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
