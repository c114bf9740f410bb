#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/id.h"

#define ROOM_BYTES (256ULL << 20) /* less (a container's /dev/shm has 64 MB) is no place for several shows */
#define SHARED "/dev/shm"

/* ---- where it lies ---- */

/* A folder that is ours and that nobody else may write to: others could have made one of that name before. */
static bool ours(const char *path)
{
	struct stat st;

	if (mkdir(path, 0700) == 0)
		return true;
	return errno == EEXIST && lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	       !(st.st_mode & (S_IWGRP | S_IWOTH));
}

static bool roomy(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) == 0 && (uint64_t)fs.f_blocks * fs.f_frsize >= ROOM_BYTES;
}

/* A number of its own for each data folder, so that several servers share no spool. */
static uint64_t number_of(const char *data_dir)
{
	struct stat st;

	return stat(data_dir, &st) ? 0 : (uint64_t)st.st_dev << 40 ^ (uint64_t)st.st_ino;
}

void spool_choose(struct base_settings *settings)
{
	const char *runtime = getenv("RUNTIME_DIRECTORY");
	char path[PATH_MAX];

	if (*settings->spool_dir)
		return;
	free(settings->spool_dir);
	settings->spool_dir = NULL;
	if (runtime && *runtime == '/') {
		/* systemd may name several, with colons between. */
		snprintf(path, sizeof path, "%.*s/spool", (int)strcspn(runtime, ":"), runtime);
		if (ours(path))
			settings->spool_dir = strdup(path);
	}
	if (!settings->spool_dir && roomy(SHARED)) {
		snprintf(path, sizeof path, SHARED "/trunkshow-%016" PRIx64, number_of(settings->data_dir));
		if (ours(path))
			settings->spool_dir = strdup(path);
	}
	if (!settings->spool_dir) {
		snprintf(path, sizeof path, "%s/spool", settings->data_dir);
		settings->spool_dir = strdup(path);
	}
	if (!settings->spool_dir)
		abort();
}

/* ---- the folders of shows ---- */

static void empty_folder(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(fd, entry->d_name, 0);
	closedir(dir);
	unlinkat(parent, name, AT_REMOVEDIR);
}

/* Nothing else is touched: the folder may be shared with others by a setting. */
static void remove_shows(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	struct base_id id;

	while (dir && (entry = readdir(dir)))
		if (base_id_parse(entry->d_name, &id) == 0)
			empty_folder(dirfd(dir), entry->d_name);
	if (dir)
		closedir(dir);
}

int spool_open(const struct base_settings *settings, char *why, size_t why_len)
{
	struct stat st;

	if (mkdir(settings->spool_dir, 0750) && errno != EEXIST) {
		int err = -errno;
		snprintf(why, why_len, "%s: %s", settings->spool_dir, strerror(-err));
		return err;
	}
	if (stat(settings->spool_dir, &st) || !S_ISDIR(st.st_mode) || access(settings->spool_dir, W_OK | X_OK)) {
		snprintf(why, why_len, "%s: no folder that can be written to", settings->spool_dir);
		return -ENOTDIR;
	}
	remove_shows(settings->spool_dir);
	return 0;
}

void spool_close(const struct base_settings *settings)
{
	if (!*settings->spool_dir)
		return;
	remove_shows(settings->spool_dir);
	rmdir(settings->spool_dir);
}

int spool_folder(const struct base_settings *settings, const char *show, char *out, size_t size)
{
	if (snprintf(out, size, "%s/%s", settings->spool_dir, show) >= (int)size)
		return -ENAMETOOLONG;
	return mkdir(out, 0750) && errno != EEXIST ? -errno : 0;
}

void spool_remove(const struct base_settings *settings, const char *show)
{
	int parent = open(settings->spool_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (parent < 0)
		return;
	empty_folder(parent, show);
	close(parent);
}
