#include "pipeline/thumbnail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/avc.h"

#define EVERY_US 10000000   /* between thumbnails */
#define EARLY_US 500000     /* a keyframe that comes this much too early is taken */
#define FIRST_ASK_US 200000 /* how long the first keyframe may take before we ask for one */
#define LATE_US 2000000     /* how long after it is due a keyframe may come of itself */
#define ASK_AGAIN_US 2000000
#define FAILURES_MAX 5 /* of the decoder in a row, then a new process */
#define SCALE                                                                                                          \
	"videoconvertscale method=bilinear2 n-threads=1 ! "                                                            \
	"video/x-raw,format=I420,width=480,pixel-aspect-ratio=1/1,colorimetry=1:4:0:0 ! jpegenc quality=78"

void thumbnail_begin(struct thumbnail *t, const char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;

	snprintf(t->path, sizeof(t->path), "%s/thumbnail.jpg", folder);
	snprintf(t->part, sizeof(t->part), "%s/.thumbnail.%d", folder, (int)getpid());
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		if (g_str_has_prefix(name, ".thumbnail."))
			unlink(path);
	}
	if (dir)
		g_dir_close(dir);
}

void thumbnail_finish(struct thumbnail *t)
{
	branch_close(&t->branch);
}

static bool open_branch(struct thumbnail *t, int wake)
{
	t->taken_us = 0;
	if (t->vp8)
		return branch_open(&t->branch, "video/x-vp8", "vp8dec threads=1 ! " SCALE, wake);
	return branch_open(&t->branch, "video/x-h264,stream-format=byte-stream,alignment=au",
	                   "avdec_h264 max-threads=1 output-corrupt=false ! " SCALE, wake);
}

bool thumbnail_codec(struct thumbnail *t, bool vp8, int wake, int64_t now_us)
{
	t->vp8 = vp8;
	t->failures = 0;
	t->begun_us = now_us;
	return open_branch(t, wake);
}

void thumbnail_keyframe(struct thumbnail *t, const uint8_t *data, size_t len, int64_t now_us)
{
	uint8_t *copy;

	if (!branch_is_open(&t->branch) || (t->taken_us && now_us - t->taken_us < EVERY_US - EARLY_US))
		return;
	copy = t->vp8 ? g_memdup2(data, len) : avc_to_start_codes(data, len);
	if (!copy)
		return;
	t->taken_us = now_us;
	branch_push(&t->branch, copy, len, now_us * 1000, false);
}

/** A reader sees the old picture or the new one, never half of it. */
static bool write_file(const struct thumbnail *t, const uint8_t *data, size_t len)
{
	int fd = open(t->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, data, len) == (ssize_t)len;
	ok &= close(fd) == 0;
	ok = ok && rename(t->part, t->path) == 0;
	if (!ok)
		unlink(t->part);
	return ok;
}

bool thumbnail_advance(struct thumbnail *t, int wake, int64_t now_us)
{
	struct branch_output out;

	while (branch_pull(&t->branch, &out)) {
		if (write_file(t, out.data, out.len)) {
			t->made++;
			t->made_us = now_us;
			t->failures = 0;
		} else {
			fprintf(stderr, "%s: %s\n", t->path, strerror(errno));
		}
		branch_release(&out);
	}
	if (!branch_failed(&t->branch))
		return true;
	return ++t->failures < FAILURES_MAX && open_branch(t, wake);
}

bool thumbnail_wants_keyframe(struct thumbnail *t, int64_t now_us)
{
	int64_t due = t->made_us == 0 ? t->begun_us + FIRST_ASK_US : t->made_us + EVERY_US + LATE_US;

	if (!branch_is_open(&t->branch) || now_us < due || now_us - t->asked_us < ASK_AGAIN_US)
		return false;
	if (t->taken_us > t->made_us && now_us - t->taken_us < ASK_AGAIN_US) /* one is in the decoder */
		return false;
	if (t->taken_us > t->made_us) /* it gave no picture: the next may pass at once */
		t->taken_us = 0;
	t->asked_us = now_us;
	return true;
}
