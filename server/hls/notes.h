/* What trunkshow-pipeline --show says: one line of its notes (fd 4), which are the lines of a recording's journal, too:
 * `verb key=value key=value`. Pure. */
#ifndef TRUNKSHOW_HLS_NOTES_H
#define TRUNKSHOW_HLS_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HLS_EPOCH_BYTES 17  /**< 16 hex digits: one life of a pipeline */
#define HLS_TRACK_BYTES 4   /**< v0, a0, v1 */
#define HLS_CODECS_BYTES 48 /**< RFC 6381 */
#define HLS_DETAIL_BYTES 256

enum hls_verb { HLS_HELLO, HLS_TRACK, HLS_PART, HLS_SEGMENT, HLS_STATUS, HLS_PROBLEM };

struct hls_note_track {
	char name[HLS_TRACK_BYTES];
	uint32_t init;
	bool video;
	char codecs[HLS_CODECS_BYTES];
	int width, height, fps_milli; /**< video; 0: unknown */
	int rate, channels;           /**< sound */
	int64_t bitrate_bps;
};

struct hls_note_part {
	char track[HLS_TRACK_BYTES];
	uint32_t segment, part, init;
	uint64_t offset, bytes;
	int64_t start_us, duration_us; /**< start: Unix */
	bool independent, discontinuity;
};

struct hls_note_segment {
	char track[HLS_TRACK_BYTES];
	uint32_t segment, parts;
	uint64_t bytes;
	int64_t start_us, duration_us;
	bool discontinuity;
};

struct hls_note_status {
	uint64_t frames, video_packets, dropped, cpu_us;
};

struct hls_note_problem {
	char code[24];
	char detail[HLS_DETAIL_BYTES]; /**< decoded; printable ASCII or UTF-8, no control characters */
};

struct hls_note {
	enum hls_verb verb;
	union {
		char epoch[HLS_EPOCH_BYTES];
		struct hls_note_track track;
		struct hls_note_part part;
		struct hls_note_segment segment;
		struct hls_note_status status;
		struct hls_note_problem problem;
	};
};

/** Read one line, without its end. Unknown keys are passed over, so that a newer pipeline is understood.
 * @return 0; -ENOENT a verb that is not known; -EBADMSG a field is missing, twice there or out of its bounds. */
__attribute__((warn_unused_result)) int hls_note_read(const char *line, size_t len, struct hls_note *out);

/** Cut the next whole line off a text. @return false at its end; what has no end of line is left. */
bool hls_note_next(const char **text, size_t *len, const char **line, size_t *line_len);
#endif
