#include "rtp/parameters.h"

#include <string.h>

#include "rtp/rtp.h"

enum { NAL_SPS = 7, NAL_PPS = 8, NAL_STAP_A = 24, NAL_FU_A = 28 };

/** The exp-Golomb number at the start of a picture parameter set, its id (H.264 §7.3.2.2), as far as a byte holds it.
 *  Ids up to 6 are enough to keep the few sets of an encoder apart; whatever is beyond counts as one. */
static unsigned picture_id(const struct media_parameter_set *set)
{
	uint8_t b = set->nal[1];
	if (b & 0x80)
		return 0;
	if (b & 0x40)
		return 1 + (b >> 5 & 1);
	return b & 0x20 ? 3 + (b >> 3 & 3) : 7;
}

static void keep_sequence(struct media_parameters *p, const struct media_parameter_set *set)
{
	if (p->sequence.len == set->len && memcmp(p->sequence.nal, set->nal, set->len) == 0)
		return;
	memset(p->pictures, 0, sizeof p->pictures);
	p->sequence = *set;
}

static void keep_picture(struct media_parameters *p, const struct media_parameter_set *set)
{
	struct media_parameter_set *place = &p->pictures[0];
	for (size_t i = 0; i < MEDIA_PARAMETERS_PICTURES; i++) {
		place = &p->pictures[i];
		if (place->len == 0 || picture_id(place) == picture_id(set))
			break;
	}
	*place = *set;
}

/** @return whether it is a sequence parameter set. */
static bool keep(struct media_parameters *p, const uint8_t *nal, size_t len)
{
	struct media_parameter_set set = {.len = len};
	uint8_t type = nal[0] & 0x1F;
	if (type != NAL_SPS && type != NAL_PPS)
		return false;
	if (len < 2 || len > sizeof set.nal) { /* what is not kept must not be taken for an older one */
		memset(p, 0, sizeof *p);
		return type == NAL_SPS;
	}
	memcpy(set.nal, nal, len);
	if (type == NAL_SPS)
		keep_sequence(p, &set);
	else
		keep_picture(p, &set);
	return type == NAL_SPS;
}

/** A set in fragments is too large to be kept: what was kept before is out of date. */
static bool note_fragment(struct media_parameters *p, const uint8_t *payload, size_t len)
{
	uint8_t type = len > 1 ? payload[1] & 0x1F : 0;
	if (type == NAL_SPS || type == NAL_PPS)
		memset(p, 0, sizeof *p);
	return type == NAL_SPS;
}

bool media_parameters_note(struct media_parameters *p, const uint8_t *payload, size_t len)
{
	bool sequence = false;
	if (len == 0)
		return false;
	if ((payload[0] & 0x1F) == NAL_FU_A)
		return note_fragment(p, payload, len);
	if ((payload[0] & 0x1F) != NAL_STAP_A)
		return keep(p, payload, len);
	for (size_t at = 1; len - at > 2;) {
		size_t size = media_get16(payload + at);
		at += 2;
		if (size == 0 || size > len - at)
			break;
		sequence |= keep(p, payload + at, size);
		at += size;
	}
	return sequence;
}

static void put(uint8_t *out, size_t size, size_t *len, const struct media_parameter_set *set)
{
	if (set->len == 0 || *len == 0)
		return;
	if (size - *len < 2 + set->len) {
		*len = 0;
		return;
	}
	media_put16(out + *len, (uint16_t)set->len);
	memcpy(out + *len + 2, set->nal, set->len);
	*len += 2 + set->len;
	/* the aggregate is as important as the most important unit in it (RFC 6184 §5.7) */
	if ((set->nal[0] & 0x60) > (out[0] & 0x60))
		out[0] = (uint8_t)((out[0] & ~0x60) | (set->nal[0] & 0x60));
}

size_t media_parameters_write(const struct media_parameters *p, uint8_t *out, size_t size)
{
	size_t len = 1;
	if (size == 0 || p->sequence.len == 0 || p->pictures[0].len == 0)
		return 0;
	out[0] = NAL_STAP_A;
	put(out, size, &len, &p->sequence);
	for (size_t i = 0; i < MEDIA_PARAMETERS_PICTURES; i++)
		put(out, size, &len, &p->pictures[i]);
	return len;
}
