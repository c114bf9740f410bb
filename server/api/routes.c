/* Every HTTP endpoint. openapi.yaml describes them; a test holds the two together, and another asks may() for each and
 * every role. */
#include "api/resources.h"

#define JSON "application/json"
#define FRAGMENT_MAX 65536
#define SDP_MAX (256 << 10) /* more than is accepted, so that the refusal carries the headers of CORS */

#define WHIP(path)                                                                                                     \
	{.method = HUB_OPTIONS, .pattern = path, .verb = MAY_SEE_HEALTH, .direct = api_whip_options},                  \
	        {.method = HUB_GET, .pattern = path, .verb = MAY_SEE_HEALTH, .direct = api_whip_other},                \
	        {.method = HUB_HEAD, .pattern = path, .verb = MAY_SEE_HEALTH, .direct = api_whip_other},               \
	{                                                                                                              \
		.method = HUB_PUT, .pattern = path, .verb = MAY_SEE_HEALTH, .max_body = SDP_MAX,                       \
		.direct = api_whip_other                                                                               \
	}

#define WHIP_OFFER(path, may)                                                                                          \
	{                                                                                                              \
		.method = HUB_POST, .pattern = path, .verb = may, .max_body = SDP_MAX, .cors = true,                   \
		.prepare = api_whip_prepare_post, .run = api_whip_post                                                 \
	}

#define WHIP_SESSION(path, may)                                                                                        \
	{.method = HUB_PATCH,                                                                                          \
	 .pattern = path,                                                                                              \
	 .verb = may,                                                                                                  \
	 .max_body = FRAGMENT_MAX,                                                                                     \
	 .cors = true,                                                                                                 \
	 .prepare = api_whip_prepare_patch,                                                                            \
	 .run = api_whip_patch},                                                                                       \
	{                                                                                                              \
		.method = HUB_DELETE, .pattern = path, .verb = may, .cors = true, .prepare = api_whip_prepare_delete,  \
		.run = api_whip_delete                                                                                 \
	}

/* clang-format off */
const struct api_endpoint api_endpoints[] = {
	{.method = HUB_POST, .pattern = "/api/v1/accounts", .content_type = JSON, .verb = MAY_SIGN_UP, .max_body = 16384,
	 .prepare = api_accounts_prepare_sign_up, .run = api_accounts_sign_up, .class = BASE_JOBS_HASH},
	{.method = HUB_POST, .pattern = "/api/v1/sessions", .content_type = JSON, .verb = MAY_SIGN_IN, .max_body = 16384,
	 .prepare = api_accounts_prepare_sign_in, .run = api_accounts_sign_in, .class = BASE_JOBS_HASH},
	{.method = HUB_DELETE, .pattern = "/api/v1/sessions", .verb = MAY_SIGN_OUT, .run = api_accounts_sign_out},
	{.method = HUB_GET, .pattern = "/api/v1/me", .verb = MAY_SEE_SELF, .run = api_me_get},
	{.method = HUB_PATCH, .pattern = "/api/v1/me", .content_type = JSON, .verb = MAY_EDIT_SELF, .run = api_me_update},
	{.method = HUB_GET, .pattern = "/api/v1/me/balance", .verb = MAY_SEE_OWN_MONEY, .run = api_statement_balance},
	{.method = HUB_GET, .pattern = "/api/v1/me/statement.csv", .verb = MAY_SEE_OWN_MONEY, .run = api_statement_csv,
	 .queries = {"from_ms", "until_ms"}},
	{.method = HUB_GET, .pattern = "/api/v1/me/blocks", .verb = MAY_SEE_BLOCKS, .run = api_me_blocks},
	{.method = HUB_PUT, .pattern = "/api/v1/me/blocks/{account}", .verb = MAY_BLOCK, .run = api_me_block},
	{.method = HUB_DELETE, .pattern = "/api/v1/me/blocks/{account}", .verb = MAY_BLOCK, .run = api_me_unblock},
	{.method = HUB_POST, .pattern = "/api/v1/me/hosting", .verb = MAY_ASK_TO_HOST, .run = api_accounts_ask_to_host},
	{.method = HUB_GET, .pattern = "/api/v1/notices", .verb = MAY_SEE_NOTICES, .run = api_notices_list, .queries = {"before"}},
	{.method = HUB_POST, .pattern = "/api/v1/notices/read", .content_type = JSON, .verb = MAY_SEE_NOTICES, .run = api_notices_read},

	{.method = HUB_GET, .pattern = "/api/v1/listings", .verb = MAY_SEE_LISTING, .run = api_listings_list, .queries = {"mine", "seller", "before"}},
	{.method = HUB_POST, .pattern = "/api/v1/listings", .content_type = JSON, .verb = MAY_MAKE_LISTING, .run = api_listings_create},
	{.method = HUB_GET, .pattern = "/api/v1/listings/{id}", .verb = MAY_SEE_LISTING, .run = api_listings_get},
	{.method = HUB_PATCH, .pattern = "/api/v1/listings/{id}", .content_type = JSON, .verb = MAY_EDIT_LISTING, .run = api_listings_update},
	{.method = HUB_GET, .pattern = "/api/v1/listings/{id}/waitlist", .verb = MAY_EDIT_LISTING, .run = api_listings_waitlist, .queries = {"after"}},
	{.method = HUB_GET, .pattern = "/api/v1/listings/{id}/claims", .verb = MAY_EDIT_LISTING, .run = api_listings_claims, .queries = {"list", "before"}},
	{.method = HUB_POST, .pattern = "/api/v1/listings/{id}/second-chance", .content_type = JSON, .verb = MAY_EDIT_LISTING, .run = api_listings_second_chance},
	{.method = HUB_POST, .pattern = "/api/v1/listings/{id}/photos", .max_body = API_PHOTO_BODY, .verb = MAY_EDIT_LISTING,
	 .admit = api_photos_admit, .prepare = api_photos_prepare, .run = api_photos_add, .class = BASE_JOBS_PICTURE},
	{.method = HUB_GET, .pattern = "/api/v1/catalogue", .verb = MAY_SEE_CATALOGUE, .run = api_catalogue_list,
	 .queries = {"q", "size", "brand", "currency", "price_most", "auction", "seller", "before"}},
	{.method = HUB_GET, .pattern = "/api/v1/sellers/{username}", .verb = MAY_SEE_SELLER, .run = api_sellers_get, .queries = {"before", "stock"}},
	{.method = HUB_GET, .pattern = "/photos/{file}", .verb = MAY_SEE_LISTING, .direct = api_photos_get},

	{.method = HUB_GET, .pattern = "/api/v1/shows", .verb = MAY_SEE_SHOW, .run = api_shows_list, .queries = {"state", "mine", "before"}},
	{.method = HUB_POST, .pattern = "/api/v1/shows", .content_type = JSON, .verb = MAY_MAKE_SHOW, .run = api_shows_create},
	{.method = HUB_GET, .pattern = "/api/v1/shows/{id}", .verb = MAY_SEE_SHOW, .run = api_shows_get},
	{.method = HUB_PATCH, .pattern = "/api/v1/shows/{id}", .content_type = JSON, .verb = MAY_EDIT_SHOW, .run = api_shows_update},
	{.method = HUB_POST, .pattern = "/api/v1/shows/{id}/start", .verb = MAY_EDIT_SHOW, .run = api_shows_start},
	{.method = HUB_POST, .pattern = "/api/v1/shows/{id}/end", .verb = MAY_END_SHOW, .run = api_shows_end},
	{.method = HUB_POST, .pattern = "/api/v1/shows/{id}/publish-key", .verb = MAY_EDIT_SHOW, .run = api_shows_new_key},
	{.method = HUB_DELETE, .pattern = "/api/v1/shows/{id}/publish-key", .verb = MAY_EDIT_SHOW, .run = api_shows_drop_key},
	{.method = HUB_POST, .pattern = "/api/v1/ingest/rtmp", .content_type = "application/x-www-form-urlencoded",
	 .verb = MAY_PUBLISH, .max_body = 4096, .prepare = api_rtmp_prepare, .run = api_rtmp_hook},
	{.method = HUB_GET, .pattern = "/api/v1/shows/{id}/claims", .verb = MAY_SEE_CLAIMS, .run = api_shows_claims, .queries = {"list", "before"}},
	{.method = HUB_POST, .pattern = "/api/v1/shows/{id}/second-chance", .content_type = JSON, .verb = MAY_EDIT_SHOW, .run = api_shows_second_chance},
	{.method = HUB_GET, .pattern = "/api/v1/shows/{id}/thumbnail.jpg", .verb = MAY_SEE_SHOW, .direct = api_shows_thumbnail},
	{.method = HUB_GET, .pattern = "/api/v1/shows/{id}/replay", .verb = MAY_VIEW, .run = api_replay_get},
	{.method = HUB_DELETE, .pattern = "/api/v1/shows/{id}/replay", .verb = MAY_REMOVE_REPLAY, .run = api_replay_remove},
	{.method = HUB_GET, .pattern = "/replay/{show}/{file}", .verb = MAY_VIEW, .run = api_replay_file, .media = true},
	{.method = HUB_GET, .pattern = "/api/v1/listings/{id}/clips", .verb = MAY_VIEW, .run = api_clips_list},
	{.method = HUB_GET, .pattern = "/clips/{file}", .verb = MAY_VIEW, .run = api_clips_file, .media = true, .queries = {"download"}},
	{.method = HUB_POST, .pattern = "/api/v1/shows/{id}/items", .content_type = JSON, .verb = MAY_EDIT_SHOW, .run = api_items_add},
	{.method = HUB_PATCH, .pattern = "/api/v1/shows/{id}/items/{item}", .content_type = JSON, .verb = MAY_EDIT_SHOW, .run = api_items_update},
	{.method = HUB_DELETE, .pattern = "/api/v1/shows/{id}/items/{item}", .verb = MAY_EDIT_SHOW, .run = api_items_remove},

	{.method = HUB_POST, .pattern = "/api/v1/claims", .content_type = JSON, .verb = MAY_CLAIM, .run = api_claims_post},
	{.method = HUB_DELETE, .pattern = "/api/v1/holds/{id}", .verb = MAY_RELEASE, .run = api_claims_delete_hold},
	{.method = HUB_DELETE, .pattern = "/api/v1/waiting/{id}", .verb = MAY_RELEASE, .run = api_claims_delete_waiting},

	{.method = HUB_GET, .pattern = "/api/v1/cart", .verb = MAY_SEE_OWN_HOLDS, .run = api_cart_get},
	{.method = HUB_POST, .pattern = "/api/v1/checkout", .content_type = JSON, .verb = MAY_CHECK_OUT, .run = api_checkout},
	{.method = HUB_POST, .pattern = "/api/v1/payments/test/{order}", .content_type = JSON, .verb = MAY_CONFIRM_PAYMENT, .run = api_payments_test},
	{.method = HUB_GET, .pattern = "/api/v1/orders", .verb = MAY_LIST_ORDERS, .run = api_orders_list, .queries = {"as", "state", "before"}},
	{.method = HUB_GET, .pattern = "/api/v1/orders.csv", .verb = MAY_LIST_ORDERS, .run = api_orders_csv, .queries = {"as", "before"}},
	{.method = HUB_GET, .pattern = "/api/v1/orders/{id}", .verb = MAY_SEE_ORDER, .run = api_orders_get},
	{.method = HUB_POST, .pattern = "/api/v1/orders/{id}/ship", .content_type = JSON, .verb = MAY_SHIP_ORDER, .run = api_orders_ship},
	{.method = HUB_POST, .pattern = "/api/v1/orders/{id}/cancel", .verb = MAY_CANCEL_ORDER, .run = api_orders_cancel},

	{.method = HUB_GET, .pattern = "/api/v1/admin/shows", .verb = MAY_LIST_SHOWS_AS_ADMIN, .run = api_admin_shows},
	{.method = HUB_GET, .pattern = "/api/v1/admin/hosts", .verb = MAY_APPROVE_HOSTS, .run = api_admin_hosts, .queries = {"state"}},
	{.method = HUB_POST, .pattern = "/api/v1/admin/hosts/{account}", .content_type = JSON, .verb = MAY_APPROVE_HOSTS, .run = api_admin_approve},
	{.method = HUB_GET, .pattern = "/api/v1/admin/audit", .verb = MAY_SEE_AUDIT, .run = api_admin_audit, .queries = {"before"}},
	{.method = HUB_GET, .pattern = "/api/v1/admin/accounts", .verb = MAY_SEE_ACCOUNTS, .run = api_bans_accounts, .queries = {"q"}},
	{.method = HUB_POST, .pattern = "/api/v1/admin/accounts/{id}/ban", .content_type = JSON, .verb = MAY_BAN, .run = api_bans_set},

	WHIP_OFFER("/whip/{show}", MAY_PUBLISH),
	WHIP("/whip/{show}"),
	WHIP_SESSION("/whip/{show}/{session}", MAY_PUBLISH),
	WHIP("/whip/{show}/{session}"),
	WHIP_OFFER("/whep/{show}", MAY_VIEW),
	WHIP("/whep/{show}"),
	WHIP_SESSION("/whep/{show}/{session}", MAY_VIEW),
	WHIP("/whep/{show}/{session}"),

	{.method = HUB_GET, .pattern = "/hls/{show}/{file}", .verb = MAY_VIEW, .direct = api_hls_get,
	 .queries = {"_HLS_msn", "_HLS_part", "_HLS_skip"}},
	{.method = HUB_OPTIONS, .pattern = "/hls/{show}/{file}", .verb = MAY_VIEW, .direct = api_hls_options},

	{.method = HUB_GET, .pattern = "/api/v1/market", .verb = MAY_SEE_MARKET, .direct = api_market_get},
	{.method = HUB_GET, .pattern = "/healthz", .verb = MAY_SEE_HEALTH, .direct = api_metrics_health},
	{.method = HUB_GET, .pattern = "/readyz", .verb = MAY_SEE_HEALTH, .direct = api_metrics_ready},
	{.method = HUB_GET, .pattern = "/metrics", .verb = MAY_SEE_HEALTH, .direct = api_metrics_get},
};
/* clang-format on */
const size_t api_endpoint_count = G_N_ELEMENTS(api_endpoints);
