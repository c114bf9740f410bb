#include "pipeline/ingest_host.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include "pipeline/pipeline.h"

#define QUEUE_BYTES (2 << 20) /**< what may wait for the demultiplexer */
#define UNHEARD_MAX (8 << 20) /**< bytes without a picture out of them: something is being piled up */
#define FAST_SECONDS 3        /**< in a row, beyond what it may send */
#define AUDIO_BITRATE "96000"

#define SOUND                                                                                                          \
	"audioconvert ! audioresample ! audio/x-raw,rate=48000,channels=[1,2] ! opusenc frame-size=20 "                \
	"bitrate=" AUDIO_BITRATE " ! "
#define OPUS_OUT "rtpopuspay pt=111 mtu=1200 ! appsink name=aout sync=false async=false"
#define UNITS_OUT "h264parse ! video/x-h264,stream-format=avc,alignment=au ! appsink name=units sync=false async=false"

const char *ingest_problem_code(enum ingest_problem problem)
{
	static const char *const codes[INGEST_PROBLEMS] = {
	        [INGEST_FINE] = "",           [INGEST_B_FRAMES] = "b_frames",       [INGEST_CODEC] = "codec",
	        [INGEST_SIZE] = "size",       [INGEST_TOO_FAST] = "too_fast",       [INGEST_NO_TIME] = "no_time",
	        [INGEST_DECODER] = "decoder", [INGEST_AUDIO_CODEC] = "audio_codec", [INGEST_KEYFRAMES] = "keyframes",
	};

	return codes[problem];
}

/* What ends the host goes before warnings; of those each is told once. */
void ingest_host_problem(struct ingest_host *host, enum ingest_problem problem)
{
	if (problem >= INGEST_WARNINGS) {
		guint bit = 1u << (problem - INGEST_WARNINGS);

		if (!(g_atomic_int_or((guint *)&host->warned, bit) & bit))
			g_atomic_int_compare_and_exchange(&host->problem, INGEST_FINE, (gint)problem);
		return;
	}
	g_atomic_int_set(&host->problem, (gint)problem);
}

enum ingest_problem ingest_host_take_problem(struct ingest_host *host)
{
	gint problem = g_atomic_int_get(&host->problem);

	if (problem != INGEST_FINE)
		g_atomic_int_compare_and_exchange(&host->problem, problem, INGEST_FINE);
	return (enum ingest_problem)problem;
}

/* ---- streams of the line, as the demultiplexer finds them ---- */

static GstFlowReturn take_sound(GstAppSink *sink, gpointer user)
{
	return ingest_packet(user, sink, INGEST_AUDIO);
}

static void hear(GstElement *bin, const char *name, GstFlowReturn (*take)(GstAppSink *, gpointer),
                 struct ingest_line *line)
{
	g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(bin), name);
	GstAppSinkCallbacks callbacks = {.new_sample = take};

	gst_app_sink_set_callbacks(GST_APP_SINK(sink), &callbacks, line, NULL);
}

static bool attach(struct ingest_line *line, GstPad *pad, const char *description, const char *sink,
                   GstFlowReturn (*take)(GstAppSink *, gpointer))
{
	g_autoptr(GError) error = NULL;
	GstElement *bin = gst_parse_bin_from_description(description, TRUE, &error);
	g_autoptr(GstPad) in = NULL;

	if (!bin) {
		fprintf(stderr, "a stream's pipeline: %s\n", error->message);
		return false;
	}
	hear(bin, sink, take, line);
	gst_bin_add(GST_BIN(line->pipeline), bin);
	gst_element_sync_state_with_parent(bin);
	in = gst_element_get_static_pad(bin, "sink");
	return gst_pad_link(pad, in) == GST_PAD_LINK_OK;
}

static bool attach_sound(struct ingest_line *line, GstPad *pad, const GstStructure *s)
{
	const char *format = gst_structure_get_string(s, "stream-format");
	int version = 0;

	if (gst_structure_has_name(s, "audio/x-opus"))
		return attach(line, pad, "opusparse ! " OPUS_OUT, "aout", take_sound);
	gst_structure_get_int(s, "mpegversion", &version);
	if (!gst_structure_has_name(s, "audio/mpeg") || (version != 2 && version != 4))
		return false;
	if (g_strcmp0(format, "loas") == 0)
		return attach(line, pad, "aacparse ! avdec_aac_latm ! " SOUND OPUS_OUT, "aout", take_sound);
	return attach(line, pad, "aacparse ! avdec_aac ! " SOUND OPUS_OUT, "aout", take_sound);
}

/** Where nobody wants it: a stream that is not linked would end all of them. */
static void ignore(struct ingest_line *line, GstPad *pad)
{
	GstElement *sink = gst_element_factory_make("fakesink", NULL);
	g_autoptr(GstPad) in = NULL;

	g_object_set(sink, "sync", FALSE, "async", FALSE, NULL);
	gst_bin_add(GST_BIN(line->pipeline), sink);
	gst_element_sync_state_with_parent(sink);
	in = gst_element_get_static_pad(sink, "sink");
	gst_pad_link(pad, in);
}

/** Thread: the demultiplexer's. The first picture and the first sound count. */
static void on_pad(GstElement *demux, GstPad *pad, gpointer user)
{
	struct ingest_line *line = user;
	g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
	const GstStructure *s = caps ? gst_caps_get_structure(caps, 0) : NULL;
	const char *name = s ? gst_structure_get_name(s) : "";

	(void)demux;
	if (strcmp(name, "video/x-h264") == 0 && g_atomic_int_compare_and_exchange(&line->has_video, 0, 1)) {
		if (attach(line, pad, UNITS_OUT, "units", ingest_video_unit))
			return;
		ingest_host_problem(line->host, INGEST_DECODER);
	} else if (g_str_has_prefix(name, "video/") && !g_atomic_int_get(&line->has_video)) {
		ingest_host_problem(line->host, INGEST_CODEC);
	} else if (g_str_has_prefix(name, "audio/") && g_atomic_int_compare_and_exchange(&line->has_audio, 0, 1)) {
		if (attach_sound(line, pad, s))
			return;
		ingest_host_problem(line->host, INGEST_AUDIO_CODEC);
	}
	ignore(line, pad);
}

/* ---- the line ---- */

/** What RTMP brings is counted, too. Thread: the source's. */
static GstPadProbeReturn count(GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
	struct ingest_line *line = user;

	(void)pad;
	g_atomic_int_add(&line->fetched, (gint)gst_buffer_get_size(GST_PAD_PROBE_INFO_BUFFER(info)));
	return GST_PAD_PROBE_OK;
}

static void count_fetched(struct ingest_line *line, GstElement *demux)
{
	g_autoptr(GstPad) in = gst_element_get_static_pad(demux, "sink");

	gst_pad_add_probe(in, GST_PAD_PROBE_TYPE_BUFFER, count, line, NULL);
}

static GstElement *describe(const char *url)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *fetch =
	        url ? g_strdup_printf("rtmp2src location=%s async-connect=true timeout=5 ! flvdemux name=demux", url)
	            : g_strdup("appsrc name=in is-live=true do-timestamp=true format=time max-bytes=0 "
	                       "caps=\"video/mpegts,systemstream=true\" ! tsdemux name=demux");
	GstElement *pipeline = gst_parse_launch(fetch, &error);

	if (error) {
		fprintf(stderr, "pipeline: %s\n", error->message);
		g_clear_pointer(&pipeline, gst_object_unref);
	}
	return pipeline;
}

int ingest_line_begin(struct ingest_host *host, const char *url)
{
	struct ingest_line *line = g_new0(struct ingest_line, 1);
	g_autoptr(GstElement) demux = NULL;

	line->host = host;
	line->key_ns = -1;
	line->pipeline = describe(url);
	if (!line->pipeline) {
		g_free(line);
		return -ENOMEM;
	}
	if (!url)
		line->in = gst_bin_get_by_name(GST_BIN(line->pipeline), "in");
	demux = gst_bin_get_by_name(GST_BIN(line->pipeline), "demux");
	g_signal_connect(demux, "pad-added", G_CALLBACK(on_pad), line);
	if (url)
		count_fetched(line, demux);
	line->bus = gst_element_get_bus(line->pipeline);
	line->second_us = pipeline_now_us();
	host->line = line;
	ingest_out_line(&host->out);
	gst_element_set_state(line->pipeline, GST_STATE_PLAYING);
	return 0;
}

void ingest_line_end(struct ingest_host *host)
{
	struct ingest_line *line = host->line;

	if (!line)
		return;
	host->line = NULL;
	gst_element_set_state(line->pipeline, GST_STATE_NULL);
	gst_clear_object(&line->in);
	gst_clear_object(&line->pay);
	gst_clear_object(&line->video_out);
	gst_object_unref(line->bus);
	gst_object_unref(line->pipeline);
	gst_clear_caps(&line->caps);
	g_free(line);
}

void ingest_line_push(struct ingest_line *line, const uint8_t *data, size_t len)
{
	GstBuffer *buffer = gst_buffer_new_memdup(data, len);

	line->bytes += (int64_t)len;
	if (gst_app_src_get_current_level_bytes(GST_APP_SRC(line->in)) > QUEUE_BYTES) {
		ingest_host_problem(line->host, INGEST_NO_TIME);
		gst_buffer_unref(buffer);
		return;
	}
	g_atomic_int_add(&line->unheard, (gint)len);
	gst_app_src_push_buffer(GST_APP_SRC(line->in), buffer);
}

/** Each second: has it sent more than it may? */
static void weigh(struct ingest_line *line, int64_t now)
{
	int64_t passed = now - line->second_us, fetched = g_atomic_int_get(&line->fetched);

	if (passed < 1000000)
		return;
	g_atomic_int_add(&line->fetched, (gint)-fetched);
	g_atomic_int_add(&line->unheard, (gint)fetched);
	line->bytes += fetched;
	if (line->bytes * 8 > line->host->limits->max_bps * (passed / 1000) / 1000)
		line->fast_seconds++;
	else
		line->fast_seconds = 0;
	line->bytes = 0;
	line->second_us = now;
	if (line->fast_seconds >= FAST_SECONDS)
		ingest_host_problem(line->host, INGEST_TOO_FAST);
}

bool ingest_line_tick(struct ingest_line *line)
{
	g_autoptr(GstMessage) message = gst_bus_pop_filtered(line->bus, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);

	weigh(line, pipeline_now_us());
	if (g_atomic_int_get(&line->unheard) > UNHEARD_MAX)
		ingest_host_problem(line->host, INGEST_DECODER);
	if (message && GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
		g_autoptr(GError) error = NULL;

		gst_message_parse_error(message, &error, NULL);
		if (line->in) { /* what is fetched may well not be there yet, or any more */
			fprintf(stderr, "a broadcast app's stream: %s\n", error->message);
			ingest_host_problem(line->host, INGEST_DECODER);
		}
	}
	return !message;
}

void ingest_line_keyframe(struct ingest_line *line)
{
	/* only an encoder of ours hears it: broadcast apps take no requests */
	if (g_atomic_int_get(&line->encodes))
		gst_element_send_event(line->video_out,
		                       gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
}
