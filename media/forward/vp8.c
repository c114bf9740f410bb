#include "forward/vp8.h"

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
void forward_vp8_rewrite(struct forward_vp8 *v, uint32_t epoch, uint8_t *payload, size_t len)
{
	if (v->epoch != epoch)
		v->picture.mapped = v->layer.mapped = false;
	v->epoch = epoch;
	if (len < 2 || !(payload[0] & HAS_EXTENSION))
		return;
	size_t at = 2, picture = payload[1] & HAS_PICTURE ? 1 : 0, layer = payload[1] & HAS_LAYER ? 1 : 0;
	if (picture && len > at && (payload[at] & LONG_PICTURE))
		picture = 2;
	if (len - at <= picture + layer)
		return;
	if (picture == 2) {
		uint16_t id = renumber(&v->picture, (uint16_t)((payload[at] & 0x7F) << 8 | payload[at + 1]), 15, 15);
		payload[at] = (uint8_t)(LONG_PICTURE | id >> 8);
		payload[at + 1] = (uint8_t)id;
	} else if (picture == 1) {
		payload[at] = (uint8_t)renumber(&v->picture, payload[at], 7, 15);
	}
	at += picture;
	if (layer)
		payload[at] = (uint8_t)renumber(&v->layer, payload[at], 8, 8);
}
