/* Packaged media, read from the spool once and shared by all who ask for it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/hls.h"
#include "base/clock.h"

#define FRESH_US 12000000             /* what is live is asked for within so long */
#define KEPT_BYTES ((size_t)32 << 20) /* of one show */
#define READ_MOST ((size_t)64 << 20)
#define STALE_S 120 /* a file that has not changed for so long is nobody's next part */

struct read_file {
	char name[HLS_FILE_BYTES];
	struct base_buffer *buffer;
	int64_t read_us;
};

static void file_free(gpointer data)
{
	struct read_file *file = data;

	base_buffer_unref(file->buffer);
	g_free(file);
}

void api_hls_bytes_init(struct api_hls_bytes *bytes)
{
	bytes->table = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, file_free);
	g_queue_init(&bytes->order);
	bytes->bytes = 0;
}

void api_hls_bytes_clear(struct api_hls_bytes *bytes)
{
	g_queue_clear(&bytes->order);
	g_hash_table_destroy(bytes->table);
}

static void forget_oldest(struct api_hls_bytes *bytes)
{
	struct read_file *file = g_queue_pop_head(&bytes->order);

	bytes->bytes -= file->buffer->len;
	g_hash_table_remove(bytes->table, file->name);
}

void api_hls_bytes_trim(struct api_hls_bytes *bytes, int64_t now_us)
{
	const struct read_file *file;

	while ((file = g_queue_peek_head(&bytes->order)) &&
	       (now_us - file->read_us > FRESH_US || bytes->bytes > KEPT_BYTES))
		forget_oldest(bytes);
}

static int open_spool(const struct api_hls_stream *stream)
{
	const struct base_settings *settings = stream->all->api->settings;
	char path[4300];

	snprintf(path, sizeof path, "%s/%s", settings->spool_dir, stream->name);
	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* So many bytes of an open file; fewer are none. */
static struct base_buffer *read_range(int fd, uint64_t offset, size_t len)
{
	struct base_buffer *buffer = base_buffer_new(len);
	size_t got = 0;

	while (got < len) {
		ssize_t n = pread(fd, buffer->data + got, len - got, (off_t)(offset + got));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			base_buffer_unref(buffer);
			return NULL;
		}
		got += (size_t)n;
	}
	return buffer;
}

static struct base_buffer *read_place(const struct api_hls_stream *stream, const struct hls_place *place)
{
	int folder = open_spool(stream);
	int fd = folder < 0 ? -1 : openat(folder, place->file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct base_buffer *buffer = NULL;
	struct stat st;

	if (folder >= 0)
		close(folder);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		size_t len = place->bytes ? (size_t)place->bytes : (size_t)st.st_size;
		if (len > 0 && len <= READ_MOST)
			buffer = read_range(fd, place->offset, len);
	}
	close(fd);
	return buffer;
}

struct base_buffer *api_hls_bytes_get(struct api_hls_stream *stream, const char *name, const struct hls_place *place)
{
	struct api_hls_bytes *bytes = &stream->bytes;
	struct read_file *file = g_hash_table_lookup(bytes->table, name);
	struct base_buffer *buffer;

	if (file)
		return base_buffer_ref(file->buffer);
	buffer = read_place(stream, place);
	if (!buffer)
		return NULL;
	file = g_new0(struct read_file, 1);
	g_strlcpy(file->name, name, sizeof file->name);
	file->buffer = base_buffer_ref(buffer);
	file->read_us = base_clock_monotonic_us();
	bytes->bytes += buffer->len;
	g_hash_table_insert(bytes->table, file->name, file);
	g_queue_push_tail(&bytes->order, file);
	api_hls_bytes_trim(bytes, file->read_us);
	return buffer;
}

void api_hls_sweep(struct api_hls_stream *stream)
{
	int64_t now_s = base_clock_utc_ms() / 1000;
	int fd = open_spool(stream);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct hls_place place;
	struct stat st;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;
		if (!g_str_has_suffix(name, ".m4s") && !g_str_has_suffix(name, ".mp4"))
			continue;
		if (hls_stream_find(stream->model, name, &place) == HLS_GONE &&
		    fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && now_s - st.st_mtim.tv_sec > STALE_S)
			unlinkat(fd, name, 0);
	}
	closedir(dir);
}
