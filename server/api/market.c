/* What the pages must know about this market before anybody signs in. Hub thread. */
#include "api/resources.h"

void api_market_get(struct api *api, struct hub_request *request)
{
	static const struct hub_header fresh = {"Cache-Control", "no-cache"};
	const struct base_settings *settings = api->settings;
	struct base_buffer *body =
	        api_json_take(json_pack("{s:s, s:s, s:s}", "payments", settings->payments, "currency",
	                                settings->currency, "hosting", settings->hosting));

	hub_request_reply(request, 200, "application/json", &fresh, 1, body);
	base_buffer_unref(body);
}
