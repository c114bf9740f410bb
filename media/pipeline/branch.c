#include "pipeline/branch.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include "pipeline/pipeline.h"

/** Thread: streaming. */
static GstFlowReturn wake_up(GstAppSink *sink, gpointer user)
{
	uint64_t one = 1;
	ssize_t ignored = write(GPOINTER_TO_INT(user), &one, sizeof(one));

	(void)sink;
	(void)ignored; /* full: it is awake already */
	return GST_FLOW_OK;
}

bool branch_open(struct branch *branch, const char *caps, const char *description, int wake)
{
	g_autofree char *text =
	        g_strdup_printf("appsrc name=in is-live=true format=time max-bytes=0 caps=\"%s\" ! %s ! "
	                        "appsink name=out sync=false async=false max-buffers=0",
	                        caps, description);
	g_autoptr(GError) error = NULL;
	GstAppSinkCallbacks callbacks = {.new_sample = wake_up};

	branch_close(branch);
	branch->pipeline = gst_parse_launch(text, &error);
	if (error) {
		fprintf(stderr, "pipeline: %s\n", error->message);
		gst_clear_object(&branch->pipeline);
		return false;
	}
	branch->in = gst_bin_get_by_name(GST_BIN(branch->pipeline), "in");
	branch->out = gst_bin_get_by_name(GST_BIN(branch->pipeline), "out");
	branch->bus = gst_element_get_bus(branch->pipeline);
	gst_app_sink_set_callbacks(GST_APP_SINK(branch->out), &callbacks, GINT_TO_POINTER(wake), NULL);
	branch->progress_us = pipeline_now_us();
	gst_element_set_state(branch->pipeline, GST_STATE_PLAYING);
	return true;
}

void branch_close(struct branch *branch)
{
	if (branch->pipeline)
		gst_element_set_state(branch->pipeline, GST_STATE_NULL);
	gst_clear_object(&branch->in);
	gst_clear_object(&branch->out);
	gst_clear_object(&branch->bus);
	gst_clear_object(&branch->pipeline);
	*branch = (struct branch){.pipeline = NULL};
}

void branch_push(struct branch *branch, uint8_t *data, size_t len, int64_t time_ns, bool force_key)
{
	GstBuffer *buffer;

	if (!branch->pipeline || !data) {
		free(data);
		return;
	}
	buffer = gst_buffer_new_wrapped_full(0, data, len, 0, len, data, free);
	GST_BUFFER_PTS(buffer) = GST_BUFFER_DTS(buffer) = (GstClockTime)time_ns;
	if (force_key)
		gst_element_send_event(branch->in, gst_video_event_new_downstream_force_key_unit(
		                                           (GstClockTime)time_ns, GST_CLOCK_TIME_NONE,
		                                           (GstClockTime)time_ns, TRUE, 0));
	if (branch->pushed == branch->pulled) /* it had nothing to do until now */
		branch->progress_us = pipeline_now_us();
	branch->pushed++;
	branch->pushed_ns = time_ns;
	if (branch->pulled == 0 && branch->pushed == 1)
		branch->pulled_ns = time_ns;
	gst_app_src_push_buffer(GST_APP_SRC(branch->in), buffer);
}

bool branch_pull(struct branch *branch, struct branch_output *out)
{
	GstBuffer *buffer;

	if (!branch->pipeline)
		return false;
	out->sample = gst_app_sink_try_pull_sample(GST_APP_SINK(branch->out), 0);
	if (!out->sample)
		return false;
	buffer = gst_sample_get_buffer(out->sample);
	if (!gst_buffer_map(buffer, &out->map, GST_MAP_READ)) {
		gst_sample_unref(out->sample);
		return false;
	}
	out->data = out->map.data;
	out->len = out->map.size;
	out->time_ns = (int64_t)GST_BUFFER_PTS(buffer);
	out->key = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
	out->caps = gst_sample_get_caps(out->sample);
	branch->pulled++;
	branch->pulled_ns = out->time_ns;
	branch->progress_us = pipeline_now_us();
	return true;
}

void branch_release(struct branch_output *out)
{
	gst_buffer_unmap(gst_sample_get_buffer(out->sample), &out->map);
	gst_sample_unref(out->sample);
}

bool branch_failed(struct branch *branch)
{
	g_autoptr(GstMessage) message = branch->bus ? gst_bus_pop_filtered(branch->bus, GST_MESSAGE_ERROR) : NULL;
	g_autoptr(GError) error = NULL;

	if (!message)
		return false;
	gst_message_parse_error(message, &error, NULL);
	fprintf(stderr, "pipeline: %s\n", error->message);
	return true;
}

int64_t branch_behind_us(const struct branch *branch)
{
	return branch->pipeline && branch->pushed ? (branch->pushed_ns - branch->pulled_ns) / 1000 : 0;
}

int64_t branch_stuck_us(const struct branch *branch, int64_t now_us)
{
	return branch->pipeline && branch_behind_us(branch) > 0 ? now_us - branch->progress_us : 0;
}
