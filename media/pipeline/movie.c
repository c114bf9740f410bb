/* A whole file's head: sample tables (ISO/IEC 14496-12 §8.6, §8.7) in front of the samples. */
#include <errno.h>

#include "pipeline/boxes.h"

#define MOVIE_TIMESCALE 1000u
#define EPOCH_1904_S 2082844800 /* from 1904 to 1970 */
#define MOVIE_TRACKS 8
#define MOVIE_BYTES UINT32_MAX

/** What all tables are made from. */
struct movie {
	const struct mp4_movie_track *tracks;
	size_t track_count;
	const struct mp4_chunk *chunks;
	size_t chunk_count;
	size_t offsets[MOVIE_TRACKS]; /* where each track's first chunk offset stands in the buffer */
};

/** Do the chunks cover each track's samples exactly, and does all of it fit? */
static int check(const struct movie *m)
{
	size_t left[MOVIE_TRACKS];
	uint64_t bytes = 0;
	if (m->track_count == 0 || m->track_count > MOVIE_TRACKS)
		return -EINVAL;
	for (size_t t = 0; t < m->track_count; t++) {
		left[t] = m->tracks[t].count;
		for (size_t i = 0; i < m->tracks[t].count; i++)
			bytes += m->tracks[t].samples[i].size;
		bytes += (uint64_t)m->tracks[t].count * 16; /* its tables at most */
	}
	for (size_t i = 0; i < m->chunk_count; i++) {
		const struct mp4_chunk *c = &m->chunks[i];
		if (c->track >= m->track_count || c->samples == 0 || c->samples > left[c->track])
			return -EINVAL;
		left[c->track] -= c->samples;
	}
	for (size_t t = 0; t < m->track_count; t++)
		if (left[t] > 0 || m->tracks[t].count == 0)
			return -EINVAL;
	return bytes + (uint64_t)m->chunk_count * 16 + 65536 > MOVIE_BYTES ? -EFBIG : 0;
}

static uint64_t duration(const struct mp4_movie_track *t)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < t->count; i++)
		sum += t->samples[i].duration;
	return sum;
}

static uint64_t movie_duration(const struct mp4_movie_track *t)
{
	return duration(t) * MOVIE_TIMESCALE / (t->track.timescale ? t->track.timescale : 1);
}

/** stts: durations, in runs. */
static void write_times(struct mp4_buffer *b, const struct mp4_movie_track *t)
{
	size_t box = box_begin_full(b, "stts", 0, 0), count_at = b->len, i = 0;
	uint32_t runs = 0;
	box_u32(b, 0);
	while (i < t->count) {
		size_t first = i;
		while (i < t->count && t->samples[i].duration == t->samples[first].duration)
			i++;
		box_u32(b, (uint32_t)(i - first));
		box_u32(b, t->samples[first].duration);
		runs++;
	}
	box_patch32(b, count_at, runs);
	box_end(b, box);
}

/** stss: where a player may begin; without it, anywhere. */
static void write_keys(struct mp4_buffer *b, const struct mp4_movie_track *t)
{
	size_t box = box_begin_full(b, "stss", 0, 0), count_at = b->len;
	uint32_t keys = 0;
	box_u32(b, 0);
	for (size_t i = 0; i < t->count; i++) {
		if (!t->samples[i].key)
			continue;
		box_u32(b, (uint32_t)i + 1);
		keys++;
	}
	box_patch32(b, count_at, keys);
	box_end(b, box);
}

/** stsc: how many samples each chunk holds, in runs. */
static void write_chunks(struct mp4_buffer *b, const struct movie *m, size_t track)
{
	size_t box = box_begin_full(b, "stsc", 0, 0), count_at = b->len;
	uint32_t runs = 0, chunk = 0, last = 0;
	box_u32(b, 0);
	for (size_t i = 0; i < m->chunk_count; i++) {
		if (m->chunks[i].track != track)
			continue;
		chunk++;
		if (m->chunks[i].samples == last)
			continue;
		last = m->chunks[i].samples;
		box_u32(b, chunk);
		box_u32(b, last);
		box_u32(b, 1);
		runs++;
	}
	box_patch32(b, count_at, runs);
	box_end(b, box);
}

static void write_sizes(struct mp4_buffer *b, const struct mp4_movie_track *t)
{
	size_t box = box_begin_full(b, "stsz", 0, 0);
	box_u32(b, 0);
	box_u32(b, (uint32_t)t->count);
	for (size_t i = 0; i < t->count; i++)
		box_u32(b, t->samples[i].size);
	box_end(b, box);
}

/** stco, its numbers to be filled in once the head's size is known. */
static void write_offsets(struct mp4_buffer *b, struct movie *m, size_t track)
{
	size_t box = box_begin_full(b, "stco", 0, 0);
	uint32_t count = 0;
	for (size_t i = 0; i < m->chunk_count; i++)
		count += m->chunks[i].track == track;
	box_u32(b, count);
	m->offsets[track] = b->len;
	box_zeros(b, (size_t)count * 4);
	box_end(b, box);
}

static int write_track(struct mp4_buffer *b, struct movie *m, size_t track, uint32_t created)
{
	const struct mp4_movie_track *t = &m->tracks[track];
	struct box_trak trak;
	if (box_trak_begin(b, &t->track, created, movie_duration(t), duration(t), &trak) != 0)
		return -EINVAL;
	write_times(b, t);
	if (t->track.codec != MP4_AAC)
		write_keys(b, t);
	write_chunks(b, m, track);
	write_sizes(b, t);
	write_offsets(b, m, track);
	box_trak_end(b, &trak);
	return 0;
}

/** Sets the chunks' offsets. @return size of the samples in all. */
static uint64_t place_chunks(struct mp4_buffer *b, struct movie *m, uint64_t start)
{
	size_t sample[MOVIE_TRACKS] = {0};
	uint64_t at = start;
	for (size_t i = 0; i < m->chunk_count; i++) {
		const struct mp4_chunk *c = &m->chunks[i];
		box_patch32(b, m->offsets[c->track], (uint32_t)at);
		m->offsets[c->track] += 4;
		for (uint32_t k = 0; k < c->samples; k++)
			at += m->tracks[c->track].samples[sample[c->track]++].size;
	}
	return at - start;
}

int mp4_movie(struct mp4_buffer *out, const struct mp4_movie_track *tracks, size_t track_count,
              const struct mp4_chunk *chunks, size_t chunk_count, int64_t created_s)
{
	static const char *const brands[] = {"isom", "iso2", "avc1", "mp41", NULL};
	struct movie m = {.tracks = tracks, .track_count = track_count, .chunks = chunks, .chunk_count = chunk_count};
	uint32_t created = (uint32_t)(created_s + EPOCH_1904_S), next = 1;
	uint64_t longest = 0;
	size_t begin = out->len;
	int rc = check(&m);
	if (rc < 0)
		return rc;
	for (size_t t = 0; t < track_count; t++) {
		longest = movie_duration(&tracks[t]) > longest ? movie_duration(&tracks[t]) : longest;
		next = tracks[t].track.id >= next ? tracks[t].track.id + 1 : next;
	}
	box_brands(out, 512, brands);
	size_t moov = box_begin(out, "moov");
	box_movie_header(out, created, MOVIE_TIMESCALE, longest, next);
	for (size_t t = 0; t < track_count; t++) {
		if (write_track(out, &m, t, created) != 0) {
			out->len = begin;
			return -EINVAL;
		}
	}
	box_end(out, moov);
	size_t mdat = box_begin(out, "mdat");
	uint64_t bytes = place_chunks(out, &m, out->len - begin);
	box_patch32(out, mdat, (uint32_t)(bytes + 8));
	return out->failed ? -ENOMEM : 0;
}
