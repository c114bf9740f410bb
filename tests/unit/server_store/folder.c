#include "folder.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int folder_setup(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));
	if (!f)
		return -1;
	snprintf(f->dir, sizeof(f->dir), "%s/trunkshow-test-XXXXXX", g_get_tmp_dir());
	if (!g_mkdtemp(f->dir))
		return -1;
	snprintf(f->db, sizeof(f->db), "%s/trunkshow.db", f->dir);
	*state = f;
	return 0;
}

int folder_teardown(void **state)
{
	struct folder *f = *state;
	store_close(f->store);
	GDir *listing = g_dir_open(f->dir, 0, NULL);
	const char *name;
	while (listing && (name = g_dir_read_name(listing))) {
		g_autofree char *path = g_build_filename(f->dir, name, NULL);
		g_remove(path);
	}
	if (listing)
		g_dir_close(listing);
	g_rmdir(f->dir);
	free(f);
	return 0;
}

void folder_open(struct folder *f)
{
	int error = store_open(f->dir, f->why, sizeof(f->why), &f->store);
	if (error)
		fail_msg("store_open: %d %s", error, f->why);
}

void folder_execute(const struct folder *f, const char *text)
{
	struct sqlite_connection connection;
	assert_int_equal(sqlite_connection_open(&connection, f->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE),
	                 SQLITE_OK);
	assert_int_equal(sqlite_connection_execute(&connection, text), 0);
	sqlite_connection_close(&connection);
}

struct base_id folder_account(struct folder *f, const char *username)
{
	struct store_account account = {.person.id = base_id_new(), .created_ms = 1795288800000};
	snprintf(account.person.username, sizeof(account.person.username), "%s", username);
	snprintf(account.person.display_name, sizeof(account.person.display_name), "The %s", username);
	snprintf(account.password_hash, sizeof(account.password_hash), "hash of %s", username);
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_insert_account(f->store, &account), 0);
	assert_int_equal(store_commit(f->store), 0);
	return account.person.id;
}

void folder_fill_listing(struct store_listing *listing, struct base_id seller, const char *title, int64_t stock)
{
	memset(listing, 0, sizeof(*listing));
	listing->id = base_id_new();
	listing->seller.id = seller;
	snprintf(listing->title, sizeof(listing->title), "%s", title);
	snprintf(listing->description, sizeof(listing->description), "about %s", title);
	snprintf(listing->size, sizeof(listing->size), "M");
	snprintf(listing->brand, sizeof(listing->brand), "Acme");
	snprintf(listing->currency, sizeof(listing->currency), "EUR");
	listing->price = 2500;
	listing->available = listing->adjusted = stock;
	listing->photo = base_id_new();
	listing->community = (struct store_community){true, false, 1000};
	listing->created_ms = 1795288800000;
}

int folder_setup_open(void **state)
{
	if (folder_setup(state))
		return -1;
	folder_open(*state);
	return 0;
}

void folder_begin(struct folder *f)
{
	assert_int_equal(store_begin(f->store), 0);
}

void folder_commit(struct folder *f)
{
	assert_int_equal(store_commit(f->store), 0);
}

struct store_reader *folder_reader(struct folder *f)
{
	struct store_reader *reader;
	assert_int_equal(store_reader_open(f->dir, &reader), 0);
	return reader;
}

int folder_claim(struct store *store, const struct store_hold *hold, const struct store_hold *of)
{
	const struct store_claim claim = {.of = of,
	                                  .id = hold->id,
	                                  .buyer = hold->buyer.id,
	                                  .quantity = hold->quantity,
	                                  .created_ms = hold->created_ms,
	                                  .expires_ms = hold->expires_ms,
	                                  .key = hold->key,
	                                  .body = hold->body};
	return store_insert_claim(store, &claim);
}
