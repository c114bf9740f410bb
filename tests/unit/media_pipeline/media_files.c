#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media_files.h"
#include "rtp/rtp.h"

char *run_clean(const char *const *argv)
{
	struct output o = process_run(argv, "", 0);
	char *text = malloc(o.len + 1);

	assert_non_null(text);
	assert_string_equal(o.errors, "");
	assert_int_equal(o.code, 0);
	memcpy(text, o.data, o.len);
	text[o.len] = '\0';
	output_free(&o);
	return text;
}

void write_file(const char *path, const void *data, size_t len)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

void folder_make(char *path, size_t size)
{
	snprintf(path, size, "/tmp/media-test-XXXXXX");
	assert_non_null(mkdtemp(path));
}

void folder_remove(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[512];

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		unlink(name);
	}
	closedir(dir);
	assert_int_equal(rmdir(path), 0);
}

static void add(struct media *m, const uint8_t *data, uint32_t duration, bool key)
{
	m->samples = realloc(m->samples, (m->count + 1) * sizeof(*m->samples));
	assert_non_null(m->samples);
	m->samples[m->count++] = (struct mp4_sample){.data = data, .duration = duration, .key = key};
}

/** The next start code at or after at. @param skip its length. @return len: none. */
static size_t start_code(const uint8_t *data, size_t len, size_t at, size_t *skip)
{
	for (; at + 3 <= len; at++) {
		if (data[at] == 0 && data[at + 1] == 0 && data[at + 2] == 1) {
			bool four = at > 0 && data[at - 1] == 0;

			*skip = four ? 4 : 3;
			return four ? at - 1 : at;
		}
	}
	*skip = 0;
	return len;
}

/** Annex B with delimiters to units with lengths, without the delimiters. */
static void split_pictures(struct media *m, const uint8_t *data, size_t len, uint32_t duration)
{
	size_t skip, at = start_code(data, len, 0, &skip), used = 0;

	m->bytes = malloc(len * 2 + 16);
	assert_non_null(m->bytes);
	while (at < len) {
		const uint8_t *nal = data + at + skip;
		size_t end = start_code(data, len, at + skip, &skip), size = (size_t)(data + end - nal);
		int type = nal[0] & 0x1F;

		at = end;
		assert_int_equal(h264_sets_take(&m->sets, nal, size), 0);
		if (type == H264_AUD) {
			add(m, m->bytes + used, duration, false);
			continue;
		}
		assert_true(m->count > 0);
		media_put32(m->bytes + used, (uint32_t)size);
		memcpy(m->bytes + used + 4, nal, size);
		used += 4 + size;
		m->samples[m->count - 1].size += (uint32_t)(4 + size);
		m->samples[m->count - 1].key |= type == H264_IDR;
	}
}

struct media media_pictures_of(const char *source, int fps, int count, const char *more)
{
	char frames[16], params[256];
	const char *argv[] = {"ffmpeg",       "-nostdin", "-v",        "error",     "-f",       "lavfi",
	                      "-i",           source,     "-frames:v", frames,      "-pix_fmt", "yuv420p",
	                      "-c:v",         "libx264",  "-preset",   "ultrafast", "-threads", "1",
	                      "-x264-params", params,     "-f",        "h264",      "-",        NULL};
	struct media m = {.count = 0};
	struct output o;

	snprintf(frames, sizeof(frames), "%d", count);
	snprintf(params, sizeof(params), "aud=1:repeat-headers=1:scenecut=0:log-level=error:%s", more);
	o = process_run(argv, "", 0);
	assert_string_equal(o.errors, "");
	assert_int_equal(o.code, 0);
	split_pictures(&m, o.data, o.len, 90000u / (unsigned)fps);
	assert_int_equal(m.count, count);
	output_free(&o);
	return m;
}

struct media media_pictures(const char *size, int fps, int count, const char *more)
{
	char source[64];

	snprintf(source, sizeof(source), "testsrc=size=%s:rate=%d", size, fps);
	return media_pictures_of(source, fps, count, more);
}

struct media media_sound_of(const char *source, int channels)
{
	char ac[8];
	const char *argv[] = {"ffmpeg", "-nostdin", "-v",  "error", "-f",  "lavfi", "-i",   source, "-ac",
	                      ac,       "-c:a",     "aac", "-b:a",  "96k", "-f",    "adts", "-",    NULL};
	struct media m = {.count = 0};
	struct output o;
	size_t at = 0;

	snprintf(ac, sizeof(ac), "%d", channels);
	o = process_run(argv, "", 0);
	assert_string_equal(o.errors, "");
	m.bytes = malloc(o.len);
	assert_non_null(m.bytes);
	memcpy(m.bytes, o.data, o.len);
	while (at + 7 <= o.len) {
		const uint8_t *adts = m.bytes + at;
		size_t size = (size_t)(adts[3] & 3) << 11 | (size_t)adts[4] << 3 | adts[5] >> 5;

		assert_true(adts[0] == 0xFF && size > 7 && at + size <= o.len);
		add(&m, adts + 7, MP4_AAC_SAMPLES, true);
		m.samples[m.count - 1].size = (uint32_t)(size - 7);
		at += size;
	}
	assert_int_equal(at, o.len);
	output_free(&o);
	return m;
}

struct media media_sound(int rate, int channels, double seconds)
{
	char source[96];

	snprintf(source, sizeof(source), "sine=frequency=440:sample_rate=%d:duration=%.3f", rate, seconds);
	return media_sound_of(source, channels);
}

void media_free(struct media *m)
{
	free(m->samples);
	free(m->bytes);
	*m = (struct media){.count = 0};
}
