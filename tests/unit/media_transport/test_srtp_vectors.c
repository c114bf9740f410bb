/* SRTP against published numbers: RFC 3711 appendix B, RFC 7714 §16 and §17, and libsrtp's reference packet for AES-CM.
 */
#include "transport/srtp.h"

#include <errno.h>
#include <string.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "bytes.h"
#include "transport/srtp_back.h"

#define MASTER_KEY "e1f97a0d3e018be0d64fa32c06de4139"
#define MASTER_SALT "0ec675ad498afeebb6960b3aabe6"

static void key_derivation_of_rfc3711(void **state)
{
	static const struct {
		uint8_t label;
		const char *want;
	} cases[] = {
	        {0, "c61e7a93744f39ee10734afe3ff7a087"},
	        {2, "30cbbc08863d8c85d49db34a9ae1"},
	        {1, "cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbcee049646c43d9327ad175578ef7227098"
	            "6371c10c9a369ac2f94a8c5fbcdddc256d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2"},
	};
	uint8_t key[16], salt[14], want[94], got[94];
	unhex(MASTER_KEY, key, sizeof key);
	unhex(MASTER_SALT, salt, sizeof salt);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t len = unhex(cases[i].want, want, sizeof want);
		assert_int_equal(srtp_derive(key, salt, cases[i].label, got, len), 0);
		assert_memory_equal(got, want, len);
	}
}

#define RTP "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573"
#define SRTP                                                                                                           \
	"8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27" \
	"beb16a9152cf765ee4390cce"
#define RTCP "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"
#define SRTCP                                                                                                          \
	"81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84a" \
	"a45896cf4d2fc5abf87245d9eade800005d4"
#define SRTCP_TAGGED_ONLY                                                                                              \
	"81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef841d" \
	"d9683dd78ec92ae58790125f62b3000005d4"
#define SRTCP_INDEX 0x5d4

static struct media_srtp *derived(bool sending)
{
	struct srtp_gcm_keys keys;
	struct media_srtp *srtp = NULL;
	unhex("000102030405060708090a0b0c0d0e0f", keys.rtp_key, 16);
	unhex("517569642070726f2071756f", keys.rtp_salt, 12);
	memcpy(keys.rtcp_key, keys.rtp_key, 16);
	memcpy(keys.rtcp_salt, keys.rtp_salt, 12);
	assert_int_equal(srtp_openssl_create_derived(&keys, &srtp), 0);
	srtp->sending = sending;
	return srtp;
}

static void rtp_of_rfc7714(void **state)
{
	uint8_t plain[128], want[128], out[128];
	size_t len = unhex(RTP, plain, sizeof plain), want_len = unhex(SRTP, want, sizeof want);
	struct media_srtp *sender = derived(true), *receiver = derived(false);
	assert_int_equal(media_srtp_protect(sender, plain, len, out, sizeof out), want_len);
	assert_memory_equal(out, want, want_len);
	assert_int_equal(media_srtp_unprotect(receiver, out, want_len), len);
	assert_memory_equal(out, plain, len);
	media_srtp_destroy(sender);
	media_srtp_destroy(receiver);
}

static void rtcp_of_rfc7714(void **state)
{
	uint8_t plain[128], want[128], out[128];
	size_t len = unhex(RTCP, plain, sizeof plain), want_len = unhex(SRTCP, want, sizeof want);
	struct media_srtp *sender = derived(true), *receiver = derived(false);
	for (int i = 0; i < SRTCP_INDEX; i++) /* the first index is 1 */
		assert_int_equal(media_srtp_protect_rtcp(sender, plain, len, out, sizeof out), want_len);
	assert_memory_equal(out, want, want_len);
	assert_int_equal(media_srtp_unprotect_rtcp(receiver, out, want_len), len);
	assert_memory_equal(out, plain, len);
	media_srtp_destroy(sender);
	media_srtp_destroy(receiver);
}

/** A right tag, but not encrypted: what WebRTC never negotiates is refused. */
static void plain_rtcp_is_refused(void **state)
{
	uint8_t data[128];
	size_t len = unhex(SRTCP_TAGGED_ONLY, data, sizeof data);
	struct media_srtp *receiver = derived(false);
	assert_int_equal(media_srtp_unprotect_rtcp(receiver, data, len), -EBADMSG);
	media_srtp_destroy(receiver);
}

static struct media_srtp *open_cm(int sending)
{
	struct media_srtp_key key;
	struct media_srtp *srtp = NULL;
	unhex(MASTER_KEY, key.key, sizeof key.key);
	unhex(MASTER_SALT, key.salt, sizeof key.salt);
	assert_int_equal(media_srtp_create(MEDIA_SRTP_AES128_CM_SHA1_80, MEDIA_SRTP_BACK_OPENSSL, sending, &key, &srtp),
	                 0);
	return srtp;
}

static void aes_cm_reference_packets(void **state)
{
	uint8_t plain[64], want[64], out[64];
	struct media_srtp *sender = open_cm(1), *receiver = open_cm(0);
	size_t len = unhex("800f1234decafbadcafebabeabababababababababababababababab", plain, sizeof plain);
	size_t want_len = unhex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb", want,
	                        sizeof want);
	assert_int_equal(media_srtp_protect(sender, plain, len, out, sizeof out), want_len);
	assert_memory_equal(out, want, want_len);
	assert_int_equal(media_srtp_unprotect(receiver, out, want_len), len);
	assert_memory_equal(out, plain, len);
	len = unhex("81c8000bcafebabeabababababababababababababababab", plain, sizeof plain);
	want_len = unhex("81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798", want,
	                 sizeof want);
	assert_int_equal(media_srtp_protect_rtcp(sender, plain, len, out, sizeof out), want_len);
	assert_memory_equal(out, want, want_len);
	assert_int_equal(media_srtp_unprotect_rtcp(receiver, out, want_len), len);
	assert_memory_equal(out, plain, len);
	media_srtp_destroy(sender);
	media_srtp_destroy(receiver);
}

/** RFC 3711 §4.1.1 and §4.2 written out: AES in counter mode over the payload, HMAC-SHA1 over packet and roll-over
 * counter. */
static size_t model_cm(const uint8_t *plain, size_t len, size_t header, uint32_t roc, uint8_t *out)
{
	uint8_t master[16], salt[14], key[16], auth[20], iv[16] = {0}, mac[20];
	unhex(MASTER_KEY, master, sizeof master);
	unhex(MASTER_SALT, salt, sizeof salt);
	assert_int_equal(srtp_derive(master, salt, 0, key, sizeof key), 0);
	assert_int_equal(srtp_derive(master, salt, 1, auth, sizeof auth), 0);
	assert_int_equal(srtp_derive(master, salt, 2, iv, 14), 0);
	const uint8_t index[6] = {
	        (uint8_t)(roc >> 24), (uint8_t)(roc >> 16), (uint8_t)(roc >> 8), (uint8_t)roc, plain[2], plain[3]};
	for (size_t i = 0; i < 4; i++)
		iv[4 + i] ^= plain[8 + i];
	for (size_t i = 0; i < 6; i++)
		iv[8 + i] ^= index[i];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;
	memcpy(out, plain, header);
	assert_int_equal(EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, key, iv), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, out + header, &n, plain + header, (int)(len - header)), 1);
	EVP_CIPHER_CTX_free(ctx);
	memcpy(out + len, index, 4); /* the counter is authenticated, not sent */
	unsigned int mac_len = 0;
	assert_non_null(HMAC(EVP_sha1(), auth, sizeof auth, out, len + 4, mac, &mac_len));
	memcpy(out + len, mac, 10);
	return len + 10;
}

static void aes_cm_with_extensions_and_roll_over(void **state)
{
	struct media_srtp *sender = open_cm(1);
	uint64_t seed = 0x5eed;
	for (uint32_t i = 0; i < 40; i++) {
		uint8_t plain[80], want[128], out[128];
		uint32_t index = 65516 + i;
		for (size_t b = 0; b < sizeof plain; b++)
			plain[b] = (uint8_t)next_random(&seed);
		/* two CSRCs and an extension of one word: 12 + 8 + 8 bytes of header */
		plain[0] = 0x92;
		plain[2] = (uint8_t)(index >> 8);
		plain[3] = (uint8_t)index;
		memcpy(plain + 8, "mars", 4);
		memcpy(plain + 20, "\xbe\xde\x00\x01", 4);
		size_t want_len = model_cm(plain, sizeof plain, 28, index >> 16, want);
		assert_int_equal(media_srtp_protect(sender, plain, sizeof plain, out, sizeof out), want_len);
		assert_memory_equal(out, want, want_len);
	}
	media_srtp_destroy(sender);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(key_derivation_of_rfc3711), cmocka_unit_test(rtp_of_rfc7714),
	        cmocka_unit_test(rtcp_of_rfc7714),           cmocka_unit_test(plain_rtcp_is_refused),
	        cmocka_unit_test(aes_cm_reference_packets),  cmocka_unit_test(aes_cm_with_extensions_and_roll_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
