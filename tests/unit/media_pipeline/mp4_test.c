/* What the writer makes of real pictures and sound, looked at by ffprobe, ffmpeg's decoders and mp4box.js. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media_files.h"

enum { PART = 9, PICTURES = 60, FRAGMENT_ROOM = 256 };

static struct mp4_track picture_track(const struct media *m, enum mp4_codec codec, uint32_t id)
{
	struct media_sps sps;

	assert_int_equal(media_sps_read(m->sets.sps.data, m->sets.sps.len, &sps), 0);
	return (struct mp4_track){.codec = codec,
	                          .id = id,
	                          .timescale = MP4_VIDEO_TIMESCALE,
	                          .bitrate = 2000000,
	                          .sets = &m->sets,
	                          .width = sps.width,
	                          .height = sps.height};
}

static struct mp4_track sound_track(uint32_t rate, int channels, uint32_t id)
{
	return (struct mp4_track){
	        .codec = MP4_AAC, .id = id, .timescale = rate, .bitrate = 96000, .rate = rate, .channels = channels};
}

/** Init segment and parts, one after the other. */
static struct mp4_buffer fragmented(const struct mp4_track *track, const struct media *m, uint64_t decode_time)
{
	struct mp4_buffer b = {.len = 0};
	size_t at;

	assert_int_equal(mp4_init(&b, track), 0);
	for (at = 0; at < m->count; at += PART) {
		struct mp4_fragment f = {.track = track->id,
		                         .sequence = (uint32_t)(at / PART + 1),
		                         .decode_time = decode_time,
		                         .video = track->codec != MP4_AAC,
		                         .samples = m->samples + at,
		                         .count = m->count - at < PART ? m->count - at : PART};
		size_t i, before = b.len, bytes = 0;

		assert_int_equal(mp4_fragment(&b, &f), 0);
		for (i = 0; i < f.count; i++) {
			decode_time += f.samples[i].duration;
			bytes += f.samples[i].size;
		}
		assert_true(b.len - before >= bytes && b.len - before < bytes + FRAGMENT_ROOM);
	}
	return b;
}

static char *probe(const char *path, const char *entries)
{
	const char *argv[] = {"ffprobe",          "-v", "warning", "-show_entries", entries, "-of",
	                      "compact=p=0:nk=1", path, NULL};

	return run_clean(argv);
}

static char *box_list(const char *path)
{
	const char *argv[] = {NODE_PROGRAM, TEST_FOLDER "/mp4box.mjs", path, NULL};

	return run_clean(argv);
}

/** md5 of each decoded picture or of all sound. */
static char *decoded(const char *format, const char *path, const char *map)
{
	const char *argv[] = {"ffmpeg", "-nostdin", "-v",        "warning",     "-f", format, "-i", path,
	                      "-map",   map,        "-fps_mode", "passthrough", "-f", "md5",  "-",  NULL};

	return run_clean(argv);
}

static void expect_line(const char *text, const char *line)
{
	if (!strstr(text, line))
		fail_msg("no \"%s\" in:\n%.3000s", line, text);
}

/** Every packet as ffprobe and mp4box see it against what was written. */
static void check_samples(const char *path, const struct mp4_track *track, const struct media *m, uint64_t decode_time)
{
	char *packets = probe(path, "packet=pts,dts,duration,size,flags"), *boxes = box_list(path), *at = packets,
	     line[128], duration[16];
	size_t i;

	for (i = 0; i < m->count; i++) {
		const struct mp4_sample *s = &m->samples[i];

		/* ffprobe tells no duration for the first frame of sound in fragments, whoever wrote them */
		snprintf(duration, sizeof(duration), "%u", s->duration);
		snprintf(line, sizeof(line), "%llu|%llu|%s|%u|%s", (unsigned long long)decode_time,
		         (unsigned long long)decode_time, i == 0 && track->codec == MP4_AAC ? "N/A" : duration, s->size,
		         s->key ? "K_" : "__");
		assert_non_null(at);
		if (strncmp(at, line, strlen(line)) != 0)
			fail_msg("sample %zu is %.60s and not %s", i, at, line);
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
		snprintf(line, sizeof(line), "\nsample %u %llu %llu %u %u %c ", track->id,
		         (unsigned long long)decode_time, (unsigned long long)decode_time, s->duration, s->size,
		         s->key ? 'K' : '-');
		expect_line(boxes, line);
		decode_time += s->duration;
	}
	assert_true(!at || *at == '\0' || *at == '\n');
	free(packets);
	free(boxes);
}

struct files {
	char folder[64], path[128], raw[128];
};

static struct files files_make(const char *raw)
{
	struct files f;

	folder_make(f.folder, sizeof(f.folder));
	snprintf(f.path, sizeof(f.path), "%s/file.mp4", f.folder);
	snprintf(f.raw, sizeof(f.raw), "%s/%s", f.folder, raw);
	return f;
}

/** The samples as a plain H.264 stream. */
static void write_annex_b(const char *path, const struct media *m)
{
	size_t i, len = 0;
	uint8_t *bytes;

	for (i = 0; i < m->count; i++)
		len += m->samples[i].size;
	bytes = malloc(len);
	assert_non_null(bytes);
	for (i = 0, len = 0; i < m->count; i++) {
		memcpy(bytes + len, m->samples[i].data, m->samples[i].size);
		assert_int_equal(h264_to_start_codes(bytes + len, m->samples[i].size), 0);
		len += m->samples[i].size;
	}
	write_file(path, bytes, len);
	free(bytes);
}

static void pictures(enum mp4_codec codec, const char *size, const char *more, const char *profile, const char *name)
{
	struct media m = media_pictures(size, 30, PICTURES, more);
	struct files f = files_make("raw.h264");
	struct mp4_track track = picture_track(&m, codec, 1);
	uint64_t begin = 90000ull * 86400 * 3; /* beyond 32 bits */
	struct mp4_buffer b = fragmented(&track, &m, begin);
	char *text, *raw, line[128], rfc6381[32];

	write_file(f.path, b.data, b.len);
	text = probe(f.path, "stream=codec_name,profile,codec_tag_string,width,height,time_base");
	snprintf(line, sizeof(line), "h264|%s|%s|%d|%d|1/90000", profile, codec == MP4_AVC1 ? "avc1" : "avc3",
	         track.width, track.height);
	expect_line(text, line);
	free(text);
	check_samples(f.path, &track, &m, begin);
	assert_int_equal(mp4_codec_name(&track, rfc6381, sizeof(rfc6381)), 0);
	assert_string_equal(rfc6381, name);
	text = box_list(f.path);
	snprintf(line, sizeof(line), "track 1 %s video 90000 %s\n", name, size);
	expect_line(text, line);
	snprintf(line, sizeof(line),
	         "boxes ftyp moov(mvhd trak(tkhd mdia(mdhd hdlr minf(vmhd dinf(dref) stbl(stsd(%s(avcC btrt)) "
	         "stts stsc stsz stco)))) mvex(trex)) moof(mfhd traf(tfhd tfdt trun)) mdat moof(",
	         codec == MP4_AVC1 ? "avc1" : "avc3");
	expect_line(text, line);
	free(text);
	write_annex_b(f.raw, &m);
	text = decoded("mp4", f.path, "0:v");
	raw = decoded("h264", f.raw, "0:v");
	assert_string_equal(text, raw);
	free(text);
	free(raw);
	mp4_buffer_finish(&b);
	media_free(&m);
	folder_remove(f.folder);
}

static void pictures_keep_their_times_and_bytes(void **state)
{
	(void)state;
	pictures(MP4_AVC3, "320x240", "keyint=30:bframes=0", "Constrained Baseline", "avc3.42c00d");
	pictures(MP4_AVC1, "320x240", "keyint=30:bframes=0", "Constrained Baseline", "avc1.42c00d");
}

static void a_size_that_is_cropped_is_told_cropped(void **state)
{
	(void)state;
	pictures(MP4_AVC3, "426x250", "keyint=30:bframes=0:cabac=1:8x8dct=1", "High", "avc3.640015");
}

static void sound(int rate, int channels)
{
	struct media m = media_sound(rate, channels, 2.0);
	struct files f = files_make("raw.aac");
	struct mp4_track track = sound_track((uint32_t)rate, channels, 2);
	uint64_t begin = 48000ull * 86400 * 3 + 12345;
	struct mp4_buffer b = fragmented(&track, &m, begin);
	char *text, line[256];

	write_file(f.path, b.data, b.len);
	text = probe(f.path, "stream=codec_name,profile,codec_tag_string,sample_rate,channels,time_base");
	snprintf(line, sizeof(line), "aac|LC|mp4a|%d|%d|1/%d", rate, channels, rate);
	expect_line(text, line);
	free(text);
	check_samples(f.path, &track, &m, begin);
	text = box_list(f.path);
	snprintf(line, sizeof(line), "track 2 mp4a.40.2 audio %d %dx%d\n", rate, rate, channels);
	expect_line(text, line);
	expect_line(text,
	            "boxes ftyp moov(mvhd trak(tkhd mdia(mdhd hdlr minf(smhd dinf(dref) stbl(stsd(mp4a(esds btrt)) "
	            "stts stsc stsz stco)))) mvex(trex)) moof(mfhd traf(tfhd tfdt trun)) mdat moof(");
	free(text);
	free(decoded("mp4", f.path, "0:a")); /* which complains of nothing */
	mp4_buffer_finish(&b);
	media_free(&m);
	folder_remove(f.folder);
}

static void sound_keeps_its_times_and_bytes(void **state)
{
	(void)state;
	sound(48000, 2);
	sound(44100, 1);
}

/** Chunks of PART pictures, and of sound as much as goes with them. */
static size_t interleave(const struct media *v, const struct media *a, struct mp4_chunk *chunks)
{
	size_t n = 0, at = 0, sounded = 0;

	while (at < v->count || sounded < a->count) {
		size_t left = v->count - at, take = left < PART ? left : PART, until;

		if (take > 0)
			chunks[n++] = (struct mp4_chunk){0, (uint32_t)take};
		at += take;
		until = at == v->count ? a->count : at * 1600 / MP4_AAC_SAMPLES;
		if (until > sounded)
			chunks[n++] = (struct mp4_chunk){1, (uint32_t)(until - sounded)};
		sounded = until > sounded ? until : sounded;
	}
	return n;
}

static void append_samples(struct mp4_buffer *file, const struct media *const m[2], const struct mp4_chunk *chunks,
                           size_t count)
{
	size_t sample[2] = {0, 0}, i;
	uint32_t k;

	for (i = 0; i < count; i++) {
		for (k = 0; k < chunks[i].samples; k++) {
			const struct mp4_sample *s = &m[chunks[i].track]->samples[sample[chunks[i].track]++];

			file->data = realloc(file->data, file->len + s->size);
			assert_non_null(file->data);
			memcpy(file->data + file->len, s->data, s->size);
			file->len += s->size;
		}
	}
}

static void a_movie_has_its_head_in_front_and_all_its_samples(void **state)
{
	struct media v = media_pictures("320x240", 30, PICTURES, "keyint=30:bframes=0"), a = media_sound(48000, 2, 2.0);
	const struct media *const both[2] = {&v, &a};
	struct mp4_movie_track tracks[2] = {{picture_track(&v, MP4_AVC1, 1), v.samples, v.count},
	                                    {sound_track(48000, 2, 2), a.samples, a.count}};
	struct mp4_chunk chunks[256];
	struct files f = files_make("raw.h264");
	size_t count = interleave(&v, &a, chunks), i;
	struct mp4_buffer b = {.len = 0};
	char *text, *raw, line[128];

	(void)state;
	for (i = 0; i < v.count; i += 7) /* pictures that do not come steadily */
		v.samples[i].duration = 3600;
	assert_int_equal(mp4_movie(&b, tracks, 2, chunks, count, 1790000000), 0);
	append_samples(&b, both, chunks, count);
	write_file(f.path, b.data, b.len);
	text = box_list(f.path);
	expect_line(text,
	            "boxes ftyp moov(mvhd trak(tkhd mdia(mdhd hdlr minf(vmhd dinf(dref) stbl(stsd(avc1(avcC btrt)) "
	            "stts stss "
	            "stsc stsz stco)))) trak(tkhd mdia(mdhd hdlr minf(smhd dinf(dref) stbl(stsd(mp4a(esds btrt)) stts "
	            "stsc stsz stco))))) mdat\n");
	free(text);
	text = probe(f.path, "format_tags=creation_time");
	expect_line(text, "2026-09-21T");
	free(text);
	for (i = 0; i < 2; i++) {
		text = probe(f.path, "stream=nb_frames,start_pts,duration_ts");
		snprintf(line, sizeof(line), "0|%u|%zu\n", i ? (unsigned)a.count * 1024 : PICTURES * 3000 + 9 * 600,
		         both[i]->count);
		expect_line(text, line);
		free(text);
	}
	write_annex_b(f.raw, &v);
	text = decoded("mp4", f.path, "0:v");
	raw = decoded("h264", f.raw, "0:v");
	assert_string_equal(text, raw);
	free(text);
	free(raw);
	free(decoded("mp4", f.path, "0:a"));
	mp4_buffer_finish(&b);
	media_free(&v);
	media_free(&a);
	folder_remove(f.folder);
}

static void what_cannot_be_written_is_refused(void **state)
{
	static const uint8_t byte = 0;
	struct mp4_sample sample = {&byte, 1, 1, true};
	struct mp4_track track = sound_track(48000, 2, 1), broken;
	struct mp4_movie_track movie = {track, &sample, 1};
	struct mp4_chunk wrong[] = {{0, 2}, {1, 1}, {0, 0}};
	struct mp4_buffer b = {.len = 0};
	size_t i;

	(void)state;
	broken = track;
	broken.rate = 47999;
	assert_int_equal(mp4_init(&b, &broken), -EINVAL);
	broken = track;
	broken.channels = 3;
	assert_int_equal(mp4_init(&b, &broken), -EINVAL);
	broken = (struct mp4_track){.codec = MP4_AVC3, .id = 1, .timescale = 90000, .width = 320, .height = 240};
	assert_int_equal(mp4_init(&b, &broken), -EINVAL);
	for (i = 0; i < 3; i++)
		assert_int_equal(mp4_movie(&b, &movie, 1, &wrong[i], 1, 0), -EINVAL);
	assert_int_equal(mp4_movie(&b, &movie, 1, NULL, 0, 0), -EINVAL);
	assert_int_equal(mp4_fragment(&b, &(struct mp4_fragment){.track = 1, .sequence = 1}), -EINVAL);
	sample.size = UINT32_MAX;
	assert_int_equal(
	        mp4_fragment(&b, &(struct mp4_fragment){.track = 1, .sequence = 1, .samples = &sample, .count = 1}),
	        -EFBIG);
	assert_int_equal(mp4_movie(&b, &movie, 1, &(struct mp4_chunk){0, 1}, 1, 0), -EFBIG);
	assert_int_equal(b.len, 0); /* half a box is left by none of them */
	mp4_buffer_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(pictures_keep_their_times_and_bytes),
	        cmocka_unit_test(a_size_that_is_cropped_is_told_cropped),
	        cmocka_unit_test(sound_keeps_its_times_and_bytes),
	        cmocka_unit_test(a_movie_has_its_head_in_front_and_all_its_samples),
	        cmocka_unit_test(what_cannot_be_written_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
