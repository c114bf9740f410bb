/* The show controller: one thread that owns shows, stock, claims, orders, timers and the store's one writer.
 *
 * A command is posted from any thread. The show thread takes everything that waits, decides it in arrival order in
 * memory, writes all of it in one transaction, and only after the commit calls each command's `done` and then reports
 * what changed as events. So what was answered is durable. Permission (`may`) is decided by the caller; the controller
 * checks what is true of the market (ownership of a hold, state, stock, price) and answers SHOW_FORBIDDEN where an
 * object is neither the actor's nor the actor a moderator of the market; an actor whose account is banned is answered
 * SHOW_BANNED. Several copies of one key in flight are one order; used keys are known for `keys_days`. */
#ifndef TRUNKSHOW_SHOW_SHOW_H
#define TRUNKSHOW_SHOW_SHOW_H

#include <stddef.h>

#include "base/mailbox.h"
#include "base/settings.h"
#include "pay/pay.h"
#include "store/store.h"

/** The process ends with this (sysexits' EX_IOERR) when the disk failed and what it holds is unknown; the next start
 * recovers. */
#define SHOW_EXIT_STORE 74

struct show_controller;

enum show_verb {
	SHOW_ACCOUNT_CREATE, /**< account {username, display_name, password_hash, role, hosting} -> account; SHOW_EXISTS
	                      */
	SHOW_ACCOUNT_UPDATE, /**< account id; sets role, hosting, banned, shipping as masked by `mask` -> account; a
	                        ban voids all unpaid claims by it and on it, and the payments to it that are under way,
	                        and ends all its waiting and its live shows */
	SHOW_SESSION_CREATE, /**< target account, token_hash, until_ms */
	SHOW_SESSION_DELETE, /**< token_hash */
	SHOW_LISTING_CREATE, /**< listing (available is the first stock), variants (then available is zero) -> listing
	                      */
	SHOW_LISTING_UPDATE, /**< listing_id, fields by mask, stock_delta, variants -> listing; SHOW_INVALID: stock
	                        below zero, two variants alike, stock_delta of the whole where there are variants, first
	                        variants while units are held */
	SHOW_LISTING_PHOTO,  /**< listing id, photo id -> listing */
	SHOW_CREATE,         /**< show {title, starts_ms} -> show with its publish key */
	SHOW_UPDATE,         /**< show {title, starts_ms} by mask -> show */
	SHOW_START,
	SHOW_END,         /**< -> show; already so: SHOW_OK, `repeated`; SHOW_INVALID: start of an ended show */
	SHOW_NEW_KEY,     /**< -> show */
	SHOW_DROP_KEY,    /**< -> show; no key opens it any more */
	SHOW_ITEM_ADD,    /**< show, listing, price (0: the listing's) -> item; SHOW_FORBIDDEN: neither the host's nor
	                     community; SHOW_INVALID: below the floor; SHOW_EXISTS */
	SHOW_ITEM_UPDATE, /**< item (show_id zero: whichever it is in); price, flash (price until until_ms; 0 ends it),
	                     position by mask (1: first; the rest moves) -> item */
	SHOW_ITEM_REMOVE, /**< unfeatures first; open holds stand */
	SHOW_FEATURE,
	SHOW_UNFEATURE,
	SHOW_CLAIM, /**< show and item, or neither and listing (out of the shop); variant, quantity, price, key -> hold
	               or waiting; see show_result.code */
	SHOW_RELEASE,       /**< hold -> hold */
	SHOW_WAIT_LEAVE,    /**< waiting_id -> waiting */
	SHOW_SECOND_CHANCE, /**< by the host or the seller: waiting_id or hold_id whose turn passed by, of show or
	                       listing (zero: any) -> hold, on the terms of then, never below the floor; SHOW_SOLD_OUT:
	                       nothing available */
	SHOW_CHECKOUT,   /**< seller, address, key, card, the sum seen (price, with SHOW_SET_PRICE) -> order of all that
	                    is held from the seller, in the currency of the oldest hold, with the seller's shipping;
	                    SHOW_PRICE_CHANGED: it is more than was seen; answered once the provider has decided, or waits
	                    for the buyer (order.confirm), and that is stored */
	SHOW_PAYMENT,    /**< order_id, payment: what a provider tells by itself, maybe twice and late -> order */
	SHOW_ORDER_SHIP, /**< order_id, carrier, tracking; by its seller; again corrects them -> order */
	SHOW_ORDER_CANCEL, /**< order_id; by its buyer or seller before it is shipped -> order; refund owed, stock back
	                    */
	SHOW_BLOCK,        /**< account_id (a host), banned: the actor's listings leave that host's shows */
	SHOW_NOTICES_READ, /**< notice_id: up to and with it */
	SHOW_MODERATE, /**< show, target account; muted_until_ms, banned by mask; a ban voids the target's unpaid claims
	                  in that show */
	SHOW_RECORDING,        /**< by the server: recording as it is now (begun_ms and full stay once they are set);
	                          full for the first time: host and admins are told. SHOW_EXPIRED: it was removed */
	SHOW_RECORDING_REMOVE, /**< show_id; with its clips. SHOW_INVALID: the show is on air;
	                          SHOW_NOT_FOUND: there is none */
	SHOW_CLIP,             /**< by the server: clip. SHOW_EXPIRED: its recording was removed */
	SHOW_AUDIT,            /**< verb, object, detail, written beside other commands */
	SHOW_VERBS
};

/** What a command may change, for the masked verbs. */
enum show_mask {
	SHOW_SET_TITLE = 1,
	SHOW_SET_DESCRIPTION = 2,
	SHOW_SET_PRICE = 4,
	SHOW_SET_SIZE = 8,
	SHOW_SET_BRAND = 16,
	SHOW_SET_COMMUNITY_OK = 32,
	SHOW_SET_STOCK = 64,
	SHOW_SET_STARTS = 128,
	SHOW_SET_POSITION = 256,
	SHOW_SET_ROLE = 512,
	SHOW_SET_HOSTING = 1024,
	SHOW_SET_BANNED = 2048,
	SHOW_SET_MUTED = 4096,
	SHOW_SET_SHOP = 8192,
	SHOW_SET_FLASH = 16384,
	SHOW_SET_SHIPPING = 32768,
	SHOW_SET_COMMUNITY_FLOOR = 65536,
	SHOW_SET_COMMUNITY_AUCTION = 131072,
	SHOW_SET_COMMUNITY = SHOW_SET_COMMUNITY_OK | SHOW_SET_COMMUNITY_FLOOR | SHOW_SET_COMMUNITY_AUCTION,
	SHOW_SET_COLOUR = 262144
};

enum show_code {
	SHOW_OK,
	SHOW_HELD,
	SHOW_WAITLISTED, /**< result.waiting has the place */
	SHOW_SOLD_OUT,
	SHOW_PRICE_CHANGED, /**< price has the present one */
	SHOW_KEY_CONFLICT,  /**< this key came before with another body */
	SHOW_LIMIT,         /**< open holds per buyer or item */
	SHOW_NOT_LIVE,      /**< show not live, or item not in this show's run */
	SHOW_DECLINED,      /**< payment refused; holds are active again with what time they had, at least 60 s */
	SHOW_BANNED,
	SHOW_NOT_FOUND,
	SHOW_FORBIDDEN, /**< the object is not the actor's */
	SHOW_INVALID,   /**< `detail` says what */
	SHOW_EXISTS,
	SHOW_EXPIRED,    /**< hold no longer open */
	SHOW_RETRY,      /**< the commit failed, nothing changed: try again */
	SHOW_UNAVAILABLE /**< read-only or full store */
};

struct show_result {
	enum show_code code;
	char detail[160];
	struct store_account account;
	struct store_listing listing;
	struct store_show show;
	struct store_item item;
	struct store_hold hold;
	struct store_waiting waiting;
	struct store_order order;
	int64_t price, stock; /**< of a claim that was refused */
	bool repeated;        /**< answered from an earlier command with this key */
};

/** A change to one variant of a listing. */
struct show_variant {
	struct base_id id;         /**< zero: a new one */
	char size[32], colour[32]; /**< of a new one; else as masked */
	int64_t stock_delta;
	uint32_t mask;
	bool removed; /**< take it away; its available units are adjusted to zero */
};

struct show_command {
	struct base_mail mail; /**< the controller's; first */
	enum show_verb verb;
	struct base_id actor; /**< zero: the server itself */
	uint32_t mask;
	int64_t arrived_us; /**< monotonic; order within a batch */
	struct base_id show_id, item_id, listing_id, variant_id, hold_id, waiting_id, order_id, notice_id, account_id,
	        seller_id;
	int64_t quantity, price, position, stock_delta, until_ms;
	bool banned;
	bool as_shown; /**< of a claim: its author named no price, so that it is no part of what the key stands for */
	char key[64];
	char card[20];
	char carrier[32], tracking[64];
	struct show_variant *variants; /**< malloc'd by the poster, freed with the command; NULL: none */
	size_t variants_count;
	uint8_t token_hash[32];
	/** Called once, on the show thread, after the commit (or the refusal). Must not block; frees nothing of the
	 * command's. */
	void (*done)(struct show_command *command, const struct show_result *result, void *ctx);
	void *ctx;
	/* What is large comes last: SHOW_CLAIM, SHOW_RELEASE and SHOW_WAIT_LEAVE, which come by the thousand, are
	 * allocated without it. */
	struct store_account account;
	struct store_listing listing;
	struct store_show show;
	struct store_address address;
	struct pay_result payment;
	struct store_audit audit;
	struct store_recording recording;
	struct store_clip clip;
};
#define SHOW_COMMAND_SMALL offsetof(struct show_command, account) /**< bytes of one without what is large */

enum show_event_type {
	SHOW_EVENT_SHOW,     /**< state, title, key, featured */
	SHOW_EVENT_FEATURED, /**< show; item (zero id: unfeatured) */
	SHOW_EVENT_ITEM,     /**< price, flash, stock, variants, claimed, waiting changed */
	SHOW_EVENT_ITEM_REMOVED,
	SHOW_EVENT_CLAIMED,    /**< hold (with buyer) */
	SHOW_EVENT_HOLD,       /**< hold changed state, for its buyer */
	SHOW_EVENT_WAITING,    /**< waiting changed state or place, for its buyer, and the host */
	SHOW_EVENT_NOTICE,     /**< for its account */
	SHOW_EVENT_ORDER,      /**< order changed state */
	SHOW_EVENT_ACCOUNT,    /**< role, hosting, banned changed */
	SHOW_EVENT_RECORDING,  /**< recording: begun, closed, removed */
	SHOW_EVENT_MODERATION, /**< show.id, account.person.id, muted until `until_ms`, banned */
	SHOW_EVENT_AUDIT
};

/** What the type speaks of is filled; the rest is of no event or of an earlier one. */
struct show_event {
	enum show_event_type type;
	struct store_show show;
	struct store_item item;
	struct store_hold hold;
	struct store_waiting waiting;
	struct store_notice notice;
	struct store_order order;
	struct store_account account;
	const struct store_variant *variants; /**< of item's listing, without the removed; valid during the call */
	size_t variants_count;
	struct store_audit audit; /**< of SHOW_EVENT_AUDIT */
	struct store_recording recording;
	int64_t until_ms;
	bool banned;
};

struct show_config {
	const struct base_settings *settings;
	struct store *store; /**< taken over by the show thread until it stops */
	struct pay_provider *provider;
	/** Run a blocking call elsewhere: the app gives its jobs pool. @return 0; -EAGAIN */
	int (*run_blocking)(void (*run)(void *arg), void *arg, void *ctx);
	/** After each commit, on the show thread, for each change, in order. Valid during the call. */
	void (*on_event)(const struct show_event *event, void *ctx);
	void *ctx;
};

/** Load what is live (the rest comes when it is asked for) and every open hold, resume clocks (a hold keeps at least 60
 * s), settle orders that were paying, start the thread.
 *  @return 0; -EIO; -ENOMEM. */
__attribute__((warn_unused_result)) int show_controller_start(const struct show_config *config,
                                                              struct show_controller **out);
/** Decide what waits, commit, stop the thread, free. Accepts NULL. */
void show_controller_stop(struct show_controller *controller);

struct show_command *
show_command_new(enum show_verb verb); /**< zeroed; freed by the controller after done, card wiped */
/** Takes ownership. Thread: any. */
void show_controller_post(struct show_controller *controller, struct show_command *command);

/** The host's picture came or went, from media: drives "host absent for host_absent_s ends the show". Thread: any. */
void show_controller_picture(struct show_controller *controller, struct base_id show, bool picture);

/** An account has its first connection, or lost its last: who waits and is absent for `wait_absent_s` leaves the
 * waitlist. After a start all are taken for absent from then on. Thread: any. */
void show_controller_presence(struct show_controller *controller, struct base_id account, bool present);
#endif
