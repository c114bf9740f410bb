/* RTP packets one after another into a track, as a hostile host would send them: each input is a list of (16-bit
 * length, packet). Checks what must hold whatever comes: payloads inside the packet, no number given twice to a viewer,
 * bounded lists. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "forward/rewrite.h"
#include "forward/track.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void walk_elements(const struct media_rtp *rtp)
{
	struct media_rtp_element e = {0};
	while (media_rtp_element_next(rtp, &e))
		require(e.data >= rtp->extension && e.data + e.len <= rtp->extension + rtp->extension_len);
}

/** One viewer's view: everything forwarded must have a number of its own. */
struct viewer {
	struct forward_rewrite rewrite;
	int64_t last;
	uint8_t used[(1 << 20) / 8];
};

static void forward(struct viewer *v, const struct forward_track *track, const struct forward_packet *p, int64_t now)
{
	uint16_t seq;
	uint32_t timestamp;
	if (v->rewrite.now.epoch != p->epoch && p->starts)
		forward_rewrite_begin(&v->rewrite, p->epoch, p->ext, p->timestamp, track->codec.clock, now);
	if (!forward_rewrite_map(&v->rewrite, p->epoch, p->ext, p->timestamp, now, &seq, &timestamp))
		return;
	int64_t out = v->last < 0 ? seq : v->last + (int16_t)(uint16_t)(seq - (uint16_t)v->last);
	if (out < 0 || out >= 1 << 20)
		return;
	require(!(v->used[out / 8] & 1 << out % 8));
	v->used[out / 8] |= (uint8_t)(1 << out % 8);
	v->last = out > v->last ? out : v->last;
}

static void feed(struct forward_track *track, struct viewer *viewer, const uint8_t *packet, size_t len, int64_t now)
{
	struct media_rtp rtp;
	uint16_t seqs[MEDIA_NACK_MAX];
	bool given_up;
	if (media_rtp_parse(packet, len, &rtp) != 0)
		return;
	require(rtp.payload >= packet && rtp.payload + rtp.payload_len + rtp.padding == packet + len);
	walk_elements(&rtp);
	struct forward_packet *sets = forward_track_complete(track, &rtp, rtp.pt & 1, now);
	if (sets)
		forward(viewer, track, sets, now);
	struct forward_taken taken = forward_track_take(track, &rtp, rtp.pt & 1, now);
	require(track->nack.count <= MEDIA_NACK_MAX);
	if (taken.packet) {
		require(taken.packet->len >= MEDIA_RTP_HEADER + 1);
		forward(viewer, track, taken.packet, now);
	}
	require(media_nack_due(&track->nack, now, 20000, seqs, MEDIA_NACK_MAX, &given_up) <= MEDIA_NACK_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct forward_codec codecs[] = {{.codec = MEDIA_H264, .clock = 90000},
	                                              {.codec = MEDIA_VP8, .clock = 90000}};
	struct forward_track track = {.kind = FORWARD_VIDEO};
	static struct viewer viewer;
	if (len == 0 || forward_track_begin(&track, &codecs[data[0] & 1], 1) != 0)
		return 0;
	memset(&viewer, 0, sizeof viewer);
	viewer.last = -1;
	forward_rewrite_init(&viewer.rewrite, 1000, 0);
	int64_t now = 0;
	for (size_t at = 1; len - at >= 2; now += 7000) {
		size_t size = (size_t)(data[at] << 8 | data[at + 1]);
		at += 2;
		size = size > len - at ? len - at : size;
		/* in memory of its own, so that a read past its end is seen */
		uint8_t *packet = malloc(size ? size : 1);
		if (!packet)
			break;
		memcpy(packet, data + at, size);
		feed(&track, &viewer, packet, size, now);
		free(packet);
		at += size;
	}
	forward_track_finish(&track);
	return 0;
}
