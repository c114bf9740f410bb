/* Clips: what of a show a listing was featured for longest, cut by a child of low priority, one at a time. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app.h"
#include "base/clock.h"
#include "base/log.h"
#include "recordings_private.h"

#define PATH_BYTES 4300
#define NAME_BYTES 64
#define DEADLINE_US (60 * INT64_C(1000000))
#define CPU_S 30
#define HEAD_BYTES 65536 /* of a clip: where its movie header is */

extern char **environ;

/* ---- files ---- */

struct clip_paths {
	char folder[PATH_BYTES];
	char movie[PATH_BYTES + NAME_BYTES], poster[PATH_BYTES + NAME_BYTES];           /* as they are served */
	char movie_part[PATH_BYTES + NAME_BYTES], poster_part[PATH_BYTES + NAME_BYTES]; /* while they are made */
};

static void find_paths(const struct recordings *recordings, const struct store_clip *clip, struct clip_paths *out)
{
	char id[BASE_ID_TEXT];

	base_id_format(clip->id, id);
	api_replay_folder(recordings->settings, clip->show, out->folder, sizeof out->folder);
	snprintf(out->movie, sizeof out->movie, "%s/clip-%s.mp4", out->folder, id);
	snprintf(out->poster, sizeof out->poster, "%s/clip-%s.jpg", out->folder, id);
	snprintf(out->movie_part, sizeof out->movie_part, "%s/clip-%s.part.mp4", out->folder, id);
	snprintf(out->poster_part, sizeof out->poster_part, "%s/clip-%s.part.jpg", out->folder, id);
}

static void remove_clip(const struct recordings *recordings, const struct store_clip *clip)
{
	struct clip_paths paths;

	find_paths(recordings, clip, &paths);
	unlink(paths.movie);
	unlink(paths.poster);
	unlink(paths.movie_part);
	unlink(paths.poster_part);
}

/* A file of the right name is whole, after a power cut too. */
static int settle(const char *part, const char *whole)
{
	int fd = open(part, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = fsync(fd) ? -errno : 0;
	close(fd);
	return err || !rename(part, whole) ? err : -errno;
}

static void note_clip(const struct store_clip *clip, void *ctx)
{
	char id[BASE_ID_TEXT];

	g_hash_table_add(ctx, g_strdup_printf("clip-%s.mp4", base_id_format(clip->id, id)));
	g_hash_table_add(ctx, g_strdup_printf("clip-%s.jpg", id));
}

void recordings_clear_clips(struct recordings *recordings, struct base_id show)
{
	GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	char path[PATH_BYTES];
	struct dirent *entry;
	DIR *dir = NULL;

	api_replay_folder(recordings->settings, show, path, sizeof path);
	if (store_clips_of_show(recordings->reader, show, note_clip, names) == 0)
		dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, "clip-", 5) == 0 && !g_hash_table_contains(names, entry->d_name))
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	g_hash_table_unref(names);
}

/* ---- the cutter ---- */

static int spawn(const char *program, const char *const *argv, pid_t *pid)
{
	const struct rlimit cpu = {CPU_S, CPU_S};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int err;

	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none); /* the server's threads block signals */
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	err = posix_spawn(pid, program, &actions, &attributes, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (err)
		return -err;
	prlimit(*pid, RLIMIT_CPU, &cpu, NULL);
	return 0;
}

static int start(struct recordings *recordings)
{
	const struct store_clip *clip = &recordings->cutter.clip;
	char from[32], to[32], registry[PATH_BYTES];
	struct clip_paths paths;

	find_paths(recordings, clip, &paths);
	snprintf(from, sizeof from, "%" PRId64, clip->from_ms * 1000);
	snprintf(to, sizeof to, "%" PRId64, (clip->from_ms + clip->wanted_ms) * 1000);
	snprintf(registry, sizeof registry, "%s/spool/plugins.registry", recordings->settings->data_dir);
	const char *argv[] = {recordings->settings->pipeline_path,
	                      "--clip",
	                      "--record",
	                      paths.folder,
	                      "--from",
	                      from,
	                      "--to",
	                      to,
	                      "--out",
	                      paths.movie_part,
	                      "--poster",
	                      paths.poster_part,
	                      "--registry",
	                      registry,
	                      NULL};
	return spawn(recordings->settings->pipeline_path, argv, &recordings->cutter.pid);
}

bool recordings_is_cutting(const struct recordings *recordings)
{
	return recordings->cutter.pid > 0;
}

int recordings_cut(struct recordings *recordings, struct base_id show)
{
	struct store_clip *clip = &recordings->cutter.clip;
	char text[BASE_ID_TEXT];
	int err;

	if (recordings_is_cutting(recordings))
		return -EBUSY;
	err = store_clip_wanted(recordings->reader, show, clip);
	if (err)
		return err;
	if (!recordings_has_room(recordings->settings))
		return -ENOSPC;
	clip->id = base_id_new();
	err = start(recordings);
	recordings->cutter.until_us = base_clock_monotonic_us() + DEADLINE_US;
	if (err)
		base_log(BASE_LOG_ERROR, "recordings", "clip", "show=%s cannot be cut: %s", base_id_format(show, text),
		         strerror(-err));
	return err;
}

/* ---- what it made ---- */

static uint32_t read_32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The box of a type among those between `at` and `end` (ISO/IEC 14496-12 §4.2). @return its body; NULL. */
static const uint8_t *find_box(const uint8_t *at, const uint8_t *end, const char *type, const uint8_t **body_end)
{
	while (end - at >= 8) {
		uint32_t size = read_32(at);
		if (size < 8)
			return NULL;
		*body_end = size > end - at ? end : at + size;
		if (memcmp(at + 4, type, 4) == 0)
			return at + 8;
		at = *body_end;
	}
	return NULL;
}

/* From the movie header, which lies in front. @return 0: it has none. */
static int64_t movie_duration_ms(const uint8_t *head, size_t len)
{
	const uint8_t *end, *box = find_box(head, head + len, "moov", &end);
	uint64_t duration;
	uint32_t scale;

	box = box ? find_box(box, end, "mvhd", &end) : NULL;
	if (!box || end - box < (box[0] == 1 ? 32 : 20))
		return 0;
	scale = read_32(box + (box[0] == 1 ? 20 : 12));
	duration = box[0] == 1 ? (uint64_t)read_32(box + 24) << 32 | read_32(box + 28) : read_32(box + 16);
	return scale && duration < UINT64_MAX / 1000 ? (int64_t)(duration * 1000 / scale) : 0;
}

static int look_at_movie(const char *path, struct store_clip *clip)
{
	uint8_t *head = malloc(HEAD_BYTES);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd >= 0 && head ? pread(fd, head, HEAD_BYTES, 0) : -1;
	struct stat st = {0};

	if (len > 0 && fstat(fd, &st) == 0) {
		clip->bytes = st.st_size;
		clip->duration_ms = movie_duration_ms(head, (size_t)len);
	}
	if (fd >= 0)
		close(fd);
	free(head);
	return clip->duration_ms > 0 ? 0 : -EBADMSG;
}

static int take_files(struct recordings *recordings, struct store_clip *clip)
{
	struct clip_paths paths;
	struct stat st;
	int err;

	find_paths(recordings, clip, &paths);
	err = settle(paths.movie_part, paths.movie);
	if (!err)
		err = look_at_movie(paths.movie, clip);
	if (!err)
		err = settle(paths.poster_part, paths.poster);
	if (!err && stat(paths.poster, &st) == 0)
		clip->bytes += st.st_size;
	return err;
}

struct before {
	struct base_id listing;
	struct store_clip clip;
	bool found;
};

static void find_before(const struct store_clip *clip, void *ctx)
{
	struct before *before = ctx;

	if (!base_id_equal(clip->listing, before->listing))
		return;
	before->clip = *clip;
	before->found = true;
}

static bool put_clip(struct recordings *recordings, const struct store_clip *clip)
{
	struct show_command *command = show_command_new(SHOW_CLIP);
	struct show_result *result = calloc(1, sizeof *result);
	bool stored;

	if (!result)
		abort();
	command->clip = *clip;
	stored = app_command(recordings->controller, command, result) == SHOW_OK;
	free(result);
	return stored;
}

/* What was there before goes once the new one is known. */
static void keep(struct recordings *recordings, struct store_clip *clip)
{
	struct before before = {.listing = clip->listing};
	char show[BASE_ID_TEXT], id[BASE_ID_TEXT];

	clip->made_ms = base_clock_utc_ms();
	store_clips_of_show(recordings->reader, clip->show, find_before, &before);
	if (!put_clip(recordings, clip)) {
		remove_clip(recordings, clip);
		return;
	}
	if (before.found)
		remove_clip(recordings, &before.clip);
	base_log(BASE_LOG_INFO, "recordings", "clip", "show=%s clip=%s duration_ms=%" PRId64 " bytes=%" PRId64,
	         base_id_format(clip->show, show), base_id_format(clip->id, id), clip->duration_ms, clip->bytes);
}

/* What cannot be cut is not tried again; the clip that there was stays. */
static void fail(struct recordings *recordings, struct store_clip *clip, int status)
{
	struct before before = {.listing = clip->listing};
	char text[BASE_ID_TEXT];

	remove_clip(recordings, clip);
	base_log(BASE_LOG_WARN, "recordings", "clip", "show=%s from_ms=%" PRId64 " cannot be cut: status %d",
	         base_id_format(clip->show, text), clip->from_ms, status);
	clip->state = STORE_CLIP_FAILED;
	clip->bytes = clip->duration_ms = 0;
	clip->made_ms = base_clock_utc_ms();
	store_clips_of_show(recordings->reader, clip->show, find_before, &before);
	if (before.found && before.clip.state == STORE_CLIP_MADE) {
		before.clip.wanted_ms = clip->wanted_ms;
		*clip = before.clip;
	}
	put_clip(recordings, clip);
}

void recordings_look_after_cutter(struct recordings *recordings)
{
	struct store_clip clip = recordings->cutter.clip;
	int status = 0;

	if (!recordings_is_cutting(recordings))
		return;
	if (base_clock_monotonic_us() > recordings->cutter.until_us)
		kill(recordings->cutter.pid, SIGKILL);
	if (waitpid(recordings->cutter.pid, &status, WNOHANG) == 0)
		return;
	recordings->cutter.pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && take_files(recordings, &clip) == 0)
		keep(recordings, &clip);
	else
		fail(recordings, &clip, status);
}

void recordings_cut_nothing_of(struct recordings *recordings, struct base_id show)
{
	if (recordings_is_cutting(recordings) && base_id_equal(recordings->cutter.clip.show, show))
		recordings_stop_cutter(recordings);
}

void recordings_stop_cutter(struct recordings *recordings)
{
	if (!recordings_is_cutting(recordings))
		return;
	kill(recordings->cutter.pid, SIGKILL);
	while (waitpid(recordings->cutter.pid, NULL, 0) < 0 && errno == EINTR)
		;
	recordings->cutter.pid = 0;
	remove_clip(recordings, &recordings->cutter.clip);
}
