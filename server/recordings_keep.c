/* What is kept and what goes: recordings are closed, counted, removed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "base/clock.h"
#include "base/log.h"
#include "recordings_private.h"

#define PATH_BYTES 4300
#define DAY_MS INT64_C(86400000)
#define FORGOTTEN_MS INT64_C(3600000) /* a folder without a row: not one that is being made just now */

/* ---- files ---- */

/* Each file of a recording's folder, which has no folders in it. */
static void each_file(const char *path, void (*visit)(int dir, const char *name, void *ctx), void *ctx)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			visit(dirfd(dir), entry->d_name, ctx);
	if (dir)
		closedir(dir);
}

static void add_size(int dir, const char *name, void *ctx)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
		*(int64_t *)ctx += st.st_size;
}

static void add_media(int dir, const char *name, void *ctx)
{
	if (strncmp(name, "clip-", 5) != 0)
		add_size(dir, name, ctx);
}

static void unlink_file(int dir, const char *name, void *ctx)
{
	if (unlinkat(dir, name, 0) && errno != ENOENT)
		base_log(BASE_LOG_WARN, "recordings", "remove", "%s cannot be removed: %s", name, strerror(errno));
}

void recordings_remove_files(struct recordings *recordings, struct base_id show)
{
	char path[PATH_BYTES];

	api_replay_folder(recordings->settings, show, path, sizeof path);
	each_file(path, unlink_file, NULL);
	if (rmdir(path) && errno != ENOENT)
		base_log(BASE_LOG_WARN, "recordings", "remove", "%s cannot be removed: %s", path, strerror(errno));
}

/* ---- closing ---- */

static bool is_over(struct recordings *recordings, struct base_id show)
{
	struct store_show is;

	return store_show_by_id(recordings->reader, show, &is) == 0 && is.state == STORE_SHOW_ENDED;
}

bool recordings_close(struct recordings *recordings, struct base_id show)
{
	struct store_recording is;
	struct hls_stream *stream;
	struct hls_span span = {0};
	char path[PATH_BYTES], text[BASE_ID_TEXT];

	if (store_recording_by_show(recordings->reader, show, &is) != 0 || is.state != STORE_RECORDING ||
	    !is_over(recordings, show))
		return true;
	stream = api_replay_load(recordings->settings, show);
	if (stream)
		hls_stream_span(stream, &span);
	hls_stream_destroy(stream);
	is.state = span.segments ? STORE_RECORDED : STORE_RECORDING_REMOVED; /* nothing came of it */
	is.duration_ms = span.duration_us / 1000;
	is.ended_ms = base_clock_utc_ms();
	is.bytes = 0;
	api_replay_folder(recordings->settings, show, path, sizeof path);
	each_file(path, add_media, &is.bytes);
	if (!recordings_put(recordings, &is))
		return false;
	base_log(BASE_LOG_INFO, "recordings", "closed", "show=%s duration_ms=%" PRId64 " bytes=%" PRId64,
	         base_id_format(show, text), is.duration_ms, is.bytes);
	return true;
}

/* ---- age and size ---- */

struct keeping {
	struct recordings *recordings;
	int64_t now_ms, bytes; /* bytes: of all that is kept */
	GArray *kept;          /* struct store_recording, oldest first */
};

static void count_kept(const struct store_recording *is, void *ctx)
{
	struct keeping *keeping = ctx;

	keeping->bytes += is->bytes + is->clip_bytes;
	g_array_append_val(keeping->kept, *is);
}

static void count_on_air(struct keeping *keeping)
{
	struct recordings *recordings = keeping->recordings;
	char path[PATH_BYTES];

	for (guint i = 0; i < recordings->on_air->len; i++) {
		struct base_id show = g_array_index(recordings->on_air, struct base_id, i);
		api_replay_folder(recordings->settings, show, path, sizeof path);
		each_file(path, add_size, &keeping->bytes);
	}
}

static bool has_to_go(const struct keeping *keeping, const struct store_recording *is)
{
	const struct base_settings *settings = keeping->recordings->settings;
	bool old = settings->recordings_days > 0 && is->ended_ms < keeping->now_ms - settings->recordings_days * DAY_MS;

	return old || (settings->recordings_max_bytes > 0 && keeping->bytes > settings->recordings_max_bytes);
}

static bool remove_row(struct recordings *recordings, struct base_id show)
{
	struct show_command *command = show_command_new(SHOW_RECORDING_REMOVE);
	struct show_result *result = calloc(1, sizeof *result);
	bool removed;

	if (!result)
		abort();
	command->show_id = show;
	removed = app_command(recordings->controller, command, result) == SHOW_OK;
	free(result);
	return removed; /* the files follow when the event comes */
}

static void remove_oldest(struct keeping *keeping)
{
	char text[BASE_ID_TEXT];

	for (guint i = 0; i < keeping->kept->len; i++) {
		const struct store_recording *is = &g_array_index(keeping->kept, struct store_recording, i);
		if (!has_to_go(keeping, is) || !remove_row(keeping->recordings, is->show))
			continue;
		keeping->bytes -= is->bytes + is->clip_bytes;
		base_log(BASE_LOG_INFO, "recordings", "removed", "show=%s bytes=%" PRId64 " ended_ms=%" PRId64,
		         base_id_format(is->show, text), is->bytes + is->clip_bytes, is->ended_ms);
	}
}

void recordings_sweep(struct recordings *recordings)
{
	struct keeping keeping = {recordings, base_clock_utc_ms(), 0, NULL};

	keeping.kept = g_array_new(FALSE, FALSE, sizeof(struct store_recording));
	if (recordings->settings->recordings_max_bytes > 0)
		count_on_air(&keeping);
	if (store_recordings(recordings->reader, STORE_RECORDED, count_kept, &keeping) == 0)
		remove_oldest(&keeping);
	g_array_unref(keeping.kept);
}

/* ---- what an earlier process left ---- */

static void find_open(const struct store_recording *is, void *ctx)
{
	struct recordings *recordings = ctx;

	if (is_over(recordings, is->show)) {
		recordings_plan(recordings, RECORDINGS_CLOSE, is->show, 0);
	} else {
		struct base_id show = is->show;
		recordings_off_air(recordings, show);
		g_array_append_val(recordings->on_air, show);
		recordings_plan(recordings, RECORDINGS_CUT, show, 0);
	}
	recordings_clear_clips(recordings, is->show);
}

static void find_kept(const struct store_recording *is, void *ctx)
{
	recordings_plan(ctx, RECORDINGS_CUT, is->show, 0);
	recordings_clear_clips(ctx, is->show);
}

static bool is_forgotten(struct recordings *recordings, int dir, const char *name, struct base_id *show)
{
	struct store_recording is;
	struct stat st;
	int err;

	if (base_id_parse(name, show) || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(st.st_mode))
		return false; /* none of ours */
	err = store_recording_by_show(recordings->reader, *show, &is);
	if (err)
		return err == -ENOENT && base_clock_utc_ms() - (int64_t)st.st_mtim.tv_sec * 1000 > FORGOTTEN_MS;
	return is.state == STORE_RECORDING_REMOVED;
}

static void remove_if_forgotten(int dir, const char *name, void *ctx)
{
	struct base_id show;

	if (is_forgotten(ctx, dir, name, &show))
		recordings_remove_files(ctx, show);
}

void recordings_find_work(struct recordings *recordings)
{
	char path[PATH_BYTES];

	if (store_recordings(recordings->reader, STORE_RECORDING, find_open, recordings) ||
	    store_recordings(recordings->reader, STORE_RECORDED, find_kept, recordings))
		base_log(BASE_LOG_WARN, "recordings", "find", "the store cannot be read; the next start looks again");
	snprintf(path, sizeof path, "%s/recordings", recordings->settings->data_dir);
	each_file(path, remove_if_forgotten, recordings);
}
