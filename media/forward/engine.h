/* The engine behind media.h, as its own files see it. */
#ifndef MEDIA_FORWARD_ENGINE_H
#define MEDIA_FORWARD_ENGINE_H

#include "forward/directory.h"
#include "forward/worker.h"

struct media_engine {
	struct media_config config; /**< announce points at our own copy */
	char *announce;
	struct media_dtls_context *dtls; /**< constant after creation */
	struct forward_directory *directory;
	struct media_tcp_bounds *tcp_bounds; /**< NULL: no TCP */
	struct forward_worker *worker;       /**< a session's worker stands in its ufrag */
	bool started;
};
#endif
