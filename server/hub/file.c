/* Files of the data folder: whole or a range of them, in pieces, so that a long one costs no more memory than a short
 * one. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "hub/hub_private.h"
#include "hub/text.h"

#define PIECE_BYTES (256u << 10)

/* Open a file below dir, one component at a time: no "..", no symbolic link. @return a descriptor; -errno */
static int open_below(const char *dir, const char *path)
{
	int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (at >= 0) {
		size_t len = strcspn(path, "/");
		bool last = path[len] == '\0';
		char name[256];

		if (len == 0 || len >= sizeof name || path[0] == '.') {
			close(at);
			return -ENOENT;
		}
		memcpy(name, path, len);
		name[len] = '\0';
		int next = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (last ? 0 : O_DIRECTORY));
		close(at);
		at = next;
		if (last)
			break;
		path += len + 1;
	}
	return at >= 0 ? at : -errno;
}

bool file_refill(struct hub_request *r)
{
	struct base_buffer *piece;
	ssize_t got;

	if (r->file.left == 0)
		return true;
	piece = base_buffer_new(r->file.left < PIECE_BYTES ? (size_t)r->file.left : PIECE_BYTES);
	got = pread(r->file.fd, piece->data, piece->len, (off_t)r->file.at);
	if (got <= 0) {
		/* It was promised in the head: only the end of the connection says that it does not come. */
		base_log(BASE_LOG_WARN, HUB_PART, "file_short", "path=%s", r->path);
		base_buffer_unref(piece);
		return false;
	}
	piece->len = (size_t)got;
	r->file.at += (uint64_t)got;
	r->file.left -= (uint64_t)got;
	base_buffer_unref(r->reply);
	r->reply = piece;
	r->sent = r->head->len;
	return true;
}

/* A range counts for the file that the client has some of already (RFC 9110 §13.1.5). */
static bool range_counts(const struct hub_request *r, const char *etag)
{
	const char *have = hub_request_header(r, "if-range");

	return !have || strcmp(have, etag) == 0;
}

/* What is said of a file beside its bytes. */
struct about {
	char etag[80], range[80];
	const char *content_type;
	struct hub_header headers[HUB_FILE_HEADERS + 4];
	size_t count;
};

static void say(struct about *about, const char *name, const char *value)
{
	about->headers[about->count++] = (struct hub_header){name, value};
}

static void reply_open_file(struct hub_request *r, struct hub_file *file, struct about *about)
{
	uint64_t size = file->left, from = 0, to = 0;
	const char *wanted = range_counts(r, about->etag) ? hub_request_header(r, "range") : NULL;
	int ranged = text_parse_range(wanted, size, &from, &to);

	say(about, "Accept-Ranges", "bytes");
	if (ranged < 0) {
		close(file->fd);
		snprintf(about->range, sizeof about->range, "bytes */%" PRIu64, size);
		hub_request_reply(r, 416, NULL, &(struct hub_header){"Content-Range", about->range}, 1, NULL);
		return;
	}
	if (ranged > 0) {
		snprintf(about->range, sizeof about->range, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, from, to, size);
		say(about, "Content-Range", about->range);
		file->at = from;
		file->left = to - from + 1;
	}
	reply_file(r, ranged ? 206 : 200, about->content_type, about->headers, about->count, file);
}

static void reply_descriptor(struct hub_request *r, int fd, const struct stat *st, struct about *about)
{
	struct hub_file file = {.fd = fd, .left = (uint64_t)st->st_size};

	snprintf(about->etag, sizeof about->etag, "\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 "%09lx\"", (uint64_t)st->st_ino,
	         (uint64_t)st->st_size, (uint64_t)st->st_mtim.tv_sec, (unsigned long)st->st_mtim.tv_nsec);
	if (!text_matches_etag(hub_request_header(r, "if-none-match"), about->etag)) {
		reply_open_file(r, &file, about);
		return;
	}
	close(fd);
	hub_request_reply(r, 304, NULL, about->headers, about->count, NULL);
}

void hub_request_reply_file_with(struct hub_request *r, const char *path, const char *content_type,
                                 const char *cache_control, const struct hub_header *headers, size_t header_count)
{
	struct about about = {.content_type = content_type};
	const char *const dirs[] = {r->hub->settings->data_dir, r->hub->settings->spool_dir};
	const char *dir = dirs[0];
	struct stat st;

	/* "photos/x.jpg", the same with the data folder before it, and what is in the spool are understood. */
	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
		size_t len = strlen(dirs[i]);
		if (len == 0 || strncmp(path, dirs[i], len) != 0 || path[len] != '/')
			continue;
		dir = dirs[i];
		path += len + 1;
		break;
	}
	int fd = open_below(dir, path);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		say(&about, "ETag", about.etag);
		say(&about, "Cache-Control", cache_control ? cache_control : "no-cache");
		for (size_t i = 0; i < header_count && i < HUB_FILE_HEADERS; i++)
			say(&about, headers[i].name, headers[i].value);
		reply_descriptor(r, fd, &st, &about);
		return;
	}
	if (fd >= 0)
		close(fd);
	hub_request_problem(r, 404, "not_found", "there is no such file");
}

void hub_request_reply_file(struct hub_request *r, const char *path, const char *content_type,
                            const char *cache_control)
{
	hub_request_reply_file_with(r, path, content_type, cache_control, NULL, 0);
}
