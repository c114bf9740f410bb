/* SRTP: the one interface, dispatched to its backs. */
#include "transport/srtp.h"

#include <errno.h>
#include <string.h>

#include "transport/srtp_back.h"

int media_srtp_create(enum media_srtp_profile profile, enum media_srtp_back back, int sending,
                      const struct media_srtp_key *key, struct media_srtp **out)
{
	*out = NULL;
	if (profile != MEDIA_SRTP_AEAD_AES_128_GCM && profile != MEDIA_SRTP_AES128_CM_SHA1_80)
		return -ENOTSUP;
	int rc;
	if (profile == MEDIA_SRTP_AEAD_AES_128_GCM && back == MEDIA_SRTP_BACK_OPENSSL)
		rc = srtp_openssl_create(key, out);
	else
		rc = srtp_libsrtp_create(profile, sending != 0, key, out);
	if (rc == 0)
		(*out)->sending = sending != 0;
	return rc;
}

void media_srtp_destroy(struct media_srtp *srtp)
{
	if (srtp)
		srtp->back->destroy(srtp);
}

int media_srtp_protect(struct media_srtp *srtp, const uint8_t *src, size_t len, uint8_t *dst, size_t dst_size)
{
	if (!srtp->sending)
		return -EIO;
	int header = srtp_rtp_header_bytes(src, len);
	if (header < 0)
		return header;
	struct media_srtp_parts whole = {.header = src,
	                                 .header_len = (size_t)header,
	                                 .payload = src + header,
	                                 .payload_len = len - (size_t)header};
	return srtp->back->protect(srtp, &whole, dst, dst_size);
}

int media_srtp_protect_parts(struct media_srtp *srtp, const struct media_srtp_parts *parts, uint8_t *dst,
                             size_t dst_size)
{
	if (!srtp->sending)
		return -EIO;
	int header = srtp_rtp_header_bytes(parts->header, parts->header_len);
	if (header < 0 || (size_t)header != parts->header_len || (parts->padding && !(parts->header[0] & 0x20)))
		return -EBADMSG;
	return srtp->back->protect(srtp, parts, dst, dst_size);
}

void media_srtp_prefetch(const struct media_srtp *srtp)
{
	if (srtp->back->prefetch)
		srtp->back->prefetch(srtp);
}

int media_srtp_unprotect(struct media_srtp *srtp, uint8_t *data, size_t len)
{
	if (srtp->sending)
		return -EIO;
	int header = srtp_rtp_header_bytes(data, len);
	return header < 0 ? header : srtp->back->unprotect(srtp, data, len);
}

int media_srtp_protect_rtcp(struct media_srtp *srtp, const uint8_t *src, size_t len, uint8_t *dst, size_t dst_size)
{
	if (!srtp->sending)
		return -EIO;
	int rc = srtp_rtcp_header_check(src, len);
	return rc < 0 ? rc : srtp->back->protect_rtcp(srtp, src, len, dst, dst_size);
}

int media_srtp_unprotect_rtcp(struct media_srtp *srtp, uint8_t *data, size_t len)
{
	if (srtp->sending)
		return -EIO;
	int rc = srtp_rtcp_header_check(data, len);
	return rc < 0 ? rc : srtp->back->unprotect_rtcp(srtp, data, len);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint32_t srtp_rtp_ssrc(const uint8_t *data)
{
	return get32(data + 8);
}

void srtp_padding_write(uint8_t *out, uint8_t count)
{
	if (count == 0)
		return;
	memset(out, 0, count);
	out[count - 1] = count;
}

uint32_t srtp_rtcp_ssrc(const uint8_t *data)
{
	return get32(data + 4);
}

int srtp_rtp_header_bytes(const uint8_t *data, size_t len)
{
	if (len < SRTP_RTP_HEADER || data[0] >> 6 != 2)
		return -EBADMSG;
	size_t header = SRTP_RTP_HEADER + 4 * (size_t)(data[0] & 15);
	if (data[0] & 0x10) { /* extension: profile, length in words, words */
		if (len < header + 4)
			return -EBADMSG;
		header += 4 + 4 * (size_t)(data[header + 2] << 8 | data[header + 3]);
	}
	return header <= len ? (int)header : -EBADMSG;
}

int srtp_rtcp_header_check(const uint8_t *data, size_t len)
{
	return len < SRTP_RTCP_HEADER || data[0] >> 6 != 2 ? -EBADMSG : 0;
}
