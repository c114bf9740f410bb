#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/money.h"

static int parse(const char *text, const char *currency, int64_t *out)
{
	return base_money_parse(text, strlen(text), currency, out);
}

static void test_decimals(void **state)
{
	assert_int_equal(base_money_decimals("EUR"), 2);
	assert_int_equal(base_money_decimals("JPY"), 0);
	assert_int_equal(base_money_decimals("KRW"), 0);
	assert_int_equal(base_money_decimals("BHD"), 3);
	assert_int_equal(base_money_decimals("KWD"), 3);
	assert_int_equal(base_money_decimals("CLF"), 4);
	assert_int_equal(base_money_decimals("XYZ"), 2);
	assert_int_equal(base_money_decimals(""), 2);
	assert_int_equal(base_money_decimals("F C"), 2); /* not a currency, though in the list of them */
	assert_int_equal(base_money_decimals("IFC"), 2);
}

static void test_format(void **state)
{
	static const struct {
		int64_t minor;
		const char *currency, *text;
	} cases[] = {
	        {0, "EUR", "0.00"},
	        {5, "EUR", "0.05"},
	        {-5, "EUR", "-0.05"},
	        {123450, "USD", "1234.50"},
	        {0, "JPY", "0"},
	        {-1234, "JPY", "-1234"},
	        {5, "KWD", "0.005"},
	        {-12345, "BHD", "-12.345"},
	        {1, "CLF", "0.0001"},
	        {INT64_MAX, "EUR", "92233720368547758.07"},
	        {INT64_MIN, "EUR", "-92233720368547758.08"},
	        {INT64_MIN, "JPY", "-9223372036854775808"},
	        {INT64_MIN, "CLF", "-922337203685477.5808"},
	};
	char text[BASE_MONEY_TEXT];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(base_money_format(cases[i].minor, cases[i].currency, text), cases[i].text);
}

static void test_parse(void **state)
{
	static const struct {
		const char *text, *currency;
		int64_t minor;
	} cases[] = {
	        {"12", "EUR", 1200},
	        {"12.5", "EUR", 1250},
	        {"12.50", "EUR", 1250},
	        {"012.50", "EUR", 1250},
	        {"-0.01", "EUR", -1},
	        {"-0", "EUR", 0},
	        {"1250", "JPY", 1250},
	        {"1.234", "KWD", 1234},
	        {"1.2", "KWD", 1200},
	        {"0.0001", "CLF", 1},
	        {"92233720368547758.07", "EUR", INT64_MAX},
	        {"-92233720368547758.08", "EUR", INT64_MIN},
	        {"9223372036854775807", "JPY", INT64_MAX},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t minor = 42;
		assert_int_equal(parse(cases[i].text, cases[i].currency, &minor), 0);
		assert_int_equal(minor, cases[i].minor);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *currency;
		int error;
	} cases[] = {
	        {"", "EUR", -EINVAL},
	        {"-", "EUR", -EINVAL},
	        {".5", "EUR", -EINVAL},
	        {"5.", "EUR", -EINVAL},
	        {"+5", "EUR", -EINVAL},
	        {"--5", "EUR", -EINVAL},
	        {" 5", "EUR", -EINVAL},
	        {"5 ", "EUR", -EINVAL},
	        {"1,5", "EUR", -EINVAL},
	        {"1.234,50", "EUR", -EINVAL},
	        {"1,234.50", "EUR", -EINVAL},
	        {"1'234", "EUR", -EINVAL},
	        {"1.2.3", "EUR", -EINVAL},
	        {"1e3", "EUR", -EINVAL},
	        {"0x10", "EUR", -EINVAL},
	        {"5 EUR", "EUR", -EINVAL},
	        {"1.234", "EUR", -EDOM},
	        {"1.500", "EUR", -EDOM},
	        {"1.0", "JPY", -EDOM},
	        {"1.2345", "KWD", -EDOM},
	        {"92233720368547758.08", "EUR", -ERANGE},
	        {"92233720368547759", "EUR", -ERANGE},
	        {"-92233720368547758.09", "EUR", -ERANGE},
	        {"99999999999999999999999999999999", "JPY", -ERANGE},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t minor = 42;
		assert_int_equal(parse(cases[i].text, cases[i].currency, &minor), cases[i].error);
		assert_int_equal(minor, 42);
	}
}

static void test_len_is_believed(void **state)
{
	static const char text[] = {'1', '2', '.', '5', '0', '9'}; /* without a NUL */
	int64_t minor;

	assert_int_equal(base_money_parse(text, 5, "EUR", &minor), 0);
	assert_int_equal(minor, 1250);
	assert_int_equal(base_money_parse(text, 3, "EUR", &minor), -EINVAL);
	assert_int_equal(base_money_parse("1\0", 2, "EUR", &minor), -EINVAL);
}

static void test_round_trip(void **state)
{
	static const char *const currencies[] = {"JPY", "EUR", "KWD", "CLF"};
	char text[BASE_MONEY_TEXT];

	for (size_t i = 0; i < 4; i++)
		for (int64_t size = 1; size < INT64_MAX / 7; size = size * 7 + 3)
			for (int sign = -1; sign <= 1; sign += 2) {
				int64_t back = 0;
				base_money_format(sign * size, currencies[i], text);
				assert_int_equal(parse(text, currencies[i], &back), 0);
				assert_int_equal(back, sign * size);
			}
}

static void test_share(void **state)
{
	assert_int_equal(base_money_share(1000, 250, 10000), 25);
	assert_int_equal(base_money_share(1019, 250, 10000), 25);
	assert_int_equal(base_money_share(1020, 250, 10000), 26); /* 25.5 */
	assert_int_equal(base_money_share(1, 5000, 10000), 1);    /* 0.5 */
	assert_int_equal(base_money_share(1, 4999, 10000), 0);
	assert_int_equal(base_money_share(0, 10000, 10000), 0);
	assert_int_equal(base_money_share(11900, 1900, 11900), 1900); /* the tax of 19 % within */
	assert_int_equal(base_money_share(100, 1900, 11900), 16);     /* 15.97 */
	assert_int_equal(base_money_share(INT64_MAX, 10000, 10000), INT64_MAX);
	assert_int_equal(base_money_share(INT64_MAX, 1, 2), INT64_C(4611686018427387904));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_decimals),        cmocka_unit_test(test_format),
	        cmocka_unit_test(test_parse),           cmocka_unit_test(test_refused),
	        cmocka_unit_test(test_len_is_believed), cmocka_unit_test(test_round_trip),
	        cmocka_unit_test(test_share),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
