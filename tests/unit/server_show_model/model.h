/* The rules of the market once more, from their description alone: arrays, linear scans, one word for each rule. Small
 * enough to be believed by reading. The schedules are run against this and against the real engine, and every answer
 * and every row must agree.
 *
 * Where the description leaves a refusal open (which of two reasons is named first), the model holds a set of answers
 * for right; what follows from an answer is never open. */
#ifndef TEST_SERVER_SHOW_MODEL_H
#define TEST_SERVER_SHOW_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pay/pay.h"
#include "show/show.h"

#define NONE (-1)
#define BIT(code) (1u << (code))
#define ANY_REFUSAL (~(BIT(SHOW_OK) | BIT(SHOW_HELD) | BIT(SHOW_WAITLISTED) | BIT(SHOW_RETRY) | BIT(SHOW_UNAVAILABLE)))

enum {
	ACCOUNTS = 11,
	LISTINGS = 6,
	VARIANTS = 40,
	SHOWS = 4,
	ITEMS = 48,
	HOLDS = 1200,
	WAITS = 800,
	ORDERS = 600,
	KEYS = 1600,
	LINES = 12,
	CURRENCIES = 2
};

/* Who is who: the admin, two sellers, two hosts (who sell as well), the rest buys. */
enum { ADMIN = 0, SELLER = 1, HOST = 3, BUYER = 5 };

enum stock_place { AVAILABLE, HELD, SOLD, OUTSIDE };

struct m_stock {
	int64_t units[3], adjusted; /* by enum stock_place */
};

struct m_account {
	bool banned, present;
	int64_t shipping, absent_us; /* since when */
};

struct m_listing {
	int seller, currency;
	struct m_stock stock;
	bool shop, ok;
	int64_t price, floor;
};

struct m_variant {
	int listing;
	struct m_stock stock;
	bool removed;
};

struct m_show {
	int host;
	enum store_show_state state;
	bool banned[ACCOUNTS];
};

struct m_item {
	int show, listing;
	int64_t price, flash_price, flash_until_ms, claimed;
	bool removed;
};

/* What is claimed: a place to claim it from, and which of its kinds. */
struct m_what {
	int listing, variant, show, item; /* show, item: NONE out of the shop */
};

struct m_hold {
	struct m_what what;
	int born; /* the how manieth of all that was made: who is older is due first at the same time */
	int buyer, order;
	int64_t quantity, price, deadline_us;
	bool community;
	int64_t floor;
	enum store_hold_state state;
};

struct m_wait {
	struct m_what what;
	int born, buyer, hold;
	int64_t quantity, price, absent_us; /* absent since, when that began after joining */
	enum store_waiting_state state;
};

struct m_line {
	int hold;
	int64_t quantity, price;
};

struct m_order {
	int born, buyer, seller, currency, key;
	enum store_order_state state;
	enum store_refund refund;
	int64_t total, shipping, deadline_us, provider_fee;
	bool confirm, voided, expiring;
	struct m_line lines[LINES];
	int count;
};

struct m_key {
	int account, key, object; /* a hold, a wait or an order */
	enum { KEY_HOLD, KEY_WAIT, KEY_ORDER } kind;
	int64_t body[7];
	bool used;
};

struct m_limits {
	int64_t hold_ms, least_ms, per_buyer, per_item, waits, absent_us, fee_bp, tax_bp;
};

struct model {
	struct m_limits limits;
	int64_t now_us, now_ms;
	struct m_account accounts[ACCOUNTS];
	struct m_listing listings[LISTINGS];
	struct m_variant variants[VARIANTS];
	struct m_show shows[SHOWS];
	struct m_item items[ITEMS];
	struct m_hold holds[HOLDS];
	struct m_wait waits[WAITS];
	struct m_order orders[ORDERS];
	struct m_key keys[KEYS];
	int born, variants_count, items_count, holds_count, waits_count, orders_count, keys_count;
	bool blocked[ACCOUNTS][ACCOUNTS]; /* owner, host */
	struct m_what freed[64];          /* stocks that changed and are still to be served */
	int freed_count;
	int64_t balance[STORE_TAX + 1][ACCOUNTS + 1][CURRENCIES]; /* the market's own is the last */
};

/* What the engine answered. Objects are looked up when the step is over: NONE, none or not known yet. */
struct m_seen {
	bool answered, repeated;
	enum show_code code;
	int64_t price, place;
};

/* What it should have answered. */
struct m_answer {
	bool wrong; /* the code is not among those that are right */
	char why[160];
	int hold, wait, order; /* that must be named; NONE: any */
	int waits_for;         /* an order whose payment is waited for; NONE: answered */
};

struct m_claim {
	int buyer, key;
	struct m_what what;
	int64_t quantity, price;
};

struct m_change { /* of a listing */
	int64_t price, floor, delta;
	bool set_price, set_shop, shop, set_community, ok;
	int variant; /* NONE: the listing itself; VARIANTS: a new one */
	bool variant_removed;
};

void model_open(struct model *m, const struct m_limits *limits);

void model_claim(struct model *m, const struct m_claim *claim, const struct m_seen *seen, struct m_answer *out);
void model_release(struct model *m, int actor, int hold, const struct m_seen *seen, struct m_answer *out);
void model_leave(struct model *m, int actor, int wait, const struct m_seen *seen, struct m_answer *out);
void model_second_chance(struct model *m, int actor, int hold, int wait, const struct m_seen *seen,
                         struct m_answer *out);
void model_checkout(struct model *m, int buyer, int seller, int address, int key, const struct m_seen *seen,
                    struct m_answer *out);
void model_cancel(struct model *m, int actor, int order, const struct m_seen *seen, struct m_answer *out);
void model_ship(struct model *m, int actor, int order, const struct m_seen *seen, struct m_answer *out);
void model_ban(struct model *m, int account, bool banned, const struct m_seen *seen, struct m_answer *out);
void model_ban_from(struct model *m, int show, int account, bool banned, const struct m_seen *seen,
                    struct m_answer *out);
void model_block(struct model *m, int owner, int host, bool blocked, const struct m_seen *seen, struct m_answer *out);
void model_listing(struct model *m, int listing, const struct m_change *change, const struct m_seen *seen,
                   struct m_answer *out);
void model_add_item(struct model *m, int show, int listing, int64_t price, const struct m_seen *seen,
                    struct m_answer *out);
void model_item(struct model *m, int item, const int64_t *price, const int64_t *flash, int64_t until_ms,
                const struct m_seen *seen, struct m_answer *out);
void model_remove_item(struct model *m, int item, const struct m_seen *seen, struct m_answer *out);
void model_end_show(struct model *m, int show, const struct m_seen *seen, struct m_answer *out);

void model_presence(struct model *m, int account, bool present);
/** A payment was decided, by the answer to a question or by a notification. */
void model_payment(struct model *m, int order, enum pay_outcome outcome, int64_t provider_fee);
void model_refunded(struct model *m, int order);
/** What is due at the present time. */
void model_tick(struct model *m);
int64_t model_next_us(const struct model *m); /* when something is due; INT64_MAX: never */
/** The server was gone and is back. */
void model_restart(struct model *m);

/** @return what an answer to the checkout of a decided order may be. */
bool model_checkout_code(const struct model *m, int order, enum show_code code);
int64_t model_price(const struct model *m, const struct m_what *what);
int64_t model_units(const struct model *m, const struct m_what *what,
                    int place); /* of a variant, or of the plain stock */
bool model_has_variants(const struct model *m, int listing);
bool model_sells(const struct model *m, const struct m_what *what); /* while a show is live, and after */
int64_t most_of(int64_t a, int64_t b);
int64_t least_of(int64_t a, int64_t b);

/* Between the files of the model. */

/** Whether the answer is right: `must` are refusals of which one has to come, `may` those that the description leaves
 * open. @return true: it has to succeed, or did. */
bool model_accept(struct m_answer *out, const struct m_seen *seen, unsigned must, unsigned may, unsigned success);
unsigned model_actor_refusals(const struct model *m, int actor);
struct m_key *model_find_key(struct model *m, int account, int key);
void model_use_key(struct model *m, int account, int key, int kind, int object, const int64_t body[7]);
bool model_host_may(const struct model *m, int host, int listing, int64_t price);
int model_queue_length(const struct model *m, int listing);
bool model_is_open(const struct m_hold *hold);
void model_move(struct model *m, const struct m_what *what, int from, int to, int64_t units);
void model_free(struct model *m, const struct m_what *what);                   /**< this stock is to be served */
void model_close_hold(struct model *m, int hold, enum store_hold_state state); /**< its stock is to be served */
void model_serve(struct model *m);
#endif
