#include <errno.h>
#include <string.h>

#include "rtp/rtcp.h"
#include "rtp/rtp.h"

enum { BLOCK = 24, SR_INFO = 24, RR_INFO = 4, FEEDBACK = 8, FIR_ENTRY = 8, CNAME_ITEM = 1 };

int media_rtcp_next(const uint8_t **data, size_t *len, struct media_rtcp *out)
{
	const uint8_t *p = *data;
	if (*len == 0)
		return 0;
	if (*len < 4 || p[0] >> 6 != 2 || p[1] < 192 || p[1] > 223)
		return -EBADMSG;
	size_t size = 4 + 4u * media_get16(p + 2), padding = 0;
	if (size > *len)
		return -EBADMSG;
	if (p[0] & 0x20) {
		padding = p[size - 1];
		/* RFC 3550 §6.4.1 pads the last packet alone and by whole words; browsers pad each transport-wide
		 * feedback by as many octets as it lacks */
		if (padding == 0 || padding > size - 4)
			return -EBADMSG;
	}
	*out = (struct media_rtcp){.type = p[1], .count = p[0] & 0x1F, .body = p + 4, .len = size - 4 - padding};
	*data += size;
	*len -= size;
	return 1;
}

int media_rtcp_check(const uint8_t *data, size_t len)
{
	struct media_rtcp packet;
	int status, count = 0;
	while ((status = media_rtcp_next(&data, &len, &packet)) == 1)
		count++;
	return status < 0 || count == 0 ? -EBADMSG : 0;
}

int media_rtcp_read_sr(const struct media_rtcp *p, struct media_rtcp_sr *out)
{
	if (p->type != MEDIA_RTCP_SR || p->len < SR_INFO)
		return -EBADMSG;
	*out = (struct media_rtcp_sr){
	        .ssrc = media_get32(p->body),
	        .ntp = (uint64_t)media_get32(p->body + 4) << 32 | media_get32(p->body + 8),
	        .rtp_time = media_get32(p->body + 12),
	        .packets = media_get32(p->body + 16),
	        .octets = media_get32(p->body + 20),
	};
	return 0;
}

int media_rtcp_read_block(const struct media_rtcp *p, size_t index, struct media_rtcp_block *out)
{
	if (p->type != MEDIA_RTCP_SR && p->type != MEDIA_RTCP_RR)
		return -EBADMSG;
	if (index >= p->count)
		return -ENOENT;
	size_t offset = (p->type == MEDIA_RTCP_SR ? SR_INFO : RR_INFO) + index * BLOCK;
	if (offset + BLOCK > p->len)
		return -EBADMSG;
	const uint8_t *b = p->body + offset;
	int32_t lost = (int32_t)media_get24(b + 5);
	*out = (struct media_rtcp_block){
	        .ssrc = media_get32(b),
	        .fraction_lost = b[4],
	        .lost = lost & 0x800000 ? lost - 0x1000000 : lost,
	        .highest = media_get32(b + 8),
	        .jitter = media_get32(b + 12),
	        .lsr = media_get32(b + 16),
	        .dlsr = media_get32(b + 20),
	};
	return 0;
}

int media_rtcp_read_feedback(const struct media_rtcp *p, uint32_t *sender, uint32_t *media)
{
	if ((p->type != MEDIA_RTCP_RTPFB && p->type != MEDIA_RTCP_PSFB) || p->len < FEEDBACK)
		return -EBADMSG;
	*sender = media_get32(p->body);
	*media = media_get32(p->body + 4);
	return 0;
}

int media_rtcp_read_nack(const struct media_rtcp *p, uint16_t *seqs, size_t max)
{
	if (p->type != MEDIA_RTCP_RTPFB || p->count != MEDIA_RTPFB_NACK || p->len < FEEDBACK + 4)
		return -EBADMSG;
	size_t count = 0;
	for (size_t offset = FEEDBACK; offset + 4 <= p->len; offset += 4) {
		uint16_t pid = media_get16(p->body + offset);
		uint32_t mask = (uint32_t)media_get16(p->body + offset + 2) << 1 | 1;
		for (unsigned bit = 0; bit <= 16 && count < max; bit++)
			if (mask >> bit & 1)
				seqs[count++] = (uint16_t)(pid + bit);
	}
	return (int)count;
}

bool media_rtcp_fir_names(const struct media_rtcp *p, uint32_t ssrc)
{
	if (p->type != MEDIA_RTCP_PSFB || p->count != MEDIA_PSFB_FIR)
		return false;
	for (size_t offset = FEEDBACK; offset + FIR_ENTRY <= p->len; offset += FIR_ENTRY)
		if (media_get32(p->body + offset) == ssrc)
			return true;
	return false;
}

int media_rtcp_read_remb(const struct media_rtcp *p, uint64_t *bps)
{
	if (p->type != MEDIA_RTCP_PSFB || p->count != MEDIA_PSFB_AFB || p->len < FEEDBACK + 8 ||
	    memcmp(p->body + FEEDBACK, "REMB", 4) != 0)
		return -EBADMSG;
	uint32_t word = media_get24(p->body + FEEDBACK + 5);
	unsigned exponent = word >> 18;
	uint64_t mantissa = word & 0x3FFFF;
	*bps = exponent > 45 && mantissa ? UINT64_MAX : mantissa << (exponent > 45 ? 0 : exponent);
	return 0;
}

int media_rtcp_read_bye(const struct media_rtcp *p, size_t index, uint32_t *ssrc)
{
	if (p->type != MEDIA_RTCP_BYE || 4u * p->count > p->len)
		return -EBADMSG;
	if (index >= p->count)
		return -ENOENT;
	*ssrc = media_get32(p->body + 4 * index);
	return 0;
}

int media_rtcp_read_cname(const struct media_rtcp *p, uint32_t *ssrc, const char **cname, size_t *len)
{
	if (p->type != MEDIA_RTCP_SDES)
		return -EBADMSG;
	if (p->count == 0)
		return -ENOENT;
	if (p->len < 4)
		return -EBADMSG;
	*ssrc = media_get32(p->body);
	for (size_t offset = 4; offset < p->len && p->body[offset] != 0;) {
		if (p->len - offset < 2 || p->body[offset + 1] > p->len - offset - 2)
			return -EBADMSG;
		if (p->body[offset] == CNAME_ITEM) {
			*cname = (const char *)p->body + offset + 2;
			*len = p->body[offset + 1];
			return 0;
		}
		offset += 2u + p->body[offset + 1];
	}
	return -ENOENT;
}
