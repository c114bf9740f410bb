/* --show: the live thumbnail of one show, made from keyframes alone. Its later work (packaging, recording) hangs on the
 * same seam. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

#include "pipeline/pipeline.h"
#include "pipeline/seam.h"

#define EVERY_US 10000000   /* between thumbnails */
#define EARLY_US 500000     /* a keyframe that comes this much too early is taken */
#define FIRST_ASK_US 200000 /* how long the first keyframe may take before we ask for one */
#define LATE_US 2000000     /* how long after it is due a keyframe may come of itself */
#define ASK_AGAIN_US 2000000
#define STATUS_US 1000000
#define WIDTH 480
#define FAILURES_MAX 5 /* of the decoder in a row, then a new process */

static const char *const plugins[] = {
        "coreelements",      "app",  "rtp", "rtpmanager", "videoparsersbad", "libav", "vpx",
        "videoconvertscale", "jpeg", NULL};

struct codec {
	const char *name, *description;
};

/* Reordering and lost packets end in the jitter buffer; delta frames before the decoder. */
static const struct codec codecs[] = {
        {"H264", "rtph264depay wait-for-keyframe=true ! h264parse ! identity name=gate drop-buffer-flags=delta-unit ! "
                 "avdec_h264 max-threads=1 output-corrupt=false"},
        {"VP8",
         "rtpvp8depay wait-for-keyframe=true ! identity name=gate drop-buffer-flags=delta-unit ! vp8dec threads=1"},
};

struct show {
	char path[PATH_MAX], part[PATH_MAX];
	const struct codec *codec;
	int pt;
	GstElement *pipeline, *in, *out;
	GstBus *bus;
	uint64_t frames, thumbnails;
	int failures;
	int64_t started_us, thumbnail_us, asked_us, status_us;
	GMutex lock;      /* guards taken_us: the gate is on a streaming thread */
	int64_t taken_us; /* when the gate let the last keyframe pass */
};

static void close_pipeline(struct show *show)
{
	if (!show->pipeline)
		return;
	gst_element_set_state(show->pipeline, GST_STATE_NULL);
	gst_clear_object(&show->in);
	gst_clear_object(&show->out);
	gst_clear_object(&show->bus);
	gst_clear_object(&show->pipeline);
}

/** The gate's pad: drop keyframes that come too soon after the last one, before they are decoded. */
static GstPadProbeReturn gate(GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
	GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);
	struct show *show = user;
	int64_t now = pipeline_now_us();
	bool pass;

	(void)pad;
	if (GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT))
		return GST_PAD_PROBE_DROP;
	g_mutex_lock(&show->lock);
	pass = show->taken_us == 0 || now - show->taken_us >= EVERY_US - EARLY_US;
	if (pass)
		show->taken_us = now;
	g_mutex_unlock(&show->lock);
	return pass ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

static int64_t taken_us(struct show *show)
{
	int64_t taken;

	g_mutex_lock(&show->lock);
	taken = show->taken_us;
	g_mutex_unlock(&show->lock);
	return taken;
}

/** The last keyframe gave no picture: the next one may pass at once. */
static void forget_taken(struct show *show)
{
	g_mutex_lock(&show->lock);
	show->taken_us = 0;
	g_mutex_unlock(&show->lock);
}

static void watch_gate(struct show *show)
{
	GstElement *identity = gst_bin_get_by_name(GST_BIN(show->pipeline), "gate");
	GstPad *pad = gst_element_get_static_pad(identity, "src");

	gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, gate, show, NULL);
	gst_object_unref(pad);
	gst_object_unref(identity);
}

static bool open_pipeline(struct show *show)
{
	g_autofree char *description = g_strdup_printf(
	        "appsrc name=in is-live=true do-timestamp=true format=time max-bytes=4000000 leaky-type=downstream "
	        "caps=\"application/"
	        "x-rtp,media=(string)video,clock-rate=(int)90000,encoding-name=(string)%s,payload=(int)%d\" ! "
	        "rtpjitterbuffer latency=200 ! %s ! videoconvertscale method=bilinear2 n-threads=1 ! "
	        "video/x-raw,format=I420,width=%d,pixel-aspect-ratio=1/1,colorimetry=1:4:0:0 ! jpegenc quality=78 ! "
	        "appsink name=out sync=false async=false max-buffers=2 drop=true",
	        show->codec->name, show->pt, show->codec->description, WIDTH);
	g_autoptr(GError) error = NULL;

	close_pipeline(show);
	show->pipeline = gst_parse_launch(description, &error);
	if (error) {
		fprintf(stderr, "pipeline: %s\n", error->message);
		gst_clear_object(&show->pipeline);
		return false;
	}
	show->in = gst_bin_get_by_name(GST_BIN(show->pipeline), "in");
	show->out = gst_bin_get_by_name(GST_BIN(show->pipeline), "out");
	show->bus = gst_element_get_bus(show->pipeline);
	watch_gate(show);
	forget_taken(show);
	show->started_us = pipeline_now_us();
	gst_element_set_state(show->pipeline, GST_STATE_PLAYING);
	return true;
}

/** "video=H264 pt=102 clock=90000\n…" */
static bool read_codecs(struct show *show, const char *text)
{
	const char *line = strstr(text, "video=");
	char name[16];
	size_t i;

	if (!line || sscanf(line, "video=%15s pt=%d", name, &show->pt) != 2 || show->pt < 0 || show->pt > 127)
		return false;
	for (i = 0; i < G_N_ELEMENTS(codecs); i++) {
		if (strcmp(codecs[i].name, name) == 0) {
			show->codec = &codecs[i];
			return true;
		}
	}
	return false;
}

static void take_video(struct show *show, const uint8_t *packet, size_t len)
{
	if (!show->pipeline || len < 12)
		return;
	show->frames += packet[1] >> 7;
	gst_app_src_push_buffer(GST_APP_SRC(show->in), gst_buffer_new_memdup(packet, len));
}

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
		if (kind == MEDIA_SEAM_VIDEO) {
			take_video(show, body, (size_t)n);
		} else if (kind == MEDIA_SEAM_CODECS) {
			body[n] = '\0';
			show->failures = 0;
			if (!read_codecs(show, (const char *)body) || !open_pipeline(show))
				close_pipeline(show);
		}
	}
	return n >= 0;
}

/** A reader sees the old picture or the new one, never half of it. */
static bool write_file(const struct show *show, const uint8_t *data, size_t len)
{
	int fd = open(show->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, data, len) == (ssize_t)len;
	ok &= close(fd) == 0;
	return ok && rename(show->part, show->path) == 0;
}

static void take_pictures(struct show *show)
{
	GstSample *sample;

	while (show->pipeline && (sample = gst_app_sink_try_pull_sample(GST_APP_SINK(show->out), 0))) {
		GstBuffer *buffer = gst_sample_get_buffer(sample);
		GstMapInfo map;

		if (gst_buffer_map(buffer, &map, GST_MAP_READ)) {
			if (write_file(show, map.data, map.size)) {
				show->thumbnails++;
				show->thumbnail_us = pipeline_now_us();
				show->failures = 0;
			} else {
				fprintf(stderr, "%s: %s\n", show->path, strerror(errno));
			}
			gst_buffer_unmap(buffer, &map);
		}
		gst_sample_unref(sample);
	}
}

/** Start anew after an error in the pipeline. @return false when that has been tried often enough. */
static bool heed_errors(struct show *show)
{
	g_autoptr(GstMessage) message = show->bus ? gst_bus_pop_filtered(show->bus, GST_MESSAGE_ERROR) : NULL;
	g_autoptr(GError) error = NULL;

	if (!message)
		return true;
	gst_message_parse_error(message, &error, NULL);
	fprintf(stderr, "decoding: %s\n", error->message);
	return ++show->failures < FAILURES_MAX && open_pipeline(show);
}

/** Ask for a keyframe when the thumbnail is due and none comes of itself: every request costs the host quality. */
static void ask_for_keyframe(struct show *show, int64_t now)
{
	int64_t due =
	        show->thumbnail_us == 0 ? show->started_us + FIRST_ASK_US : show->thumbnail_us + EVERY_US + LATE_US;
	int64_t taken = taken_us(show);

	if (!show->pipeline || now < due || now - show->asked_us < ASK_AGAIN_US)
		return;
	if (taken > show->thumbnail_us && now - taken < ASK_AGAIN_US) /* one is in the decoder */
		return;
	if (taken > show->thumbnail_us)
		forget_taken(show);
	show->asked_us = now;
	pipeline_seam_send(MEDIA_SEAM_KEYFRAME, "", 0);
}

static void tell_status(struct show *show, int64_t now)
{
	char text[96];
	int n;

	if (now - show->status_us < STATUS_US)
		return;
	show->status_us = now;
	n = snprintf(text, sizeof(text), "frames=%" G_GUINT64_FORMAT "\nthumbnails=%" G_GUINT64_FORMAT "\n",
	             show->frames, show->thumbnails);
	pipeline_seam_send(MEDIA_SEAM_STATUS, text, (size_t)n);
}

/** What a process that was killed while writing has left. */
static void clear_parts(const char *spool)
{
	GDir *dir = g_dir_open(spool, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(spool, name, NULL);

		if (g_str_has_prefix(name, ".thumbnail."))
			unlink(path);
	}
	if (dir)
		g_dir_close(dir);
}

static int serve(struct show *show)
{
	struct pollfd waits[2] = {{.fd = MEDIA_SEAM_FD, .events = POLLIN},
	                          {.fd = pipeline_signals(), .events = POLLIN}};

	for (;;) {
		int64_t now;

		poll(waits, 2, show->pipeline && taken_us(show) > show->thumbnail_us ? 20 : 200);
		if (waits[1].revents)
			return PIPELINE_OK;
		if (waits[0].revents && !read_seam(show))
			return PIPELINE_OK;
		take_pictures(show);
		if (!heed_errors(show))
			return PIPELINE_FAILED;
		now = pipeline_now_us();
		ask_for_keyframe(show, now);
		tell_status(show, now);
	}
}

int pipeline_show(const struct pipeline_options *options)
{
	struct show show = {.codec = NULL};

	if (!pipeline_seam_open()) {
		fprintf(stderr, "--show wants the seam on fd 3\n");
		return PIPELINE_USAGE;
	}
	snprintf(show.path, sizeof(show.path), "%s/thumbnail.jpg", options->spool);
	snprintf(show.part, sizeof(show.part), "%s/.thumbnail.%d", options->spool, (int)getpid());
	if (g_mkdir_with_parents(options->spool, 0750) < 0) {
		fprintf(stderr, "%s: %s\n", options->spool, strerror(errno));
		return PIPELINE_FAILED;
	}
	if (!pipeline_start(plugins))
		return PIPELINE_FAILED;
	g_mutex_init(&show.lock);
	if (pipeline_confine(options->spool) < 0) {
		fprintf(stderr, "the process cannot be confined\n");
		return PIPELINE_FAILED;
	}
	clear_parts(options->spool);
	return serve(&show);
}
