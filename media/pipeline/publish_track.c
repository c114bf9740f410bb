#include "pipeline/publish_track.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/notes.h"

int64_t publish_clock(enum package_track track)
{
	return track == PACKAGE_SOUND ? PACKAGE_SOUND_CLOCK : PACKAGE_PICTURE_CLOCK;
}

uint8_t *publish_copy(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (copy)
		memcpy(copy, data, len);
	return copy;
}

void publish_record_track(struct publish *p, enum package_track which)
{
	const struct publish_track *t = &p->tracks[which];

	if (p->recording && t->announced)
		record_init(p->record, which, t->init, publish_copy(t->data, t->len), t->len, t->line);
}

static void describe(struct publish_track *t, enum package_track which, const struct mp4_track *track)
{
	char codec[48] = "";
	int n;

	if (mp4_codec_name(track, codec, sizeof(codec)) < 0)
		codec[0] = '\0';
	n = snprintf(t->line, sizeof(t->line), "track name=%s init=%" PRIu32 " kind=%s codecs=%s ",
	             spool_track_name(which), t->init, which == PACKAGE_SOUND ? "audio" : "video", codec);
	if (which == PACKAGE_SOUND)
		snprintf(t->line + n, sizeof(t->line) - (size_t)n, "rate=%" PRIu32 " channels=%d bitrate=%" PRIu32 "\n",
		         track->rate, track->channels, track->bitrate);
	else
		snprintf(t->line + n, sizeof(t->line) - (size_t)n,
		         "width=%d height=%d fps_milli=0 bitrate=%" PRIu32 "\n", track->width, track->height,
		         track->bitrate);
}

static bool write_init(struct publish *p, enum package_track which, struct mp4_track *track)
{
	struct publish_track *t = &p->tracks[which];
	int rc;

	track->id = (uint32_t)which + 1;
	track->timescale = (uint32_t)publish_clock(which);
	track->codec = which == PACKAGE_SOUND ? MP4_AAC : MP4_AVC1;
	mp4_buffer_reset(&p->buffer);
	if (mp4_init(&p->buffer, track) < 0 || p->buffer.failed)
		return false;
	free(t->data);
	t->data = publish_copy(p->buffer.data, p->buffer.len);
	t->len = t->data ? p->buffer.len : 0;
	if (!t->data)
		return false;
	t->init += t->announced;
	t->announced = true;
	describe(t, which, track);
	rc = spool_write_init(&p->spool, which, t->init, t->data, t->len);
	if (rc < 0)
		p->spool_failure = rc;
	notes_say(t->line);
	publish_record_track(p, which);
	return true;
}

void publish_sound(struct publish *p, uint32_t rate, int channels, uint32_t bitrate)
{
	struct mp4_track track = {.rate = rate, .channels = channels, .bitrate = bitrate};

	if (!p->tracks[PACKAGE_SOUND].announced)
		write_init(p, PACKAGE_SOUND, &track);
}

/** About what a camera's picture of that size takes. */
static uint32_t guess_bitrate(int width, int height)
{
	return (uint32_t)((int64_t)width * height * 27 / 10);
}

static bool same_set(const struct h264_set *a, const struct h264_set *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static bool same_sets(const struct h264_sets *a, const struct h264_sets *b)
{
	if (!same_set(&a->sps, &b->sps) || a->pps_count != b->pps_count)
		return false;
	for (size_t i = 0; i < a->pps_count; i++) {
		if (!same_set(&a->pps[i], &b->pps[i]))
			return false;
	}
	return true;
}

bool publish_picture(struct publish *p, enum package_track which, const struct h264_sets *sets, uint32_t bitrate)
{
	struct publish_track *t = &p->tracks[which];
	struct media_sps sps;
	struct mp4_track track;

	if (t->sets && same_sets(t->sets, sets))
		return true;
	if (!h264_sets_whole(sets) || media_sps_read(sets->sps.data, sets->sps.len, &sps) < 0)
		return false;
	track = (struct mp4_track){.sets = sets,
	                           .width = sps.width,
	                           .height = sps.height,
	                           .bitrate = bitrate ? bitrate : guess_bitrate(sps.width, sps.height)};
	if (!write_init(p, which, &track))
		return false;
	if (!t->sets)
		t->sets = malloc(sizeof(*t->sets));
	if (!t->sets)
		return false;
	*t->sets = *sets;
	t->width = sps.width;
	t->height = sps.height;
	return true;
}
