/* What the files of the store share. */
#ifndef TRUNKSHOW_STORE_INTERNAL_H
#define TRUNKSHOW_STORE_INTERNAL_H

#include "store/sqlite.h"
#include "store/store.h"

struct store_reader {
	struct sqlite_connection connection;
	struct filter *keys; /**< every idempotency key that is kept, and some more; NULL: not known */
};

struct store {
	struct store_reader reads; /**< the writer's connection; first, so that the writer can read what it wrote */
	int lock_fd;
	int wal_pages; /**< in the write-ahead log after the last commit */
	struct claimed *claimed;
};

/** data_dir/name; allocated, freed with g_free. */
char *store_path(const char *data_dir, const char *name);

/** Open for reading alone: never checkpoints, not even as the last to close. @return a SQLite code. */
__attribute__((warn_unused_result)) int store_open_read_only(struct sqlite_connection *connection, const char *path);

#define STORE_BUCKETS 64
#define STORE_OPEN_BUCKETS 16
/** Holds are indexed by this: see the schema. */
static inline int64_t store_bucket(struct base_id buyer)
{
	return buyer.bytes[BASE_ID_BYTES - 1] % STORE_BUCKETS;
}

/** Learn the keys that are kept. @return 0; -EIO. */
__attribute__((warn_unused_result)) int store_keys_load(struct store_reader *r);
/** Have a key found from now on. */
void store_keys_note(struct store_reader *r, struct base_id account, const uint8_t key[STORE_KEY_BYTES]);

/** Make the row of a hold as it was claimed, unless it has one. @return 0; an error of the writer. */
__attribute__((warn_unused_result)) int store_settle_hold(struct store *store, const struct store_hold *hold);

/** Begin and end what is read as of one moment; inside a transaction nothing. */
__attribute__((warn_unused_result)) int store_snapshot(struct store_reader *r, bool *begun);
__attribute__((warn_unused_result)) int store_snapshot_end(struct store_reader *r, bool begun, int error);

/** A statement of the writer. */
static inline struct sql store_sql(struct store *store, const char *text)
{
	return sql_prepare(&store->reads.connection, text);
}

/** A limit as SQLite takes it. */
static inline int64_t store_limit(size_t limit, int64_t most)
{
	return limit < (uint64_t)most ? (int64_t)limit : most;
}

/** Behind which a page of the newest begins; NULL: before all. */
static inline struct base_id store_before(const struct base_id *before)
{
	return before ? *before
	              : (struct base_id){
	                        {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}};
}

/* A listing l in what is selected, and how to read it. */
#define STORE_LISTING                                                                                                  \
	"l.id, a.id, a.username, a.display_name, l.title, l.description, l.size, l.brand, l.price, l.currency,"        \
	" k.available, k.held, k.sold, k.adjusted, l.photo,"                                                           \
	" (SELECT count(*) FROM variant v WHERE v.listing = l.id AND v.removed = 0), l.shop,"                          \
	" l.community_ok, l.community_auction, l.community_floor, l.created_ms"
#define STORE_LISTING_JOINS " JOIN stock k ON k.listing = l.id JOIN account a ON a.id = l.seller "
void store_read_listing(struct sql *sql, struct store_listing *out);
/** Every row of a statement whose columns are STORE_LISTING. @return 0; -EIO. */
int store_each_listing(struct sql *sql, void (*visit)(const struct store_listing *, void *), void *ctx);

/** "M, red" of a variant v, which may have been joined in vain. */
#define STORE_VARIANT_NAME                                                                                             \
	"coalesce(iif(v.size = '' OR v.colour = '', v.size || v.colour, v.size || ', ' || v.colour), '')"
#endif
