/* A pipeline that says what a test wants, and playlists held against files of golden/. */
#ifndef SERVER_HLS_PIPE_H
#define SERVER_HLS_PIPE_H

#include "hls/hls.h"

#define START_US 1790000000000000
#define EPOCH "0123456789abcdef"

struct pipe {
	struct hls_stream *stream;
	int64_t start_us;    /**< of segment 0 */
	uint64_t offsets[3]; /**< in the segment of v0, a0, v1 */
	int64_t lasts_us[3]; /**< what it has so far */
};

/** A stream with the settings' defaults, window 30 s. */
struct pipe pipe_open(void);
struct pipe pipe_open_recording(void);
void pipe_close(struct pipe *pipe);

/** Feed lines, formatted. @return as hls_stream_feed. */
__attribute__((format(printf, 2, 3))) bool pipe_say(struct pipe *pipe, const char *format, ...);
/** hello, and tracks v0 and a0. @param at_us where segment 0 begins, from START_US. */
void pipe_hello(struct pipe *pipe, const char *epoch, int64_t at_us);
void pipe_tracks(struct pipe *pipe, bool video, bool sound);
/** The next part of a track's segment, 300 ms; the first of v0 is independent. */
void pipe_part(struct pipe *pipe, const char *track, unsigned segment, unsigned part);
/** `segment` of a track, with what its parts were. */
void pipe_segment(struct pipe *pipe, const char *track, unsigned segment, unsigned parts);
/** Segments of v0 and a0, each 2.1 s of seven parts. */
void pipe_segments(struct pipe *pipe, unsigned first, unsigned count);

int pipe_track(const struct pipe *pipe, const char *name);
enum hls_state pipe_find(const struct pipe *pipe, const char *name, struct hls_place *out);
enum hls_state pipe_reached(const struct pipe *pipe, const char *track, int64_t msn, int64_t part);
/** A playlist as text, to be freed. */
char *pipe_playlist(const struct pipe *pipe, const char *track, bool skip);
/** Takes body; fails unless it is golden/NAME. */
void assert_golden(struct base_buffer *body, const char *name);
/** How often a text holds another. */
int count_of(const char *text, const char *what);
#endif
