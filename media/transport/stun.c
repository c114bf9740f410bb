/* STUN messages (RFC 8489), parsed and authenticated. What ICE does with them is in ice.c; building is in stun_build.c.
 *
 *   0                   1                   2                   3
 *   0 0|    message type (14)      |        length (16)           |
 *   |                 magic cookie 0x2112A442                     |
 *   |                 transaction id (96)                         |
 *   |  attribute type (16)         |   attribute length (16)      |  value, padded to 4 bytes; repeated
 */
#include "transport/stun.h"

#include <errno.h>
#include <string.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "transport/stun_wire.h"

uint16_t stun_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t stun_get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void stun_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void stun_put32(uint8_t *p, uint32_t v)
{
	stun_put16(p, (uint16_t)(v >> 16));
	stun_put16(p + 2, (uint16_t)v);
}

uint32_t stun_fingerprint(const uint8_t *data, size_t len)
{
	/* CRC-32 of ITU V.42, four bits a step: checks are rare, a 16-entry table is enough */
	static const uint32_t table[16] = {
	        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
	        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	uint32_t crc = 0xffffffff;
	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc ^ 0x5354554e;
}

struct attribute {
	uint16_t type;
	size_t len;
	const uint8_t *value;
};

typedef int (*attribute_reader)(const uint8_t *message, const struct attribute *a, struct media_stun *out);

static int read_username(const uint8_t *message, const struct attribute *a, struct media_stun *out)
{
	if (a->len > 513) /* RFC 8489 §14.3: fewer than 509 bytes; ICE allows two fragments of 256 and a colon */
		return -EBADMSG;
	out->username = (const char *)a->value;
	out->username_len = a->len;
	return 0;
}

static int read_integrity(const uint8_t *message, const struct attribute *a, struct media_stun *out)
{
	if (a->len != STUN_INTEGRITY_BYTES)
		return -EBADMSG;
	out->integrity = a->value;
	out->integrity_offset = (size_t)(a->value - 4 - message);
	return 0;
}

static int read_error_code(const uint8_t *message, const struct attribute *a, struct media_stun *out)
{
	if (a->len < 4 || (a->value[2] & 7) < 3 || (a->value[2] & 7) > 6 || a->value[3] > 99)
		return -EBADMSG;
	out->error_code = (uint16_t)((a->value[2] & 7) * 100 + a->value[3]);
	return 0;
}

static int read_mapped4(const struct attribute *a, struct sockaddr_in *to)
{
	if (a->len != 8)
		return -EBADMSG;
	to->sin_family = AF_INET;
	to->sin_port = htons(stun_get16(a->value + 2) ^ (STUN_COOKIE >> 16));
	to->sin_addr.s_addr = htonl(stun_get32(a->value + 4) ^ STUN_COOKIE);
	return 0;
}

static int read_mapped6(const uint8_t *message, const struct attribute *a, struct sockaddr_in6 *to)
{
	if (a->len != 20)
		return -EBADMSG;
	to->sin6_family = AF_INET6;
	to->sin6_port = htons(stun_get16(a->value + 2) ^ (STUN_COOKIE >> 16));
	/* the mask is cookie and transaction id, which stand side by side in the header */
	for (size_t i = 0; i < 16; i++)
		to->sin6_addr.s6_addr[i] = a->value[4 + i] ^ message[4 + i];
	return 0;
}

static int read_mapped(const uint8_t *message, const struct attribute *a, struct media_stun *out)
{
	if (a->len < 4 || out->mapped.ss_family != AF_UNSPEC)
		return a->len < 4 ? -EBADMSG : 0;
	if (a->value[1] == 1)
		return read_mapped4(a, (struct sockaddr_in *)&out->mapped);
	if (a->value[1] == 2)
		return read_mapped6(message, a, (struct sockaddr_in6 *)&out->mapped);
	return -EBADMSG;
}

static int read_priority(const uint8_t *message, const struct attribute *a, struct media_stun *out)
{
	if (a->len != 4)
		return -EBADMSG;
	out->has_priority = true;
	out->priority = stun_get32(a->value);
	return 0;
}

static int read_use_candidate(const uint8_t *message, const struct attribute *a, struct media_stun *out)
{
	if (a->len != 0)
		return -EBADMSG;
	out->use_candidate = true;
	return 0;
}

static int read_tie_breaker(const uint8_t *message, const struct attribute *a, struct media_stun *out)
{
	if (a->len != 8 || out->controlling || out->controlled)
		return -EBADMSG;
	out->controlling = a->type == STUN_ICE_CONTROLLING;
	out->controlled = a->type == STUN_ICE_CONTROLLED;
	out->tie_breaker = (uint64_t)stun_get32(a->value) << 32 | stun_get32(a->value + 4);
	return 0;
}

static int read_fingerprint(const uint8_t *message, const struct attribute *a, struct media_stun *out)
{
	if (a->len != 4 || stun_get32(a->value) != stun_fingerprint(message, (size_t)(a->value - 4 - message)))
		return -EBADMSG;
	out->has_fingerprint = true;
	return 0;
}

static const struct {
	uint16_t type;
	attribute_reader read; /**< NULL: known, of no use to us */
} readers[] = {
        {STUN_MAPPED_ADDRESS, NULL},
        {STUN_USERNAME, read_username},
        {STUN_INTEGRITY, read_integrity},
        {STUN_ERROR_CODE, read_error_code},
        {STUN_UNKNOWN_ATTRIBUTES, NULL},
        {STUN_REALM, NULL},
        {STUN_NONCE, NULL},
        {STUN_INTEGRITY_SHA256, NULL},
        {STUN_XOR_MAPPED_ADDRESS, read_mapped},
        {STUN_PRIORITY, read_priority},
        {STUN_USE_CANDIDATE, read_use_candidate},
        {STUN_FINGERPRINT, read_fingerprint},
        {STUN_ICE_CONTROLLED, read_tie_breaker},
        {STUN_ICE_CONTROLLING, read_tie_breaker},
};

static int read_attribute(const uint8_t *message, const struct attribute *a, struct media_stun *out)
{
	/* What stands behind MESSAGE-INTEGRITY is not authenticated: only FINGERPRINT counts there (RFC 8489 §14.5) */
	if (out->integrity && a->type != STUN_FINGERPRINT)
		return 0;
	/* only the first USERNAME counts (§14: repeated attributes are ignored) */
	if (a->type == STUN_USERNAME && out->username)
		return 0;
	for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++)
		if (readers[i].type == a->type)
			return readers[i].read ? readers[i].read(message, a, out) : 0;
	if (a->type < 0x8000 && !out->unknown_required)
		out->unknown_required = a->type;
	return 0;
}

int media_stun_parse(const uint8_t *data, size_t len, struct media_stun *out)
{
	memset(out, 0, sizeof *out);
	if (len < STUN_HEADER_BYTES || len > MEDIA_STUN_MAX || len % 4 != 0 || (data[0] & 0xc0) != 0 ||
	    stun_get32(data + 4) != STUN_COOKIE || stun_get16(data + 2) != len - STUN_HEADER_BYTES)
		return -EBADMSG;
	out->type = stun_get16(data);
	out->txid = data + 8;
	for (size_t at = STUN_HEADER_BYTES; at < len;) {
		/* len and at are multiples of 4, so a whole attribute header is there */
		struct attribute a = {stun_get16(data + at), stun_get16(data + at + 2), data + at + 4};
		size_t padded = (a.len + 3) & ~(size_t)3;
		if (out->has_fingerprint || padded > len - at - 4) /* FINGERPRINT is the last (§14.7) */
			return -EBADMSG;
		int rc = read_attribute(data, &a, out);
		if (rc)
			return rc;
		at += 4 + padded;
	}
	return 0;
}

int stun_integrity(const uint8_t *data, size_t offset, const char *password, uint8_t mac[static STUN_INTEGRITY_BYTES])
{
	/* The HMAC sees the message as if MESSAGE-INTEGRITY were its last attribute (§14.5) */
	uint8_t copy[MEDIA_STUN_MAX];
	memcpy(copy, data, offset);
	stun_put16(copy + 2, (uint16_t)(offset + 4 + STUN_INTEGRITY_BYTES - STUN_HEADER_BYTES));
	unsigned int mac_len = 0;
	return HMAC(EVP_sha1(), password, (int)strlen(password), copy, offset, mac, &mac_len) ? 0 : -EIO;
}

int media_stun_check_integrity(const uint8_t *data, size_t len, const struct media_stun *m, const char *password)
{
	uint8_t mac[STUN_INTEGRITY_BYTES];
	if (!m->integrity)
		return -ENOENT;
	if (m->integrity_offset + 4 + STUN_INTEGRITY_BYTES > len ||
	    stun_integrity(data, m->integrity_offset, password, mac) != 0)
		return -EACCES;
	return CRYPTO_memcmp(mac, m->integrity, sizeof mac) == 0 ? 0 : -EACCES;
}
