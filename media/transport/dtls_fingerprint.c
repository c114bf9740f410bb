/* Certificate fingerprints as SDP writes them (RFC 8122 §5). */
#include "transport/dtls_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <openssl/crypto.h>

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static const EVP_MD *digest_of(const char *text, size_t *name_len)
{
	static const struct {
		const char *name;
		const EVP_MD *(*digest)(void);
	} digests[] = {
	        {"sha-1 ", EVP_sha1},
	        {"sha-256 ", EVP_sha256},
	        {"sha-384 ", EVP_sha384},
	        {"sha-512 ", EVP_sha512},
	};
	for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
		*name_len = strlen(digests[i].name);
		if (strncasecmp(text, digests[i].name, *name_len) == 0)
			return digests[i].digest();
	}
	return NULL;
}

int dtls_fingerprint_parse(const char *text, struct dtls_fingerprint *out)
{
	size_t name_len;
	out->digest = digest_of(text, &name_len);
	if (!out->digest)
		return -EINVAL;
	out->len = (size_t)EVP_MD_get_size(out->digest);
	text += name_len;
	if (strlen(text) != out->len * 3 - 1)
		return -EINVAL;
	for (size_t i = 0; i < out->len; i++) {
		int high = nibble(text[i * 3]), low = nibble(text[i * 3 + 1]);
		if (high < 0 || low < 0 || (i + 1 < out->len && text[i * 3 + 2] != ':'))
			return -EINVAL;
		out->value[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

bool dtls_fingerprint_matches(const struct dtls_fingerprint *want, const X509 *certificate)
{
	uint8_t value[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	return X509_digest(certificate, want->digest, value, &len) == 1 && len == want->len &&
	       CRYPTO_memcmp(value, want->value, len) == 0;
}

int dtls_fingerprint_text(const X509 *certificate, char out[static MEDIA_FINGERPRINT_TEXT])
{
	uint8_t value[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	if (X509_digest(certificate, EVP_sha256(), value, &len) != 1 || len * 3 > MEDIA_FINGERPRINT_TEXT)
		return -EIO;
	for (unsigned int i = 0; i < len; i++)
		snprintf(out + (size_t)i * 3, 4, "%02X%s", value[i], i + 1 < len ? ":" : "");
	return 0;
}
