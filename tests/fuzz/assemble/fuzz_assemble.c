/* RTP packets one after another, as a hostile host would send them, into pictures and sound, and those into files. Each
 * input: the codec, then a list of (16-bit length, packet); the two top bits of a length say how much time passes
 * before it. Checks what must hold whatever comes: a first picture is a keyframe, so is one behind a loss; NAL units
 * fill their picture exactly; a keyframe has parameter sets that make an init segment. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/assemble.h"
#include "pipeline/mp4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_file(const struct assemble *a, const struct assemble_unit *unit)
{
	struct mp4_track track = {.codec = MP4_AVC3,
	                          .id = 1,
	                          .timescale = MP4_VIDEO_TIMESCALE,
	                          .sets = &a->sets,
	                          .width = unit->width,
	                          .height = unit->height};
	struct mp4_sample sample = {unit->data, (uint32_t)unit->len, 3000, unit->keyframe};
	struct mp4_fragment fragment = {.track = 1, .sequence = 1, .video = true, .samples = &sample, .count = 1};
	struct mp4_buffer b = {.len = 0};
	char name[32];
	if (unit->keyframe) {
		require(mp4_init(&b, &track) == 0);
		require(mp4_codec_name(&track, name, sizeof name) == 0);
	}
	require(mp4_fragment(&b, &fragment) == 0 && b.len > unit->len);
	mp4_buffer_finish(&b);
}

static void check_h264(const struct assemble *a, const struct assemble_unit *unit)
{
	struct h264_unit inside;
	size_t at = 0, nal_len;
	const uint8_t *nal;
	require(h264_unit_read(unit->data, unit->len, &inside) == 0 && inside.slices && inside.first);
	require(inside.keyframe == unit->keyframe && inside.b_frames == unit->b_frames);
	require(!unit->keyframe || (inside.sps && inside.pps && h264_sets_whole(&a->sets)));
	while ((nal = h264_next(unit->data, unit->len, &at, &nal_len)))
		require((nal[0] & 0x1F) != H264_AUD && (nal[0] & 0x1F) != H264_FILLER);
	require(at == unit->len);
	check_file(a, unit);
	/* in memory of its own, so that a write past its end is seen */
	uint8_t *copy = malloc(unit->len);
	if (!copy)
		return;
	memcpy(copy, unit->data, unit->len);
	require(h264_to_start_codes(copy, unit->len) == 0);
	free(copy);
}

static void check_unit(const struct assemble *a, const struct assemble_unit *unit, bool first)
{
	unsigned sum = 0;
	require(unit->len > 0 && unit->len <= ASSEMBLE_UNIT_MAX + 4096);
	require(unit->restarted == first || !first);
	for (size_t i = 0; i < unit->len; i++)
		sum += unit->data[i];
	require(sum <= unit->len * 255);
	if (first || unit->lost || unit->restarted)
		require(unit->keyframe);
	if (unit->keyframe && a->codec != ASSEMBLE_OPUS)
		require(unit->width > 0 && unit->height > 0 && unit->width <= 16384 && unit->height <= 16384);
	if (a->codec == ASSEMBLE_OPUS)
		require(unit->samples > 0 && unit->samples <= 5760);
	if (a->codec == ASSEMBLE_H264)
		check_h264(a, unit);
}

/** @return whether there was one */
static bool drain(struct assemble *a, bool first, int64_t now)
{
	struct assemble_unit unit;
	bool any = false;
	while (assemble_pull(a, now, &unit) == 1) {
		check_unit(a, &unit, first && !any);
		any = true;
	}
	require(a->held <= ASSEMBLE_WINDOW);
	require(a->held > 0 ? assemble_due_us(a) > now : assemble_due_us(a) == INT64_MAX);
	return any;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const int64_t waits_us[4] = {0, 7000, 60000, 250000};
	struct assemble a;
	bool any = false;
	int64_t now = 1000000;
	if (len == 0 || assemble_begin(&a, (enum assemble_codec)(data[0] % 3), data[0] & 0x80 ? 102 : -1) != 0)
		return 0;
	for (size_t at = 1; len - at >= 2;) {
		size_t size = (size_t)(data[at] << 8 | data[at + 1]);
		now += waits_us[size >> 14];
		size &= 0x3FFF;
		at += 2;
		size = size > len - at ? len - at : size;
		uint8_t *packet = malloc(size ? size : 1);
		if (!packet)
			break;
		memcpy(packet, data + at, size);
		(void)assemble_push(&a, packet, size, now);
		free(packet);
		any |= drain(&a, !any, now);
		at += size;
	}
	drain(&a, !any, now + ASSEMBLE_PATIENCE_US);
	assemble_finish(&a);
	return 0;
}
