/* Objects on the wire, member by member as PROTOCOL.md names them. */
#include "members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/encode.h"
#include "api/encode_money.h"
#include "api/wares.h"

static struct api_scene scene(void)
{
	static struct base_settings settings = {.hosting = "approved", .data_dir = "/nonexistent"};

	return (struct api_scene){&settings, api_board_create()};
}

static void show_and_its_key(void **state)
{
	struct api_scene s = scene();
	struct store_show show = {
	        .id = an_id, .host.id = an_id, .state = STORE_SHOW_LIVE, .started_ms = 5, .starts_ms = 1795291200000};
	json_t *object;

	strcpy(show.title, "Evening");
	strcpy(show.publish_key, "secret-key");
	api_board_set(s.board, an_id, &(struct api_board_row){.viewers = 7, .picture = true});
	object = api_encode_show(&s, &show, false);
	has_members(object, "id title host state starts_at started_ms ended_ms viewers picture thumbnail replay");
	assert_int_equal(int_of(object, "viewers"), 7);
	assert_true(json_is_true(json_object_get(object, "picture")));
	assert_true(json_is_null(json_object_get(object, "ended_ms")));
	assert_true(json_is_null(json_object_get(object, "thumbnail")));
	assert_string_equal(text_of(object, "starts_at"), "2026-11-21T20:00:00Z");
	has_members(json_object_get(object, "host"), "id username display_name");
	json_decref(object);
	object = api_encode_show(&s, &show, true);
	assert_string_equal(text_of(object, "publish_key"), "secret-key");
	json_decref(object);
	api_board_destroy(s.board);
}

static void thumbnail_changes_its_address(void **state)
{
	char folder[] = "/tmp/encode-XXXXXX", path[300];
	struct base_settings settings = {.hosting = "approved", .spool_dir = mkdtemp(folder)};
	struct api_scene s = {&settings, api_board_create()};
	struct store_show show = {.id = an_id, .state = STORE_SHOW_LIVE};
	json_t *object;

	assert_non_null(settings.spool_dir);
	api_thumbnail_path(&settings, an_id, path, sizeof path);
	*strrchr(path, '/') = '\0';
	assert_int_equal(mkdir(path, 0700), 0);
	api_thumbnail_path(&settings, an_id, path, sizeof path);
	fclose(fopen(path, "w"));
	object = api_encode_show(&s, &show, false);
	assert_non_null(strstr(text_of(object, "thumbnail"), "/thumbnail.jpg?v="));
	json_decref(object);
	show.state = STORE_SHOW_ENDED;
	object = api_encode_show(&s, &show, false);
	assert_true(json_is_null(json_object_get(object, "thumbnail")));
	json_decref(object);
	for (int i = 0; i < 3; i++, *strrchr(path, '/') = '\0')
		if (remove(path))
			break;
	api_board_destroy(s.board);
}

static void an_item_and_its_variants(void **state)
{
	struct store_item item = {.id = an_id, .number = 3, .position = 2, .price = 900, .claimed = 1, .waiting = 4};
	struct store_variant variants[] = {{.id = an_id, .size = "M", .colour = "red", .available = 2, .held = 1},
	                                   {.id = an_id, .size = "L", .removed = true}};
	json_t *object, *listing, *variant;

	strcpy(item.listing.currency, "EUR");
	item.listing.available = 4;
	item.listing.held = 1;
	item.listing.price = 1000;
	object = api_encode_item(&item, variants, 2, true);
	has_members(object, "id number listing price flash currency stock claimed waiting featured position");
	assert_int_equal(int_of(object, "price"), 900);
	assert_int_equal(int_of(object, "stock"), 4);
	assert_int_equal(int_of(object, "waiting"), 4);
	assert_true(json_is_null(json_object_get(object, "flash")));
	listing = json_object_get(object, "listing");
	has_members(listing, "id seller title description price currency stock held size brand photo variants shop "
	                     "community created_ms");
	assert_int_equal(int_of(listing, "held"), 1);
	assert_int_equal(json_array_size(json_object_get(listing, "variants")), 1);
	variant = json_array_get(json_object_get(listing, "variants"), 0);
	has_members(variant, "id size colour stock held");
	assert_string_equal(text_of(variant, "colour"), "red");
	json_decref(object);
	item.flash_price = 700;
	item.flash_until_ms = 99;
	object = api_encode_item(&item, NULL, 0, false);
	has_members(json_object_get(object, "flash"), "price until_ms");
	assert_int_equal(json_array_size(json_object_get(json_object_get(object, "listing"), "variants")), 0);
	json_decref(object);
}

static void hold_and_waiting(void **state)
{
	struct store_hold hold = {
	        .id = an_id, .quantity = 2, .price = 900, .state = STORE_HOLD_RETURNED, .expires_ms = 99, .number = 3};
	struct store_waiting waiting = {.id = an_id, .quantity = 1, .place = 2, .state = STORE_WAITING_LAPSED};
	json_t *object;

	strcpy(hold.currency, "EUR");
	object = api_encode_with_buyer(api_encode_hold(&hold), &hold.buyer);
	has_members(object, "id show item number listing variant quantity price currency state expires_at_ms buyer");
	has_members(json_object_get(object, "listing"), "id title photo seller");
	assert_string_equal(text_of(object, "state"), "returned");
	assert_true(json_is_null(json_object_get(object, "show"))); /* out of the shop */
	assert_true(json_is_null(json_object_get(object, "variant")));
	json_decref(object);
	strcpy(waiting.variant_name, "M, red");
	object = api_encode_waiting(&waiting);
	has_members(object, "id show item listing variant quantity price place created_ms state hold");
	has_members(json_object_get(object, "listing"), "id title");
	assert_string_equal(text_of(object, "state"), "lapsed");
	assert_string_equal(text_of(object, "variant"), "M, red");
	json_decref(object);
}

static struct api_ware *ware(int64_t number, int64_t price)
{
	struct store_item item = {.id = an_id, .number = number, .price = price};
	struct store_variant variant = {.size = "M"};

	return api_ware_new(&item, &variant, 1);
}

static void wares_are_kept_by_number(void **state)
{
	struct api_wares wares = {0}, read = {0};

	assert_null(api_wares_find(&wares, 1));
	api_wares_put(&wares, ware(12, 100));
	assert_int_equal(api_wares_find(&wares, 12)->price, 100);
	assert_int_equal(api_wares_find(&wares, 12)->variants_count, 1);
	for (int64_t number = -1; number < 200; number++)
		assert_int_equal(api_wares_find(&wares, number) != NULL, number == 12);
	api_wares_put(&wares, ware(12, 200));
	assert_int_equal(api_wares_find(&wares, 12)->price, 200);
	api_wares_remove(&wares, &(struct store_item){.number = 3});
	api_wares_put(&wares, ware(0, 1)); /* none that a show has */
	api_wares_put(&wares, ware(API_WARES_MAX + 1, 1));

	/* What was read before an event came is older than it. */
	api_wares_put(&read, ware(12, 100));
	api_wares_put(&read, ware(3, 100));
	api_wares_put(&read, ware(40, 100));
	api_wares_learn(&wares, &read);
	assert_int_equal(api_wares_find(&wares, 12)->price, 200);
	assert_null(api_wares_find(&wares, 3));
	assert_int_equal(api_wares_find(&wares, 40)->price, 100);
	assert_null(read.rows);
	api_wares_clear(&wares);
	assert_null(api_wares_find(&wares, 12));
}

static void account_tells_no_hash(void **state)
{
	struct api_scene s = scene();
	struct store_account account = {.person.id = an_id, .role = STORE_MODERATOR, .hosting = STORE_HOSTING_ASKED};
	json_t *object;

	strcpy(account.password_hash, "$argon2id$...");
	object = api_encode_account(&s, &account);
	has_members(object, "id username display_name role may_host hosting");
	assert_string_equal(text_of(object, "role"), "moderator");
	assert_string_equal(text_of(object, "hosting"), "asked");
	assert_true(json_is_false(json_object_get(object, "may_host")));
	json_decref(object);
	api_board_destroy(s.board);
}

static void order_line_audit(void **state)
{
	struct store_order order = {.id = an_id, .state = STORE_ORDER_PAID, .total = 5000, .paid_ms = 7};
	struct store_order_line line = {.listing = an_id, .photo = an_id, .quantity = 2, .price = 2500};
	struct store_audit audit = {.id = an_id, .at_ms = 1};
	json_t *object;

	object = api_encode_order_line(&line);
	has_members(object, "listing title variant number photo quantity price host");
	assert_non_null(strstr(text_of(object, "photo"), "/photos/"));
	json_decref(object);
	strcpy(order.payment, "pay_secret");
	object = api_encode_order(&order, json_array());
	has_members(object,
	            "id state confirm seller buyer total shipping currency address created_ms paid_ms shipped_ms "
	            "cancelled_ms carrier tracking refund lines");
	has_members(json_object_get(object, "address"), "name line1 line2 city postcode country");
	assert_string_equal(text_of(object, "state"), "paid");
	json_decref(object);
	object = api_encode_audit(&audit);
	has_members(object, "id at_ms actor verb object detail");
	assert_true(json_is_null(json_object_get(json_object_get(object, "actor"), "id"))); /* the server itself */
	json_decref(object);
}

static void notice_and_credit(void **state)
{
	struct store_notice notice = {.id = an_id, .code = STORE_NOTICE_YOUR_TURN, .hold = an_id};
	struct store_credit credit = {.items = 3, .sellers = 2, .values = 1, .value = {{4500, "EUR"}}};
	json_t *object = api_encode_notice(&notice);

	has_members(object, "id code at_ms read actor title show listing order hold quantity amount currency");
	assert_string_equal(text_of(object, "code"), "your_turn");
	assert_true(json_is_null(json_object_get(object, "actor"))); /* the market itself */
	json_decref(object);
	object = api_encode_credit(&credit);
	has_members(object, "items sellers value");
	has_members(json_array_get(json_object_get(object, "value"), 0), "amount currency");
	json_decref(object);
}

static void chat_line(void **state)
{
	struct chat_line line = {.at_ms = 5, .author.role = CHAT_HOST};
	json_t *object;

	strcpy(line.id, "l1");
	strcpy(line.text, "hello \"you\"");
	object = api_encode_line(&line);
	has_members(object, "id at_ms author text");
	has_members(json_object_get(object, "author"), "id name role");
	assert_string_equal(json_string_value(json_object_get(json_object_get(object, "author"), "role")), "host");
	json_decref(object);
	strcpy(line.text, "\xff\xfe");
	object = api_encode_line(&line); /* never NULL, whatever lies in a record */
	assert_non_null(object);
	json_decref(object);
}

static void board_remembers_and_forgets(void **state)
{
	struct api_board *board = api_board_create();
	struct base_id ids[50];

	for (int i = 0; i < 50; i++) { /* the same chain */
		ids[i] = (struct base_id){.bytes = {[0] = (uint8_t)i, [15] = 9}};
		api_board_set(board, ids[i], &(struct api_board_row){.viewers = i + 1});
	}
	for (int i = 0; i < 50; i += 2)
		api_board_set(board, ids[i], &(struct api_board_row){0});
	for (int i = 0; i < 50; i++)
		assert_int_equal(api_board_get(board, ids[i]).viewers, i % 2 ? i + 1 : 0);
	api_board_destroy(board);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(show_and_its_key),
	        cmocka_unit_test(thumbnail_changes_its_address),
	        cmocka_unit_test(an_item_and_its_variants),
	        cmocka_unit_test(hold_and_waiting),
	        cmocka_unit_test(wares_are_kept_by_number),
	        cmocka_unit_test(account_tells_no_hash),
	        cmocka_unit_test(order_line_audit),
	        cmocka_unit_test(notice_and_credit),
	        cmocka_unit_test(chat_line),
	        cmocka_unit_test(board_remembers_and_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
