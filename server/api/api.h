/* The API: every resource's HTTP routes and WebSocket messages, on top of hub, store, show, media and chat.
 * PROTOCOL.md and openapi.yaml say what it speaks. */
#ifndef TRUNKSHOW_API_API_H
#define TRUNKSHOW_API_API_H

#include <stdbool.h>

#include "base/jobs.h"
#include "base/settings.h"
#include "hub/hub.h"
#include "media.h"
#include "show/show.h"

struct api;

struct api_config {
	const struct base_settings *settings;
	struct hub *hub;
	struct base_jobs *jobs; /**< its `local` is a struct store_reader, NULL if the store could not be opened */
	/** A live show has a picture that the pipeline can work on (wanted), or the show has ended. Hub thread; must
	 * not block. */
	void (*pipeline)(struct base_id show, bool wanted, void *ctx);
	/** A person has begun to host a show from a page. Hub thread; must not block. May be NULL. */
	void (*hosted)(struct base_id show, void *ctx);
	void *ctx;
};

/** Make the API and register everything with the hub. Call before the threads of show and media start, so that none of
 * their events is lost. @return never NULL. Thread: creator. */
struct api *api_create(const struct api_config *config);

/** What the API calls upon. Before hub_run. */
struct api_engines {
	struct show_controller *controller;
	struct media_engine *media;
	struct pay_provider *provider;
};
void api_bind(struct api *api, const struct api_engines *engines);

/** After hub_run has returned: take no more work, wait for what runs on the jobs pool. Then the controller may be
 * stopped. Thread: any but the pool's. */
void api_close(struct api *api);
/** Free. The hub has returned from hub_run, jobs, controller and media have stopped. Accepts NULL. */
void api_destroy(struct api *api);

/** From show_config.on_event. Thread: show. */
void api_show_event(struct api *api, const struct show_event *event);
/** From media_config.on_event. Thread: media worker. */
void api_media_event(struct api *api, const struct media_event *event);

/** From now on /readyz says no. Thread: any. */
void api_drain(struct api *api);

/** Hooks for the jobs pool: thread_start with the data_dir as ctx. */
void *api_reader_open(void *data_dir);
void api_reader_close(void *reader);
#endif
