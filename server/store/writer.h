/* The store's writing side, for the one thread that owns it (the show thread): a transaction, the rows in it, and what
 * only the writer needs to read. Everything returns 0 or an error of sqlite_connection_error: -ENOSPC and -EACCES:
 * nothing was written, reads go on; -EIO: what is on the disk is unknown, end the process and recover. */
#ifndef TRUNKSHOW_STORE_WRITER_H
#define TRUNKSHOW_STORE_WRITER_H

#include "store/store.h"

#define STORE_METHOD_BYTES 32

/** An order as its owner, the show controller, keeps it. */
struct store_purchase {
	struct store_order order;
	char method[STORE_METHOD_BYTES]; /**< the provider's word for how it is paid; never a card number */
	uint8_t key[STORE_KEY_BYTES];    /**< digest of the idempotency key */
	bool voided;                     /**< to be given back if it is captured */
	bool expiring;                   /**< its deadline passed while paying: the provider is asked to expire it */
	int64_t deadline_ms;             /**< of paying */
};

/** One used idempotency key. */
struct store_key {
	struct base_id account;
	uint8_t key[STORE_KEY_BYTES], body[STORE_KEY_BYTES]; /**< digests */
	struct base_id object;                               /**< the hold or order that it made */
};

/** A new hold. */
struct store_claim {
	const struct store_hold *of; /**< the rest of it, which stays where it is until the transaction's end; kept once
	                                  for all claims of a transaction that have it at one address */
	struct base_id id, buyer;
	int64_t quantity, created_ms, expires_ms;
	const uint8_t *key, *body; /**< STORE_KEY_BYTES each; zeroes: none */
};

/** An item as kept, without its listing. */
struct store_item_row {
	struct base_id id, show, listing;
	int64_t number, position, price, claimed, flash_price, flash_until_ms;
	bool removed;
};

struct store_block {
	struct base_id owner, host;
	bool blocked;
};

struct store_moderated {
	struct base_id show, account;
	int64_t muted_until_ms;
	bool banned;
};

struct store_adjustment {
	struct base_id id, listing, variant, actor;
	int64_t delta, at_ms;
};

#define STORE_WRITE __attribute__((warn_unused_result)) int

/** Reads up to the end see one state, and lock once instead of each; the first write takes the writer's lock. */
STORE_WRITE store_begin(struct store *store);
STORE_WRITE store_commit(struct store *store);
void store_rollback(struct store *store); /**< after any error; harmless without a transaction */
/** After answering: move the log into the database once it has grown; while others are about to ask, only once it has
 * grown large, for it takes some milliseconds. @return 0; -EIO is fatal; others may wait for the next time. */
STORE_WRITE store_checkpoint(struct store *store, bool busy);
/** Write the log as long as it mostly gets, before anybody waits: a file that grows makes each sync wait for what other
 * programs have to write, one that is written over does not. Where there is no room it stays as it is. */
void store_reserve_log(struct store *store, int64_t bytes);
bool store_wants_checkpoint(const struct store *store); /**< unless busy */

STORE_WRITE store_insert_account(struct store *store, const struct store_account *account);
STORE_WRITE store_update_account(struct store *store,
                                 const struct store_account *account); /**< role, hosting, banned, shipping */
STORE_WRITE store_insert_session(struct store *store, const uint8_t token_hash[32], struct base_id account,
                                 int64_t until_ms);
STORE_WRITE store_delete_session(struct store *store, const uint8_t token_hash[32]);
STORE_WRITE store_delete_sessions_before(struct store *store, int64_t now_ms);

STORE_WRITE store_insert_listing(struct store *store, const struct store_listing *listing); /**< and its stock */
STORE_WRITE store_update_listing(struct store *store, const struct store_listing *listing); /**< all but the stock */
STORE_WRITE store_update_stock(struct store *store, const struct store_listing *listing);
STORE_WRITE store_insert_adjustment(struct store *store, const struct store_adjustment *adjustment);

STORE_WRITE store_put_variant(struct store *store, const struct store_variant *variant); /**< texts, position, stock */

STORE_WRITE store_insert_waiting(struct store *store, const struct store_waiting *waiting);
STORE_WRITE store_update_waiting(struct store *store, const struct store_waiting *waiting); /**< state, hold, price */
STORE_WRITE store_put_block(struct store *store, const struct store_block *block);
STORE_WRITE store_insert_posting(struct store *store, const struct store_posting *posting);
STORE_WRITE store_insert_notice(struct store *store, const struct store_notice *notice);
/** Those of the account up to and with `until` are read. */
STORE_WRITE store_read_notices(struct store *store, struct base_id account, struct base_id until);
/** Read notices older than that, the oldest thousands. */
/** Some of those that are older. */
STORE_WRITE store_delete_notices_before(struct store *store, int64_t read_ms, int64_t unread_ms);

STORE_WRITE store_insert_show(struct store *store, const struct store_show *show);
STORE_WRITE store_update_show(struct store *store, const struct store_show *show);
STORE_WRITE store_insert_item(struct store *store, const struct store_item_row *item);
STORE_WRITE store_update_item(struct store *store, const struct store_item_row *item);
STORE_WRITE store_update_claimed(struct store *store, const struct store_item_row *item); /**< nothing but that */

STORE_WRITE store_insert_feature(struct store *store, const struct store_feature *feature);
/** What is featured in the show is no longer. */
STORE_WRITE store_end_feature(struct store *store, struct base_id show, int64_t to_ms);
/** Of a removed one the clips go, too. */
STORE_WRITE store_put_recording(struct store *store, const struct store_recording *recording);
/** Instead of the one of this listing in this show. */
STORE_WRITE store_put_clip(struct store *store, const struct store_clip *clip);

/** With its key, which needs no row of its own then. */
STORE_WRITE store_insert_hold(struct store *store, const struct store_hold *hold);
/** A hold that is active and not ordered. It gets its row later: see store_settle. */
STORE_WRITE store_insert_claim(struct store *store, const struct store_claim *claim);
/** Order, state, expires_ms; the rest must be as it was inserted, for it may have no row yet. */
STORE_WRITE store_update_hold(struct store *store, const struct store_hold *hold);
/** When there is time: give rows to some of the holds that were inserted without, the oldest hundreds, in a transaction
 * of its own. What is read is the same before and after. @return how many claims settled; 0: all have; an error. */
STORE_WRITE store_settle(struct store *store);
/** @return how many holds at most have no row yet. */
int64_t store_unsettled(const struct store *store);
STORE_WRITE store_insert_purchase(struct store *store, const struct store_purchase *purchase);
STORE_WRITE store_update_purchase(struct store *store, const struct store_purchase *purchase);
STORE_WRITE store_insert_line(struct store *store, struct base_id order, const struct store_order_line *line);

/** The key of an order, of who waits, or a further one of either. */
STORE_WRITE store_insert_key(struct store *store, const struct store_key *key);
/** Of those alone; what goes with a hold stays until store_delete_keys_before. */
STORE_WRITE store_delete_key(struct store *store, struct base_id account, const uint8_t key[STORE_KEY_BYTES]);
/** Of the keys whose hold or order was made before then, the oldest thousands. */
STORE_WRITE store_delete_keys_before(struct store *store, int64_t before_ms);
STORE_WRITE store_put_moderation(struct store *store, const struct store_moderated *moderated);
STORE_WRITE store_insert_audit(struct store *store, const struct store_audit *audit);

/** The writer's connection, for the reads of store.h. */
struct store_reader *store_writer_reads(struct store *store);
/** Whether the key was ever used, or looks like one that was. */
bool store_key_may_be(const struct store_reader *r, struct base_id account, const uint8_t key[STORE_KEY_BYTES]);
/** A used key. @return 0; -ENOENT; -EIO. Slow for a key of an open hold: whoever has those in memory (with
 * store_holds_all_open) looks there first. */
STORE_WRITE store_key_find(struct store_reader *r, struct base_id account, const uint8_t key[STORE_KEY_BYTES],
                           struct store_key *out);
STORE_WRITE store_hold_by_id(struct store_reader *r, struct base_id id, struct store_hold *out);
/** With their keys. */
STORE_WRITE store_holds_all_open(struct store_reader *r, void (*visit)(const struct store_hold *, void *), void *ctx);
STORE_WRITE store_item_row_by_id(struct store_reader *r, struct base_id id, struct store_item_row *out);
/** Every item of a show, with the removed, by number. */
STORE_WRITE store_item_rows(struct store_reader *r, struct base_id show,
                            void (*visit)(const struct store_item_row *, void *), void *ctx);
STORE_WRITE store_purchase_by_id(struct store_reader *r, struct base_id id, struct store_purchase *out);
/** The scheduled and live shows that have a listing in their run. */
STORE_WRITE store_shows_selling(struct store_reader *r, struct base_id listing, void (*visit)(struct base_id, void *),
                                void *ctx);
/** By position, with the removed. */
STORE_WRITE store_variants_all(struct store_reader *r, struct base_id listing,
                               void (*visit)(const struct store_variant *, void *), void *ctx);
/** All who wait, by id. */
STORE_WRITE store_waiting_all(struct store_reader *r, void (*visit)(const struct store_waiting *, void *), void *ctx);
STORE_WRITE store_waiting_by_id(struct store_reader *r, struct base_id id, struct store_waiting *out);
/** @return 0: blocked; -ENOENT; -EIO. */
STORE_WRITE store_block_find(struct store_reader *r, struct base_id owner, struct base_id host);
/** The holds of an order: what a cancellation gives back. */
STORE_WRITE store_holds_of_order(struct store_reader *r, struct base_id order,
                                 void (*visit)(const struct store_hold *, void *), void *ctx);
/** The postings of an order, oldest transaction first. */
STORE_WRITE store_postings_of_order(struct store_reader *r, struct base_id order,
                                    void (*visit)(const struct store_posting *, void *), void *ctx);
/** Orders that are paying, and refunds that are owed. */
STORE_WRITE store_purchases_open(struct store_reader *r, void (*visit)(const struct store_purchase *, void *),
                                 void *ctx);
#endif
