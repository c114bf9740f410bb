/* What the resources show to the tables in routes.c and ws.c. */
#ifndef TRUNKSHOW_API_RESOURCES_H
#define TRUNKSHOW_API_RESOURCES_H

#include "api/core.h"
#include "api/wares.h"

/* accounts.c */
bool api_accounts_prepare_sign_up(struct api_call *call, struct hub_request *request);
bool api_accounts_prepare_sign_in(struct api_call *call, struct hub_request *request);
void api_accounts_sign_up(struct api_call *call);
void api_accounts_sign_in(struct api_call *call);
void api_accounts_sign_out(struct api_call *call);
void api_accounts_ask_to_host(struct api_call *call);

/* me.c, statement.c, notices.c */
void api_me_get(struct api_call *call);
void api_me_update(struct api_call *call);
void api_me_blocks(struct api_call *call);
void api_me_block(struct api_call *call);
void api_me_unblock(struct api_call *call);
void api_statement_balance(struct api_call *call);
void api_statement_csv(struct api_call *call);
void api_notices_list(struct api_call *call);
void api_notices_read(struct api_call *call);

/* sellers.c, catalogue.c */
void api_sellers_get(struct api_call *call);
void api_catalogue_list(struct api_call *call);

/* listings.c, photos.c */
void api_listings_list(struct api_call *call);
void api_listings_create(struct api_call *call);
void api_listings_get(struct api_call *call);
void api_listings_update(struct api_call *call);
/** A listing with what is true of its variants. Jobs thread; NULL when they cannot be read. */
json_t *api_listings_describe(struct store_reader *reader, const struct store_listing *listing);
void api_photos_admit(struct api_call *call);
bool api_photos_prepare(struct api_call *call, struct hub_request *request);
void api_photos_add(struct api_call *call);
void api_photos_get(struct api *api, struct hub_request *request);

/* shows.c, items.c */
/** What is on air, then what comes, as anybody may see it, at most so many of each; into an array. @param host NULL: of
 * all. @return 0; -errno of the store. */
int api_shows_read(struct api_call *call, const struct base_id *host, size_t most, json_t *out);
void api_shows_list(struct api_call *call);
void api_shows_create(struct api_call *call);
void api_shows_get(struct api_call *call);
void api_shows_update(struct api_call *call);
void api_shows_start(struct api_call *call);
void api_shows_end(struct api_call *call);
void api_shows_new_key(struct api_call *call);
void api_shows_drop_key(struct api_call *call);
bool api_rtmp_prepare(struct api_call *call, struct hub_request *request);
void api_rtmp_hook(struct api_call *call);
void api_shows_thumbnail(struct api *api, struct hub_request *request);
void api_items_add(struct api_call *call);
void api_items_update(struct api_call *call);
void api_items_remove(struct api_call *call);
/** A price, or a flash price, as a request sets it. */
struct api_pricing {
	uint32_t mask; /**< SHOW_SET_PRICE, SHOW_SET_FLASH, both when a price ends a flash */
	int64_t price, until_ms;
};
void api_items_read_pricing(struct api_fields *fields, struct api_pricing *out);
/** The run of a show as an array. Jobs thread. @param wares  filled with what a room wants to know of it; NULL
 * @param out  NULL: not wanted
 *  @return 0; negative: of the store. */
int api_items_of_show(struct store_reader *reader, const struct store_show *show, struct api_wares *wares,
                      json_t **out);

/* hls_get.c */
void api_hls_get(struct api *api, struct hub_request *request);
void api_hls_options(struct api *api, struct hub_request *request);

/* replay.c, clips.c */
void api_replay_get(struct api_call *call);
void api_replay_remove(struct api_call *call);
void api_replay_file(struct api_call *call);
void api_clips_list(struct api_call *call);
void api_clips_file(struct api_call *call);
/** Whether the actor may see what was recorded of a show; else the call is ended. */
bool api_replay_open(struct api_call *call, struct base_id show, struct store_recording *out);

/* cart.c, checkout.c, orders.c, purchase.c, orders_csv.c */
void api_cart_get(struct api_call *call);
void api_checkout(struct api_call *call);
void api_payments_test(struct api_call *call);
void api_orders_list(struct api_call *call);
void api_orders_get(struct api_call *call);
void api_orders_ship(struct api_call *call);
void api_orders_cancel(struct api_call *call);
void api_orders_csv(struct api_call *call);
json_t *api_orders_lines(struct store_reader *reader,
                         struct base_id order); /**< jobs thread; NULL when it cannot be read */

/* admin.c, bans.c, market.c, metrics.c */
void api_market_get(struct api *api, struct hub_request *request);
void api_admin_shows(struct api_call *call);
void api_admin_hosts(struct api_call *call);
void api_admin_approve(struct api_call *call);
void api_admin_audit(struct api_call *call);
void api_bans_accounts(struct api_call *call);
void api_bans_set(struct api_call *call);
void api_metrics_get(struct api *api, struct hub_request *request);
void api_metrics_health(struct api *api, struct hub_request *request);
void api_metrics_ready(struct api *api, struct hub_request *request);

/* whip.c */
bool api_whip_prepare_post(struct api_call *call, struct hub_request *request);
bool api_whip_prepare_patch(struct api_call *call, struct hub_request *request);
bool api_whip_prepare_delete(struct api_call *call, struct hub_request *request);
void api_whip_post(struct api_call *call);
void api_whip_patch(struct api_call *call);
void api_whip_delete(struct api_call *call);
void api_whip_options(struct api *api, struct hub_request *request);
void api_whip_other(struct api *api, struct hub_request *request);

/* desk.c */
void api_shows_claims(struct api_call *call);
void api_shows_second_chance(struct api_call *call);
void api_listings_waitlist(struct api_call *call);
void api_listings_claims(struct api_call *call);
void api_listings_second_chance(struct api_call *call);

/* claims.c */
void api_claims_post(struct api_call *call);
void api_claims_delete_hold(struct api_call *call);
void api_claims_delete_waiting(struct api_call *call);

/* messages */
void api_chat_hello(struct api_conn *conn, struct api_message *message);
void api_chat_join(struct api_conn *conn, struct api_message *message);
void api_chat_leave(struct api_conn *conn, struct api_message *message);
void api_chat_line(struct api_conn *conn, struct api_message *message);
void api_chat_react(struct api_conn *conn, struct api_message *message);
void api_chat_identify(struct api_conn *conn); /**< find out whose cookie it came with; then api_conn_resume */
void api_claims_claim(struct api_conn *conn, struct api_message *message);
void api_claims_release(struct api_conn *conn, struct api_message *message);
void api_claims_leave(struct api_conn *conn, struct api_message *message);
void api_stage_feature(struct api_conn *conn, struct api_message *message);
void api_stage_unfeature(struct api_conn *conn, struct api_message *message);
void api_stage_price(struct api_conn *conn, struct api_message *message);
void api_media_offer(struct api_conn *conn, struct api_message *message);
void api_media_close(struct api_conn *conn, struct api_message *message);
void api_mod_delete(struct api_conn *conn, struct api_message *message);
void api_mod_mute(struct api_conn *conn, struct api_message *message);
void api_mod_ban(struct api_conn *conn, struct api_message *message);
void api_mod_slow(struct api_conn *conn, struct api_message *message);
void api_mod_report(struct api_conn *conn, struct api_message *message);
#endif
