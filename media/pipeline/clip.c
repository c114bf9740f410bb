/* --clip: a piece of a recording as one plain MP4 file, without encoding anything anew, and its first picture. Low
 * priority: it takes what the live shows leave. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "pipeline/cut.h"
#include "pipeline/pipeline.h"
#include "pipeline/still.h"

#define NICE 10
#define IO_IDLE (3 << 13) /* ioprio_set: class idle */
#define BYTES_MAX (512u << 20)
#define INIT_MAX 65536
#define CHUNK_US 500000 /* of each track, one after the other */
#define POSTER_QUALITY 82

static const char *const poster_plugins[] = {"coreelements", "app", "libav", "videoconvertscale", "jpeg", NULL};
static const char *const no_plugins[] = {NULL};

struct clip {
	const struct pipeline_options *options;
	struct journal journal;
	struct cut_stretch stretch;
	struct cut_track tracks[JOURNAL_TRACKS];
	GPtrArray *parts; /* bytes that the samples point into */
	size_t bytes;
	uint64_t from_ticks, to_ticks; /* of the pictures */
	int64_t start_us;
	bool timed, whole;
};

static void be_modest(void)
{
	setpriority(PRIO_PROCESS, 0, NICE);
	syscall(SYS_ioprio_set, 1, 0, IO_IDLE);
}

static int read_journal(struct clip *c)
{
	g_autofree char *path = g_build_filename(c->options->record, "journal", NULL);
	int64_t from_us = c->options->from_us - CUT_LOOK_BACK_US;
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	if (!file)
		return -errno;
	while (rc == 0 && getline(&line, &size, file) > 0) {
		char *end = strchr(line, '\n');

		if (!end) /* torn: it is being written, or its writer was killed */
			break;
		*end = '\0';
		rc = journal_line(&c->journal, line, from_us, c->options->to_us);
	}
	free(line);
	fclose(file);
	return rc;
}

/** @return bytes (g_free), all of them; NULL. */
static uint8_t *read_bytes(const char *folder, const char *name, uint64_t offset, size_t *len, bool all)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint8_t *data = NULL;
	struct stat st;
	size_t got = 0;
	ssize_t n = 1;

	if (fd < 0)
		return NULL;
	if (all)
		*len = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= INIT_MAX ? (size_t)st.st_size : 0;
	data = *len ? g_try_malloc(*len) : NULL;
	while (data && got < *len && n > 0) {
		n = pread(fd, data + got, *len - got, (off_t)(offset + got));
		got += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	if (data && got < *len)
		g_clear_pointer(&data, g_free);
	return data;
}

static int read_init(struct clip *c, const struct journal_part *p)
{
	struct cut_track *track = &c->tracks[p->track];
	g_autofree char *name =
	        g_strdup_printf("%s-%s-i%" PRIu32 ".mp4", p->epoch, journal_track_name(p->track), p->init);
	size_t len = 0;
	g_autofree uint8_t *data = read_bytes(c->options->record, name, 0, &len, true);

	if (!data || mp4_read_init(data, len, &track->init) < 0 || track->init.video != (p->track == JOURNAL_PICTURE))
		return -EBADMSG;
	track->there = true;
	return 0;
}

static uint64_t ticks_at(const struct mp4_read_sample *first, const struct journal_part *p, uint32_t timescale,
                         int64_t us)
{
	int64_t ticks = (int64_t)first->start + (us - p->start_us) * timescale / 1000000;

	return ticks > 0 ? (uint64_t)ticks : 0;
}

/** @return 0; -errno: the part cannot be had. */
static int read_part(struct clip *c, const struct journal_part *p)
{
	struct cut_track *track = &c->tracks[p->track];
	g_autofree char *name =
	        g_strdup_printf("%s-%s-%" PRIu32 ".m4s", p->epoch, journal_track_name(p->track), p->segment);
	size_t len = p->bytes, before = track->count;
	uint8_t *data;
	int rc;

	if (!track->there && read_init(c, p) < 0)
		return -EBADMSG;
	if (len == 0 || c->bytes + len > BYTES_MAX)
		return -EFBIG;
	data = read_bytes(c->options->record, name, p->offset, &len, false);
	if (!data)
		return -EIO;
	g_ptr_array_add(c->parts, data);
	c->bytes += len;
	rc = cut_add(track, data, len);
	if (rc == 0 && p->track == JOURNAL_PICTURE && !c->timed && track->count > before) {
		c->timed = true;
		c->start_us = p->start_us;
		c->from_ticks = ticks_at(&track->samples[before], p, track->init.timescale, c->stretch.from_us);
		c->to_ticks = ticks_at(&track->samples[before], p, track->init.timescale, c->stretch.to_us);
	}
	return rc;
}

/** Pictures up to the first that cannot be had; sound where there is some. */
static int read_parts(struct clip *c)
{
	bool pictures = true;
	uint32_t sound_init = 0;
	size_t i;

	for (i = 0; i < c->journal.count; i++) {
		const struct journal_part *p = &c->journal.parts[i];

		if (!cut_wants(&c->journal, &c->stretch, i))
			continue;
		if (p->track == JOURNAL_PICTURE) {
			pictures = pictures && read_part(c, p) == 0;
			c->whole &= pictures;
			continue;
		}
		sound_init = c->tracks[JOURNAL_SOUND].there ? sound_init : p->init;
		if (p->init == sound_init)
			(void)!read_part(c, p);
	}
	return c->tracks[JOURNAL_PICTURE].count > 0 ? 0 : -ENODATA;
}

/** As mp4_movie wants the samples. */
struct movie {
	struct mp4_movie_track tracks[JOURNAL_TRACKS];
	struct mp4_sample *samples[JOURNAL_TRACKS];
	size_t track_count;
	struct mp4_chunk *chunks;
	size_t chunk_count;
};

static void movie_finish(struct movie *m)
{
	for (size_t t = 0; t < JOURNAL_TRACKS; t++)
		g_free(m->samples[t]);
	g_free(m->chunks);
}

static void describe(const struct cut_track *track, uint32_t id, struct mp4_track *out)
{
	struct media_sps sps;

	*out = (struct mp4_track){.codec = track->init.video ? MP4_AVC1 : MP4_AAC,
	                          .id = id,
	                          .timescale = track->init.timescale,
	                          .sets = &track->init.sets,
	                          .rate = track->init.rate,
	                          .channels = track->init.channels};
	if (track->init.video && media_sps_read(track->init.sets.sps.data, track->init.sets.sps.len, &sps) == 0) {
		out->width = sps.width;
		out->height = sps.height;
	}
}

static void add_track(struct movie *m, const struct cut_track *track)
{
	struct mp4_sample *samples = g_new0(struct mp4_sample, track->count);
	size_t t = m->track_count++, i;

	for (i = 0; i < track->count; i++)
		samples[i] = (struct mp4_sample){.data = track->samples[i].data,
		                                 .size = track->samples[i].size,
		                                 .duration = track->samples[i].duration,
		                                 .key = track->samples[i].key};
	m->samples[t] = samples;
	m->tracks[t].samples = samples;
	m->tracks[t].count = track->count;
	describe(track, (uint32_t)t + 1, &m->tracks[t].track);
}

/** The tracks take turns, so that a player never has to jump. */
static void interleave(struct movie *m)
{
	size_t next[JOURNAL_TRACKS] = {0}, total = m->tracks[0].count + m->tracks[1].count;
	uint64_t at[JOURNAL_TRACKS] = {0}, until_us;

	m->chunks = g_new0(struct mp4_chunk, total);
	for (until_us = CHUNK_US; next[0] + next[1] < total; until_us += CHUNK_US) {
		for (size_t t = 0; t < m->track_count; t++) {
			const struct mp4_movie_track *track = &m->tracks[t];
			size_t first = next[t];

			while (next[t] < track->count && at[t] * 1000000 / track->track.timescale < until_us)
				at[t] += track->samples[next[t]++].duration;
			if (next[t] > first)
				m->chunks[m->chunk_count++] =
				        (struct mp4_chunk){(uint32_t)t, (uint32_t)(next[t] - first)};
		}
	}
}

static bool write_samples(const struct movie *m, FILE *file)
{
	size_t next[JOURNAL_TRACKS] = {0}, i;

	for (i = 0; i < m->chunk_count; i++) {
		const struct mp4_chunk *chunk = &m->chunks[i];

		for (uint32_t k = 0; k < chunk->samples; k++) {
			const struct mp4_sample *s = &m->samples[chunk->track][next[chunk->track]++];

			if (fwrite(s->data, 1, s->size, file) != s->size)
				return false;
		}
	}
	return true;
}

/** A file that is there whole or not at all. */
struct whole_file {
	char *path, *temporary;
	FILE *file;
};

static bool whole_open(struct whole_file *f, const char *path)
{
	f->path = g_strdup(path);
	f->temporary = g_strdup_printf("%s.%d", path, (int)getpid());
	f->file = fopen(f->temporary, "wxe");
	return f->file != NULL;
}

/** @param good keep it. @return whether it is in its place. */
static bool whole_close(struct whole_file *f, bool good)
{
	if (f->file) {
		good = good && fflush(f->file) == 0 && fsync(fileno(f->file)) == 0;
		good = (fclose(f->file) == 0) && good;
		good = good && rename(f->temporary, f->path) == 0;
		if (!good)
			unlink(f->temporary);
	}
	g_free(f->path);
	g_free(f->temporary);
	return good;
}

static int64_t duration_us(const struct cut_track *track)
{
	uint64_t ticks = 0;

	for (size_t i = 0; i < track->count; i++)
		ticks += track->samples[i].duration;
	return (int64_t)(ticks * 1000000 / track->init.timescale);
}

static bool write_movie(struct clip *c)
{
	struct movie m = {.track_count = 0};
	struct mp4_buffer head = {.len = 0};
	struct whole_file out = {.file = NULL};
	bool good;

	add_track(&m, &c->tracks[JOURNAL_PICTURE]);
	if (c->tracks[JOURNAL_SOUND].count > 0)
		add_track(&m, &c->tracks[JOURNAL_SOUND]);
	interleave(&m);
	good = mp4_movie(&head, m.tracks, m.track_count, m.chunks, m.chunk_count, c->start_us / 1000000) == 0 &&
	       whole_open(&out, c->options->out) && fwrite(head.data, 1, head.len, out.file) == head.len &&
	       write_samples(&m, out.file);
	good = whole_close(&out, good) && good;
	if (!good)
		fprintf(stderr, "%s: it cannot be written\n", c->options->out);
	mp4_buffer_finish(&head);
	movie_finish(&m);
	return good;
}

static bool write_poster(const struct clip *c)
{
	const struct cut_track *track = &c->tracks[JOURNAL_PICTURE];
	const struct mp4_read_sample *first = &track->samples[0];
	size_t room = first->size + sizeof(struct h264_sets), sets;
	g_autofree uint8_t *unit = g_try_malloc(room);
	struct whole_file out = {.file = NULL};
	struct still still = {.pixels = NULL};
	bool good = unit != NULL;

	if (good) {
		sets = h264_sets_write(&track->init.sets, unit, room - first->size);
		memcpy(unit + sets, first->data, first->size);
		good = h264_to_start_codes(unit, sets + first->size) == 0 &&
		       still_decode("avdec_h264 max-threads=1 output-corrupt=false",
		                    "video/x-h264,stream-format=byte-stream,alignment=au", unit, sets + first->size, 0,
		                    0, &still) == 0;
	}
	good = good && whole_open(&out, c->options->poster) && still_encode(&still, POSTER_QUALITY, out.file) == 0;
	good = whole_close(&out, good) && good;
	if (!good)
		fprintf(stderr, "%s: there is no first picture\n", c->options->poster);
	still_clear(&still);
	return good;
}

static int cut(struct clip *c)
{
	struct cut_track *pictures = &c->tracks[JOURNAL_PICTURE];
	uint64_t first;
	int rc = read_journal(c);

	if (rc == 0)
		rc = cut_choose(&c->journal, c->options->from_us, c->options->to_us, &c->stretch);
	c->whole = rc == 0 && c->stretch.whole;
	if (rc == 0)
		rc = read_parts(c);
	if (rc == 0) {
		first = pictures->samples[0].start;
		rc = cut_trim(pictures, &c->tracks[JOURNAL_SOUND], c->from_ticks, c->to_ticks, &c->whole);
		if (rc == 0)
			c->start_us += ((int64_t)pictures->samples[0].start - (int64_t)first) * 1000000 /
			               pictures->init.timescale;
	}
	return rc;
}

static void tell(const struct clip *c)
{
	struct mp4_track track;

	describe(&c->tracks[JOURNAL_PICTURE], 1, &track);
	printf("clip start_us=%" PRId64 " duration_us=%" PRId64 " width=%d height=%d sound=%d whole=%d\n", c->start_us,
	       duration_us(&c->tracks[JOURNAL_PICTURE]), track.width, track.height, c->tracks[JOURNAL_SOUND].count > 0,
	       c->whole);
}

static bool confine(const struct pipeline_options *options)
{
	g_autofree char *out = g_path_get_dirname(options->out);
	g_autofree char *poster = options->poster ? g_path_get_dirname(options->poster) : NULL;
	const char *const writable[] = {out, poster, NULL};

	if (pipeline_confine(writable) == 0)
		return true;
	fprintf(stderr, "the process cannot be confined\n");
	return false;
}

int pipeline_clip(const struct pipeline_options *options)
{
	struct clip c = {.options = options};
	int code = PIPELINE_OK, rc;
	sigset_t none;

	be_modest();
	if (!pipeline_start(options->poster ? poster_plugins : no_plugins) || !confine(options))
		return PIPELINE_FAILED;
	sigemptyset(&none); /* it may be ended at any time */
	sigprocmask(SIG_SETMASK, &none, NULL);
	c.parts = g_ptr_array_new_with_free_func(g_free);
	rc = cut(&c);
	if (rc != 0) {
		fprintf(stderr, "%s: no clip: %s\n", options->record, strerror(-rc));
		code = rc == -ENOMEM ? PIPELINE_FAILED : PIPELINE_NO_PICTURE;
	} else if ((options->poster && !write_poster(&c)) || !write_movie(&c)) {
		code = PIPELINE_FAILED;
	} else {
		tell(&c);
	}
	for (size_t i = 0; i < JOURNAL_TRACKS; i++)
		cut_track_finish(&c.tracks[i]);
	journal_finish(&c.journal);
	g_ptr_array_free(c.parts, TRUE);
	return code;
}
