/* What any thread may ask about an engine without waiting for its workers: which sessions there are, what streams
 * carry, counters. One mutex; workers write here when something changes and twice a second, never per packet. */
#ifndef MEDIA_FORWARD_DIRECTORY_H
#define MEDIA_FORWARD_DIRECTORY_H

#include "forward/map.h"
#include "media.h"

struct forward_directory;

/** A session's entry; memory belongs to the session. */
struct forward_listed_session {
	struct forward_map_node node;
	char name[MEDIA_SESSION_BYTES];
	uint8_t owner;    /**< its worker */
	bool closing;     /**< somebody has asked for it */
	uint32_t answers; /**< how many it was given */
};

/** A stream's entry; memory belongs to the stream. */
struct forward_listed_stream {
	struct forward_map_node node;
	char name[MEDIA_STREAM_BYTES];
	bool mirror; /**< of its stats only the viewers count */
	struct media_stream_stats stats;
};

/** @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int forward_directory_create(size_t max_sessions, size_t workers,
                                                                 struct forward_directory **out);
void forward_directory_destroy(struct forward_directory *d); /**< accepts NULL */

/** @return 0; -EUSERS: full. */
__attribute__((warn_unused_result)) int forward_directory_add_session(struct forward_directory *d,
                                                                      struct forward_listed_session *s);
void forward_directory_remove_session(struct forward_directory *d, struct forward_listed_session *s);
/** Mark a session as closing. @return its worker; -ENOENT unknown, or marked before. */
int forward_directory_close_session(struct forward_directory *d, const char *name);

/** Look at a session while it cannot go: only at its entry and at what is constant, and without waiting for anything.
 * @return what visit() says; -ENOENT unknown, or closing. */
int forward_directory_visit_session(struct forward_directory *d, const char *name,
                                    int (*visit)(struct forward_listed_session *s, void *ctx), void *ctx);

/** Where a stream lives: the worker of its host and its tap, the same for as long as anybody holds on to it.
 * @param candidate where it is to live from now on if nobody does, -1: nowhere @return the worker; -ENOENT; -ENOMEM */
int forward_directory_hold_place(struct forward_directory *d, const char *name, int candidate);
/** Hold on to a place that is held, once more. */
void forward_directory_hold_again(struct forward_directory *d, const char *name);
void forward_directory_leave_place(struct forward_directory *d, const char *name);

/** What a worker's stream is to the others; a stream may be listed by several workers, by one as no mirror. */
void forward_directory_add_stream(struct forward_directory *d, struct forward_listed_stream *s);
void forward_directory_remove_stream(struct forward_directory *d, struct forward_listed_stream *s);
void forward_directory_set_stream(struct forward_directory *d, struct forward_listed_stream *s,
                                  const struct media_stream_stats *stats);
/** All workers' viewers, and what the host's worker says. @return 0; -ENOENT. */
int forward_directory_get_stream(struct forward_directory *d, const char *name, struct media_stream_stats *out);

void forward_directory_set_stats(struct forward_directory *d, size_t worker, const struct media_stats *stats);
/** The sum of all workers'. */
void forward_directory_get_stats(struct forward_directory *d, struct media_stats *out);
#endif
