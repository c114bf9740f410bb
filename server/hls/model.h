/* The model of a stream, private to this folder: slots, one for each media sequence number, with what each track has
 * of it. */
#ifndef TRUNKSHOW_HLS_MODEL_H
#define TRUNKSHOW_HLS_MODEL_H

#include "hls/hls.h"

#define HLS_TRACKS 4
#define HLS_PARTS 64

struct hls_part {
	uint64_t offset, bytes;
	int64_t duration_us;
	bool independent;
};

/** One track's share of a slot. */
struct hls_piece {
	bool closed;    /**< it will not grow any more */
	bool gap;       /**< closed, and there is nothing */
	bool torn;      /**< closed without its pipeline's word: the file may have more bytes than count */
	bool dependent; /**< it cannot be decoded from its start */
	uint32_t init, parts;
	uint64_t bytes;
	int64_t start_us, duration_us;
	struct hls_part *list; /**< of parts; NULL in a recording */
};

struct hls_slot {
	int64_t epoch; /**< number of its epoch */
	uint32_t segment;
	bool discontinuity; /**< before it */
	int64_t begun_us;   /**< the end of the one before, for one of which nobody has anything */
	struct hls_piece pieces[HLS_TRACKS];
};

struct hls_epoch {
	char name[HLS_EPOCH_BYTES];
	int64_t first_msn;         /**< that segment 0 has, or would have */
	int64_t inits[HLS_TRACKS]; /**< the newest of each track, -1: none */
};

struct hls_track {
	struct hls_note_track note; /**< the newest */
	bool announced;             /**< in this epoch */
	bool played;                /**< it has had a part */
	struct base_buffer *rendered[2];
};

struct hls_stream {
	struct hls_config config;
	struct hls_slot **slots; /**< by media sequence number, from `oldest` on */
	size_t slot_count, slot_room;
	int64_t oldest;
	int64_t listed;           /**< the first that playlists name */
	int64_t discontinuities;  /**< before `listed` */
	struct hls_epoch *epochs; /**< those that slots are of, and the newest */
	size_t epoch_count;
	int64_t oldest_epoch; /**< number of the first */
	struct hls_track tracks[HLS_TRACKS];
	size_t track_count;
	bool ready, ended, broken;  /**< broken: a discontinuity comes with the next slot */
	int64_t part_us, target_us; /**< what playlists promise */
};

/** The slot of a media sequence number; NULL: gone or not there yet. */
struct hls_slot *hls_slot_at(const struct hls_stream *stream, int64_t msn);
/** The media sequence number after the newest. */
int64_t hls_next_msn(const struct hls_stream *stream);
/** The newest slot that a track has something of; -1: none. */
int64_t hls_track_msn(const struct hls_stream *stream, int track);
struct hls_epoch *hls_epoch_of(const struct hls_stream *stream, const struct hls_slot *slot);
int64_t hls_slot_duration_us(const struct hls_slot *slot);
bool hls_piece_empty(const struct hls_piece *piece); /**< neither parts nor closed */

/** Names of files. */
void hls_name_init(const struct hls_stream *stream, const struct hls_slot *slot, int track, char out[HLS_FILE_BYTES]);
void hls_name_segment(const struct hls_stream *stream, const struct hls_slot *slot, int track,
                      char out[HLS_FILE_BYTES]);
/** Also of a part that is not there yet. */
void hls_name_part(const struct hls_stream *stream, int track, int64_t msn, uint32_t part, char out[HLS_FILE_BYTES]);
#endif
