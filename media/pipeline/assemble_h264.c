/* H.264 out of RTP (RFC 6184): single NAL units, STAP-A, FU-A. */
#include <errno.h>
#include <string.h>

#include "pipeline/assemble_picture.h"
#include "rtp/rtp.h"

enum { TYPE_MASK = 0x1F, STAP_A = 24, FU_A = 28, FU_START = 0x80, FU_END = 0x40 };

/** Open a NAL unit: its length is written when it is whole. */
static void begin_nal(struct assemble_picture *p, uint8_t header)
{
	static const uint8_t length[4] = {0};
	size_t at = p->len;
	if (assemble_append(p, length, 4) && assemble_append(p, &header, 1))
		p->nal = at;
}

/** It is whole: keep what matters, forget delimiters and filler. */
static void end_nal(struct assemble *a)
{
	struct assemble_picture *p = &a->picture;
	size_t at = p->nal;
	if (at == 0)
		return;
	uint8_t *nal = p->data + at + 4;
	size_t len = p->len - at - 4;
	uint8_t type = nal[0] & TYPE_MASK;
	p->nal = 0;
	p->begins |= at == ASSEMBLE_HEADROOM && (type == H264_AUD || type == H264_SPS);
	if (type == H264_AUD || type == H264_FILLER) {
		p->len = at;
		return;
	}
	if (type == 0 || type >= STAP_A) /* no NAL unit of H.264's own */
		p->damaged = true;
	/* a set that we cannot keep is one that we cannot tell players of */
	if ((type == H264_SPS || type == H264_PPS) && h264_sets_take(&a->sets, nal, len) != 0)
		p->damaged = true;
	media_put32(p->data + at, (uint32_t)len);
}

static void take_nal(struct assemble *a, const uint8_t *nal, size_t len)
{
	begin_nal(&a->picture, nal[0]);
	if (a->picture.nal && assemble_append(&a->picture, nal + 1, len - 1))
		end_nal(a);
}

static void take_stap_a(struct assemble *a, const uint8_t *payload, size_t len)
{
	a->picture.damaged |= len == 1;
	for (size_t at = 1; at < len;) {
		size_t size = len - at >= 2 ? media_get16(payload + at) : 0;
		if (size == 0 || size > len - at - 2) {
			a->picture.damaged = true;
			return;
		}
		take_nal(a, payload + at + 2, size);
		at += 2 + size;
	}
}

static void take_fu_a(struct assemble *a, const uint8_t *payload, size_t len)
{
	struct assemble_picture *p = &a->picture;
	if (len < 3 || ((payload[1] & FU_START) != 0) != (p->nal == 0)) {
		p->damaged = true;
		return;
	}
	if (payload[1] & FU_START)
		begin_nal(p, (uint8_t)((payload[0] & ~TYPE_MASK) | (payload[1] & TYPE_MASK)));
	if (p->nal && assemble_append(p, payload + 2, len - 2) && (payload[1] & FU_END))
		end_nal(a);
}

void assemble_h264_take(struct assemble *a, const uint8_t *payload, size_t len)
{
	uint8_t type = payload[0] & TYPE_MASK;
	if (a->picture.damaged)
		return;
	if (type == FU_A)
		take_fu_a(a, payload, len);
	else if (type == 0 || type > STAP_A || a->picture.nal)
		a->picture.damaged = true;
	else if (type == STAP_A)
		take_stap_a(a, payload, len);
	else
		take_nal(a, payload, len);
}

/** A keyframe goes out with its parameter sets. */
static int complete(struct assemble *a, const struct h264_unit *unit, struct assemble_unit *out)
{
	struct media_sps sps;
	if (!h264_sets_whole(&a->sets) || media_sps_read(a->sets.sps.data, a->sets.sps.len, &sps) != 0)
		return -EBADMSG;
	out->width = sps.width;
	out->height = sps.height;
	out->sets_changed = a->sets.changes != a->changes_given;
	a->brings_sets = unit->sps;
	if (unit->sps && unit->pps)
		return 1;
	uint8_t sets[ASSEMBLE_HEADROOM];
	size_t len = h264_sets_write(&a->sets, sets, sizeof sets);
	out->data -= len;
	out->len += len;
	memcpy(a->picture.data + ASSEMBLE_HEADROOM - len, sets, len);
	return 1;
}

/** May nothing of the picture be among what was lost in front of it? A keyframe whose parameter sets were lost would be
 * taken for one with the old ones. */
static bool begins_whole(const struct assemble *a, const struct h264_unit *unit)
{
	return unit->keyframe && (a->picture.begins || (!unit->sps && !a->brings_sets));
}

int assemble_h264_close(struct assemble *a, struct assemble_unit *out)
{
	struct assemble_picture *p = &a->picture;
	struct h264_unit unit;
	if (p->damaged || p->nal)
		return -EBADMSG;
	if (p->len == ASSEMBLE_HEADROOM)
		return 0;
	out->data = p->data + ASSEMBLE_HEADROOM;
	out->len = p->len - ASSEMBLE_HEADROOM;
	if (h264_unit_read(out->data, out->len, &unit) != 0)
		return -EBADMSG;
	if (!unit.slices)
		return 0;
	if (!unit.first || (p->after_gap && !begins_whole(a, &unit)))
		return -EBADMSG;
	out->keyframe = unit.keyframe;
	out->b_frames = unit.b_frames;
	return unit.keyframe ? complete(a, &unit, out) : 1;
}
