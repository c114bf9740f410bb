#include "api/replays.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/store.h"

#define KEPT 8               /* journals at once: an hour of a show is some megabytes of them */
#define PIECE (64u << 10)    /* as the journal is read */
#define LINE_MAX_BYTES 4096u /* what is longer is no line of ours */
#define PATH_BYTES 4300
#define PART_US 300000 /* of how long parts and segments really are the journal tells */
#define SEGMENT_US 2000000

void api_replay_folder(const struct base_settings *settings, struct base_id show, char *out, size_t size)
{
	char id[BASE_ID_TEXT];

	snprintf(out, size, "%s/recordings/%s", settings->data_dir, base_id_format(show, id));
}

/* ---- journals ---- */

/* Whole lines go to the stream, the beginning of one stays. @return how much stayed */
static size_t feed_lines(struct hls_stream *stream, char *text, size_t len)
{
	char *end = memrchr(text, '\n', len);
	size_t whole = end ? (size_t)(end - text) + 1 : 0, rest = len - whole;

	if (whole)
		hls_stream_feed(stream, text, whole);
	if (rest > LINE_MAX_BYTES)
		return 0;
	memmove(text, text + whole, rest);
	return rest;
}

static void feed_file(struct hls_stream *stream, int fd)
{
	char *text = malloc(PIECE);
	size_t have = 0;
	ssize_t got;

	if (!text)
		abort();
	while ((got = read(fd, text + have, PIECE - have)) > 0 || (got < 0 && errno == EINTR))
		if (got > 0)
			have = feed_lines(stream, text, have + (size_t)got);
	free(text);
}

static int open_journal(const struct base_settings *settings, struct base_id show)
{
	char folder[PATH_BYTES], path[PATH_BYTES + 16];

	api_replay_folder(settings, show, folder, sizeof folder);
	snprintf(path, sizeof path, "%s/journal", folder);
	return open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

static struct hls_stream *load(int fd)
{
	struct hls_stream *stream =
	        hls_stream_create(&(struct hls_config){.part_us = PART_US, .segment_us = SEGMENT_US, .window_us = 0});

	feed_file(stream, fd);
	hls_stream_end(stream);
	return stream;
}

struct hls_stream *api_replay_load(const struct base_settings *settings, struct base_id show)
{
	int fd = open_journal(settings, show);
	struct hls_stream *stream = fd >= 0 ? load(fd) : NULL;

	if (fd >= 0)
		close(fd);
	return stream;
}

/* ---- what is kept ---- */

#define TRACKS 4

struct replay {
	struct base_id show; /* zero: free */
	off_t size;          /* of the journal when it was read */
	uint64_t used;       /* the larger, the later */
	struct hls_stream *stream;
	struct base_buffer *index, *tracks[TRACKS]; /* once they were asked for */
};

struct api_replays {
	const struct base_settings *settings;
	pthread_mutex_t lock; /* guards what follows */
	uint64_t uses;
	struct replay kept[KEPT];
};

struct api_replays *api_replays_create(const struct base_settings *settings)
{
	struct api_replays *replays = calloc(1, sizeof *replays);

	if (!replays)
		abort();
	replays->settings = settings;
	pthread_mutex_init(&replays->lock, NULL);
	return replays;
}

static void clear(struct replay *replay)
{
	hls_stream_destroy(replay->stream);
	base_buffer_unref(replay->index);
	for (int i = 0; i < TRACKS; i++)
		base_buffer_unref(replay->tracks[i]);
	*replay = (struct replay){.stream = NULL};
}

void api_replays_destroy(struct api_replays *replays)
{
	if (!replays)
		return;
	for (int i = 0; i < KEPT; i++)
		clear(&replays->kept[i]);
	pthread_mutex_destroy(&replays->lock);
	free(replays);
}

/* That of the show, or the one that was not asked for the longest. */
static struct replay *place_for(struct api_replays *replays, struct base_id show)
{
	struct replay *oldest = &replays->kept[0];

	for (int i = 0; i < KEPT; i++) {
		if (base_id_equal(replays->kept[i].show, show))
			return &replays->kept[i];
		if (replays->kept[i].used < oldest->used)
			oldest = &replays->kept[i];
	}
	return oldest;
}

/* As the journal is now: for a moment after the end of a show it may still grow. */
static struct replay *find(struct api_replays *replays, struct base_id show)
{
	struct replay *replay = place_for(replays, show);
	int fd = open_journal(replays->settings, show);
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		if (base_id_equal(replay->show, show))
			clear(replay);
		replay = NULL;
	} else if (!base_id_equal(replay->show, show) || replay->size != st.st_size) {
		clear(replay);
		*replay = (struct replay){.show = show, .size = st.st_size, .stream = load(fd)};
	}
	if (fd >= 0)
		close(fd);
	if (replay)
		replay->used = ++replays->uses;
	return replay;
}

/* ---- playlists ---- */

struct ranges {
	struct hls_span span;
	char *text;
	size_t len;
	FILE *out;
};

static void write_time(FILE *out, int64_t ms)
{
	time_t seconds = ms / 1000;
	char text[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(out, "%s.%03dZ", text, (int)(ms % 1000));
}

/* RFC 8216bis §4.4.5.1 */
static void write_range(const struct store_feature *feature, void *ctx)
{
	struct ranges *ranges = ctx;
	char id[BASE_ID_TEXT], listing[BASE_ID_TEXT], item[BASE_ID_TEXT];
	int64_t from_ms = feature->from_ms, to_ms = feature->to_ms;

	if (to_ms * 1000 <= ranges->span.start_us || from_ms * 1000 >= ranges->span.end_us)
		return;
	fprintf(ranges->out, "#EXT-X-DATERANGE:ID=\"%s\",CLASS=\"org.trunkshow.featured\",START-DATE=\"",
	        base_id_format(feature->id, id));
	write_time(ranges->out, from_ms);
	fprintf(ranges->out, "\",DURATION=%" PRId64 ".%03d,X-LISTING=\"%s\",X-ITEM=\"%s\"\n", (to_ms - from_ms) / 1000,
	        (int)((to_ms - from_ms) % 1000), base_id_format(feature->listing, listing),
	        base_id_format(feature->item, item));
}

static char *date_ranges(const struct hls_stream *stream, struct store_reader *reader, struct base_id show)
{
	struct ranges ranges = {.text = NULL};

	hls_stream_span(stream, &ranges.span);
	ranges.out = open_memstream(&ranges.text, &ranges.len);
	if (!ranges.out)
		abort();
	store_features(reader, show, write_range, &ranges);
	fclose(ranges.out);
	return ranges.text;
}

static struct base_buffer *track_playlist(struct replay *replay, struct store_reader *reader, const char *name)
{
	size_t len = strlen(name);
	int track =
	        len > 5 && strcmp(name + len - 5, ".m3u8") == 0 ? hls_stream_track(replay->stream, name, len - 5) : -1;
	char *extra;

	if (track < 0 || track >= TRACKS)
		return NULL;
	if (!replay->tracks[track]) {
		extra = date_ranges(replay->stream, reader, replay->show);
		replay->tracks[track] = hls_stream_vod(replay->stream, track, extra);
		free(extra);
	}
	return replay->tracks[track];
}

static struct base_buffer *playlist(struct replay *replay, struct store_reader *reader, const char *name)
{
	if (strcmp(name, HLS_INDEX) != 0)
		return track_playlist(replay, reader, name);
	if (!replay->index)
		replay->index = hls_stream_index(replay->stream);
	return replay->index;
}

struct base_buffer *api_replays_playlist(struct api_replays *replays, struct store_reader *reader, struct base_id show,
                                         const char *name)
{
	struct base_buffer *found;
	struct replay *replay;

	pthread_mutex_lock(&replays->lock);
	replay = find(replays, show);
	found = replay ? playlist(replay, reader, name) : NULL;
	if (found)
		base_buffer_ref(found);
	pthread_mutex_unlock(&replays->lock);
	return found;
}

bool api_replays_place(struct api_replays *replays, struct base_id show, struct api_moment *moments, size_t count,
                       int64_t *duration_ms)
{
	struct hls_span span = {.segments = 0};
	struct replay *replay;

	pthread_mutex_lock(&replays->lock);
	replay = find(replays, show);
	if (replay)
		hls_stream_span(replay->stream, &span);
	for (size_t i = 0; replay && i < count; i++) {
		moments[i].from_ms = hls_stream_position_us(replay->stream, moments[i].from_ms * 1000) / 1000;
		moments[i].to_ms = hls_stream_position_us(replay->stream, moments[i].to_ms * 1000) / 1000;
	}
	pthread_mutex_unlock(&replays->lock);
	*duration_ms = span.duration_us / 1000;
	return span.segments > 0;
}
