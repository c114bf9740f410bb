#include <string.h>

#include "rtp/rtcp.h"
#include "rtp/rtp.h"

enum { BLOCK = 24, MAX_BLOCKS = 31 };

uint8_t *media_rtcp_write_raw(struct media_rtcp_writer *w, uint8_t type, uint8_t count, size_t len)
{
	size_t rounded = (len + 3) & ~(size_t)3;
	if (w->failed || rounded > 4u * UINT16_MAX || w->size - w->len < 4 || w->size - w->len - 4 < rounded) {
		w->failed = true;
		return NULL;
	}
	uint8_t *p = w->data + w->len;
	p[0] = (uint8_t)(0x80 | (count & 0x1F));
	p[1] = type;
	media_put16(p + 2, (uint16_t)(rounded / 4));
	memset(p + 4, 0, rounded);
	w->len += 4 + rounded;
	return p + 4;
}

static void put_blocks(uint8_t *p, const struct media_rtcp_block *blocks, size_t count)
{
	for (size_t i = 0; i < count; i++, p += BLOCK) {
		media_put32(p, blocks[i].ssrc);
		p[4] = blocks[i].fraction_lost;
		media_put24(p + 5, (uint32_t)blocks[i].lost & 0xFFFFFF);
		media_put32(p + 8, blocks[i].highest);
		media_put32(p + 12, blocks[i].jitter);
		media_put32(p + 16, blocks[i].lsr);
		media_put32(p + 20, blocks[i].dlsr);
	}
}

void media_rtcp_write_sr(struct media_rtcp_writer *w, const struct media_rtcp_sr *sr,
                         const struct media_rtcp_block *blocks, size_t count)
{
	count = count > MAX_BLOCKS ? MAX_BLOCKS : count;
	uint8_t *p = media_rtcp_write_raw(w, MEDIA_RTCP_SR, (uint8_t)count, 24 + count * BLOCK);
	if (!p)
		return;
	media_put32(p, sr->ssrc);
	media_put32(p + 4, (uint32_t)(sr->ntp >> 32));
	media_put32(p + 8, (uint32_t)sr->ntp);
	media_put32(p + 12, sr->rtp_time);
	media_put32(p + 16, sr->packets);
	media_put32(p + 20, sr->octets);
	put_blocks(p + 24, blocks, count);
}

void media_rtcp_write_rr(struct media_rtcp_writer *w, uint32_t ssrc, const struct media_rtcp_block *blocks,
                         size_t count)
{
	count = count > MAX_BLOCKS ? MAX_BLOCKS : count;
	uint8_t *p = media_rtcp_write_raw(w, MEDIA_RTCP_RR, (uint8_t)count, 4 + count * BLOCK);
	if (!p)
		return;
	media_put32(p, ssrc);
	put_blocks(p + 4, blocks, count);
}

void media_rtcp_write_cname(struct media_rtcp_writer *w, uint32_t ssrc, const char *cname)
{
	size_t len = strnlen(cname, 255);
	/* the chunk ends with at least one zero byte, then fills its word */
	uint8_t *p = media_rtcp_write_raw(w, MEDIA_RTCP_SDES, 1, 4 + 2 + len + 1);
	if (!p)
		return;
	media_put32(p, ssrc);
	p[4] = 1;
	p[5] = (uint8_t)len;
	memcpy(p + 6, cname, len);
}

void media_rtcp_write_bye(struct media_rtcp_writer *w, const uint32_t *ssrcs, size_t count)
{
	count = count > MAX_BLOCKS ? MAX_BLOCKS : count;
	uint8_t *p = media_rtcp_write_raw(w, MEDIA_RTCP_BYE, (uint8_t)count, 4 * count);
	for (size_t i = 0; p && i < count; i++)
		media_put32(p + 4 * i, ssrcs[i]);
}

static uint8_t *write_feedback(struct media_rtcp_writer *w, uint8_t type, uint8_t format, uint32_t sender,
                               uint32_t media, size_t fci)
{
	uint8_t *p = media_rtcp_write_raw(w, type, format, 8 + fci);
	if (!p)
		return NULL;
	media_put32(p, sender);
	media_put32(p + 4, media);
	return p + 8;
}

/** Take as many of seqs as one PID + BLP pair holds. */
static size_t pack_nack(const uint16_t *seqs, size_t count, uint16_t *mask)
{
	size_t used = 1;
	*mask = 0;
	while (used < count) {
		uint16_t distance = (uint16_t)(seqs[used] - seqs[0]);
		if (distance == 0 || distance > 16)
			break;
		*mask |= (uint16_t)(1u << (distance - 1));
		used++;
	}
	return used;
}

void media_rtcp_write_nack(struct media_rtcp_writer *w, uint32_t sender, uint32_t media, const uint16_t *seqs,
                           size_t count)
{
	size_t pairs = 0;
	uint16_t mask;
	for (size_t i = 0; i < count; pairs++)
		i += pack_nack(seqs + i, count - i, &mask);
	uint8_t *p = write_feedback(w, MEDIA_RTCP_RTPFB, MEDIA_RTPFB_NACK, sender, media, 4 * pairs);
	for (size_t i = 0; p && i < count; p += 4) {
		media_put16(p, seqs[i]);
		i += pack_nack(seqs + i, count - i, &mask);
		media_put16(p + 2, mask);
	}
}

void media_rtcp_write_pli(struct media_rtcp_writer *w, uint32_t sender, uint32_t media)
{
	write_feedback(w, MEDIA_RTCP_PSFB, MEDIA_PSFB_PLI, sender, media, 0);
}

void media_rtcp_write_fir(struct media_rtcp_writer *w, uint32_t sender, uint32_t media, uint8_t number)
{
	/* the media source of a FIR's header is unused and zero (RFC 5104 §4.3.1.2) */
	uint8_t *p = write_feedback(w, MEDIA_RTCP_PSFB, MEDIA_PSFB_FIR, sender, 0, 8);
	if (!p)
		return;
	media_put32(p, media);
	p[4] = number;
}

void media_rtcp_write_remb(struct media_rtcp_writer *w, uint32_t sender, uint64_t bps, const uint32_t *ssrcs,
                           size_t count)
{
	count = count > 255 ? 255 : count;
	uint8_t *p = write_feedback(w, MEDIA_RTCP_PSFB, MEDIA_PSFB_AFB, sender, 0, 8 + 4 * count);
	if (!p)
		return;
	unsigned exponent = 0;
	while (bps > 0x3FFFF) {
		bps >>= 1;
		exponent++;
	}
	memcpy(p, "REMB", 4);
	p[4] = (uint8_t)count;
	media_put24(p + 5, (uint32_t)(exponent << 18 | (uint32_t)bps));
	for (size_t i = 0; i < count; i++)
		media_put32(p + 8 + 4 * i, ssrcs[i]);
}
