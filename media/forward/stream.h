/* One stream: its host, tracks, viewers and tap. Thread: owning worker. */
#ifndef MEDIA_FORWARD_STREAM_H
#define MEDIA_FORWARD_STREAM_H

#include "forward/gather.h"
#include "forward/mirror.h"
#include "forward/session.h"
#include "forward/track.h"

#define FORWARD_PICTURE_LOST_US 2000000

struct forward_tap {
	int fd;            /**< -1: none */
	bool told;         /**< the codecs message went out, and nothing has changed since */
	uint8_t track;     /**< of the picture, that it gets; 0: none yet */
	int64_t better_us; /**< since when there is a better one; 0: there is not */
};

struct forward_stream {
	struct forward_listed_stream listed; /**< name; node and stats are the directory's */
	struct forward_map_node node;
	struct forward_worker *worker;
	struct forward_track tracks[FORWARD_TRACKS];
	struct forward_host host;          /**< as viewers know it */
	struct forward_mirror *mirror;     /**< NULL: this is the source */
	struct forward_link *links;        /**< the source's mirrors */
	struct forward_session *publisher; /**< connected host; NULL: none, or at the source */
	struct forward_session **viewers;  /**< connected viewers */
	size_t viewer_count, viewer_room;
	size_t references;  /**< sessions of any state */
	bool picture;       /**< announced, and not lost since */
	bool clocked;       /**< ntp_offset is set for the present host */
	int64_t ntp_offset; /**< added to the host's NTP times, the same for both tracks [NTP 32.32] */
	struct forward_tap tap;
	struct forward_gather gather;
	struct forward_stream *next_dead;
	bool dead;
};

/** @param home where its source is @return the stream, made if need be, its place held; NULL: no memory. */
struct forward_stream *forward_stream_get(struct forward_worker *worker, const char *name, uint8_t home);
struct forward_stream *forward_stream_find(struct forward_worker *worker, const char *name);
/** Free it if nobody needs it any more. */
void forward_stream_release(struct forward_stream *stream);
/** A host has connected and takes over. */
void forward_stream_publish(struct forward_stream *stream, struct forward_session *session);
void forward_stream_unpublish(struct forward_stream *stream, struct forward_session *session);
/** @return 0; -ENOMEM. */
__attribute__((warn_unused_result)) int forward_stream_add_viewer(struct forward_stream *stream,
                                                                  struct forward_session *session);
/** A viewer begins: out of the cache, or with the keyframe that is asked for. */
void forward_stream_welcome(struct forward_stream *stream, struct forward_session *viewer);
void forward_stream_remove_viewer(struct forward_stream *stream, struct forward_session *session);
/** A viewer lacks a packet that is not in the cache: the source may have it. */
void forward_stream_want_packet(struct forward_stream *stream, const struct forward_track *track, int64_t ext);
/** Close every session and the tap. */
void forward_stream_close(struct forward_stream *stream, const char *reason);
/** A packet of a track: to every viewer and the tap. */
void forward_stream_packet(struct forward_stream *stream, struct forward_track *track, struct forward_packet *packet);
/** A source of the host changed: tell viewers that cannot decode it. */
void forward_stream_codec_changed(struct forward_stream *stream);
/** The picture's best layer of those that come; without layers the picture's track. */
struct forward_track *forward_stream_best(struct forward_stream *stream);
/** Is a track of use to anybody? The best layer always, another while somebody watches it or is about to. */
bool forward_stream_wants(struct forward_stream *stream, const struct forward_track *track);
/** When the picture's newest packet came. */
int64_t forward_stream_picture_us(const struct forward_stream *stream);
/** Somebody wants a keyframe of a track: ask the host, through the track's keyframe clock. */
void forward_stream_want_keyframe(struct forward_stream *stream, struct forward_track *track);
void forward_stream_set_picture(struct forward_stream *stream, bool picture);
void forward_stream_publish_stats(struct forward_stream *stream);
/** Nothing uses it or its links any more: the workers have stopped. */
void forward_stream_free(struct forward_stream *stream);

/* tap.c */
/** Replace the tap; fd is taken over, -1 only ends the old one. */
void forward_tap_set(struct forward_stream *stream, int fd);
void forward_tap_packet(struct forward_stream *stream, const struct forward_track *track,
                        const struct forward_packet *packet);
void forward_tap_rtcp(struct forward_stream *stream, const uint8_t *data, size_t len);
/** Something can be read from it, or it has hung up. */
void forward_tap_readable(struct forward_stream *stream);
#endif
