/* The DTLS certificate and what all associations have in common. */
#include "transport/dtls.h"

#include <errno.h>
#include <stdlib.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include "transport/dtls_internal.h"

#define BEFORE_S (-24L * 3600) /**< clocks of phones are wrong */
#define AFTER_S (365L * 24 * 3600)

static int set_serial(X509 *certificate)
{
	uint64_t serial;
	return RAND_bytes((unsigned char *)&serial, sizeof serial) == 1 &&
	       ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1;
}

static X509 *make_certificate(EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	X509_NAME *name = certificate ? X509_get_subject_name(certificate) : NULL;
	if (name && X509_set_version(certificate, X509_VERSION_3) && set_serial(certificate) &&
	    X509_gmtime_adj(X509_getm_notBefore(certificate), BEFORE_S) &&
	    X509_gmtime_adj(X509_getm_notAfter(certificate), AFTER_S) &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"WebRTC", -1, -1, 0) &&
	    X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key) &&
	    X509_sign(certificate, key, EVP_sha256()))
		return certificate;
	X509_free(certificate);
	return NULL;
}

static int set_certificate(struct media_dtls_context *context)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = key ? make_certificate(key) : NULL;
	int rc = certificate && SSL_CTX_use_certificate(context->ssl, certificate) == 1 &&
	                         SSL_CTX_use_PrivateKey(context->ssl, key) == 1
	                 ? dtls_fingerprint_text(certificate, context->fingerprint)
	                 : -EIO;
	X509_free(certificate);
	EVP_PKEY_free(key);
	return rc;
}

static int set_options(SSL_CTX *ssl, const char *profiles)
{
	SSL_CTX_set_options(ssl, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
	                                 SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(ssl, dtls_verify, NULL);
	/* forward secrecy and a certificate on both sides, always; CBC for old phones */
	static const char ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:!aNULL:!eNULL:!PSK";
	return SSL_CTX_set_min_proto_version(ssl, DTLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_max_proto_version(ssl, DTLS1_2_VERSION) == 1 && SSL_CTX_set_cipher_list(ssl, ciphers) == 1 &&
	       SSL_CTX_set_tlsext_use_srtp(ssl, profiles) == 0; /* this one returns 0 for success */
}

static int create(const char *profiles, struct media_dtls_context **out)
{
	*out = NULL;
	struct media_dtls_context *context = calloc(1, sizeof *context);
	if (!context)
		return -ENOMEM;
	context->ssl = SSL_CTX_new(DTLS_method());
	context->bio = dtls_bio_method();
	if (!context->ssl || !context->bio || !set_options(context->ssl, profiles) || set_certificate(context) != 0) {
		media_dtls_context_destroy(context);
		ERR_clear_error();
		return -EIO;
	}
	*out = context;
	return 0;
}

int media_dtls_context_create(struct media_dtls_context **out)
{
	return create("SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80", out);
}

int media_dtls_context_create_only(enum media_srtp_profile profile, struct media_dtls_context **out)
{
	return create(profile == MEDIA_SRTP_AEAD_AES_128_GCM ? "SRTP_AEAD_AES_128_GCM" : "SRTP_AES128_CM_SHA1_80", out);
}

void media_dtls_context_destroy(struct media_dtls_context *context)
{
	if (!context)
		return;
	SSL_CTX_free(context->ssl);
	BIO_meth_free(context->bio);
	free(context);
}

const char *media_dtls_fingerprint(const struct media_dtls_context *context)
{
	return context->fingerprint;
}
