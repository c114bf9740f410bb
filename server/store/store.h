/* Storage behind one interface (now: SQLite). One writer, owned by the show thread; any number of read-only
 * connections, one per jobs thread. SQLite is named only inside server/store. */
#ifndef TRUNKSHOW_STORE_STORE_H
#define TRUNKSHOW_STORE_STORE_H

#include <stddef.h>

#include "store/records.h"

struct store;        /**< the database, and the one writer connection */
struct store_reader; /**< one read-only connection, for one thread */

/** Open data_dir/trunkshow.db, make it when absent, migrate. @return 0; -EACCES read-only or unreadable; -ENOSPC; -EIO;
 * -EBUSY another server has it (lock file); -EPROTO newer schema; `why` says which file and what to do. */
__attribute__((warn_unused_result)) int store_open(const char *data_dir, char *why, size_t why_len, struct store **out);
void store_close(struct store *store); /**< accepts NULL */

/** Consistent copy of a running database to path (VACUUM INTO or the backup interface). @return 0; -errno, `why`. */
__attribute__((warn_unused_result)) int store_backup(const char *data_dir, const char *path, char *why, size_t why_len);

__attribute__((warn_unused_result)) int store_reader_open(const char *data_dir, struct store_reader **out);
void store_reader_close(struct store_reader *reader);

/* Reads: 0; -ENOENT; -EIO. A visitor runs for each row, in the order that the name or comment says. Thread: the
 * reader's. */
int store_session_account(struct store_reader *r, const uint8_t token_hash[32], int64_t now_ms,
                          struct store_account *out);
int store_account_by_username(struct store_reader *r, const char *username, struct store_account *out);
int store_account_by_id(struct store_reader *r, struct base_id id, struct store_account *out);
int store_accounts_asking_to_host(struct store_reader *r, void (*visit)(const struct store_account *, void *),
                                  void *ctx);
/** By username, those whose username or display name holds the text (case ignored in ASCII); NULL or "": all. */
int store_accounts_find(struct store_reader *r, const char *text, size_t limit,
                        void (*visit)(const struct store_account *, void *), void *ctx);

int store_listing_by_id(struct store_reader *r, struct base_id id, struct store_listing *out);
/** Newest first. seller NULL: everybody's with community.ok. before NULL: from the newest. limit at most 200. */
int store_listings(struct store_reader *r, const struct base_id *seller, const struct base_id *before, size_t limit,
                   void (*visit)(const struct store_listing *, void *), void *ctx);

/** By position, without the removed. */
int store_variants(struct store_reader *r, struct base_id listing, void (*visit)(const struct store_variant *, void *),
                   void *ctx);

/** What a host finds to sell for others: community.ok, in stock, not the host's own, its owner neither banned nor
 * having blocked the host. */
struct store_search {
	struct base_id host; /**< who looks; zero: nobody in particular */
	const char *text;    /**< words, the last may be a beginning; title, brand, description, size; NULL or "": all,
	                          newest first; else best first */
	const char *size, *brand,
	        *currency; /**< exactly, case ignored in ASCII; NULL or "": any. A size in stock of a variant counts. */
	int64_t price_most;           /**< floor at most; 0: any */
	bool auction;                 /**< only those that may be auctioned */
	const struct base_id *seller; /**< NULL: everybody's */
	const struct base_id *before; /**< older than this one (newest first only); NULL */
	size_t limit;                 /**< at most 100 */
};
int store_catalogue(struct store_reader *r, const struct store_search *search,
                    void (*visit)(const struct store_listing *, void *), void *ctx);
/** Where a page of a shop ended. What was in stock then may be sold by now, and what is behind it stays there. */
struct store_shop_place {
	struct base_id listing;
	int64_t stock; /**< of the listing then; below 0: as it is now */
};
/** On the seller's shop page, in stock first, then newest; behind NULL: from the first. limit at most 200. */
int store_shop(struct store_reader *r, struct base_id seller, const struct store_shop_place *behind, size_t limit,
               void (*visit)(const struct store_listing *, void *), void *ctx);

int store_show_by_id(struct store_reader *r, struct base_id id, struct store_show *out);
/** state: -1 all. host NULL: everybody's. Live: longest running last; scheduled: soonest first; ended: newest first. */
int store_shows(struct store_reader *r, int state, const struct base_id *host, size_t limit,
                void (*visit)(const struct store_show *, void *), void *ctx);
struct store_shows_wanted {
	int state;                    /**< -1: all, newest first */
	const struct base_id *host;   /**< NULL: everybody's */
	const struct base_id *behind; /**< those that come after this one; NULL: from the first */
};
int store_shows_page(struct store_reader *r, const struct store_shows_wanted *wanted, size_t limit,
                     void (*visit)(const struct store_show *, void *), void *ctx);
int store_items(struct store_reader *r, struct base_id show, void (*visit)(const struct store_item *, void *),
                void *ctx); /**< by position, without the removed */
int store_item_by_id(struct store_reader *r, struct base_id item, struct store_item *out);

/** Open holds (active, paying) of a buyer, oldest first; show NULL: in all. */
int store_holds_open(struct store_reader *r, struct base_id buyer, const struct base_id *show,
                     void (*visit)(const struct store_hold *, void *), void *ctx);
/** Of a show, or of a listing in whichever show or shop: newest first, all states; before NULL: from the newest. */
int store_holds_of_show(struct store_reader *r, struct base_id show, const struct base_id *before, size_t limit,
                        void (*visit)(const struct store_hold *, void *), void *ctx);
int store_holds_of_listing(struct store_reader *r, struct base_id listing, const struct base_id *before, size_t limit,
                           void (*visit)(const struct store_hold *, void *), void *ctx);

/** Who waits for a listing (in all variants), next first; places filled. after NULL: from the next. */
int store_waitlist(struct store_reader *r, struct base_id listing, const struct base_id *after, size_t limit,
                   void (*visit)(const struct store_waiting *, void *), void *ctx);
/** Who waits by way of a show, newest first; places filled. before NULL: from the newest. */
int store_waiting_of_show(struct store_reader *r, struct base_id show, const struct base_id *before, size_t limit,
                          void (*visit)(const struct store_waiting *, void *), void *ctx);
/** What a buyer waits for, oldest first; places filled. show NULL: in all. */
int store_waiting_of(struct store_reader *r, struct base_id buyer, const struct base_id *show,
                     void (*visit)(const struct store_waiting *, void *), void *ctx);
/** Those of a show or of a listing whose turn passed by (lapsed, left, closed, or whose hold expired), newest first:
 * for a second chance. before NULL: from the newest. */
int store_waiting_gone(struct store_reader *r, struct base_id show, const struct base_id *before, size_t limit,
                       void (*visit)(const struct store_waiting *, void *), void *ctx);
int store_waiting_gone_of_listing(struct store_reader *r, struct base_id listing, const struct base_id *before,
                                  size_t limit, void (*visit)(const struct store_waiting *, void *), void *ctx);

/** Hosts that an owner has blocked, newest first. */
int store_blocks(struct store_reader *r, struct base_id owner, void (*visit)(const struct store_person *, void *),
                 void *ctx);
/** Newest first; before NULL: from the newest. limit at most 100. */
int store_notices(struct store_reader *r, struct base_id account, const struct base_id *before, size_t limit,
                  void (*visit)(const struct store_notice *, void *), void *ctx);
int store_notices_unread(struct store_reader *r, struct base_id account, int64_t *out);
/** Of orders that are paid or shipped. */
int store_credit_of(struct store_reader *r, struct base_id host, struct store_credit *out);

/** What the market owes a person (positive) by the postings of SELLER and SHIPPING, per currency. */
int store_balances(struct store_reader *r, struct base_id owner, void (*visit)(const struct store_amount *, void *),
                   void *ctx);
/** A person's postings, oldest first, with from_ms <= at_ms < until_ms. */
int store_statement(struct store_reader *r, struct base_id owner, int64_t from_ms, int64_t until_ms,
                    void (*visit)(const struct store_posting *, void *), void *ctx);

int store_order_by_id(struct store_reader *r, struct base_id id, struct store_order *out);
struct store_orders_wanted {
	struct base_id who;
	bool as_seller;               /**< then only what was paid */
	int state;                    /**< enum store_order_state; -1: all */
	const struct base_id *before; /**< older than this one; NULL */
};
/** Newest first. */
int store_orders(struct store_reader *r, const struct store_orders_wanted *wanted, size_t limit,
                 void (*visit)(const struct store_order *, void *), void *ctx);
int store_order_lines(struct store_reader *r, struct base_id order,
                      void (*visit)(const struct store_order_line *, void *), void *ctx);

/** What was featured in a show, oldest first. */
int store_features(struct store_reader *r, struct base_id show, void (*visit)(const struct store_feature *, void *),
                   void *ctx);
int store_recording_by_show(struct store_reader *r, struct base_id show, struct store_recording *out);
/** In one state, oldest first. */
int store_recordings(struct store_reader *r, enum store_recording_state state,
                     void (*visit)(const struct store_recording *, void *), void *ctx);
/** What there is to be cut next of a show: the longest time that a listing was featured there, of those which have no
 * clip as long. Neither id nor what it became are filled. @return 0; -ENOENT nothing; -EIO. */
int store_clip_wanted(struct store_reader *r, struct base_id show, struct store_clip *out);
int store_clip_by_id(struct store_reader *r, struct base_id id, struct store_clip *out);
/** With those that failed. */
int store_clips_of_show(struct store_reader *r, struct base_id show, void (*visit)(const struct store_clip *, void *),
                        void *ctx);
/** Newest first, without those of shows whose host is banned. limit at most 100. */
int store_clips_of_listing(struct store_reader *r, struct base_id listing, size_t limit,
                           void (*visit)(const struct store_clip *, void *), void *ctx);
/** The market's admins that are not banned. */
int store_admins(struct store_reader *r, void (*visit)(struct base_id account, void *), void *ctx);

/** Whether a photo of a listing's is shown by it, or still by a hold or the line of an order, which keep that of their
 * time. */
int store_photo_shown(struct store_reader *r, struct base_id listing, struct base_id photo, bool *out);
/** All photos that are shown, some of them several times. */
int store_photos(struct store_reader *r, void (*visit)(struct base_id photo, void *), void *ctx);

int store_audit(struct store_reader *r, const struct base_id *before, size_t limit,
                void (*visit)(const struct store_audit *, void *), void *ctx); /**< newest first */
/** Per-show moderation that outlives a restart: muted_until_ms, banned. */
int store_moderation(struct store_reader *r, struct base_id show,
                     void (*visit)(struct base_id account, int64_t muted_until_ms, bool banned, void *), void *ctx);
int store_counts(struct store_reader *r, int64_t *accounts, int64_t *shows); /**< to see whether the store is empty */
#endif
