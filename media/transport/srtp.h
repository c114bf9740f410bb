/* SRTP and SRTCP (RFC 3711, RFC 7714): one interface, two backs: OpenSSL's AEAD directly, libsrtp for the rest. */
#ifndef MEDIA_TRANSPORT_SRTP_H
#define MEDIA_TRANSPORT_SRTP_H

#include <stddef.h>
#include <stdint.h>

enum media_srtp_profile { MEDIA_SRTP_AEAD_AES_128_GCM, MEDIA_SRTP_AES128_CM_SHA1_80 };
enum media_srtp_back { MEDIA_SRTP_BACK_OPENSSL, MEDIA_SRTP_BACK_LIBSRTP };

#define MEDIA_SRTP_TAG 16      /**< what it adds to RTP, at most [bytes] */
#define MEDIA_SRTP_OVERHEAD 24 /**< most that protect adds: 16 tag + 4 index, rounded up [bytes] */

struct media_srtp_key {
	uint8_t key[16];
	uint8_t salt[14]; /**< 12 used by GCM */
};

struct media_srtp; /**< one direction's keys and, per SSRC, roll-over counter and replay window (at most 16 SSRCs) */

/** sending: true protects, false unprotects. AES-CM always uses libsrtp. @return 0; -ENOTSUP; -ENOMEM; -EIO. */
__attribute__((warn_unused_result)) int media_srtp_create(enum media_srtp_profile profile, enum media_srtp_back back,
                                                          int sending, const struct media_srtp_key *key,
                                                          struct media_srtp **out);
void media_srtp_destroy(struct media_srtp *srtp); /**< accepts NULL; keys wiped */

/** Encrypt src (a whole RTP packet) into dst in one pass; dst may equal src. The packet index follows the sequence
 * number's roll-over.
 *  @return length written; -EMSGSIZE; -EBADMSG malformed; -EALREADY this index was used with this SSRC (nonce reuse
 * refused), or is older than the 1,024 newest; -ENOSPC too many SSRCs; -ENOMEM; -EIO. Thread: owning worker. */
__attribute__((warn_unused_result)) int media_srtp_protect(struct media_srtp *srtp, const uint8_t *src, size_t len,
                                                           uint8_t *dst, size_t dst_size);
/** An RTP packet as the pieces that it is put together from on its way into the transmit buffer: what is its receiver's
 * own beside what all receivers share. */
struct media_srtp_parts {
	const uint8_t *header; /**< 12 bytes, CSRCs, extension: stays in the clear */
	size_t header_len;
	const uint8_t *prefix; /**< how the payload begins for this receiver; may be NULL */
	size_t prefix_len;
	const uint8_t *payload; /**< the rest of it */
	size_t payload_len;
	uint8_t padding; /**< octets written behind it (RFC 3550 §5.1); the header has its P bit set; 0: none */
};
/** How long the plain packet is. */
static inline size_t media_srtp_parts_len(const struct media_srtp_parts *p)
{
	return p->header_len + p->prefix_len + p->payload_len + p->padding;
}
/** As media_srtp_protect, of a packet in pieces, none of which may overlap dst. AEAD encrypts each from where it lies;
 * AES-CM puts them together first. */
__attribute__((warn_unused_result)) int
media_srtp_protect_parts(struct media_srtp *srtp, const struct media_srtp_parts *parts, uint8_t *dst, size_t dst_size);
#define MEDIA_SRTP_LINES 4 /**< of a core's cache, that it begins with */
/** It is about to protect: have what it points at in the core's cache; best when it is there itself. */
void media_srtp_prefetch(const struct media_srtp *srtp);
/** Authenticate and decrypt in place. State (window, roll-over, SSRC table) moves only when authentic;
 *  what fails must be dropped, its bytes are no longer what came.
 *  @return plain length; -EBADMSG malformed; -EACCES wrong tag; -EALREADY replayed or too old; -ENOSPC too many SSRCs.
 */
__attribute__((warn_unused_result)) int media_srtp_unprotect(struct media_srtp *srtp, uint8_t *data, size_t len);
__attribute__((warn_unused_result)) int media_srtp_protect_rtcp(struct media_srtp *srtp, const uint8_t *src, size_t len,
                                                                uint8_t *dst, size_t dst_size);
__attribute__((warn_unused_result)) int media_srtp_unprotect_rtcp(struct media_srtp *srtp, uint8_t *data, size_t len);
#endif
