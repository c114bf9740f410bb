/* The memory of the rules: rows as the store has them, what a batch changed, and what an answer or event names. */
#ifndef TRUNKSHOW_SHOW_RULES_STATE_H
#define TRUNKSHOW_SHOW_RULES_STATE_H

#include <glib.h>

#include "show/key_set.h"
#include "show/show.h"
#include "store/writer.h"

struct rules_now {
	int64_t us; /**< monotonic [µs] */
	int64_t ms; /**< UTC [ms since the epoch] */
};

struct rules_limits {
	int64_t hold_ms;
	int64_t hold_least_ms; /**< what a hold has at least after a restart or a declined payment */
	int64_t holds_per_buyer;
	int64_t units_per_item;
	int64_t wait_absent_us; /**< who waits and is absent for so long leaves the waitlist */
	int64_t waits_per_listing;
	int64_t host_absent_us;
	size_t items_per_show;
	int64_t fee_bp, tax_bp; /**< the market's fee; tax contained in prices [1/10000] */
	const char *currency;   /**< the market's, in which parcels are priced; borrowed; NULL: none */
};

/** Where the rules find what is not in memory. 0; -ENOENT; -EIO. NULL functions: nothing else exists. */
struct rules_source {
	int (*account)(void *ctx, struct base_id id, struct store_account *out);
	int (*account_by_username)(void *ctx, const char *username, struct store_account *out);
	int (*listing)(void *ctx, struct base_id id, struct store_listing *out);
	int (*variants)(void *ctx, struct base_id listing, void (*visit)(const struct store_variant *, void *),
	                void *arg);
	int (*show)(void *ctx, struct base_id id, struct store_show *out);
	int (*item)(void *ctx, struct base_id id, struct store_item_row *out);
	int (*items)(void *ctx, struct base_id show, void (*visit)(const struct store_item_row *, void *), void *arg);
	/** The scheduled and live shows that sell a listing. */
	int (*shows_selling)(void *ctx, struct base_id listing, void (*visit)(struct base_id, void *), void *arg);
	/** The scheduled and live shows of a host. */
	int (*shows_of)(void *ctx, struct base_id host, void (*visit)(const struct store_show *, void *), void *arg);
	int (*moderation)(void *ctx, struct base_id show, void (*visit)(struct base_id, int64_t, bool, void *),
	                  void *arg);
	int (*block)(void *ctx, struct base_id owner, struct base_id host);
	/** Whether the owner was told that the show features the listing. */
	int (*featured)(void *ctx, struct base_id owner, const struct store_show *show, struct base_id listing);
	/** NULL: nothing is recorded. */
	int (*recording)(void *ctx, struct base_id show, struct store_recording *out);
	/** NULL: nobody. */
	int (*admins)(void *ctx, void (*visit)(struct base_id, void *), void *arg);
	int (*hold)(void *ctx, struct base_id id, struct store_hold *out);
	int (*waiting)(void *ctx, struct base_id id, struct store_waiting *out);
	int (*purchase)(void *ctx, struct base_id id, struct store_purchase *out);
	int (*holds_of)(void *ctx, struct base_id order, void (*visit)(const struct store_hold *, void *), void *arg);
	int (*postings_of)(void *ctx, struct base_id order, void (*visit)(const struct store_posting *, void *),
	                   void *arg);
	/** Whether the key may ever have been used; mostly it was not, and this is quick. NULL: it may. */
	bool (*key_may_be)(void *ctx, struct base_id account, const uint8_t key[STORE_KEY_BYTES]);
	int (*key)(void *ctx, struct base_id account, const uint8_t key[STORE_KEY_BYTES], struct store_key *out);
	void *ctx;
};

enum rules_kind {
	RULES_ACCOUNT,
	RULES_LISTING,
	RULES_VARIANT,
	RULES_SHOW,
	RULES_ITEM,
	RULES_HOLD,
	RULES_WAITING,
	RULES_PURCHASE,
	RULES_KINDS
};

/** What every row in memory begins with. */
struct rules_row {
	struct base_id id;
	enum rules_kind kind;
	bool fresh; /**< not in the store yet */
	bool dirty; /**< differs from the store; in the list of changes */
	bool noted; /**< its change is among the batch's events already */
	struct rules_row *next_dirty;
};

/** A place in the queue of deadlines; what happens then depends on the kind of its owner. */
struct rules_deadline {
	int64_t us; /**< monotonic; meaningless unless queued */
	struct rules_row *owner;
	bool queued;
	guint at; /**< in the heap, while queued */
};

#define RULES_FEW 8

/** What a buyer holds. */
struct rules_buyer {
	struct base_id id;
	size_t count, room;
	struct rules_hold **holds; /**< active or paying, oldest first; in `few`, or allocated */
	struct rules_hold *few[RULES_FEW];
};

struct rules_account {
	struct rules_row row;
	struct rules_buyer *buyer; /**< NULL: holds nothing, if that is known */
	bool buyer_known;
	struct store_account is;
	char folded[STORE_NAME_BYTES]; /**< username in lower case */
};

struct rules_listing {
	struct rules_row row;
	struct store_listing is;
	GPtrArray *variants; /**< struct rules_variant, by position, with the removed; NULL until needed */
	bool texts_dirty;    /**< beyond the stock */
	bool items_known;    /**< every item of a scheduled or live show that sells it is in memory */
};

struct rules_variant {
	struct rules_row row;
	struct store_variant is;
};

struct rules_show {
	struct rules_row row;
	struct store_show is;
	GPtrArray *items;       /**< struct rules_item, by number, with the removed; NULL until needed */
	GHashTable *moderation; /**< account -> struct store_moderated; NULL until needed */
	GHashTable *featured;   /**< listings whose owners know that they are shown here; NULL until needed */
	struct rules_deadline absent;
};

struct rules_item {
	struct rules_row row;
	struct store_item_row is, stored; /**< stored: as the store has it, unless fresh */
	struct rules_deadline flash;      /**< queued while it has a flash price */
	bool flash_fresh;                 /**< set in the present batch: if that is given up, another one may stand */
};

/** What is agreed about a hold and the same for all who take it then: kept once, for those are many. */
struct rules_deal {
	struct store_hold is; /**< but for what struct rules_hold has */
	size_t users;
};

struct rules_hold {
	struct rules_row row;
	struct rules_deadline deadline; /**< queued while active; `us` is kept while paying */
	struct rules_deal *deal;
	struct base_id buyer, order; /**< order: zero until checkout */
	int64_t quantity, created_ms, expires_ms;
	enum store_hold_state state;
	uint8_t key[STORE_KEY_BYTES], body[STORE_KEY_BYTES]; /**< see struct store_hold */
};

/** Who waits for one stock, next first. */
struct rules_queue {
	struct base_id listing, variant; /**< its key; variant zero: the listing has none */
	GPtrArray *entries;              /**< struct rules_waiting, by id */
};

struct rules_waiting {
	struct rules_row row;
	struct store_waiting is;
	struct rules_queue *queue;    /**< NULL unless waiting */
	struct rules_deadline absent; /**< queued while waiting without a connection */
};

struct rules_purchase {
	struct rules_row row;
	struct store_purchase is;
	struct rules_deadline deadline; /**< of paying; queued until the provider is to expire it */
};

/** Whether the host's picture arrives, by what media last told. Outlives a reload. */
struct rules_host {
	struct base_id show;
	bool picture;
	int64_t since_us;
};

/** A deadline, carried over a reload: the wall clock may have been set since it was stored. */
struct rules_clock {
	struct base_id owner;
	int64_t us;
};

/** Stock of which units became available, or can no longer become so. */
struct rules_freed {
	struct base_id listing, variant;
};

enum rules_record_kind {
	RULES_SESSION,
	RULES_SESSION_DELETE,
	RULES_SESSIONS_EXPIRE,
	RULES_KEYS_EXPIRE,
	RULES_ADJUSTMENT,
	RULES_KEY,
	RULES_KEY_DELETE,
	RULES_LINE,
	RULES_POSTING,
	RULES_MODERATION,
	RULES_BLOCK,
	RULES_NOTICE,
	RULES_NOTICES_READ,
	RULES_NOTICES_EXPIRE,
	RULES_AUDIT,
	RULES_FEATURE,
	RULES_FEATURE_END,
	RULES_RECORDING,
	RULES_CLIP,
	RULES_RECORD_KINDS
};

/** A change that is only written, never kept in memory beyond its batch. */
struct rules_record {
	struct rules_record *next;
	enum rules_record_kind kind;
	union {
		struct {
			uint8_t token_hash[32];
			struct base_id account;
			int64_t until_ms;
		} session;
		int64_t before_ms; /* of what expires */
		struct store_adjustment adjustment;
		struct store_key key;
		struct {
			struct base_id order;
			struct store_order_line line;
		} line;
		struct store_posting posting;
		struct store_moderated moderated;
		struct store_block block;
		struct store_notice notice;
		struct {
			struct base_id account, until;
		} notices_read;
		struct {
			int64_t read_ms, unread_ms; /* what is older */
		} notices_expire;
		struct store_audit audit;
		struct store_feature feature; /* of its end show and to_ms alone */
		struct store_recording recording;
		struct store_clip clip;
	};
};

/** A change to tell; filled from memory when it is told. */
struct rules_event {
	enum show_event_type type;
	struct base_id show, id;           /**< id of the row that the type is about; zero: none */
	const struct rules_record *record; /**< of moderation, notice and audit */
	struct rules_row *noted;           /**< its row, if that is told once a batch; else NULL */
};

/** What a command is answered with, once its batch is committed. Ids name rows in memory. */
struct rules_answer {
	enum show_code code;
	struct base_id account, listing, show, item, hold, waiting, purchase;
	int64_t price, stock;
	bool repeated;
	bool wait;        /**< for the payment of `purchase` */
	char detail[160]; /**< of a refusal; mostly empty */
};

#define RULES_DEALS 256 /**< what is sold at the same time, mostly */

struct rules {
	struct rules_limits limits;
	struct rules_source source;
	int error; /**< the source failed: nothing decided since may be believed */

	struct pool *hold_pool, *account_pool, *buyer_pool; /**< where they lie */
	struct rules_deal *deals[RULES_DEALS]; /**< the latest of what is sold, by item and variant; NULL: none */
	GHashTable *rows[RULES_KINDS];         /**< id -> row; each table owns its rows */
	/** Rows that were looked up, by the end of their id: mostly they are the next ones again. NULL: none. */
	struct rules_row **looked[RULES_KINDS];
	GHashTable *names;    /**< folded username -> account, of those in memory */
	GHashTable *sellers;  /**< listing id -> GPtrArray of items in memory that sell it */
	GHashTable *buyers;   /**< account id -> struct rules_buyer, of those who hold something */
	GHashTable *queues;   /**< (listing, variant) -> struct rules_queue, of those that have entries */
	GHashTable *waiters;  /**< account id -> GPtrArray of its waiting entries, oldest first */
	GHashTable *blocks;   /**< (owner, host) -> struct store_block, as far as asked for */
	struct key_set *keys; /**< used keys of this batch (without a source: of all time) */
	GHashTable *hosts;    /**< show id -> struct rules_host */
	GHashTable *present;  /**< accounts that have a connection: a set of ids */
	GPtrArray *deadlines; /**< struct rules_deadline, a heap: the first is the earliest */
	GHashTable *clocks; /**< id -> struct rules_clock: deadlines from before rules_forget; NULL but while loading */
	int64_t wall_ms;    /**< UTC at monotonic zero, by the clocks as they were last; 0: not looked yet */

	struct rules_row *dirty_first, *dirty_last;
	struct rules_record *record_first, *record_last;
	GArray *events;
	GArray *postings;      /**< struct store_posting, of this batch (without a source: of all time) */
	GArray *freed;         /**< struct rules_freed: for rules_serve */
	GArray *told;          /**< struct store_variant of the event that is being told */
	size_t looked_back;    /**< closed holds, waits and orders in memory only because somebody asked */
	size_t shows_kept;     /**< live ones at the last trim */
	GHashTable *unsettled; /**< purchases that are paying or owe a refund: a set of ids */
};
#endif
