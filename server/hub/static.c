/* Built pages. They are read into memory at the start: a request only looks up a name among them, so that no path can
 * leave the folder. */
#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "hub/hub_private.h"
#include "hub/text.h"

#define STATIC_FILES 4096
#define STATIC_BYTES (128u << 20)
#define STATIC_DEPTH 8

static const char page_policy[] =
        "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self' ws: wss:; "
        "style-src 'self'; "
        "script-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

enum variant { PLAIN, GZIP, BROTLI, VARIANTS };

static const struct {
	const char *ending, *coding;
} variants[VARIANTS] = {[PLAIN] = {"", NULL}, [GZIP] = {".gz", "gzip"}, [BROTLI] = {".br", "br"}};

struct static_file {
	char *path; /* "/assets/app-1a2b3c.js" */
	struct {
		struct base_buffer *bytes; /* NULL: there is no such variant */
		char etag[48];
	} variant[VARIANTS];
};

struct static_files {
	struct static_file *list; /* sorted by path */
	size_t count, bytes;
};

static void hash(const struct base_buffer *bytes, enum variant variant, char *etag, size_t size)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	int at = 1;

	if (EVP_Digest(bytes->data, bytes->len, digest, &len, EVP_sha256(), NULL) != 1)
		abort();
	etag[0] = '"';
	for (int i = 0; i < 16; i++, at += 2)
		snprintf(etag + at, size - (size_t)at, "%02x", digest[i]);
	/* Representations of one page differ in their bytes, so their tags must too (RFC 9110 §8.8.3). */
	snprintf(etag + at, size - (size_t)at, "%s\"", variant == PLAIN ? "" : variant == GZIP ? "-gz" : "-br");
}

static struct base_buffer *read_file(int dir, const char *name, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct base_buffer *bytes = base_buffer_new(size);
	size_t got = 0;

	while (fd >= 0 && got < size) {
		ssize_t n = read(fd, bytes->data + got, size - got);
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	if (got == size)
		return bytes;
	base_buffer_unref(bytes);
	return NULL;
}

static struct static_file *find(const struct static_files *files, const char *path)
{
	size_t low = 0, high = files->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(files->list[middle].path, path);
		if (order == 0)
			return &files->list[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* While loading the list is not sorted yet. */
static struct static_file *find_or_add(struct static_files *files, const char *path, size_t len)
{
	for (size_t i = 0; i < files->count; i++)
		if (strncmp(files->list[i].path, path, len) == 0 && files->list[i].path[len] == '\0')
			return &files->list[i];
	files->list = realloc(files->list, (files->count + 1) * sizeof *files->list);
	if (!files->list)
		abort();
	struct static_file *file = &files->list[files->count++];
	*file = (struct static_file){.path = strndup(path, len)};
	return file;
}

static void take_file(struct static_files *files, int dir, const char *name, const char *path, size_t size)
{
	size_t len = strlen(path);
	enum variant variant = PLAIN;

	if (files->count >= STATIC_FILES || files->bytes + size > STATIC_BYTES) {
		base_log(BASE_LOG_WARN, HUB_PART, "page_skipped", "path=%s reason=too_many_or_too_large", path);
		return;
	}
	for (int i = GZIP; i < VARIANTS; i++) {
		size_t ending = strlen(variants[i].ending);
		if (len > ending && strcmp(path + len - ending, variants[i].ending) == 0) {
			variant = (enum variant)i;
			len -= ending;
		}
	}
	struct base_buffer *bytes = read_file(dir, name, size);
	if (!bytes)
		return;
	struct static_file *file = find_or_add(files, path, len);
	file->variant[variant].bytes = bytes;
	hash(bytes, variant, file->variant[variant].etag, sizeof file->variant[variant].etag);
	files->bytes += size;
}

static void take_folder(struct static_files *files, int fd, const char *prefix, int depth)
{
	DIR *dir = fdopendir(fd);

	if (!dir) {
		close(fd);
		return;
	}
	for (struct dirent *entry; (entry = readdir(dir));) {
		char path[2048];
		struct stat st;

		if (entry->d_name[0] == '.' || fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    snprintf(path, sizeof path, "%s/%s", prefix, entry->d_name) >= (int)sizeof path)
			continue;
		if (S_ISREG(st.st_mode)) {
			take_file(files, fd, entry->d_name, path, (size_t)st.st_size);
		} else if (S_ISDIR(st.st_mode) && depth < STATIC_DEPTH) {
			int child = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (child >= 0)
				take_folder(files, child, path, depth + 1);
		}
	}
	closedir(dir);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct static_file *)a)->path, ((const struct static_file *)b)->path);
}

void hub_static(struct hub *hub, const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct static_files *files = calloc(1, sizeof *files);

	if (!files)
		abort();
	static_finish(hub->files);
	hub->files = files;
	if (fd >= 0)
		take_folder(files, fd, "", 0);
	if (files->count > 0)
		qsort(files->list, files->count, sizeof *files->list, by_path);
	if (!find(files, "/index.html"))
		base_log(BASE_LOG_WARN, HUB_PART, "pages_missing", "web_dir=%s", dir);
}

void hub_static_page(struct hub *hub, const char *pattern, const char *file)
{
	char *name = strdup(file);

	if (!name)
		abort();
	route_table_add(&hub->pages, &(struct hub_route){.method = HUB_GET, .pattern = pattern, .ctx = name});
}

void static_finish(struct static_files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < files->count; i++) {
		free(files->list[i].path);
		for (int v = 0; v < VARIANTS; v++)
			base_buffer_unref(files->list[i].variant[v].bytes);
	}
	free(files->list);
	free(files);
}

/* The file that a path means: a page's, the start page, or one of that name. */
static const struct static_file *resolve(const struct hub *hub, const char *path)
{
	char name[2048];
	struct route_match match;

	if (route_find(&hub->pages, HUB_GET, path, &match) == 0)
		snprintf(name, sizeof name, "/%s", (const char *)match.route->ctx);
	else
		snprintf(name, sizeof name, "%s", strcmp(path, "/") == 0 ? "/index.html" : path);
	return find(hub->files, name);
}

static enum variant choose(const struct static_file *file, const char *accept)
{
	for (int v = BROTLI; v > PLAIN; v--)
		if (file->variant[v].bytes && text_accepts_coding(accept, variants[v].coding))
			return (enum variant)v;
	return PLAIN;
}

static void reply_static(struct hub_request *r, const struct static_file *file)
{
	enum variant v = choose(file, hub_request_header(r, "accept-encoding"));
	struct base_buffer *bytes = file->variant[v].bytes;
	/* Names below /assets/ carry a hash of their content: a new content has a new name. */
	bool immutable = strncmp(file->path, "/assets/", 8) == 0;
	struct hub_header headers[5] = {
	        {"ETag", file->variant[v].etag},
	        {"Cache-Control", immutable ? "public, max-age=31536000, immutable" : "no-cache"},
	        {"Content-Security-Policy", page_policy},
	        {"Vary", "Accept-Encoding"},
	        {"Content-Encoding", variants[v].coding},
	};
	size_t count = variants[v].coding ? 5 : 4;

	if (text_matches_etag(hub_request_header(r, "if-none-match"), file->variant[v].etag))
		hub_request_reply(r, 304, NULL, headers, count, NULL);
	else
		hub_request_reply(r, 200, text_content_type(file->path), headers, count, bytes);
}

bool static_serve(struct hub_request *r)
{
	const struct static_file *file = r->hub->files ? resolve(r->hub, r->path) : NULL;

	if (!file || !file->variant[PLAIN].bytes)
		return false;
	r->match.allow = 1u << HUB_GET;
	if (r->method == HUB_GET || r->method == HUB_HEAD) {
		reply_static(r, file);
	} else if (r->method == HUB_OPTIONS) {
		char methods[64];
		struct hub_header allow = {"Allow", route_format_allow(r->match.allow, methods, sizeof methods)};
		hub_request_reply(r, 204, NULL, &allow, 1, NULL);
	} else {
		hub_request_problem(r, 405, "bad_request", "pages are only read");
	}
	return true;
}
