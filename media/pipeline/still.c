#include "pipeline/still.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#define PATIENCE (30 * GST_SECOND)

void still_clear(struct still *still)
{
	free(still->pixels);
	*still = (struct still){0, 0, NULL};
}

void still_fit(int max_edge, int *width, int *height)
{
	int edge = *width > *height ? *width : *height;

	if (edge <= max_edge)
		return;
	*width = (int)(((int64_t)*width * max_edge + edge / 2) / edge);
	*height = (int)(((int64_t)*height * max_edge + edge / 2) / edge);
	*width = *width < 1 ? 1 : *width;
	*height = *height < 1 ? 1 : *height;
}

/** One buffer into `in`, one out of `out`. @return sample or NULL. */
static GstSample *run_once(const char *description, const char *caps, GstBuffer *buffer)
{
	g_autoptr(GError) error = NULL;
	GstElement *pipeline = gst_parse_launch(description, &error), *in, *out;
	g_autoptr(GstCaps) in_caps = gst_caps_from_string(caps);
	GstSample *sample = NULL;

	if (!pipeline || error) {
		gst_clear_object(&pipeline);
		gst_buffer_unref(buffer);
		return NULL;
	}
	in = gst_bin_get_by_name(GST_BIN(pipeline), "in");
	out = gst_bin_get_by_name(GST_BIN(pipeline), "out");
	gst_app_src_set_caps(GST_APP_SRC(in), in_caps);
	gst_element_set_state(pipeline, GST_STATE_PLAYING);
	if (gst_app_src_push_buffer(GST_APP_SRC(in), buffer) == GST_FLOW_OK) {
		gst_app_src_end_of_stream(GST_APP_SRC(in));
		/* An error downstream ends the stream, too, but only the bus hears of it: ask for both in turn. */
		g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
		int i;

		for (i = 0; i < 300 && !sample; i++) {
			g_autoptr(GstMessage) failed = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);

			if (failed || gst_app_sink_is_eos(GST_APP_SINK(out)))
				break;
			sample = gst_app_sink_try_pull_sample(GST_APP_SINK(out), PATIENCE / 300);
		}
	}
	gst_element_set_state(pipeline, GST_STATE_NULL);
	gst_object_unref(in);
	gst_object_unref(out);
	gst_object_unref(pipeline);
	return sample;
}

static int copy_out(GstSample *sample, struct still *out)
{
	GstVideoFrame frame;
	GstVideoInfo info;
	int y, rc = -EBADMSG;

	if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) ||
	    !gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ))
		return -EBADMSG;
	out->width = GST_VIDEO_FRAME_WIDTH(&frame);
	out->height = GST_VIDEO_FRAME_HEIGHT(&frame);
	out->pixels = calloc((size_t)out->width * (size_t)out->height, 4);
	if (out->pixels) {
		for (y = 0; y < out->height; y++)
			memcpy(out->pixels + (size_t)y * (size_t)out->width * 4,
			       (const uint8_t *)GST_VIDEO_FRAME_PLANE_DATA(&frame, 0) +
			               (ptrdiff_t)y * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0),
			       (size_t)out->width * 4);
		rc = 0;
	} else {
		rc = -ENOMEM;
	}
	gst_video_frame_unmap(&frame);
	return rc;
}

int still_decode(const char *decoder, const char *caps, const uint8_t *data, size_t len, int width, int height,
                 struct still *out)
{
	GstBuffer *buffer = gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, (gpointer)(uintptr_t)data, len, 0,
	                                                len, NULL, NULL);
	g_autofree char *size = width > 0 ? g_strdup_printf(",width=%d,height=%d", width, height) : g_strdup("");
	g_autofree char *description = g_strdup_printf(
	        "appsrc name=in format=time ! %s ! videoconvertscale method=lanczos add-borders=false n-threads=1 ! "
	        "video/x-raw,format=RGBA%s ! appsink name=out sync=false async=false max-buffers=1",
	        decoder, size);
	GstSample *sample;
	int rc;

	*out = (struct still){0, 0, NULL};
	GST_BUFFER_PTS(buffer) = 0;
	sample = run_once(description, caps, buffer);
	if (!sample)
		return -EBADMSG;
	rc = copy_out(sample, out);
	gst_sample_unref(sample);
	if (rc < 0)
		still_clear(out);
	return rc;
}

/** Where the upright picture's pixel (x, y) lies in the stored one of width w and height h. */
static size_t source_of(int orientation, int x, int y, int w, int h)
{
	int sx, sy;

	switch (orientation) {
	case 2:
		sx = w - 1 - x, sy = y;
		break;
	case 3:
		sx = w - 1 - x, sy = h - 1 - y;
		break;
	case 4:
		sx = x, sy = h - 1 - y;
		break;
	case 5:
		sx = y, sy = x;
		break;
	case 6:
		sx = y, sy = h - 1 - x;
		break;
	case 7:
		sx = w - 1 - y, sy = h - 1 - x;
		break;
	case 8:
		sx = w - 1 - y, sy = x;
		break;
	default:
		sx = x, sy = y;
	}
	return ((size_t)sy * (size_t)w + (size_t)sx) * 4;
}

int still_finish(struct still *still, int orientation)
{
	bool lying = orientation >= 5;
	int width = lying ? still->height : still->width, height = lying ? still->width : still->height, x, y, c;
	uint8_t *pixels = calloc((size_t)width * (size_t)height, 4), *to = pixels;

	if (!pixels)
		return -ENOMEM;
	for (y = 0; y < height; y++) {
		for (x = 0; x < width; x++, to += 4) {
			const uint8_t *from = still->pixels + source_of(orientation, x, y, still->width, still->height);

			for (c = 0; c < 3; c++)
				to[c] = (uint8_t)((from[c] * from[3] + 255 * (255 - from[3]) + 127) / 255);
			to[3] = 255;
		}
	}
	free(still->pixels);
	*still = (struct still){width, height, pixels};
	return 0;
}

int still_encode(const struct still *still, int quality, FILE *out)
{
	size_t len = (size_t)still->width * (size_t)still->height * 4;
	GstBuffer *buffer =
	        gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, still->pixels, len, 0, len, NULL, NULL);
	g_autofree char *caps =
	        g_strdup_printf("video/x-raw,format=RGBA,width=%d,height=%d,framerate=1/1,pixel-aspect-ratio=1/1",
	                        still->width, still->height);
	g_autofree char *description = g_strdup_printf("appsrc name=in format=time ! videoconvertscale n-threads=1 ! "
	                                               "video/x-raw,format=I420,colorimetry=1:4:0:0 ! "
	                                               "jpegenc quality=%d ! appsink name=out sync=false async=false",
	                                               quality);
	GstSample *sample;
	GstMapInfo map;
	int rc = -EIO;

	GST_BUFFER_PTS(buffer) = 0;
	sample = run_once(description, caps, buffer);
	if (!sample)
		return -EIO;
	if (gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ)) {
		if (fwrite(map.data, 1, map.size, out) == map.size && fflush(out) == 0)
			rc = 0;
		gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
	}
	gst_sample_unref(sample);
	return rc;
}
