#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Built pages, and files of the data folder. */

static struct rig rig;
static char folder[] = "/tmp/trunkshow-files-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void reply_named(struct hub_request *r, void *ctx)
{
	hub_request_reply_file(r, hub_request_query(r, "path"), "image/jpeg", "public, max-age=31536000, immutable");
}

static void make(const char *name)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static int set_up(void **state)
{
	char path[512], target[512];

	assert_non_null(mkdtemp(folder));
	make("web");
	make("web/assets");
	make("data");
	make("data/photos");
	put("web/index.html", "<!doctype html>start");
	put("web/index.html.br", "brotli start");
	put("web/index.html.gz", "gzip start");
	put("web/admin.html", "<!doctype html>admin");
	put("web/assets/app-1a2b.js", "let a;");
	put("web/assets/app-1a2b.js.gz", "gzip a");
	put("web/.hidden", "hidden");
	put("secret", "secret");
	put("data/photos/x.jpg", "picture");
	put("data/store.sqlite", "rows");
	snprintf(path, sizeof path, "%s/web/link.txt", folder);
	snprintf(target, sizeof target, "%s/secret", folder);
	assert_int_equal(symlink(target, path), 0);
	snprintf(path, sizeof path, "%s/data/photos/link.jpg", folder);
	assert_int_equal(symlink(target, path), 0);

	rig_prepare(&rig);
	snprintf(path, sizeof path, "%s/data", folder);
	rig_set(&rig, "data_dir", path);
	rig_create(&rig);
	hub_route(rig.hub, &(struct hub_route){.method = HUB_GET, .pattern = "/file", .handle = reply_named});
	snprintf(path, sizeof path, "%s/web", folder);
	hub_static(rig.hub, path);
	hub_static_page(rig.hub, "/s/{show}", "index.html");
	hub_static_page(rig.hub, "/admin", "admin.html");
	rig_start(&rig);
	return 0;
}

static int forget(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int tear_down(void **state)
{
	rig_stop(&rig);
	nftw(folder, forget, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}

static void get(const char *path, const char *more, struct reply *reply)
{
	char request[1024];

	snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", path, more);
	client_ask(&rig, request, reply);
}

static void test_pages(void **state)
{
	static const char *const paths[] = {"/", "/index.html", "/s/01abc", "/s/01abc/", "/?utm=x"};
	struct reply reply;

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		get(paths[i], "", &reply);
		assert_int_equal(reply.status, 200);
		assert_string_equal(reply.body, "<!doctype html>start");
		assert_string_equal(reply_header(&reply, "Content-Type"), "text/html; charset=utf-8");
		assert_string_equal(reply_header(&reply, "Cache-Control"), "no-cache");
		assert_string_equal(reply_header(&reply, "Vary"), "Accept-Encoding");
		const char *policy = reply_header(&reply, "Content-Security-Policy");
		assert_non_null(strstr(policy, "default-src 'self'"));
		assert_non_null(strstr(policy, "frame-ancestors 'none'"));
		assert_null(strstr(policy, "unsafe"));
		reply_finish(&reply);
	}
	get("/admin", "", &reply);
	assert_string_equal(reply.body, "<!doctype html>admin");
	reply_finish(&reply);
}

static void test_assets_are_immutable(void **state)
{
	struct reply reply;

	get("/assets/app-1a2b.js", "", &reply);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply_header(&reply, "Cache-Control"), "public, max-age=31536000, immutable");
	assert_string_equal(reply_header(&reply, "Content-Type"), "text/javascript; charset=utf-8");
	reply_finish(&reply);
}

static void test_compressed_variants(void **state)
{
	static const struct {
		const char *path, *accept, *coding, *body;
	} cases[] = {
	        {"/", "gzip, deflate, br", "br", "brotli start"},      {"/", "gzip", "gzip", "gzip start"},
	        {"/", "br;q=0, gzip", "gzip", "gzip start"},           {"/", "identity", NULL, "<!doctype html>start"},
	        {"/assets/app-1a2b.js", "br, gzip", "gzip", "gzip a"}, {"/assets/app-1a2b.js", "br", NULL, "let a;"},
	        {"/admin", "br, gzip", NULL, "<!doctype html>admin"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct reply reply;
		char more[128];
		snprintf(more, sizeof more, "Accept-Encoding: %s\r\n", cases[i].accept);
		get(cases[i].path, more, &reply);
		assert_int_equal(reply.status, 200);
		assert_string_equal(reply.body, cases[i].body);
		const char *coding = reply_header(&reply, "Content-Encoding");
		assert_true(cases[i].coding ? coding && strcmp(coding, cases[i].coding) == 0 : coding == NULL);
		reply_finish(&reply);
	}
}

static void test_etags(void **state)
{
	struct reply reply;
	char etag[80], more[256];

	get("/", "Accept-Encoding: br\r\n", &reply);
	snprintf(etag, sizeof etag, "%s", reply_header(&reply, "ETag"));
	reply_finish(&reply);
	snprintf(more, sizeof more, "Accept-Encoding: br\r\nIf-None-Match: \"other\", W/%s\r\n", etag);
	get("/", more, &reply);
	assert_int_equal(reply.status, 304);
	assert_string_equal(reply_header(&reply, "ETag"), etag);
	assert_null(reply_header(&reply, "Content-Length"));
	reply_finish(&reply);
	/* The plain page is another representation. */
	snprintf(more, sizeof more, "If-None-Match: %s\r\n", etag);
	get("/", more, &reply);
	assert_int_equal(reply.status, 200);
	assert_string_not_equal(reply_header(&reply, "ETag"), etag);
	reply_finish(&reply);
}

static void test_no_way_out(void **state)
{
	static const char *const paths[] = {
	        "/../secret",
	        "/%2e%2e/secret",
	        "/..%2fsecret",
	        "/assets/../../secret",
	        "/assets/%2e%2e/%2e%2e/secret",
	        "/.hidden",
	        "/link.txt",
	        "/index.html.br",
	        "/assets",
	        "/assets/",
	        "/index.html%00.js",
	        "//secret",
	        "/s/../../../../../etc/passwd",
	        "/..\\secret",
	        "/assets/....//secret",
	};

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		char request[512], answer[8192] = "";
		int fd = client_connect(&rig);
		snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", paths[i]);
		client_say(fd, request);
		for (ssize_t n, got = 0; (n = recv(fd, answer + got, sizeof answer - 1 - (size_t)got, 0)) > 0;)
			got += n;
		close(fd);
		assert_null(strstr(answer, "HTTP/1.1 200"));
		assert_null(strstr(answer, "hidden"));
	}
}

static void test_methods(void **state)
{
	struct reply reply;

	client_ask(&rig, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", &reply);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply_header(&reply, "Content-Length"), "20");
	reply_finish(&reply);
	client_ask(&rig, "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", &reply);
	assert_int_equal(reply.status, 405);
	assert_string_equal(reply_header(&reply, "Allow"), "GET, OPTIONS, HEAD");
	reply_finish(&reply);
	client_ask(&rig, "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n", &reply);
	assert_int_equal(reply.status, 204);
	reply_finish(&reply);
}

static void test_data_files(void **state)
{
	struct reply reply;
	char etag[120], path[600];

	get("/file?path=photos/x.jpg", "", &reply);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body, "picture");
	assert_string_equal(reply_header(&reply, "Content-Type"), "image/jpeg");
	assert_non_null(strstr(reply_header(&reply, "Cache-Control"), "immutable"));
	snprintf(etag, sizeof etag, "If-None-Match: %s\r\n", reply_header(&reply, "ETag"));
	reply_finish(&reply);
	get("/file?path=photos/x.jpg", etag, &reply);
	assert_int_equal(reply.status, 304);
	reply_finish(&reply);
	snprintf(path, sizeof path, "/file?path=%s/data/photos/x.jpg", folder);
	get(path, "", &reply);
	assert_int_equal(reply.status, 200);
	reply_finish(&reply);
}

static void test_data_files_stay_inside(void **state)
{
	static const char *const paths[] = {
	        "photos/none.jpg", "photos",      "photos/",
	        "photos/link.jpg", "../secret",   "photos/../../secret",
	        "photos/./x.jpg",  "/etc/passwd", "photos//x.jpg",
	        "photos/x.jpg/y",  ".",
	};

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		struct reply reply;
		char path[300];
		snprintf(path, sizeof path, "/file?path=%s", paths[i]);
		get(path, "", &reply);
		assert_int_equal(reply.status, 404);
		assert_null(strstr(reply.body, "secret"));
		reply_finish(&reply);
	}
}

static void expect_part(const char *more, int status, const char *body)
{
	struct reply reply;

	get("/file?path=photos/x.jpg", more, &reply);
	assert_int_equal(reply.status, status);
	assert_int_equal(reply.body_len, strlen(body));
	assert_memory_equal(reply.body, body, strlen(body));
	reply_finish(&reply);
}

static void test_ranges(void **state)
{
	struct reply reply;
	char etag[128], more[256];

	expect_part("Range: bytes=0-3\r\n", 206, "pict");
	expect_part("Range: bytes=-3\r\n", 206, "ure");
	expect_part("Range: bytes=4-\r\n", 206, "ure");
	expect_part("Range: bytes=0-1,3-4\r\n", 200, "picture");
	expect_part("Range: bytes=0-3\r\nIf-Range: \"other\"\r\n", 200, "picture");
	expect_part("Range: bytes=7-\r\n", 416, "");
	get("/file?path=photos/x.jpg", "Range: bytes=1-3\r\n", &reply);
	assert_string_equal(reply_header(&reply, "content-range"), "bytes 1-3/7");
	assert_string_equal(reply_header(&reply, "accept-ranges"), "bytes");
	snprintf(etag, sizeof etag, "%s", reply_header(&reply, "etag"));
	reply_finish(&reply);
	snprintf(more, sizeof more, "Range: bytes=1-3\r\nIf-Range: %s\r\n", etag);
	expect_part(more, 206, "ict");
	get("/file?path=photos/x.jpg", "Range: bytes=99-\r\n", &reply);
	assert_string_equal(reply_header(&reply, "content-range"), "bytes */7");
	reply_finish(&reply);
}

/* Longer than what is read at once, and than what a socket takes. */
static void test_long_files_come_in_pieces(void **state)
{
	enum { LENGTH = 3000001 };
	char *text = malloc(LENGTH + 1);
	struct reply reply;

	assert_non_null(text);
	for (int i = 0; i < LENGTH; i++)
		text[i] = (char)('a' + i % 23);
	text[LENGTH] = '\0';
	put("data/photos/long.jpg", text);
	get("/file?path=photos/long.jpg", "", &reply);
	assert_int_equal(reply.status, 200);
	assert_int_equal(reply.body_len, LENGTH);
	assert_memory_equal(reply.body, text, LENGTH);
	reply_finish(&reply);
	get("/file?path=photos/long.jpg", "Range: bytes=1000-2000999\r\n", &reply);
	assert_int_equal(reply.status, 206);
	assert_int_equal(reply.body_len, 2000000);
	assert_memory_equal(reply.body, text + 1000, 2000000);
	reply_finish(&reply);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_pages),
	        cmocka_unit_test(test_assets_are_immutable),
	        cmocka_unit_test(test_compressed_variants),
	        cmocka_unit_test(test_etags),
	        cmocka_unit_test(test_no_way_out),
	        cmocka_unit_test(test_methods),
	        cmocka_unit_test(test_data_files),
	        cmocka_unit_test(test_data_files_stay_inside),
	        cmocka_unit_test(test_ranges),
	        cmocka_unit_test(test_long_files_come_in_pieces),
	};

	return cmocka_run_group_tests_name("hub_files", tests, set_up, tear_down);
}
