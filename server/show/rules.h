/* The rules of the market: state and decisions, without threads, clock or disk. Time comes in, what is not in memory is
 * asked of a source, and what a batch changed goes out as rows, records and events. If a batch cannot be committed, the
 * memory is thrown away and loaded again, so nothing here can be undone and nothing has to be. */
#ifndef TRUNKSHOW_SHOW_RULES_H
#define TRUNKSHOW_SHOW_RULES_H

#include "show/rules_state.h"

void rules_init(struct rules *r, const struct rules_limits *limits, const struct rules_source *source);
void rules_finish(struct rules *r);
/** Forget all but who is there and the clocks, to load again; rules_loaded follows. */
void rules_forget(struct rules *r);
void rules_loaded(struct rules *r);
/** @return when its deadline was before rules_forget [monotonic µs]; INT64_MIN: it had none. */
int64_t rules_clock_before(const struct rules *r, struct base_id owner);

bool rules_has_changes(const struct rules *r); /**< something must be written */
/** After a commit and after events were told: rows are clean, records and events gone. */
void rules_committed(struct rules *r);
/** Between batches: let go of what the source can give again, once there is much of it. */
void rules_trim(struct rules *r);

GHashTable *rules_set_of_ids(void);   /**< its ids freed with g_free */
GHashTable *rules_table_of_ids(void); /**< id inside the value -> value, freed with g_free */

/* Rows: in memory, else from the source, else NULL. */
struct rules_account *rules_account(struct rules *r, struct base_id id);
struct rules_account *rules_account_by_username(struct rules *r, const char *username);
struct rules_listing *rules_listing(struct rules *r, struct base_id id);
/** By position, with the removed. */
GPtrArray *rules_variants(struct rules *r, struct rules_listing *listing);
struct rules_show *rules_show(struct rules *r, struct base_id id);
struct rules_item *rules_item(struct rules *r, struct base_id id);
/** A closed one is a copy of the store's: whoever changes it touches it in the same batch. */
struct rules_hold *rules_hold(struct rules *r, struct base_id id);
struct rules_waiting *rules_waiting(struct rules *r, struct base_id id); /**< likewise */
struct rules_purchase *rules_purchase(struct rules *r, struct base_id id);
GPtrArray *rules_show_items(struct rules *r, struct rules_show *show);
struct store_moderated *rules_moderated(struct rules *r, struct rules_show *show,
                                        struct base_id account); /**< or NULL */
const struct rules_record *rules_moderated_put(struct rules *r, struct rules_show *show,
                                               const struct store_moderated *moderated);
bool rules_is_blocked(struct rules *r, struct base_id owner, struct base_id host);
void rules_block_put(struct rules *r, const struct store_block *block);
const struct store_key *rules_key(struct rules *r, struct base_id account,
                                  const uint8_t key[STORE_KEY_BYTES]); /**< or NULL */
/** Bring the scheduled and live shows of a host into memory. @return struct rules_show, unref it. */
GPtrArray *rules_shows_of(struct rules *r, struct base_id host);

/* New rows, or rows that were loaded (then clean). */
struct rules_account *rules_add_account(struct rules *r, const struct store_account *is, bool fresh);
struct rules_listing *rules_add_listing(struct rules *r, const struct store_listing *is, bool fresh);
struct rules_variant *rules_add_variant(struct rules *r, struct rules_listing *listing, const struct store_variant *is,
                                        bool fresh);
struct rules_show *rules_add_show(struct rules *r, const struct store_show *is, bool fresh);
struct rules_item *rules_add_item(struct rules *r, struct rules_show *show, const struct store_item_row *is,
                                  bool fresh);
/** Copied; its deal becomes the row's. */
struct rules_hold *rules_add_hold(struct rules *r, const struct rules_hold *is, bool fresh);
struct rules_hold *rules_load_hold(struct rules *r, const struct store_hold *is);
struct rules_waiting *rules_add_waiting(struct rules *r, const struct store_waiting *is, bool fresh);
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
/* A table from an id to a list, which is there while it is not empty. */
void rules_list_add(GHashTable *table, struct base_id id, gpointer value);
void rules_list_remove(GHashTable *table, struct base_id id, gpointer value);
/** Keep and tell a notice; its id and time are filled. */
void rules_notify(struct rules *r, const struct rules_now *now, const struct store_notice *notice);
/** Another than the owner shows it: the owner is told, once a show. */
void rules_tell_owner_featured(struct rules *r, const struct rules_now *now, struct rules_show *show,
                               const struct rules_listing *listing);

/* Deadlines. */
void rules_deadline_set(struct rules *r, struct rules_deadline *deadline, struct rules_row *owner, int64_t us);
void rules_deadline_clear(struct rules *r, struct rules_deadline *deadline);
struct rules_deadline *rules_deadline_first(struct rules *r); /**< or NULL */

/* Helpers of the deciding files. */
void rules_refuse(struct rules_answer *answer, enum show_code code, const char *detail);
bool rules_text_fits(const char *text, size_t size,
                     size_t least); /**< terminated within size, at least so many bytes */
bool rules_price_fits(int64_t price);
bool rules_may_change(struct rules *r, struct base_id actor,
                      struct base_id owner);                      /**< owner, moderator, admin or the server */
void rules_unlist_open(struct rules *r, struct rules_hold *hold); /**< it closes */
const struct rules_buyer *rules_buyer(struct rules *r,
                                      struct base_id id); /**< NULL: holds nothing; changes as holds close */
bool rules_buyer_has(const struct rules_buyer *buyer, const struct rules_hold *hold); /**< accepts NULL */
void rules_buyer_holds(struct rules *r, struct rules_hold *hold);                     /**< from now on */
void rules_buyer_holds_no_more(struct rules *r, const struct rules_hold *hold);
void rules_digest(const void *data, size_t len, uint8_t digest[STORE_KEY_BYTES]); /**< for idempotency alone */
void rules_key_digest(const char *key, uint8_t digest[STORE_KEY_BYTES]);
void rules_show_end(struct rules *r, const struct rules_now *now, struct rules_show *show);
void rules_audit(struct rules *r, const struct rules_now *now, struct base_id actor, const char *verb,
                 struct base_id object, const char *detail);

/* Items. */
void rules_item_withdraw(struct rules *r, const struct rules_now *now, struct rules_show *show,
                         struct rules_item *item);
/** Another item is featured from now on, or none (zero). */
void rules_set_featured(struct rules *r, const struct rules_now *now, struct rules_show *show, struct base_id item);
/** Whether its owner lets this host sell it at all. */
bool rules_host_may_sell(struct rules *r, const struct rules_show *show, const struct rules_listing *listing);
/** Whether its owner lets this host sell it at its present price. */
bool rules_item_allowed(struct rules *r, const struct rules_show *show, const struct rules_item *item);
int64_t rules_item_price(const struct rules_item *item, const struct rules_now *now);
/** Its flash price is over. */
void rules_flash_end(struct rules *r, struct rules_item *item);
/** A live show was loaded: its flash prices go on. */
void rules_resume_flashes(struct rules *r, const struct rules_now *now, struct rules_show *show);

/* Stock: a listing's own, or one of its variants', which is the listing's as well. */
struct rules_stock {
	struct rules_listing *listing;
	struct rules_variant *variant; /**< NULL: the listing's own */
};
/** What is added to the counts; their sum stays what was adjusted. */
struct rules_change {
	int64_t available, held, sold, adjusted;
};
bool rules_stock_find(struct rules *r, struct base_id listing, struct base_id variant, struct rules_stock *out);
/** Whether it is claimed there: not of a variant that was removed, nor of the whole where there are variants. */
bool rules_stock_is_sold(const struct rules_stock *stock);
int64_t rules_stock_available(struct rules *r, const struct rules_stock *stock);
int64_t rules_stock_held(struct rules *r, const struct rules_stock *stock);
void rules_stock_change(struct rules *r, const struct rules_stock *stock, struct rules_change change);
/** The seller has more or fewer; nothing if delta is 0. */
void rules_stock_adjust(struct rules *r, const struct rules_now *now, struct base_id actor,
                        const struct rules_stock *stock, int64_t delta);
struct rules_variant *rules_variant(struct rules *r, struct rules_listing *listing, struct base_id id); /**< or NULL */
bool rules_in_shop(struct rules *r, const struct rules_listing *listing);             /**< claimable there */
void rules_variant_name(const struct rules_variant *variant, char *out, size_t size); /**< "M, red" */

/* What is agreed. */
struct rules_terms {
	struct base_id show, item, listing, variant, photo;
	const struct store_person *seller;
	const char *title, *variant_name, *currency;
	int64_t number, price;
	struct store_terms frozen;
};
/** The deal on these terms, with one user more. */
struct rules_deal *rules_deal(struct rules *r, const struct rules_terms *terms);
void rules_deal_leave(struct rules_deal *deal); /**< one user fewer; accepts NULL */
/** A hold whole, but for the names of its buyer. */
void rules_hold_fill(const struct rules_hold *hold, struct store_hold *out);

/* Holds. */
struct rules_offer {
	struct rules_show *show; /**< NULL: out of the shop */
	struct rules_item *item; /**< likewise */
	struct rules_stock stock;
	struct base_id buyer;
	int64_t quantity, price;
};
/** @return what the buyer would hold and wait for too much of; NULL: nothing. */
const char *rules_over_limits(struct rules *r, const struct rules_offer *offer);
/** The stock must have it. */
struct rules_hold *rules_hold_make(struct rules *r, const struct rules_now *now, const struct rules_offer *offer);
/** Close an open hold as released or expired, sell it, or take a sold one back as returned; stock, counts and events
 * follow. Who waits is served by rules_serve, at the end of the step. */
void rules_hold_close(struct rules *r, struct rules_hold *hold, enum store_hold_state state);
/** A ban: give back what the buyer holds unpaid; show NULL: everywhere. Payments under way are given back when they are
 * captured. */
void rules_void_holds(struct rules *r, const struct rules_now *now, struct base_id buyer, const struct base_id *show);
/** A ban from the market: nobody holds anything of the seller's any more; what is being paid to the seller is given
 * back when it is captured. */
void rules_void_sales(struct rules *r, const struct rules_now *now, struct base_id seller);
/** Give a hold back if its buyer may not have it any more, or nobody may have it of its seller. @return false: it may
 * be had. */
bool rules_taken_by_a_ban(struct rules *r, const struct rules_now *now, struct rules_hold *hold);

/* The waitlist. */
struct rules_queue *rules_queue(struct rules *r, struct base_id listing, struct base_id variant); /**< or NULL */
int64_t rules_waits_of_listing(struct rules *r, struct rules_listing *listing);                   /**< how many wait */
GPtrArray *rules_waits_of_buyer(struct rules *r, struct base_id buyer); /**< or NULL; changes as they end */
struct rules_waiting *rules_wait_join(struct rules *r, const struct rules_now *now, const struct rules_offer *offer);
void rules_wait_end(struct rules *r, struct rules_waiting *waiting, enum store_waiting_state state);
/** Absent for too long: the place is given up, and its buyer told on coming back. */
void rules_wait_lapse(struct rules *r, const struct rules_now *now, struct rules_waiting *waiting);
/** A ban: the buyer waits no longer; show NULL: everywhere. */
void rules_void_waits(struct rules *r, struct base_id buyer, const struct base_id *show);
/** This stock may have something for those who wait. */
void rules_stock_freed(struct rules *r, struct base_id listing, struct base_id variant);
/** The end of every step (a command, a deadline, a payment): what was freed goes to those who wait. */
void rules_serve(struct rules *r, const struct rules_now *now);

/** Decide one command. The method is the payment provider's word for the card (NULL: none). */
void rules_decide(struct rules *r, const struct rules_now *now, const struct show_command *command, const char *method,
                  struct rules_answer *answer);
/** Do what its time has come for. */
void rules_tick(struct rules *r, const struct rules_now *now);
/** Only the first of them. @return whose deadline it was; NULL: there was none. */
struct rules_row *rules_tick_one(struct rules *r, const struct rules_now *now);
/** Nothing of this row's before then, for it cannot be stored. Others are ignored. */
void rules_postpone(struct rules *r, enum rules_kind kind, struct base_id id, int64_t us);
/** Deadlines run on the monotonic clock: when the wall clock was set, say anew what time that will be. */
void rules_follow_wall_clock(struct rules *r, const struct rules_now *now);
/** @return the next monotonic time at which rules_tick has work [µs]; INT64_MAX: none. */
int64_t rules_next_us(struct rules *r);
/** The host's picture came or went. */
void rules_picture(struct rules *r, const struct rules_now *now, struct base_id show, bool picture);
/** An account has its first connection, or lost its last. */
void rules_presence(struct rules *r, const struct rules_now *now, struct base_id account, bool present);
/** A show is live from now, or was when it was loaded: watch for its host. */
void rules_watch_host(struct rules *r, const struct rules_now *now, struct rules_show *show);
void rules_unwatch_host(struct rules *r, struct rules_show *show);
/** A provider has decided a paying order; PAY_UNKNOWN changes nothing. Answers as its checkout is to be answered. */
void rules_settle(struct rules *r, const struct rules_now *now, struct base_id order, const struct pay_result *result,
                  struct rules_answer *answer);
/** What was owed of an order's payment was given back. */
void rules_refunded(struct rules *r, const struct rules_now *now, struct base_id order);
/** What was captured of it is to be given back in full. */
void rules_owe_refund(struct rules *r, struct rules_purchase *purchase);
/** The time of a paying order is over: its provider is to expire it. */
void rules_purchase_due(struct rules *r, struct rules_purchase *purchase);
/** It may be paid until then [monotonic µs]. */
void rules_purchase_until(struct rules *r, const struct rules_now *now, struct rules_purchase *purchase, int64_t us);
/** Present state of an order as an answer to the checkout that made it. */
void rules_answer_purchase(const struct rules_purchase *purchase, struct rules_answer *answer);
/** An open hold as the store has it. @param least_ms what it keeps at least: after a restart, some; else 0. */
void rules_resume_hold(struct rules *r, const struct rules_now *now, const struct store_hold *is, int64_t least_ms);
/** An unsettled order as the store has it. @param least_ms what it keeps at least to be paid: after a restart, some. */
void rules_resume_purchase(struct rules *r, const struct rules_now *now, const struct store_purchase *is,
                           int64_t least_ms);
/** Who waits, as the store has it: absent from now on, or as it was before rules_forget. */
void rules_resume_waiting(struct rules *r, const struct rules_now *now, const struct store_waiting *is);

/** Fill what the outside sees, from memory; zeroed before its first use, and then used again as it is. Of an event only
 * what its type speaks of is filled. */
void rules_fill_result(struct rules *r, const struct rules_answer *answer, struct show_result *result);
/** All but the item, which is that of the answer already. */
void rules_fill_around_item(struct rules *r, const struct rules_answer *answer, struct show_result *result);
void rules_fill_event(struct rules *r, const struct rules_event *event, struct show_event *out);

/** Assert what must always hold. @return NULL, or what is wrong. */
const char *rules_check(struct rules *r);
#endif
