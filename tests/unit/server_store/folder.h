/* A folder of the test's own. */
#ifndef TEST_SERVER_STORE_FOLDER_H
#define TEST_SERVER_STORE_FOLDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "store/internal.h"
#include "store/writer.h"

struct folder {
	char dir[128], db[160];
	char why[256];
	struct store *store;
};

/** cmocka set-up and tear-down: *state is a struct folder without a store yet; the store is closed if it is open. */
int folder_setup(void **state);
/** The same, with an open store. */
int folder_setup_open(void **state);
int folder_teardown(void **state);
/** Open it and expect success. */
void folder_open(struct folder *f);
/** Run statements on the database beside the store. */
void folder_execute(const struct folder *f, const char *text);

/** A transaction that must succeed. */
void folder_begin(struct folder *f);
void folder_commit(struct folder *f);
/** A reader of its own, closed by the test. */
struct store_reader *folder_reader(struct folder *f);

struct base_id folder_account(struct folder *f, const char *username);
/** Fill a listing, not stored yet. */
void folder_fill_listing(struct store_listing *listing, struct base_id seller, const char *title, int64_t stock);
/** A new hold without a row, that is as `of` where claims may have it in common; which stays until the transaction's
 * end. */
STORE_WRITE folder_claim(struct store *store, const struct store_hold *hold, const struct store_hold *of);
#endif
