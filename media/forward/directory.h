/* What any thread may ask about an engine without waiting for its worker: which sessions there are, what streams carry,
 * counters. One mutex; the worker writes here when something changes and twice a second, never per packet. */
#ifndef MEDIA_FORWARD_DIRECTORY_H
#define MEDIA_FORWARD_DIRECTORY_H

#include "forward/map.h"
#include "media.h"

struct forward_directory;

/** A session's entry; memory belongs to the session. */
struct forward_listed_session {
	struct forward_map_node node;
	char name[MEDIA_SESSION_BYTES];
	bool closing;     /**< somebody has asked for it */
	uint32_t answers; /**< how many it was given */
};

/** A stream's entry; memory belongs to the stream. */
struct forward_listed_stream {
	struct forward_map_node node;
	char name[MEDIA_STREAM_BYTES];
	struct media_stream_stats stats;
};

/** @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int forward_directory_create(size_t max_sessions, struct forward_directory **out);
void forward_directory_destroy(struct forward_directory *d); /**< accepts NULL */

/** @return 0; -EUSERS: full. */
__attribute__((warn_unused_result)) int forward_directory_add_session(struct forward_directory *d,
                                                                      struct forward_listed_session *s);
void forward_directory_remove_session(struct forward_directory *d, struct forward_listed_session *s);
/** Mark a session as closing. @return 0; -ENOENT unknown, or marked before. */
int forward_directory_close_session(struct forward_directory *d, const char *name);

/** Look at a session while it cannot go: only at its entry and at what is constant, and without waiting for anything.
 * @return what visit() says; -ENOENT unknown, or closing. */
int forward_directory_visit_session(struct forward_directory *d, const char *name,
                                    int (*visit)(struct forward_listed_session *s, void *ctx), void *ctx);

void forward_directory_add_stream(struct forward_directory *d, struct forward_listed_stream *s);
void forward_directory_remove_stream(struct forward_directory *d, struct forward_listed_stream *s);
void forward_directory_set_stream(struct forward_directory *d, struct forward_listed_stream *s,
                                  const struct media_stream_stats *stats);
/** @return 0; -ENOENT. */
int forward_directory_get_stream(struct forward_directory *d, const char *name, struct media_stream_stats *out);

void forward_directory_set_stats(struct forward_directory *d, const struct media_stats *stats);
void forward_directory_get_stats(struct forward_directory *d, struct media_stats *out);
#endif
