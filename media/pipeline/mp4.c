#include "pipeline/mp4.h"

#include <errno.h>

#include "pipeline/boxes.h"

#define FRAGMENT_MAX ((uint64_t)1 << 31)

enum { FLAGS_KEY = 0x02000000, FLAGS_DELTA = 0x01010000 }; /* depends on nothing; on others, and no place to begin */

static void empty_table(struct mp4_buffer *b, const char *type, size_t zeros)
{
	size_t box = box_begin_full(b, type, 0, 0);
	box_zeros(b, zeros);
	box_end(b, box);
}

static void extends(struct mp4_buffer *b, uint32_t track)
{
	size_t mvex = box_begin(b, "mvex"), trex = box_begin_full(b, "trex", 0, 0);
	box_u32(b, track);
	box_u32(b, 1); /* the one sample entry */
	box_zeros(b, 12);
	box_end(b, trex);
	box_end(b, mvex);
}

int mp4_init(struct mp4_buffer *out, const struct mp4_track *track)
{
	static const char *const brands[] = {"iso6", "cmfc", "mp41", NULL};
	struct box_trak trak;
	size_t begin = out->len;
	box_brands(out, 0, brands);
	size_t moov = box_begin(out, "moov");
	box_movie_header(out, 0, track->timescale, 0, track->id + 1);
	if (box_trak_begin(out, track, 0, 0, 0, &trak) != 0) {
		out->len = begin;
		return -EINVAL;
	}
	empty_table(out, "stts", 4);
	empty_table(out, "stsc", 4);
	empty_table(out, "stsz", 8);
	empty_table(out, "stco", 4);
	box_trak_end(out, &trak);
	extends(out, track->id);
	box_end(out, moov);
	return out->failed ? -ENOMEM : 0;
}

static void track_fragment_header(struct mp4_buffer *b, const struct mp4_fragment *f)
{
	enum { DEFAULT_FLAGS = 0x20, BASE_IS_MOOF = 0x020000 };
	size_t tfhd = box_begin_full(b, "tfhd", 0, BASE_IS_MOOF | (f->video ? 0 : DEFAULT_FLAGS));
	box_u32(b, f->track);
	if (!f->video)
		box_u32(b, FLAGS_KEY);
	box_end(b, tfhd);
	size_t tfdt = box_begin_full(b, "tfdt", 1, 0);
	box_u64(b, f->decode_time);
	box_end(b, tfdt);
}

/** @return where the offset of the data stands */
static size_t track_run(struct mp4_buffer *b, const struct mp4_fragment *f)
{
	enum { DATA_OFFSET = 1, DURATION = 0x100, SIZE = 0x200, FLAGS = 0x400 };
	size_t trun = box_begin_full(b, "trun", 0, DATA_OFFSET | DURATION | SIZE | (f->video ? FLAGS : 0));
	box_u32(b, (uint32_t)f->count);
	size_t offset = b->len;
	box_u32(b, 0);
	for (size_t i = 0; i < f->count; i++) {
		box_u32(b, f->samples[i].duration);
		box_u32(b, f->samples[i].size);
		if (f->video)
			box_u32(b, f->samples[i].key ? FLAGS_KEY : FLAGS_DELTA);
	}
	box_end(b, trun);
	return offset;
}

int mp4_fragment(struct mp4_buffer *out, const struct mp4_fragment *f)
{
	uint64_t bytes = 0;
	if (f->count == 0 || f->track == 0 || f->sequence == 0)
		return -EINVAL;
	if (f->count > FRAGMENT_MAX / 64)
		return -EFBIG;
	for (size_t i = 0; i < f->count; i++)
		bytes += f->samples[i].size;
	if (bytes + f->count * 12 + 256 > FRAGMENT_MAX)
		return -EFBIG;
	/* at once, for the sake of one allocation */
	if (!box_reserve(out, (size_t)bytes + f->count * 12 + 256))
		return -ENOMEM;
	size_t moof = box_begin(out, "moof"), box = box_begin_full(out, "mfhd", 0, 0);
	box_u32(out, f->sequence);
	box_end(out, box);
	box = box_begin(out, "traf");
	track_fragment_header(out, f);
	size_t offset = track_run(out, f);
	box_end(out, box);
	box_end(out, moof);
	box_patch32(out, offset, (uint32_t)(out->len - moof + 8));
	box = box_begin(out, "mdat");
	for (size_t i = 0; i < f->count; i++)
		box_bytes(out, f->samples[i].data, f->samples[i].size);
	box_end(out, box);
	return out->failed ? -ENOMEM : 0;
}
