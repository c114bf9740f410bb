/* Recordings as they are played again: journals read, playlists made of them, the few that are asked for kept. */
#ifndef TRUNKSHOW_API_REPLAYS_H
#define TRUNKSHOW_API_REPLAYS_H

#include <stddef.h>

#include "base/settings.h"
#include "hls/hls.h"
#include "store/records.h"

struct store_reader;

/** data_dir/recordings/<show>: journal, media files, and clip-<id>.mp4 with clip-<id>.jpg. */
void api_replay_folder(const struct base_settings *settings, struct base_id show, char *out, size_t size);

/** Read the journal of a recording, as far as it goes. @return a stream that has ended; NULL: there is no journal.
 * Blocks. Thread: any, the stream is the caller's. */
struct hls_stream *api_replay_load(const struct base_settings *settings, struct base_id show);

struct api_replays;

/** @return never NULL. */
struct api_replays *api_replays_create(const struct base_settings *settings);
void api_replays_destroy(struct api_replays *replays); /**< accepts NULL */

/** A playlist of a show that has ended: index.m3u8, v0.m3u8 and so on, with what was featured as date ranges.
 *  @return a new reference; NULL: there is none. Thread: jobs. */
struct base_buffer *api_replays_playlist(struct api_replays *replays, struct store_reader *reader, struct base_id show,
                                         const char *name);

/** Where on the replay's time line moments lie. */
struct api_moment {
	int64_t from_ms, to_ms; /**< wall clock in, time line out */
};
/** @param duration_ms of the whole. @return false: nothing is recorded. Thread: jobs. */
bool api_replays_place(struct api_replays *replays, struct base_id show, struct api_moment *moments, size_t count,
                       int64_t *duration_ms);
#endif
