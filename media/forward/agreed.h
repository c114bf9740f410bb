/* What a session agreed to, kept as small as there are many sessions. */
#ifndef MEDIA_FORWARD_AGREED_H
#define MEDIA_FORWARD_AGREED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media.h"
#include "sdp/sdp.h"

enum forward_kind { FORWARD_AUDIO, FORWARD_VIDEO, FORWARD_KINDS };

/* A stream's tracks: the sound, then the picture in up to three sizes (simulcast). */
#define FORWARD_LAYERS MEDIA_LAYERS
#define FORWARD_TRACKS (1 + FORWARD_LAYERS)

static inline enum forward_kind forward_kind_of(size_t track)
{
	return track == 0 ? FORWARD_AUDIO : FORWARD_VIDEO;
}

#define FORWARD_CODECS 4

struct forward_codec {
	enum media_codec codec;
	uint8_t pt;
	int16_t rtx_pt; /**< -1: none */
	uint32_t clock; /**< [Hz] */
	bool nack, pli, fir, remb;
};

struct forward_agreed {
	bool accepted;
	uint8_t codec_count;
	uint8_t ext_mid, ext_twcc; /**< 0: not agreed */
	uint8_t ext_rid, ext_rrid; /**< publisher with layers */
	uint8_t layer_count;       /**< publisher: simulcast; 0: none */
	uint32_t ssrc, rtx_ssrc;   /**< viewer: ours; publisher: theirs, 0 if not told */
	char mid[32];
	char layers[FORWARD_LAYERS][17]; /**< their rids */
	struct forward_codec codecs[FORWARD_CODECS];
};

void forward_agreed_from_sdp(const struct media_sdp_track *track, struct forward_agreed *out);
/** @return NULL if it is not among them. */
const struct forward_codec *forward_agreed_codec(const struct forward_agreed *agreed, enum media_codec codec);
/** First choice. */
enum media_codec forward_agreed_first(const struct forward_agreed *agreed);
#endif
