/* Objects on the wire, member by member as PROTOCOL.md names them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "api/encode.h"

static const struct base_id an_id = {.bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

static void has_members(json_t *object, const char *names)
{
	char list[400], *save = NULL;
	size_t count = 0;

	snprintf(list, sizeof list, "%s", names);
	for (char *name = strtok_r(list, " ", &save); name; name = strtok_r(NULL, " ", &save), count++)
		if (!json_object_get(object, name))
			fail_msg("%s is missing", name);
	assert_int_equal(json_object_size(object), count);
}

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
	has_members(object, "id title host state starts_at started_ms ended_ms viewers picture thumbnail");
	assert_int_equal(json_integer_value(json_object_get(object, "viewers")), 7);
	assert_true(json_is_true(json_object_get(object, "picture")));
	assert_true(json_is_null(json_object_get(object, "ended_ms")));
	assert_true(json_is_null(json_object_get(object, "thumbnail")));
	assert_string_equal(json_string_value(json_object_get(object, "starts_at")), "2026-11-21T20:00:00Z");
	has_members(json_object_get(object, "host"), "id username display_name");
	json_decref(object);
	object = api_encode_show(&s, &show, true);
	assert_string_equal(json_string_value(json_object_get(object, "publish_key")), "secret-key");
	json_decref(object);
	api_board_destroy(s.board);
}

static void thumbnail_changes_its_address(void **state)
{
	char folder[] = "/tmp/encode-XXXXXX", path[300];
	struct base_settings settings = {.hosting = "approved", .data_dir = mkdtemp(folder)};
	struct api_scene s = {&settings, api_board_create()};
	struct store_show show = {.id = an_id, .state = STORE_SHOW_LIVE};
	json_t *object;

	assert_non_null(settings.data_dir);
	snprintf(path, sizeof path, "%s/spool", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	api_thumbnail_path(&settings, an_id, path, sizeof path);
	*strrchr(path, '/') = '\0';
	assert_int_equal(mkdir(path, 0700), 0);
	api_thumbnail_path(&settings, an_id, path, sizeof path);
	fclose(fopen(path, "w"));
	object = api_encode_show(&s, &show, false);
	assert_non_null(strstr(json_string_value(json_object_get(object, "thumbnail")), "/thumbnail.jpg?v="));
	json_decref(object);
	show.state = STORE_SHOW_ENDED;
	object = api_encode_show(&s, &show, false);
	assert_true(json_is_null(json_object_get(object, "thumbnail")));
	json_decref(object);
	for (int i = 0; i < 4; i++, *strrchr(path, '/') = '\0')
		if (remove(path))
			break;
	api_board_destroy(s.board);
}

static void listing_item_hold(void **state)
{
	struct store_item item = {.id = an_id, .number = 3, .position = 2, .price = 900, .claimed = 1};
	struct store_hold hold = {
	        .id = an_id, .quantity = 2, .price = 900, .state = STORE_HOLD_EXPIRED, .expires_ms = 99};
	json_t *object;

	strcpy(item.listing.currency, "EUR");
	item.listing.available = 4;
	item.listing.price = 1000;
	object = api_encode_item(&item, true);
	has_members(object, "id number listing price currency stock claimed featured position");
	assert_int_equal(json_integer_value(json_object_get(object, "price")), 900);
	assert_int_equal(json_integer_value(json_object_get(object, "stock")), 4);
	has_members(json_object_get(object, "listing"),
	            "id seller title description price currency stock size brand photo community created_ms");
	json_decref(object);
	strcpy(hold.currency, "EUR");
	object = api_encode_hold(&hold);
	has_members(object, "id show item listing quantity price currency state expires_at_ms");
	has_members(json_object_get(object, "listing"), "id title photo seller");
	assert_string_equal(json_string_value(json_object_get(object, "state")), "expired");
	json_decref(object);
}

static void account_tells_no_hash(void **state)
{
	struct api_scene s = scene();
	struct store_account account = {.person.id = an_id, .role = STORE_MODERATOR, .hosting = STORE_HOSTING_ASKED};
	json_t *object;

	strcpy(account.password_hash, "$argon2id$...");
	object = api_encode_account(&s, &account);
	has_members(object, "id username display_name role may_host hosting");
	assert_string_equal(json_string_value(json_object_get(object, "role")), "moderator");
	assert_string_equal(json_string_value(json_object_get(object, "hosting")), "asked");
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
	has_members(object, "listing title photo quantity price");
	assert_non_null(strstr(json_string_value(json_object_get(object, "photo")), "/photos/"));
	json_decref(object);
	strcpy(order.payment, "pay_secret");
	object = api_encode_order(&order, json_array());
	has_members(object, "id state seller buyer total currency address created_ms paid_ms lines");
	has_members(json_object_get(object, "address"), "name line1 line2 city postcode country");
	assert_string_equal(json_string_value(json_object_get(object, "state")), "paid");
	json_decref(object);
	object = api_encode_audit(&audit);
	has_members(object, "id at_ms actor verb object detail");
	assert_true(json_is_null(json_object_get(json_object_get(object, "actor"), "id"))); /* the server itself */
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
	        cmocka_unit_test(listing_item_hold),
	        cmocka_unit_test(account_tells_no_hash),
	        cmocka_unit_test(order_line_audit),
	        cmocka_unit_test(chat_line),
	        cmocka_unit_test(board_remembers_and_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
