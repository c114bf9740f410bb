#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/timeline.h"
#include "recording.h"

enum { PART_US = 300000, SAMPLES = 64 };

void recording_path(const struct recording *r, const char *name, char *out, size_t size)
{
	snprintf(out, size, "%s/%s", r->folder, name);
}

static void append(const struct recording *r, const char *name, const void *data, size_t len, long *offset)
{
	char path[256];
	FILE *file;

	recording_path(r, name, path, sizeof(path));
	file = fopen(path, "ab");
	assert_non_null(file);
	if (offset)
		*offset = ftell(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

void recording_journal(const struct recording *r, const char *text)
{
	append(r, "journal", text, strlen(text), NULL);
}

void recording_epoch(struct recording *r, char digit, int64_t at_us)
{
	char line[64];

	memset(r->epoch, digit, 16);
	r->epoch[16] = '\0';
	r->epoch_us = RECORDING_ORIGIN + at_us;
	r->segment = r->init = 0;
	snprintf(line, sizeof(line), "hello epoch=%s\n", r->epoch);
	recording_journal(r, line);
}

struct recording recording_make(void)
{
	struct recording r = {.sequence = 0};

	folder_make(r.folder, sizeof(r.folder));
	recording_epoch(&r, 'a', 0);
	return r;
}

void recording_free(struct recording *r)
{
	folder_remove(r->folder);
}

static void write_init(struct recording *r, const char *name, const struct mp4_track *track)
{
	struct mp4_buffer b = {.len = 0};
	char file[64], line[160];

	assert_int_equal(mp4_init(&b, track), 0);
	snprintf(file, sizeof(file), "%s-%s-i%u.mp4", r->epoch, name, r->init);
	append(r, file, b.data, b.len, NULL);
	mp4_buffer_finish(&b);
	snprintf(line, sizeof(line), "track name=%s init=%u kind=video codecs=x width=%d height=%d\n", name, r->init,
	         track->width, track->height);
	recording_journal(r, line);
}

static void write_inits(struct recording *r, const struct stretch *s)
{
	struct media_sps sps;
	struct mp4_track track = {
	        .codec = MP4_AVC1, .id = 1, .timescale = MP4_VIDEO_TIMESCALE, .sets = &s->pictures->sets};

	assert_int_equal(media_sps_read(track.sets->sps.data, track.sets->sps.len, &sps), 0);
	track.width = sps.width;
	track.height = sps.height;
	write_init(r, "v0", &track);
	track = (struct mp4_track){
	        .codec = MP4_AAC, .id = 2, .timescale = MP4_AUDIO_TIMESCALE, .rate = 48000, .channels = 2};
	if (s->sound)
		write_init(r, "a0", &track);
}

/** One track of the stretch, on its way through the parts. */
struct way {
	const struct media *media;
	const char *name;
	uint32_t timescale, track;
	uint64_t ticks; /* of the next sample, from the epoch's origin */
	size_t next;
};

static int64_t time_us(const struct recording *r, const struct way *w)
{
	return r->epoch_us +
	       (int64_t)(w->ticks / w->timescale * 1000000 + w->ticks % w->timescale * 1000000 / w->timescale);
}

/** What begins before until_us, up to the next keyframe. */
static void write_part(struct recording *r, struct way *w, int64_t until_us, int part, bool discontinuity, bool missing)
{
	struct mp4_fragment f = {.track = w->track,
	                         .sequence = ++r->sequence,
	                         .decode_time = w->ticks,
	                         .video = w->track == 1,
	                         .samples = w->media->samples + w->next};
	int64_t start_us = time_us(r, w);
	struct mp4_buffer b = {.len = 0};
	char file[64], line[256];
	long offset;

	while (w->next < w->media->count && time_us(r, w) < until_us) {
		if (f.video && f.count > 0 && w->media->samples[w->next].key)
			break;
		w->ticks += w->media->samples[w->next++].duration;
		f.count++;
	}
	if (f.count == 0 || missing)
		return;
	assert_int_equal(mp4_fragment(&b, &f), 0);
	snprintf(file, sizeof(file), "%s-%s-%u.m4s", r->epoch, w->name, r->segment);
	append(r, file, b.data, b.len, &offset);
	snprintf(line, sizeof(line),
	         "part track=%s segment=%u part=%d init=%u offset=%ld bytes=%zu start_us=%" PRId64
	         " duration_us=%" PRId64 " independent=%d discontinuity=%d\n",
	         w->name, r->segment, part, r->init, offset, b.len, start_us, time_us(r, w) - start_us,
	         f.samples[0].key, discontinuity);
	recording_journal(r, line);
	mp4_buffer_finish(&b);
}

static bool at_keyframe(const struct way *w)
{
	return w->next >= w->media->count || w->media->samples[w->next].key;
}

void recording_add(struct recording *r, const struct stretch *s)
{
	int64_t origin_us = RECORDING_ORIGIN + s->at_us, begin_us;
	struct way v = {s->pictures, "v0", MP4_VIDEO_TIMESCALE, 1, timeline_ticks(origin_us, r->epoch_us, 90000), 0};
	struct way a = {s->sound, "a0", MP4_AUDIO_TIMESCALE, 2, timeline_ticks(origin_us, r->epoch_us, 48000), 0};
	bool first = true;

	write_inits(r, s);
	if (s->sound && a.ticks >= MP4_AAC_SAMPLES)
		a.ticks -= MP4_AAC_SAMPLES;
	else if (s->sound)
		a.next = 1; /* no time before the origin */
	while (v.next < v.media->count) {
		int part = 0;

		do {
			begin_us = time_us(r, &v);
			write_part(r, &v, begin_us + PART_US, part, first && s->discontinuity, false);
			if (s->sound)
				write_part(r, &a, time_us(r, &v), part, first && s->discontinuity,
				           begin_us >= origin_us + s->silent_from_us &&
				                   begin_us < origin_us + s->silent_to_us);
			first = false;
			part++;
		} while (!at_keyframe(&v));
		r->segment++;
	}
	r->init++;
}
