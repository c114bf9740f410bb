/* A listing as a request describes it: what is taken, what is refused, what an edit leaves alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "api/listing_fields.h"
#include "api/resources.h"

#define ID "01m800gwyf5gxhm8rkpvhxkxkt"

static struct api_fields fields_of(json_t **object, const char *text)
{
	struct api_fields fields;
	const char *code;
	char why[192];

	*object = api_json_parse(text, strlen(text), &code, why, sizeof why);
	assert_non_null(*object);
	api_fields_init(&fields, *object);
	return fields;
}

static bool reads_new(const char *text, struct api_listing_wish *wish)
{
	json_t *object;
	struct api_fields fields = fields_of(&object, text);

	api_listing_read_new(&fields, "EUR", wish);
	json_decref(object);
	return !fields.failed;
}

static bool reads_change(const char *text, struct api_listing_wish *wish)
{
	json_t *object;
	struct api_fields fields = fields_of(&object, text);

	api_listing_read_change(&fields, wish);
	json_decref(object);
	return !fields.failed;
}

static void new_ones(void **state)
{
	struct api_listing_wish *wish = calloc(1, sizeof *wish);

	assert_non_null(wish);
	assert_true(reads_new("{\"title\":\"Coat\",\"price\":100,\"stock\":3}", wish));
	assert_int_equal(wish->listing.available, 3);
	assert_int_equal(wish->variants_count, 0);
	assert_string_equal(wish->listing.currency, "EUR");
	assert_false(wish->listing.shop);
	assert_true(
	        reads_new("{\"title\":\"Coat\",\"price\":100,\"shop\":true,\"variants\":[{\"size\":\"M\",\"stock\":2},"
	                  "{\"colour\":\"red\",\"stock\":0}]}",
	                  wish));
	assert_int_equal(wish->listing.available, 0);
	assert_int_equal(wish->variants_count, 2);
	assert_int_equal(wish->variants[0].stock_delta, 2);
	assert_string_equal(wish->variants[1].colour, "red");
	assert_true(base_id_is_zero(wish->variants[0].id));
	assert_true(wish->listing.shop);
	free(wish);
}

static void new_ones_that_are_refused(void **state)
{
	static const char *const bad[] = {
	        "{\"title\":\"Coat\",\"price\":100}",
	        "{\"title\":\"Coat\",\"price\":100,\"variants\":[]}",
	        "{\"title\":\"Coat\",\"price\":100,\"variants\":{}}",
	        "{\"title\":\"Coat\",\"price\":100,\"variants\":[1]}",
	        "{\"title\":\"Coat\",\"price\":100,\"variants\":[{\"stock\":1}]}",
	        "{\"title\":\"Coat\",\"price\":100,\"variants\":[{\"size\":\"M\"}]}",
	        "{\"title\":\"Coat\",\"price\":100,\"variants\":[{\"size\":\"M\",\"stock\":-1}]}",
	        "{\"title\":\"Coat\",\"price\":100,\"stock\":1,\"variants\":[{\"size\":\"M\",\"stock\":1}]}",
	        "{\"title\":\"Coat\",\"price\":100,\"stock\":1,\"shop\":\"yes\"}",
	        "{\"title\":\"Coat\",\"price\":100,\"stock\":1,\"currency\":\"eur\"}",
	};
	struct api_listing_wish *wish = calloc(1, sizeof *wish);
	GString *many = g_string_new("{\"title\":\"Coat\",\"price\":100,\"variants\":[");

	assert_non_null(wish);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (reads_new(bad[i], wish))
			fail_msg("accepted: %s", bad[i]);
	for (int i = 0; i <= STORE_VARIANTS_MAX; i++)
		g_string_append_printf(many, "%s{\"size\":\"%d\",\"stock\":1}", i ? "," : "", i);
	g_string_append(many, "]}");
	assert_false(reads_new(many->str, wish));
	g_string_free(many, TRUE);
	free(wish);
}

static void changes(void **state)
{
	struct api_listing_wish *wish = calloc(1, sizeof *wish);

	assert_non_null(wish);
	assert_true(reads_change("{}", wish));
	assert_int_equal(wish->mask, 0);
	assert_true(reads_change("{\"title\":\"Coat\",\"stock_delta\":-2,\"shop\":false,\"community\":{\"floor\":600}}",
	                         wish));
	assert_int_equal(wish->mask, SHOW_SET_TITLE | SHOW_SET_STOCK | SHOW_SET_SHOP | SHOW_SET_COMMUNITY_FLOOR);
	assert_int_equal(wish->stock_delta, -2);
	assert_int_equal(wish->listing.community.floor, 600);
	assert_true(reads_change("{\"community\":{\"ok\":false,\"auction\":true}}", wish));
	assert_int_equal(wish->mask, SHOW_SET_COMMUNITY_OK | SHOW_SET_COMMUNITY_AUCTION);

	/* One name is changed, the other stays. */
	assert_true(reads_change("{\"variants\":[{\"id\":\"" ID "\",\"colour\":\"blue\",\"stock_delta\":1}]}", wish));
	assert_string_equal(wish->variants[0].colour, "blue");
	assert_int_equal(wish->variants[0].mask, SHOW_SET_COLOUR);
	assert_true(reads_change("{\"variants\":[{\"id\":\"" ID "\",\"size\":\"\",\"colour\":\"blue\"}]}", wish));
	assert_string_equal(wish->variants[0].size, "");
	assert_int_equal(wish->variants[0].mask, SHOW_SET_SIZE | SHOW_SET_COLOUR);
	assert_true(reads_change("{\"variants\":[{\"id\":\"" ID "\",\"remove\":true}]}", wish));
	assert_true(wish->variants[0].removed);
	assert_int_equal(wish->variants[0].mask, 0);

	assert_false(reads_change("{\"variants\":[{\"id\":\"x\"}]}", wish));
	assert_false(reads_change("{\"variants\":[{\"stock_delta\":1}]}", wish));
	assert_false(reads_change("{\"variants\":[{\"id\":\"" ID "\",\"stock_delta\":1.5}]}", wish));
	assert_false(reads_change("{\"variants\":[{\"id\":\"" ID "\",\"remove\":1}]}", wish));
	free(wish);
}

static void prices_and_flash_prices(void **state)
{
	static const struct {
		const char *text;
		bool fine;
		uint32_t mask;
		int64_t price;
		bool until;
	} cases[] = {
	        {"{}", true, 0, 0, false},
	        {"{\"price\":5}", true, SHOW_SET_PRICE, 5, false},
	        {"{\"flash\":{\"price\":5,\"seconds\":60}}", true, SHOW_SET_FLASH, 5, true},
	        {"{\"flash\":null}", true, SHOW_SET_FLASH, 0, false},
	        {"{\"flash\":null,\"price\":7}", true, SHOW_SET_FLASH | SHOW_SET_PRICE, 7, false},
	        {"{\"flash\":{\"price\":5,\"seconds\":60},\"price\":7}", false, 0, 0, false},
	        {"{\"flash\":{\"price\":5}}", false, 0, 0, false},
	        {"{\"flash\":{\"price\":5,\"seconds\":0}}", false, 0, 0, false},
	        {"{\"flash\":{\"price\":5,\"seconds\":86401}}", false, 0, 0, false},
	        {"{\"flash\":{\"price\":0,\"seconds\":60}}", false, 0, 0, false},
	        {"{\"flash\":5}", false, 0, 0, false},
	        {"{\"price\":0}", false, 0, 0, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct api_pricing pricing;
		json_t *object;
		struct api_fields fields = fields_of(&object, cases[i].text);

		api_items_read_pricing(&fields, &pricing);
		if (fields.failed == cases[i].fine)
			fail_msg("%s: %s", cases[i].text, fields.why);
		if (cases[i].fine && (pricing.mask != cases[i].mask || pricing.price != cases[i].price ||
		                      (pricing.until_ms > 0) != cases[i].until))
			fail_msg("%s", cases[i].text);
		json_decref(object);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(new_ones),
	        cmocka_unit_test(new_ones_that_are_refused),
	        cmocka_unit_test(changes),
	        cmocka_unit_test(prices_and_flash_prices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
