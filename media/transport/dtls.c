/* One DTLS association: handshake, verification of the peer, SRTP keys (RFC 6347, RFC 5763, RFC 5764).
 *
 * There is no cookie exchange: datagrams come only from addresses that passed an ICE check. OpenSSL itself reassembles
 * a ClientHello that spans datagrams, which DTLSv1_listen could not. */
#include "transport/dtls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>

#include "transport/dtls_internal.h"

#define TIMER_FIRST_US 50000u
#define TIMER_MAX_US 3200000u

static unsigned int next_timer_us(SSL *ssl, unsigned int last_us)
{
	if (last_us == 0)
		return TIMER_FIRST_US;
	return last_us < TIMER_MAX_US / 2 ? last_us * 2 : TIMER_MAX_US;
}

int dtls_verify(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct media_dtls *dtls = SSL_get_app_data(ssl);
	X509 *certificate = X509_STORE_CTX_get0_cert(store);
	dtls->verified = certificate && dtls_fingerprint_matches(&dtls->peer, certificate);
	if (!dtls->verified) {
		dtls->failure = "wrong fingerprint";
		X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
	}
	return dtls->verified;
}

static int attach(struct media_dtls *dtls, struct media_dtls_context *context, bool server)
{
	dtls->ssl = SSL_new(context->ssl);
	BIO *bio = dtls->ssl ? BIO_new(context->bio) : NULL;
	if (!bio)
		return -EIO;
	BIO_set_data(bio, dtls);
	SSL_set_bio(dtls->ssl, bio, bio);
	SSL_set_app_data(dtls->ssl, dtls);
	SSL_set_mtu(dtls->ssl, DTLS_MTU);
	DTLS_set_timer_cb(dtls->ssl, next_timer_us);
	if (server)
		SSL_set_accept_state(dtls->ssl);
	else
		SSL_set_connect_state(dtls->ssl);
	return 0;
}

int media_dtls_create(struct media_dtls_context *context, bool server, const char *peer_fingerprint,
                      const struct media_dtls_hooks *hooks, struct media_dtls **out)
{
	*out = NULL;
	struct media_dtls *dtls = calloc(1, sizeof *dtls);
	if (!dtls)
		return -ENOMEM;
	dtls->hooks = *hooks;
	dtls->deadline_us = -1;
	int rc = dtls_fingerprint_parse(peer_fingerprint, &dtls->peer);
	if (rc == 0)
		rc = attach(dtls, context, server);
	if (rc) {
		media_dtls_destroy(dtls);
		ERR_clear_error();
		return rc;
	}
	*out = dtls;
	return 0;
}

void media_dtls_destroy(struct media_dtls *dtls)
{
	if (!dtls)
		return;
	SSL_free(dtls->ssl);
	free(dtls);
}

static const char *failure_text(unsigned long error)
{
	static const struct {
		int reason;
		const char *text;
	} reasons[] = {
	        {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, "no certificate"},
	        {SSL_R_NO_SHARED_CIPHER, "no common cipher"},
	        {SSL_R_UNSUPPORTED_PROTOCOL, "no common DTLS version"},
	        {SSL_R_VERSION_TOO_LOW, "no common DTLS version"},
	        {SSL_R_READ_TIMEOUT_EXPIRED, "peer does not answer"},
	};
	int reason = ERR_GET_REASON(error);
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].reason == reason)
			return reasons[i].text;
	/* OpenSSL reports an alert of the peer as 1000 plus its number */
	return ERR_GET_LIB(error) == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET ? "alert from the peer"
	                                                                           : "DTLS error";
}

static void fail(struct media_dtls *dtls, const char *why)
{
	dtls->state = MEDIA_DTLS_FAILED;
	if (!dtls->failure)
		dtls->failure = why;
}

/** What a call that did not succeed means. */
static void judge(struct media_dtls *dtls, int result)
{
	switch (SSL_get_error(dtls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return;
	case SSL_ERROR_ZERO_RETURN:
		SSL_shutdown(dtls->ssl);
		dtls->state = MEDIA_DTLS_CLOSED;
		return;
	default:
		fail(dtls, failure_text(ERR_peek_error()));
	}
}

static void connected(struct media_dtls *dtls)
{
	if (!dtls->verified)
		fail(dtls, "no certificate");
	else if (!SSL_get_selected_srtp_profile(dtls->ssl))
		fail(dtls, "no common SRTP profile");
	else
		dtls->state = MEDIA_DTLS_READY;
	if (dtls->state == MEDIA_DTLS_FAILED)
		SSL_shutdown(dtls->ssl);
}

/** Everything that came after the handshake: close_notify matters, a repeated flight is answered by OpenSSL, data is
 * dropped. */
static void read_on(struct media_dtls *dtls)
{
	uint8_t scratch[2048];
	int n;
	do
		n = SSL_read(dtls->ssl, scratch, sizeof scratch);
	while (n > 0);
	judge(dtls, n);
}

static void arm(struct media_dtls *dtls, int64_t now_us)
{
	struct timeval left;
	bool runs = dtls->state <= MEDIA_DTLS_READY && DTLSv1_get_timeout(dtls->ssl, &left) == 1;
	dtls->deadline_us = runs ? now_us + (int64_t)left.tv_sec * 1000000 + left.tv_usec : -1;
}

enum media_dtls_state media_dtls_input(struct media_dtls *dtls, const uint8_t *data, size_t len, int64_t now_us)
{
	if (!dtls->ssl || dtls->state > MEDIA_DTLS_READY)
		return dtls->state;
	ERR_clear_error(); /* the queue belongs to the thread: what others left there is not ours */
	dtls->in = len ? data : NULL;
	dtls->in_len = len;
	if (dtls->state == MEDIA_DTLS_HANDSHAKING) {
		int rc = SSL_do_handshake(dtls->ssl);
		if (rc == 1)
			connected(dtls);
		else
			judge(dtls, rc);
	}
	if (dtls->state == MEDIA_DTLS_READY)
		read_on(dtls);
	dtls->in = NULL;
	arm(dtls, now_us);
	ERR_clear_error();
	return dtls->state;
}

int64_t media_dtls_timer_us(const struct media_dtls *dtls, int64_t now_us)
{
	if (dtls->deadline_us < 0)
		return -1;
	return dtls->deadline_us > now_us ? dtls->deadline_us - now_us : 0;
}

enum media_dtls_state media_dtls_timeout(struct media_dtls *dtls, int64_t now_us)
{
	if (!dtls->ssl || dtls->deadline_us < 0 || now_us < dtls->deadline_us)
		return dtls->state;
	ERR_clear_error();
	if (DTLSv1_handle_timeout(dtls->ssl) < 0)
		fail(dtls, failure_text(ERR_peek_error()));
	arm(dtls, now_us);
	ERR_clear_error();
	return dtls->state;
}

enum media_dtls_state media_dtls_state(const struct media_dtls *dtls)
{
	return dtls->state;
}

const char *media_dtls_failure(const struct media_dtls *dtls)
{
	return dtls->failure ? dtls->failure : "";
}

/** RFC 5764 §4.2: client key, server key, client salt, server salt. */
static void cut_keys(const uint8_t *material, size_t salt, bool of_server, struct media_srtp_key *out)
{
	memset(out, 0, sizeof *out);
	memcpy(out->key, material + (of_server ? sizeof out->key : 0), sizeof out->key);
	memcpy(out->salt, material + 2 * sizeof out->key + (of_server ? salt : 0), salt);
}

int media_dtls_keys(struct media_dtls *dtls, enum media_srtp_profile *profile, struct media_srtp_key *send,
                    struct media_srtp_key *receive)
{
	static const char label[] = "EXTRACTOR-dtls_srtp";
	if (dtls->state != MEDIA_DTLS_READY || !dtls->ssl)
		return -ENOTCONN;
	const SRTP_PROTECTION_PROFILE *chosen = SSL_get_selected_srtp_profile(dtls->ssl);
	bool gcm = chosen->id == SRTP_AEAD_AES_128_GCM;
	size_t salt = gcm ? 12 : 14;
	uint8_t material[2 * (16 + 14)];
	if (SSL_export_keying_material(dtls->ssl, material, 2 * (16 + salt), label, sizeof label - 1, NULL, 0, 0) !=
	    1) {
		ERR_clear_error();
		return -EIO;
	}
	bool server = SSL_is_server(dtls->ssl);
	*profile = gcm ? MEDIA_SRTP_AEAD_AES_128_GCM : MEDIA_SRTP_AES128_CM_SHA1_80;
	cut_keys(material, salt, server, send);
	cut_keys(material, salt, !server, receive);
	OPENSSL_cleanse(material, sizeof material);
	return 0;
}

void media_dtls_close(struct media_dtls *dtls)
{
	if (dtls->ssl && dtls->state == MEDIA_DTLS_READY) {
		ERR_clear_error();
		SSL_shutdown(dtls->ssl);
		ERR_clear_error();
	}
	if (dtls->state <= MEDIA_DTLS_READY)
		dtls->state = MEDIA_DTLS_CLOSED;
	dtls->deadline_us = -1;
}

void media_dtls_settle(struct media_dtls *dtls)
{
	if (dtls->state != MEDIA_DTLS_READY)
		return;
	SSL_free(dtls->ssl);
	dtls->ssl = NULL;
	dtls->deadline_us = -1;
}
