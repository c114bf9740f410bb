/* One stream on several workers. Its source is where its host and its tap are; every other worker with viewers of it
 * has a mirror, which gets the packets by reference, and of the tracks what viewers need. What viewers need of the host
 * goes back. Everything travels through the workers' inboxes (inbox.h): packets may be lost there, when one is full,
 * and are counted; the rest is said again until it is taken.
 *
 * A mirror's link is lent to the source's worker from FORWARD_SUBSCRIBE until FORWARD_UNLINKED has come back: so
 * neither end ever names something that is gone. */
#ifndef MEDIA_FORWARD_MIRROR_H
#define MEDIA_FORWARD_MIRROR_H

#include "forward/inbox.h"
#include "forward/subscription.h"

struct forward_worker;

struct forward_link {
	/* constant while it is lent */
	char name[MEDIA_STREAM_BYTES];
	uint8_t worker; /**< the mirror's */
	struct forward_stream *mirror;

	/* the source's worker's while it is lent */
	struct forward_stream *source;
	struct forward_link *next;     /**< of the source's links */
	struct forward_link *next_due; /**< of those with something to say again */
	bool due, host_due, primed_due, gone;
	bool losing; /**< the newest packet did not get through */
	struct forward_shown told[FORWARD_TRACKS];
};

struct forward_mirror {
	uint8_t home; /**< the source's worker */
	enum { FORWARD_MIRROR_OFF, FORWARD_MIRROR_ON, FORWARD_MIRROR_LEAVING } state;
	bool leave_due;
	bool keyframe_due[FORWARD_TRACKS];
	bool primed;                 /**< has what the source had for who joins */
	struct forward_stream *next; /**< of the worker's mirrors */
	struct forward_repairs asked[FORWARD_TRACKS];
	struct forward_link link;
};

/** Make a stream a mirror of the one at home. @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int forward_mirror_create(struct forward_stream *stream, uint8_t home);
/** Nobody needs it any more. @return true: it may go; false: not before the source has let go of it. */
bool forward_mirror_leave(struct forward_stream *stream);
/** Out of the worker's mirrors, freed. Only once it may go, or the workers have stopped. */
void forward_mirror_destroy(struct forward_stream *stream);
/** Subscribe if need be. */
void forward_mirror_enter(struct forward_stream *stream);
void forward_mirror_want_keyframe(struct forward_stream *stream, const struct forward_track *track);
void forward_mirror_want_packet(struct forward_stream *stream, const struct forward_track *track, int64_t ext);

/** To all mirrors of a source. */
void forward_links_packet(struct forward_stream *stream, const struct forward_track *track,
                          const struct forward_packet *packet);
void forward_links_host(struct forward_stream *stream);

/** Take what the others said, within bounds. */
void forward_mirrors_receive(struct forward_worker *worker);
/** Say again what was not taken. Each tick. */
void forward_mirrors_again(struct forward_worker *worker);
/** Tell sources what is watched. Each second. */
void forward_mirrors_watch(struct forward_worker *worker);
/** Let go of what nobody will take any more: the workers have stopped. */
void forward_mirrors_drop(struct forward_worker *worker);
#endif
