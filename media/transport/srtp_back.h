/* What the two backs of SRTP share; for transport/ and its tests alone. */
#ifndef MEDIA_TRANSPORT_SRTP_BACK_H
#define MEDIA_TRANSPORT_SRTP_BACK_H

#include <stdbool.h>

#include "transport/srtp.h"

#define SRTP_SSRC_MAX 16
#define SRTP_WINDOW                                                                                                    \
	1024 /**< packets that may arrive, or be sent, out of order: about a second of a fast video stream */
#define SRTP_RTP_HEADER 12
#define SRTP_RTCP_HEADER 8
#define SRTP_GCM_TAG 16
#define SRTP_GCM_SALT 12

/** One back's functions, with the contracts of srtp.h. */
struct srtp_back {
	void (*destroy)(struct media_srtp *srtp);
	/** A header that lies where dst does is there already, and the payload then lies behind it. */
	int (*protect)(struct media_srtp *srtp, const struct media_srtp_parts *parts, uint8_t *dst, size_t dst_size);
	void (*prefetch)(const struct media_srtp *srtp); /**< may be NULL */
	int (*unprotect)(struct media_srtp *srtp, uint8_t *data, size_t len);
	int (*protect_rtcp)(struct media_srtp *srtp, const uint8_t *src, size_t len, uint8_t *dst, size_t dst_size);
	int (*unprotect_rtcp)(struct media_srtp *srtp, uint8_t *data, size_t len);
};

/** First member of each back's own struct. */
struct media_srtp {
	const struct srtp_back *back;
	bool sending;
};

int srtp_openssl_create(const struct media_srtp_key *key, struct media_srtp **out);
int srtp_libsrtp_create(enum media_srtp_profile profile, bool sending, const struct media_srtp_key *key,
                        struct media_srtp **out);

/** The session's keys, behind the key derivation: where the vectors of RFC 7714 begin. */
struct srtp_gcm_keys {
	uint8_t rtp_key[16], rtcp_key[16];
	uint8_t rtp_salt[SRTP_GCM_SALT], rtcp_salt[SRTP_GCM_SALT];
};
int srtp_openssl_create_derived(const struct srtp_gcm_keys *keys, struct media_srtp **out);

/** RFC 3711 §4.3.3 with a key derivation rate of 0. label: 0 … 5. @return 0; -EIO. */
int srtp_derive(const uint8_t key[static 16], const uint8_t salt[static 14], uint8_t label, uint8_t *out, size_t len);

/** Length of an RTP packet's header with CSRCs and extension: what SRTP leaves in the clear. @return bytes; -EBADMSG.
 */
int srtp_rtp_header_bytes(const uint8_t *data, size_t len);
/** @return 0; -EBADMSG. */
int srtp_rtcp_header_check(const uint8_t *data, size_t len);
uint32_t srtp_rtp_ssrc(const uint8_t *data);
/** Zeros, and at the end how many octets there are (RFC 3550 §5.1); nothing for 0. */
void srtp_padding_write(uint8_t *out, uint8_t count);
uint32_t srtp_rtcp_ssrc(const uint8_t *data);

/** Which of the newest indices have been seen (or used); a ring of bits. Zeroed: nothing yet. */
struct srtp_window {
	bool any;
	uint64_t top; /**< newest index */
	uint64_t bits[SRTP_WINDOW / 64];
};
/** @return 0 new; -EALREADY seen, or older than the window. */
int srtp_window_check(const struct srtp_window *w, uint64_t index);
void srtp_window_mark(struct srtp_window *w, uint64_t index);
/** The 48-bit index that a sequence number most likely stands for (RFC 3711 §3.3.1, appendix A). May exceed 48 bits
 * when the key is used up. */
uint64_t srtp_window_guess(const struct srtp_window *w, uint16_t seq);
#endif
