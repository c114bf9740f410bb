#include "pipeline/publish.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "pipeline/notes.h"
#include "pipeline/publish_track.h"

static int64_t wall_us(const struct publish *p, enum package_track track, int64_t ticks)
{
	return p->origin_us + ticks / publish_clock(track) * 1000000 +
	       ticks % publish_clock(track) * 1000000 / publish_clock(track);
}

static void hello_line(const struct publish *p, char *out, size_t size)
{
	snprintf(out, size, "hello epoch=%s\n", p->epoch);
}

int publish_begin(struct publish *p, const char *spool, const char *record_folder)
{
	char line[64];
	uint64_t random;
	int rc;

	*p = (struct publish){.record_folder = record_folder};
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -EIO;
	snprintf(p->epoch, sizeof(p->epoch), "%016" PRIx64, random);
	rc = spool_open(&p->spool, spool, p->epoch);
	if (rc < 0)
		return rc;
	hello_line(p, line, sizeof(line));
	notes_say(line);
	return 0;
}

void publish_finish(struct publish *p)
{
	record_destroy(p->record);
	p->record = NULL;
	for (int i = 0; i < PACKAGE_TRACKS; i++) {
		free(p->tracks[i].data);
		free(p->tracks[i].sets);
	}
	mp4_buffer_finish(&p->buffer);
}

static void part_line(const struct publish *p, const struct package_part *part, uint64_t offset, size_t bytes,
                      char out[NOTES_LINE_MAX])
{
	int64_t start = wall_us(p, part->track, part->start);
	int64_t end = wall_us(p, part->track, part->start + part->duration);

	snprintf(out, NOTES_LINE_MAX,
	         "part track=%s segment=%" PRIu32 " part=%" PRIu32 " init=%" PRIu32 " offset=%" PRIu64
	         " bytes=%zu start_us=%" PRId64 " duration_us=%" PRId64 " independent=%d discontinuity=%d\n",
	         spool_track_name(part->track), part->segment, part->part, part->init, offset, bytes, start,
	         end - start, part->independent, part->discontinuity);
}

static bool make_fragment(struct publish *p, const struct package_part *part)
{
	struct mp4_sample samples[PACKAGE_SAMPLES];
	struct mp4_fragment fragment = {.track = (uint32_t)part->track + 1,
	                                .sequence = ++p->tracks[part->track].sequence,
	                                .decode_time = (uint64_t)part->start,
	                                .video = part->track != PACKAGE_SOUND,
	                                .samples = samples,
	                                .count = part->count};

	for (size_t i = 0; i < part->count; i++) {
		samples[i] = (struct mp4_sample){.data = part->samples[i].data,
		                                 .size = (uint32_t)part->samples[i].len,
		                                 .duration = (uint32_t)part->samples[i].duration,
		                                 .key = part->samples[i].key};
	}
	mp4_buffer_reset(&p->buffer);
	return mp4_fragment(&p->buffer, &fragment) == 0 && !p->buffer.failed;
}

static bool recorded(const struct publish *p, uint32_t segment)
{
	return p->recording && segment >= p->record_from;
}

void publish_part(struct publish *p, const struct package_part *part)
{
	struct publish_track *t = &p->tracks[part->track];
	char line[NOTES_LINE_MAX];
	uint64_t offset;
	int rc;

	if (!make_fragment(p, part)) {
		fprintf(stderr, "no memory for a part\n");
		return;
	}
	rc = spool_append(&p->spool, part->track, part->segment, p->buffer.data, p->buffer.len, &offset);
	if (rc == 0) {
		part_line(p, part, offset, p->buffer.len, line);
		notes_say(line);
	} else if (rc != -EPIPE) {
		p->spool_failure = rc;
	}
	if (!recorded(p, part->segment))
		return;
	if (part->part == 0)
		t->recorded = 0;
	part_line(p, part, t->recorded, p->buffer.len, line);
	record_append(p->record, part->track, part->segment, publish_copy(p->buffer.data, p->buffer.len), p->buffer.len,
	              line);
	t->recorded += p->buffer.len;
}

static void segment_line(const struct publish *p, const struct package_segment *s, uint64_t bytes,
                         char out[NOTES_LINE_MAX])
{
	int64_t start = wall_us(p, s->track, s->start), end = wall_us(p, s->track, s->start + s->duration);

	snprintf(out, NOTES_LINE_MAX,
	         "segment track=%s segment=%" PRIu32 " parts=%" PRIu32 " bytes=%" PRIu64 " start_us=%" PRId64
	         " duration_us=%" PRId64 " discontinuity=%d\n",
	         spool_track_name(s->track), s->segment, s->parts, bytes, start, end - start, s->discontinuity);
}

void publish_segment(struct publish *p, const struct package_segment *s)
{
	struct package_segment told = *s;
	struct publish_track *t = &p->tracks[s->track];
	char line[NOTES_LINE_MAX];
	uint64_t bytes = 0;

	if (!t->announced)
		return;
	if (s->parts && spool_is_whole(&p->spool, s->track, s->segment))
		bytes = spool_end_segment(&p->spool, s->track, s->segment);
	else
		told.parts = 0; /* nothing, or not all of it: a gap */
	segment_line(p, &told, bytes, line);
	notes_say(line);
	if (!recorded(p, s->segment))
		return;
	segment_line(p, s, s->parts ? t->recorded : 0, line);
	record_append(p->record, s->track, s->segment, NULL, 0, line);
	t->recorded = 0;
}

void publish_record(struct publish *p, bool on, uint32_t from)
{
	char line[64];

	on = on && p->record_folder;
	if (on == p->recording)
		return;
	p->recording = on;
	p->record_from = from;
	if (!on)
		return;
	if (!p->record)
		p->record = record_create(p->record_folder, p->epoch);
	if (!p->record) {
		p->recording = false;
		return;
	}
	hello_line(p, line, sizeof(line));
	record_append(p->record, PACKAGE_PICTURE, 0, NULL, 0, line);
	for (int i = 0; i < PACKAGE_TRACKS; i++)
		publish_record_track(p, (enum package_track)i);
}

static void tell_problem(const char *code, const char *what, int rc)
{
	char text[160], detail[400], line[NOTES_LINE_MAX];

	snprintf(text, sizeof(text), "%s: %s", what, strerror(-rc));
	fprintf(stderr, "%s\n", text);
	snprintf(line, sizeof(line), "problem code=%s detail=%s\n", code, notes_encode(text, detail, sizeof(detail)));
	notes_say(line);
}

void publish_check(struct publish *p)
{
	int rc = p->record ? record_failure(p->record) : 0;

	if (rc < 0) {
		p->recording = false;
		tell_problem("disk_full", "recording", rc);
	}
	if (p->spool_failure < 0)
		tell_problem("spool_full", "spool", p->spool_failure);
	p->spool_failure = 0;
}
