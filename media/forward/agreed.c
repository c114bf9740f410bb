#include "forward/agreed.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void forward_agreed_from_sdp(const struct media_sdp_track *track, struct forward_agreed *out)
{
	*out = (struct forward_agreed){
	        .accepted = track->accepted,
	        .ext_mid = track->extensions[MEDIA_EXT_MID],
	        .ext_twcc = track->extensions[MEDIA_EXT_TWCC],
	        .ext_rid = track->extensions[MEDIA_EXT_RID],
	        .ext_rrid = track->extensions[MEDIA_EXT_RRID],
	        .layer_count = (uint8_t)track->layer_count,
	        .ssrc = track->ssrc,
	        .rtx_ssrc = track->rtx_ssrc,
	};
	snprintf(out->mid, sizeof out->mid, "%s", track->mid);
	static_assert(sizeof out->layers == sizeof track->layers, "as many layers as can be agreed");
	memcpy(out->layers, track->layers, sizeof out->layers);
	for (size_t i = 0; track->accepted && i < track->codec_count && i < FORWARD_CODECS; i++) {
		const struct media_sdp_codec *c = &track->codecs[i];
		out->codecs[out->codec_count++] = (struct forward_codec){
		        .codec = c->codec,
		        .pt = c->pt,
		        .rtx_pt = (int16_t)c->rtx_pt,
		        .clock = c->clock,
		        .nack = c->nack,
		        .pli = c->pli,
		        .fir = c->fir,
		        .remb = c->remb,
		};
	}
}

const struct forward_codec *forward_agreed_codec(const struct forward_agreed *agreed, enum media_codec codec)
{
	for (size_t i = 0; i < agreed->codec_count; i++)
		if (agreed->codecs[i].codec == codec)
			return &agreed->codecs[i];
	return NULL;
}

enum media_codec forward_agreed_first(const struct forward_agreed *agreed)
{
	return agreed->codec_count ? agreed->codecs[0].codec : MEDIA_NO_CODEC;
}
