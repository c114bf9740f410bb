/* LL-HLS (RFC 8216bis) of one show: notes of its pipeline in, playlists and the places of files out. Live with a window
 * that moves, or whole as a recording. Pure: no clock, no files, no threads; the caller locks.
 *
 * Names of files, as pages and players see them:
 *   index.m3u8                          the multivariant playlist
 *   v0.m3u8, a0.m3u8, v1.m3u8           a track's media playlist
 *   <epoch>-<track>-i<n>.mp4            an init segment, as on disk
 *   <epoch>-<track>-<segment>.m4s       a segment, as on disk
 *   <epoch>-<track>-<segment>.<part>.m4s  a part: a range of bytes of the segment's file
 */
#ifndef TRUNKSHOW_HLS_HLS_H
#define TRUNKSHOW_HLS_HLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "hls/notes.h"

#define HLS_FILE_BYTES 64 /**< longest name, with NUL */
#define HLS_INDEX "index.m3u8"

struct hls_stream;

struct hls_config {
	int64_t part_us, segment_us; /**< as the pipeline was asked for */
	int64_t window_us; /**< what a live playlist lists at least; 0: everything is kept, as of a recording */
	int64_t first_msn; /**< the first media sequence number: one that an earlier stream of the same address has not
	                      had, for what caches keep */
};

/** @return never NULL. */
struct hls_stream *hls_stream_create(const struct hls_config *config);
void hls_stream_destroy(struct hls_stream *stream); /**< accepts NULL */

/** Whole lines of notes or of a journal; a last line without its end is left out, as are lines that make no sense.
 * @return whether a playlist has changed. */
bool hls_stream_feed(struct hls_stream *stream, const char *text, size_t len);
/** The show is over: unfinished segments end where they are, playlists say so, and nothing is coming any more. */
void hls_stream_end(struct hls_stream *stream);
bool hls_stream_ended(const struct hls_stream *stream);

/** Number of a track, from its name; -1: there is none. Good as long as the stream lives. */
int hls_stream_track(const struct hls_stream *stream, const char *name, size_t len);
/** Whether every track that has been announced has something to play: before that there is no multivariant playlist. */
bool hls_stream_ready(const struct hls_stream *stream);

enum hls_state {
	HLS_THERE,
	HLS_COMING, /**< the next ones: worth holding a request for */
	HLS_GONE,   /**< or never there, or too far ahead */
};

/** Where a file's bytes lie. */
struct hls_place {
	char file[HLS_FILE_BYTES]; /**< in the spool or the recording's folder */
	uint64_t offset, bytes;    /**< bytes 0: the whole file (an init segment) */
	bool part;
};

/** Look an init segment, segment or part up by the name that players use. */
enum hls_state hls_stream_find(const struct hls_stream *stream, const char *name, struct hls_place *out);

/** Whether a track's playlist holds this media sequence number and part (RFC 8216bis §6.2.5.2; part -1: the whole
 * segment). HLS_GONE: so far ahead that it is an error. What is past is there. */
enum hls_state hls_stream_reached(const struct hls_stream *stream, int track, int64_t msn, int64_t part);

/** The multivariant playlist. @return a new reference; NULL unless the stream is ready. */
struct base_buffer *hls_stream_index(struct hls_stream *stream);

/** A track's media playlist, the very same buffer until the track changes.
 * @param skip a delta update; what cannot be skipped is listed.
 * @return a new reference; NULL: the track has nothing yet. */
struct base_buffer *hls_stream_playlist(struct hls_stream *stream, int track, bool skip);

int64_t hls_stream_target_us(const struct hls_stream *stream); /**< the target duration that playlists name */

/* ---- recordings: window_us 0, fed with a journal, ended ---- */

struct hls_span {
	int64_t start_us, end_us; /**< wall clock of the first and the last picture (Unix) */
	int64_t duration_us;      /**< that plays: gaps are cut */
	uint64_t bytes;           /**< of all tracks' segments */
	size_t segments;          /**< of the longest track */
};
void hls_stream_span(const struct hls_stream *stream, struct hls_span *out);
/** Where on the playlist's time line a moment of the wall clock lies, from its start; in a gap: where it plays on.
 * Clamped to what there is. */
int64_t hls_stream_position_us(const struct hls_stream *stream, int64_t wall_us);
/** A recording's media playlist (VOD, byte ranges of segments, gaps cut). @param extra lines to stand in its head, each
 * with its end (EXT-X-DATERANGE); may be NULL. @return a new reference; NULL: nothing is recorded. */
struct base_buffer *hls_stream_vod(const struct hls_stream *stream, int track, const char *extra);
#endif
