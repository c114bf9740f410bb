/* The engine behind media.h, as its own files see it. */
#ifndef MEDIA_FORWARD_ENGINE_H
#define MEDIA_FORWARD_ENGINE_H

#include "forward/directory.h"
#include "forward/owner.h"
#include "forward/worker.h"

struct media_engine {
	struct media_config config; /**< announce points at our own copy */
	char *announce;
	struct media_dtls_context *dtls; /**< constant after creation */
	struct forward_directory *directory;
	struct media_tcp_bounds *tcp_bounds;                 /**< NULL: no TCP */
	struct forward_worker *workers[FORWARD_WORKERS_MAX]; /**< a session's stands in its ufrag */
	size_t worker_count, started;
};

/** Thread: any. @param out one of each worker */
void forward_engine_burdens(const struct media_engine *engine, struct forward_burden *out);
/** Where a stream lives, or is to live from now on; leave the place afterwards. @return the worker; -ENOMEM. */
int forward_engine_hold_place(struct media_engine *engine, const char *stream);
#endif
