/* What the store keeps, as plain structs. Text is bounded and NUL-terminated UTF-8; money in minor units; times UTC
 * [ms], 0: none. */
#ifndef TRUNKSHOW_STORE_RECORDS_H
#define TRUNKSHOW_STORE_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

#define STORE_NAME_BYTES 64
#define STORE_TITLE_BYTES 256
#define STORE_TEXT_BYTES 4096
#define STORE_PRICE_MAX INT64_C(100000000000) /**< so that sums of orders cannot overflow */
#define STORE_COUNT_MAX INT64_C(1000000)
#define STORE_VARIANTS_MAX 40   /**< of one listing, without the removed */
#define STORE_VARIANTS_EVER 400 /**< with the removed, which stay because holds and orders name them */
#define STORE_KEY_BYTES 16
#define STORE_TOTAL_MAX INT64_C(9007199254740991) /**< 2^53 - 1: every JSON reader has it exactly (RFC 8259 §6) */

enum store_role { STORE_USER, STORE_MODERATOR, STORE_ADMIN };
enum store_hosting { STORE_HOSTING_NO, STORE_HOSTING_ASKED, STORE_HOSTING_APPROVED };
enum store_show_state { STORE_SHOW_SCHEDULED, STORE_SHOW_LIVE, STORE_SHOW_ENDED };
enum store_hold_state {
	STORE_HOLD_ACTIVE,
	STORE_HOLD_PAYING,
	STORE_HOLD_SOLD,
	STORE_HOLD_RELEASED,
	STORE_HOLD_EXPIRED,
	STORE_HOLD_RETURNED /**< was sold; its order was cancelled before it was shipped */
};
enum store_order_state {
	STORE_ORDER_PAYING,
	STORE_ORDER_PAID,
	STORE_ORDER_FAILED,
	STORE_ORDER_CANCELLED,
	STORE_ORDER_SHIPPED
};
enum store_refund { STORE_REFUND_NONE, STORE_REFUND_OWED, STORE_REFUND_DONE };
enum store_waiting_state {
	STORE_WAITING,
	STORE_WAITING_SERVED, /**< became a hold */
	STORE_WAITING_LEFT,   /**< by its own wish, or banned */
	STORE_WAITING_LAPSED, /**< absent for too long */
	STORE_WAITING_CLOSED  /**< its turn came and could not be: price risen, sold out for good, withdrawn */
};

struct store_person {
	struct base_id id;
	char username[STORE_NAME_BYTES], display_name[STORE_NAME_BYTES];
};

struct store_account {
	struct store_person person;
	enum store_role role;
	enum store_hosting hosting;
	bool banned;
	int64_t shipping; /**< what a seller asks for one parcel, in the market's currency; 0: nothing */
	int64_t created_ms;
	char password_hash[128]; /**< argon2id; filled by store_account_by_username alone */
};

struct store_community {
	bool ok, auction;
	int64_t floor;
};

/** A size or colour of a listing, with its own stock. */
struct store_variant {
	struct base_id id, listing;
	char size[32], colour[32];               /**< at least one is not empty; unique in the listing */
	int64_t available, held, sold, adjusted; /**< available + held + sold == adjusted */
	int64_t position;
	bool removed; /**< not claimable any more; what is held of it stands */
};

/** Where a listing has variants, its own stock is their sum. */
struct store_listing {
	struct base_id id;
	struct store_person seller;
	char title[STORE_TITLE_BYTES], description[STORE_TEXT_BYTES], size[32], brand[64];
	int64_t price;
	char currency[4];
	int64_t available, held, sold, adjusted; /**< available + held + sold == adjusted */
	struct base_id photo;                    /**< zero: none; the file is data_dir/photos/<id>.jpg */
	int64_t variants;                        /**< how many are not removed */
	bool shop;                               /**< on its seller's shop page, and claimable there */
	struct store_community community;
	int64_t created_ms;
};

struct store_show {
	struct base_id id;
	struct store_person host;
	char title[STORE_TITLE_BYTES];
	enum store_show_state state;
	int64_t starts_ms, started_ms, ended_ms, created_ms;
	char publish_key[48];    /**< secret: only for the host */
	struct base_id featured; /**< item; zero: none */
	bool recorded;           /**< it has a recording that was not removed */
};

struct store_item {
	struct base_id id, show;
	int64_t number, position; /**< number: fixed for its show, from 1 */
	int64_t price;            /**< in this show; currency is the listing's */
	int64_t flash_price;      /**< instead of it until flash_until_ms */
	int64_t flash_until_ms;   /**< 0: none */
	int64_t waiting;          /**< how many wait for this listing, in whichever show */
	int64_t claimed;          /**< units held or sold through this item */
	bool removed;
	struct store_listing listing;
};

/** What an item costs at a time [UTC ms]. */
static inline int64_t store_price_at(int64_t price, int64_t flash_price, int64_t flash_until_ms, int64_t now_ms)
{
	return now_ms < flash_until_ms ? flash_price : price;
}

/** What was agreed when it was claimed. */
struct store_terms {
	struct base_id host; /**< who showed it, for credit; zero: its seller, or out of the shop */
	bool community;      /**< shown by another than its seller */
	int64_t floor;       /**< the owner's, at that time */
};

struct store_hold {
	struct base_id id, show, item, listing, variant,
	        order; /**< show, item: zero when claimed in the shop;
	                    variant: zero without; order: zero until checkout */
	struct store_person buyer, seller;
	char title[STORE_TITLE_BYTES];
	char variant_name[80]; /**< "M, red" */
	int64_t number;        /**< the item's, in its show; 0: shop */
	struct base_id photo;
	int64_t quantity, price; /**< frozen, each */
	struct store_terms terms;
	char currency[4];
	enum store_hold_state state;
	int64_t created_ms, expires_ms;
	uint8_t key[STORE_KEY_BYTES], body[STORE_KEY_BYTES]; /**< digests of the idempotency key that made it, and of
	                                                          what came with it; zero: none */
};

/** One who waits for what others hold. The queue is the listing's (the variant's), across shows and shop, by id. */
struct store_waiting {
	struct base_id id, show, item, listing, variant, hold; /**< hold: what it became; zero: none */
	struct store_person buyer;
	char title[STORE_TITLE_BYTES], variant_name[80];
	int64_t quantity, price; /**< the price that the buyer saw */
	int64_t place;           /**< 1: next; 0 unless waiting. Not stored: counted */
	enum store_waiting_state state;
	int64_t created_ms;
};

struct store_address {
	char name[128], line1[128], line2[128], city[64], postcode[32], country[3];
};

struct store_order {
	struct base_id id;
	struct store_person buyer, seller;
	enum store_order_state state;
	int64_t total;    /**< with shipping */
	int64_t shipping; /**< once for all that ships together */
	char currency[4];
	struct store_address address;
	char payment[64];
	char failure[64];
	bool confirm; /**< paying, and the provider waits for the buyer's own confirmation */
	enum store_refund refund;
	char carrier[32], tracking[64];
	int64_t created_ms, paid_ms, shipped_ms, cancelled_ms;
};

struct store_order_line {
	struct base_id listing, hold;
	char title[STORE_TITLE_BYTES], variant_name[80];
	int64_t number;
	struct store_terms terms; /**< frozen */
	struct store_person host; /**< of the terms, when read */
	struct base_id photo;
	int64_t quantity, price;
};

enum store_account_kind {
	STORE_BUYER,
	STORE_SELLER,
	STORE_PLATFORM_FEE,
	STORE_SHIPPING, /**< the seller's, who ships */
	STORE_PROVIDER_CASH,
	STORE_PROVIDER_FEE,
	STORE_TAX
};
enum store_transaction_kind { STORE_PAYMENT, STORE_SALE, STORE_REVERSAL };

/** One line of the ledger. The postings of a transaction sum to zero per currency; nothing is ever changed, only
 * reversed. Debits are positive. */
struct store_posting {
	struct base_id transaction, order, reverses; /**< reverses: the transaction that this one undoes; zero: none */
	enum store_transaction_kind kind;
	enum store_account_kind account;
	struct base_id owner; /**< buyer, seller; zero: the market */
	int64_t amount;
	char currency[4];
	int64_t at_ms;
};

struct store_amount {
	int64_t amount;
	char currency[4];
};

/** When an item was shown to everybody: what becomes a chapter. */
struct store_feature {
	struct base_id id, show, item, listing;
	int64_t from_ms, to_ms; /**< to: 0 while it is */
};

enum store_recording_state {
	STORE_RECORDING, /**< it is still being written, or was when the server died */
	STORE_RECORDED,
	STORE_RECORDING_REMOVED /**< by its host, an admin or its age: neither files nor clips */
};

/** A show has at most one. */
struct store_recording {
	struct base_id show;
	struct base_id host; /**< when read, like the next two */
	char title[STORE_TITLE_BYTES];
	bool host_banned;
	enum store_recording_state state;
	bool full;                  /**< it was stopped for want of room */
	int64_t bytes, duration_ms; /**< when it is closed */
	int64_t clip_bytes;         /**< not in `bytes`; when read */
	int64_t begun_ms, ended_ms; /**< ended: when it is closed */
};

#define STORE_CLIP_MS INT64_C(60000) /**< a clip's longest */
enum store_clip_state { STORE_CLIP_MADE, STORE_CLIP_FAILED };

/** The moment of a listing in a show, one of each; its files go with the recording. */
struct store_clip {
	struct base_id id, show, listing, item;
	char title[STORE_TITLE_BYTES]; /**< the show's, when read */
	enum store_clip_state state;
	int64_t from_ms, wanted_ms; /**< what was to be cut */
	int64_t duration_ms, bytes; /**< what it became */
	int64_t made_ms;
};

enum store_notice_code {
	STORE_NOTICE_FEATURED,       /**< owner: a host shows your listing */
	STORE_NOTICE_COMMUNITY_SOLD, /**< owner: a host sold it */
	STORE_NOTICE_WITHDRAWN,      /**< host: its owner took it back */
	STORE_NOTICE_BLOCKED,        /**< host: an owner no longer wants you to sell theirs */
	STORE_NOTICE_YOUR_TURN,      /**< buyer: from the waitlist to a hold */
	STORE_NOTICE_WAIT_ENDED,     /**< buyer: the turn came and could not be; `amount` is the present price */
	STORE_NOTICE_SECOND_CHANCE,  /**< buyer: the host holds it for you again */
	STORE_NOTICE_SOLD,           /**< seller: an order was paid */
	STORE_NOTICE_SHIPPED,        /**< buyer */
	STORE_NOTICE_CANCELLED,      /**< the other side of the order */
	STORE_NOTICE_REFUNDED,       /**< buyer: the money is on its way back */
	STORE_NOTICE_WAIT_LAPSED,    /**< buyer: away for too long, the place in line was given up; `amount` is the
	                                price that was seen */
	STORE_NOTICE_DISK_FULL,      /**< host and admins: a show is not recorded any more; title: the show's */
	STORE_NOTICE_SELLER_BANNED,  /**< buyer: no longer held, for its seller may not sell any more */
	STORE_NOTICE_CLAIM_VOIDED    /**< buyer: no longer held, for the buyer was banned */
};

/** Something that a person should know, also when not there at the moment. */
struct store_notice {
	struct base_id id, account;
	enum store_notice_code code;
	struct store_person actor; /**< who did it; zero id: the market */
	struct base_id show, listing, order, hold;
	char title[STORE_TITLE_BYTES]; /**< the listing's or the first line's */
	int64_t quantity;
	struct store_amount amount;
	int64_t at_ms;
	bool read;
};

/** What a host sold for others: pride, not money. */
struct store_credit {
	int64_t items, sellers; /**< units that found a home; different sellers helped */
	struct store_amount value[8];
	size_t values;
};

struct store_audit {
	struct base_id id;
	int64_t at_ms;
	struct store_person actor;
	char verb[32], object[64], detail[256];
};
#endif
