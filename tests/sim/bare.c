/* A DTLS client that answers the server's certificate request with nothing: what a stranger might do. */
#include "sim/internal.h"

#include <stdlib.h>

#include <openssl/ssl.h>

struct sim_bare {
	struct sim_peer *peer;
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out;
};

static void flush_out(struct sim_bare *bare)
{
	uint8_t data[SIM_PACKET_MAX];
	int n;

	while ((n = BIO_read(bare->out, data, sizeof(data))) > 0)
		sim_peer_output(bare->peer, sim_peer_target(bare->peer), data, (size_t)n);
}

static bool step(struct sim_bare *bare)
{
	int rc = SSL_do_handshake(bare->ssl), error = SSL_get_error(bare->ssl, rc);

	flush_out(bare);
	if (rc == 1) {
		uint8_t data[1];

		rc = SSL_read(bare->ssl, data, sizeof(data));
		error = SSL_get_error(bare->ssl, rc);
	}
	return error == SSL_ERROR_NONE || error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

struct sim_bare *sim_bare_create(struct sim_peer *peer)
{
	struct sim_bare *bare = calloc(1, sizeof(*bare));

	if (!bare)
		return NULL;
	bare->peer = peer;
	bare->context = SSL_CTX_new(DTLS_client_method());
	bare->ssl = bare->context ? SSL_new(bare->context) : NULL;
	if (!bare->ssl) {
		sim_bare_destroy(bare);
		return NULL;
	}
	SSL_set_tlsext_use_srtp(bare->ssl, "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80");
	SSL_set_options(bare->ssl, SSL_OP_NO_QUERY_MTU);
	SSL_set_mtu(bare->ssl, 1200);
	bare->in = BIO_new(BIO_s_mem());
	bare->out = BIO_new(BIO_s_mem());
	BIO_set_mem_eof_return(bare->in, -1);
	BIO_set_mem_eof_return(bare->out, -1);
	SSL_set_bio(bare->ssl, bare->in, bare->out);
	SSL_set_connect_state(bare->ssl);
	step(bare);
	return bare;
}

bool sim_bare_input(struct sim_bare *bare, const uint8_t *data, size_t len)
{
	BIO_write(bare->in, data, (int)len);
	return step(bare);
}

bool sim_bare_timeout(struct sim_bare *bare)
{
	int rc = DTLSv1_handle_timeout(bare->ssl);

	flush_out(bare);
	return rc >= 0;
}

void sim_bare_destroy(struct sim_bare *bare)
{
	if (!bare)
		return;
	SSL_free(bare->ssl);
	SSL_CTX_free(bare->context);
	free(bare);
}
