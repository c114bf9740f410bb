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
#define STORE_TOTAL_MAX INT64_C(9007199254740991) /**< 2^53 - 1: every JSON reader has it exactly (RFC 8259 §6) */

enum store_role { STORE_USER, STORE_MODERATOR, STORE_ADMIN };
enum store_hosting { STORE_HOSTING_NO, STORE_HOSTING_ASKED, STORE_HOSTING_APPROVED };
enum store_show_state { STORE_SHOW_SCHEDULED, STORE_SHOW_LIVE, STORE_SHOW_ENDED };
enum store_hold_state {
	STORE_HOLD_ACTIVE,
	STORE_HOLD_PAYING,
	STORE_HOLD_SOLD,
	STORE_HOLD_RELEASED,
	STORE_HOLD_EXPIRED
};
enum store_order_state { STORE_ORDER_PAYING, STORE_ORDER_PAID, STORE_ORDER_FAILED, STORE_ORDER_CANCELLED };

struct store_person {
	struct base_id id;
	char username[STORE_NAME_BYTES], display_name[STORE_NAME_BYTES];
};

struct store_account {
	struct store_person person;
	enum store_role role;
	enum store_hosting hosting;
	bool banned;
	int64_t created_ms;
	char password_hash[128]; /**< argon2id; filled by store_account_by_username alone */
};

struct store_community {
	bool ok, auction;
	int64_t floor;
};

struct store_listing {
	struct base_id id;
	struct store_person seller;
	char title[STORE_TITLE_BYTES], description[STORE_TEXT_BYTES], size[32], brand[64];
	int64_t price;
	char currency[4];
	int64_t available, held, sold, adjusted; /**< available + held + sold == adjusted */
	struct base_id photo;                    /**< zero: none; the file is data_dir/photos/<id>.jpg */
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
};

struct store_item {
	struct base_id id, show;
	int64_t number, position; /**< number: fixed for its show, from 1 */
	int64_t price;            /**< in this show; currency is the listing's */
	int64_t claimed;          /**< units held or sold through this item */
	bool removed;
	struct store_listing listing;
};

struct store_hold {
	struct base_id id, show, item, listing, order; /**< order: zero until checkout */
	struct store_person buyer, seller;
	char title[STORE_TITLE_BYTES];
	struct base_id photo;
	int64_t quantity, price; /**< frozen, each */
	char currency[4];
	enum store_hold_state state;
	int64_t created_ms, expires_ms;
};

struct store_address {
	char name[128], line1[128], line2[128], city[64], postcode[32], country[3];
};

struct store_order {
	struct base_id id;
	struct store_person buyer, seller;
	enum store_order_state state;
	int64_t total;
	char currency[4];
	struct store_address address;
	char payment[64];
	char failure[64];
	int64_t created_ms, paid_ms;
};

struct store_order_line {
	struct base_id listing, hold;
	char title[STORE_TITLE_BYTES];
	struct base_id photo;
	int64_t quantity, price;
};

struct store_audit {
	struct base_id id;
	int64_t at_ms;
	struct store_person actor;
	char verb[32], object[64], detail[256];
};
#endif
