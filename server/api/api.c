/* Putting the API together and taking it apart. */
#include "api/api.h"

#include <unistd.h>

#include "api/hls.h"
#include "api/photos.h"
#include "api/replays.h"
#include "api/rooms.h"
#include "api/sessions.h"

#define WRITES_BURST 120 /* requests that change something, of one address */
#define WRITES_MIN 600
#define READS_BURST 2000 /* others, of one address: a whole audience may share it */
#define READS_MIN 6000
#define SIGN_UPS_BURST 20
#define SIGN_UPS_MIN 10
#define OFFERS_BURST 60 /* many viewers may share an address */
#define OFFERS_MIN 300
#define PHOTOS_BURST 60 /* of one address: what is made of them stays on the disk */
#define PHOTOS_MIN 20
#define REPORTS_BURST 10 /* of one account: each is an entry of the audit log */
#define REPORTS_MIN 10

struct api *api_create(const struct api_config *config)
{
	const struct base_settings *settings = config->settings;
	struct api *api = g_new0(struct api, 1);
	double attempts = (double)settings->login_attempts_min;

	api->settings = settings;
	api->hub = config->hub;
	api->jobs = config->jobs;
	api->pipeline = config->pipeline;
	api->watched = config->watched;
	api->spooled = config->spooled;
	api->hosted = config->hosted;
	api->rtmp = config->rtmp;
	api->ctx = config->ctx;
	api->scene = (struct api_scene){settings, api_board_create()};
	api->replays = api_replays_create(settings);
	api->sign_in_addresses = api_limiter_create(attempts, attempts);
	api->sign_in_names = api_limiter_create(attempts, attempts);
	api->sign_ups = api_limiter_create(SIGN_UPS_BURST, SIGN_UPS_MIN);
	api->writes = api_limiter_create(WRITES_BURST, WRITES_MIN);
	api->reads = api_limiter_create(READS_BURST, READS_MIN);
	api->offers = api_limiter_create(OFFERS_BURST, OFFERS_MIN);
	api->photos = api_limiter_create(PHOTOS_BURST, PHOTOS_MIN);
	api->reports = api_limiter_create(REPORTS_BURST, REPORTS_MIN);
	api_rooms_init(api);
	api_sessions_init(api);
	api_hls_init(api);
	hub_set_owner(api->hub, api);
	api_routes_register(api);
	api_conns_register(api);
	return api;
}

void api_bind(struct api *api, const struct api_engines *engines)
{
	api->engines = *engines;
	api_rooms_load_live(api);
	api_photos_sweep(api);
}

void api_drain(struct api *api)
{
	atomic_store(&api->draining, true);
}

void api_close(struct api *api)
{
	atomic_store(&api->closing, true);
	api_photos_give_up();
	while (atomic_load(&api->in_jobs) > 0)
		usleep(1000);
}

void api_destroy(struct api *api)
{
	if (!api)
		return;
	api_rooms_finish(api);
	api_hls_finish(api);
	api_sessions_finish(api);
	api_limiter_destroy(api->sign_in_addresses);
	api_limiter_destroy(api->sign_in_names);
	api_limiter_destroy(api->sign_ups);
	api_limiter_destroy(api->writes);
	api_limiter_destroy(api->reads);
	api_limiter_destroy(api->offers);
	api_limiter_destroy(api->photos);
	api_limiter_destroy(api->reports);
	api_replays_destroy(api->replays);
	api_board_destroy(api->scene.board);
	g_free(api->bindings);
	g_free(api);
}
