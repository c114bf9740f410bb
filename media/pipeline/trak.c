/* What is the same in an init segment and in a movie: headers of the movie and of a track, sample entries. */
#include "pipeline/boxes.h"

#include <errno.h>
#include <stdio.h>

#define LANGUAGE_UND 0x55C4
#define DPI_72 0x00480000
#define FIXED_1 0x00010000

enum { ES_DESCRIPTOR = 3, DECODER_CONFIG = 4, DECODER_SPECIFIC = 5, SYNC_CONFIG = 6 };
enum { OBJECT_AAC = 0x40, STREAM_AUDIO = 0x15, PROFILE_AAC_LC = 2 };

/** The unity matrix: as it is, not turned. */
static void matrix(struct mp4_buffer *b)
{
	static const uint32_t unity[9] = {FIXED_1, 0, 0, 0, FIXED_1, 0, 0, 0, 0x40000000};
	for (size_t i = 0; i < 9; i++)
		box_u32(b, unity[i]);
}

/** Creation and modification time. */
static void times(struct mp4_buffer *b, uint32_t created)
{
	box_u32(b, 0);
	box_u32(b, created);
	box_u32(b, 0);
	box_u32(b, created);
}

void box_movie_header(struct mp4_buffer *b, uint32_t created, uint32_t timescale, uint64_t duration, uint32_t next)
{
	size_t mvhd = box_begin_full(b, "mvhd", 1, 0);
	times(b, created);
	box_u32(b, timescale);
	box_u64(b, duration);
	box_u32(b, FIXED_1); /* rate */
	box_u16(b, 0x0100);  /* volume */
	box_zeros(b, 10);
	matrix(b);
	box_zeros(b, 24);
	box_u32(b, next);
	box_end(b, mvhd);
}

static void track_header(struct mp4_buffer *b, const struct mp4_track *track, uint32_t created, uint64_t duration)
{
	enum { ENABLED = 1, IN_MOVIE = 2, IN_PREVIEW = 4 };
	bool sound = track->codec == MP4_AAC;
	size_t tkhd = box_begin_full(b, "tkhd", 1, ENABLED | IN_MOVIE | IN_PREVIEW);
	times(b, created);
	box_u32(b, track->id);
	box_u32(b, 0);
	box_u64(b, duration);
	box_zeros(b, 8);
	box_u16(b, 0);             /* layer */
	box_u16(b, sound ? 1 : 0); /* alternate group */
	box_u16(b, sound ? 0x0100 : 0);
	box_u16(b, 0);
	matrix(b);
	box_u32(b, sound ? 0 : (uint32_t)track->width << 16);
	box_u32(b, sound ? 0 : (uint32_t)track->height << 16);
	box_end(b, tkhd);
}

static void media_header(struct mp4_buffer *b, const struct mp4_track *track, uint32_t created, uint64_t duration)
{
	size_t box = box_begin_full(b, "mdhd", 1, 0);
	times(b, created);
	box_u32(b, track->timescale);
	box_u64(b, duration);
	box_u16(b, LANGUAGE_UND);
	box_u16(b, 0);
	box_end(b, box);
	box = box_begin_full(b, "hdlr", 0, 0);
	box_u32(b, 0);
	box_bytes(b, track->codec == MP4_AAC ? "soun" : "vide", 4);
	box_zeros(b, 12);
	box_bytes(b, track->codec == MP4_AAC ? "Sound" : "Video", 6);
	box_end(b, box);
}

static void media_kind(struct mp4_buffer *b, bool sound)
{
	size_t box = sound ? box_begin_full(b, "smhd", 0, 0) : box_begin_full(b, "vmhd", 0, 1);
	box_zeros(b, sound ? 4 : 8);
	box_end(b, box);
	box = box_begin(b, "dinf");
	size_t dref = box_begin_full(b, "dref", 0, 0);
	box_u32(b, 1);
	box_end(b, box_begin_full(b, "url ", 0, 1)); /* in this file */
	box_end(b, dref);
	box_end(b, box);
}

static void bitrate(struct mp4_buffer *b, uint32_t bps)
{
	if (bps == 0)
		return;
	size_t btrt = box_begin(b, "btrt");
	box_u32(b, 0);
	box_u32(b, bps);
	box_u32(b, bps);
	box_end(b, btrt);
}

static void parameter_set(struct mp4_buffer *b, const struct h264_set *set)
{
	box_u16(b, set->len);
	box_bytes(b, set->data, set->len);
}

static bool has_chroma_fields(uint8_t profile)
{
	return profile == 100 || profile == 110 || profile == 122 || profile == 244;
}

/** AVCDecoderConfigurationRecord (14496-15 §5.3.3.1). */
static void decoder_record(struct mp4_buffer *b, const struct h264_sets *sets, const struct media_sps *sps)
{
	size_t avcc = box_begin(b, "avcC");
	box_u8(b, 1);
	box_u8(b, sps->profile);
	box_u8(b, sps->constraints);
	box_u8(b, sps->level);
	box_u8(b, 0xFC | 3); /* lengths of four bytes */
	box_u8(b, 0xE0 | 1);
	parameter_set(b, &sets->sps);
	box_u8(b, (unsigned)sets->pps_count);
	for (size_t i = 0; i < sets->pps_count; i++)
		parameter_set(b, &sets->pps[i]);
	if (has_chroma_fields(sps->profile)) {
		box_u8(b, 0xFCu | sps->chroma);
		box_u8(b, 0xF8u | (sps->luma_bits - 8u));
		box_u8(b, 0xF8u | (sps->chroma_bits - 8u));
		box_u8(b, 0);
	}
	box_end(b, avcc);
}

static int video_entry(struct mp4_buffer *b, const struct mp4_track *track)
{
	struct media_sps sps;
	if (!track->sets || !h264_sets_whole(track->sets) ||
	    media_sps_read(track->sets->sps.data, track->sets->sps.len, &sps) != 0 || track->width <= 0 ||
	    track->width > 16384 || track->height <= 0 || track->height > 16384)
		return -EINVAL;
	size_t entry = box_begin(b, track->codec == MP4_AVC3 ? "avc3" : "avc1");
	box_zeros(b, 6);
	box_u16(b, 1); /* data reference */
	box_zeros(b, 16);
	box_u16(b, (unsigned)track->width);
	box_u16(b, (unsigned)track->height);
	box_u32(b, DPI_72);
	box_u32(b, DPI_72);
	box_u32(b, 0);
	box_u16(b, 1); /* frame a sample */
	box_zeros(b, 32);
	box_u16(b, 24);
	box_u16(b, 0xFFFF);
	decoder_record(b, track->sets, &sps);
	bitrate(b, track->bitrate);
	box_end(b, entry);
	return 0;
}

int mp4_aac_config(uint32_t rate, int channels, uint8_t out[2])
{
	static const uint32_t rates[] = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
	                                 22050, 16000, 12000, 11025, 8000,  7350};
	size_t i = 0;
	while (i < sizeof rates / sizeof rates[0] && rates[i] != rate)
		i++;
	if (i == sizeof rates / sizeof rates[0] || channels < 1 || channels > 2)
		return -EINVAL;
	/* object type 5 bits, frequency index 4, channels 4, then frames of 1024 samples */
	out[0] = (uint8_t)(PROFILE_AAC_LC << 3 | i >> 1);
	out[1] = (uint8_t)((i & 1) << 7 | (unsigned)channels << 3);
	return 0;
}

static void descriptor(struct mp4_buffer *b, unsigned tag, unsigned len)
{
	box_u8(b, tag);
	box_u8(b, len);
}

/** ES_Descriptor (14496-1 §7.2.6.5). */
static void stream_descriptor(struct mp4_buffer *b, const uint8_t config[2], uint32_t bps)
{
	size_t esds = box_begin_full(b, "esds", 0, 0);
	descriptor(b, ES_DESCRIPTOR, 3 + 2 + 13 + 2 + 2 + 2 + 1);
	box_u16(b, 0); /* ES_ID: none in files */
	box_u8(b, 0);
	descriptor(b, DECODER_CONFIG, 13 + 2 + 2);
	box_u8(b, OBJECT_AAC);
	box_u8(b, STREAM_AUDIO);
	box_u24(b, 0);
	box_u32(b, bps);
	box_u32(b, bps);
	descriptor(b, DECODER_SPECIFIC, 2);
	box_bytes(b, config, 2);
	descriptor(b, SYNC_CONFIG, 1);
	box_u8(b, 2);
	box_end(b, esds);
}

static int sound_entry(struct mp4_buffer *b, const struct mp4_track *track)
{
	uint8_t config[2];
	if (mp4_aac_config(track->rate, track->channels, config) != 0 || track->rate > 0xFFFF)
		return -EINVAL;
	size_t entry = box_begin(b, "mp4a");
	box_zeros(b, 6);
	box_u16(b, 1);
	box_zeros(b, 8);
	box_u16(b, (unsigned)track->channels);
	box_u16(b, 16);
	box_u32(b, 0);
	box_u32(b, track->rate << 16);
	stream_descriptor(b, config, track->bitrate);
	bitrate(b, track->bitrate);
	box_end(b, entry);
	return 0;
}

int box_trak_begin(struct mp4_buffer *b, const struct mp4_track *track, uint32_t created, uint64_t movie_duration,
                   uint64_t duration, struct box_trak *out)
{
	bool sound = track->codec == MP4_AAC;
	if (track->id == 0 || track->timescale == 0)
		return -EINVAL;
	out->trak = box_begin(b, "trak");
	track_header(b, track, created, movie_duration);
	out->mdia = box_begin(b, "mdia");
	media_header(b, track, created, duration);
	out->minf = box_begin(b, "minf");
	media_kind(b, sound);
	out->stbl = box_begin(b, "stbl");
	size_t stsd = box_begin_full(b, "stsd", 0, 0);
	box_u32(b, 1);
	if ((sound ? sound_entry(b, track) : video_entry(b, track)) != 0)
		return -EINVAL;
	box_end(b, stsd);
	return 0;
}

void box_trak_end(struct mp4_buffer *b, const struct box_trak *trak)
{
	box_end(b, trak->stbl);
	box_end(b, trak->minf);
	box_end(b, trak->mdia);
	box_end(b, trak->trak);
}

int mp4_codec_name(const struct mp4_track *track, char *out, size_t size)
{
	struct media_sps sps;
	int n;
	if (track->codec == MP4_AAC) {
		n = snprintf(out, size, "mp4a.40.%d", PROFILE_AAC_LC);
	} else {
		if (!track->sets || media_sps_read(track->sets->sps.data, track->sets->sps.len, &sps) != 0)
			return -EINVAL;
		n = snprintf(out, size, "%s.%02x%02x%02x", track->codec == MP4_AVC3 ? "avc3" : "avc1", sps.profile,
		             sps.constraints, sps.level);
	}
	return n > 0 && (size_t)n < size ? 0 : -ENOSPC;
}
