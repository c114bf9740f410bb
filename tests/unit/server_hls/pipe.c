#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipe.h"

#define SEGMENT_US 2100000
#define PART_US 300000

static struct pipe open_with(int64_t window_us)
{
	struct hls_config config = {.part_us = PART_US, .segment_us = 2000000, .window_us = window_us};

	return (struct pipe){.stream = hls_stream_create(&config)};
}

struct pipe pipe_open(void)
{
	return open_with(30000000);
}

struct pipe pipe_open_recording(void)
{
	return open_with(0);
}

void pipe_close(struct pipe *pipe)
{
	hls_stream_destroy(pipe->stream);
}

bool pipe_say(struct pipe *pipe, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return hls_stream_feed(pipe->stream, text, strlen(text));
}

void pipe_hello(struct pipe *pipe, const char *epoch, int64_t at_us)
{
	pipe->start_us = START_US + at_us;
	memset(pipe->offsets, 0, sizeof pipe->offsets);
	memset(pipe->lasts_us, 0, sizeof pipe->lasts_us);
	pipe_say(pipe, "hello epoch=%s\n", epoch);
}

void pipe_tracks(struct pipe *pipe, bool video, bool sound)
{
	if (video)
		pipe_say(pipe, "track name=v0 init=0 kind=video codecs=avc1.42e01f width=720 height=1280 "
		               "fps_milli=29970 bitrate=2500000\n");
	if (sound)
		pipe_say(pipe,
		         "track name=a0 init=0 kind=audio codecs=mp4a.40.2 rate=48000 channels=2 bitrate=96000\n");
}

static int number_of(const char *track)
{
	return track[0] == 'a' ? 1 : track[1] == '1' ? 2 : 0;
}

void pipe_part(struct pipe *pipe, const char *track, unsigned segment, unsigned part)
{
	int t = number_of(track);
	unsigned bytes = t == 1 ? 4000 : 90000 + part;

	if (part == 0)
		pipe->offsets[t] = 0, pipe->lasts_us[t] = 0;
	pipe_say(pipe,
	         "part track=%s segment=%u part=%u init=0 offset=%" PRIu64 " bytes=%u start_us=%" PRId64
	         " duration_us=%d independent=%d discontinuity=0\n",
	         track, segment, part, pipe->offsets[t], bytes,
	         pipe->start_us + (int64_t)segment * SEGMENT_US + pipe->lasts_us[t], PART_US, t == 1 || part == 0);
	pipe->offsets[t] += bytes;
	pipe->lasts_us[t] += PART_US;
}

void pipe_segment(struct pipe *pipe, const char *track, unsigned segment, unsigned parts)
{
	int t = number_of(track);

	pipe_say(pipe,
	         "segment track=%s segment=%u parts=%u bytes=%" PRIu64 " start_us=%" PRId64 " duration_us=%" PRId64
	         "\n",
	         track, segment, parts, parts ? pipe->offsets[t] : 0, pipe->start_us + (int64_t)segment * SEGMENT_US,
	         parts ? pipe->lasts_us[t] : SEGMENT_US);
}

void pipe_segments(struct pipe *pipe, unsigned first, unsigned count)
{
	for (unsigned s = first; s < first + count; s++) {
		for (unsigned p = 0; p < 7; p++) {
			pipe_part(pipe, "v0", s, p);
			pipe_part(pipe, "a0", s, p);
		}
		pipe_segment(pipe, "v0", s, 7);
		pipe_segment(pipe, "a0", s, 7);
	}
}

int pipe_track(const struct pipe *pipe, const char *name)
{
	return hls_stream_track(pipe->stream, name, strlen(name));
}

enum hls_state pipe_find(const struct pipe *pipe, const char *name, struct hls_place *out)
{
	return hls_stream_find(pipe->stream, name, out);
}

enum hls_state pipe_reached(const struct pipe *pipe, const char *track, int64_t msn, int64_t part)
{
	return hls_stream_reached(pipe->stream, pipe_track(pipe, track), msn, part);
}

static char *text_of(struct base_buffer *body)
{
	char *text;

	assert_non_null(body);
	text = strndup((const char *)body->data, body->len);
	base_buffer_unref(body);
	assert_non_null(text);
	return text;
}

char *pipe_playlist(const struct pipe *pipe, const char *track, bool skip)
{
	return text_of(hls_stream_playlist(pipe->stream, pipe_track(pipe, track), skip));
}

/* A new one is written with HLS_GOLDEN=write, and then read by a person. */
static void write_golden(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

void assert_golden(struct base_buffer *body, const char *name)
{
	char path[512], golden[16384], *text = text_of(body);
	FILE *file;

	snprintf(path, sizeof path, GOLDEN "/%s", name);
	if (getenv("HLS_GOLDEN"))
		write_golden(path, text);
	file = fopen(path, "r");
	assert_non_null(file);
	golden[fread(golden, 1, sizeof golden - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(text, golden);
	free(text);
}

int count_of(const char *text, const char *what)
{
	int n = 0;

	for (text = strstr(text, what); text; text = strstr(text + 1, what))
		n++;
	return n;
}
