/* STUN messages, built: checks, their answers, error responses (RFC 8489 §5, §14). */
#include "transport/stun.h"

#include <errno.h>
#include <string.h>
#include <netinet/in.h>

#include "transport/stun_wire.h"

struct writer {
	uint8_t *out;
	size_t len, size;
	bool full;
};

/** Room for an attribute's value, its header written and its padding zero; NULL when full. */
static uint8_t *attribute(struct writer *w, uint16_t type, size_t len)
{
	size_t padded = (len + 3) & ~(size_t)3;
	if (w->full || w->size - w->len < 4 + padded) {
		w->full = true;
		return NULL;
	}
	uint8_t *at = w->out + w->len;
	memset(at, 0, 4 + padded);
	stun_put16(at, type);
	stun_put16(at + 2, (uint16_t)len);
	w->len += 4 + padded;
	stun_put16(w->out + 2, (uint16_t)(w->len - STUN_HEADER_BYTES));
	return at + 4;
}

static void write_bytes(struct writer *w, uint16_t type, const void *data, size_t len)
{
	uint8_t *at = attribute(w, type, len);
	if (at && len)
		memcpy(at, data, len);
}

static void write_u32(struct writer *w, uint16_t type, uint32_t v)
{
	uint8_t *at = attribute(w, type, 4);
	if (at)
		stun_put32(at, v);
}

static void write_u64(struct writer *w, uint16_t type, uint64_t v)
{
	uint8_t *at = attribute(w, type, 8);
	if (!at)
		return;
	stun_put32(at, (uint32_t)(v >> 32));
	stun_put32(at + 4, (uint32_t)v);
}

static void write_mapped4(struct writer *w, const struct sockaddr_in *from)
{
	uint8_t *at = attribute(w, STUN_XOR_MAPPED_ADDRESS, 8);
	if (!at)
		return;
	at[1] = 1;
	stun_put16(at + 2, ntohs(from->sin_port) ^ (STUN_COOKIE >> 16));
	stun_put32(at + 4, ntohl(from->sin_addr.s_addr) ^ STUN_COOKIE);
}

static void write_mapped6(struct writer *w, const struct sockaddr_in6 *from)
{
	uint8_t *at = attribute(w, STUN_XOR_MAPPED_ADDRESS, 20);
	if (!at)
		return;
	at[1] = 2;
	stun_put16(at + 2, ntohs(from->sin6_port) ^ (STUN_COOKIE >> 16));
	for (size_t i = 0; i < 16; i++)
		at[4 + i] = from->sin6_addr.s6_addr[i] ^ w->out[4 + i];
}

static void write_mapped(struct writer *w, const struct sockaddr *from)
{
	if (from->sa_family == AF_INET)
		write_mapped4(w, (const struct sockaddr_in *)from);
	else if (from->sa_family == AF_INET6)
		write_mapped6(w, (const struct sockaddr_in6 *)from);
}

static void write_error(struct writer *w, uint16_t code)
{
	static const struct {
		uint16_t code;
		const char *reason;
	} reasons[] = {
	        {400, "Bad Request"},
	        {401, "Unauthenticated"},
	        {420, "Unknown Attribute"},
	        {487, "Role Conflict"},
	};
	const char *reason = "Error";
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].code == code)
			reason = reasons[i].reason;
	size_t len = strlen(reason);
	uint8_t *at = attribute(w, STUN_ERROR_CODE, 4 + len);
	if (!at)
		return;
	at[2] = (uint8_t)(code / 100);
	at[3] = (uint8_t)(code % 100);
	memcpy(at + 4, reason, len);
}

static void write_unknown(struct writer *w, uint16_t type)
{
	uint8_t *at = attribute(w, STUN_UNKNOWN_ATTRIBUTES, 2);
	if (at)
		stun_put16(at, type);
}

static void write_integrity(struct writer *w, const char *password)
{
	size_t offset = w->len;
	uint8_t *at = attribute(w, STUN_INTEGRITY, STUN_INTEGRITY_BYTES);
	if (at && stun_integrity(w->out, offset, password, at) != 0)
		w->full = true;
}

static void write_fingerprint(struct writer *w)
{
	size_t offset = w->len;
	uint8_t *at = attribute(w, STUN_FINGERPRINT, 4);
	if (at) /* the length in the header counts this attribute already, as the CRC wants it */
		stun_put32(at, stun_fingerprint(w->out, offset));
}

int media_stun_build(const struct media_stun_build *b, uint8_t *out, size_t size)
{
	if (size < STUN_HEADER_BYTES)
		return -EMSGSIZE;
	struct writer w = {.out = out, .len = STUN_HEADER_BYTES, .size = size < MEDIA_STUN_MAX ? size : MEDIA_STUN_MAX};
	stun_put16(out, b->type);
	stun_put16(out + 2, 0);
	stun_put32(out + 4, STUN_COOKIE);
	memcpy(out + 8, b->txid, MEDIA_STUN_TXID_BYTES);
	if (b->error_code)
		write_error(&w, b->error_code);
	if (b->unknown_attribute)
		write_unknown(&w, b->unknown_attribute);
	if (b->username)
		write_bytes(&w, STUN_USERNAME, b->username, strlen(b->username));
	if (b->priority)
		write_u32(&w, STUN_PRIORITY, b->priority);
	if (b->controlling)
		write_u64(&w, STUN_ICE_CONTROLLING, b->tie_breaker);
	if (b->controlled)
		write_u64(&w, STUN_ICE_CONTROLLED, b->tie_breaker);
	if (b->use_candidate)
		write_bytes(&w, STUN_USE_CANDIDATE, NULL, 0);
	if (b->mapped)
		write_mapped(&w, b->mapped);
	if (b->password)
		write_integrity(&w, b->password);
	write_fingerprint(&w);
	return w.full ? -EMSGSIZE : (int)w.len;
}
