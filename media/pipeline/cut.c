#include "pipeline/cut.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define JOINT_US 50000      /* what two parts that belong together may be apart */
#define COMPLETE_US 1000000 /* what may be missing at either end of what is wanted */
#define SAMPLES_MAX (1u << 20)

/** Does a part go on where the one before ended? */
static bool follows(const struct journal_part *before, const struct journal_part *part)
{
	int64_t apart_us = part->start_us - (before->start_us + before->duration_us);
	return !part->discontinuity && part->init == before->init && strcmp(part->epoch, before->epoch) == 0 &&
	       apart_us <= JOINT_US && apart_us >= -JOINT_US;
}

static int64_t overlap(const struct cut_stretch *s)
{
	return s->to_us - s->from_us;
}

static void consider(const struct journal *j, size_t first, size_t last, int64_t from_us, int64_t to_us,
                     struct cut_stretch *best)
{
	int64_t begin_us = j->parts[first].start_us, end_us = j->parts[last].start_us + j->parts[last].duration_us;
	struct cut_stretch s = {.first = first,
	                        .end = last + 1,
	                        .from_us = begin_us > from_us ? begin_us : from_us,
	                        .to_us = end_us < to_us ? end_us : to_us};
	s.whole = s.from_us - from_us <= COMPLETE_US && to_us - s.to_us <= COMPLETE_US;
	if (overlap(&s) > 0 && (best->end == 0 || overlap(&s) > overlap(best)))
		*best = s;
}

/** The last part at or before the begin that starts with a keyframe; the first one, when there is none. */
static size_t begin_of(const struct journal *j, const struct cut_stretch *s)
{
	size_t begin = s->first;
	for (size_t i = s->first; i < s->end && j->parts[i].start_us <= s->from_us; i++)
		if (j->parts[i].track == JOURNAL_PICTURE && j->parts[i].independent)
			begin = i;
	return begin;
}

int cut_choose(const struct journal *j, int64_t from_us, int64_t to_us, struct cut_stretch *out)
{
	size_t first = SIZE_MAX, last = SIZE_MAX, begin;
	*out = (struct cut_stretch){.end = 0};
	for (size_t i = 0; i < j->count; i++) {
		if (j->parts[i].track != JOURNAL_PICTURE)
			continue;
		if (last == SIZE_MAX || !follows(&j->parts[last], &j->parts[i])) {
			if (last != SIZE_MAX)
				consider(j, first, last, from_us, to_us, out);
			first = i;
		}
		last = i;
	}
	if (last != SIZE_MAX)
		consider(j, first, last, from_us, to_us, out);
	if (out->end == 0)
		return -ENOENT;
	begin = begin_of(j, out);
	/* segments begin together, but only nearly: what sounds at the begin may be in the one before */
	out->sound_first = j->parts[begin].segment - (begin > out->first && j->parts[begin].segment > 0);
	out->sound_last = j->parts[out->end - 1].segment;
	out->first = begin;
	return 0;
}

bool cut_wants(const struct journal *j, const struct cut_stretch *s, size_t part)
{
	const struct journal_part *p = &j->parts[part], *begin = &j->parts[s->first];
	if (p->track == JOURNAL_PICTURE)
		return part >= s->first && part < s->end;
	return strcmp(p->epoch, begin->epoch) == 0 && p->segment >= s->sound_first && p->segment <= s->sound_last &&
	       p->start_us < s->to_us && p->start_us + p->duration_us > begin->start_us;
}

static int make_room(struct cut_track *t)
{
	size_t size = t->size ? t->size * 2 : 1024;
	struct mp4_read_sample *grown = size <= SAMPLES_MAX ? realloc(t->samples, size * sizeof *grown) : NULL;
	if (!grown)
		return size <= SAMPLES_MAX ? -ENOMEM : -EBADMSG;
	t->samples = grown;
	t->size = size;
	return 0;
}

int cut_add(struct cut_track *t, uint8_t *fragment, size_t len)
{
	int n = -ENOSPC;
	if (t->size > 0)
		n = mp4_read_fragment(fragment, len, t->samples + t->count, t->size - t->count);
	while (n == -ENOSPC) {
		n = make_room(t);
		if (n == 0)
			n = mp4_read_fragment(fragment, len, t->samples + t->count, t->size - t->count);
	}
	if (n < 0)
		return n;
	t->count += (size_t)n;
	return 0;
}

void cut_track_finish(struct cut_track *t)
{
	free(t->samples);
	*t = (struct cut_track){.there = false};
}

/** Keep samples from `first` to before `end`. */
static void keep(struct cut_track *t, size_t first, size_t end)
{
	memmove(t->samples, t->samples + first, (end - first) * sizeof *t->samples);
	t->count = end - first;
}

/** Take SPS, PPS and delimiters out, in place. @return false: there are others than those of the init segment, or the
 *  picture is broken. */
static bool strip(struct mp4_read_sample *s, const struct h264_sets *sets)
{
	struct h264_sets inside = *sets;
	size_t at = 0, kept = 0, nal_len;
	const uint8_t *nal;
	while ((nal = h264_next(s->data, s->size, &at, &nal_len))) {
		uint8_t type = nal[0] & 0x1F;
		if (h264_sets_take(&inside, nal, nal_len) != 0 || inside.changes != sets->changes)
			return false;
		if (type == H264_SPS || type == H264_PPS || type == H264_AUD)
			continue;
		memmove(s->data + kept, nal - 4, nal_len + 4);
		kept += nal_len + 4;
	}
	if (at != s->size || kept == 0)
		return false;
	s->size = (uint32_t)kept;
	return true;
}

/** A sample lasts until the next begins. */
static void join_up(struct cut_track *t)
{
	for (size_t i = 0; i + 1 < t->count; i++) {
		uint64_t next = t->samples[i + 1].start, start = t->samples[i].start;
		t->samples[i].duration = next > start && next - start < UINT32_MAX ? (uint32_t)(next - start) : 1;
	}
}

static int trim_pictures(struct cut_track *t, uint64_t from, uint64_t to, bool *whole)
{
	uint64_t most = (uint64_t)CUT_MAX_US / 1000000 * t->init.timescale;
	size_t first = SIZE_MAX, end = 0;
	for (size_t i = 0; i < t->count; i++)
		if (t->samples[i].key && (first == SIZE_MAX || t->samples[i].start <= from))
			first = i;
	if (first == SIZE_MAX)
		return -ENODATA;
	if (to > t->samples[first].start + most)
		to = t->samples[first].start + most;
	for (end = first; end < t->count && (end == first || t->samples[end].start < to); end++) {
		bool rises = end == first || t->samples[end].start > t->samples[end - 1].start;
		if (!rises || !strip(&t->samples[end], &t->init.sets)) {
			*whole = false;
			break;
		}
	}
	if (end == first)
		return -ENODATA;
	keep(t, first, end);
	join_up(t);
	struct mp4_read_sample *last = &t->samples[t->count - 1];
	if (last->start + last->duration > t->samples[0].start + most)
		last->duration = (uint32_t)(t->samples[0].start + most - last->start);
	return 0;
}

/** One frame of AAC-LC that is silent. */
static const uint8_t *silence(int channels, uint32_t *size)
{
	static const uint8_t mono[] = {0x00, 0xC8, 0x00, 0x80, 0x23, 0x80};
	static const uint8_t stereo[] = {0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80};
	*size = channels == 1 ? sizeof mono : sizeof stereo;
	return channels == 1 ? mono : stereo;
}

/** Sound from `from` to `to` without gaps: what is missing is silence. */
static int fill_sound(struct cut_track *t, uint64_t from, uint64_t to)
{
	size_t room = t->count + (size_t)((to - from) / MP4_AAC_SAMPLES) + 4, n = 0, i = 0;
	struct mp4_read_sample *all = calloc(room, sizeof *all);
	uint64_t at = from;
	if (!all)
		return -ENOMEM;
	while (at < to && n < room) {
		while (i < t->count && t->samples[i].start + MP4_AAC_SAMPLES / 2 < at) /* twice there */
			i++;
		if (i < t->count && t->samples[i].start < at + MP4_AAC_SAMPLES / 2) {
			all[n] = t->samples[i++];
		} else {
			uint32_t size;
			uint8_t *data = (uint8_t *)(uintptr_t)silence(t->init.channels, &size); /* only read */
			all[n] = (struct mp4_read_sample){.data = data, .size = size, .key = true};
		}
		all[n].start = at;
		all[n++].duration = MP4_AAC_SAMPLES;
		at += MP4_AAC_SAMPLES;
	}
	free(t->samples);
	t->samples = all;
	t->count = n;
	t->size = room;
	return 0;
}

/** Ticks of one timescale in another. */
static uint64_t ticks_in(uint64_t ticks, uint32_t from, uint32_t to)
{
	return ticks / from * to + ticks % from * to / from;
}

int cut_trim(struct cut_track *pictures, struct cut_track *sound, uint64_t from, uint64_t to, bool *whole)
{
	int rc = trim_pictures(pictures, from, to, whole);
	if (rc < 0 || !sound->there || sound->count == 0)
		return rc;
	const struct mp4_read_sample *last = &pictures->samples[pictures->count - 1];
	uint32_t scale = pictures->init.timescale, rate = sound->init.timescale;
	uint64_t begin = ticks_in(pictures->samples[0].start, scale, rate);
	uint64_t end = ticks_in(last->start + last->duration, scale, rate);
	/* the frame that sounds when the picture begins: frames lie where the recording has them, so that only silence
	 * is moved to their grid */
	uint64_t grid = sound->samples[0].start % MP4_AAC_SAMPLES;
	for (size_t i = 0; i < sound->count && sound->samples[i].start <= begin; i++)
		grid = sound->samples[i].start % MP4_AAC_SAMPLES;
	uint64_t first = begin < grid ? begin : begin - (begin - grid) % MP4_AAC_SAMPLES;
	rc = fill_sound(sound, first, end);
	if (rc == 0)
		pictures->samples[0].duration += (uint32_t)ticks_in(begin - first, rate, scale);
	return rc;
}
