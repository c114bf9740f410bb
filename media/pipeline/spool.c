#include "pipeline/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SWEEP_US 5000000
#define MODE 0640

const char *spool_track_name(enum package_track track)
{
	static const char *const names[] = {[PACKAGE_PICTURE] = "v0", [PACKAGE_SOUND] = "a0", [PACKAGE_RUNG] = "v1"};

	return names[track];
}

void spool_init_name(char out[SPOOL_NAME], const char *epoch, enum package_track track, uint32_t number)
{
	snprintf(out, SPOOL_NAME, "%s-%s-i%" PRIu32 ".mp4", epoch, spool_track_name(track), number);
}

void spool_segment_name(char out[SPOOL_NAME], const char *epoch, enum package_track track, uint32_t segment)
{
	snprintf(out, SPOOL_NAME, "%s-%s-%" PRIu32 ".m4s", epoch, spool_track_name(track), segment);
}

int spool_write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 || errno == EDQUOT || errno == EFBIG ? -ENOSPC : -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int spool_open(struct spool *spool, const char *folder, const char *epoch)
{
	*spool = (struct spool){.folder = folder, .epoch = epoch};
	for (int i = 0; i < PACKAGE_TRACKS; i++)
		spool->files[i].fd = -1;
	spool->folder_fd = open(folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	return spool->folder_fd < 0 ? -errno : 0;
}

int spool_write_init(struct spool *spool, enum package_track track, uint32_t number, const uint8_t *data, size_t len)
{
	char name[SPOOL_NAME];
	int fd, rc;

	spool_init_name(name, spool->epoch, track, number);
	fd = openat(spool->folder_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, MODE);
	if (fd < 0)
		return -errno;
	rc = spool_write_all(fd, data, len);
	close(fd);
	return rc;
}

static void close_file(struct spool *spool, enum package_track track)
{
	if (spool->files[track].fd >= 0)
		close(spool->files[track].fd);
	spool->files[track].fd = -1;
}

static int open_file(struct spool *spool, enum package_track track, uint32_t segment)
{
	char name[SPOOL_NAME];

	close_file(spool, track);
	spool->files[track].segment = segment;
	spool->files[track].bytes = 0;
	spool->files[track].broken = false;
	spool_segment_name(name, spool->epoch, track, segment);
	spool->files[track].fd = openat(spool->folder_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, MODE);
	return spool->files[track].fd < 0 ? -errno : 0;
}

int spool_append(struct spool *spool, enum package_track track, uint32_t segment, const uint8_t *data, size_t len,
                 uint64_t *offset)
{
	int rc = 0;

	if (spool->files[track].segment != segment || (spool->files[track].fd < 0 && !spool->files[track].broken))
		rc = open_file(spool, track, segment);
	else if (spool->files[track].broken)
		return -EPIPE;
	*offset = spool->files[track].bytes;
	if (rc == 0)
		rc = spool_write_all(spool->files[track].fd, data, len);
	if (rc < 0) {
		spool->files[track].broken = true;
		if (spool->files[track].fd >= 0 && ftruncate(spool->files[track].fd, (off_t)*offset) < 0)
			fprintf(stderr, "%s: %s\n", spool->folder, strerror(errno));
		return rc;
	}
	spool->files[track].bytes += len;
	return 0;
}

bool spool_is_whole(const struct spool *spool, enum package_track track, uint32_t segment)
{
	return spool->files[track].fd >= 0 && spool->files[track].segment == segment && !spool->files[track].broken;
}

uint64_t spool_end_segment(struct spool *spool, enum package_track track, uint32_t segment)
{
	if (spool->files[track].fd < 0 || spool->files[track].segment != segment)
		return 0;
	close_file(spool, track);
	return spool->files[track].bytes;
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), e = strlen(end);

	return n >= e && strcmp(name + n - e, end) == 0;
}

void spool_sweep(struct spool *spool, int64_t now_us)
{
	time_t now = time(NULL);
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	if (now_us - spool->swept_us < SWEEP_US)
		return;
	spool->swept_us = now_us;
	dir = opendir(spool->folder);
	while (dir && (entry = readdir(dir))) {
		bool ours = strncmp(entry->d_name, spool->epoch, strlen(spool->epoch)) == 0;

		if (!ends_with(entry->d_name, ".m4s") && (ours || !ends_with(entry->d_name, ".mp4")))
			continue;
		if (fstatat(spool->folder_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    now - st.st_mtime > SPOOL_KEEP_S)
			unlinkat(spool->folder_fd, entry->d_name, 0);
	}
	if (dir)
		closedir(dir);
}
