/* STUN (RFC 8489) as ICE uses it (RFC 8445): pure parser and builder. */
#ifndef MEDIA_TRANSPORT_STUN_H
#define MEDIA_TRANSPORT_STUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define MEDIA_STUN_TXID_BYTES 12
#define MEDIA_STUN_MAX 1280

enum {
	MEDIA_STUN_BINDING_REQUEST = 0x0001,
	MEDIA_STUN_BINDING_INDICATION = 0x0011,
	MEDIA_STUN_BINDING_SUCCESS = 0x0101,
	MEDIA_STUN_BINDING_ERROR = 0x0111
};

/** A parsed message; pointers borrow from the datagram. */
struct media_stun {
	uint16_t type;
	const uint8_t *txid;
	const char *username; /**< not NUL-terminated; NULL if absent */
	size_t username_len;
	bool use_candidate, has_fingerprint, has_priority, controlling, controlled;
	uint32_t priority;
	uint64_t tie_breaker;
	uint16_t error_code;            /**< of an error response, else 0 */
	uint16_t unknown_required;      /**< first comprehension-required attribute that is unknown, 0: none */
	const uint8_t *integrity;       /**< the 20-byte HMAC-SHA1 value; NULL if absent */
	size_t integrity_offset;        /**< of its attribute header from the start of the message */
	struct sockaddr_storage mapped; /**< XOR-MAPPED-ADDRESS; ss_family 0 if absent */
};

/** @return 0; -EBADMSG malformed, or FINGERPRINT present and wrong. No state, no allocation. */
__attribute__((warn_unused_result)) int media_stun_parse(const uint8_t *data, size_t len, struct media_stun *out);
/** Constant-time check of MESSAGE-INTEGRITY with the short-term password. @return 0; -ENOENT none; -EACCES wrong. */
__attribute__((warn_unused_result)) int media_stun_check_integrity(const uint8_t *data, size_t len,
                                                                   const struct media_stun *m, const char *password);

struct media_stun_build {
	uint16_t type;
	const uint8_t *txid;           /**< 12 bytes */
	const char *username;          /**< or NULL */
	const struct sockaddr *mapped; /**< or NULL */
	bool use_candidate, controlling, controlled;
	uint32_t priority; /**< 0: none */
	uint64_t tie_breaker;
	uint16_t error_code;        /**< 0: none */
	uint16_t unknown_attribute; /**< named in UNKNOWN-ATTRIBUTES of a 420; 0: none */
	const char *password;       /**< MESSAGE-INTEGRITY with it; NULL: none. FINGERPRINT always */
};
/** @return length; -EMSGSIZE. */
__attribute__((warn_unused_result)) int media_stun_build(const struct media_stun_build *b, uint8_t *out, size_t size);
#endif
