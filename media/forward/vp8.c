#include "forward/vp8.h"

#include <string.h>

enum { HAS_EXTENSION = 0x80, HAS_PICTURE = 0x80, HAS_LAYER = 0x40, LONG_PICTURE = 0x80 };

/** @param bits width of the field; @param modulo_bits how far the number counts */
static uint16_t renumber(struct forward_vp8_number *n, uint16_t in, unsigned bits, unsigned modulo_bits)
{
	const uint32_t mask = (1u << bits) - 1, modulo = (1u << modulo_bits) - 1;
	if (!n->mapped)
		n->offset = n->told ? (uint16_t)(n->newest + 1 + FORWARD_VP8_LEAP - in) : 0;
	n->mapped = true;
	uint32_t out = (in + n->offset) & mask, ahead = (out - n->newest) & mask;
	/* the newer half of the circle is ahead */
	if (!n->told)
		n->newest = (uint16_t)out;
	else if (ahead <= mask / 2)
		n->newest = (uint16_t)((n->newest + ahead) & modulo);
	n->told = true;
	return (uint16_t)out;
}

/*  X R N S R PID | I L T K RSV | M PictureID (7 or 15) | TL0PICIDX | TID Y KEYIDX */
bool forward_vp8_find(const uint8_t *payload, size_t len, struct forward_vp8_place *out)
{
	*out = (struct forward_vp8_place){0};
	if (len < 2 || !(payload[0] & HAS_EXTENSION))
		return false;
	size_t at = 2, picture = payload[1] & HAS_PICTURE ? 1 : 0, layer = payload[1] & HAS_LAYER ? 1 : 0;
	if (picture && len > at && (payload[at] & LONG_PICTURE))
		picture = 2;
	if (picture + layer == 0 || len - at <= picture + layer)
		return false;
	if (picture) {
		out->picture = (uint8_t)at;
		out->picture_bytes = (uint8_t)picture;
		out->picture_id = picture == 2 ? (uint16_t)((payload[at] & 0x7F) << 8 | payload[at + 1]) : payload[at];
	}
	if (layer) {
		out->layer = (uint8_t)(at + picture);
		out->layer_index = payload[out->layer];
	}
	return true;
}

static void put_picture(uint8_t *at, uint8_t bytes, uint16_t id)
{
	at[0] = bytes == 2 ? (uint8_t)(LONG_PICTURE | id >> 8) : (uint8_t)(id & 0x7F);
	if (bytes == 2)
		at[1] = (uint8_t)id;
}

size_t forward_vp8_shift(const uint8_t *payload, size_t len, struct forward_vp8_offsets by,
                         uint8_t out[FORWARD_VP8_DESCRIPTOR])
{
	struct forward_vp8_place place;
	if (!forward_vp8_find(payload, len, &place))
		return 0;
	size_t bytes = place.layer ? place.layer + 1u : place.picture + (size_t)place.picture_bytes;
	memcpy(out, payload, bytes);
	if (place.picture)
		put_picture(out + place.picture, place.picture_bytes, (place.picture_id + by.picture) & 0x7FFF);
	if (place.layer)
		out[place.layer] = (uint8_t)(place.layer_index + by.layer);
	return bytes;
}

void forward_vp8_rewrite(struct forward_vp8 *v, uint32_t epoch, uint8_t *payload, size_t len)
{
	struct forward_vp8_place place;
	if (v->epoch != epoch)
		v->picture.mapped = v->layer.mapped = false;
	v->epoch = epoch;
	if (!forward_vp8_find(payload, len, &place))
		return;
	if (place.picture)
		put_picture(payload + place.picture, place.picture_bytes,
		            renumber(&v->picture, place.picture_id, place.picture_bytes == 2 ? 15 : 7, 15));
	if (place.layer)
		payload[place.layer] = (uint8_t)renumber(&v->layer, place.layer_index, 8, 8);
}
