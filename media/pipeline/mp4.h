/* Writing ISO base media files (ISO/IEC 14496-12, -14, -15; CMAF, 23000-19): one track an init segment, one fragment a
 * part. Pure: into a growing buffer that the caller owns.
 *
 *   init segment    ftyp, moov (mvhd, trak, mvex)
 *   part            moof (mfhd, traf: tfhd default-base-is-moof, tfdt 64 bit, trun), mdat
 *   movie           ftyp, moov with all sample tables, mdat: what phones and browsers play as a file
 *
 * Samples are in decoding order, which is the order they are shown in (no B-frames, so no composition offsets, no edit
 * lists). Decode times of all tracks count from one origin, so that sound and picture keep their distance. */
#ifndef PIPELINE_MP4_H
#define PIPELINE_MP4_H

#include "pipeline/h264.h"

#define MP4_VIDEO_TIMESCALE 90000u
#define MP4_AUDIO_TIMESCALE 48000u
#define MP4_AAC_SAMPLES 1024u /**< of one AAC-LC frame */

/** Zeroed before use. `failed` sticks once memory was missing; then len is not to be used. */
struct mp4_buffer {
	uint8_t *data;
	size_t len, size;
	bool failed;
};
void mp4_buffer_reset(struct mp4_buffer *b);  /**< empty, keeps its memory for the next */
void mp4_buffer_finish(struct mp4_buffer *b); /**< frees */

enum mp4_codec {
	MP4_AVC1, /**< H.264, parameter sets in the sample entry (repeating the same ones in the samples does no harm)
	           */
	MP4_AVC3, /**< H.264, parameter sets in the samples; the sample entry has them too, for players that look there
	           */
	MP4_AAC   /**< AAC-LC, raw access units (no ADTS) */
};

/** What an init segment says of its track. Borrows the parameter sets. */
struct mp4_track {
	enum mp4_codec codec;
	uint32_t id;                  /**< track_ID, from 1 */
	uint32_t timescale;           /**< MP4_VIDEO_TIMESCALE, MP4_AUDIO_TIMESCALE */
	uint32_t bitrate;             /**< average [bit/s]; 0: not told */
	const struct h264_sets *sets; /**< video: whole ones */
	int width, height;            /**< video [pixels], as media_sps_read tells */
	uint32_t rate;                /**< sound: sampling rate, one of AAC's [Hz] */
	int channels;                 /**< sound: 1 or 2 */
};

/** One sample of a fragment or a movie. Borrows its bytes. */
struct mp4_sample {
	const uint8_t
	        *data; /**< H.264: NAL units with 4-byte lengths; AAC: one raw access unit. NULL in a movie's head */
	uint32_t size; /**< [bytes] */
	uint32_t duration; /**< [timescale]: until the next sample begins, which may lie in the next fragment */
	bool key;          /**< a decoder can begin here */
};

/** Append an init segment. @return 0; -EINVAL a track without what it needs; -ENOMEM. */
__attribute__((warn_unused_result)) int mp4_init(struct mp4_buffer *out, const struct mp4_track *track);

/** A fragment of one track. */
struct mp4_fragment {
	uint32_t track;       /**< track_ID */
	uint32_t sequence;    /**< of the fragment, from 1, rising */
	uint64_t decode_time; /**< of the first sample, from the tracks' common origin [timescale] */
	bool video;
	const struct mp4_sample *samples;
	size_t count; /**< at least 1 */
};
/** Append moof and mdat. AAC: the decode time is that of the sound that comes out of the frame; an encoder's priming
 *  (its first frames) is for the caller to drop or to shift by. @return 0; -EINVAL; -EFBIG above 2^31 bytes; -ENOMEM.
 */
__attribute__((warn_unused_result)) int mp4_fragment(struct mp4_buffer *out, const struct mp4_fragment *fragment);

/** The samples of a track that lie together in a movie's mdat. */
struct mp4_chunk {
	uint32_t track;   /**< index among the tracks */
	uint32_t samples; /**< how many of the track's, following on the chunk before; at least 1 */
};
struct mp4_movie_track {
	struct mp4_track track;
	const struct mp4_sample *samples; /**< data is not looked at */
	size_t count;
};
/** Append a whole file's head: ftyp, moov, and the header of mdat; the samples follow, chunk after chunk, and are for
 *  the caller to write. The chunks cover each track's samples exactly. Tracks begin together, at 0.
 *  @param created_s  Unix time [s]. @return 0; -EINVAL; -EFBIG above 2^32 bytes; -ENOMEM. */
__attribute__((warn_unused_result)) int mp4_movie(struct mp4_buffer *out, const struct mp4_movie_track *tracks,
                                                  size_t track_count, const struct mp4_chunk *chunks,
                                                  size_t chunk_count, int64_t created_s);

/** The name of the codec (RFC 6381): "avc1.42e01f", "mp4a.40.2". @return 0; -EINVAL; -ENOSPC. */
__attribute__((warn_unused_result)) int mp4_codec_name(const struct mp4_track *track, char *out, size_t size);
/** AudioSpecificConfig of AAC-LC (ISO/IEC 14496-3 §1.6.2.1). @return 0; -EINVAL not one of AAC's rates. */
__attribute__((warn_unused_result)) int mp4_aac_config(uint32_t rate, int channels, uint8_t out[2]);
#endif
