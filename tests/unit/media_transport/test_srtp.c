/* SRTP's rules on every back: equal bytes, replay, forgery, nonces used once, bounds. */
#include "transport/srtp.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

struct kind {
	const char *name;
	enum media_srtp_profile profile;
	enum media_srtp_back back;
	size_t tag;
};

static const struct kind kinds[] = {
        {"OpenSSL AEAD", MEDIA_SRTP_AEAD_AES_128_GCM, MEDIA_SRTP_BACK_OPENSSL, 16},
        {"libsrtp AEAD", MEDIA_SRTP_AEAD_AES_128_GCM, MEDIA_SRTP_BACK_LIBSRTP, 16},
        {"libsrtp AES-CM", MEDIA_SRTP_AES128_CM_SHA1_80, MEDIA_SRTP_BACK_LIBSRTP, 10},
};
#define EVERY_KIND(k) (const struct kind *k = kinds; k < kinds + 3; k++)

static struct media_srtp *open_srtp(const struct kind *k, int sending)
{
	static const struct media_srtp_key key = {.key = "sixteen bytes..", .salt = "fourteen byte"};
	struct media_srtp *srtp = NULL;
	assert_int_equal(media_srtp_create(k->profile, k->back, sending, &key, &srtp), 0);
	return srtp;
}

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/** A packet with a header of 12 bytes and 30 of payload. */
static size_t plain_packet(uint8_t *out, uint32_t ssrc, uint16_t seq)
{
	memset(out, 0x5a, 42);
	out[0] = 0x80;
	out[1] = 96;
	out[2] = (uint8_t)(seq >> 8);
	out[3] = (uint8_t)seq;
	put32(out + 4, seq * 3000u);
	put32(out + 8, ssrc);
	return 42;
}

static size_t rtcp_packet(uint8_t *out, uint32_t ssrc)
{
	memset(out, 0x33, 28);
	put32(out, 0x80c80006);
	put32(out + 4, ssrc);
	return 28;
}

/** Anything that is well-formed: CSRCs, extensions, payloads down to none. */
static size_t random_packet(uint64_t *seed, uint8_t *out, uint32_t ssrc, uint16_t seq)
{
	size_t csrc = next_random(seed) % 16, words = next_random(seed) % 20;
	bool extension = next_random(seed) & 1;
	size_t len = 12 + 4 * csrc + (extension ? 4 + 4 * words : 0) + next_random(seed) % 1100;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)next_random(seed);
	out[0] = (uint8_t)(0x80 | (extension ? 0x10 : 0) | csrc);
	out[2] = (uint8_t)(seq >> 8);
	out[3] = (uint8_t)seq;
	put32(out + 8, ssrc);
	if (extension)
		put32(out + 12 + 4 * csrc, 0xbede0000u | (uint32_t)words);
	return len;
}

/** An order that runs forward over three roll-overs with gaps, and now and then some hundred packets back. */
static uint64_t next_index(uint64_t *seed, uint64_t *top)
{
	uint32_t dice = next_random(seed);
	if (dice % 4 == 0 && *top > 1000)
		return *top - 1 - dice / 4 % 900;
	*top += 1 + dice % 60;
	return *top;
}

static void both_backs_make_the_same_bytes(void **state)
{
	struct media_srtp *ours = open_srtp(&kinds[0], 1), *theirs = open_srtp(&kinds[1], 1);
	struct media_srtp *our_receiver = open_srtp(&kinds[0], 0), *their_receiver = open_srtp(&kinds[1], 0);
	uint64_t seed = 20261121, top[3] = {5, 30000, 65000};
	size_t refused = 0;
	for (int i = 0; i < 12000; i++) {
		uint8_t plain[1600], a[1700], b[1700];
		size_t which = next_random(&seed) % 3;
		uint64_t index = next_index(&seed, &top[which]);
		size_t len = random_packet(&seed, plain, 1000 + (uint32_t)which, (uint16_t)index);
		int sent = media_srtp_protect(ours, plain, len, a, sizeof a);
		assert_int_equal(media_srtp_protect(theirs, plain, len, b, sizeof b), sent);
		if (sent < 0) { /* an index that was used */
			assert_int_equal(sent, -EALREADY);
			refused++;
			continue;
		}
		assert_int_equal(sent, len + 16);
		assert_memory_equal(a, b, (size_t)sent);
		assert_int_equal(media_srtp_unprotect(our_receiver, b, (size_t)sent), len);
		assert_memory_equal(b, plain, len);
		assert_int_equal(media_srtp_unprotect(their_receiver, a, (size_t)sent), len);
		assert_memory_equal(a, plain, len);
	}
	assert_true(refused > 100);
	assert_true(top[0] > 65536 && top[2] > 65536);
	media_srtp_destroy(ours);
	media_srtp_destroy(theirs);
	media_srtp_destroy(our_receiver);
	media_srtp_destroy(their_receiver);
}

/** The same packet in one piece and in four makes the same bytes. */
static void pieces_make_the_bytes_of_the_whole(void **state)
{
	for
		EVERY_KIND(k)
		{
			struct media_srtp *whole = open_srtp(k, 1), *apart = open_srtp(k, 1);
			uint64_t seed = 4711;
			for (uint16_t seq = 1; seq < 400; seq++) {
				uint8_t plain[1800], a[1900], b[1900];
				size_t len = random_packet(&seed, plain, 7, seq),
				       header = 12 + 4 * (size_t)(plain[0] & 15);
				header += plain[0] & 0x10 ? 4 + 4 * (size_t)(plain[header + 2] << 8 | plain[header + 3])
				                          : 0;
				uint8_t padding = (uint8_t)(next_random(&seed) % 18);
				struct media_srtp_parts parts = {
				        .header = plain, .header_len = header, .padding = padding};
				parts.prefix = plain + header;
				parts.prefix_len = next_random(&seed) % 40;
				if (parts.prefix_len > len - header)
					parts.prefix_len = len - header;
				parts.payload = parts.prefix + parts.prefix_len;
				parts.payload_len = len - header - parts.prefix_len;
				plain[0] |= padding ? 0x20 : 0;
				int n = media_srtp_protect_parts(apart, &parts, b, sizeof b);
				memset(plain + len, 0, padding);
				if (padding)
					plain[len + padding - 1] = padding;
				assert_int_equal(n, media_srtp_protect(whole, plain, len + padding, a, sizeof a));
				assert_memory_equal(a, b, (size_t)n);
			}
			media_srtp_destroy(whole);
			media_srtp_destroy(apart);
		}
}

static void pieces_that_do_not_fit_together_are_refused(void **state)
{
	for
		EVERY_KIND(k)
		{
			struct media_srtp *srtp = open_srtp(k, 1);
			uint8_t plain[64], out[128];
			size_t len = plain_packet(plain, 1, 10);
			struct media_srtp_parts parts = {
			        .header = plain, .header_len = 12, .payload = plain + 12, .payload_len = len - 12};
			assert_int_equal(media_srtp_protect_parts(srtp, &parts, out, len + k->tag - 1), -EMSGSIZE);
			parts.padding = 1; /* and the header does not say so */
			assert_int_equal(media_srtp_protect_parts(srtp, &parts, out, sizeof out), -EBADMSG);
			parts.padding = 0;
			parts.header_len = 16; /* more than the header says that it is */
			assert_int_equal(media_srtp_protect_parts(srtp, &parts, out, sizeof out), -EBADMSG);
			parts.header_len = 11;
			assert_int_equal(media_srtp_protect_parts(srtp, &parts, out, sizeof out), -EBADMSG);
			parts.header_len = 12;
			assert_int_equal(media_srtp_protect_parts(srtp, &parts, out, sizeof out), len + k->tag);
			media_srtp_destroy(srtp);
		}
}

static void both_backs_make_the_same_rtcp(void **state)
{
	struct media_srtp *ours = open_srtp(&kinds[0], 1), *theirs = open_srtp(&kinds[1], 1);
	struct media_srtp *our_receiver = open_srtp(&kinds[0], 0), *their_receiver = open_srtp(&kinds[1], 0);
	uint64_t seed = 77;
	for (int i = 0; i < 2000; i++) {
		uint8_t plain[1300], a[1400], b[1400];
		size_t len = 8 + next_random(&seed) % 1200;
		for (size_t at = 0; at < len; at++)
			plain[at] = (uint8_t)next_random(&seed);
		put32(plain, 0x80c80000u | (uint32_t)(len / 4 - 1));
		put32(plain + 4, 500 + next_random(&seed) % 4);
		int sent = media_srtp_protect_rtcp(ours, plain, len, a, sizeof a);
		assert_int_equal(sent, len + 20);
		assert_int_equal(media_srtp_protect_rtcp(theirs, plain, len, b, sizeof b), sent);
		assert_memory_equal(a, b, (size_t)sent);
		assert_int_equal(media_srtp_unprotect_rtcp(our_receiver, b, (size_t)sent), len);
		assert_memory_equal(b, plain, len);
		assert_int_equal(media_srtp_unprotect_rtcp(their_receiver, a, (size_t)sent), len);
		assert_memory_equal(a, plain, len);
	}
	media_srtp_destroy(ours);
	media_srtp_destroy(theirs);
	media_srtp_destroy(our_receiver);
	media_srtp_destroy(their_receiver);
}

static void in_place_and_into_exact_room(void **state)
{
	for
		EVERY_KIND(k)
		{
			struct media_srtp *sender = open_srtp(k, 1), *receiver = open_srtp(k, 0);
			uint8_t plain[64];
			size_t len = plain_packet(plain, 9, 100);
			uint8_t *buffer = malloc(len + k->tag);
			memcpy(buffer, plain, len);
			assert_int_equal(media_srtp_protect(sender, buffer, len, buffer, len + k->tag - 1), -EMSGSIZE);
			assert_int_equal(media_srtp_protect(sender, buffer, len, buffer, len + k->tag), len + k->tag);
			assert_int_equal(media_srtp_unprotect(receiver, buffer, len + k->tag), len);
			assert_memory_equal(buffer, plain, len);
			free(buffer);
			len = rtcp_packet(plain, 9);
			buffer = malloc(len + k->tag + 4);
			memcpy(buffer, plain, len);
			assert_int_equal(media_srtp_protect_rtcp(sender, buffer, len, buffer, len + k->tag + 3),
			                 -EMSGSIZE);
			assert_int_equal(media_srtp_protect_rtcp(sender, buffer, len, buffer, len + k->tag + 4),
			                 len + k->tag + 4);
			assert_int_equal(media_srtp_unprotect_rtcp(receiver, buffer, len + k->tag + 4), len);
			assert_memory_equal(buffer, plain, len);
			free(buffer);
			media_srtp_destroy(sender);
			media_srtp_destroy(receiver);
		}
}

static int protect(struct media_srtp *srtp, uint32_t ssrc, uint16_t seq, uint8_t out[128])
{
	uint8_t plain[64];
	return media_srtp_protect(srtp, plain, plain_packet(plain, ssrc, seq), out, 128);
}

static int unprotect_copy(struct media_srtp *srtp, const uint8_t *data, int len)
{
	uint8_t copy[128];
	memcpy(copy, data, (size_t)len);
	return media_srtp_unprotect(srtp, copy, (size_t)len);
}

static void an_index_is_used_once(void **state)
{
	for
		EVERY_KIND(k)
		{
			struct media_srtp *sender = open_srtp(k, 1);
			uint8_t out[128];
			assert_true(protect(sender, 1, 2000, out) > 0);
			assert_int_equal(protect(sender, 1, 2000, out), -EALREADY);
			assert_true(protect(sender, 1, 2010, out) > 0);
			assert_true(protect(sender, 1, 2005, out) > 0); /* out of order, first time */
			assert_int_equal(protect(sender, 1, 2005, out), -EALREADY);
			assert_int_equal(protect(sender, 1, 2000, out), -EALREADY);
			assert_true(protect(sender, 2, 2000, out) > 0); /* another SSRC has its own */
			assert_true(protect(sender, 1, 4000, out) > 0);
			assert_int_equal(protect(sender, 1, 4000 - 1024, out), -EALREADY); /* older than can be known */
			assert_true(protect(sender, 1, 4000 - 1023, out) > 0);
			assert_int_equal(protect(sender, 1, 4000 - 1023, out), -EALREADY);
			media_srtp_destroy(sender);
		}
}

static void roll_over_keeps_the_rule(void **state)
{
	for
		EVERY_KIND(k)
		{
			struct media_srtp *sender = open_srtp(k, 1), *receiver = open_srtp(k, 0);
			uint8_t late[128], out[128];
			int late_len = 0;
			for (uint32_t i = 65000; i < 66000; i++) {
				int len = protect(sender, 1, (uint16_t)i, out);
				assert_true(len > 0);
				if (i == 65530) { /* this one arrives after the roll-over */
					memcpy(late, out, (size_t)len);
					late_len = len;
					continue;
				}
				assert_int_equal(unprotect_copy(receiver, out, len), 42);
			}
			assert_int_equal(unprotect_copy(receiver, late, late_len), 42);
			assert_int_equal(unprotect_copy(receiver, late, late_len), -EALREADY);
			assert_int_equal(protect(sender, 1, 65530, out), -EALREADY);
			assert_int_equal(protect(sender, 1, 100, out), -EALREADY);
			media_srtp_destroy(sender);
			media_srtp_destroy(receiver);
		}
}

static void replay_is_refused(void **state)
{
	for
		EVERY_KIND(k)
		{
			struct media_srtp *sender = open_srtp(k, 1), *receiver = open_srtp(k, 0);
			uint8_t packets[8][128], plain[64], control[128];
			int len = 0;
			for (uint16_t i = 0; i < 8; i++)
				len = protect(sender, 3, (uint16_t)(500 + i), packets[i]);
			static const int order[] = {3, 0, 7, 1, 2, 6, 4, 5};
			for (size_t i = 0; i < 8; i++) {
				assert_int_equal(unprotect_copy(receiver, packets[order[i]], len), 42);
				assert_int_equal(unprotect_copy(receiver, packets[order[i]], len), -EALREADY);
			}
			for (size_t i = 0; i < 8; i++)
				assert_int_equal(unprotect_copy(receiver, packets[i], len), -EALREADY);
			int control_len =
			        media_srtp_protect_rtcp(sender, plain, rtcp_packet(plain, 3), control, sizeof control);
			uint8_t copy[128];
			memcpy(copy, control, sizeof copy);
			assert_int_equal(media_srtp_unprotect_rtcp(receiver, copy, (size_t)control_len), 28);
			memcpy(copy, control, sizeof copy);
			assert_int_equal(media_srtp_unprotect_rtcp(receiver, copy, (size_t)control_len), -EALREADY);
			media_srtp_destroy(sender);
			media_srtp_destroy(receiver);
		}
}

static void a_forged_packet_moves_nothing(void **state)
{
	for
		EVERY_KIND(k)
		{
			struct media_srtp *sender = open_srtp(k, 1), *receiver = open_srtp(k, 0);
			uint8_t good[128], next[128], forged[128];
			int len = protect(sender, 3, 500, good), next_len = protect(sender, 3, 501, next);
			assert_int_equal(unprotect_copy(receiver, good, len), 42);
			for (int at = 0; at < next_len; at++) { /* any damage, the header's included */
				memcpy(forged, next, sizeof forged);
				forged[at] ^= 0x08;
				int rc = unprotect_copy(receiver, forged, next_len);
				assert_true(rc == -EACCES || rc == -EBADMSG || rc == -EALREADY);
			}
			/* far ahead: would roll the counter over if it were believed before it is checked */
			memcpy(forged, next, sizeof forged);
			forged[2] = 0x7f;
			assert_int_equal(unprotect_copy(receiver, forged, next_len), -EACCES);
			assert_int_equal(unprotect_copy(receiver, next, next_len), 42);
			media_srtp_destroy(sender);
			media_srtp_destroy(receiver);
		}
}

static void forged_rtcp_moves_nothing(void **state)
{
	for
		EVERY_KIND(k)
		{
			struct media_srtp *sender = open_srtp(k, 1), *receiver = open_srtp(k, 0);
			uint8_t plain[64], good[128], forged[128];
			int len = media_srtp_protect_rtcp(sender, plain, rtcp_packet(plain, 3), good, sizeof good);
			for (int at = 0; at < len; at++) {
				memcpy(forged, good, sizeof forged);
				forged[at] ^= 0x10;
				int rc = media_srtp_unprotect_rtcp(receiver, forged, (size_t)len);
				assert_true(rc == -EACCES || rc == -EBADMSG);
			}
			assert_int_equal(media_srtp_unprotect_rtcp(receiver, good, (size_t)len), 28);
			media_srtp_destroy(sender);
			media_srtp_destroy(receiver);
		}
}

static void forged_sources_take_no_room(void **state)
{
	for
		EVERY_KIND(k)
		{
			struct media_srtp *sender = open_srtp(k, 1), *receiver = open_srtp(k, 0);
			uint8_t out[128];
			int len = protect(sender, 1, 1, out);
			for (uint32_t ssrc = 100; ssrc < 200; ssrc++) {
				uint8_t forged[128];
				memcpy(forged, out, sizeof forged);
				put32(forged + 8, ssrc);
				assert_int_equal(media_srtp_unprotect(receiver, forged, (size_t)len), -EACCES);
			}
			assert_int_equal(unprotect_copy(receiver, out, len), 42);
			media_srtp_destroy(sender);
			media_srtp_destroy(receiver);
		}
}

static void sources_are_bounded(void **state)
{
	for
		EVERY_KIND(k)
		{
			struct media_srtp *sender = open_srtp(k, 1), *other = open_srtp(k, 1),
			                  *receiver = open_srtp(k, 0);
			uint8_t out[128], plain[64];
			for (uint32_t ssrc = 0; ssrc < 16; ssrc++) {
				int len = protect(sender, ssrc, 1, out);
				assert_true(len > 0);
				assert_int_equal(unprotect_copy(receiver, out, len), 42);
			}
			assert_int_equal(protect(sender, 16, 1, out), -ENOSPC);
			assert_int_equal(
			        media_srtp_protect_rtcp(sender, plain, rtcp_packet(plain, 16), out, sizeof out),
			        -ENOSPC);
			int len = protect(other, 16, 1, out);
			assert_int_equal(unprotect_copy(receiver, out, len), -ENOSPC);
			len = protect(sender, 15, 2, out);
			assert_int_equal(unprotect_copy(receiver, out, len), 42);
			media_srtp_destroy(sender);
			media_srtp_destroy(other);
			media_srtp_destroy(receiver);
		}
}

static void malformed_is_refused(void **state)
{
	for
		EVERY_KIND(k)
		{
			struct media_srtp *sender = open_srtp(k, 1), *receiver = open_srtp(k, 0);
			uint8_t data[128], plain[64], out[128];
			int len = protect(sender, 1, 1, data);
			for (int cut = 0; cut < len; cut++) {
				uint8_t *exact = malloc((size_t)cut + (cut == 0));
				memcpy(exact, data, (size_t)cut);
				int rc = media_srtp_unprotect(receiver, exact, (size_t)cut);
				assert_true(rc == (cut < 12 + (int)k->tag ? -EBADMSG : -EACCES));
				free(exact);
			}
			size_t plain_len = plain_packet(plain, 1, 2);
			plain[0] = 0x40; /* another version */
			assert_int_equal(media_srtp_protect(sender, plain, plain_len, out, sizeof out), -EBADMSG);
			plain[0] = 0x8f; /* more CSRCs than packet */
			assert_int_equal(media_srtp_protect(sender, plain, plain_len, out, sizeof out), -EBADMSG);
			plain[0] = 0x90; /* an extension longer than the packet */
			assert_int_equal(media_srtp_protect(sender, plain, plain_len, out, sizeof out), -EBADMSG);
			assert_int_equal(media_srtp_protect(sender, plain, 11, out, sizeof out), -EBADMSG);
			assert_int_equal(media_srtp_protect_rtcp(sender, plain, 7, out, sizeof out), -EBADMSG);
			for (size_t cut = 0; cut < 8 + k->tag + 4; cut++) {
				memset(out, 0x80, sizeof out);
				assert_int_equal(media_srtp_unprotect_rtcp(receiver, out, cut), -EBADMSG);
			}
			media_srtp_destroy(sender);
			media_srtp_destroy(receiver);
		}
}

static void directions_do_not_mix(void **state)
{
	for
		EVERY_KIND(k)
		{
			struct media_srtp *sender = open_srtp(k, 1), *receiver = open_srtp(k, 0);
			uint8_t out[128];
			int len = protect(sender, 1, 1, out);
			assert_int_equal(protect(receiver, 1, 1, out), -EIO);
			assert_int_equal(media_srtp_unprotect(sender, out, (size_t)len), -EIO);
			media_srtp_destroy(sender);
			media_srtp_destroy(receiver);
		}
	media_srtp_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(pieces_make_the_bytes_of_the_whole),
	        cmocka_unit_test(pieces_that_do_not_fit_together_are_refused),
	        cmocka_unit_test(both_backs_make_the_same_bytes),
	        cmocka_unit_test(both_backs_make_the_same_rtcp),
	        cmocka_unit_test(in_place_and_into_exact_room),
	        cmocka_unit_test(an_index_is_used_once),
	        cmocka_unit_test(roll_over_keeps_the_rule),
	        cmocka_unit_test(replay_is_refused),
	        cmocka_unit_test(a_forged_packet_moves_nothing),
	        cmocka_unit_test(forged_rtcp_moves_nothing),
	        cmocka_unit_test(forged_sources_take_no_room),
	        cmocka_unit_test(sources_are_bounded),
	        cmocka_unit_test(malformed_is_refused),
	        cmocka_unit_test(directions_do_not_mix),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
