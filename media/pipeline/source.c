/* --source: the demo show, as a host would send it: RTP into the seam. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include "pipeline/pipeline.h"
#include "pipeline/scene.h"
#include "pipeline/seam.h"

#define RATE 48000
#define CHUNK 960 /* 20 ms */
#define KEY_EVERY_S 10
#define REPORT_US 1000000
#define CATCH_UP_US 1000000 /* a machine that was asleep skips instead of painting the past */
#define NTP_EPOCH_S 2208988800LL
#define GRAIN_BYTES 65536
#define MTU 1200
#define MTU_LEAST 200
#define OVERHEAD 16 /* of a packet: RTP's header, and what H.264 or VP8 put in front of a fragment */

static const char *const plugins[] = {
        "coreelements",      "app",  "rtp", "openh264", "vpx", "opus", "audioconvert", "audioresample",
        "videoconvertscale", "rsvg", NULL};

struct codec {
	const char *name, *seam_name, *description;
	int pt;
};

static const struct codec codecs[] = {
        {"h264", "H264",
         "openh264enc complexity=low rate-control=bitrate bitrate=%d gop-size=%d multi-thread=1 qp-max=42 ! "
         "rtph264pay name=vpay pt=102 mtu=1200 config-interval=-1 aggregate-mode=zero-latency",
         102},
        {"vp8", "VP8",
         "vp8enc deadline=1 cpu-used=8 threads=1 end-usage=cbr error-resilient=default lag-in-frames=0 "
         "target-bitrate=%d "
         "keyframe-max-dist=%d ! rtpvp8pay name=vpay pt=96 mtu=1200 picture-id-mode=15-bit",
         96},
};

struct source {
	const struct pipeline_options *o;
	const struct codec *codec;
	struct scene *scene;
	GstElement *pipeline, *video_in, *audio_in, *video_out, *audio_out;
	GstBus *bus;
	guint32 video_ssrc, audio_ssrc, video_offset, audio_offset;
	gint dropped, gone; /* atomic: set on streaming threads */
	int64_t base_us, wall0_us, frame, sample, report_us;
	int8_t grain[GRAIN_BYTES];
};

static int64_t wall_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/** Each packet as soon as it is made. Thread: streaming. */
static GstFlowReturn take_packet(GstAppSink *sink, gpointer user)
{
	struct source *s = user;
	GstSample *sample = gst_app_sink_pull_sample(sink);
	char kind = GST_ELEMENT(sink) == s->audio_out ? MEDIA_SEAM_AUDIO : MEDIA_SEAM_VIDEO;
	GstMapInfo map;
	int rc;

	if (!sample)
		return GST_FLOW_EOS;
	if (gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ)) {
		rc = pipeline_seam_send(kind, map.data, map.size);
		if (rc == -EAGAIN)
			g_atomic_int_set(&s->dropped, 1);
		else if (rc < 0)
			g_atomic_int_set(&s->gone, 1);
		gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
	}
	gst_sample_unref(sample);
	return GST_FLOW_OK;
}

static void set_up_payloader(struct source *s, const char *name, guint32 *ssrc, guint32 *offset)
{
	GstElement *pay = gst_bin_get_by_name(GST_BIN(s->pipeline), name);

	*ssrc = g_random_int() | 1;
	*offset = g_random_int();
	g_object_set(pay, "ssrc", *ssrc, "timestamp-offset", *offset, "seqnum-offset", g_random_int_range(0, 0x8000),
	             "perfect-rtptime", FALSE, NULL);
	gst_object_unref(pay);
}

/** Browsers cut a frame into packets that are about equally long: so does this, by the size that is allowed for the
 * next frame. Thread: streaming. */
static GstPadProbeReturn cut_evenly(GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
	gsize bytes = gst_buffer_get_size(GST_PAD_PROBE_INFO_BUFFER(info));
	gsize packets = (bytes + MTU - OVERHEAD - 1) / (MTU - OVERHEAD);
	guint mtu = packets ? (guint)((bytes + packets - 1) / packets) + OVERHEAD : MTU;

	(void)pad;
	/* the keyframe's parameter sets are part of it here, and packets of their own there */
	g_object_set(user, "mtu", mtu < MTU_LEAST ? MTU_LEAST : mtu, NULL);
	return GST_PAD_PROBE_OK;
}

static void cut_video_evenly(struct source *s)
{
	GstElement *pay = gst_bin_get_by_name(GST_BIN(s->pipeline), "vpay");
	GstPad *pad = gst_element_get_static_pad(pay, "sink");

	gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, cut_evenly, pay, NULL);
	gst_object_unref(pad);
	gst_object_unref(pay); /* the pipeline keeps it for as long as the probe can run */
}

static GstElement *watch_sink(struct source *s, const char *name)
{
	GstElement *sink = gst_bin_get_by_name(GST_BIN(s->pipeline), name);
	GstAppSinkCallbacks callbacks = {.new_sample = take_packet};

	gst_app_sink_set_callbacks(GST_APP_SINK(sink), &callbacks, s, NULL);
	return sink;
}

static bool open_pipeline(struct source *s)
{
	g_autofree char *format =
	        g_strconcat("appsrc name=video is-live=true format=time max-bytes=0 "
	                    "caps=\"video/x-raw,format=I420,width=%d,height=%d,"
	                    "framerate=%d/1,pixel-aspect-ratio=1/1,interlace-mode=progressive\" ! ",
	                    s->codec->description,
	                    " ! appsink name=vout sync=false async=false "
	                    "appsrc name=audio is-live=true format=time "
	                    "caps=\"audio/x-raw,format=S16LE,rate=48000,channels=1,layout=interleaved\" ! "
	                    "opusenc bitrate=48000 frame-size=20 complexity=5 ! rtpopuspay name=apay pt=111 mtu=1200 ! "
	                    "appsink name=aout sync=false async=false",
	                    NULL);
	g_autofree char *description = NULL;
	g_autoptr(GError) error = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	description =
	        g_strdup_printf(format, s->o->width, s->o->height, s->o->fps, s->o->bitrate, s->o->fps * KEY_EVERY_S);
#pragma GCC diagnostic pop
	s->pipeline = gst_parse_launch(description, &error);
	if (error) {
		fprintf(stderr, "pipeline: %s\n", error->message);
		return false;
	}
	s->video_in = gst_bin_get_by_name(GST_BIN(s->pipeline), "video");
	s->audio_in = gst_bin_get_by_name(GST_BIN(s->pipeline), "audio");
	s->bus = gst_element_get_bus(s->pipeline);
	set_up_payloader(s, "vpay", &s->video_ssrc, &s->video_offset);
	cut_video_evenly(s);
	set_up_payloader(s, "apay", &s->audio_ssrc, &s->audio_offset);
	s->audio_out = gst_bin_get_by_name(GST_BIN(s->pipeline), "aout");
	s->video_out = watch_sink(s, "vout");
	gst_object_unref(watch_sink(s, "aout"));
	gst_element_set_state(s->pipeline, GST_STATE_PLAYING);
	return true;
}

static void make_grain(struct source *s)
{
	for (size_t i = 0; i < GRAIN_BYTES && s->o->grain; i++)
		s->grain[i] = (int8_t)g_random_int_range(-s->o->grain, s->o->grain + 1);
}

/** Each row gets another part of the grain, in each frame. */
static void add_grain(const struct source *s, uint8_t *y)
{
	for (int row = 0; row < s->o->height; row++) {
		const int8_t *grain = s->grain + g_random_int_range(0, GRAIN_BYTES - s->o->width);

		for (int i = 0; i < s->o->width; i++, y++) {
			int value = *y + grain[i];

			*y = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
		}
	}
}

static void push_frame(struct source *s, int64_t t_us)
{
	size_t full = (size_t)s->o->width * (size_t)s->o->height;
	GstBuffer *buffer = gst_buffer_new_allocate(NULL, full * 3 / 2, NULL);
	struct scene_frame frame = {.width = s->o->width, .height = s->o->height};
	GstMapInfo map;

	if (!buffer || !gst_buffer_map(buffer, &map, GST_MAP_WRITE))
		return;
	frame.y = map.data;
	frame.u = map.data + full;
	frame.v = frame.u + full / 4;
	scene_paint(s->scene, t_us, (s->wall0_us + t_us) / 1000, &frame);
	if (s->o->grain)
		add_grain(s, frame.y);
	gst_buffer_unmap(buffer, &map);
	/* the scene leaves no room between rows, where GStreamer expects some for sizes that eight does not divide */
	gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_I420, (guint)s->o->width,
	                               (guint)s->o->height, 3, (gsize[GST_VIDEO_MAX_PLANES]){0, full, full + full / 4},
	                               (gint[GST_VIDEO_MAX_PLANES]){s->o->width, s->o->width / 2, s->o->width / 2});
	GST_BUFFER_PTS(buffer) = (GstClockTime)t_us * 1000;
	GST_BUFFER_DURATION(buffer) = GST_SECOND / (GstClockTime)s->o->fps;
	gst_app_src_push_buffer(GST_APP_SRC(s->video_in), buffer);
}

static void push_sound(struct source *s)
{
	GstBuffer *buffer = gst_buffer_new_allocate(NULL, CHUNK * sizeof(int16_t), NULL);
	GstMapInfo map;

	if (!buffer || !gst_buffer_map(buffer, &map, GST_MAP_WRITE))
		return;
	sound_fill(s->sample, s->wall0_us / 1000, (int16_t *)(void *)map.data, CHUNK);
	gst_buffer_unmap(buffer, &map);
	GST_BUFFER_PTS(buffer) = gst_util_uint64_scale((guint64)s->sample, GST_SECOND, RATE);
	GST_BUFFER_DURATION(buffer) = GST_SECOND * CHUNK / RATE;
	gst_app_src_push_buffer(GST_APP_SRC(s->audio_in), buffer);
}

static void put32(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

static void put_report(uint8_t *at, uint32_t ssrc, uint64_t ntp, uint32_t rtp)
{
	memset(at, 0, 28);
	at[0] = 0x80;
	at[1] = 200;
	at[3] = 6;
	put32(at + 4, ssrc);
	put32(at + 8, (uint32_t)(ntp >> 32));
	put32(at + 12, (uint32_t)ntp);
	put32(at + 16, rtp);
}

/** Both tracks' sender reports for the same moment. Their packet counts are the host's affair: 0 here. */
static void report(struct source *s, int64_t t_us)
{
	int64_t wall = s->wall0_us + t_us;
	uint64_t ntp = (uint64_t)(wall / 1000000 + NTP_EPOCH_S) << 32 |
	               (uint64_t)((wall % 1000000) * ((int64_t)1 << 32) / 1000000);
	uint8_t compound[56];

	put_report(compound, s->video_ssrc, ntp, s->video_offset + (uint32_t)(t_us * 90000 / 1000000));
	put_report(compound + 28, s->audio_ssrc, ntp, s->audio_offset + (uint32_t)(t_us * RATE / 1000000));
	pipeline_seam_send(MEDIA_SEAM_RTCP, compound, sizeof(compound));
}

static void tell_codecs(const struct source *s)
{
	char text[96];
	int n = snprintf(text, sizeof(text), "video=%s pt=%d clock=90000\naudio=OPUS pt=111 clock=%d\n",
	                 s->codec->seam_name, s->codec->pt, RATE);

	pipeline_seam_send(MEDIA_SEAM_CODECS, text, (size_t)n);
}

static void ask_for_keyframe(struct source *s)
{
	gst_element_send_event(s->video_out, gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
}

/** @return whether the reader is still there. */
static bool read_seam(struct source *s)
{
	uint8_t body[MEDIA_SEAM_MAX];
	bool wanted = false;
	char kind;
	int n;

	while ((n = pipeline_seam_receive(&kind, body, sizeof(body))) > 0)
		wanted |= kind == MEDIA_SEAM_KEYFRAME;
	if (wanted)
		ask_for_keyframe(s);
	return n >= 0;
}

/** Paint and sound whatever is due. @return µs until the next. */
static int64_t advance(struct source *s)
{
	int64_t t = pipeline_now_us() - s->base_us, due;

	if (t - s->frame * 1000000 / s->o->fps > CATCH_UP_US) {
		s->frame = t * s->o->fps / 1000000;
		s->sample = t * RATE / 1000000 / CHUNK * CHUNK;
	}
	while ((due = s->frame * 1000000 / s->o->fps) <= t) {
		push_frame(s, due);
		s->frame++;
	}
	while (s->sample * 1000000 / RATE <= t) {
		push_sound(s);
		s->sample += CHUNK;
	}
	if (t >= s->report_us) {
		report(s, t);
		s->report_us += REPORT_US;
	}
	t = pipeline_now_us() - s->base_us;
	due = s->frame * 1000000 / s->o->fps;
	if (s->sample * 1000000 / RATE < due)
		due = s->sample * 1000000 / RATE;
	return due > t ? due - t : 0;
}

static int run(struct source *s)
{
	struct pollfd waits[2] = {{.fd = MEDIA_SEAM_FD, .events = POLLIN},
	                          {.fd = pipeline_signals(), .events = POLLIN}};

	s->base_us = pipeline_now_us();
	s->wall0_us = wall_us();
	tell_codecs(s);
	for (;;) {
		g_autoptr(GstMessage) failed = gst_bus_pop_filtered(s->bus, GST_MESSAGE_ERROR);
		struct timespec wait = {0, (long)(advance(s) * 1000)};

		if (failed) {
			g_autoptr(GError) error = NULL;

			gst_message_parse_error(failed, &error, NULL);
			fprintf(stderr, "encoding: %s\n", error->message);
			return PIPELINE_FAILED;
		}
		ppoll(waits, 2, &wait, NULL);
		if (waits[1].revents || g_atomic_int_get(&s->gone) || (waits[0].revents && !read_seam(s)))
			return PIPELINE_OK;
		if (g_atomic_int_compare_and_exchange(&s->dropped, 1, 0))
			ask_for_keyframe(s);
	}
}

int pipeline_source(const struct pipeline_options *options)
{
	struct source s = {.o = options, .codec = &codecs[0]};

	if (!pipeline_seam_open()) {
		fprintf(stderr, "--source wants the seam on fd 3\n");
		return PIPELINE_USAGE;
	}
	if (options->codec && strcmp(options->codec, codecs[1].name) == 0)
		s.codec = &codecs[1];
	if (!pipeline_start(plugins) || pipeline_confine(NULL) < 0)
		return PIPELINE_FAILED;
	s.scene = scene_create(options->width, options->height, options->items);
	if (!s.scene) {
		fprintf(stderr, "the demo picture cannot be drawn\n");
		return PIPELINE_FAILED;
	}
	make_grain(&s);
	if (!open_pipeline(&s))
		return PIPELINE_FAILED;
	return run(&s);
}
