#include "sale.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "folder.h"
#include "store/claimed.h"

#define T0 INT64_C(1795288800000)

/* Ids that are the same in every run, in the order of their time. */
static struct base_id id_of(uint8_t kind, uint8_t number)
{
	return (struct base_id){{1, 2, 3, 4, 5, 6, kind, number, 9, 9, 9, 9, 9, 9, 9, number}};
}

enum { ACCOUNT = 1, LISTING, VARIANT, SHOW, ITEM, HOLD, WAITING, PURCHASE, TRANSACTION, NOTICE, ADJUSTMENT };
enum { SELLER, HOST, ADA, BOB, CLEO, PEOPLE };

static int add_people(struct store *store)
{
	static const char *const names[PEOPLE] = {"seller", "host", "ada", "bob", "cleo"};
	int error = 0;
	for (uint8_t i = 0; i < PEOPLE && !error; i++) {
		struct store_account account = {.person.id = id_of(ACCOUNT, i), .created_ms = T0};
		g_strlcpy(account.person.username, names[i], sizeof(account.person.username));
		error = store_insert_account(store, &account);
	}
	return error;
}

static void fill_listing(struct store_listing *listing, const char *title)
{
	*listing = (struct store_listing){.id = id_of(LISTING, 0),
	                                  .seller.id = id_of(ACCOUNT, SELLER),
	                                  .price = 2500,
	                                  .currency = "EUR",
	                                  .available = 4,
	                                  .adjusted = 4,
	                                  .shop = true,
	                                  .community = {true, false, 1000}};
	g_strlcpy(listing->title, title, sizeof(listing->title));
	memset(listing->description, 'x', 3000);
}

/* Of four units, two in each size. */
static int put_stock(struct store *store, uint8_t size, int64_t held, int64_t sold, int64_t all_held, int64_t all_sold)
{
	struct store_variant variant = {.id = id_of(VARIANT, size),
	                                .listing = id_of(LISTING, 0),
	                                .available = 2 - held - sold,
	                                .held = held,
	                                .sold = sold,
	                                .adjusted = 2};
	g_autofree struct store_listing *listing = g_new0(struct store_listing, 1);
	struct store_item_row item = {.id = id_of(ITEM, 0), .number = 1, .price = 2400, .claimed = all_held + all_sold};
	fill_listing(listing, "");
	g_strlcpy(variant.size, size ? "L" : "M", sizeof(variant.size));
	listing->available = 4 - all_held - all_sold;
	listing->held = all_held;
	listing->sold = all_sold;
	int error = store_put_variant(store, &variant);
	if (!error)
		error = store_update_stock(store, listing);
	return error ? error : store_update_item(store, &item);
}

int sale_open_market(struct store *store)
{
	g_autofree struct store_listing *listing = g_new0(struct store_listing, 1);
	struct store_show show = {.id = id_of(SHOW, 0), .host.id = id_of(ACCOUNT, HOST), .state = STORE_SHOW_LIVE};
	struct store_item_row item = {
	        .id = id_of(ITEM, 0), .show = show.id, .listing = id_of(LISTING, 0), .number = 1, .price = 2400};
	fill_listing(listing, "Denim jacket");
	int error = add_people(store);
	if (!error)
		error = store_insert_listing(store, listing);
	if (!error)
		error = store_insert_show(store, &show);
	if (!error)
		error = store_insert_item(store, &item);
	for (uint8_t size = 0; size < 2 && !error; size++)
		error = put_stock(store, size, 0, 0, 0, 0);
	return error;
}

static int put_hold(struct store *store, uint8_t number, uint8_t buyer, uint8_t size, enum store_hold_state state,
                    bool fresh)
{
	struct store_hold hold = {.id = id_of(HOLD, number),
	                          .show = id_of(SHOW, 0),
	                          .item = id_of(ITEM, 0),
	                          .listing = id_of(LISTING, 0),
	                          .variant = id_of(VARIANT, size),
	                          .buyer.id = id_of(ACCOUNT, buyer),
	                          .seller.id = id_of(ACCOUNT, SELLER),
	                          .title = "Denim jacket",
	                          .number = 1,
	                          .quantity = 1,
	                          .price = 2400,
	                          .terms = {id_of(ACCOUNT, HOST), true, 1000},
	                          .currency = "EUR",
	                          .state = state,
	                          .created_ms = T0,
	                          .expires_ms = T0 + 300000,
	                          .key = {1, number},
	                          .body = {2, number}};
	if (state == STORE_HOLD_PAYING || state == STORE_HOLD_SOLD || state == STORE_HOLD_RETURNED)
		hold.order = id_of(PURCHASE, 0);
	if (!fresh)
		return store_update_hold(store, &hold);
	static struct store_hold claimed; /* there is one in a transaction, until whose end it is to stay */
	claimed = hold;
	return folder_claim(store, &claimed, &claimed);
}

static int notify(struct store *store, uint8_t number, uint8_t account, enum store_notice_code code)
{
	struct store_notice notice = {.id = id_of(NOTICE, number),
	                              .account = id_of(ACCOUNT, account),
	                              .code = code,
	                              .listing = id_of(LISTING, 0),
	                              .title = "Denim jacket",
	                              .quantity = 1,
	                              .amount = {2400, "EUR"},
	                              .at_ms = T0};
	return store_insert_notice(store, &notice);
}

static int claim_by_ada(struct store *store)
{
	int error = put_hold(store, 1, ADA, 0, STORE_HOLD_ACTIVE, true);
	return error ? error : put_stock(store, 0, 1, 0, 1, 0);
}

static int claim_by_bob(struct store *store)
{
	int error = put_hold(store, 2, BOB, 0, STORE_HOLD_ACTIVE, true);
	return error ? error : put_stock(store, 0, 2, 0, 2, 0);
}

static int cleo_waits(struct store *store)
{
	struct store_waiting waiting = {.id = id_of(WAITING, 1),
	                                .show = id_of(SHOW, 0),
	                                .item = id_of(ITEM, 0),
	                                .listing = id_of(LISTING, 0),
	                                .variant = id_of(VARIANT, 0),
	                                .buyer.id = id_of(ACCOUNT, CLEO),
	                                .quantity = 1,
	                                .price = 2400,
	                                .created_ms = T0};
	struct store_key key = {.account = waiting.buyer.id, .key = {3}, .body = {4}, .object = waiting.id};
	int error = store_insert_waiting(store, &waiting);
	return error ? error : store_insert_key(store, &key);
}

/* Bob's hold expires; who waits is next. */
static int pass_on(struct store *store)
{
	struct store_waiting waiting = {.id = id_of(WAITING, 1), .state = STORE_WAITING_SERVED, .hold = id_of(HOLD, 3)};
	int error = put_hold(store, 2, BOB, 0, STORE_HOLD_EXPIRED, false);
	if (!error)
		error = put_hold(store, 3, CLEO, 0, STORE_HOLD_ACTIVE, true);
	if (!error)
		error = store_update_waiting(store, &waiting);
	return error ? error : notify(store, 1, CLEO, STORE_NOTICE_YOUR_TURN);
}

static struct store_purchase purchase_of(enum store_order_state state, enum store_refund refund)
{
	return (struct store_purchase){.order = {.id = id_of(PURCHASE, 0),
	                                         .buyer.id = id_of(ACCOUNT, ADA),
	                                         .seller.id = id_of(ACCOUNT, SELLER),
	                                         .state = state,
	                                         .total = 2400,
	                                         .currency = "EUR",
	                                         .refund = refund,
	                                         .address = {.name = "Ada", .country = "DE"},
	                                         .paid_ms = state == STORE_ORDER_PAYING ? 0 : T0,
	                                         .created_ms = T0},
	                               .method = "test_ok",
	                               .key = {5},
	                               .deadline_ms = T0 + 300000};
}

static int check_out(struct store *store)
{
	struct store_purchase purchase = purchase_of(STORE_ORDER_PAYING, STORE_REFUND_NONE);
	struct store_order_line line = {.listing = id_of(LISTING, 0),
	                                .hold = id_of(HOLD, 1),
	                                .title = "Denim jacket",
	                                .number = 1,
	                                .terms = {id_of(ACCOUNT, HOST), true, 1000},
	                                .quantity = 1,
	                                .price = 2400};
	struct store_key key = {.account = id_of(ACCOUNT, ADA), .key = {5}, .body = {6}, .object = purchase.order.id};
	int error = store_insert_purchase(store, &purchase);
	if (!error)
		error = store_insert_line(store, purchase.order.id, &line);
	if (!error)
		error = store_insert_key(store, &key);
	return error ? error : put_hold(store, 1, ADA, 0, STORE_HOLD_PAYING, false);
}

static int post(struct store *store, uint8_t transaction, enum store_transaction_kind kind, int64_t sign)
{
	const struct {
		enum store_account_kind account;
		int owner;
		int64_t amount;
	} lines[] = {{STORE_BUYER, ADA, 2400}, {STORE_SELLER, SELLER, -2200}, {STORE_PLATFORM_FEE, -1, -200}};
	int error = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(lines) && !error; i++) {
		struct store_posting posting = {.transaction = id_of(TRANSACTION, transaction),
		                                .order = id_of(PURCHASE, 0),
		                                .kind = kind,
		                                .account = lines[i].account,
		                                .amount = sign * lines[i].amount,
		                                .currency = "EUR",
		                                .at_ms = T0};
		if (lines[i].owner >= 0)
			posting.owner = id_of(ACCOUNT, (uint8_t)lines[i].owner);
		if (kind == STORE_REVERSAL)
			posting.reverses = id_of(TRANSACTION, 1);
		error = store_insert_posting(store, &posting);
	}
	return error;
}

static int settle(struct store *store, enum store_order_state state, enum store_refund refund,
                  enum store_hold_state hold)
{
	struct store_purchase purchase = purchase_of(state, refund);
	int error = store_update_purchase(store, &purchase);
	return error ? error : put_hold(store, 1, ADA, 0, hold, false);
}

static int capture(struct store *store)
{
	int error = settle(store, STORE_ORDER_PAID, STORE_REFUND_NONE, STORE_HOLD_SOLD);
	if (!error)
		error = put_stock(store, 0, 1, 1, 1, 1);
	if (!error)
		error = post(store, 1, STORE_SALE, 1);
	return error ? error : notify(store, 2, SELLER, STORE_NOTICE_SOLD);
}

static int rename_listing(struct store *store)
{
	g_autofree struct store_listing *listing = g_new0(struct store_listing, 1);
	fill_listing(listing, "Corduroy jacket");
	return store_update_listing(store, listing);
}

static int cancel(struct store *store)
{
	int error = settle(store, STORE_ORDER_CANCELLED, STORE_REFUND_OWED, STORE_HOLD_RETURNED);
	if (!error)
		error = put_stock(store, 0, 1, 0, 1, 0);
	if (!error)
		error = post(store, 2, STORE_REVERSAL, -1);
	return error ? error : notify(store, 3, ADA, STORE_NOTICE_CANCELLED);
}

static int tidy(struct store *store)
{
	const uint8_t key[STORE_KEY_BYTES] = {5};
	const struct store_block block = {id_of(ACCOUNT, SELLER), id_of(ACCOUNT, HOST), true};
	int error = store_delete_key(store, id_of(ACCOUNT, ADA), key);
	if (!error)
		error = store_read_notices(store, id_of(ACCOUNT, ADA), id_of(NOTICE, 9));
	return error ? error : store_put_block(store, &block);
}

static int claim_the_other_size(struct store *store)
{
	int error = put_hold(store, 4, BOB, 1, STORE_HOLD_ACTIVE, true);
	return error ? error : put_stock(store, 1, 1, 0, 2, 0);
}

static int (*const steps[])(struct store *) = {
        claim_by_ada, claim_by_bob,   cleo_waits, pass_on, check_out,
        capture,      rename_listing, cancel,     tidy,    claim_the_other_size,
};
const size_t sale_steps = G_N_ELEMENTS(steps);

int sale_step(struct store *store, size_t step)
{
	return steps[step](store);
}

static uint64_t mix(uint64_t digest, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	for (size_t i = 0; i < len; i++)
		digest = (digest ^ bytes[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
	return digest;
}

static int add_rows(struct store *store, const char *table, uint64_t *digest)
{
	sqlite3_stmt *stmt;
	g_autofree char *text = g_strdup_printf("SELECT * FROM \"%s\" ORDER BY 1, 2", table);
	if (sqlite3_prepare_v2(store->reads.connection.db, text, -1, &stmt, NULL) != SQLITE_OK)
		return -EIO;
	int rc;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			int type = sqlite3_column_type(stmt, i);
			const void *data = sqlite3_column_blob(stmt, i);
			*digest = mix(mix(*digest, &type, sizeof(type)), data, (size_t)sqlite3_column_bytes(stmt, i));
		}
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? 0 : -EIO;
}

static int digest_of_tables(struct store *store, uint64_t *out)
{
	g_autoptr(GPtrArray) tables = g_ptr_array_new_with_free_func(g_free);
	struct sql sql = sql_prepare(&store->reads.connection,
	                             "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
	                             " ORDER BY name");
	while (sql_next(&sql)) {
		char name[64];
		sql_get_text(&sql, name, sizeof(name));
		g_ptr_array_add(tables, g_strdup(name));
	}
	int error = sql_end(&sql);
	*out = UINT64_C(0xcbf29ce484222325);
	for (guint i = 0; i < tables->len && !error; i++) {
		*out = mix(*out, g_ptr_array_index(tables, i), strlen(g_ptr_array_index(tables, i)));
		error = add_rows(store, g_ptr_array_index(tables, i), out);
	}
	return error;
}

/* Settling is done and undone: it is the same database before and after. */
int sale_digest(struct store *store, uint64_t *out)
{
	int error = store_begin(store), settled = 1;
	while (!error && settled > 0) {
		settled = claimed_settle(store);
		error = settled < 0 ? settled : 0;
	}
	if (!error)
		error = digest_of_tables(store, out);
	store_rollback(store);
	return error;
}
