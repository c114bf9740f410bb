#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(char *why, size_t why_len, const char *path, const char *text, int error)
{
	snprintf(why, why_len, "%s: %s", path, text);
	return error;
}

/* VACUUM INTO reads one snapshot of the source, whatever its server writes meanwhile, and needs no more than reading.
 */
static int copy_into(struct sqlite_connection *source, const char *path)
{
	struct sql sql = sql_prepare(source, "VACUUM INTO ?");
	sql_bind_text(&sql, path);
	return sql_run(&sql);
}

static int sync_path(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	if (fd < 0)
		return -errno;
	int error = fsync(fd) == 0 ? 0 : -errno;
	close(fd);
	return error;
}

/* link, not rename: a file that came there meanwhile is never overwritten. */
static int publish(const char *part, const char *path)
{
	int error = chmod(part, 0600) == 0 ? sync_path(part, 0) : -errno;
	if (!error && link(part, path) != 0)
		error = -errno;
	g_autofree char *folder = g_path_get_dirname(path);
	return error ? error : sync_path(folder, O_DIRECTORY);
}

static int copy(const char *data_dir, const char *part, char *why, size_t why_len)
{
	g_autofree char *from = store_path(data_dir, "trunkshow.db");
	struct sqlite_connection source;
	int rc = store_open_read_only(&source, from);
	if (rc != SQLITE_OK)
		return fail(why, why_len, from, sqlite3_errstr(rc), rc == SQLITE_CANTOPEN ? -ENOENT : -EIO);
	int error = copy_into(&source, part);
	if (error)
		snprintf(why, why_len, "copying %s to %s: %s", from, part, sqlite3_errmsg(source.db));
	sqlite_connection_close(&source);
	return error;
}

int store_backup(const char *data_dir, const char *path, char *why, size_t why_len)
{
	char text[128];
	why[0] = '\0';
	if (access(path, F_OK) == 0)
		return fail(why, why_len, path, "exists; a backup never overwrites", -EEXIST);
	g_autofree char *part = g_strdup_printf("%s.%d.part", path, (int)getpid());
	unlink(part);
	int error = copy(data_dir, part, why, why_len);
	if (!error) {
		error = publish(part, path);
		if (error)
			fail(why, why_len, path, strerror_r(-error, text, sizeof(text)), error);
	}
	unlink(part);
	return error;
}
