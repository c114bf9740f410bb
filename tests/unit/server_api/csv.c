/* Tables as spreadsheets read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "api/csv.h"

#define HEAD                                                                                                           \
	"\xef\xbb\xbf"                                                                                                 \
	"a,b\r\n"

static void is(struct api_csv *csv, const char *expected)
{
	assert_string_equal(csv->text->str, expected);
	api_csv_clear(csv);
	api_csv_clear(csv);
}

static void cells_are_quoted_where_they_must(void **state)
{
	struct api_csv csv;

	api_csv_begin(&csv, "a,b");
	api_csv_text(&csv, "plain");
	api_csv_text(&csv, "a, b");
	api_csv_end_row(&csv);
	api_csv_text(&csv, "say \"hello\"");
	api_csv_text(&csv, "two\r\nlines");
	api_csv_end_row(&csv);
	api_csv_text(&csv, "");
	api_csv_text(&csv, "J\xc3\xbcrgen; semicolon");
	api_csv_end_row(&csv);
	api_csv_text(&csv, " blank");
	api_csv_text(&csv, "a\tb");
	api_csv_end_row(&csv);
	is(&csv, HEAD "plain,\"a, b\"\r\n\"say \"\"hello\"\"\",\"two\r\nlines\"\r\n,\"J\xc3\xbcrgen; semicolon\"\r\n"
	              "\" blank\",\"a\tb\"\r\n");
}

static void no_cell_is_a_formula(void **state)
{
	static const struct {
		const char *text, *cell;
	} cases[] = {
	        {"=1+1", "'=1+1"},
	        {"+49 1", "'+49 1"},
	        {"-7", "'-7"},
	        {"@SUM(A1)", "'@SUM(A1)"},
	        {"\tx", "\"'\tx\""},
	        {"\rx", "\"'\rx\""},
	        {"\n=1", "\"'\n'=1\""},
	        {"\xef\xbc\x9d"
	         "1",
	         "'\xef\xbc\x9d"
	         "1"},
	        {"\xef\xbc\x8b", "'\xef\xbc\x8b"},
	        {"\xef\xbc\x8d", "'\xef\xbc\x8d"},
	        {"\xef\xbc\xa0", "'\xef\xbc\xa0"},
	        {"\xef\xb9\xa6", "'\xef\xb9\xa6"},
	        {"\xe2\x88\x92", "'\xe2\x88\x92"},
	        {"\xe3\x80\x80=1", "'\xe3\x80\x80=1"},
	        {"\xef\xbb\xbf=1", "'\xef\xbb\xbf=1"},
	        /* what is one cell here and several there */
	        {"a;=1+1", "\"a;'=1+1\""},
	        {"a;;=1", "\"a;;'=1\""},
	        {"a; =1", "\"a;' =1\""},
	        {"a\t=1", "\"a\t'=1\""},
	        {"a|+1", "\"a|'+1\""},
	        {"a,-1", "\"a,'-1\""},
	        {"a\n@b", "\"a\n'@b\""},
	        {"a\";\"=1\"", "\"a\"\";'\"\"=1\"\"\""},
	        {"a;\xef\xbc\x9d"
	         "1",
	         "\"a;'\xef\xbc\x9d"
	         "1\""},
	        {"a;'=1", "\"a;'=1\""},
	        {"\"=1\"", "\"'\"\"=1\"\"\""},
	        {"=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""},
	        {"a=b", "a=b"},
	        {"a - b", "a - b"},
	        {"Hat, red", "\"Hat, red\""},
	        {" =1", "\"' =1\""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct api_csv csv;
		char expected[200];

		api_csv_begin(&csv, "a,b");
		api_csv_text(&csv, cases[i].text);
		api_csv_end_row(&csv);
		g_snprintf(expected, sizeof expected, HEAD "%s\r\n", cases[i].cell);
		is(&csv, expected);
	}
}

static void own_numbers_stay_numbers(void **state)
{
	struct api_csv csv;

	api_csv_begin(&csv, "a,b");
	api_csv_money(&csv, -1250, "EUR");
	api_csv_money(&csv, 1250, "JPY");
	api_csv_money(&csv, 5, "KWD");
	api_csv_int(&csv, -3);
	api_csv_time(&csv, 1795291200000);
	api_csv_time(&csv, 0);
	api_csv_own(&csv, "paid");
	api_csv_end_row(&csv);
	is(&csv, HEAD "-12.50,1250,0.005,-3,2026-11-21T20:00:00Z,,paid\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(cells_are_quoted_where_they_must),
	        cmocka_unit_test(no_cell_is_a_formula),
	        cmocka_unit_test(own_numbers_stay_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
