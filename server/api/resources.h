/* What the resources show to the tables in routes.c and ws.c. */
#ifndef TRUNKSHOW_API_RESOURCES_H
#define TRUNKSHOW_API_RESOURCES_H

#include "api/core.h"

/* accounts.c */
bool api_accounts_prepare_sign_up(struct api_call *call, struct hub_request *request);
bool api_accounts_prepare_sign_in(struct api_call *call, struct hub_request *request);
void api_accounts_sign_up(struct api_call *call);
void api_accounts_sign_in(struct api_call *call);
void api_accounts_sign_out(struct api_call *call);
void api_accounts_me(struct api_call *call);
void api_accounts_ask_to_host(struct api_call *call);

/* listings.c, photos.c */
void api_listings_list(struct api_call *call);
void api_listings_create(struct api_call *call);
void api_listings_get(struct api_call *call);
void api_listings_update(struct api_call *call);
bool api_photos_prepare(struct api_call *call, struct hub_request *request);
void api_photos_add(struct api_call *call);
void api_photos_get(struct api *api, struct hub_request *request);

/* shows.c, items.c */
void api_shows_list(struct api_call *call);
void api_shows_create(struct api_call *call);
void api_shows_get(struct api_call *call);
void api_shows_update(struct api_call *call);
void api_shows_start(struct api_call *call);
void api_shows_end(struct api_call *call);
void api_shows_new_key(struct api_call *call);
void api_shows_claims(struct api_call *call);
void api_shows_thumbnail(struct api *api, struct hub_request *request);
void api_items_add(struct api_call *call);
void api_items_update(struct api_call *call);
void api_items_remove(struct api_call *call);

/* orders.c */
void api_orders_cart(struct api_call *call);
void api_orders_check_out(struct api_call *call);
void api_orders_list(struct api_call *call);
void api_orders_get(struct api_call *call);
json_t *api_orders_lines(struct store_reader *reader,
                         struct base_id order); /**< jobs thread; NULL when it cannot be read */

/* admin.c, market.c, metrics.c */
void api_market_get(struct api *api, struct hub_request *request);
void api_admin_shows(struct api_call *call);
void api_admin_hosts(struct api_call *call);
void api_admin_approve(struct api_call *call);
void api_admin_audit(struct api_call *call);
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

/* messages */
void api_chat_hello(struct api_conn *conn, struct api_message *message);
void api_chat_join(struct api_conn *conn, struct api_message *message);
void api_chat_leave(struct api_conn *conn, struct api_message *message);
void api_chat_line(struct api_conn *conn, struct api_message *message);
void api_chat_react(struct api_conn *conn, struct api_message *message);
void api_chat_identify(struct api_conn *conn); /**< find out whose cookie it came with; then api_conn_resume */
void api_claims_claim(struct api_conn *conn, struct api_message *message);
void api_claims_release(struct api_conn *conn, struct api_message *message);
void api_claims_feature(struct api_conn *conn, struct api_message *message);
void api_claims_unfeature(struct api_conn *conn, struct api_message *message);
void api_claims_price(struct api_conn *conn, struct api_message *message);
void api_media_offer(struct api_conn *conn, struct api_message *message);
void api_media_close(struct api_conn *conn, struct api_message *message);
void api_mod_delete(struct api_conn *conn, struct api_message *message);
void api_mod_mute(struct api_conn *conn, struct api_message *message);
void api_mod_ban(struct api_conn *conn, struct api_message *message);
void api_mod_slow(struct api_conn *conn, struct api_message *message);
void api_mod_report(struct api_conn *conn, struct api_message *message);
#endif
