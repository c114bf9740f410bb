/* DTLS 1.2 server (and, for simulated peers, client) with use_srtp (RFC 5764) on OpenSSL memory BIOs. */
#ifndef MEDIA_TRANSPORT_DTLS_H
#define MEDIA_TRANSPORT_DTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/srtp.h"

struct media_dtls_context; /**< certificate and options; shared by sessions of one thread or constant after creation */
struct media_dtls;         /**< one association */

#define MEDIA_FINGERPRINT_TEXT 96 /**< "AB:CD:…" of SHA-256, with NUL */

/** Make an ECDSA P-256 certificate. profiles: our preference, AEAD_AES_128_GCM first. @return 0; -EIO OpenSSL. */
__attribute__((warn_unused_result)) int media_dtls_context_create(struct media_dtls_context **out);
/** For tests and load: offer only this profile. */
__attribute__((warn_unused_result)) int media_dtls_context_create_only(enum media_srtp_profile profile,
                                                                       struct media_dtls_context **out);
void media_dtls_context_destroy(struct media_dtls_context *context);
const char *
media_dtls_fingerprint(const struct media_dtls_context *context); /**< upper-case hex with colons, SHA-256 */

struct media_dtls_hooks {
	/** Send one datagram (at most 1,200 bytes, whole records). */
	void (*send)(const uint8_t *data, size_t len, void *ctx);
	void *ctx;
};

/** @param peer_fingerprint from the SDP: "sha-256 AB:CD:…" (sha-1, sha-256, sha-384, sha-512; case-insensitive).
 *  @param server true: passive. @return 0; -EINVAL fingerprint; -EIO. */
__attribute__((warn_unused_result)) int media_dtls_create(struct media_dtls_context *context, bool server,
                                                          const char *peer_fingerprint,
                                                          const struct media_dtls_hooks *hooks,
                                                          struct media_dtls **out);
void media_dtls_destroy(struct media_dtls *dtls); /**< accepts NULL; keys wiped */

enum media_dtls_state { MEDIA_DTLS_HANDSHAKING, MEDIA_DTLS_READY, MEDIA_DTLS_CLOSED, MEDIA_DTLS_FAILED };

/** Feed one datagram; replies leave through hooks. A client starts with (NULL, 0). The certificate is required and
 * checked against the fingerprint before READY. @return the state after it. */
enum media_dtls_state media_dtls_input(struct media_dtls *dtls, const uint8_t *data, size_t len, int64_t now_us);
/** @return µs until media_dtls_timeout wants to be called; -1: never. First retransmission after 50 ms, doubling to 3.2
 * s; failed after 12. now_us only says when to call: what OpenSSL 3.0 retransmits is decided by its own reading of the
 * wall clock, so a call that comes too early for that clock changes nothing and the timer asks again. */
int64_t media_dtls_timer_us(const struct media_dtls *dtls, int64_t now_us);
enum media_dtls_state media_dtls_timeout(struct media_dtls *dtls, int64_t now_us);
enum media_dtls_state media_dtls_state(const struct media_dtls *dtls);
const char *media_dtls_failure(const struct media_dtls *dtls); /**< static text: "no certificate", "wrong fingerprint",
                                                                  "no common SRTP profile", … */

/** After READY: the keys for what we send and what we receive (RFC 5764 §4.2). */
__attribute__((warn_unused_result)) int media_dtls_keys(struct media_dtls *dtls, enum media_srtp_profile *profile,
                                                        struct media_srtp_key *send, struct media_srtp_key *receive);
void media_dtls_close(struct media_dtls *dtls); /**< close_notify */

/** The peer has shown that it has the keys (its first authenticated SRTP or SRTCP): its last flight will not be
 * repeated. Frees OpenSSL's state, most of an association's memory. Afterwards the state stays READY, input is ignored
 * (close_notify too), keys and close do nothing more. Take the keys first. */
void media_dtls_settle(struct media_dtls *dtls);
#endif
