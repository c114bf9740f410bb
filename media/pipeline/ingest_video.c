/* The picture of a broadcast app, access unit by access unit: looked at, then paid out as RTP, or encoded anew first.
 * Thread: the demultiplexer's. */
#include <stdio.h>

#include <gst/app/gstappsrc.h>

#include "pipeline/h264.h"
#include "pipeline/ingest_host.h"

#define SIDE_MAX 4096
#define KEYFRAMES_NS (5 * (int64_t)GST_SECOND) /**< further apart than this, who joins waits for long */

#define PAY                                                                                                            \
	"rtph264pay name=vpay pt=102 mtu=1200 config-interval=-1 aggregate-mode=zero-latency ! "                       \
	"appsink name=vout sync=false async=false"
#define FROM "appsrc name=pay is-live=true format=time max-bytes=0 ! "

GstFlowReturn ingest_packet(struct ingest_line *line, GstAppSink *sink, enum ingest_track track)
{
	GstSample *sample = gst_app_sink_pull_sample(sink);
	GstBuffer *buffer = sample ? gst_sample_get_buffer(sample) : NULL;
	const GstSegment *segment = sample ? gst_sample_get_segment(sample) : NULL;
	GstClockTime running;
	GstMapInfo map;

	if (!sample)
		return GST_FLOW_EOS;
	running = gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
	if (GST_CLOCK_TIME_IS_VALID(running) && gst_buffer_map(buffer, &map, GST_MAP_READ)) {
		ingest_out_packet(&line->host->out, track, map.data, map.size, (int64_t)running);
		gst_buffer_unmap(buffer, &map);
	}
	gst_sample_unref(sample);
	return GST_FLOW_OK;
}

static GstFlowReturn take_picture(GstAppSink *sink, gpointer user)
{
	return ingest_packet(user, sink, INGEST_VIDEO);
}

/* ---- the second half ---- */

static char *describe(const struct ingest_line *line)
{
	if (!line->reencode)
		return g_strdup(FROM PAY);
	return g_strdup_printf(FROM "avdec_h264 max-threads=1 ! videoconvertscale chroma-mode=none dither=none ! "
	                            "video/x-raw,format=I420 ! openh264enc complexity=low rate-control=bitrate "
	                            "bitrate=%d gop-size=60 multi-thread=1 ! " PAY,
	                       line->host->limits->bitrate_bps);
}

/** Into the line's pipeline, beside what is there. */
static bool open_half(struct ingest_line *line)
{
	g_autofree char *description = describe(line);
	g_autoptr(GError) error = NULL;
	GstElement *bin = gst_parse_bin_from_description(description, FALSE, &error);
	GstAppSinkCallbacks callbacks = {.new_sample = take_picture};

	if (!bin) {
		fprintf(stderr, "the picture's pipeline: %s\n", error->message);
		return false;
	}
	line->pay = gst_bin_get_by_name(GST_BIN(bin), "pay");
	line->video_out = gst_bin_get_by_name(GST_BIN(bin), "vout");
	gst_app_sink_set_callbacks(GST_APP_SINK(line->video_out), &callbacks, line, NULL);
	gst_bin_add(GST_BIN(line->pipeline), bin);
	g_atomic_int_set(&line->encodes, line->reencode);
	return gst_element_sync_state_with_parent(bin);
}

/* ---- what comes ---- */

/** AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1): the first SPS in it. */
static void read_sets(struct ingest_line *line, GstCaps *caps)
{
	const GValue *value = gst_structure_get_value(gst_caps_get_structure(caps, 0), "codec_data");
	GstBuffer *data = value ? gst_value_get_buffer(value) : NULL;
	GstMapInfo map;

	if (!data || !gst_buffer_map(data, &map, GST_MAP_READ))
		return;
	if (map.size > 8 && (map.data[5] & 31) > 0) {
		gsize len = (gsize)map.data[6] << 8 | map.data[7];

		if (8 + len <= map.size && media_sps_read(map.data + 8, len, &line->sps) < 0)
			line->sps = (struct media_sps){.width = 0};
	}
	gst_buffer_unmap(data, &map);
}

/** Of which pictures we can make something that all players can show. */
static bool fits(struct ingest_line *line)
{
	const struct media_sps *sps = &line->sps;

	if (sps->width == 0)
		return true; /* it will be told in time, or the decoders will say so */
	if (sps->width > SIDE_MAX || sps->height > SIDE_MAX) {
		ingest_host_problem(line->host, INGEST_SIZE);
		return false;
	}
	if (sps->chroma != 1 || sps->luma_bits != 8 || sps->chroma_bits != 8) {
		ingest_host_problem(line->host, INGEST_CODEC);
		return false;
	}
	return true;
}

static bool heed_caps(struct ingest_line *line, GstCaps *caps)
{
	if (line->caps && gst_caps_is_equal(caps, line->caps))
		return true;
	gst_caps_replace(&line->caps, caps);
	read_sets(line, caps);
	if (!fits(line))
		return false;
	if (!line->pay) {
		/* where the stream itself says that pictures are reordered, or does not say, B-frames may come later */
		line->reencode = line->host->limits->reencode && line->sps.reorder != 0;
		if (!open_half(line)) {
			ingest_host_problem(line->host, INGEST_DECODER);
			return false;
		}
	}
	gst_app_src_set_caps(GST_APP_SRC(line->pay), caps);
	return true;
}

static void note_keyframe(struct ingest_line *line, int64_t running)
{
	if (line->key_ns >= 0 && running - line->key_ns > KEYFRAMES_NS)
		ingest_host_problem(line->host, INGEST_KEYFRAMES);
	line->key_ns = running;
}

/** @return whether it may go on. */
static bool look(struct ingest_line *line, const uint8_t *data, size_t len, int64_t running)
{
	struct h264_unit unit;

	if (h264_unit_read(data, len, &unit) < 0)
		return false;
	if (unit.b_frames && !line->reencode) {
		ingest_host_problem(line->host, INGEST_B_FRAMES);
		return false;
	}
	if (unit.keyframe)
		note_keyframe(line, running);
	return line->key_ns >= 0; /* nothing can be shown before the first */
}

static void forward(struct ingest_line *line, GstBuffer *buffer, const GstSegment *segment, GstClockTime running)
{
	GstBuffer *copy = gst_buffer_copy(buffer);
	GstClockTime dts = GST_BUFFER_DTS(buffer);

	GST_BUFFER_PTS(copy) = running;
	GST_BUFFER_DTS(copy) = GST_CLOCK_TIME_IS_VALID(dts) ? gst_segment_to_running_time(segment, GST_FORMAT_TIME, dts)
	                                                    : GST_CLOCK_TIME_NONE;
	gst_app_src_push_buffer(GST_APP_SRC(line->pay), copy);
}

GstFlowReturn ingest_video_unit(GstAppSink *sink, gpointer user)
{
	struct ingest_line *line = user;
	GstSample *sample = gst_app_sink_pull_sample(sink);
	GstBuffer *buffer = sample ? gst_sample_get_buffer(sample) : NULL;
	const GstSegment *segment = sample ? gst_sample_get_segment(sample) : NULL;
	GstClockTime running;
	GstMapInfo map;
	bool good = false;

	if (!sample)
		return GST_FLOW_EOS;
	g_atomic_int_set(&line->unheard, 0);
	running = gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
	if (GST_CLOCK_TIME_IS_VALID(running) && heed_caps(line, gst_sample_get_caps(sample)) &&
	    gst_buffer_map(buffer, &map, GST_MAP_READ)) {
		good = look(line, map.data, map.size, (int64_t)running);
		gst_buffer_unmap(buffer, &map);
	}
	if (good && gst_app_src_get_current_level_bytes(GST_APP_SRC(line->pay)) > 4 << 20)
		ingest_host_problem(line->host, INGEST_NO_TIME);
	else if (good)
		forward(line, buffer, segment, running);
	gst_sample_unref(sample);
	return GST_FLOW_OK;
}
