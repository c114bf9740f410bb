/* One trunkshow-pipeline for each live show that has had a picture. */
#ifndef TRUNKSHOW_PIPELINES_H
#define TRUNKSHOW_PIPELINES_H

#include "base/settings.h"
#include "media.h"

struct pipelines;

struct pipelines_config {
	const struct base_settings *settings;
	struct media_engine *engine;
	struct media_children *children;
	/** Whole lines that the child of a show has said (hls/notes.h). Thread: the supervisor's; must not block. */
	void (*said)(const char *show, const char *text, size_t len, void *ctx);
	/** Where a show is recorded. @return 0 with a path; -errno: it is not. Thread: hub. May be NULL. */
	int (*record_to)(const char *show, char *path, size_t size, void *ctx);
	void *ctx;
};

struct pipelines *pipelines_create(const struct pipelines_config *config);
/** After the children have been destroyed. Accepts NULL. */
void pipelines_destroy(struct pipelines *pipelines);
/** Start or stop the child of a show (its id as text). Thread: hub. */
void pipelines_want(struct pipelines *pipelines, const char *show, bool wanted);
/** Somebody watches the show by HLS, or nobody does any more: only what is watched or recorded is packaged. Thread:
 * any.
 */
void pipelines_watch(struct pipelines *pipelines, const char *show, bool watched);
/** Go on without recording this show. Thread: any. */
void pipelines_stop_recording(struct pipelines *pipelines, const char *show);
#endif
