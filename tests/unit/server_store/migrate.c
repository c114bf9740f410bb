/* A database of an older schema is brought to the present one with all that is in it. */
#include "folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/migrations.h"

/* Ids of the rows below: sixteen times the same digit. */
static struct base_id id_of(int digit)
{
	struct base_id id;
	memset(id.bytes, digit * 0x11, sizeof(id.bytes));
	return id;
}

#define ID(digit)                                                                                                      \
	"x'" digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit "'"
#define SELLER ID("11")
#define HOST ID("22")
#define BUYER ID("33")
#define LISTING ID("44")
#define SHOW ID("55")
#define ITEM ID("66")
#define OPEN_HOLD ID("77")
#define PAYING_HOLD ID("88")
#define SOLD_HOLD ID("99")
#define PAYING ID("aa")
#define PAID ID("bb")

static const char rows_of_2[] =
        "INSERT INTO account VALUES(" SELLER ", 'ada', 'Ada', 0, 0, 0, 100, 'hash of ada');"
        "INSERT INTO account VALUES(" HOST ", 'bob', 'Bob', 0, 2, 0, 100, 'hash');"
        "INSERT INTO account VALUES(" BUYER ", 'cleo', 'Cleo', 0, 0, 0, 100, 'hash');"
        "INSERT INTO listing(id, seller, title, description, size, brand, price, currency, photo, community_ok,"
        " community_auction, community_floor, created_ms) VALUES(" LISTING ", " SELLER
        ", 'Wool hat', 'warm', 'M', 'Acme',"
        " 2500, 'EUR', " ID(
                "cc") ", 1, 0, 1000, 100);"
                      "INSERT INTO stock VALUES(" LISTING ", 4, 3, 1, 8);"
                      "INSERT INTO adjustment VALUES(" ID(
                              "dd") ", " LISTING ", " SELLER ", 8, 100);"
                                    "INSERT INTO show VALUES(" SHOW ", " HOST
                                    ", 'Friday', 1, 0, 100, 0, 100, 'key', " ITEM ");"
                                    "INSERT INTO item VALUES(" ITEM ", " SHOW ", " LISTING ", 7, 1, 2400, 4, 0);"
                                    "INSERT INTO hold VALUES(" OPEN_HOLD ", " SHOW ", " ITEM ", " LISTING
                                    ", NULL, " BUYER ", " SELLER ", 'Wool hat', " ID(
                                            "cc") ", 1, 2400, 'EUR', 0, 100, 5000);"
                                                  "INSERT INTO hold VALUES(" PAYING_HOLD ", " SHOW ", " ITEM
                                                  ", " LISTING ", " PAYING ", " BUYER ", " SELLER
                                                  ", 'Wool hat', NULL, 2, 2400, 'EUR', 1, 100, 6000);"
                                                  "INSERT INTO hold VALUES(" SOLD_HOLD ", " SHOW ", " ITEM ", " LISTING
                                                  ", " PAID ", " BUYER ", " SELLER
                                                  ", 'Wool hat', NULL, 1, 2300, 'EUR', 2, 100, 4000);"
                                                  "INSERT INTO purchase VALUES(" PAYING ", " BUYER ", " SELLER
                                                  ", 0, 4800, 'EUR', 'Cleo', 'Street 1', '', 'Berlin',"
                                                  " '10115', 'DE', '', '', 200, 0, 'test_ok', " ID(
                                                          "ee") ", 0, 0);"
                                                                "INSERT INTO purchase VALUES(" PAID ", " BUYER
                                                                ", " SELLER
                                                                ", 1, 2300, 'EUR', 'Cleo', 'Street 1', '', 'Berlin',"
                                                                " '10115', 'DE', 'ref', '', 150, 160, 'test_ok', " ID(
                                                                        "ff") ", 0, 0);"
                                                                              "INSERT INTO purchase_line VALUES(" PAYING
                                                                              ", " PAYING_HOLD ", " LISTING
                                                                              ", 'Wool hat', NULL, 2, 2400);"
                                                                              "INSERT INTO purchase_line VALUES(" PAID
                                                                              ", " SOLD_HOLD ", " LISTING
                                                                              ", 'Wool hat', NULL, 1, 2300);"
                                                                              "INSERT INTO used_key VALUES(" BUYER
                                                                              ", " ID("01") ", " ID(
                                                                                      "02") ", " OPEN_HOLD ");"
                                                                                            "INSERT INTO used_key "
                                                                                            "VALUES(" BUYER
                                                                                            ", " ID("03") ", " ID(
                                                                                                    "02") ", " PAID
                                                                                                          ");";

static void make_version_2(struct folder *f)
{
	struct sqlite_connection connection;
	assert_int_equal(sqlite_connection_open(&connection, f->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE),
	                 SQLITE_OK);
	assert_int_equal(store_migrate_to(&connection, 2), 0);
	int error = sqlite_connection_execute(&connection, rows_of_2);
	if (error)
		fail_msg("%s", sqlite3_errmsg(connection.db));
	sqlite_connection_close(&connection);
}

static int setup_migrated(void **state)
{
	if (folder_setup(state))
		return -1;
	make_version_2(*state);
	folder_open(*state);
	return 0;
}

static int64_t number(struct folder *f, const char *text)
{
	struct sql sql = sql_prepare(&f->store->reads.connection, text);
	int64_t value = sql_next(&sql) ? sql_get_int(&sql) : -1;
	assert_int_equal(sql_end(&sql), 0);
	return value;
}

static void count_listing(const struct store_listing *listing, void *ctx)
{
	assert_true(base_id_equal(listing->id, id_of(4)));
	++*(int *)ctx;
}

static void test_listings_keep_their_stock_and_can_be_found(void **state)
{
	struct folder *f = *state;
	struct store_reader *reads = store_writer_reads(f->store);
	struct store_account account;
	struct store_listing *listing = calloc(1, sizeof(*listing));
	const struct store_search search = {.text = "wool", .limit = 10};
	int found = 0;
	assert_non_null(listing);
	assert_int_equal(store_account_by_username(reads, "ada", &account), 0);
	assert_string_equal(account.password_hash, "hash of ada");
	assert_int_equal(account.shipping, 0);
	assert_int_equal(store_listing_by_id(reads, id_of(4), listing), 0);
	assert_string_equal(listing->title, "Wool hat");
	assert_true(listing->available == 4 && listing->held == 3 && listing->sold == 1 && listing->adjusted == 8);
	assert_true(base_id_equal(listing->photo, id_of(0xc)));
	assert_int_equal(listing->variants, 0);
	assert_false(listing->shop); /* nobody has put it there yet */
	assert_int_equal(store_catalogue(reads, &search, count_listing, &found), 0);
	assert_int_equal(found, 1);
	free(listing);
}

static void count_hold(const struct store_hold *hold, void *ctx)
{
	++*(int *)ctx;
}

static void test_holds_get_the_terms_of_their_time(void **state)
{
	struct folder *f = *state;
	struct store_reader *reads = store_writer_reads(f->store);
	struct store_hold hold;
	int open = 0, of_show = 0, of_order = 0;
	assert_int_equal(store_hold_by_id(reads, id_of(7), &hold), 0);
	assert_int_equal(hold.number, 7);
	assert_true(hold.terms.community && hold.terms.floor == 1000);
	assert_true(base_id_equal(hold.terms.host, id_of(2)));
	assert_true(base_id_equal(hold.item, id_of(6)) && base_id_equal(hold.show, id_of(5)));
	assert_true(hold.quantity == 1 && hold.price == 2400 && hold.expires_ms == 5000);
	assert_true(hold.state == STORE_HOLD_ACTIVE && base_id_is_zero(hold.variant));
	assert_string_equal(hold.variant_name, "");
	assert_int_equal(store_holds_open(reads, id_of(3), NULL, count_hold, &open), 0);
	assert_int_equal(open, 2);
	assert_int_equal(store_holds_of_show(reads, id_of(5), NULL, 10, count_hold, &of_show), 0);
	assert_int_equal(of_show, 3);
	assert_int_equal(store_holds_of_order(reads, id_of(0xa), count_hold, &of_order), 0);
	assert_int_equal(of_order, 1);
}

static void keep_line(const struct store_order_line *line, void *ctx)
{
	*(struct store_order_line *)ctx = *line;
}

static void test_orders_go_on(void **state)
{
	struct folder *f = *state;
	struct store_reader *reads = store_writer_reads(f->store);
	struct store_purchase purchase;
	struct store_order_line line;
	struct store_credit credit;
	assert_int_equal(store_purchase_by_id(reads, id_of(0xa), &purchase), 0);
	assert_true(purchase.order.state == STORE_ORDER_PAYING && purchase.order.total == 4800);
	assert_int_equal(purchase.deadline_ms, 6000); /* its hold's */
	assert_string_equal(purchase.order.address.postcode, "10115");
	assert_int_equal(store_purchase_by_id(reads, id_of(0xb), &purchase), 0);
	assert_true(purchase.order.state == STORE_ORDER_PAID && purchase.order.paid_ms == 160);
	assert_true(purchase.order.shipping == 0 && purchase.deadline_ms == 0);
	assert_string_equal(purchase.order.payment, "ref");
	assert_int_equal(store_order_lines(reads, id_of(0xb), keep_line, &line), 0);
	assert_true(line.number == 7 && line.terms.community && line.price == 2300);
	assert_string_equal(line.host.username, "bob");
	assert_int_equal(store_credit_of(reads, id_of(2), &credit), 0);
	assert_true(credit.items == 1 && credit.sellers == 1 && credit.values == 1 && credit.value[0].amount == 2300);
}

static void test_keys_are_known(void **state)
{
	struct folder *f = *state;
	struct store_reader *reads = store_writer_reads(f->store);
	struct store_key key;
	uint8_t digest[STORE_KEY_BYTES];
	memset(digest, 1, sizeof(digest));
	assert_int_equal(store_key_find(reads, id_of(3), digest, &key), 0);
	assert_true(base_id_equal(key.object, id_of(7)));
	assert_int_equal(key.body[0], 2);
	memset(digest, 3, sizeof(digest));
	assert_int_equal(store_key_find(reads, id_of(3), digest, &key), 0);
	assert_true(base_id_equal(key.object, id_of(0xb)));
}

static void test_what_comes_out_is_the_schema_of_a_new_one(void **state)
{
	struct folder *f = *state;
	static const char schema[] =
	        "SELECT group_concat(type || ' ' || name || coalesce(sql, ''), x'0a') FROM (SELECT *"
	        " FROM sqlite_schema ORDER BY name)";
	char migrated[24576], fresh[24576];
	struct sql sql = sql_prepare(&f->store->reads.connection, schema);
	assert_true(sql_next(&sql));
	sql_get_text(&sql, migrated, sizeof(migrated));
	assert_int_equal(sql_end(&sql), 0);
	struct folder *other;
	assert_int_equal(folder_setup((void **)&other), 0);
	folder_open(other);
	sql = sql_prepare(&other->store->reads.connection, schema);
	assert_true(sql_next(&sql));
	sql_get_text(&sql, fresh, sizeof(fresh));
	assert_int_equal(sql_end(&sql), 0);
	assert_string_equal(migrated, fresh);
	assert_true(strlen(fresh) < sizeof(fresh) - 1);
	folder_teardown((void **)&other);
	assert_int_equal(number(f, "SELECT max(version) FROM schema_version"), 5);
	assert_int_equal(number(f, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
}

static void test_a_step_that_fails_leaves_the_older_schema(void **state)
{
	struct folder *f = *state;
	struct store *store = NULL;
	make_version_2(f);
	folder_execute(f, "CREATE TABLE notice(x)"); /* in the way of the last part of the step */
	assert_int_equal(store_open(f->dir, f->why, sizeof(f->why), &store), -EIO);
	folder_execute(f, "DROP TABLE notice; UPDATE listing SET seller = seller");
	folder_open(f);
	assert_int_equal(number(f, "SELECT count(*) FROM hold"), 3);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup_migrated, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_listings_keep_their_stock_and_can_be_found),
	        TEST(test_holds_get_the_terms_of_their_time),
	        TEST(test_orders_go_on),
	        TEST(test_keys_are_known),
	        TEST(test_what_comes_out_is_the_schema_of_a_new_one),
	        cmocka_unit_test_setup_teardown(test_a_step_that_fails_leaves_the_older_schema, folder_setup,
	                                        folder_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
