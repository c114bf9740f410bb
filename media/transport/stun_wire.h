/* What parsing and building STUN share; for transport/ alone. */
#ifndef MEDIA_TRANSPORT_STUN_WIRE_H
#define MEDIA_TRANSPORT_STUN_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define STUN_COOKIE 0x2112a442u
#define STUN_HEADER_BYTES 20
#define STUN_INTEGRITY_BYTES 20

/* RFC 8489 §18.3, RFC 8445 §16.1 */
enum {
	STUN_MAPPED_ADDRESS = 0x0001,
	STUN_USERNAME = 0x0006,
	STUN_INTEGRITY = 0x0008,
	STUN_ERROR_CODE = 0x0009,
	STUN_UNKNOWN_ATTRIBUTES = 0x000a,
	STUN_REALM = 0x0014,
	STUN_NONCE = 0x0015,
	STUN_INTEGRITY_SHA256 = 0x001c,
	STUN_XOR_MAPPED_ADDRESS = 0x0020,
	STUN_PRIORITY = 0x0024,
	STUN_USE_CANDIDATE = 0x0025,
	STUN_FINGERPRINT = 0x8028,
	STUN_ICE_CONTROLLED = 0x8029,
	STUN_ICE_CONTROLLING = 0x802a,
};

uint16_t stun_get16(const uint8_t *p);
uint32_t stun_get32(const uint8_t *p);
void stun_put16(uint8_t *p, uint16_t v);
void stun_put32(uint8_t *p, uint32_t v);

/** FINGERPRINT's value over the message up to its attribute (RFC 8489 §14.7). The header's length must already include
 * it. */
uint32_t stun_fingerprint(const uint8_t *data, size_t len);
/** HMAC-SHA1 over the first offset bytes, where MESSAGE-INTEGRITY's header stands. @return 0; -EIO. */
int stun_integrity(const uint8_t *data, size_t offset, const char *password, uint8_t mac[static STUN_INTEGRITY_BYTES]);
#endif
