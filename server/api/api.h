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

/** By which a host's broadcast app comes. */
enum api_via { API_VIA_NONE, API_VIA_SRT, API_VIA_RTMP };

enum api_broadcast_state { API_BROADCAST_OFF, API_BROADCAST_ON, API_BROADCAST_LOST, API_BROADCAST_PROBLEM };

/** What a host's broadcast app does. */
struct api_broadcast {
	struct base_id show, host;
	enum api_via via;
	enum api_broadcast_state state;
	char code[16]; /**< of a problem: see broadcast.c */
};

/** What nginx says of RTMP whose key is good. */
enum api_rtmp { API_RTMP_BEGINS, API_RTMP_GOES_ON, API_RTMP_ENDS };

struct api_config {
	const struct base_settings *settings;
	struct hub *hub;
	struct base_jobs *jobs; /**< its `local` is a struct store_reader, NULL if the store could not be opened */
	/** A live show has a picture that the pipeline can work on (wanted), or the show has ended. Hub thread; must
	 * not block. */
	void (*pipeline)(struct base_id show, bool wanted, void *ctx);
	/** Somebody watches a live show by HLS, or nobody does any more. Hub thread; must not block. */
	void (*watched)(struct base_id show, bool watched, void *ctx);
	/** What is in the spool of a show that has ended is needed no more. Hub thread. */
	void (*spooled)(struct base_id show, void *ctx);
	/** A person has begun to host a show from a page. Hub thread; must not block. May be NULL. */
	void (*hosted)(struct base_id show, void *ctx);
	/** nginx tells of RTMP. @return whether it may go on. Thread: jobs. May be NULL. */
	bool (*rtmp)(struct base_id show, enum api_rtmp what, void *ctx);
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

/** What the pipeline of a show has said (hls/notes.h), whole lines. Thread: any. */
void api_pipeline_said(struct api *api, struct base_id show, const char *text, size_t len);

/** Thread: any. */
void api_broadcast_news(struct api *api, const struct api_broadcast *news);
/** SRT listens at this port. Thread: any. */
void api_srt_ready(struct api *api, int port);

/** From now on /readyz says no. Thread: any. */
void api_drain(struct api *api);

/** Hooks for the jobs pool: thread_start with the data_dir as ctx. */
void *api_reader_open(void *data_dir);
void api_reader_close(void *reader);
#endif
