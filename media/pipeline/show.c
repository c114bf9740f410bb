/* --show: one live show, fed through the seam: its thumbnail, and while somebody watches that way or it is recorded its
 * parts and segments. One loop reads, cuts and writes; whatever decodes or encodes has threads of its own. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "pipeline/host.h"
#include "pipeline/notes.h"
#include "pipeline/packager.h"
#include "pipeline/pipeline.h"
#include "pipeline/seam.h"
#include "pipeline/thumbnail.h"

#define STATUS_US 1000000
#define BUSY_MS 20 /* between looks at the clock while something is under way */
#define IDLE_MS 200
#define BACKLOG_MOST 20000 /* packets */

static const char *const plugins[] = {"coreelements", "app",  "libav",    "vpx",          "videoconvertscale",
                                      "jpeg",         "opus", "openh264", "audioconvert", NULL};

enum { SEAM, SIGNALS, WAKE, NOTES, WAITS };

struct show {
	struct host host;
	struct thumbnail thumbnail;
	struct packager packager;
	struct notes_wishes wishes;
	bool notes;
	int wake;
	int64_t status_us;
};

static int64_t wall_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t cpu_us(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (int64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 + use.ru_utime.tv_usec +
	       use.ru_stime.tv_usec;
}

/* ---- what the host's units are for ---- */

static void on_keyframe(const struct host_unit *u, void *ctx)
{
	struct show *show = ctx;

	thumbnail_keyframe(&show->thumbnail, u->data, u->len, pipeline_now_us());
}

static void on_unit(struct host_unit *u, void *ctx)
{
	struct show *show = ctx;

	packager_unit(&show->packager, &show->host, u);
}

static void on_codecs(void *ctx)
{
	struct show *show = ctx;

	packager_codecs(&show->packager, &show->host);
	if (show->host.video)
		thumbnail_codec(&show->thumbnail, show->host.codec == ASSEMBLE_VP8, show->wake, pipeline_now_us());
	else
		thumbnail_finish(&show->thumbnail);
}

/* ---- what comes in ---- */

/** Everything that waits on the seam, a bounded number at a time. @return whether the server is still there. */
static bool read_seam(struct show *show)
{
	uint8_t body[MEDIA_SEAM_MAX + 1];
	int i, n = 1;
	char kind;

	for (i = 0; i < 512 && n > 0; i++) {
		n = pipeline_seam_receive(&kind, body, MEDIA_SEAM_MAX);
		if (n <= 0)
			break;
		body[n] = '\0';
		if (kind == MEDIA_SEAM_CODECS)
			host_codecs(&show->host, (const char *)body);
		else
			host_packet(&show->host, kind, body, (size_t)n, pipeline_now_us());
	}
	return n >= 0;
}

/** What came while this process was starting is older than it would look: the host's clock is read off arrivals. Its
 * codecs alone count. */
static void pass_over_backlog(struct show *show)
{
	uint8_t body[MEDIA_SEAM_MAX + 1];
	char kind;
	int i, n;

	for (i = 0; i < BACKLOG_MOST && (n = pipeline_seam_receive(&kind, body, MEDIA_SEAM_MAX)) > 0; i++) {
		body[n] = '\0';
		if (kind == MEDIA_SEAM_CODECS)
			host_codecs(&show->host, (const char *)body);
	}
}

static bool read_notes(struct show *show)
{
	struct notes_wishes wishes = show->wishes;

	if (!notes_hear(&wishes))
		return false;
	if (memcmp(&wishes, &show->wishes, sizeof(wishes)) == 0)
		return true;
	show->wishes = wishes;
	show->host.wanted = wishes.package;
	packager_wish(&show->packager, &wishes);
	return true;
}

/* ---- what is said ---- */

static void ask_for_keyframe(struct show *show, int64_t now)
{
	bool wanted = packager_wants_keyframe(&show->packager, &show->host, now);

	if (thumbnail_wants_keyframe(&show->thumbnail, now) || wanted)
		pipeline_seam_send(MEDIA_SEAM_KEYFRAME, "", 0);
}

static void tell_status(struct show *show, int64_t now)
{
	const struct host *host = &show->host;
	char text[160];
	int n;

	if (now - show->status_us < STATUS_US)
		return;
	show->status_us = now;
	n = snprintf(text, sizeof(text), "frames=%" G_GUINT64_FORMAT "\nthumbnails=%" G_GUINT64_FORMAT "\n",
	             host->frames, show->thumbnail.made);
	pipeline_seam_send(MEDIA_SEAM_STATUS, text, (size_t)n);
	snprintf(text, sizeof(text),
	         "status frames=%" G_GUINT64_FORMAT " video_packets=%" G_GUINT64_FORMAT " dropped=%" G_GUINT64_FORMAT
	         " cpu_us=%" G_GINT64_FORMAT "\n",
	         host->frames, host->packets, host->dropped + host->picture.stats.dropped, cpu_us());
	notes_say(text);
}

/* ---- the loop ---- */

static int patience_ms(const struct show *show, int64_t due)
{
	int64_t now = pipeline_now_us();
	int most = show->wishes.package || show->thumbnail.taken_us > show->thumbnail.made_us ? BUSY_MS : IDLE_MS;

	if (due <= now)
		return 1;
	return due - now < (int64_t)most * 1000 ? (int)((due - now) / 1000) + 1 : most;
}

static void clear_wake(const struct show *show)
{
	uint64_t count;
	ssize_t ignored = read(show->wake, &count, sizeof(count));

	(void)ignored;
}

static int serve(struct show *show)
{
	struct pollfd waits[WAITS] = {
	        [SEAM] = {.fd = MEDIA_SEAM_FD, .events = POLLIN},
	        [SIGNALS] = {.fd = pipeline_signals(), .events = POLLIN},
	        [WAKE] = {.fd = show->wake, .events = POLLIN},
	        [NOTES] = {.fd = show->notes ? NOTES_FD : -1},
	};
	int64_t due = INT64_MAX;

	for (;;) {
		int64_t now;

		waits[NOTES].events = (short)(POLLIN | (notes_waiting() ? POLLOUT : 0));
		poll(waits, WAITS, patience_ms(show, due));
		if (waits[SIGNALS].revents || (waits[SEAM].revents && !read_seam(show)))
			return PIPELINE_OK;
		if (waits[NOTES].revents & (POLLIN | POLLHUP) && !read_notes(show))
			return PIPELINE_OK;
		clear_wake(show);
		now = pipeline_now_us();
		due = host_advance(&show->host, now);
		if (!thumbnail_advance(&show->thumbnail, show->wake, now) ||
		    !packager_advance(&show->packager, &show->host, now))
			return PIPELINE_FAILED;
		ask_for_keyframe(show, now);
		tell_status(show, now);
		if (!notes_flush()) {
			fprintf(stderr, "the server does not read its notes\n");
			return PIPELINE_FAILED;
		}
	}
}

static int make_folder(const char *path)
{
	if (!path || g_mkdir_with_parents(path, 0750) == 0)
		return 0;
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return -errno;
}

int pipeline_show(const struct pipeline_options *options)
{
	static struct show show;
	struct host_sink sink = {.keyframe = on_keyframe, .unit = on_unit, .codecs = on_codecs, .ctx = &show};
	const char *writable[] = {options->spool, options->record, NULL};
	struct packager_config config = {.spool = options->spool,
	                                 .record = options->record,
	                                 .part_us = (int64_t)options->part_ms * 1000,
	                                 .segment_us = (int64_t)options->segment_ms * 1000};
	int rc;

	if (!pipeline_seam_open()) {
		fprintf(stderr, "--show wants the seam on fd 3\n");
		return PIPELINE_USAGE;
	}
	show.notes = notes_open(); /* before anything else may take its number */
	if (make_folder(options->spool) < 0 || make_folder(options->record) < 0 || !pipeline_start(plugins))
		return PIPELINE_FAILED;
	show.wake = config.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (show.wake < 0 || pipeline_confine(writable) < 0) {
		fprintf(stderr, "the process cannot be confined\n");
		return PIPELINE_FAILED;
	}
	thumbnail_begin(&show.thumbnail, options->spool);
	host_begin(&show.host, &sink, pipeline_now_us(), wall_us());
	rc = packager_begin(&show.packager, &config);
	if (rc < 0) {
		fprintf(stderr, "%s: %s\n", options->spool, strerror(-rc));
		return PIPELINE_FAILED;
	}
	pass_over_backlog(&show);
	rc = serve(&show);
	packager_finish(&show.packager);
	thumbnail_finish(&show.thumbnail);
	host_finish(&show.host);
	return rc;
}
