/* The rules of the market: state and decisions, without threads, clock or disk. Time comes in, what is not in memory is
 * asked of a source, and what a batch changed goes out as rows, records and events. If a batch cannot be committed, the
 * memory is thrown away and loaded again, so nothing here can be undone and nothing has to be. */
#ifndef TRUNKSHOW_SHOW_RULES_H
#define TRUNKSHOW_SHOW_RULES_H

#include <glib.h>

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
	int64_t host_absent_us;
	size_t items_per_show;
};

/** Where the rules find what is not in memory. 0; -ENOENT; -EIO. NULL functions: nothing else exists. */
struct rules_source {
	int (*account)(void *ctx, struct base_id id, struct store_account *out);
	int (*account_by_username)(void *ctx, const char *username, struct store_account *out);
	int (*listing)(void *ctx, struct base_id id, struct store_listing *out);
	int (*show)(void *ctx, struct base_id id, struct store_show *out);
	int (*item)(void *ctx, struct base_id id, struct store_item_row *out);
	int (*items)(void *ctx, struct base_id show, void (*visit)(const struct store_item_row *, void *), void *arg);
	/** The scheduled and live shows that sell a listing. */
	int (*shows_selling)(void *ctx, struct base_id listing, void (*visit)(struct base_id, void *), void *arg);
	int (*moderation)(void *ctx, struct base_id show, void (*visit)(struct base_id, int64_t, bool, void *),
	                  void *arg);
	int (*hold)(void *ctx, struct base_id id, struct store_hold *out);
	int (*purchase)(void *ctx, struct base_id id, struct store_purchase *out);
	int (*key)(void *ctx, struct base_id account, const uint8_t key[STORE_KEY_BYTES], struct store_key *out);
	void *ctx;
};

enum rules_kind { RULES_ACCOUNT, RULES_LISTING, RULES_SHOW, RULES_ITEM, RULES_HOLD, RULES_PURCHASE, RULES_KINDS };

/** What every row in memory begins with. */
struct rules_row {
	struct base_id id;
	enum rules_kind kind;
	bool fresh; /**< not in the store yet */
	bool dirty; /**< differs from the store; in the list of changes */
	bool noted; /**< its change is among the batch's events already */
	struct rules_row *next_dirty;
};

/** A place in the queue of deadlines; its owner is a hold or a show. */
struct rules_deadline {
	int64_t us; /**< monotonic; meaningless unless queued */
	struct rules_row *owner;
	bool queued;
};

struct rules_account {
	struct rules_row row;
	struct store_account is;
	char folded[STORE_NAME_BYTES]; /**< username in lower case */
};

struct rules_listing {
	struct rules_row row;
	struct store_listing is;
	bool texts_dirty; /**< beyond the stock */
	bool items_known; /**< every item of a scheduled or live show that sells it is in memory */
};

struct rules_show {
	struct rules_row row;
	struct store_show is;
	GPtrArray *items;       /**< struct rules_item, by number, with the removed; NULL until needed */
	GHashTable *moderation; /**< account -> struct store_moderated; NULL until needed */
	struct rules_deadline absent;
};

struct rules_item {
	struct rules_row row;
	struct store_item_row is;
};

struct rules_hold {
	struct rules_row row;
	struct store_hold is;
	struct rules_deadline deadline; /**< queued while active; `us` is kept while paying */
};

struct rules_purchase {
	struct rules_row row;
	struct store_purchase is;
};

/** Whether the host's picture arrives, by what media last told. Outlives a reload. */
struct rules_presence {
	struct base_id show;
	bool picture;
	int64_t since_us;
};

/** The deadline of a hold or show, carried over a reload: the wall clock may have been set since it was stored. */
struct rules_clock {
	struct base_id owner;
	int64_t us;
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
	RULES_MODERATION,
	RULES_AUDIT,
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
		struct store_moderated moderated;
		struct store_audit audit;
	};
};

/** A change to tell; filled from memory when it is told. */
struct rules_event {
	enum show_event_type type;
	struct base_id show, id;           /**< id of the row that the type is about; zero: none */
	const struct rules_record *record; /**< of moderation and audit */
};

/** What a command is answered with, once its batch is committed. Ids name rows in memory. */
struct rules_answer {
	enum show_code code;
	char detail[160];
	struct base_id account, listing, show, item, hold, purchase;
	int64_t price, stock;
	bool repeated;
	bool wait; /**< for the payment of `purchase` */
};

struct rules {
	struct rules_limits limits;
	struct rules_source source;
	int error; /**< the source failed: nothing decided since may be believed */

	GHashTable *rows[RULES_KINDS]; /**< id -> row; each table owns its rows */
	GHashTable *names;             /**< folded username -> account, of those in memory */
	GHashTable *sellers;           /**< listing id -> GPtrArray of items in memory that sell it */
	GHashTable *buyers;            /**< account id -> GPtrArray of open holds, oldest first */
	GHashTable *keys;              /**< used keys of this batch (without a source: of all time) */
	GHashTable *presence;          /**< show id -> struct rules_presence */
	GTree *deadlines;
	GHashTable *clocks; /**< id -> struct rules_clock: deadlines from before rules_forget; NULL but while loading */
	int64_t wall_ms;    /**< UTC at monotonic zero, by the clocks as they were last; 0: not looked yet */

	struct rules_row *dirty_first, *dirty_last;
	struct rules_record *record_first, *record_last;
	GArray *events;
	size_t looked_back;    /**< closed holds and orders in memory only because somebody asked */
	size_t shows_kept;     /**< live ones at the last trim */
	GHashTable *unsettled; /**< purchases that are paying or owe a refund: a set of ids */
};

void rules_init(struct rules *r, const struct rules_limits *limits, const struct rules_source *source);
void rules_finish(struct rules *r);
/** Forget all but presence and clocks, to load again; rules_loaded follows. */
void rules_forget(struct rules *r);
void rules_loaded(struct rules *r);
/** @return when its deadline was before rules_forget [monotonic µs]; INT64_MIN: it had none. */
int64_t rules_clock_before(const struct rules *r, struct base_id owner);

bool rules_has_changes(const struct rules *r); /**< something must be written */
/** After a commit and after events were told: rows are clean, records and events gone. */
void rules_committed(struct rules *r);
/** Between batches: let go of what the source can give again, once there is much of it. */
void rules_trim(struct rules *r);

GHashTable *rules_table_of_ids(void); /**< id inside the value -> value, freed with g_free */

/* Rows: in memory, else from the source, else NULL. */
struct rules_account *rules_account(struct rules *r, struct base_id id);
struct rules_account *rules_account_by_username(struct rules *r, const char *username);
struct rules_listing *rules_listing(struct rules *r, struct base_id id);
struct rules_show *rules_show(struct rules *r, struct base_id id);
struct rules_item *rules_item(struct rules *r, struct base_id id);
struct rules_hold *rules_hold(struct rules *r, struct base_id id);
struct rules_purchase *rules_purchase(struct rules *r, struct base_id id);
GPtrArray *rules_show_items(struct rules *r, struct rules_show *show);
struct store_moderated *rules_moderated(struct rules *r, struct rules_show *show,
                                        struct base_id account); /**< or NULL */
const struct rules_record *rules_moderated_put(struct rules *r, struct rules_show *show,
                                               const struct store_moderated *moderated);
const struct store_key *rules_key(struct rules *r, struct base_id account,
                                  const uint8_t key[STORE_KEY_BYTES]); /**< or NULL */

/* New rows, or rows that were loaded (then clean). */
struct rules_account *rules_add_account(struct rules *r, const struct store_account *is, bool fresh);
struct rules_listing *rules_add_listing(struct rules *r, const struct store_listing *is, bool fresh);
struct rules_show *rules_add_show(struct rules *r, const struct store_show *is, bool fresh);
struct rules_item *rules_add_item(struct rules *r, struct rules_show *show, const struct store_item_row *is,
                                  bool fresh);
struct rules_hold *rules_add_hold(struct rules *r, const struct store_hold *is, bool fresh);
struct rules_purchase *rules_add_purchase(struct rules *r, const struct store_purchase *is, bool fresh);

void rules_touch(struct rules *r, struct rules_row *row); /**< will be written */
struct rules_record *rules_record(struct rules *r, enum rules_record_kind kind);
void rules_use_key(struct rules *r, struct base_id account, const uint8_t key[STORE_KEY_BYTES],
                   const uint8_t body[STORE_KEY_BYTES], struct base_id object);
void rules_drop_key(struct rules *r, struct base_id account, const uint8_t key[STORE_KEY_BYTES]);

/** Tell that a row changed, once a batch. */
void rules_note(struct rules *r, enum show_event_type type, struct rules_row *row);
/** Tell something that happened; every one is told. @param id of what the type is about. */
void rules_tell(struct rules *r, enum show_event_type type, struct base_id show, struct base_id id,
                const struct rules_record *record);
/** Tell that the items which sell it in scheduled and live shows changed. */
void rules_note_items_of(struct rules *r, struct base_id listing);
GPtrArray *rules_items_selling(struct rules *r, struct base_id listing); /**< or NULL; some may be removed */

/* Deadlines. */
void rules_deadline_set(struct rules *r, struct rules_deadline *deadline, struct rules_row *owner, int64_t us);
void rules_deadline_clear(struct rules *r, struct rules_deadline *deadline);
struct rules_deadline *rules_deadline_first(struct rules *r); /**< or NULL */

/* Helpers of the deciding files. */
void rules_refuse(struct rules_answer *answer, enum show_code code, const char *detail);
bool rules_text_fits(const char *text, size_t size,
                     size_t least); /**< terminated within size, at least so many bytes */
bool rules_may_change(struct rules *r, struct base_id actor,
                      struct base_id owner);                        /**< owner, moderator, admin or the server */
GPtrArray *rules_open_holds(struct rules *r, struct base_id buyer); /**< or NULL; changes as holds close */
void rules_key_digest(const char *key, uint8_t digest[STORE_KEY_BYTES]);
void rules_show_end(struct rules *r, const struct rules_now *now, struct rules_show *show);
void rules_item_withdraw(struct rules *r, struct rules_show *show, struct rules_item *item);
bool rules_item_allowed(struct rules *r, const struct rules_show *show,
                        const struct rules_item *item); /**< by the listing's owner */
/** Close an open hold as released or expired, or sell it; stock, counts and events follow. */
void rules_hold_close(struct rules *r, struct rules_hold *hold, enum store_hold_state state);
/** A ban: give back what the buyer holds unpaid; show NULL: everywhere. Payments under way are given back when they are
 * captured. */
void rules_void_holds(struct rules *r, struct base_id buyer, const struct base_id *show);
void rules_audit(struct rules *r, const struct rules_now *now, struct base_id actor, const char *verb,
                 struct base_id object, const char *detail);

/** Decide one command. The method is the payment provider's word for the card (NULL: none). */
void rules_decide(struct rules *r, const struct rules_now *now, const struct show_command *command, const char *method,
                  struct rules_answer *answer);
/** Expire holds and end shows whose time has come. */
void rules_tick(struct rules *r, const struct rules_now *now);
/** Only the first of them. @return the hold or show; NULL: there was none. */
struct rules_row *rules_tick_one(struct rules *r, const struct rules_now *now);
/** Nothing of a hold or show before then, for it cannot be stored. Others are ignored. */
void rules_postpone(struct rules *r, enum rules_kind kind, struct base_id id, int64_t us);
/** Deadlines run on the monotonic clock: when the wall clock was set, say anew what time that will be. */
void rules_follow_wall_clock(struct rules *r, const struct rules_now *now);
/** @return the next monotonic time at which rules_tick has work [µs]; INT64_MAX: none. */
int64_t rules_next_us(struct rules *r);
/** The host's picture came or went. */
void rules_picture(struct rules *r, const struct rules_now *now, struct base_id show, bool picture);
/** A show is live from now, or was when it was loaded: watch for its host. */
void rules_watch_host(struct rules *r, const struct rules_now *now, struct rules_show *show);
void rules_unwatch_host(struct rules *r, struct rules_show *show);
/** A provider has decided a paying order; PAY_UNKNOWN changes nothing. Answers as its checkout is to be answered. */
void rules_settle(struct rules *r, const struct rules_now *now, struct base_id order, const struct pay_result *result,
                  struct rules_answer *answer);
void rules_refunded(struct rules *r, struct base_id order);
/** Present state of an order as an answer to the checkout that made it. */
void rules_answer_purchase(const struct rules_purchase *purchase, struct rules_answer *answer);
/** An open hold as the store has it. @param least_ms what it keeps at least: after a restart, some; else 0. */
void rules_resume_hold(struct rules *r, const struct rules_now *now, const struct store_hold *is, int64_t least_ms);

/** Fill what the outside sees, from memory. */
void rules_fill_result(struct rules *r, const struct rules_answer *answer, struct show_result *result);
void rules_fill_event(struct rules *r, const struct rules_event *event, struct show_event *out);

/** Assert what must always hold. @return NULL, or what is wrong. */
const char *rules_check(struct rules *r);
#endif
