#include "pipeline/to_h264.h"

#include <stdlib.h>

#include "pipeline/avc.h"

bool to_h264_open(struct to_h264 *t, enum to_h264_from from, int width, int height, int bitrate_bps, int wake)
{
	static const char *const caps[] = {
	        [TO_H264_VP8] = "video/x-vp8,framerate=30/1",
	        [TO_H264_H264] = "video/x-h264,stream-format=byte-stream,alignment=au,framerate=30/1"};
	static const char *const decoders[] = {
	        [TO_H264_VP8] = "vp8dec threads=1", [TO_H264_H264] = "avdec_h264 max-threads=1 output-corrupt=false"};
	g_autofree char *scale =
	        width ? g_strdup_printf("videoconvertscale method=bilinear chroma-mode=none dither=none n-threads=1 ! "
	                                "video/x-raw,format=I420,width=%d,height=%d,pixel-aspect-ratio=1/1 ! ",
	                                width, height)
	              : g_strdup("");
	/* no keyframes but those that are asked for: segments begin at them */
	g_autofree char *text = g_strdup_printf(
	        "%s ! %sopenh264enc complexity=low usage-type=camera rate-control=bitrate bitrate=%d max-bitrate=%d "
	        "gop-size=0 scene-change-detection=false multi-thread=1 qp-max=45 ! "
	        "video/x-h264,stream-format=byte-stream,alignment=au",
	        decoders[from], scale, bitrate_bps, bitrate_bps + bitrate_bps / 2);

	to_h264_close(t);
	return branch_open(&t->branch, caps[from], text, wake);
}

void to_h264_close(struct to_h264 *t)
{
	branch_close(&t->branch);
	*t = (struct to_h264){.late_since_us = 0};
}

/* 90000 ticks are a second: 11111 1/9 ns each; there and back again is exact. */
static int64_t to_ns(int64_t ticks)
{
	return ticks * 100000 / 9;
}

static int64_t to_ticks(int64_t ns)
{
	return (ns * 9 + 50000) / 100000;
}

void to_h264_push(struct to_h264 *t, uint8_t *data, size_t len, int64_t start, bool force_key)
{
	branch_push(&t->branch, data, len, to_ns(start), force_key);
}

bool to_h264_pull(struct to_h264 *t, struct package_sample *out, bool *changed)
{
	struct branch_output o;

	while (branch_pull(&t->branch, &o)) {
		*out = (struct package_sample){.start = to_ticks(o.time_ns), .key = o.key};
		out->data = avc_from_start_codes(o.data, o.len, &t->sets, &out->len);
		branch_release(&o);
		if (!out->data)
			continue;
		*changed = o.key && t->sets.changes != t->changes;
		if (o.key)
			t->changes = t->sets.changes;
		return true;
	}
	return false;
}

int64_t to_h264_not_after(const struct to_h264 *t, int64_t now, int64_t patience)
{
	int64_t out = to_ticks(t->branch.pulled_ns) + patience;

	return branch_is_open(&t->branch) && branch_behind_us(&t->branch) > 0 && out < now ? out : now;
}

bool to_h264_late(struct to_h264 *t, int64_t behind_us, int64_t for_us, int64_t now_us)
{
	if (!branch_is_open(&t->branch) || branch_behind_us(&t->branch) <= behind_us) {
		t->late_since_us = 0;
		return false;
	}
	if (t->late_since_us == 0)
		t->late_since_us = now_us;
	return now_us - t->late_since_us >= for_us;
}
