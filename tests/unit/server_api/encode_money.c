/* Orders, notices and sums on the wire, member by member as PROTOCOL.md names them. */
#include "members.h"

#include <stdio.h>
#include <string.h>

#include "api/encode_money.h"

static void an_order(void **state)
{
	struct store_order order = {.id = an_id,
	                            .state = STORE_ORDER_SHIPPED,
	                            .total = 5490,
	                            .shipping = 490,
	                            .confirm = true,
	                            .refund = STORE_REFUND_OWED,
	                            .created_ms = 5,
	                            .paid_ms = 7,
	                            .shipped_ms = 9};
	json_t *object;

	strcpy(order.payment, "pay_secret");
	strcpy(order.carrier, "Post");
	strcpy(order.tracking, "RR 1");
	object = api_encode_order(&order, json_array());
	has_members(object,
	            "id state confirm seller buyer total shipping currency address created_ms paid_ms shipped_ms "
	            "cancelled_ms carrier tracking refund lines");
	has_members(json_object_get(object, "address"), "name line1 line2 city postcode country");
	assert_string_equal(text_of(object, "state"), "shipped");
	assert_string_equal(text_of(object, "refund"), "owed");
	assert_string_equal(text_of(object, "tracking"), "RR 1");
	assert_int_equal(int_of(object, "shipping"), 490);
	assert_int_equal(int_of(object, "shipped_ms"), 9);
	assert_true(json_is_null(json_object_get(object, "cancelled_ms")));
	assert_true(json_is_true(json_object_get(object, "confirm")));
	json_decref(object);
}

static void the_line_of_an_order(void **state)
{
	struct store_order_line line = {
	        .listing = an_id, .photo = an_id, .host.id = an_id, .number = 12, .quantity = 2, .price = 2500};
	json_t *object = api_encode_order_line(&line);

	has_members(object, "listing title variant number photo quantity price host");
	assert_non_null(strstr(text_of(object, "photo"), "/photos/"));
	assert_true(json_is_null(json_object_get(object, "variant")));
	assert_true(json_is_null(json_object_get(object, "host"))); /* the seller's own show */
	json_decref(object);
	line.terms.community = true;
	strcpy(line.variant_name, "M, red");
	object = api_encode_order_line(&line);
	assert_string_equal(text_of(object, "variant"), "M, red");
	has_members(json_object_get(object, "host"), "id display_name");
	json_decref(object);
}

static void a_notice(void **state)
{
	static const char *const codes[] = {"featured",  "community_sold", "withdrawn",     "blocked",
	                                    "your_turn", "wait_ended",     "second_chance", "sold",
	                                    "shipped",   "cancelled",      "refunded",      "wait_lapsed",
	                                    "disk_full", "seller_banned",  "claim_voided"};
	struct store_notice notice = {.id = an_id, .quantity = 1, .amount = {500, "EUR"}};

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		json_t *object;

		notice.code = (enum store_notice_code)i;
		object = api_encode_notice(&notice);
		has_members(object, "id code at_ms read actor title show listing order hold quantity amount currency");
		assert_string_equal(text_of(object, "code"), codes[i]);
		assert_true(json_is_null(json_object_get(object, "actor"))); /* the market itself */
		json_decref(object);
	}
}

static void sums(void **state)
{
	struct store_credit credit = {3, 2, {{700, "EUR"}, {90, "JPY"}}, 2};
	json_t *object = api_encode_credit(&credit);

	has_members(object, "items sellers value");
	assert_int_equal(json_array_size(json_object_get(object, "value")), 2);
	has_members(json_array_get(json_object_get(object, "value"), 1), "amount currency");
	assert_int_equal(int_of(json_array_get(json_object_get(object, "value"), 1), "amount"), 90);
	json_decref(object);
}

static void states_have_names(void **state)
{
	for (int i = 0; i <= STORE_ORDER_SHIPPED; i++)
		assert_int_equal(api_order_state_parse(api_order_state((enum store_order_state)i)), i);
	assert_int_equal(api_order_state_parse(""), -1);
	assert_int_equal(api_order_state_parse("Paid"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_order), cmocka_unit_test(the_line_of_an_order), cmocka_unit_test(a_notice),
	        cmocka_unit_test(sums),     cmocka_unit_test(states_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
