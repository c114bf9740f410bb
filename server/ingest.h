/* Hosts with broadcast apps: the one process that speaks SRT and fetches RTMP, and who is let in by it. It knows
 * digests of publish keys alone; each host's media is opened here, so that a key that is rotated or revoked, a show
 * that ends or a host who is banned cuts it off at once. */
#ifndef TRUNKSHOW_INGEST_H
#define TRUNKSHOW_INGEST_H

#include "api/api.h"
#include "base/settings.h"
#include "media.h"
#include "show/show.h"

struct ingest;

struct ingest_config {
	const struct base_settings *settings;
	struct media_engine *engine;
	struct media_children *children;
	/** A host came, was lost, came back, went, or is told something. Thread: children's, media's. */
	void (*news)(const struct api_broadcast *news, void *ctx);
	/** SRT listens at this port. Thread: children's. */
	void (*ready)(int port, void *ctx);
	void *ctx;
};

/** With the shows that the store has; before its writer has begun. @return 0; -errno. */
__attribute__((warn_unused_result)) int ingest_create(const struct base_settings *settings, struct ingest **out);
/** Start the process, if a setting wants it. Before the threads that have something to say to it. @return 0; -errno. */
__attribute__((warn_unused_result)) int ingest_run(struct ingest *ingest, const struct ingest_config *config);
/** After children, show and media have stopped. Accepts NULL. */
void ingest_destroy(struct ingest *ingest);

/** From show_config.on_event. Thread: show. Accepts NULL. */
void ingest_show_event(struct ingest *ingest, const struct show_event *event);
/** From media_config.on_event. Thread: media worker. Accepts NULL. */
void ingest_media_event(struct ingest *ingest, const struct media_event *event);
/** nginx tells of RTMP whose key was found good, or of its end. @return whether it may go on. Thread: any. */
bool ingest_rtmp(struct ingest *ingest, struct base_id show, enum api_rtmp what);
#endif
