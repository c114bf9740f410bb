/* What the DTLS files share; for transport/ alone. */
#ifndef MEDIA_TRANSPORT_DTLS_INTERNAL_H
#define MEDIA_TRANSPORT_DTLS_INTERNAL_H

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "transport/dtls.h"

#define DTLS_MTU 1200 /**< [bytes] of a datagram's payload: passes every path that carries IPv6, tunnels included */

struct media_dtls_context {
	SSL_CTX *ssl;
	BIO_METHOD *bio;
	char fingerprint[MEDIA_FINGERPRINT_TEXT];
};

struct dtls_fingerprint {
	const EVP_MD *digest;
	size_t len;
	uint8_t value[EVP_MAX_MD_SIZE];
};

struct media_dtls {
	SSL *ssl; /**< NULL once settled */
	struct media_dtls_hooks hooks;
	struct dtls_fingerprint peer;
	bool verified; /**< the peer's certificate matched */
	enum media_dtls_state state;
	const char *failure;
	int64_t deadline_us; /**< -1: no timer runs */
	const uint8_t *in;   /**< the datagram being read, NULL: none */
	size_t in_len;
};

/** Read "sha-256 AB:CD:…". @return 0; -EINVAL. */
int dtls_fingerprint_parse(const char *text, struct dtls_fingerprint *out);
bool dtls_fingerprint_matches(const struct dtls_fingerprint *want, const X509 *certificate);
/** Write upper-case hex with colons, SHA-256. @return 0; -EIO. */
int dtls_fingerprint_text(const X509 *certificate, char out[static MEDIA_FINGERPRINT_TEXT]);

/** A BIO whose every write is a datagram to the hooks, and whose read gives the datagram at hand once. */
BIO_METHOD *dtls_bio_method(void);
/** OpenSSL's certificate callback: the fingerprint decides, not a chain. */
int dtls_verify(X509_STORE_CTX *store, void *arg);
#endif
