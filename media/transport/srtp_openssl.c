/* SRTP's AEAD_AES_128_GCM (RFC 7714) on OpenSSL's EVP: for RTP one cipher context per key, of which only the IV changes
 * per packet.
 *
 *   RTP:   | header, CSRCs, extension (authenticated) | payload (encrypted) | tag 16 |
 *   RTCP:  | first 8 bytes (authenticated)            | rest (encrypted)    | tag 16 | E, index 31 (authenticated) |
 */
#include "transport/srtp_back.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#define RTCP_ENCRYPTED 0x80000000u
#define RTCP_INDEX_MAX 0x7fffffffu

struct stream {
	uint32_t ssrc;
	uint32_t rtcp_sent; /**< newest SRTCP index used; the first is 1, as libsrtp has it */
	struct srtp_window rtp;
	struct srtp_window rtcp; /**< receiving */
};

struct gcm {
	EVP_CIPHER_CTX *ctx; /**< made with the first packet; always NULL for RTCP */
	uint8_t key[16], salt[SRTP_GCM_SALT];
};

struct openssl_srtp {
	struct media_srtp base;
	struct gcm rtp, rtcp;
	size_t stream_count;
	struct stream *streams[SRTP_SSRC_MAX];
};

struct span {
	const uint8_t *data;
	size_t len;
};

int srtp_derive(const uint8_t key[static 16], const uint8_t salt[static 14], uint8_t label, uint8_t *out, size_t len)
{
	uint8_t iv[16] = {0};
	memcpy(iv, salt, 14);
	iv[7] ^= label; /* x = (label || 48 zero bits) XOR salt, then 16 bits of block counter */
	memset(out, 0, len);
	int n = 0;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int ok = ctx && EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, key, iv) == 1 &&
	         EVP_EncryptUpdate(ctx, out, &n, out, (int)len) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return ok ? 0 : -EIO;
}

static struct stream *find(const struct openssl_srtp *s, uint32_t ssrc)
{
	for (size_t i = 0; i < s->stream_count; i++)
		if (s->streams[i]->ssrc == ssrc)
			return s->streams[i];
	return NULL;
}

static int find_or_add(struct openssl_srtp *s, uint32_t ssrc, struct stream **out)
{
	*out = find(s, ssrc);
	if (*out)
		return 0;
	if (s->stream_count == SRTP_SSRC_MAX)
		return -ENOSPC;
	*out = calloc(1, sizeof **out);
	if (!*out)
		return -ENOMEM;
	(*out)->ssrc = ssrc;
	s->streams[s->stream_count++] = *out;
	return 0;
}

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/** RFC 7714 §8.1, §9.1: two zero bytes, SSRC, 48-bit index (for RTCP 31 bits), all XOR salt. */
static void make_iv(const struct gcm *gcm, uint32_t ssrc, uint64_t index, uint8_t iv[static SRTP_GCM_SALT])
{
	iv[0] = iv[1] = 0;
	put32(iv + 2, ssrc);
	iv[6] = (uint8_t)(index >> 40);
	iv[7] = (uint8_t)(index >> 32);
	put32(iv + 8, (uint32_t)index);
	for (size_t i = 0; i < SRTP_GCM_SALT; i++)
		iv[i] ^= gcm->salt[i];
}

/* RTCP is rare, and a context of more than a kilobyte for each of its keys is most of what a viewer would cost: each
 * thread has one for all, keyed for each packet. */
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static pthread_key_t scratch_key;
static bool scratch_known;

static void scratch_free(void *ctx)
{
	EVP_CIPHER_CTX_free(ctx); /* wipes the key schedule */
}

static void scratch_init(void)
{
	scratch_known = pthread_key_create(&scratch_key, scratch_free) == 0;
}

static EVP_CIPHER_CTX *make_context(void)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	if (ctx && EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, NULL, NULL) == 1)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

/** This thread's, keyed. @return NULL: no memory. */
static EVP_CIPHER_CTX *scratch(const uint8_t *key)
{
	pthread_once(&scratch_once, scratch_init);
	EVP_CIPHER_CTX *ctx = scratch_known ? pthread_getspecific(scratch_key) : NULL;
	if (!ctx && scratch_known) {
		ctx = make_context();
		if (ctx && pthread_setspecific(scratch_key, ctx) != 0) {
			EVP_CIPHER_CTX_free(ctx);
			ctx = NULL;
		}
	}
	return ctx && EVP_EncryptInit_ex(ctx, NULL, NULL, key, NULL) == 1 ? ctx : NULL;
}

/** RTP's own: both directions run over one key schedule, because GCM only ever encrypts blocks. @return NULL: no
 * memory.
 */
static EVP_CIPHER_CTX *own_context(struct gcm *gcm)
{
	if (gcm->ctx)
		return gcm->ctx;
	gcm->ctx = make_context();
	if (gcm->ctx && EVP_EncryptInit_ex(gcm->ctx, NULL, NULL, gcm->key, NULL) == 1)
		return gcm->ctx;
	EVP_CIPHER_CTX_free(gcm->ctx);
	gcm->ctx = NULL;
	return NULL;
}

/** Encrypt pieces that lie in several places into one, the tag behind them. */
static int seal(EVP_CIPHER_CTX *ctx, const uint8_t *iv, struct span aad, const struct span *pieces, size_t count,
                uint8_t *out)
{
	int n = 0;
	if (!ctx || EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, iv) != 1 ||
	    EVP_EncryptUpdate(ctx, NULL, &n, aad.data, (int)aad.len) != 1)
		return -EIO;
	for (size_t i = 0; i < count; i++) {
		if (pieces[i].len && EVP_EncryptUpdate(ctx, out, &n, pieces[i].data, (int)pieces[i].len) != 1)
			return -EIO;
		out += pieces[i].len;
	}
	if (EVP_EncryptFinal_ex(ctx, out, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, SRTP_GCM_TAG, out) != 1)
		return -EIO;
	return 0;
}

/** Decrypt len bytes in place; the tag stands behind them. On a wrong tag nothing of the plaintext stays. */
static int unseal(EVP_CIPHER_CTX *ctx, const uint8_t *iv, struct span aad, uint8_t *data, size_t len)
{
	int n = 0;
	if (!ctx || EVP_DecryptInit_ex(ctx, NULL, NULL, NULL, iv) != 1 ||
	    EVP_DecryptUpdate(ctx, NULL, &n, aad.data, (int)aad.len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, SRTP_GCM_TAG, data + len) != 1)
		return -EIO;
	if (len && EVP_DecryptUpdate(ctx, data, &n, data, (int)len) != 1)
		return -EIO;
	uint8_t rest[16]; /* GCM has no final block, but the call wants an address */
	if (EVP_DecryptFinal_ex(ctx, rest, &n) != 1) {
		memset(data, 0, len);
		return -EACCES;
	}
	return 0;
}

static void openssl_prefetch(const struct media_srtp *base)
{
	const struct openssl_srtp *s = (const struct openssl_srtp *)base;
	__builtin_prefetch(s->rtp.ctx);
	__builtin_prefetch((const char *)s->rtp.ctx + 64);
	__builtin_prefetch((const char *)s->rtp.ctx + 128);
	for (size_t i = 0; i < s->stream_count; i++)
		__builtin_prefetch(s->streams[i], 1);
}

static int openssl_protect(struct media_srtp *base, const struct media_srtp_parts *parts, uint8_t *dst, size_t dst_size)
{
	struct openssl_srtp *s = (struct openssl_srtp *)base;
	const uint8_t *header = parts->header;
	size_t len = media_srtp_parts_len(parts);
	if (dst_size < len + SRTP_GCM_TAG)
		return -EMSGSIZE;
	struct stream *stream;
	int rc = find_or_add(s, srtp_rtp_ssrc(header), &stream);
	if (rc)
		return rc;
	uint64_t index = srtp_window_guess(&stream->rtp, (uint16_t)(header[2] << 8 | header[3]));
	if (index >> 48)
		return -EIO; /* 2^48 packets: the key is used up */
	rc = srtp_window_check(&stream->rtp, index);
	if (rc)
		return rc;
	/* marked before it is used: whatever happens now, this nonce does not come again */
	srtp_window_mark(&stream->rtp, index);
	uint8_t iv[SRTP_GCM_SALT], padding[UINT8_MAX];
	make_iv(&s->rtp, stream->ssrc, index, iv);
	if (dst != header)
		memcpy(dst, header, parts->header_len);
	srtp_padding_write(padding, parts->padding);
	const struct span pieces[] = {
	        {parts->prefix, parts->prefix_len}, {parts->payload, parts->payload_len}, {padding, parts->padding}};
	rc = seal(own_context(&s->rtp), iv, (struct span){dst, parts->header_len}, pieces,
	          sizeof pieces / sizeof pieces[0], dst + parts->header_len);
	return rc ? rc : (int)(len + SRTP_GCM_TAG);
}

static int openssl_unprotect(struct media_srtp *base, uint8_t *data, size_t len)
{
	struct openssl_srtp *s = (struct openssl_srtp *)base;
	static const struct srtp_window nothing;
	size_t header = (size_t)srtp_rtp_header_bytes(data, len);
	if (len < header + SRTP_GCM_TAG)
		return -EBADMSG;
	uint32_t ssrc = srtp_rtp_ssrc(data);
	struct stream *stream = find(s, ssrc);
	if (!stream && s->stream_count == SRTP_SSRC_MAX)
		return -ENOSPC;
	const struct srtp_window *window = stream ? &stream->rtp : &nothing;
	uint64_t index = srtp_window_guess(window, (uint16_t)(data[2] << 8 | data[3]));
	int rc = index >> 48 ? -EALREADY : srtp_window_check(window, index);
	if (rc)
		return rc;
	uint8_t iv[SRTP_GCM_SALT];
	make_iv(&s->rtp, ssrc, index, iv);
	size_t plain = len - header - SRTP_GCM_TAG;
	rc = unseal(own_context(&s->rtp), iv, (struct span){data, header}, data + header, plain);
	if (rc == 0)
		rc = find_or_add(s, ssrc, &stream);
	if (rc)
		return rc;
	srtp_window_mark(&stream->rtp, index);
	return (int)(header + plain);
}

/** RFC 7714 §9.2: the associated data of RTCP is the first eight bytes and the trailing word. */
static void rtcp_aad(const uint8_t *packet, uint32_t word, uint8_t aad[static SRTP_RTCP_HEADER + 4])
{
	memcpy(aad, packet, SRTP_RTCP_HEADER);
	put32(aad + SRTP_RTCP_HEADER, word);
}

static int openssl_protect_rtcp(struct media_srtp *base, const uint8_t *src, size_t len, uint8_t *dst, size_t dst_size)
{
	struct openssl_srtp *s = (struct openssl_srtp *)base;
	if (dst_size < len + SRTP_GCM_TAG + 4)
		return -EMSGSIZE;
	struct stream *stream;
	int rc = find_or_add(s, srtp_rtcp_ssrc(src), &stream);
	if (rc)
		return rc;
	if (stream->rtcp_sent == RTCP_INDEX_MAX)
		return -EIO;
	uint32_t index = ++stream->rtcp_sent;
	uint8_t iv[SRTP_GCM_SALT], aad[SRTP_RTCP_HEADER + 4];
	make_iv(&s->rtcp, stream->ssrc, index, iv);
	rtcp_aad(src, RTCP_ENCRYPTED | index, aad);
	memmove(dst, src, SRTP_RTCP_HEADER);
	struct span plain = {src + SRTP_RTCP_HEADER, len - SRTP_RTCP_HEADER};
	rc = seal(scratch(s->rtcp.key), iv, (struct span){aad, sizeof aad}, &plain, 1, dst + SRTP_RTCP_HEADER);
	if (rc)
		return rc;
	put32(dst + len + SRTP_GCM_TAG, RTCP_ENCRYPTED | index);
	return (int)(len + SRTP_GCM_TAG + 4);
}

static int openssl_unprotect_rtcp(struct media_srtp *base, uint8_t *data, size_t len)
{
	struct openssl_srtp *s = (struct openssl_srtp *)base;
	if (len < SRTP_RTCP_HEADER + SRTP_GCM_TAG + 4)
		return -EBADMSG;
	const uint8_t *tail = data + len - 4;
	uint32_t word = (uint32_t)tail[0] << 24 | (uint32_t)tail[1] << 16 | (uint32_t)tail[2] << 8 | tail[3];
	if (!(word & RTCP_ENCRYPTED)) /* nobody negotiates plain SRTCP with us */
		return -EBADMSG;
	uint32_t ssrc = srtp_rtcp_ssrc(data), index = word & RTCP_INDEX_MAX;
	struct stream *stream = find(s, ssrc);
	if (!stream && s->stream_count == SRTP_SSRC_MAX)
		return -ENOSPC;
	int rc = stream ? srtp_window_check(&stream->rtcp, index) : 0;
	if (rc)
		return rc;
	uint8_t iv[SRTP_GCM_SALT], aad[SRTP_RTCP_HEADER + 4];
	make_iv(&s->rtcp, ssrc, index, iv);
	rtcp_aad(data, word, aad);
	size_t plain = len - SRTP_RTCP_HEADER - SRTP_GCM_TAG - 4;
	rc = unseal(scratch(s->rtcp.key), iv, (struct span){aad, sizeof aad}, data + SRTP_RTCP_HEADER, plain);
	if (rc == 0)
		rc = find_or_add(s, ssrc, &stream);
	if (rc)
		return rc;
	srtp_window_mark(&stream->rtcp, index);
	return (int)(SRTP_RTCP_HEADER + plain);
}

static void openssl_destroy(struct media_srtp *base)
{
	struct openssl_srtp *s = (struct openssl_srtp *)base;
	for (size_t i = 0; i < s->stream_count; i++)
		free(s->streams[i]);
	EVP_CIPHER_CTX_free(s->rtp.ctx); /* wipes the key schedule */
	OPENSSL_cleanse(s, sizeof *s);
	free(s);
}

static const struct srtp_back openssl_back = {
        .destroy = openssl_destroy,
        .protect = openssl_protect,
        .prefetch = openssl_prefetch,
        .unprotect = openssl_unprotect,
        .protect_rtcp = openssl_protect_rtcp,
        .unprotect_rtcp = openssl_unprotect_rtcp,
};

static void gcm_init(struct gcm *gcm, const uint8_t *key, const uint8_t *salt)
{
	memcpy(gcm->key, key, sizeof gcm->key);
	memcpy(gcm->salt, salt, sizeof gcm->salt);
}

int srtp_openssl_create_derived(const struct srtp_gcm_keys *keys, struct media_srtp **out)
{
	struct openssl_srtp *s = calloc(1, sizeof *s);
	if (!s)
		return -ENOMEM;
	s->base.back = &openssl_back;
	gcm_init(&s->rtp, keys->rtp_key, keys->rtp_salt);
	gcm_init(&s->rtcp, keys->rtcp_key, keys->rtcp_salt);
	*out = &s->base;
	return 0;
}

int srtp_openssl_create(const struct media_srtp_key *key, struct media_srtp **out)
{
	enum { RTP_KEY = 0, RTP_SALT = 2, RTCP_KEY = 3, RTCP_SALT = 5 }; /* RFC 3711 §4.3.1 */
	uint8_t salt[14] = {0};
	struct srtp_gcm_keys keys;
	memcpy(salt, key->salt, SRTP_GCM_SALT); /* the 96-bit salt, moved up by 16 bits (RFC 7714 §11) */
	int rc = srtp_derive(key->key, salt, RTP_KEY, keys.rtp_key, sizeof keys.rtp_key) ||
	                         srtp_derive(key->key, salt, RTP_SALT, keys.rtp_salt, sizeof keys.rtp_salt) ||
	                         srtp_derive(key->key, salt, RTCP_KEY, keys.rtcp_key, sizeof keys.rtcp_key) ||
	                         srtp_derive(key->key, salt, RTCP_SALT, keys.rtcp_salt, sizeof keys.rtcp_salt)
	                 ? -EIO
	                 : srtp_openssl_create_derived(&keys, out);
	OPENSSL_cleanse(&keys, sizeof keys);
	OPENSSL_cleanse(salt, sizeof salt);
	return rc;
}
