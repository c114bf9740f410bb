/* Any bytes as SRTP and SRTCP on every back: refused in the same way by both AEAD backs, and what is protected comes
 * back unharmed. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "transport/srtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define LARGEST 2048

static const struct media_srtp_key key = {.key = "sixteen bytes..", .salt = "fourteen byte"};

static void require(bool condition)
{
	if (!condition)
		abort();
}

static struct media_srtp *open_srtp(enum media_srtp_profile profile, enum media_srtp_back back, int sending)
{
	struct media_srtp *srtp = NULL;
	require(media_srtp_create(profile, back, sending, &key, &srtp) == 0);
	return srtp;
}

static int unprotect(struct media_srtp *srtp, bool rtcp, const uint8_t *data, size_t len)
{
	uint8_t copy[LARGEST + MEDIA_SRTP_OVERHEAD];
	memcpy(copy, data, len);
	return rtcp ? media_srtp_unprotect_rtcp(srtp, copy, len) : media_srtp_unprotect(srtp, copy, len);
}

static void round_trip(enum media_srtp_profile profile, enum media_srtp_back back, bool rtcp, const uint8_t *data,
                       size_t len)
{
	uint8_t out[LARGEST + MEDIA_SRTP_OVERHEAD];
	struct media_srtp *sender = open_srtp(profile, back, 1), *receiver = open_srtp(profile, back, 0);
	int sent = rtcp ? media_srtp_protect_rtcp(sender, data, len, out, sizeof out)
	                : media_srtp_protect(sender, data, len, out, sizeof out);
	if (sent >= 0) {
		int got = rtcp ? media_srtp_unprotect_rtcp(receiver, out, (size_t)sent)
		               : media_srtp_unprotect(receiver, out, (size_t)sent);
		require(got == (int)len && memcmp(out, data, len) == 0);
	}
	media_srtp_destroy(sender);
	media_srtp_destroy(receiver);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* receivers live on: what a stranger sends must never change their state */
	static struct media_srtp *gcm, *oracle, *cm;
	if (!gcm) {
		gcm = open_srtp(MEDIA_SRTP_AEAD_AES_128_GCM, MEDIA_SRTP_BACK_OPENSSL, 0);
		oracle = open_srtp(MEDIA_SRTP_AEAD_AES_128_GCM, MEDIA_SRTP_BACK_LIBSRTP, 0);
		cm = open_srtp(MEDIA_SRTP_AES128_CM_SHA1_80, MEDIA_SRTP_BACK_LIBSRTP, 0);
	}
	if (len > LARGEST)
		return 0;
	for (int rtcp = 0; rtcp < 2; rtcp++) {
		require(unprotect(gcm, rtcp, data, len) == unprotect(oracle, rtcp, data, len));
		(void)unprotect(cm, rtcp, data, len);
		round_trip(MEDIA_SRTP_AEAD_AES_128_GCM, MEDIA_SRTP_BACK_OPENSSL, rtcp, data, len);
		round_trip(MEDIA_SRTP_AES128_CM_SHA1_80, MEDIA_SRTP_BACK_LIBSRTP, rtcp, data, len);
	}
	return 0;
}
