#include "pipeline/h264.h"

#include <errno.h>
#include <string.h>

#include "rtp/bits.h"
#include "rtp/rtp.h"

enum { TYPE_MASK = 0x1F, SLICE_B = 1, SLICE_TYPES = 5 };

const uint8_t *h264_next(const uint8_t *unit, size_t len, size_t *at, size_t *nal_len)
{
	if (len - *at < 4)
		return NULL;
	size_t size = media_get32(unit + *at);
	if (size == 0 || size > len - *at - 4)
		return NULL;
	const uint8_t *nal = unit + *at + 4;
	*at += 4 + size;
	*nal_len = size;
	return nal;
}

/** first_mb_in_slice and slice_type (§7.3.3). */
static bool read_slice(const uint8_t *nal, size_t len, bool first, struct h264_unit *out)
{
	/* two Exp-Golomb numbers, with emulation prevention: no need to look at the rest */
	struct media_bits b = {.data = nal + 1, .len = len - 1 < 16 ? len - 1 : 16};
	uint32_t macroblock = media_bits_ue(&b), type = media_bits_ue(&b);
	if (b.failed || type >= 2 * SLICE_TYPES)
		return false;
	if (first)
		out->first = macroblock == 0;
	out->b_frames |= type % SLICE_TYPES == SLICE_B;
	return true;
}

int h264_unit_read(const uint8_t *unit, size_t len, struct h264_unit *out)
{
	*out = (struct h264_unit){.keyframe = false};
	size_t at = 0, nal_len;
	const uint8_t *nal;
	while ((nal = h264_next(unit, len, &at, &nal_len))) {
		uint8_t type = nal[0] & TYPE_MASK;
		out->sps |= type == H264_SPS;
		out->pps |= type == H264_PPS;
		out->keyframe |= type == H264_IDR;
		if (type != H264_SLICE && type != H264_IDR)
			continue;
		if (!read_slice(nal, nal_len, !out->slices, out))
			return -EBADMSG;
		out->slices = true;
	}
	return at == len ? 0 : -EBADMSG;
}

static bool same(const struct h264_set *set, const uint8_t *nal, size_t len)
{
	return set->len == len && memcmp(set->data, nal, len) == 0;
}

static void keep(struct h264_set *set, const uint8_t *nal, size_t len)
{
	set->len = (uint16_t)len;
	memcpy(set->data, nal, len);
}

/** pic_parameter_set_id. @return -1: broken. */
static int pps_id(const uint8_t *nal, size_t len)
{
	struct media_bits b = {.data = nal + 1, .len = len - 1};
	uint32_t id = media_bits_ue(&b);
	return b.failed || id > 255 ? -1 : (int)id;
}

static int take_sps(struct h264_sets *sets, const uint8_t *nal, size_t len)
{
	struct media_sps sps;
	if (same(&sets->sps, nal, len))
		return 0;
	if (media_sps_read(nal, len, &sps) != 0)
		return -EBADMSG;
	keep(&sets->sps, nal, len);
	sets->pps_count = 0;
	sets->changes++;
	return 0;
}

static int take_pps(struct h264_sets *sets, const uint8_t *nal, size_t len)
{
	int id = pps_id(nal, len);
	size_t i = 0;
	if (id < 0)
		return -EBADMSG;
	while (i < sets->pps_count && pps_id(sets->pps[i].data, sets->pps[i].len) < id)
		i++;
	bool there = i < sets->pps_count && pps_id(sets->pps[i].data, sets->pps[i].len) == id;
	if (there && same(&sets->pps[i], nal, len))
		return 0;
	if (!there) {
		if (sets->pps_count == H264_PPS_MAX)
			return -ENOSPC;
		memmove(&sets->pps[i + 1], &sets->pps[i], (sets->pps_count - i) * sizeof sets->pps[0]);
		sets->pps_count++;
	}
	keep(&sets->pps[i], nal, len);
	sets->changes++;
	return 0;
}

int h264_sets_take(struct h264_sets *sets, const uint8_t *nal, size_t len)
{
	uint8_t type = len > 0 ? nal[0] & TYPE_MASK : 0;
	if (type != H264_SPS && type != H264_PPS)
		return 0;
	/* a trailing zero byte is the stream's, not the set's: the same set must not look like another */
	while (len > 1 && nal[len - 1] == 0)
		len--;
	if (len > H264_SET_MAX)
		return -EMSGSIZE;
	return type == H264_SPS ? take_sps(sets, nal, len) : take_pps(sets, nal, len);
}

static size_t write_set(const struct h264_set *set, uint8_t *out)
{
	media_put32(out, set->len);
	memcpy(out + 4, set->data, set->len);
	return 4u + set->len;
}

size_t h264_sets_write(const struct h264_sets *sets, uint8_t *out, size_t size)
{
	size_t need = 4u + sets->sps.len, at;
	for (size_t i = 0; i < sets->pps_count; i++)
		need += 4u + sets->pps[i].len;
	if (need > size)
		return 0;
	at = write_set(&sets->sps, out);
	for (size_t i = 0; i < sets->pps_count; i++)
		at += write_set(&sets->pps[i], out + at);
	return at;
}

int h264_to_start_codes(uint8_t *unit, size_t len)
{
	size_t at = 0, nal_len;
	while (h264_next(unit, len, &at, &nal_len))
		media_put32(unit + (at - nal_len - 4), 1);
	return at == len ? 0 : -EBADMSG;
}
