/* SRTP on libsrtp: AES_CM_128_HMAC_SHA1_80, and AEAD_AES_128_GCM for what comes in from hosts and as the tests' oracle.
 *
 * libsrtp moves roll-over counter and window only after a packet is authenticated, and makes a stream for a new SSRC
 * only then; it has no bound on their number, which is kept here. */
#include "transport/srtp_back.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <srtp2/srtp.h>

struct libsrtp {
	struct media_srtp base;
	srtp_t session;
	size_t tag;       /**< [bytes] */
	size_t rtcp_word; /**< where the E bit and index stand, from the end [bytes]: in front of an HMAC, behind an
	                     AEAD's tag */
	size_t ssrc_count;
	uint32_t ssrcs[SRTP_SSRC_MAX];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static srtp_err_status_t init_status;

static void init(void)
{
	init_status = srtp_init();
}

static int error_of(srtp_err_status_t status)
{
	switch (status) {
	case srtp_err_status_ok:
		return 0;
	case srtp_err_status_auth_fail:
		return -EACCES;
	case srtp_err_status_replay_fail:
	case srtp_err_status_replay_old:
	case srtp_err_status_pkt_idx_old:
		return -EALREADY;
	case srtp_err_status_parse_err:
	case srtp_err_status_bad_param:
	case srtp_err_status_cant_check:
		return -EBADMSG;
	case srtp_err_status_alloc_fail:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

static bool has(const struct libsrtp *s, uint32_t ssrc)
{
	for (size_t i = 0; i < s->ssrc_count; i++)
		if (s->ssrcs[i] == ssrc)
			return true;
	return false;
}

static int room(const struct libsrtp *s, uint32_t ssrc)
{
	return s->ssrc_count == SRTP_SSRC_MAX && !has(s, ssrc) ? -ENOSPC : 0;
}

/** What libsrtp answered, as our result; an SSRC that it accepted is counted. */
static int finish(struct libsrtp *s, srtp_err_status_t status, uint32_t ssrc, int len)
{
	int rc = error_of(status);
	if (rc)
		return rc;
	if (!has(s, ssrc))
		s->ssrcs[s->ssrc_count++] = ssrc;
	return len;
}

/** It knows packets in one piece alone. */
static void put_together(const struct media_srtp_parts *p, uint8_t *dst)
{
	memmove(dst, p->header, p->header_len);
	dst += p->header_len;
	if (p->prefix_len)
		memcpy(dst, p->prefix, p->prefix_len);
	memmove(dst + p->prefix_len, p->payload, p->payload_len);
	srtp_padding_write(dst + p->prefix_len + p->payload_len, p->padding);
}

static int libsrtp_protect(struct media_srtp *base, const struct media_srtp_parts *parts, uint8_t *dst, size_t dst_size)
{
	struct libsrtp *s = (struct libsrtp *)base;
	uint32_t ssrc = srtp_rtp_ssrc(parts->header);
	size_t len = media_srtp_parts_len(parts);
	if (dst_size < len + s->tag)
		return -EMSGSIZE;
	int rc = room(s, ssrc);
	if (rc)
		return rc;
	put_together(parts, dst);
	int n = (int)len;
	srtp_err_status_t status = srtp_protect(s->session, dst, &n);
	return finish(s, status, ssrc, n);
}

static int libsrtp_unprotect(struct media_srtp *base, uint8_t *data, size_t len)
{
	struct libsrtp *s = (struct libsrtp *)base;
	uint32_t ssrc = srtp_rtp_ssrc(data);
	if (len < (size_t)srtp_rtp_header_bytes(data, len) + s->tag)
		return -EBADMSG;
	int rc = room(s, ssrc);
	if (rc)
		return rc;
	int n = (int)len;
	srtp_err_status_t status = srtp_unprotect(s->session, data, &n);
	return finish(s, status, ssrc, n);
}

static int libsrtp_protect_rtcp(struct media_srtp *base, const uint8_t *src, size_t len, uint8_t *dst, size_t dst_size)
{
	struct libsrtp *s = (struct libsrtp *)base;
	uint32_t ssrc = srtp_rtcp_ssrc(src);
	if (dst_size < len + s->tag + 4)
		return -EMSGSIZE;
	int rc = room(s, ssrc);
	if (rc)
		return rc;
	memmove(dst, src, len);
	int n = (int)len;
	srtp_err_status_t status = srtp_protect_rtcp(s->session, dst, &n);
	return finish(s, status, ssrc, n);
}

static int libsrtp_unprotect_rtcp(struct media_srtp *base, uint8_t *data, size_t len)
{
	struct libsrtp *s = (struct libsrtp *)base;
	uint32_t ssrc = srtp_rtcp_ssrc(data);
	if (len < SRTP_RTCP_HEADER + s->tag + 4)
		return -EBADMSG;
	if (!(data[len - s->rtcp_word] & 0x80)) /* not encrypted: libsrtp would take it, nobody negotiates it */
		return -EBADMSG;
	int rc = room(s, ssrc);
	if (rc)
		return rc;
	int n = (int)len;
	srtp_err_status_t status = srtp_unprotect_rtcp(s->session, data, &n);
	return finish(s, status, ssrc, n);
}

static void libsrtp_destroy(struct media_srtp *base)
{
	struct libsrtp *s = (struct libsrtp *)base;
	if (s->session)
		srtp_dealloc(s->session);
	free(s);
}

static const struct srtp_back libsrtp_back = {
        .destroy = libsrtp_destroy,
        .protect = libsrtp_protect,
        .unprotect = libsrtp_unprotect,
        .protect_rtcp = libsrtp_protect_rtcp,
        .unprotect_rtcp = libsrtp_unprotect_rtcp,
};

static int open_session(struct libsrtp *s, enum media_srtp_profile profile, bool sending,
                        const struct media_srtp_key *key)
{
	uint8_t both[30];
	srtp_policy_t policy = {.ssrc = {.type = sending ? ssrc_any_outbound : ssrc_any_inbound},
	                        .key = both,
	                        .window_size = SRTP_WINDOW,
	                        .allow_repeat_tx = 0};
	size_t salt = 14;
	s->tag = 10;
	s->rtcp_word = s->tag + 4;
	if (profile == MEDIA_SRTP_AEAD_AES_128_GCM) {
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
		salt = SRTP_GCM_SALT;
		s->tag = SRTP_GCM_TAG;
		s->rtcp_word = 4;
	} else {
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
	}
	memcpy(both, key->key, sizeof key->key);
	memcpy(both + sizeof key->key, key->salt, salt);
	srtp_err_status_t status = srtp_create(&s->session, &policy);
	OPENSSL_cleanse(both, sizeof both);
	return status == srtp_err_status_ok ? 0 : status == srtp_err_status_alloc_fail ? -ENOMEM : -EIO;
}

int srtp_libsrtp_create(enum media_srtp_profile profile, bool sending, const struct media_srtp_key *key,
                        struct media_srtp **out)
{
	pthread_once(&once, init);
	if (init_status != srtp_err_status_ok)
		return -EIO;
	struct libsrtp *s = calloc(1, sizeof *s);
	if (!s)
		return -ENOMEM;
	s->base.back = &libsrtp_back;
	int rc = open_session(s, profile, sending, key);
	if (rc) {
		libsrtp_destroy(&s->base);
		return rc;
	}
	*out = &s->base;
	return 0;
}
